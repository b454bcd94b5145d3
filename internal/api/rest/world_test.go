package rest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/rest"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/discovery"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/seal"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
	"bailiwick/internal/webhook"
)

// A world is the door on a real journal, behind a real HTTP server.
type world struct {
	t        *testing.T
	journal  *journal.Journal
	engine   *decide.Engine
	changes  *change.Service
	history  *history.Recorder
	routes   []rest.Route
	server   *httptest.Server
	log      *safeBuffer
	ahead    atomic.Int64 // how far the engine's clock is ahead
	desk     *signin.Desk
	reader   *signin.Reader
	webhooks *webhook.Service
	setup    string            // secret of an open setup link
	things   map[string]string // ids of what rows name: TOKEN, LINK, SESSION, IDENTITY, PROVIDER
}

// A safeBuffer is a log that goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func mint(kind string) (string, string, string, error) {
	secret, hash, last, err := signin.Mint(signin.Kind(kind))
	return secret.Reveal(), hash, last, err
}

func mintLink() (string, string, error) {
	secret, hash := signin.NewLink()
	return secret.Reveal(), hash, nil
}

// empty is a server that nobody has set up.
func empty(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, log: &safeBuffer{}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	var err error
	if w.journal, err = journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	if w.engine, err = decide.Open(t.Context(), w.journal, decide.Options{Clock: clock, Staleness: -1, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.history = history.New(w.journal, clock, log)
	w.changes = change.New(w.journal, w.engine, change.Options{Mint: mint, MintLink: mintLink, Logger: log, Refused: func(organization string, a *change.Actor, operation, about string, err error) {
		w.history.Record(organization, history.Activity{Subject: a.String(), Operation: operation, Resource: about, Result: "refused", Reason: err.Error(), Via: a.Via, Request: a.Request})
	}})
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	ring, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	sessions := signin.NewSessions(w.engine, w.journal, signin.SessionOptions{Logger: log})
	w.desk = signin.NewDesk(signin.DeskOptions{Engine: w.engine, Journal: w.journal, Changes: w.changes, Sessions: sessions, Seal: ring, History: w.history, Log: log})
	w.reader = signin.NewReader(w.engine, w.journal, log).WithSessions(sessions)
	w.webhooks = webhook.New(webhook.Options{Journal: w.journal, Engine: w.engine, Changes: w.changes, Trail: w.history.Trail(), Ring: ring, Now: clock, Log: log})
	w.routes, err = rest.New(rest.Options{Webhooks: w.webhooks, Engine: w.engine, Changes: w.changes, Reader: w.reader, History: w.history,
		Desk: w.desk, External: &url.URL{Scheme: "https", Host: "bailiwick.acme.test"}, TokensUsed: w.journal.TokensUsed, CursorKey: key, Version: "test", Log: log, Gates: gatesOfTests,
		Discovery: discovery.New(discovery.Options{Engine: w.engine, Changes: w.changes, Log: log})})
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

// newWorld has two organizations alike: acme and other. In each: Olga is owner, Aud auditor; Ada administers dagster, Dan
// dbt; Bo is a member of dagster, and in the team data, which is editor there; Zoe is in the directory and nothing else.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := empty(t)
	link := signin.NewSetup(w.engine.Now())
	w.setup = link.Secret.Reveal()
	if err := w.changes.OpenSetup(t.Context(), link.Hash, link.Until); err != nil {
		t.Fatal(err)
	}
	for _, organization := range []string{"acme", "other"} {
		w.organization(organization)
	}
	return w
}

func (w *world) organization(name string) {
	w.t.Helper()
	at := "@" + name + ".test"
	if _, err := w.changes.Create(w.t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: name, Name: "Olga Owner", Email: "olga" + at}); err != nil {
		w.t.Fatal(err)
	}
	user := func(name string, on ...string) client.Command {
		return client.UserAdd{NewUser: client.NewUser{Email: name + at, Name: strings.ToUpper(name[:1]) + name[1:], On: on}}
	}
	w.must(name, "olga",
		client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"},
		client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"},
		client.ResourceCreate{Resource: "dbt/core"},
		user("ada", "dagster"), user("bo", "dagster"), user("dan", "dbt"), user("zoe"), user("aud"),
		grant("user:ada"+at, "organization_admin", "dagster"), grant("user:aud"+at, "auditor", "org"),
		client.TeamCreate{Team: "admins-of-dbt", Members: []string{"dan" + at}},
		client.LicenseSet{User: "dan" + at, Platform: "dbt", License: "developer"},
		grant("team:admins-of-dbt", "account_admin", "dbt"),
		client.ServiceUserCreate{ServiceUser: "ci"}, grant("service_user:ci", "viewer", "dagster/prod"))
	w.must(name, "ada", client.TeamCreate{Team: "data", Members: []string{"bo" + at}}, grant("team:data", "editor", "dagster/prod"))
}

func grant(to, role, on string) client.GrantAdd {
	return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
}

func (w *world) now(organization string) *state.State {
	w.t.Helper()
	st, err := w.engine.Current(organization)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// subject is somebody of an organization by the first half of the address.
func (w *world) subject(organization, name string) access.Subject {
	w.t.Helper()
	u := w.now(organization).UserByEmail(name + "@" + organization + ".test")
	if u == nil {
		w.t.Fatalf("there is no %s in %s", name, organization)
	}
	return access.Subject{Kind: access.User, ID: u.ID}
}

func (w *world) must(organization, name string, commands ...client.Command) change.Result {
	w.t.Helper()
	r, err := w.changes.Do(context.Background(), organization, change.Actor{Subject: w.subject(organization, name), Via: "test"}, change.How{}, commands...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// token makes a token of somebody's own and returns its secret and id.
func (w *world) token(organization, name string, with client.NewToken) (secret, id string) {
	w.t.Helper()
	with.Kind = "user"
	made := w.must(organization, name, client.TokenIssue{NewToken: with}).Results[0]
	return made.Secret, made.ID
}

// as is the real client with a token.
func (w *world) as(token string) *client.Client {
	w.t.Helper()
	c, err := client.New(w.server.URL, client.Options{Token: token})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// user is the real client of somebody of acme.
func (w *world) user(name string) *client.Client {
	secret, _ := w.token("acme", name, client.NewToken{})
	return w.as(secret)
}

// A call is one request as bytes.
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
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), c.method, w.server.URL+"/api/v1"+c.path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	answer, err := w.server.Client().Do(r)
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

// activity is what was kept of refusals and reads, as lines.
func (w *world) activity(organization string) []string {
	w.t.Helper()
	if err := w.history.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.journal.ReadActivity(w.t.Context(), organization, journal.ActivityQuery{Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", w.now(organization).Readable(r.Subject), r.Operation, r.Result, r.Via))
	}
	return lines
}

// enter opens a session of somebody, as a sign-in does.
func (w *world) enter(organization, name string) *signin.Opened {
	w.t.Helper()
	opened, err := w.desk.Sessions.Open(w.t.Context(), organization, w.subject(organization, name).ID, signin.ByPassword, signin.From{Agent: "a browser"}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened
}

// gate makes a gate's token.
func (w *world) gate(organization string) string {
	w.t.Helper()
	w.must(organization, "olga", client.ServiceUserCreate{ServiceUser: "gate"}, grant("service_user:gate", "gate", "org"))
	return w.must(organization, "olga", client.TokenIssue{NewToken: client.NewToken{Kind: "gate", Subject: "service_user:gate", Scopes: []string{"dagster/prod"}}}).Results[0].Secret
}

// gatesOfTests is what a server's configuration would say of gates that run elsewhere: two, of each organization.
func gatesOfTests(_, origin string) (deployment string, known bool) {
	deployment, known = map[string]string{gateOrigin: "dagster/prod", stagingOrigin: "dagster/staging"}[origin]
	return deployment, known
}
