package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func clock() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// answering makes a shell around routes, and the text of its log.
func answering(t *testing.T, args string, routes ...Route) (*shell, *bytes.Buffer) {
	t.Helper()
	c := load(t, words("--log-format json --log-level debug "+args), nil, nil)
	var log bytes.Buffer
	s := newShell(c, NewLogger(&log, c), clock, newMetrics(Measures{}), t.Context())
	s.proxied = len(c.TrustedProxies) > 0
	mux, err := newMux(routes, s)
	if err != nil {
		t.Fatal(err)
	}
	s.mux = mux
	return s, &log
}

func ask(s http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://host.example/", nil)
	path, query, _ := strings.Cut(target, "?")
	r.RequestURI, r.URL.RawQuery = target, query
	r.URL.Path, r.URL.RawPath = path, ""
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	if a := r.Header.Get("test-remote"); a != "" {
		r.RemoteAddr = a
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

func get(path string, h http.Handler) Route {
	return Route{Pattern: "GET " + path, Operation: "test.get", Access: Public, Handler: h}
}

func TestARouteThatDoesNotSayWhatItIsStopsTheStart(t *testing.T) {
	good := get("/a", says("a"))
	for want, change := range map[string]func(*Route){
		"names no operation":       func(r *Route) { r.Operation = "" },
		"whether it is public":     func(r *Route) { r.Access = Unstated },
		"method and path":          func(r *Route) { r.Pattern = "/a" },
		"does not name method and": func(r *Route) { r.Pattern = "GET a" },
		"has no handler":           func(r *Route) { r.Handler = nil },
		"cannot be entered":        func(r *Route) { r.Pattern = "GET /{x" },
	} {
		bad := good
		change(&bad)
		s := &Server{Config: load(t, words("--listen 127.0.0.1:0"), nil, nil), Log: slog.New(slog.DiscardHandler), Now: clock, Ready: func() error { return nil }, Routes: []Route{bad}}
		if err := s.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := newMux([]Route{good, good}, &shell{}); err == nil || !strings.Contains(err.Error(), "conflicts") {
		t.Errorf("the same route twice: %v", err)
	}
}

// Attack 91: one spelling of each path, the others are refused before routing.
func TestAttack091OnlyOneSpellingOfAPath(t *testing.T) {
	reached := false
	s, _ := answering(t, "", Route{Pattern: "GET /", Operation: "test.get", Access: Public, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })})
	for _, target := range []string{
		"//graphql", "/a//b", "/%67raphql", "/x/..%2fgraphql", "/x/..%2Fgraphql", "/x%5cy", `/x\y`, "/x/../y", "/x/./y", "/..", "/x/%2e%2e/y", "/x;y=1", "/x#y",
		"http://other.example/graphql", "*", "", "/%00", "/%0a", "/%7f", "/%zz", "/%4", "/%", "/x%252fy", "/x%252e", "/%ff", "/ü", "/x y", "/%7Euser",
	} {
		reached = false
		if w := ask(s, "GET", target); w.Code != 400 || reached {
			t.Errorf("%q: %d, reached %v", target, w.Code, reached)
		}
	}
	for _, target := range []string{"/", "/graphql/", "/a/b.c", "/users/ana%40acme.com", "/100%25", "/a%20b", "/%C3%BC", "/a?b=//..%2f;%00", "/a:b@c~_-"} {
		reached = false
		if w := ask(s, "GET", target); w.Code != 200 || !reached {
			t.Errorf("%q: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestAttack092NoMethodOverride(t *testing.T) {
	deleted := Route{Pattern: "DELETE /a", Operation: "test.delete", Access: Public, Handler: says("deleted")}
	s, _ := answering(t, "", get("/a", says("read")), deleted)
	for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		if w := ask(s, "GET", "/a?_method=DELETE", name, "DELETE"); w.Body.String() != "read" {
			t.Errorf("%s: %q", name, w.Body)
		}
	}
	for _, method := range []string{"TRACE", "CONNECT", "POST", "PROPFIND"} {
		if w := ask(s, method, "/a"); w.Code != 405 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// Attack 111: what a request says about our address is never repeated.
func TestAttack111HostIsNotRepeated(t *testing.T) {
	s, _ := answering(t, "", get("/a/", says("a")))

	for _, target := range []string{"/a", "/a/", "/none", "//x"} {
		w := ask(s, "GET", target, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
		var all strings.Builder
		_ = w.Header().Write(&all)
		if text := all.String() + w.Body.String(); strings.Contains(text, "host.example") || strings.Contains(text, "evil.example") {
			t.Errorf("%s: %s", target, text)
		}
	}
	if got := s.config.Link("/setup/x"); got != "http://127.0.0.1:8080/setup/x" {
		t.Errorf("a link is %s", got)
	}
}

func TestRequestIDsAreTakenWhenSane(t *testing.T) {
	var inside string
	s, _ := answering(t, "", get("/", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = RequestOf(r.Context()).ID })))
	for id, taken := range map[string]bool{
		"bfe9eb29-ab87-4ca3-be83-a1d5d8305716": true, "a": true, strings.Repeat("x", 128): true,
		strings.Repeat("x", 129): false, "a b": false, "a\nb": false, "<b>": false, `a"b`: false, "ü": false, "": false,
	} {
		got := ask(s, "GET", "/", "X-Request-Id", id).Header().Get("X-Request-Id")
		if (got == id) != taken || got == "" || got != inside {
			t.Errorf("%q became %q, inside %q", id, got, inside)
		}
	}
}

// Attack 40 and 107: neither a secret nor a line of one's own gets into the log.
func TestAttack040NoSecretIsLogged(t *testing.T) {
	s, log := answering(t, "", get("/setup/{token}", says("hello")))
	const secret = "bwk_user_SECRET"
	ask(s, "GET", "/setup/"+secret+"?token="+secret, "Authorization", "Bearer "+secret, "Cookie", "s="+secret, "Referer", secret, "User-Agent", secret+"\nlevel=error")
	ask(s, secret, "/none/"+secret, "X-Request-Id", "a\n"+secret)
	if strings.Contains(log.String(), "SECRET") || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("the log says\n%s", log)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(strings.SplitN(log.String(), "\n", 2)[0]), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"route": "GET /setup/{token}", "operation": "test.get", "status": 200.0, "bytes": 5.0, "method": "GET", "client": "192.0.2.1", "level": "INFO"} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
}

func TestQuietRoutesAreLoggedWhenTheyFail(t *testing.T) {
	status := 200
	quiet := Route{Pattern: "GET /", Operation: "test.quiet", Access: Public, Quiet: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })}
	s, log := answering(t, "", quiet)
	for _, c := range []struct {
		status int
		level  string
	}{{200, "DEBUG"}, {404, "INFO"}, {503, "ERROR"}} {
		status = c.status
		log.Reset()
		if ask(s, "GET", "/"); !strings.Contains(log.String(), `"level":"`+c.level+`"`) {
			t.Errorf("%d: %s", c.status, log)
		}
	}
}

func TestAPanicIsAnsweredWithAnID(t *testing.T) {
	s, log := answering(t, "", get("/", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("with a SECRET") })))
	w := ask(s, "GET", "/", "X-Request-Id", "my-id")
	if w.Code != 500 || strings.Contains(w.Body.String(), "SECRET") || !strings.Contains(w.Body.String(), "my-id") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "with a SECRET") || !strings.Contains(log.String(), "shell_test.go") || !strings.Contains(log.String(), `"status":500`) {
		t.Errorf("the log says %s", log)
	}
	s, _ = answering(t, "", get("/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("late")
	})))
	defer func() {
		if r := recover(); r != http.ErrAbortHandler { //nolint:errorlint // a value of recover
			t.Errorf("half an answer ended with %v, not by cutting the connection", r)
		}
	}()
	ask(s, "GET", "/")
}

