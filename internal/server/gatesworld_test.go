package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/history"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// webserver answers what a gate asks of a Dagster with code locations etl and reports, and notes what else reaches it.
type webserver struct {
	*httptest.Server
	mu    sync.Mutex
	heard []*http.Request
	said  []string
}

const locationsOfTest = `"version": "1.13.27", "locationStatusesOrError": {"__typename": "WorkspaceLocationStatusEntries", "entries": [
	{"name": "etl", "loadStatus": "LOADED", "updateTimestamp": 1, "versionKey": "a"}, {"name": "reports", "loadStatus": "LOADED", "updateTimestamp": 1, "versionKey": "a"}]},
"workspaceOrError": {"__typename": "Workspace", "locationEntries": [
	{"name": "etl", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": []}},
	{"name": "reports", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": []}}]}`

func newWebserver(t *testing.T) *webserver {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "gate", "dagster", "testdata", "schema-1.13.27.json"))
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		Schema json.RawMessage `json:"__schema"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	w := &webserver{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		to.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/server_info":
			_, _ = io.WriteString(to, `{"dagster_version": "1.13.27"}`)
		case bytes.Contains(body, []byte("__schema")):
			_, _ = io.WriteString(to, `{"data": {`+locationsOfTest+`, "__schema": `+string(stored.Schema)+`}}`)
		case bytes.Contains(body, []byte("locationStatusesOrError")):
			_, _ = io.WriteString(to, `{"data": {`+locationsOfTest+`}}`)
		default:
			w.mu.Lock()
			w.heard, w.said = append(w.heard, r), append(w.said, string(body))
			w.mu.Unlock()
			_, _ = io.WriteString(to, `{"data": {"launchRun": {"__typename": "LaunchRunSuccess"}}}`)
		}
	}))
	t.Cleanup(w.Close)
	return w
}

// launches counts the launches that reached the webserver since the last time, and returns the headers of the last.
func (w *webserver) launches() (n int, last http.Header) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, body := range w.said {
		if strings.Contains(body, "launchRun") {
			n, last = n+1, w.heard[i].Header
		}
	}
	w.heard, w.said = nil, nil
	return n, last
}

// gated is a whole server with a gate in front of a webserver: Lena launches in prod, Vic looks at it, and so does the service user ci.
type gated struct {
	t            *testing.T
	p            *product
	webserver    *webserver
	base, origin string
	owner        access.Subject
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func openGated(t *testing.T, more string) *gated {
	t.Helper()
	g := &gated{t: t, webserver: newWebserver(t)}
	at := free(t)
	g.origin = "http://" + at
	config := filepath.Join(t.TempDir(), "b.yaml")
	text := "gates:\n  - name: prod\n    deployment: dagster/prod\n    origin: " + g.origin + "\n    listen: " + at + "\n    upstream: " + g.webserver.URL + "\n" + more
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{"--config", config, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0"}, nil, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	if g.p, err = openProduct(t.Context(), c, slog.New(slog.DiscardHandler), time.Now, Production); err != nil {
		t.Fatal(err)
	}
	made, err := g.p.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup}, change.Setup{Organization: "acme", Name: "Ana", Email: "ana@acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	g.owner = access.Subject{Kind: access.User, ID: made.Results[0].ID}
	grant := func(to, role, on string) client.GrantAdd {
		return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
	}
	person := func(name string) client.UserAdd {
		return client.UserAdd{NewUser: client.NewUser{Email: name + "@acme.test", On: []string{"dagster"}}}
	}
	g.do(client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"},
		grant("user:ana@acme.test", "organization_admin", "dagster"), client.ServiceUserCreate{ServiceUser: "ci"})
	g.do(person("lena"), person("vic"), grant("service_user:ci", "launcher", "dagster/prod"))
	g.do(client.GrantRemove{Grant: client.Grant{To: "user:lena@acme.test", Role: "viewer", On: "dagster/prod"}}, grant("user:lena@acme.test", "launcher", "dagster/prod"))
	ctx, stop := context.WithCancel(context.Background())
	listening, ended := make(chan *Server, 1), make(chan error, 1)
	go func() {
		ended <- g.p.serve(ctx, nil, func(s *Server) error { listening <- s; return nil })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case <-listening:
		g.base = c.External.String()
	case err := <-ended:
		ended <- nil
		t.Fatalf("the server does not start: %v", err)
	}
	return g
}

func (g *gated) do(commands ...client.Command) change.Result {
	g.t.Helper()
	r, err := g.p.changes.Do(g.t.Context(), "acme", change.Actor{Subject: g.owner, Via: "test"}, change.How{}, commands...)
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

func (g *gated) now() *state.State {
	g.t.Helper()
	st, err := g.p.engine.Current("acme")
	if err != nil {
		g.t.Fatal(err)
	}
	return st
}

// browser is somebody's, who is signed in at the server.
func (g *gated) browser(email string) *http.Client {
	g.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	b := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	opened, err := g.p.desk.Sessions.Open(g.t.Context(), "acme", g.now().UserByEmail(email).ID, signin.ByPassword, signin.From{}, time.Time{})
	if err != nil {
		g.t.Fatal(err)
	}
	server, err := url.Parse(g.base)
	if err != nil {
		g.t.Fatal(err)
	}
	jar.SetCookies(server, []*http.Cookie{opened.Cookie})
	return b
}

// send sends a request to the gate.
func (g *gated) send(b *http.Client, method, path, body string, header ...string) (int, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.origin+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := b.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// launch tries to launch a run in a code location, and tells whether the webserver heard of it.
func (g *gated) launch(b *http.Client, location string, header ...string) (bool, http.Header, string) {
	g.t.Helper()
	body, err := json.Marshal(map[string]string{"query": `mutation { launchRun(executionParams: {selector: {repositoryLocationName: "` + location +
		`", repositoryName: "__repository__", jobName: "nightly"}, mode: "default"}) { __typename ... on UnauthorizedError { message } } }`})
	if err != nil {
		g.t.Fatal(err)
	}
	_, text := g.send(b, http.MethodPost, "/graphql", string(body), append([]string{"Origin", g.origin}, header...)...)
	n, heard := g.webserver.launches()
	return n == 1, heard, text
}

func (g *gated) audit(q history.Query) string {
	g.t.Helper()
	if err := g.p.history.Flush(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	page, err := g.p.history.Trail().List(g.t.Context(), g.now(), q)
	if err != nil {
		g.t.Fatal(err)
	}
	var lines []string
	for _, r := range page.Rows {
		lines = append(lines, r.Details)
	}
	return strings.Join(lines, "\n")
}
