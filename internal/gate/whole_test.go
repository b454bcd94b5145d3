package gate_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/client"
	"bailiwick/internal/dagstertest"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/home"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
)

// soon bounds the waiting for a signal; nobody waits for it to pass.
const soon = 30 * time.Second

// whole is a server's inside with one gate in front of an upstream. Olga owns acme, Vic is viewer of prod, and so is Ann.
type whole struct {
	*orgtest.Organization
	t    *testing.T
	gate *httptest.Server
	log  *orgtest.Log
}

func newWhole(t *testing.T, upstream string, change ...func(*gate.Options)) *whole {
	t.Helper()
	w := &whole{t: t, log: &orgtest.Log{}}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Organization = orgtest.New(t, orgtest.Options{Log: log, Secure: true}).Create("acme")
	w.Do(client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ResourceCreate{Resource: "dagster/prod"},
		orgtest.Grant("user:olga@acme.test", "organization_admin", "dagster"))
	w.Do(w.Adding("vic", "dagster"), w.Adding("ann", "dagster")) // a new member is viewer by default
	w.gate = httptest.NewUnstartedServer(nil)
	address := func(text string) *url.URL {
		u, err := url.Parse(text)
		must(err)
		return u
	}
	o := gate.Options{Name: "prod", Origin: address("http://" + w.gate.Listener.Addr().String()), Deployment: "dagster/prod", Upstream: address(upstream),
		SignIn: address("https://access.acme.test/gate/signin"), Log: log, Now: time.Now,
		Authority: home.New(home.Options{Organization: "acme", Engine: w.Engine, Reader: w.Reader, Sessions: w.Sessions, Changes: w.Changes, Discovery: w.Discovery, History: w.History, Log: log})}
	for _, f := range change {
		f(&o)
	}
	g, err := gate.New(o)
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	w.gate.Config.Handler = g
	w.gate.Start()
	t.Cleanup(func() {
		cancel()
		running.Wait()
		w.gate.Close()
	})
	return w
}

// A guest is a browser with a session at the server, and cookies at the gate.
type guest struct {
	w      *whole
	server *signin.Caller
	client *http.Client
	code   string // that let it in
}

// guest signs somebody in at the server.
func (w *whole) guest(email string) *guest {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &guest{w: w, server: w.Caller(w.SignIn(email)), client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// open opens a page, and returns its status, where it leads, and its text.
func (g *guest) open(path string) (status int, to *url.URL, text string) {
	g.w.t.Helper()
	r, err := http.NewRequestWithContext(g.w.t.Context(), http.MethodGet, g.w.gate.URL+path, http.NoBody)
	if err != nil {
		g.w.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	answer, err := g.client.Do(r)
	if err != nil {
		g.w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		g.w.t.Fatal(err)
	}
	if to, err = url.Parse(answer.Header.Get("Location")); err != nil {
		g.w.t.Fatal(err)
	}
	return answer.StatusCode, to, string(body)
}

// enter takes the browser through the sign-in: the server's page does what the console's does.
func (g *guest) enter() {
	g.w.t.Helper()
	status, to, text := g.open("/runs")
	if status != http.StatusSeeOther || to.Host != "access.acme.test" {
		g.w.t.Fatalf("%d to %s\n%s", status, to, text)
	}
	code, err := g.w.Sessions.IssueCode(g.w.t.Context(), g.server, g.w.gate.URL, to.Query().Get("state"))
	if err != nil {
		g.w.t.Fatal(err)
	}
	g.code = code.Reveal()
	if status, to, text = g.open("/.bailiwick/signin?code=" + g.code); status != http.StatusSeeOther || to.Path != "/runs" {
		g.w.t.Fatalf("%d to %s\n%s", status, to, text)
	}
	if status, _, text = g.open("/runs"); status != http.StatusOK {
		g.w.t.Fatalf("%d\n%s", status, text)
	}
}

// socket opens the socket as a page of the gate does.
func (g *guest) socket() *websocket.Conn {
	g.w.t.Helper()
	header := http.Header{"Origin": {g.w.gate.URL}}
	at, _ := url.Parse(g.w.gate.URL)
	for _, c := range g.client.Jar.Cookies(at) {
		header.Add("Cookie", c.String())
	}
	return g.w.dial(header)
}

func (w *whole) dial(header http.Header) *websocket.Conn {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), soon)
	defer cancel()
	//nolint:bodyclose // the connection is the socket's
	conn, answer, err := websocket.Dial(ctx, w.gate.URL+"/graphql", &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"graphql-ws"}})
	if err != nil {
		w.t.Fatalf("%v %v", err, answer)
	}
	w.t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(8 << 20)
	return conn
}