func TestHeadersOfSecurity(t *testing.T) {
	s, _ := answering(t, "", get("/", says("")))
	h := ask(s, "GET", "/").Header()
	for _, name := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy", "Cache-Control", "Cross-Origin-Opener-Policy"} {
		if h.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if h.Get("Strict-Transport-Security") != "" {
		t.Error("http promises https")
	}
	s, _ = answering(t, "--url https://b.example", get("/", says("")))
	if ask(s, "GET", "/").Header().Get("Strict-Transport-Security") == "" {
		t.Error("https does not stay https")
	}
}

func TestTheClientIsSeenPastTrustedProxiesOnly(t *testing.T) {
	var client string
	route := get("/", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { client = RequestOf(r.Context()).Client.String() }))
	direct, _ := answering(t, "", route)
	proxied, _ := answering(t, "--trusted-proxies 10.0.0.0/8 --url https://b.example", route)
	for _, c := range []struct {
		shell        http.Handler
		remote, hops string
		client       string
	}{
		{direct, "10.0.0.1:1", "6.6.6.6", "10.0.0.1"},
		{proxied, "10.0.0.1:1", "6.6.6.6, 7.7.7.7", "7.7.7.7"},
		{proxied, "10.0.0.1:1", "6.6.6.6, 7.7.7.7, 10.0.0.2", "7.7.7.7"},
		{proxied, "10.0.0.1:1", "6.6.6.6, what", "10.0.0.1"},
		{proxied, "10.0.0.1:1", "6.6.6.6:1234, 7.7.7.7:1234", "7.7.7.7"},
		{proxied, "10.0.0.1:1", "[2001:db8::1]:1234", "2001:db8::1"},
		{proxied, "10.0.0.1:1", "", "10.0.0.1"},
		{proxied, "[::ffff:10.0.0.1]:1", "::1", "::1"},
		{proxied, "127.0.0.1:1", "6.6.6.6", "127.0.0.1"},
	} {
		if w := ask(c.shell, "GET", "/", "test-remote", c.remote, "X-Forwarded-For", c.hops); w.Code != 200 || client != c.client {
			t.Errorf("%s, %q: %d, client %s, want %s", c.remote, c.hops, w.Code, client, c.client)
		}
	}
}

