package graphql_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
)

func with(cookie *http.Cookie, header ...string) map[string]string {
	all := map[string]string{"Cookie": cookie.Name + "=" + cookie.Value}
	for i := 0; i+1 < len(header); i += 2 {
		all[header[i]] = header[i+1]
	}
	return all
}

const makesTeam = `mutation { change(commands: [{do: "team.create", team: "forged"}]) { changed } }`

// TestAttack103: what a page of another site can make a browser send changes nothing.
func TestAttack103APageOfAnotherSiteChangesNothing(t *testing.T) {
	w := newWorld(t)
	cookie := w.SignIn("olga").Cookie
	for name, c := range map[string]struct {
		call   call
		status int
	}{
		"a mutation by GET":                 {call{method: "GET", path: "/graphql?query=mutation%7Bchange(commands:%5B%5D)%7Bchanged%7D%7D", header: with(cookie)}, http.StatusMethodNotAllowed},
		"a query by GET":                    {call{method: "GET", path: "/graphql?query=%7Bversion%7D", header: with(cookie)}, http.StatusMethodNotAllowed},
		"a query by GET, with a token":      {call{method: "GET", path: "/graphql?query=%7Bversion%7D", token: w.token("olga")}, http.StatusMethodNotAllowed},
		"text/plain":                        {call{body: asked(makesTeam), header: with(cookie, "Content-Type", "text/plain", "Sec-Fetch-Site", "same-origin")}, http.StatusUnsupportedMediaType},
		"no media type":                     {call{body: asked(makesTeam), header: with(cookie, "Content-Type", "")}, http.StatusUnsupportedMediaType},
		"a form":                            {call{body: "query=" + makesTeam, header: with(cookie, "Content-Type", "application/x-www-form-urlencoded")}, http.StatusUnsupportedMediaType},
		"multipart":                         {call{body: "--x\r\n\r\n--x--", header: with(cookie, "Content-Type", "multipart/form-data; boundary=x")}, http.StatusUnsupportedMediaType},
		"application/graphql":               {call{body: makesTeam, header: with(cookie, "Content-Type", "application/graphql")}, http.StatusUnsupportedMediaType},
		"JSON from another site":            {call{body: asked(makesTeam), header: with(cookie, "Sec-Fetch-Site", "cross-site")}, http.StatusForbidden},
		"JSON from a sister's page":         {call{body: asked(makesTeam), header: with(cookie, "Sec-Fetch-Site", "same-site")}, http.StatusForbidden},
		"JSON with another origin":          {call{body: asked(makesTeam), header: with(cookie, "Origin", "https://evil.test")}, http.StatusForbidden},
		"a question in the address of POST": {call{path: "/graphql?query=" + strings.ReplaceAll(makesTeam, " ", "%20"), body: "{}", header: with(cookie)}, http.StatusBadRequest},
	} {
		if r := w.send(c.call); r.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, c.status)
		} else if r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: another origin may read the answer", name)
		}
	}
	if w.Now().TeamByName("forged") != nil {
		t.Error("the team was made")
	}
	if r := w.send(call{body: asked(makesTeam), header: with(cookie, "Sec-Fetch-Site", "same-origin")}); r.status != http.StatusOK || w.Now().TeamByName("forged") == nil {
		t.Errorf("a page of ours: %d %s", r.status, r.body)
	}
}

