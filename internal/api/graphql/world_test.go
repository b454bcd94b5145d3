package graphql_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// A world is the door on a real journal, behind a real HTTP server.
type world struct {
	t        *testing.T
	journal  *journal.Journal
	engine   *decide.Engine
	changes  *change.Service
	history  *history.Recorder
	reader   *signin.Reader
	sessions *signin.Sessions
	routes   []graphql.Route
	server   *httptest.Server
	tokens   map[string]string // secrets by the first half of the owner's address
}

func mint(kind string) (string, string, string, error) {
	secret, hash, last, err := signin.Mint(signin.Kind(kind))
	return secret.Reveal(), hash, last, err
}

func mintLink() (string, string, error) {
	secret, hash := signin.NewLink()
	return secret.Reveal(), hash, nil
}

// emptyWorld is a server that nobody has set up.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, tokens: map[string]string{}}
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.journal, err = journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	if w.engine, err = decide.Open(t.Context(), w.journal, decide.Options{Clock: time.Now, Staleness: -1, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.history = history.New(w.journal, time.Now, log)
	w.changes = change.New(w.journal, w.engine, change.Options{Mint: mint, MintLink: mintLink, Logger: log, Refused: func(organization string, a *change.Actor, operation, about string, err error) {
		w.history.Record(organization, history.Activity{Subject: a.String(), Operation: operation, Resource: about, Result: "refused", Reason: err.Error(), Via: a.Via, Request: a.Request})
	}})
	w.sessions = signin.NewSessions(w.engine, w.journal, signin.SessionOptions{Logger: log})
	w.reader = signin.NewReader(w.engine, w.journal, log).WithSessions(w.sessions)
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	w.routes, err = graphql.New(graphql.Options{Engine: w.engine, Changes: w.changes, Reader: w.reader, History: w.history, TokensUsed: w.journal.TokensUsed, CursorKey: key, Version: "test", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range w.routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	w.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		w.server.Close()
		w.changes.Close()
		if err := w.history.Close(); err != nil {
			t.Error(err)
		}
		w.engine.Close()
		_ = w.journal.Close()
	})
	return w
}

// newWorld has the organization acme. Olga is its owner, Aud auditor; Ada administers dagster, Dan dbt; Bo is a member of dagster,
// with what its default gives (viewer of prod and of dev), and in the team data, which is editor of prod; the service user ci is
// viewer of prod; Zoe is in the directory and nothing else. Prod has the code locations etl and ml, dev has etl.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	if _, err := w.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: "acme", Name: "Olga Owner", Email: "olga@acme.test"}); err != nil {
		t.Fatal(err)
	}
	user := func(name string, on ...string) client.Command {
		return client.UserAdd{NewUser: client.NewUser{Email: name + "@acme.test", Name: strings.ToUpper(name[:1]) + name[1:], On: on}}
	}
	w.must("olga",
		client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"}, client.ResourceCreate{Resource: "dagster/prod/ml"},
		client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: "dagster/dev/etl"}, client.ResourceCreate{Resource: "dbt/core"},
		user("ada", "dagster"), user("bo", "dagster"), user("dan", "dbt"), user("zoe"), user("aud"),
		grant("user:ada@acme.test", "organization_admin", "dagster"), grant("user:aud@acme.test", "auditor", "org"),
		client.TeamCreate{Team: "admins-of-dbt", Members: []string{"dan@acme.test"}},
		client.LicenseSet{User: "dan@acme.test", Platform: "dbt", License: "developer"}, grant("team:admins-of-dbt", "account_admin", "dbt"),
		client.ServiceUserCreate{ServiceUser: "ci"}, grant("service_user:ci", "viewer", "dagster/prod"))
	w.must("ada", client.TeamCreate{Team: "data", Members: []string{"bo@acme.test"}}, grant("team:data", "editor", "dagster/prod"))
	return w
}

func grant(to, role, on string) client.GrantAdd {
	return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
}

