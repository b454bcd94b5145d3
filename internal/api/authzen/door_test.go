package authzen

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// ask sends a good request as acme's harness and returns the answer without contexts.
func (h *house) ask(t *testing.T, path, text string) string {
	t.Helper()
	w := h.do(call{path: path, body: text, token: h.tokens["acme/harness"]})
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", path, text, w.Code, w.Body)
	}
	return withoutContext(t, w.Body.Bytes())
}

func question3(who, action, kind, id string) string {
	subjectKind, subjectID, _ := strings.Cut(who, ":")
	b := append(appendString([]byte(`{"subject":{"type":`), subjectKind), `,"id":`...)
	b = append(appendString(b, subjectID), `},"action":{"name":`...)
	b = append(appendString(b, action), `},"resource":{"type":`...)
	b = append(appendString(b, kind), `,"id":`...)
	return string(append(appendString(b, id), `}}`...))
}

func TestNamesOnTheWire(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	bo := h.ids["user:bo@acme.test"]
	for _, c := range []struct {
		who, action, kind, id string
		want                  bool
	}{
		{"user:bo@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl", true},
		{"user:BO@Acme.Test", "dagster.runs.view", "dagster.code_location", "prod/etl", true},
		{"user:" + bo, "dagster.runs.view", "dagster.code_location", "prod/etl", true},
		{"service_user:" + bo, "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"user:cy@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"user:nobody@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"user:", "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"User:bo@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"team:data", "dagster.runs.view", "dagster.code_location", "prod/etl", false},
		{"service_user:ci", "dagster.runs.launch", "dagster.code_location", "prod/etl", true},
		{"service_user:" + h.ids["service_user:ci"], "dagster.runs.launch", "dagster.code_location", "prod/etl", true},
		{"service_user:CI", "dagster.runs.launch", "dagster.code_location", "prod/etl", false},
		// The type must be the path's own.
		{"user:ana@acme.test", "dagster.runs.view", "dagster.deployment", "prod", true},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.deployment", "prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", "prod", false},
		{"user:ana@acme.test", "dagster.runs.view", "code_location", "prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.view", "Dagster.code_location", "prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", "prod/nothing", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl/", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", "prod/../prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", "", false},
		{"user:ana@acme.test", "dagster.runs.view", "dagster.code_location", ".", false},
		{"user:ana@acme.test", "dagster.deployments.view", "dagster.branch_deployment", "prod/branch:feature-1", true},
		// The root.
		{"user:ana@acme.test", "dagster.deployments.create", "dagster.organization", ".", true},
		{"user:bo@acme.test", "dagster.deployments.create", "dagster.organization", ".", false},
		{"user:ana@acme.test", "dagster.deployments.create", "dagster.organization", "dagster", false},
		{"service_user:harness", "org.decisions.ask", "org.organization", ".", true},
		// Actions carry the resource's own platform.
		{"user:ana@acme.test", "runs.view", "dagster.code_location", "prod/etl", false},
		{"user:ana@acme.test", "records.runs.view", "dagster.code_location", "prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.nothing", "dagster.code_location", "prod/etl", false},
		{"user:ana@acme.test", "dagster.runs.view ", "dagster.code_location", "prod/etl", false},
		{"user:ana@acme.test", "dagster.*", "dagster.code_location", "prod/etl", false},
		// The default platform, bare and in full.
		{"user:bo@acme.test", "read", "record", "record-1", true},
		{"user:bo@acme.test", "records.read", "record", "record-1", true},
		{"user:bo@acme.test", "records.read", "records.record", "record-1", true},
		{"user:bo@acme.test", "read", "records.record", "record-1", false},
		{"user:bo@acme.test", "read", "record", "a%2Fb", true},
		{"user:bo@acme.test", "read", "record", "a%2fb", true},
		{"user:bo@acme.test", "write", "record", "record-1", false},
		{"user:bo@acme.test", "read", "record", "record-2", false},
	} {
		want := `{"decision":` + strconv.FormatBool(c.want) + `}`
		if got := h.ask(t, evaluationPath, question3(c.who, c.action, c.kind, c.id)); got != want {
			t.Errorf("%s %s %s %q: %s, want %s", c.who, c.action, c.kind, c.id, got, want)
		}
	}
}

// TestSearchesListExactlyWhatEvaluationsAllow is attack 39, from the wire.
func TestSearchesListExactlyWhatEvaluationsAllow(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	s, err := h.engine.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	type named struct{ Type, ID, Name string }
	results := func(path, text string) []named {
		var answer struct{ Results []named }
		if err := json.Unmarshal([]byte(h.ask(t, path, text)), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Results
	}
	allowed := func(who, action, kind, id string) bool {
		return strings.Contains(h.ask(t, evaluationPath, question3(who, action, kind, id)), "true")
	}
	subjects := []string{"user:ana@acme.test", "user:bo@acme.test", "user:cy@acme.test", "service_user:ci", "service_user:harness"}
	var asked, yes int
	for _, slug := range s.Slugs() {
		model := s.Platform(slug).Model
		paths := map[string][]string{model.Kinds[0].Name: {rootID}}
		for path := range s.Resources(slug) {
			segments, err := access.SplitPath(path)
			if err != nil {
				t.Fatal(err)
			}
			kind, err := model.PathKind(segments[1:])
			if err != nil {
				t.Fatal(err)
			}
			paths[kind.Name] = append(paths[kind.Name], path[len(slug)+1:])
		}
		for kind, ids := range paths {
			kind = slug + "." + kind
			for _, p := range model.Permissions {
				action := slug + "." + p.Name
				for _, who := range subjects {
					var want []named
					for _, id := range ids {
						asked++
						if allowed(who, action, kind, id) {
							yes++
							want = append(want, named{Type: kind, ID: id})
						}
					}
					if got := results(resourcePath, question3(who, action, kind, "ignored")); len(got)+len(want) > 0 && !sameSet(got, want) {
						t.Errorf("resources of %s for %s %s: %v, want %v", kind, who, action, got, want)
					}
				}
			}
			for _, id := range ids {
				for _, who := range subjects {
					for _, found := range results(actionPath, question3(who, "ignored", kind, id)) {
						if !allowed(who, found.Name, kind, id) {
							t.Errorf("actions of %s at %s %s list %s", who, kind, id, found.Name)
						}
					}
				}
				for _, p := range model.Permissions {
					var want []named
					for _, who := range subjects {
						if name, isUser := strings.CutPrefix(who, "user:"); isUser && allowed(who, slug+"."+p.Name, kind, id) {
							want = append(want, named{Type: "user", ID: name})
						}
					}
					if got := results(subjectPath, question3("user:ignored", slug+"."+p.Name, kind, id)); len(got)+len(want) > 0 && !sameSet(got, want) {
						t.Errorf("users who may %s at %s %s: %v, want %v", p.Name, kind, id, got, want)
					}
				}
			}
		}
	}
	if asked < 500 || yes < 100 {
		t.Fatalf("only %d questions, %d yes: the fixture lost its point", asked, yes)
	}
}

func sameSet[T comparable](a, b []T) bool {
	in := func(list []T) map[T]int {
		m := map[T]int{}
		for _, x := range list {
			m[x]++
		}
		return m
	}
	return reflect.DeepEqual(in(a), in(b))
}

func TestSemanticsEndEarly(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	yes, no := `{"action":{"name":"read"}}`, `{"action":{"name":"write"}}`
	for _, c := range []struct{ semantic, items, want string }{
		{executeAll, yes + "," + no + "," + yes, "true false true"},
		{"", no + "," + yes + "," + no, "false true false"},
		{denyOnFirstDeny, yes + "," + no + "," + yes, "true false"},
		{denyOnFirstDeny, yes + "," + yes, "true true"},
		{denyOnFirstDeny, yes + `,{"action":7},` + yes, "true false"},
		{permitOnFirstPermit, no + "," + yes + "," + no, "false true"},
		{permitOnFirstPermit, `17,{"subject":null},` + no + "," + yes + "," + yes, "false false false true"},
		{permitOnFirstPermit, no + "," + no, "false false"},
	} {
		options := ""
		if c.semantic != "" {
			options = `,"options":{"evaluations_semantic":"` + c.semantic + `","other":1}`
		}
		got := h.ask(t, evaluationsPath, `{"evaluations":[`+c.items+`],"subject":{"type":"user","id":"bo@acme.test"},"resource":{"type":"record","id":"record-1"}`+options+`}`)
		want := `{"evaluations":[{"decision":` + strings.ReplaceAll(c.want, " ", `},{"decision":`) + `}]}`
		if got != want {
			t.Errorf("%s of %s: %s, want %s", c.semantic, c.items, got, want)
		}
	}
}

// TestDefaultsAreReplacedWhole: an item's resource without an id does not borrow the default's.
func TestDefaultsAreReplacedWhole(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	w := h.do(call{path: evaluationsPath, token: h.tokens["acme/harness"], body: `{"subject":{"type":"user","id":"bo@acme.test"},"action":{"name":"read"},
		"resource":{"type":"record","id":"record-1"},"context":{"reason":true},"evaluations":[{},{"resource":{"type":"record"}},{"context":{}},{"subject":"bo@acme.test"}]}`})
	var answer struct {
		Evaluations []struct {
			Decision bool
			Context  struct {
				Code  string
				Error struct {
					Status  int
					Message string
				}
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Evaluations) != 4 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	e := answer.Evaluations
	if !e[0].Decision || e[0].Context.Code != "granted" {
		t.Errorf("all defaults: %+v", e[0])
	}
	if e[1].Decision || e[1].Context.Error.Status != 400 || e[1].Context.Error.Message != "resource.id is missing" {
		t.Errorf("a resource without id: %+v", e[1])
	}
	if !e[2].Decision || e[2].Context.Code != "" {
		t.Errorf("a context of its own: %+v", e[2])
	}
	if e[3].Decision || e[3].Context.Error.Message != "subject must be an object" {
		t.Errorf("a subject of a wrong type: %+v", e[3])
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	good := strings.TrimSuffix(question3("user:bo@acme.test", "read", "record", "record-1"), "}")
	search := good + `,"page":`
	for _, c := range []struct{ path, body, says string }{
		{evaluationPath, "[" + good + "}]", "must be an object"},
		{evaluationPath, `"x"`, "must be an object"},
		{evaluationPath, "null", "must be an object"},
		{evaluationPath, good + "} {}", "behind the end"},
		{evaluationPath, good + `,"subject":{"type":"user","id":"ana@acme.test"}}`, "twice"},
		{evaluationPath, good + `,"x":{"a":1,"\u0061":2}}`, "twice"},
		{evaluationPath, good + `,"context":{"x":"` + "\xff" + `"}}`, "UTF-8"},
		{evaluationPath, good + `,"x":"\ud800"}`, "surrogate"},
		{evaluationPath, good + `,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "deep"},
		{evaluationPath, good + `,"x":"` + strings.Repeat("x", maxBody) + `"}`, "bytes"},
		{evaluationPath, good + `,"context":null}`, "context must be an object"},
		{evaluationPath, good + `,"context":[]}`, "context must be an object"},
		{evaluationPath, good + `,"context":{"at_least":{"revision":1.5}}}`, "at_least"},
		{evaluationPath, `{"subject":null,"action":{"name":"x"},"resource":{"type":"x","id":"x"}}`, "subject must be an object"},
		{evaluationPath, `{"subject":{"type":1,"id":"x"},"action":{"name":"x"},"resource":{"type":"x","id":"x"}}`, "subject.type must be a string"},
		{evaluationPath, `{"subject":{"type":"user","id":["x"]},"action":{"name":"x"},"resource":{"type":"x","id":"x"}}`, "subject.id must be a string"},
		{evaluationPath, `{"subject":{"type":"user","id":"x","properties":[]},"action":{"name":"x"},"resource":{"type":"x","id":"x"}}`, "subject.properties must be an object"},
		{evaluationPath, `{"subject":{"type":"user","id":"x"},"action":{"name":"x","properties":1},"resource":{"type":"x","id":"x"}}`, "action.properties must be an object"},
		{evaluationPath, `{"Subject":{"type":"user","id":"x"},"action":{"name":"x"},"resource":{"type":"x","id":"x"}}`, "subject is missing"},
		{evaluationsPath, good + `,"evaluations":{}}`, "evaluations must be an array"},
		{evaluationsPath, good + `,"evaluations":null}`, "evaluations must be an array"},
		{evaluationsPath, good + `,"evaluations":[{}],"options":[]}`, "options must be an object"},
		{evaluationsPath, good + `,"evaluations":[{}],"options":{"evaluations_semantic":"first"}}`, "evaluations_semantic must be"},
		{evaluationsPath, good + `,"options":{"evaluations_semantic":1}}`, "evaluations_semantic must be"},
		{evaluationsPath, `{"subject":1,"evaluations":[` + good + `}]}`, "subject must be an object"},
		{evaluationsPath, `{"evaluations":[` + strings.Repeat("{},", maxItems) + `{}]}`, "more than 1000"},
		{evaluationsPath, `{"context":{"reason":true},"evaluations":[` + strings.Repeat("{},", maxReasons) + `{}]}`, "at most 100"},
		{evaluationsPath, `{"evaluations":[{"x":1,"x":2}]}`, "twice"},
		{evaluationsPath, `{}`, "subject is missing"},
		{subjectPath, search + `1}`, "page must be an object"},
		{subjectPath, search + `{"limit":-1}}`, "page.limit"},
		{subjectPath, search + `{"limit":1.5}}`, "page.limit"},
		{subjectPath, search + `{"limit":"1"}}`, "page.limit"},
		{subjectPath, search + `{"limit":99999999999999999999}}`, "page.limit"},
		{subjectPath, search + `{"token":1}}`, "page.token"},
		{subjectPath, search + `{"token":"guess"}}`, "page.token"},
		{subjectPath, search + `{"properties":1}}`, "page.properties"},
	} {
		w := h.do(call{path: c.path, body: c.body, token: h.tokens["acme/harness"]})
		if w.Code != 400 || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %.150s: %d %s; want 400 and %q", c.path, c.body, w.Code, w.Body, c.says)
		}
	}
	for _, path := range []string{evaluationPath, evaluationsPath, subjectPath, resourcePath, actionPath} {
		for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "HEAD"} {
			if w := h.do(call{path: path, method: method, token: h.tokens["acme/harness"]}); w.Code != 405 || w.Header().Get("Allow") != "POST" {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

// TestAttack112 : strangers and those without decisions.ask learn nothing, and nobody learns of another organization.
func TestAttack112(t *testing.T) {
	h := newHouse(t, "acme.yaml", "certification.yaml")
	good := question3("user:bo@acme.test", "read", "record", "record-1")
	for path, text := range map[string]string{evaluationPath: good, evaluationsPath: good, subjectPath: good, resourcePath: good, actionPath: good} {
		for token, status := range map[string]int{
			"": 401, "bwk_svc_x": 401, h.tokens["acme/harness"] + "x": 401, h.tokens["acme/ci"]: 403, h.tokens["certification/stranger"]: 403,
			h.tokens["acme/harness"]: 200, h.tokens["certification/harness"]: 200,
		} {
			w := h.do(call{path: path, body: text, token: token})
			if w.Code != status || (status == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%s with %.12s…: %d, want %d; %q", path, token, w.Code, status, w.Header().Get("WWW-Authenticate"))
			}
			if status != 200 && strings.Contains(w.Body.String(), "true") {
				t.Errorf("a refusal answers: %s", w.Body)
			}
		}
		// The right to ask is judged before the body: what is wrong with a body is nobody's business without it.
		if w := h.do(call{path: path, body: "{", token: h.tokens["acme/ci"]}); w.Code != 403 {
			t.Errorf("%s, bad body without the right: %d", path, w.Code)
		}
	}
	if w := h.do(call{path: evaluationPath, body: good, token: h.tokens["certification/harness"]}); !strings.HasPrefix(w.Body.String(), `{"decision":false`) {
		t.Errorf("another organization's user was found: %s", w.Body)
	}
}

func TestRevokedGrantsAndTokensEndAtOnce(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	good := call{path: evaluationPath, body: question3("user:bo@acme.test", "read", "record", "record-1"), token: h.tokens["acme/harness"]}
	if w := h.do(good); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"decision":true`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.append("acme", &event.GrantRemoved{Grant: event.GrantOf(access.Grant{To: access.Holder{Kind: access.User, ID: h.ids["user:bo@acme.test"]}, Role: "reader", On: "records"})})
	if w := h.do(good); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"decision":false`) {
		t.Fatalf("after the revoke: %d %s", w.Code, w.Body)
	}
	h.append("acme", &event.GrantRemoved{Grant: event.GrantOf(access.Grant{To: access.Holder{Kind: access.ServiceUser, ID: h.ids["service_user:harness"]}, Role: "decision_client", On: "org"})})
	if w := h.do(good); w.Code != 403 {
		t.Fatalf("without decisions.ask: %d", w.Code)
	}
}

func TestNarrowedTokensAskOnlyWhereTheyMay(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	for _, c := range []struct {
		permissions, scopes []string
		status              int
	}{
		{nil, nil, 200}, {[]string{"org.decisions.ask"}, nil, 200}, {nil, []string{"org"}, 200},
		{[]string{"dagster.runs.view"}, nil, 403}, {nil, []string{"dagster"}, 403}, {[]string{"org.decisions.ask"}, []string{"dagster/prod"}, 403},
	} {
		issued, text := h.token(signin.ServiceUserToken, access.Holder{Kind: access.ServiceUser, ID: h.ids["service_user:harness"]})
		issued.Permissions, issued.Scopes = c.permissions, c.scopes
		h.append("acme", issued)
		if w := h.do(call{path: evaluationPath, body: question3("user:bo@acme.test", "read", "record", "record-1"), token: text}); w.Code != c.status {
			t.Errorf("narrowed to %v at %v: %d, want %d", c.permissions, c.scopes, w.Code, c.status)
		}
	}
}

func TestContextCarriesRevisionAndReason(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	get := func(text string) map[string]any {
		w := h.do(call{path: evaluationPath, body: text, token: h.tokens["acme/harness"]})
		var answer struct{ Context map[string]any }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
			t.Fatalf("%d %v %s", w.Code, err, w.Body)
		}
		return answer.Context
	}
	s, err := h.engine.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.TrimSuffix(question3("user:bo@acme.test", "write", "record", "record-1"), "}")
	for _, text := range []string{plain + "}", plain + `,"context":{"reason":false}}`, plain + `,"context":{"reason":"true"}}`, plain + `,"context":{"at_least":{"revision":1}}}`} {
		if got := get(text); len(got) != 2 || got["revision"] != float64(s.Revision) || got["epoch"] != float64(s.Epoch) {
			t.Errorf("%s: context %v, want revision %d and epoch %d only", text, got, s.Revision, s.Epoch)
		}
	}
	got := get(plain + `,"context":{"reason":true}}`)
	admin, _ := got["reason_admin"].(map[string]any)["en"].(string)
	user, _ := got["reason_user"].(map[string]any)["en"].(string)
	if got["code"] != "not_granted" || !strings.Contains(admin, "Role reader on records") || !strings.Contains(admin, "To allow it: ") || strings.Contains(admin, "usr_") || user == "" || strings.Contains(user, "reader") {
		t.Errorf("reasons: %v", got)
	}
	team := get(strings.TrimSuffix(question3("user:bo@acme.test", "dagster.runs.view", "dagster.code_location", "prod/etl"), "}") + `,"context":{"reason":true}}`)
	if admin, _ := team["reason_admin"].(map[string]any)["en"].(string); team["code"] != "granted" || !strings.Contains(admin, "through team:data") {
		t.Errorf("reasons: %v", team)
	}
	unknown := get(strings.TrimSuffix(question3("user:nobody", "read", "record", "record-1"), "}") + `,"context":{"reason":true}}`)
	if unknown["code"] != "unknown_subject" {
		t.Errorf("reasons: %v", unknown)
	}
}

func TestAtLeastNamesAnotherEpoch(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	text := strings.TrimSuffix(question3("user:bo@acme.test", "read", "record", "record-1"), "}") + `,"context":{"at_least":{"revision":1,"epoch":99}}}`
	if w := h.do(call{path: evaluationPath, body: text, token: h.tokens["acme/harness"]}); w.Code != 409 {
		t.Errorf("another epoch: %d %s, want 409", w.Code, w.Body)
	}
}

func TestDecisionsAreCounted(t *testing.T) {
	h := newHouse(t, "acme.yaml")
	yes, no := question3("user:bo@acme.test", "read", "record", "record-1"), question3("user:bo@acme.test", "write", "record", "record-1")
	h.ask(t, evaluationPath, yes)
	h.ask(t, evaluationsPath, `{"evaluations":[`+yes+`,`+no+`,`+no+`]}`)
	if allowed, denied := h.engine.Allowed.Load(), h.engine.Denied.Load(); allowed != 2 || denied != 2 {
		t.Errorf("counted %d allowed, %d denied; want 2 and 2", allowed, denied)
	}
}

func TestEveryKindOfFaultHasAStatus(t *testing.T) {
	seen := map[int]bool{}
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		seen[statusOf(kind)] = true
	}
	if len(seen) != int(fault.Unavailable)+1 || statusOf(fault.Unauthenticated) != 401 || statusOf(fault.Forbidden) != 403 {
		t.Errorf("statuses %v", seen)
	}
}