// TestAttack105: keys that nobody asked for set nothing, and are errors.
func TestAttack105ABodyHasItsOwnKeysAndNoOthers(t *testing.T) {
	w := newWorld(t)
	token := w.token("olga")
	for name, body := range map[string]string{
		"an unknown key":        `{"query":"{ version }","organization":"other"}`,
		"another spelling":      `{"Query":"{ version }"}`,
		"a key twice":           `{"query":"{ version }","query":"{ identity { viewer { email } } }"}`,
		"twice, in other words": `{"query":"{ version }","QUERY":"{ version }"}`,
		"two objects":           `{"query":"{ version }"}{"query":"{ version }"}`,
		"several operations":    `[{"query":"{ version }"},{"query":"{ version }"}]`,
		"a stored document":     `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}},"query":"{ version }"}`,
		"no query":              `{}`,
		"a query of no text":    `{"query":7}`,
		"variables of no kind":  `{"query":"{ version }","variables":"{}"}`,
		"not UTF-8":             "{\"query\":\"{ version } #\xff\"}",
		"a credential":          `{"query":"{ version } #bwk_user_abcdefghijklmnopqrstuvwxyz"}`,
		"another operation":     `{"query":"query a { version }","operationName":"b"}`,
	} {
		if r := w.send(call{token: token, body: body}); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for _, body := range []string{`{"query":"query a { version }","operationName":"a","variables":{}}`, `{"query":"{ version }","operationName":null,"variables":null,"extensions":{}}`} {
		if r := w.send(call{token: token, body: body}); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
}

func TestTheDoorTakesPeopleAndServiceUsersOnly(t *testing.T) {
	w := newWorld(t)
	ci := w.As("ada", client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:ci"}}).Results[0].Secret
	agent := w.As("ada", client.AgentCreate{Description: "one"}).Results[0].ID
	agents := w.As("ada", client.TokenIssue{NewToken: client.NewToken{Kind: "agent", Subject: "agent:" + agent}}).Results[0].Secret
	question := asked("{ version }")
	for name, c := range map[string]struct {
		call   call
		status int
	}{
		"nobody":                         {call{body: question}, http.StatusUnauthorized},
		"a text":                         {call{body: question, token: "x"}, http.StatusUnauthorized},
		"an agent":                       {call{body: question, token: agents}, http.StatusUnauthorized},
		"a service user":                 {call{body: question, token: ci}, http.StatusOK},
		"a user":                         {call{body: question, token: w.token("zoe")}, http.StatusOK},
		"a user, by Bearer":              {call{body: question, header: map[string]string{"Authorization": "Bearer " + w.token("zoe")}}, http.StatusOK},
		"the same token twice":           {call{body: question, token: w.token("zoe"), header: map[string]string{"Authorization": "Bearer " + w.token("zoe")}}, http.StatusOK},
		"two tokens":                     {call{body: question, token: w.token("zoe"), header: map[string]string{"Authorization": "Bearer " + w.token("olga")}}, http.StatusUnauthorized},
		"a session":                      {call{body: question, header: with(w.SignIn("zoe").Cookie)}, http.StatusOK},
		"a wrong token beside a session": {call{body: question, token: "x", header: with(w.SignIn("zoe").Cookie)}, http.StatusUnauthorized},
	} {
		r := w.send(c.call)
		if r.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, c.status)
		}
		if c.status == http.StatusUnauthorized && (r.header.Get("WWW-Authenticate") == "" || !json.Valid([]byte(r.body))) {
			t.Errorf("%s: %v %s", name, r.header, r.body)
		}
	}
	w.As("olga", client.UserDeactivate{User: "zoe@acme.test"})
	if r := w.send(call{body: question, token: w.token("olga")}); r.status != http.StatusOK {
		t.Errorf("%d", r.status)
	}
	if r := w.send(call{body: question, token: w.tokens["zoe"]}); r.status != http.StatusUnauthorized {
		t.Errorf("somebody deactivated: %d %s", r.status, r.body)
	}
}

func TestAddressesNameTheCallersOrganizationAndItsDeployments(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.ResourceCreate{Resource: "dagster/of%20sales"})
	token := w.token("ada")
	for path, status := range map[string]int{
		"/graphql": 200, "/prod/graphql": 200, "/of%20sales/graphql": 200, "/o/acme/graphql": 200, "/o/acme/prod/graphql": 200,
		"/nothing/graphql": 404, "/etl/graphql": 404, "/o/other/graphql": 404, "/o/other/prod/graphql": 404, "/o/acme/nothing/graphql": 404,
	} {
		r := w.send(call{path: path, token: token, body: asked("{ version }")})
		if r.status != status || !json.Valid([]byte(r.body)) {
			t.Errorf("%s: %d %s, want %d", path, r.status, r.body, status)
		}
	}
	missing, foreign := w.send(call{path: "/nothing/graphql", token: token, body: asked("{ version }")}), w.send(call{path: "/o/other/graphql", token: token, body: asked("{ version }")})
	if missing.body != foreign.body {
		t.Errorf("what does not exist and what is somebody else's are told apart:\n%s%s", missing.body, foreign.body)
	}
}