// logs asks for a run's logs.
func logs(t *testing.T, conn *websocket.Conn, id, run string) {
	t.Helper()
	say(t, conn, id, `subscription PipelineRunLogs($run: ID!) { pipelineRunLogs(runId: $run, cursor: null) { __typename ... on PipelineRunLogsSubscriptionSuccess { messages { __typename } } } }`, run, "")
}

// say starts something on the socket; name is the operation's in the spelling that the upstream alone reads.
func say(t *testing.T, conn *websocket.Conn, id, query, run, name string) {
	t.Helper()
	payload := map[string]any{"query": query, "variables": map[string]string{"run": run}}
	if name != "" {
		payload["operation_name"] = name
	}
	text, err := json.Marshal(map[string]any{"type": "start", "id": id, "payload": payload})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, text); err != nil {
		t.Error(err)
	}
}

// until reads messages until one has a text in it, or the socket ends.
func until(t *testing.T, conn *websocket.Conn, wanted string) (text string, code websocket.StatusCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil || wanted != "" && strings.Contains(string(text), wanted) {
			return string(text), websocket.CloseStatus(err)
		}
	}
}

// TestARealDagstersLogsComeThroughTheGateUntilTheRightIsTaken goes the whole way: a real sign-in, a real Dagster, a real change.
func TestARealDagstersLogsComeThroughTheGateUntilTheRightIsTaken(t *testing.T) {
	d := dagstertest.Start(t)
	run := d.LaunchRun(t, "etl", "nightly")
	w := newWhole(t, d.URL())
	vic, ann := w.guest("vic@acme.test"), w.guest("ann@acme.test")
	vic.enter()
	ann.enter()

	conn := vic.socket()
	logs(t, conn, "1", run)
	if text, code := until(t, conn, "RunSuccessEvent"); code != -1 {
		t.Fatalf("the run's logs do not come: %d %s", code, text)
	}
	// TestTrap06's requests, to the real one.
	add := `mutation M { addDynamicPartition(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "etl"}, partitionsDefName: "customers", partitionKey: "by socket") { __typename } }`
	for name, query := range map[string]string{"": add, "M": add + ` subscription S { locationStateChangeEvents { __typename } }`} {
		say(t, conn, "x", query, "", name)
		if text, code := until(t, conn, `"x"`); code != -1 || !strings.Contains(text, `"type":"error"`) {
			t.Errorf("%q: %d %s", name, code, text)
		}
	}
	if got := d.Partitions(t, "accounts"); len(got) != 0 {
		t.Errorf("the mutation ran: %q", got)
	}
	say(t, conn, "y", `subscription S($run: ID!) { pipelineRunLogs(runId: $run) { __typename } } `+add, run, "S")
	if text, code := until(t, conn, `"y"`); code != -1 || !strings.Contains(text, `"data"`) {
		t.Errorf("one of two operations: %d %s", code, text)
	}

	other := ann.socket()
	logs(t, other, "1", run)
	if text, code := until(t, other, "RunSuccessEvent"); code != -1 {
		t.Fatalf("%d %s", code, text)
	}
	w.Do(orgtest.Revoke("user:vic@acme.test", "viewer", "dagster/prod"))
	if text, code := until(t, conn, ""); code != 4403 {
		t.Errorf("the role was taken: %d %s", code, text)
	}
	if status, _, text := vic.open("/runs"); status != http.StatusForbidden {
		t.Errorf("the next click: %d %s", status, text)
	}
	logs(t, other, "2", run)
	if text, code := until(t, other, `"2"`); code != -1 || !strings.Contains(text, `"data"`) {
		t.Errorf("another's socket: %d %s", code, text)
	}
	for _, code := range []string{vic.code, ann.code} {
		if strings.Contains(w.log.String(), code) {
			t.Error("the code is in the log")
		}
	}
}

