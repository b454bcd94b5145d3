package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// asRow sends the request of a route's row.
func (w *world) asRow(pattern, token string, header map[string]string) response {
	method, _, _ := strings.Cut(pattern, " ")
	row := rows[pattern]
	return w.send(call{method: method, path: w.path(row), body: row.body, token: token, header: header})
}

// wires are AuthZEN's addresses with a question for each.
func wires(who string) map[string]string {
	q := query{"", who, "runs.view", "prod/etl"}.wireText()
	return map[string]string{"evaluation": q, "evaluations": `{"evaluations":[` + q + `]}`, "search/subject": q, "search/resource": q, "search/action": q}
}

// TestAttack042ATokenOfAnotherOrganization brings a token of acme to whatever might name other: headers, hosts, parameters,
// bodies and paths. What it sees and does is always acme's.
func TestAttack042ATokenOfAnotherOrganization(t *testing.T) {
	d := newDoors(t)
	owner := d.secret("olga")
	d.name()
	before, others := d.Of("acme").Now().Revision, d.Of("other").Now().Revision
	named := map[string]string{"Host": "other.bailiwick.test", "X-Forwarded-Host": "other.bailiwick.test", "X-Organization": "other", "X-Tenant": "other", "X-Scope-OrgID": "other",
		"Forwarded": "host=other.bailiwick.test", "X-Original-URL": "/other/api/v1/users", "Cookie": "organization=other"}
	for pattern := range rows {
		if strings.HasSuffix(pattern, "/export") || strings.HasSuffix(pattern, "/setup") || strings.HasSuffix(pattern, "/login") { // the one leaves a row, the others are nobody's
			continue
		}
		plain, with := d.asRow(pattern, owner, nil), d.asRow(pattern, owner, named)
		if with.status != plain.status || strings.Contains(with.body, "@other.test") {
			t.Errorf("%s: %d %s; without the headers %d", pattern, with.status, with.body, plain.status)
		}
	}
	for _, c := range []call{
		{method: "GET", path: "/users?organization=other"}, {method: "GET", path: "/whoami?tenant=other"}, {method: "GET", path: "/other/users"}, {method: "GET", path: "/organizations/other/users"},
		{method: "POST", path: "/changes", body: `{"organization":"other","commands":[{"do":"team.create","team":"taken"}]}`},
		{method: "POST", path: "/changes", body: `{"commands":[{"do":"team.create","team":"taken","organization":"other"}]}`},
		{method: "POST", path: "/check", body: `{"organization":"other","who":"bo@other.test","permission":"runs.view","resource":"dagster/prod"}`},
		{method: "POST", path: "/apply", body: `{"file":"organization: other\nteams: {taken: {}}\n"}`},
	} {
		c.token = owner
		if a := d.send(c); a.status < 400 || a.status >= 500 || strings.Contains(a.body, "@other.test") {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, a.status, a.body)
		}
	}
	for _, who := range []string{"user:bo@other.test", "user:" + d.Of("other").Subject("bo").ID, "service_user:" + d.Of("other").Now().ServiceUserByName("ci").ID} {
		for path, body := range wires(who) {
			a := d.authzen(d.tokens["acme"], path, body)
			if strings.Contains(a.body, `"decision":true`) || strings.Contains(a.body, "@other.test") || strings.Contains(path, "action") && !strings.Contains(a.body, `"results":[]`) {
				t.Errorf("%s about %s: %d %s", path, who, a.status, a.body)
			}
		}
	}
	if d.Of("acme").Now().Revision != before || d.Of("other").Now().Revision != others {
		t.Error("something was changed")
	}
	var me client.Whoami
	if a := d.send(call{method: "GET", path: "/whoami", token: d.tokens["other"]}); json.Unmarshal([]byte(a.body), &me) != nil || me.Organization != "other" {
		t.Errorf("other's own token: %d %s", a.status, a.body)
	}
}

