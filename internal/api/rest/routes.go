package rest

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

const prefix = "/api/v1"

// An endpoint is one route as a table row.
type endpoint struct {
	method, path, operation string
	body                    int64         // size of the JSON body; 0 where there is none
	query                   []string      // parameters that it takes
	public                  bool          // without a token
	heavy                   bool          // its cost grows with the organization
	long                    bool          // its answer is written as it is made
	secrets                 bool          // a secret is what its body is about: elsewhere one is refused
	kinds                   []signin.Kind // of callers; nil: who has an account, by token or session
	answer                  func(*asking) (any, error)
}

// names are those of the path's parts that callers choose.
func (e *endpoint) names() []string {
	var names []string
	for part := range strings.SplitSeq(e.path, "/") {
		if name, is := strings.CutPrefix(part, "{"); is {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// endpoints is the table of what the door answers.
func endpoints() []endpoint {
	reading := []string{"at", "at_least", "epoch"}
	changing := []string{"dry_run", "change_id", "expected_revision"}
	offboarding := append([]string{"keep_tokens"}, changing...)
	gate := []signin.Kind{signin.GateToken}
	list := func(own ...string) []string { return slices.Concat(own, []string{"after", "limit"}, reading) }
	return []endpoint{
		{method: "GET", path: "/whoami", operation: "whoami", answer: whoami},
		{method: "POST", path: "/check", operation: "check", body: smallBody, answer: check},
		{method: "POST", path: "/explain", operation: "explain", body: smallBody, answer: explain},
		{method: "POST", path: "/search", operation: "search", body: smallBody, heavy: true, answer: search},
		{method: "POST", path: "/diff", operation: "diff", body: documentBody, heavy: true, answer: diff},
		{method: "POST", path: "/test", operation: "test", body: documentBody, heavy: true, answer: test},
		{method: "POST", path: "/plan", operation: "plan", body: documentBody, heavy: true, answer: plan},
		{method: "POST", path: "/apply", operation: "apply", body: documentBody, heavy: true, answer: apply},
		{method: "GET", path: "/export", operation: "export", query: reading, heavy: true, answer: export},
		{method: "POST", path: "/changes", operation: "changes", body: changesBody, answer: changes},
		{method: "GET", path: "/users", operation: "users.list", query: list("query", "team", "platform", "active", "sort"), answer: users},
		{method: "POST", path: "/users", operation: "user.add", body: smallBody, query: changing, answer: addUser},
		{method: "GET", path: "/users/{user}", operation: "users.get", query: reading, answer: user},
		{method: "PATCH", path: "/users/{user}", operation: "user.profile", body: smallBody, query: changing, answer: setProfile},
		{method: "DELETE", path: "/users/{user}", operation: "user.remove", query: offboarding, answer: removeUser},
		{method: "POST", path: "/users/{user}/deactivate", operation: "user.deactivate", query: offboarding, answer: deactivate},
		{method: "POST", path: "/users/{user}/reactivate", operation: "user.reactivate", query: changing, answer: reactivate},
		{method: "POST", path: "/users/{user}/erase", operation: "person.erase", query: reading, answer: erase},
		{method: "POST", path: "/users/{user}/platforms/{platform}", operation: "member.add", query: changing, answer: addMember},
		{method: "DELETE", path: "/users/{user}/platforms/{platform}", operation: "member.remove", query: changing, answer: removeMember},
		{method: "PUT", path: "/users/{user}/licenses/{platform}", operation: "license.set", body: smallBody, query: changing, answer: setLicense},
		{method: "GET", path: "/teams", operation: "teams.list", query: list("query"), answer: teams},
		{method: "GET", path: "/teams/{team}", operation: "teams.get", query: reading, answer: team},
		{method: "GET", path: "/grants", operation: "grants.list", query: list("to", "on", "under", "role", "platform"), answer: grants},
		{method: "GET", path: "/tokens", operation: "tokens.list", query: list("subject", "kind", "ended"), answer: tokens},
		{method: "POST", path: "/tokens", operation: "token.issue", body: smallBody, query: changing, answer: issueToken},
		{method: "DELETE", path: "/tokens/{token}", operation: "token.revoke", query: changing, answer: revokeToken},
		{method: "POST", path: "/tokens/{token}/rotate", operation: "token.rotate", body: smallBody, query: changing, answer: rotateToken},
		{method: "GET", path: "/service-users", operation: "service_users.list", query: list("query"), answer: serviceUsers},
		{method: "GET", path: "/agents", operation: "agents.list", query: list("query"), answer: agents},
		{method: "GET", path: "/platforms", operation: "platforms.list", query: reading, answer: platforms},
		{method: "GET", path: "/platforms/{platform}", operation: "platforms.get", query: reading, answer: platform},
		{method: "GET", path: "/platforms/{platform}/roles", operation: "roles.list", query: reading, answer: roles},
		{method: "GET", path: "/platforms/{platform}/roles/{role}", operation: "roles.get", query: reading, answer: role},
		{method: "GET", path: "/platforms/{platform}/resources", operation: "resources.list", query: list("query", "kind", "under"), answer: resources},
		{method: "POST", path: "/users/{user}/link", operation: "link.open", body: smallBody, query: changing, answer: openLink},
		{method: "DELETE", path: "/links/{link}", operation: "link.end", query: changing, answer: endLink},
		{method: "DELETE", path: "/users/{user}/identities/{identity}", operation: "identity.unlink", query: changing, answer: unlink},
		{method: "GET", path: "/sessions", operation: "sessions.list", query: []string{"user", "after", "limit"}, answer: sessions},
		{method: "DELETE", path: "/sessions/{session}", operation: "session.end", query: changing, answer: endSession},
		{method: "POST", path: "/users/{user}/sessions/end", operation: "sessions.end", query: changing, answer: endSessions},
		{method: "GET", path: "/audit", operation: "audit.read", query: auditFilters("after", "limit"), answer: audit},
		{method: "GET", path: "/audit/export", operation: "audit.export", query: auditFilters("format"), heavy: true, long: true, answer: exportAudit},
		{method: "GET", path: "/webhooks", operation: "webhooks.list", answer: webhooks},
		{method: "POST", path: "/webhooks", operation: "webhook.put", body: smallBody, query: changing, answer: addWebhook},
		{method: "PUT", path: "/webhooks/{webhook}", operation: "webhook.put", body: smallBody, query: changing, answer: setWebhook},
		{method: "DELETE", path: "/webhooks/{webhook}", operation: "webhook.remove", query: changing, answer: removeWebhook},
		{method: "POST", path: "/webhooks/{webhook}/rotate", operation: "webhook.rotate", body: smallBody, query: changing, answer: rotateWebhook},
		{method: "POST", path: "/webhooks/{webhook}/test", operation: "webhook.test", answer: testWebhook},
		{method: "GET", path: "/webhooks/{webhook}/deliveries", operation: "webhooks.deliveries", answer: deliveries},
		{method: "GET", path: "/providers", operation: "providers.list", answer: providers},
		{method: "POST", path: "/providers", operation: "provider.put", body: smallBody, query: changing, answer: putProvider},
		{method: "PUT", path: "/providers/{provider}", operation: "provider.put", body: smallBody, query: changing, answer: putProvider},
		{method: "DELETE", path: "/providers/{provider}", operation: "provider.remove", query: changing, answer: removeProvider},
		{method: "POST", path: "/providers/{provider}/preview", operation: "provider.preview", body: smallBody, heavy: true, answer: previewProvider},
		{method: "POST", path: "/gate/exchange", operation: "gate.exchange", body: smallBody, secrets: true, kinds: gate, answer: exchangeCode},
		{method: "POST", path: "/gate/session", operation: "gate.session", body: smallBody, secrets: true, kinds: gate, answer: askGateSession},
		{method: "GET", path: "/gate/feed", operation: "gate.feed", query: []string{"revision", "epoch"}, long: true, kinds: gate, answer: gateFeed},
		{method: "POST", path: "/gate/signout", operation: "gate.sign_out", body: smallBody, secrets: true, kinds: gate, answer: endGateSession},
		{method: "POST", path: "/gate/activity", operation: "gate.activity", body: gateBody, kinds: gate, answer: keepGateActivity},
		{method: "POST", path: "/gate/token", operation: "gate.token", body: smallBody, secrets: true, kinds: gate, answer: askGateToken},
		{method: "POST", path: "/gate/name", operation: "gate.name", body: smallBody, kinds: gate, answer: askGateName},
		{method: "POST", path: "/gate/discovered", operation: "gate.discovered", body: smallBody, kinds: gate, answer: gateDiscovered},
		{method: "POST", path: "/login", operation: "cli.sign_in", body: smallBody, secrets: true, public: true, answer: login},
		{method: "POST", path: "/setup", operation: "setup", body: smallBody, secrets: true, public: true, answer: setup},
	}
}

// others are the routes that answer what is no route: in the API's own form, and with what would be possible. There is no
// CORS: OPTIONS lists methods, and no browser's page of another origin is let in.
func (d *door) others() []Route {
	possible := http.NewServeMux()
	for _, e := range endpoints() {
		possible.Handle(e.method+" "+prefix+e.path, http.NotFoundHandler())
	}
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := begin(w)
		var allowed []string
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			probe := *r
			probe.Method = method
			if _, pattern := possible.Handler(&probe); pattern != "" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			d.fail(w, r, id, fault.New(fault.NotFound, "there is nothing at this address").Rather("see the list of routes"))
			return
		}
		w.Header().Set("Allow", strings.Join(append(allowed, "OPTIONS"), ", "))
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		d.failAs(w, r, id, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "this address does not take that method").
			Rather("one of %s", strings.Join(allowed, ", ")))
	})
	var routes []Route
	for _, method := range methods {
		routes = append(routes, Route{Pattern: method + " " + prefix + "/", Operation: "none", Public: true, MaxBody: smallBody, Handler: answer})
	}
	return routes
}
