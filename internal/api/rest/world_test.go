package rest_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/api/rest"
	"bailiwick/internal/journal"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
	"bailiwick/internal/webhook"
)

// A world is the door on a real journal, behind a real HTTP server.
type world struct {
	*orgtest.World
	t        *testing.T
	routes   []rest.Route
	server   *httptest.Server
	log      *orgtest.Log
	webhooks *webhook.Service
	setup    string            // secret of an open setup link
	things   map[string]string // ids of what rows name: TOKEN, LINK, SESSION, IDENTITY, PROVIDER
}

// empty is a server that nobody has set up.
func empty(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, log: &orgtest.Log{}}
	w.World = orgtest.New(t, orgtest.Options{Log: slog.New(slog.NewTextHandler(w.log, nil))})
	w.webhooks = webhook.New(webhook.Options{Journal: w.Journal, Engine: w.Engine, Changes: w.Changes, Trail: w.History.Trail(), Ring: w.Ring, Now: w.Clock.Now, Log: w.Log})
	var err error
	w.routes, err = rest.New(rest.Options{Webhooks: w.webhooks, Engine: w.Engine, Changes: w.Changes, Reader: w.Reader, History: w.History,
		Desk: w.Desk, External: &url.URL{Scheme: "https", Host: "bailiwick.acme.test"}, TokensUsed: w.Journal.TokensUsed, CursorKey: w.Key, Version: "test", Log: w.Log, Gates: gatesOfTests,
		Discovery: w.Discovery})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range w.routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	return w
}

// newWorld has two organizations alike: acme and other.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := empty(t)
	link := signin.NewSetup(w.Engine.Now())
	w.setup = link.Secret.Reveal()
	if err := w.Changes.OpenSetup(t.Context(), link.Hash, link.Until); err != nil {
		t.Fatal(err)
	}
	w.Create("acme").Furnish()
	w.Create("other").Furnish()
	return w
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
	secret, _ := w.Of("acme").Token(name, client.NewToken{})
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
	if err := w.History.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.Journal.ReadActivity(w.t.Context(), organization, journal.ActivityQuery{Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", w.Of(organization).Now().Readable(r.Subject), r.Operation, r.Result, r.Via))
	}
	return lines
}

// gate makes a gate's token.
func (w *world) gate(organization string) string {
	w.t.Helper()
	w.Of(organization).As("olga", client.ServiceUserCreate{ServiceUser: "gate"}, orgtest.Grant("service_user:gate", "gate", "org"))
	return w.Of(organization).As("olga", client.TokenIssue{NewToken: client.NewToken{Kind: "gate", Subject: "service_user:gate", Scopes: []string{"dagster/prod"}}}).Results[0].Secret
}

// gatesOfTests is what a server's configuration would say of gates that run elsewhere: two, of each organization.
func gatesOfTests(_, origin string) (deployment string, known bool) {
	deployment, known = map[string]string{gateOrigin: "dagster/prod", stagingOrigin: "dagster/staging"}[origin]
	return deployment, known
}