func TestNobodyGoesPastTheProxyInClear(t *testing.T) {
	s, _ := answering(t, "--trusted-proxies 10.0.0.1/32 --url https://b.example --listen 0.0.0.0:80", get("/a", says("a")), get(livePath, says("ok")))
	for _, c := range []struct {
		remote, path string
		status       int
	}{{"10.0.0.1:5", "/a", 200}, {"10.0.0.2:5", "/a", 403}, {"10.0.0.2:5", livePath, 200}, {"127.0.0.1:5", "/a", 200}} {
		if w := ask(s, "GET", c.path, "test-remote", c.remote, "X-Forwarded-Proto", "https"); w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.remote, c.path, w.Code, c.status)
		}
	}
}

func TestLimitsOfBodyAndTime(t *testing.T) {
	var readErr error
	var deadline bool
	read := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, readErr = io.ReadAll(r.Body)
		_, deadline = r.Context().Deadline()
	})
	s, _ := answering(t, "--limits-body 1KiB",
		Route{Pattern: "POST /small", Operation: "test.post", Access: Public, Handler: read},
		Route{Pattern: "POST /large", Operation: "test.post", Access: Public, MaxBody: 4096, Long: true, Handler: read})
	for path, tooLarge := range map[string]bool{"/small": true, "/large": false} {
		r := httptest.NewRequestWithContext(context.Background(), "POST", path, strings.NewReader(strings.Repeat("x", 2000)))
		s.ServeHTTP(httptest.NewRecorder(), r)
		var limit *http.MaxBytesError
		if errors.As(readErr, &limit) != tooLarge || deadline != tooLarge {
			t.Errorf("%s: %v, a deadline: %v", path, readErr, deadline)
		}
	}
}