// quiet is an upstream that answers nothing but sockets, which stay silent.
func quiet(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = w.Write([]byte("<html></html>"))
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-ws"}})
		if err == nil {
			_, _, _ = conn.Read(r.Context())
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestAttack025SocketsEndWithTheSessionTheTokenAndThePerson : a gate's session hangs on the one at the server.
func TestAttack025SocketsEndWithTheSessionTheTokenAndThePerson(t *testing.T) {
	w := newWhole(t, quiet(t))
	for what, end := range map[string]func(g *guest, token string){
		"signed out at the server": func(g *guest, token string) {
			if err := w.Changes.SignOut(t.Context(), "acme", g.server.Subject.ID, g.server.Session, g.server.Expires, ""); err != nil {
				t.Fatal(err)
			}
			w.As("ann@acme.test", client.TokenRevoke{Token: token})
		},
		"signed out at the gate": func(g *guest, token string) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.gate.URL+"/.bailiwick/signout", http.NoBody)
			r.Header.Set("Origin", w.gate.URL)
			answer, err := g.client.Do(r)
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("%v %v", answer, err)
			}
			_ = answer.Body.Close()
			w.As("ann@acme.test", client.TokenRevoke{Token: token})
		},
		"deactivated": func(*guest, string) { w.Do(client.UserDeactivate{User: "ann@acme.test"}) },
	} {
		made := w.As("ann@acme.test", client.TokenIssue{NewToken: client.NewToken{Kind: "user", Subject: "user:ann@acme.test"}}).Results[0]
		ann, vic := w.guest("ann@acme.test"), w.guest("vic@acme.test")
		ann.enter()
		vic.enter()
		session, token, other := ann.socket(), w.dial(http.Header{"Authorization": {"Bearer " + made.Secret}}), vic.socket()
		end(ann, made.ID)
		for kind, conn := range map[string]*websocket.Conn{"session": session, "token": token} {
			if text, code := until(t, conn, ""); code != 4401 {
				t.Errorf("%s, %s: %d %s", what, kind, code, text)
			}
		}
		if status, to, _ := ann.open("/runs"); status != http.StatusSeeOther || to.Host != "access.acme.test" {
			if status != http.StatusUnauthorized { // it has just signed in, so that it is not sent in a circle
				t.Errorf("%s: the next click: %d to %s", what, status, to)
			}
		}
		if err := other.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
			t.Errorf("%s: another's socket: %v", what, err)
		}
		if text, code := until(t, other, "connection_ack"); code != -1 {
			t.Errorf("%s: another's socket: %d %s", what, code, text)
		}
		if what == "deactivated" {
			w.Do(client.UserReactivate{User: "ann@acme.test"})
		}
	}
}

// TestAttack025ASocketOfWhomAProxyNamesEndsWithThePerson : there is neither a session nor a token to end.
func TestAttack025ASocketOfWhomAProxyNamesEndsWithThePerson(t *testing.T) {
	w := newWhole(t, quiet(t), func(o *gate.Options) {
		o.SignIn, o.Trusted = nil, &gate.Trusted{Header: "X-Forwarded-Email", From: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Secret: "a-secret-of-twenty-characters"}
	})
	named := func(email string) *websocket.Conn {
		return w.dial(http.Header{"X-Forwarded-Email": {email}, "X-Bailiwick-Proxy-Secret": {"a-secret-of-twenty-characters"}, "Origin": {w.gate.URL}})
	}
	ann, vic := named("Ann@ACME.test"), named("vic@acme.test")
	w.Do(client.UserDeactivate{User: "ann@acme.test"})
	if text, code := until(t, ann, ""); code != 4401 {
		t.Errorf("%d %s", code, text)
	}
	if err := vic.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Error(err)
	}
	if text, code := until(t, vic, "connection_ack"); code != -1 {
		t.Errorf("another's socket: %d %s", code, text)
	}
}