func TestADryRunChangesNothingAndCompares(t *testing.T) {
	w := newWorld(t)
	before := w.Now().Revision
	two := `{ a: change(commands: [{do: "team.create", team: "x"}]) { changed dryRun } b: change(commands: [{do: "grant.add", to: "team:x", role: "viewer", on: "dagster/prod"}, {do: "team.join", team: "x", members: ["zoe@acme.test"]}]) { changed } }`
	for name, c := range map[string]call{
		"by directive": {token: w.token("ada"), body: asked("mutation @dryRun " + two)},
		"by header":    {token: w.token("ada"), body: asked("mutation " + two), header: map[string]string{"Bailiwick-Dry-Run": "true"}},
	} {
		r := w.send(c)
		var said struct {
			Data       map[string]client.Change
			Extensions struct {
				DryRun          client.Change
				Revision, Epoch int64
			}
		}
		if err := json.Unmarshal([]byte(r.body), &said); err != nil || r.status != http.StatusOK {
			t.Fatalf("%s: %d %s %v", name, r.status, r.body, err)
		}
		compared := said.Extensions.DryRun
		if !said.Data["a"].Changed || !compared.DryRun || len(compared.Objects) == 0 || compared.Gained == 0 || said.Extensions.Revision != w.Now().Revision {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	if w.Now().TeamByName("x") != nil {
		t.Errorf("revision %d after %d: the team was made", w.Now().Revision, before)
	}
	if r := w.send(call{token: w.token("ada"), body: asked("mutation " + two), header: map[string]string{"Bailiwick-Dry-Run": "yes"}}); r.status != http.StatusBadRequest {
		t.Errorf("neither true nor false: %d %s", r.status, r.body)
	}
	if r := w.send(call{token: w.token("olga"), body: asked("query @dryRun { version }")}); r.status != http.StatusBadRequest {
		t.Errorf("a question: %d %s", r.status, r.body)
	}
}

func TestRefusalsAreSaidInTheWordsOfTheUnionAndKept(t *testing.T) {
	w := newWorld(t)
	r := w.send(call{token: w.token("zoe"), body: asked(`{ usersOrError { __typename ... on UnauthorizedError { message } } }`)})
	if r.status != http.StatusOK || !strings.Contains(r.body, `"__typename":"UnauthorizedError"`) || strings.Contains(r.body, "errors") {
		t.Errorf("%d %s", r.status, r.body)
	}
	r = w.send(call{token: w.token("zoe"), body: asked(`{ teamPermissions { id } }`)})
	if r.status != http.StatusOK || !strings.Contains(r.body, `"code":"forbidden"`) || ruleOf(t, r) != "permission" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTheExplorerIsForWhoIsSignedIn(t *testing.T) {
	w := newWorld(t)
	r := w.send(call{method: "GET", header: with(w.SignIn("zoe").Cookie)})
	policy := r.header.Get("Content-Security-Policy")
	if r.status != http.StatusOK || !strings.Contains(r.body, "/graphql/explorer.js") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%d %s %.200s", r.status, policy, r.body)
	}
	if strings.Contains(r.body, " style=") || strings.Contains(r.body, " onclick") || strings.Contains(r.body, "<style") {
		t.Error("the page has what its policy forbids")
	}
	r = w.send(call{method: "GET", path: "/prod/graphql"})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin?next=%2Fprod%2Fgraphql" {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
}
