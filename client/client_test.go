package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bailiwick/client"

	"github.com/google/go-cmp/cmp"
)

const secret = "bwk_user_0123456789abcdefghij"

// A recorded server gives one answer and remembers what it was asked.
type recorded struct {
	status int
	header map[string]string
	body   string

	asked   *http.Request
	content string
}

func (r *recorded) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	text, _ := io.ReadAll(request.Body)
	r.asked, r.content = request, string(text)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	_, _ = io.WriteString(w, r.body)
}

func serving(t *testing.T, r *recorded) *client.Client {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/", client.Options{Token: secret, Agent: "test/1"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryVerbGoesToItsRoute sends each request once and compares all that the server sees of it.
func TestEveryVerbGoesToItsRoute(t *testing.T) {
	ctx := context.Background()
	then := client.Reading{At: client.When{Revision: 57}, AtLeast: 60, Epoch: 2}
	how := client.Changing{DryRun: true, ChangeID: "ci-7", ExpectedRevision: 57}
	question := client.QuestionRequest{Who: "ana@acme.test", Permission: "runs.launch", Resource: "dagster/prod", Reading: then}
	document := client.Document{File: "organization: acme\n", FileName: "acme.yaml", Models: map[string]string{"./r.yaml": "x"}}
	inactive, name := false, "Ana"
	const reading, changing = "at=57&at_least=60&epoch=2", "change_id=ci-7&dry_run=true&expected_revision=57"
	const asked = `"at":"57","at_least":60,"epoch":2}`
	const file = `"file":"organization: acme\n","file_name":"acme.yaml","models":{"./r.yaml":"x"}`
	const change = `"dry_run":true,"change_id":"ci-7","expected_revision":57`
	for _, verb := range []struct {
		do               func(*client.Client) error
		method, uri      string
		body             string
		withoutToken     bool
		accept, mediaOut string
	}{
		{do: func(c *client.Client) error { _, err := c.Whoami(ctx); return err }, method: "GET", uri: "/api/v1/whoami"},
		{do: func(c *client.Client) error { _, err := c.Check(ctx, question); return err }, method: "POST", uri: "/api/v1/check",
			body: `{"who":"ana@acme.test","permission":"runs.launch","resource":"dagster/prod",` + asked},
		{do: func(c *client.Client) error { _, err := c.Explain(ctx, question); return err }, method: "POST", uri: "/api/v1/explain",
			body: `{"who":"ana@acme.test","permission":"runs.launch","resource":"dagster/prod",` + asked},
		{do: func(c *client.Client) error { _, err := c.WhoCan(ctx, "runs.launch", "dagster/prod", then); return err }, method: "POST", uri: "/api/v1/search",
			body: `{"permission":"runs.launch","resource":"dagster/prod",` + asked},
		{do: func(c *client.Client) error { _, err := c.WhatCan(ctx, "ci", "", client.Reading{}); return err }, method: "POST", uri: "/api/v1/search",
			body: `{"who":"ci"}`},
		{do: func(c *client.Client) error {
			_, err := c.Diff(ctx, client.DiffRequest{From: client.When{Revision: 3}, To: client.When{Time: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}})
			return err
		}, method: "POST", uri: "/api/v1/diff", body: `{"from":"3","to":"2027-01-31T00:00:00Z"}`},
		{do: func(c *client.Client) error {
			_, err := c.Diff(ctx, client.DiffRequest{Document: document})
			return err
		}, method: "POST", uri: "/api/v1/diff",
			body: `{` + file + `}`},
		{do: func(c *client.Client) error { _, err := c.Test(ctx, client.TestRequest{Reading: then}); return err }, method: "POST", uri: "/api/v1/test",
			body: `{` + asked},
		{do: func(c *client.Client) error {
			_, err := c.Plan(ctx, client.PlanRequest{Document: document, Prune: true})
			return err
		}, method: "POST", uri: "/api/v1/plan", body: `{` + file + `,"prune":true}`},
		{do: func(c *client.Client) error {
			_, err := c.Apply(ctx, client.ApplyRequest{PlanRequest: client.PlanRequest{Document: document}, Changing: how})
			return err
		}, method: "POST", uri: "/api/v1/apply", body: `{` + file + `,` + change + `}`},
		{do: func(c *client.Client) error { _, err := c.Export(ctx, then); return err }, method: "GET", uri: "/api/v1/export?" + reading, accept: "text/yaml"},
		{do: func(c *client.Client) error {
			_, err := c.Change(ctx, how, client.TeamCreate{Team: "data"}, client.UserRemove{User: "bo@acme.test"})
			return err
		}, method: "POST", uri: "/api/v1/changes", body: `{` + change + `,"commands":[{"do":"team.create","team":"data"},{"do":"user.remove","user":"bo@acme.test"}]}`},
		{do: func(c *client.Client) error {
			_, err := c.Users(ctx, client.UserQuery{Query: "an a", Team: "data", Platform: "dbt", Active: &inactive, Sort: "email", Page: client.Page{After: "x=", Limit: 7}, Reading: then})
			return err
		}, method: "GET", uri: "/api/v1/users?active=false&after=x%3D&at=57&at_least=60&epoch=2&limit=7&platform=dbt&query=an+a&sort=email&team=data"},
		{do: func(c *client.Client) error { _, err := c.User(ctx, "a/b?c@acme.test", then); return err }, method: "GET", uri: "/api/v1/users/a%2Fb%3Fc@acme.test?" + reading},
		{do: func(c *client.Client) error {
			_, err := c.AddUser(ctx, client.NewUser{Email: "bo@acme.test"}, how)
			return err
		}, method: "POST", uri: "/api/v1/users?" + changing,
			body: `{"email":"bo@acme.test"}`},
		{do: func(c *client.Client) error {
			_, err := c.SetProfile(ctx, "usr_a", client.Profile{Name: &name}, how)
			return err
		}, method: "PATCH", uri: "/api/v1/users/usr_a?" + changing,
			body: `{"name":"Ana"}`},
		{do: func(c *client.Client) error { _, err := c.RemoveUser(ctx, "usr_a", how); return err }, method: "DELETE", uri: "/api/v1/users/usr_a?" + changing},
		{do: func(c *client.Client) error { _, err := c.Deactivate(ctx, "usr_a", how); return err }, method: "POST", uri: "/api/v1/users/usr_a/deactivate?" + changing},
		{do: func(c *client.Client) error { _, err := c.Reactivate(ctx, "usr_a", how); return err }, method: "POST", uri: "/api/v1/users/usr_a/reactivate?" + changing},
		{do: func(c *client.Client) error { _, err := c.AddMember(ctx, "usr_a", "dbt", how); return err }, method: "POST", uri: "/api/v1/users/usr_a/platforms/dbt?" + changing},
		{do: func(c *client.Client) error { _, err := c.RemoveMember(ctx, "usr_a", "dbt", how); return err }, method: "DELETE", uri: "/api/v1/users/usr_a/platforms/dbt?" + changing},
		{do: func(c *client.Client) error { _, err := c.SetLicense(ctx, "usr_a", "dbt", "", how); return err }, method: "PUT", uri: "/api/v1/users/usr_a/licenses/dbt?" + changing,
			body: `{"license":""}`},
		{do: func(c *client.Client) error { _, err := c.Teams(ctx, client.TeamQuery{Query: "da"}); return err }, method: "GET", uri: "/api/v1/teams?query=da"},
		{do: func(c *client.Client) error { _, err := c.Team(ctx, "data", client.Reading{}); return err }, method: "GET", uri: "/api/v1/teams/data"},
		{do: func(c *client.Client) error {
			_, err := c.Grants(ctx, client.GrantQuery{To: "team:data", On: "dbt", Under: "dbt/*", Role: "analyst", Platform: "dbt"})
			return err
		}, method: "GET", uri: "/api/v1/grants?on=dbt&platform=dbt&role=analyst&to=team%3Adata&under=dbt%2F%2A"},
		{do: func(c *client.Client) error {
			_, err := c.Tokens(ctx, client.TokenQuery{Subject: "user:a", Kind: "svc"})
			return err
		}, method: "GET", uri: "/api/v1/tokens?kind=svc&subject=user%3Aa"},
		{do: func(c *client.Client) error {
			_, err := c.IssueToken(ctx, client.NewToken{Kind: "user"}, how)
			return err
		}, method: "POST", uri: "/api/v1/tokens?" + changing,
			body: `{"kind":"user"}`},
		{do: func(c *client.Client) error { _, err := c.RevokeToken(ctx, "tok_a", how); return err }, method: "DELETE", uri: "/api/v1/tokens/tok_a?" + changing},
		{do: func(c *client.Client) error {
			_, err := c.Setup(ctx, client.SetupRequest{Secret: "s", Organization: "acme", Name: "Ana", Email: "ana@acme.test"})
			return err
		}, method: "POST", uri: "/api/v1/setup", body: `{"secret":"s","organization":"acme","name":"Ana","email":"ana@acme.test"}`, withoutToken: true},
	} {
		r := &recorded{body: `{}`}
		if err := verb.do(serving(t, r)); err != nil {
			t.Errorf("%s %s: %v", verb.method, verb.uri, err)
			continue
		}
		want := map[string]string{"method": verb.method, "uri": verb.uri, "body": verb.body, "accept": "application/json", "agent": "test/1", "token": "Bearer " + secret, "type": ""}
		if verb.accept != "" {
			want["accept"] = verb.accept
		}
		if verb.withoutToken {
			want["token"] = ""
		}
		if verb.body != "" {
			want["type"] = "application/json"
		}
		got := map[string]string{"method": r.asked.Method, "uri": r.asked.RequestURI, "body": r.content, "accept": r.asked.Header.Get("Accept"),
			"agent": r.asked.UserAgent(), "token": r.asked.Header.Get("Authorization"), "type": r.asked.Header.Get("Content-Type")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", verb.method, verb.uri, diff)
		}
	}
}

func TestAnAnswerIsRead(t *testing.T) {
	c := serving(t, &recorded{body: `{"decision":"deny","allowed":false,"code":"not_granted","subject":"user:ana@acme.test","permission":"dagster.runs.launch",
		"resource":"dagster/prod","at":"2027-01-31T00:00:00Z","why":"no","revision":57,"epoch":2,"level":"code_location","kind":"deployment","inactive":false,
		"reasons":[{"outcome":"lost","why":"ended","detail":"ended","via":"team:data","grant":{"to":"team:data","role":"editor","on":"dagster/prod","until":"2026-01-31T00:00:00Z"}}],
		"fixes":[],"a_key_of_a_newer_server":true}`})
	got, err := c.Explain(context.Background(), client.QuestionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	want := client.Explanation{
		Check: client.Check{Decision: "deny", Code: "not_granted", Subject: "user:ana@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod",
			At: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Why: "no", Facts: client.Facts{Revision: 57, Epoch: 2}},
		Level: "code_location", Kind: "deployment", Fixes: []client.Fix{},
		Reasons: []client.Reason{{Outcome: "lost", Why: "ended", Detail: "ended", Via: "team:data", Grant: client.Grant{To: "team:data", Role: "editor", On: "dagster/prod", Until: &until}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c = serving(t, &recorded{body: "organization: acme\n", header: map[string]string{"Content-Type": "text/yaml", "Bailiwick-Revision": "57", "Bailiwick-Epoch": "2"}})
	export, err := c.Export(context.Background(), client.Reading{})
	if want := (client.Export{File: []byte("organization: acme\n"), Facts: client.Facts{Revision: 57, Epoch: 2}}); err != nil || !cmp.Equal(want, export) {
		t.Errorf("the export is %+v, %v; want %+v", export, err, want)
	}
}

func TestAnErrorKeepsItsKindAndParts(t *testing.T) {
	for _, kind := range []string{client.Invalid, client.Unauthenticated, client.Forbidden, client.NotFound, client.Conflict, client.Unavailable, client.Internal} {
		answer := client.Error{Kind: kind, Message: "it is wrong", Field: "commands[0].role", Rule: "may_give", Right: "ask an owner",
			Problems: []client.Problem{{Kind: client.Invalid, Place: "a.yaml:3:1", Path: "grants[0]", Wrong: "no such role", Right: "write editor", Rule: "known"}}}
		body, err := json.Marshal(client.ErrorAnswer{Error: answer})
		if err != nil {
			t.Fatal(err)
		}
		c := serving(t, &recorded{status: client.Status(kind), body: string(body), header: map[string]string{"X-Request-ID": "req-1", "Content-Type": "application/json; charset=utf-8"}})
		_, err = c.Whoami(context.Background())
		answer.Status, answer.RequestID = client.Status(kind), "req-1"
		var got *client.Error
		if !errors.As(err, &got) || !cmp.Equal(answer, *got) {
			t.Errorf("%s came back as %#v", kind, err)
			continue
		}
		tail := ""
		if kind == client.Internal {
			tail = " (the server's log tells more about request req-1)"
		}
		want := "commands[0].role: it is wrong; ask an owner (rule may_give)" + tail + "\na.yaml:3:1: grants[0]: no such role; write editor (rule known)"
		if err.Error() != want {
			t.Errorf("%s reads %q; want %q", kind, err, want)
		}
	}
}

// TestWhatIsNotBailiwicksIsSaidToBe: something between the server and us answers in its own way, or the address is another's.
func TestWhatIsNotBailiwicksIsSaidToBe(t *testing.T) {
	for status, kind := range map[int]string{
		400: client.Invalid, 401: client.Unauthenticated, 403: client.Forbidden, 404: client.NotFound, 405: client.Invalid, 409: client.Conflict,
		429: client.Unavailable, 500: client.Internal, 502: client.Unavailable, 503: client.Unavailable, 504: client.Unavailable,
	} {
		_, err := serving(t, &recorded{status: status, body: "<h1>Sorry</h1>", header: map[string]string{"Content-Type": "text/html"}}).Whoami(context.Background())
		var got *client.Error
		if !errors.As(err, &got) || got.Kind != kind || got.Status != status || !strings.Contains(err.Error(), "not in Bailiwick's form") {
			t.Errorf("status %d: %v; want %s", status, err, kind)
		}
	}
	_, err := serving(t, &recorded{body: "<h1>Welcome</h1>"}).Whoami(context.Background())
	if err == nil || !strings.Contains(err.Error(), "something else than was asked for") {
		t.Errorf("a page was taken for an answer: %v", err)
	}
}

// TestATokenGoesToTheNamedServerOnly lets a server send the client on, in every way that HTTP knows, to another and to itself.
func TestATokenGoesToTheNamedServerOnly(t *testing.T) {
	other := &recorded{body: `{}`}
	elsewhere := httptest.NewServer(other)
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{elsewhere.URL + "/api/v1/check?x=1", "/elsewhere"} {
			r := &recorded{status: status, header: map[string]string{"Location": to}}
			c := serving(t, r)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // who follows goes in circles
			_, err := c.Check(ctx, client.QuestionRequest{})
			cancel()
			if err == nil || !strings.Contains(err.Error(), "a token is not sent on") {
				t.Errorf("%d to %s: %v", status, to, err)
			}
			if r.asked.URL.Path != "/api/v1/check" || other.asked != nil {
				t.Errorf("%d to %s was followed", status, to)
			}
		}
	}
}

func TestAddressesAndTokensThatWouldGiveSomethingAway(t *testing.T) {
	for server, want := range map[string]string{
		"http://bailiwick.acme.test":             "http:// shows the token to everybody on the way there; write https://bailiwick.acme.test, or allow it with --insecure-http",
		"http://10.0.0.7:8080":                   "http:// shows the token",
		"http://localhost.acme.test":             "http:// shows the token",
		"https://ana:hunter2@bailiwick.test":     "write the address only",
		"https://bailiwick.test/?token=hunter2":  "write the address only",
		"https://bailiwick.test/#hunter2":        "write the address only",
		"bailiwick.acme.test":                    "cannot be read; write it as https://",
		"ftp://bailiwick.acme.test":              "cannot be read; write it as https://",
		"https://":                               "cannot be read; write it as https://",
		"https://ana:hunter2@bailiwick.test:b/c": "cannot be read; write it as https://",
	} {
		_, err := client.New(server, client.Options{Token: secret})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v; want … %s …", server, err, want)
		}
	}
	for _, server := range []string{"http://127.0.0.1:8080", "http://127.1.2.3", "http://[::1]:8080", "http://localhost:8080", "https://bailiwick.acme.test/base/"} {
		if _, err := client.New(server, client.Options{Token: secret}); err != nil {
			t.Errorf("%s: %v", server, err)
		}
	}
	if _, err := client.New("http://bailiwick.acme.test", client.Options{Token: secret, InsecureHTTP: true}); err != nil {
		t.Errorf("allowed with InsecureHTTP: %v", err)
	}
	for _, token := range []string{"hunter2", "bwk_user_hunter2\nX-Evil: 1", "bwk_user_hunter2 ", "bwk_user_hünter2"} {
		_, err := client.New("https://bailiwick.acme.test", client.Options{Token: token})
		if err == nil || strings.Contains(err.Error(), "nter2") {
			t.Errorf("the token %q: %v", token, err)
		}
	}
}

func TestWithoutATokenNothingIsAsked(t *testing.T) {
	r := &recorded{body: `{}`}
	server := httptest.NewServer(r)
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Whoami(context.Background())
	var got *client.Error
	if !errors.As(err, &got) || got.Kind != client.Unauthenticated || r.asked != nil {
		t.Errorf("%v; asked %v", err, r.asked)
	}
}

// TestAServerThatIsNotThere: the error names the server, not the question, which may be about somebody.
func TestAServerThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := client.New(server.URL, client.Options{Token: secret})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Users(context.Background(), client.UserQuery{Query: "ana"})
	if err == nil || !strings.HasPrefix(err.Error(), "ask "+server.URL+": ") || strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}

func TestWhenIsATimeOrARevision(t *testing.T) {
	for text, want := range map[string]client.When{
		"":                          {},
		"57":                        {Revision: 57},
		"2027-01-31":                {Time: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
		"2027-01-31T12:00:00+01:00": {Time: time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC)},
	} {
		got, err := client.ParseWhen(text)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
		if again, err := client.ParseWhen(got.String()); err != nil || again != want {
			t.Errorf("%q came back as %v, %v", text, again, err)
		}
	}
	east := time.FixedZone("east", 3600)
	if got := (client.When{Time: time.Date(2027, 1, 31, 12, 0, 0, 0, east)}).String(); got != "2027-01-31T11:00:00Z" {
		t.Errorf("a time of another zone is written %s", got)
	}
	for _, text := range []string{"tomorrow", "0", "-1", "2027-13-01", "99999999999999999999", "0001-01-01T00:00:00Z"} {
		if got, err := client.ParseWhen(text); err == nil {
			t.Errorf("%q was taken for %v", text, got)
		}
	}
}