func (w *world) now() *state.State {
	w.t.Helper()
	st, err := w.engine.Current("acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// user is somebody by the first half of the address.
func (w *world) user(name string) *state.User {
	w.t.Helper()
	u := w.now().UserByEmail(name + "@acme.test")
	if u == nil {
		w.t.Fatalf("there is no %s", name)
	}
	return u
}

func (w *world) subject(name string) access.Subject {
	w.t.Helper()
	return access.Subject{Kind: access.User, ID: w.user(name).ID}
}

// number is the integer id of a resource.
func (w *world) number(path string) int {
	w.t.Helper()
	r := w.now().Resource(path)
	if r == nil {
		w.t.Fatalf("there is no %s", path)
	}
	return int(r.Number)
}

// can tells whether somebody may do something.
func (w *world) can(name, permission, resource string) bool {
	w.t.Helper()
	st := w.now()
	return st.Decide(access.Question{Subject: w.subject(name), Permission: permission, Resource: resource, At: st.Moment(w.engine.Now())}).Allowed
}

func (w *world) must(name string, commands ...client.Command) change.Result {
	w.t.Helper()
	r, err := w.changes.Do(context.Background(), "acme", change.Actor{Subject: w.subject(name), Via: "test"}, change.How{}, commands...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// token is the secret of a user token of somebody's own.
func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		w.tokens[name] = w.must(name, client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}).Results[0].Secret
	}
	return w.tokens[name]
}

// A call is one request as bytes. Without a method it is a POST of JSON, without a path to /graphql.
type call struct {
	method, path, body, token string
	header                    map[string]string
}

type response struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(c call) response {
	w.t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.path == "" {
		c.path = "/graphql"
	}
	r, err := http.NewRequestWithContext(w.t.Context(), c.method, w.server.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		w.t.Fatal(err)
	}
	if c.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Dagster-Cloud-Api-Token", c.token)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	answer, err := w.server.Client().Transport.RoundTrip(r) // follows nothing
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(text)}
}

// A reply is what came of an operation. Numbers in it are json.Number.
type reply struct {
	t          *testing.T
	text       string
	Data       map[string]any   `json:"data"`
	Errors     []map[string]any `json:"errors"`
	Extensions map[string]any   `json:"extensions"`
}

// ask sends an operation of somebody's and reads the answer, which may have errors.
func (w *world) ask(name, query string, variables map[string]any) *reply {
	w.t.Helper()
	return w.askAt("/graphql", name, query, variables)
}

// askAt is ask at another address.
func (w *world) askAt(path, name, query string, variables map[string]any) *reply {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		w.t.Fatal(err)
	}
	found := &reply{t: w.t}
	found.text = w.send(call{path: path, token: w.token(name), body: string(body)}).body
	decoder := json.NewDecoder(bytes.NewReader([]byte(found.text)))
	decoder.UseNumber()
	if err := decoder.Decode(found); err != nil {
		w.t.Fatalf("%s answered %s: %v", query, found.text, err)
	}
	return found
}

// get is one place in the data, by names of fields and indexes; it fails where there is none.
func (r *reply) get(path ...any) any {
	r.t.Helper()
	var at any = r.Data
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := at.(map[string]any)
			found, is := fields[step]
			if !is {
				r.t.Fatalf("there is no %v in %s", path, r.text)
			}
			at = found
		case int:
			list, _ := at.([]any)
			if step >= len(list) {
				r.t.Fatalf("there is no %v in %s", path, r.text)
			}
			at = list[step]
		}
	}
	return at
}

// is fails where a place in the data is not some JSON.
func (r *reply) is(want string, path ...any) {
	r.t.Helper()
	found, err := json.Marshal(r.get(path...))
	if err != nil {
		r.t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		r.t.Fatalf("%s: %v", want, err)
	}
	if string(found) != compact.String() {
		r.t.Errorf("%v is %s; want %s\n%s", path, found, want, r.text)
	}
}

// says fails where a place in the data is not a text with some words in it.
func (r *reply) says(words string, path ...any) {
	r.t.Helper()
	if found, _ := r.get(path...).(string); !strings.Contains(found, words) {
		r.t.Errorf("%v is %q; want it to say %q", path, found, words)
	}
}

// grants are somebody's own grants as a text, by scope.
func (w *world) grants(name string) string {
	w.t.Helper()
	var list []string
	for _, g := range w.now().GrantsOf(w.subject(name)) {
		list = append(list, g.On+" "+g.Role)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// session opens a session of somebody's and returns its cookie.
func (w *world) session(name string) *http.Cookie {
	w.t.Helper()
	opened, err := w.sessions.Open(w.t.Context(), "acme", w.user(name).ID, signin.ByDemo, signin.From{}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened.Cookie
}
