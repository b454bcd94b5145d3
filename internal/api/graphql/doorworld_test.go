package graphql

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// A doorWorld is the door on a real journal, behind a real HTTP server, for what is tried at the door itself.
type doorWorld struct {
	t        *testing.T
	engine   *decide.Engine
	changes  *change.Service
	history  *history.Recorder
	sessions *signin.Sessions
	server   *httptest.Server
	tokens   map[string]string // secrets by the first half of the owner's address
}

func mintToken(kind string) (string, string, string, error) {
	secret, hash, last, err := signin.Mint(signin.Kind(kind))
	return secret.Reveal(), hash, last, err
}

// newDoorWorld has the organization acme: Olga is its owner; Ada administers dagster; Zoe is in the directory and nothing else;
// ci is a service user.
func newDoorWorld(t *testing.T) *doorWorld {
	t.Helper()
	w := &doorWorld{t: t, tokens: map[string]string{}}
	log := slog.New(slog.DiscardHandler)
	kept, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if w.engine, err = decide.Open(t.Context(), kept, decide.Options{Clock: time.Now, Staleness: -1, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.history = history.New(kept, time.Now, log)
	w.changes = change.New(kept, w.engine, change.Options{Mint: mintToken, Logger: log})
	w.sessions = signin.NewSessions(w.engine, kept, signin.SessionOptions{Logger: log})
	reader := signin.NewReader(w.engine, kept, log).WithSessions(w.sessions)
	routes, err := New(Options{Engine: w.engine, Changes: w.changes, Reader: reader, History: w.history, TokensUsed: kept.TokensUsed, CursorKey: make([]byte, 32), Version: "test", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
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
		_ = kept.Close()
	})
	if _, err := w.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: "acme", Name: "Olga Owner", Email: "olga@acme.test"}); err != nil {
		t.Fatal(err)
	}
	w.must("olga", client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"},
		client.UserAdd{NewUser: client.NewUser{Email: "ada@acme.test", On: []string{"dagster"}}}, client.UserAdd{NewUser: client.NewUser{Email: "zoe@acme.test"}},
		client.GrantAdd{Grant: client.Grant{To: "user:ada@acme.test", Role: "organization_admin", On: "dagster"}}, client.ServiceUserCreate{ServiceUser: "ci"})
	return w
}

func (w *doorWorld) now() *state.State {
	w.t.Helper()
	st, err := w.engine.Current("acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func (w *doorWorld) user(name string) *state.User {
	w.t.Helper()
	u := w.now().UserByEmail(name + "@acme.test")
	if u == nil {
		w.t.Fatalf("there is no %s", name)
	}
	return u
}

func (w *doorWorld) must(name string, commands ...client.Command) change.Result {
	w.t.Helper()
	actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: w.user(name).ID}, Via: "test"}
	r, err := w.changes.Do(w.t.Context(), "acme", actor, change.How{}, commands...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// token is the secret of a user token of somebody's own.
func (w *doorWorld) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		w.tokens[name] = w.must(name, client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}).Results[0].Secret
	}
	return w.tokens[name]
}

// session opens a session of somebody's and returns its cookie.
func (w *doorWorld) session(name string) *http.Cookie {
	w.t.Helper()
	opened, err := w.sessions.Open(w.t.Context(), "acme", w.user(name).ID, signin.ByDemo, signin.From{}, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	return opened.Cookie
}

// A call is one request as bytes: a POST of JSON to /graphql, where it does not say something else.
type call struct {
	method, path, body, token string
	header                    map[string]string
}

type response struct {
	status int
	header http.Header
	body   string
}

func (w *doorWorld) send(c call) response {
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
		r.Header.Set(tokenHeader, c.token)
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
