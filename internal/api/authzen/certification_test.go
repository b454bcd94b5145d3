package authzen

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The parts that the scenario's requests are made of.
const (
	alice  = `"subject":{"type":"user","id":"alice"}`
	bob    = `"subject":{"type":"user","id":"bob"}`
	anyone = `"subject":{"type":"user"}`
	read   = `"action":{"name":"read"}`
	write  = `"action":{"name":"write"}`
	one    = `"resource":{"type":"record","id":"record-1"}`
	two    = `"resource":{"type":"record","id":"record-2"}`
	record = `"resource":{"type":"record"}`
	when   = `"context":{"time":"2025-06-27T18:03-07:00","ip":"192.168.1.1"}`
)

// body joins members to an object.
func body(members ...string) string { return "{" + strings.Join(members, ",") + "}" }

// certification has the requests of OpenID's certification scenario, levels Basic, Batch and Search (Core), by its
// section names. want is the answer without contexts; an empty one is a refusal of that status.
var certification = []struct {
	section, path, body string
	status              int
	want                string
}{
	{"2.2.1 permit", evaluationPath, body(alice, read, one), 200, `{"decision":true}`},
	{"rule 2", evaluationPath, body(alice, write, one), 200, `{"decision":true}`},
	{"rule 3", evaluationPath, body(bob, read, one), 200, `{"decision":true}`},
	{"2.2.2 deny", evaluationPath, body(bob, write, one), 200, `{"decision":false}`},
	{"2.2.3 context", evaluationPath, body(alice, read, one, when), 200, `{"decision":true}`},
	{"2.2.8 properties", evaluationPath, `{"subject":{"type":"user","id":"alice","properties":{"department":"Sales","role":"manager"}},
		"action":{"name":"read","properties":{"method":"GET"}},
		"resource":{"type":"record","id":"record-1","properties":{"status":"active","owner":"bob"}}}`, 200, `{"decision":true}`},
	{"2.2.9 unknown fields", evaluationPath, body(alice, read, one, `"foo":"bar"`, `"futureField":{"nested":true}`), 200, `{"decision":true}`},
	{"2.4.1 no subject", evaluationPath, body(read, one), 400, ""},
	{"2.4.1 no action", evaluationPath, body(alice, one), 400, ""},
	{"2.4.1 no resource", evaluationPath, body(alice, read), 400, ""},
	{"2.4.2 no subject.type", evaluationPath, body(`"subject":{"id":"alice"}`, read, one), 400, ""},
	{"2.4.2 no subject.id", evaluationPath, body(anyone, read, one), 400, ""},
	{"2.4.2 no action.name", evaluationPath, body(alice, `"action":{}`, one), 400, ""},
	{"2.4.2 no resource.type", evaluationPath, body(alice, read, `"resource":{"id":"record-1"}`), 400, ""},
	{"2.4.2 no resource.id", evaluationPath, body(alice, read, record), 400, ""},
	{"2.4.4 malformed", evaluationPath, `{"subject":`, 400, ""},
	{"2.4.5 empty", evaluationPath, ``, 400, ""},
	{"2.4.6 subject is a string", evaluationPath, body(`"subject":"alice"`, read, one), 400, ""},
	{"2.4.6 action.name is a number", evaluationPath, body(alice, `"action":{"name":123}`, one), 400, ""},

	{"3.2.1 array", evaluationsPath, body(alice, read, `"evaluations":[{`+one+`},{`+two+`}]`), 200, `{"evaluations":[{"decision":true},{"decision":true}]}`},
	{"3.2.2 decisions", evaluationsPath, body(bob, one, `"evaluations":[{`+read+`},{`+write+`}]`), 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
	{"3.2.5 no defaults", evaluationsPath, body(`"evaluations":[` + body(alice, read, one) + `,` + body(bob, write, one) + `]`), 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
	{"3.2.6 context", evaluationsPath, body(alice, read, when, `"evaluations":[{`+one+`},`+body(two, when)+`]`), 200, `{"evaluations":[{"decision":true},{"decision":true}]}`},
	{"3.4.1 an item without resource", evaluationsPath, body(alice, read, `"options":{"evaluations_semantic":"execute_all"}`, `"evaluations":[{`+one+`},{}]`), 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
	{"3.4.2 no array", evaluationsPath, body(alice, read, one), 200, `{"decision":true}`},
	{"3.4.3 empty array", evaluationsPath, body(alice, read, one, `"evaluations":[]`), 200, `{"decision":true}`},

	{"4.2.1 subjects", subjectPath, body(anyone, read, one), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"alice","type":"user"},{"id":"bob","type":"user"}]}`},
	{"4.2.2 context", subjectPath, body(anyone, read, one, when), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"alice","type":"user"},{"id":"bob","type":"user"}]}`},
	{"4.2.3 subject.id ignored", subjectPath, body(alice, read, one), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"alice","type":"user"},{"id":"bob","type":"user"}]}`},
	{"4.3.1 resources", resourcePath, body(alice, read, record), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"record-1","type":"record"},{"id":"record-2","type":"record"}]}`},
	{"4.3.2 context", resourcePath, body(alice, read, record, when), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"record-1","type":"record"},{"id":"record-2","type":"record"}]}`},
	{"4.3.3 resource.id ignored", resourcePath, body(alice, read, one), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"id":"record-1","type":"record"},{"id":"record-2","type":"record"}]}`},
	{"4.4.1 actions", actionPath, body(alice, one), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"name":"read"},{"name":"write"}]}`},
	{"4.4.2 context", actionPath, body(alice, one, when), 200, `{"page":{"count":2,"next_token":"","total":2},"results":[{"name":"read"},{"name":"write"}]}`},
	{"4.6.1 unknown id, actions", actionPath, body(`"subject":{"type":"user","id":"nonexistent-user"}`, one), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.6.1 unknown id, resources", resourcePath, body(`"subject":{"type":"user","id":"nonexistent-user"}`, read, record), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.6.1 unknown id, subjects", subjectPath, body(anyone, read, `"resource":{"type":"record","id":"record-9"}`), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.6.2 unknown type, subjects", subjectPath, body(`"subject":{"type":"spaceship"}`, read, one), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.6.2 unknown type, resources", resourcePath, body(alice, read, `"resource":{"type":"spaceship"}`), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.6.2 unknown type, actions", actionPath, body(alice, `"resource":{"type":"spaceship","id":"1"}`), 200, `{"page":{"count":0,"next_token":"","total":0},"results":[]}`},
	{"4.7.1 subjects without action", subjectPath, body(anyone, one), 400, ""},
	{"4.7.1 resources without subject", resourcePath, body(read, record), 400, ""},
	{"4.7.1 actions without resource", actionPath, body(alice), 400, ""},
}

func TestCertificationCore(t *testing.T) {
	h := newHouse(t, "certification.yaml")
	for _, c := range certification {
		t.Run(c.section, func(t *testing.T) {
			for range 2 { // 2.6: the same again
				w := h.do(call{path: c.path, body: c.body, token: h.tokens["certification/harness"]})
				if w.Code != c.status {
					t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
				}
				if c.want != "" && withoutContext(t, w.Body.Bytes()) != c.want {
					t.Fatalf("got  %s\nwant %s", withoutContext(t, w.Body.Bytes()), c.want)
				}
			}
		})
	}
}

// withoutContext writes an answer with sorted keys and without any context, which must be an object.
func withoutContext(t *testing.T, text []byte) string {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	strip := func(v map[string]any) {
		if _, ok := v["context"].(map[string]any); !ok {
			t.Fatalf("%s: context is no object", text)
		}
		delete(v, "context")
	}
	if items, many := answer["evaluations"].([]any); many {
		for _, item := range items {
			strip(item.(map[string]any))
		}
	} else {
		strip(answer)
	}
	sorted, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}

func TestCertificationHeaders(t *testing.T) {
	h := newHouse(t, "certification.yaml")
	token := h.tokens["certification/harness"]
	good := call{path: evaluationPath, body: body(alice, read, one), token: token}
	for value, status := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON;charset=UTF-8": 200, "application/json; charset=latin1": 400,
		"text/plain": 400, "application/json-patch+json": 400, "text/plain;application/json": 400, "application/json, text/plain": 400, "": 400,
	} { // 2.4.3
		c := good
		c.header = http.Header{"Content-Type": {value}}
		if w := h.do(c); w.Code != status {
			t.Errorf("Content-Type %q: %d, want %d", value, w.Code, status)
		}
	}
	for _, id := range []string{"bfe9eb29-ab87-4ca3-be83-a1d5d8305716", " Ü<>\"'; x", ""} { // 2.5.1
		for _, tk := range []string{token, ""} {
			c := good
			c.token, c.header = tk, http.Header{"X-Request-Id": {id}}
			if got := h.do(c).Header()["X-Request-Id"]; len(got) != 1 || got[0] != id {
				t.Errorf("X-Request-ID %q came back as %q", id, got)
			}
		}
	}
	if got := h.do(good).Header(); got.Get("X-Request-Id") != "" || got.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", got)
	}
}

func TestCertificationDiscovery(t *testing.T) {
	h := newHouse(t, "certification.yaml")
	for path, identifier := range map[string]string{metadataPath: external, metadataPath + "/tenant1": external + "/tenant1"} {
		w := h.do(call{path: path, method: http.MethodGet, header: http.Header{"X-Forwarded-Host": {"attacker.test"}, "Forwarded": {"host=attacker.test"}}})
		var got map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %d %v %s", path, w.Code, err, w.Body)
		}
		want := map[string]string{
			"policy_decision_point":      identifier,
			"access_evaluation_endpoint": external + "/access/v1/evaluation", "access_evaluations_endpoint": external + "/access/v1/evaluations",
			"search_subject_endpoint": external + "/access/v1/search/subject", "search_resource_endpoint": external + "/access/v1/search/resource",
			"search_action_endpoint": external + "/access/v1/search/action",
		}
		if len(got) != len(want) {
			t.Errorf("%s has %v", path, got)
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: %s is %q, want %q", path, key, got[key], value)
			}
		}
	}
	for path, status := range map[string]int{"/": 404, "/a/b": 404, "/UPPER": 404, "/a%2f..": 404, "/..%2f": 404, "/a.b": 404} {
		if w := h.do(call{path: metadataPath + path, method: http.MethodGet}); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
	for _, bad := range []string{"", "pdp.example.test", "ftp://a.test", "https://a.test/x", "https://a.test?x", "https://a.test/?", "https://u@a.test", "https://a.test#f"} {
		if _, err := New(Config{External: bad}); err == nil {
			t.Errorf("the external address %q was taken", bad)
		}
	}
}