// TestAttack043ANarrowingThatIsForgotten sends every request with a token that may do everything, and with tokens of the
// same owner that are narrowed to what the request is not about: they neither change anything, nor read what is outside.
func TestAttack043ANarrowingThatIsForgotten(t *testing.T) {
	d := newDoors(t)
	d.name()
	whole := d.secret("olga")
	tokens, askers := map[string]string{}, map[string]string{}
	for name, n := range map[string]client.NewToken{
		"a permission":           {Permissions: []string{"dagster.runs.view"}},
		"a place":                {Scopes: []string{"dagster/prod/etl"}},
		"both":                   {Permissions: []string{"dagster.runs.view"}, Scopes: []string{"dagster/prod/etl"}},
		"another platform":       {Scopes: []string{"dbt"}},
		"a permission elsewhere": {Permissions: []string{"org.audit.read", "org.users.manage", "org.decisions.ask"}, Scopes: []string{"dagster/prod"}},
	} {
		tokens[name], _ = d.Of("acme").Token("olga", n)
		n.Kind, n.Subject = "svc", "service_user:pdp"
		askers[name] = d.Of("acme").As("olga", client.TokenIssue{NewToken: n}).Results[0].Secret
	}
	outside := []string{"zoe@acme.test", "dan@acme.test", "aud@acme.test", "admins-of-dbt", "id.acme.test", "192.0.2."}
	told := 0
	for pattern, row := range rows {
		kept := strings.HasSuffix(pattern, "/setup") || strings.HasSuffix(pattern, "/login") || strings.Contains(pattern, " /api/v1/gate/")
		// Without the word that makes it a dry run: if it were carried out, it would count.
		row.path, row.body = strings.TrimSuffix(row.path, "?dry_run=true"), strings.NewReplacer(`,"dry_run":true`, "", `"dry_run":true,`, "").Replace(row.body)
		method, _, _ := strings.Cut(pattern, " ")
		for name, token := range tokens {
			before := d.Of("acme").Now().Revision
			a := d.send(call{method: method, path: d.path(row), body: row.body, token: token})
			if d.Of("acme").Now().Revision != before {
				t.Errorf("%s, narrowed to %s: changed something: %d %s", pattern, name, a.status, a.body)
			}
			for _, text := range outside {
				// What the request itself names may be repeated.
				if a.status < 300 && strings.Contains(a.body, text) && !strings.Contains(row.path+row.body, text) {
					t.Errorf("%s, narrowed to %s: tells of %s: %s", pattern, name, text, a.body)
				}
			}
		}
		if a := d.asRow(pattern, whole, nil); !kept && a.status < 300 {
			for _, text := range outside {
				if strings.Contains(a.body, text) {
					told++
				}
			}
		}
	}
	if told < 10 {
		t.Errorf("the whole token was told %d times of what is outside: the test lost its point", told)
	}
	for path, body := range wires("user:bo@acme.test") {
		if a := d.authzen(d.tokens["acme"], path, body); a.status != http.StatusOK {
			t.Errorf("%s with the whole token: %d %s", path, a.status, a.body)
		}
		for name, token := range askers {
			if a := d.authzen(token, path, body); a.status != http.StatusForbidden {
				t.Errorf("%s, narrowed to %s: %d %s", path, name, a.status, a.body)
			}
		}
	}
}

// TestAttack044ATokenOfOneKindPassesForAnother brings a token of each kind to every address, as it is and renamed. Its
// subject may do everything: only the kind is in its way.
func TestAttack044ATokenOfOneKindPassesForAnother(t *testing.T) {
	d := newDoors(t)
	d.Of("acme").As("olga", client.ServiceUserCreate{ServiceUser: "robot"})
	for _, g := range []client.GrantAdd{orgtest.Grant("service_user:robot", "decision_client", "org"), orgtest.Grant("service_user:robot", "auditor", "org")} {
		d.Of("acme").As("olga", g)
	}
	issue := func(kind string) string {
		return d.Of("acme").As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: "service_user:robot"}}).Results[0].Secret
	}
	user, _ := d.Of("acme").Token("olga", client.NewToken{})
	tokens := map[string]string{"svc": issue("svc"), "scim": issue("scim"), "gate": issue("gate"), "agent": d.issue("ada", "agent"), "user": user}
	d.name()
	before := d.Of("acme").Now().Revision
	asks := map[string]func(token string) response{}
	for pattern := range rows {
		if !strings.HasSuffix(pattern, "/setup") && !strings.HasSuffix(pattern, "/login") && !strings.HasSuffix(pattern, "/export") {
			asks[pattern] = func(token string) response { return d.asRow(pattern, token, nil) }
		}
	}
	for path, body := range wires("user:bo@acme.test") {
		asks["AuthZEN "+path] = func(token string) response { return d.authzen(token, path, body) }
	}
	asked := 0
	for where, ask := range asks {
		gates := strings.Contains(where, " /api/v1/gate/")
		for kind, token := range tokens {
			unknown := ask("bwk_" + kind + "_" + strings.Repeat("x", 49))
			right := kind == "user" && !strings.HasPrefix(where, "AuthZEN") || kind == "svc"
			a := ask(token)
			switch {
			case gates && kind == "gate": // it is let in, and told that its code or session is none
				if ids(a) == ids(unknown) {
					t.Errorf("%s with a gate's token: %d %s", where, a.status, a.body)
				}
			case !gates && right && a.status == http.StatusUnauthorized, !gates && !right && kind != "user" && a.status != http.StatusUnauthorized, gates && a.status != http.StatusUnauthorized:
				t.Errorf("%s with a token of the kind %s: %d %s", where, kind, a.status, a.body)
			case a.status == http.StatusUnauthorized && (ids(a) != ids(unknown) || a.status != unknown.status):
				t.Errorf("%s with a token of the kind %s: %s %s; one that nobody has: %s %s", where, kind, a.body, a.header, unknown.body, unknown.header)
			}
			for other := range tokens { // the same secret under another name
				if renamed := strings.Replace(token, "bwk_"+kind+"_", "bwk_"+other+"_", 1); other != kind {
					if a := ask(renamed); a.status != http.StatusUnauthorized {
						t.Errorf("%s with a token of the kind %s that calls itself %s: %d %s", where, kind, other, a.status, a.body)
					}
				}
			}
			asked++
		}
	}
	if d.Of("acme").Now().Revision != before || asked < 200 {
		t.Errorf("%d asked, revision %d after %d", asked, d.Of("acme").Now().Revision, before)
	}
}

// ids leaves out of a refusal what is of the request.
func ids(a response) string {
	text := a.body
	if id := a.header.Get("X-Request-Id"); id != "" {
		text = strings.ReplaceAll(text, id, "ID")
	}
	return text + a.header.Get("WWW-Authenticate")
}
