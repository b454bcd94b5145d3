package gate

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// raw sends bytes as they are and returns the answer's status and body.
func (d *door) raw(t testing.TB, text string) (int, string) {
	t.Helper()
	connection, err := net.Dial("tcp", d.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(connection, text) // it may be answered before all of it is read
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("%v after %q", err, text)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

const owner = "Host: gate\r\nAuthorization: Bearer owner@acme.test\r\nConnection: close\r\n"

// TestAttack091PathsAreReadInOneWay: even the owner gets nothing by a path that another program reads differently.
func TestAttack091PathsAreReadInOneWay(t *testing.T) {
	d := open(t)
	for _, path := range []string{
		"//graphql", "/%67raphql", "/graphq%6C", "/x/..%2fgraphql", "/x/../graphql", "/./graphql", "/%2e/graphql", "/x/%2e%2e/graphql", "/graphql/", "/graphql/x",
		"/graphql;x", "/graphql%3bx/..", "/graphql%2f", "/graphql%2Fx", "/graphql#x", "/GraphQL", "/GRAPHQL", "/Graphql", "/graphql%00", "/%72uns", "/graphql%20",
		"/graphql\\", "/graphql%5c", "http://gate/graphql", "http://other/graphql", "https://other/", "*", "graphql",
		"/logs", "/logs/", "/logs/x", "/logs//x/y", "/logs/a/..%2f..%2fetc/passwd.out", "/logs/a%2fb/c.out", "/logs/%2e%2e/b.out", "/logs/a/%252e%252e/b.out", "/LOGS/a/b",
		"/report_asset_materialization", "/Report_Asset_Materialization/x", "/report_asset_materialization/a%2fb", "/report_asset_materialization//a", "/report_asset_materialization/a/",
		"/download_debug", "/download_debug/", "/download_debug/a/b", "/download_debug/a%2fb", "/download_debug/..", "/notebook/", "/dagit/", "/dagit/x", "/dagit/notebook/x",
		"/_next/../graphql", "/_next/..%2f..%2fgraphql", "/_next/", "/static/", "/vendor", "/server_info/", "/.bailiwick%2fhealth", "/.Bailiwick/health",
		"/caf\xe9", "/caf%e9", "/a%", "/a%2", "/a%zz", "/a b",
	} {
		method := "POST"
		if strings.HasPrefix(path, "/_next") || strings.HasPrefix(path, "/log") {
			method = "GET"
		}
		status, body := d.raw(t, fmt.Sprintf("%s %s HTTP/1.1\r\n%sContent-Length: 0\r\n\r\n", method, path, owner))
		if status != http.StatusBadRequest && status != http.StatusNotFound {
			t.Errorf("%q: %d %s", path, status, body)
		}
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
}

// TestPagesHaveAnyPathOfTheirOwn: code locations and assets have free names, which stand in the addresses of Dagster's pages.
func TestPagesHaveAnyPathOfTheirOwn(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/", "/runs", "/runs/", "/locations/__repository__%40sales%20%2F%20emea/jobs/x", "/assets/a.b/c?view=lineage", "/assets/caf%C3%A9", "/overview/activity/timeline"} {
		if got := d.do(t, "viewer", "GET", path, "", "Accept", "text/html"); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if reached := d.upstream.took(); len(reached) != 1 || reached[0].uri != "/" {
			t.Errorf("%s reached %+v", path, reached)
		}
	}
	for path, uri := range map[string]string{
		"/_next/static/media/tool-w&b-color.dd51f747.svg?v=1": "/_next/static/media/tool-w&b-color.dd51f747.svg", "/favicon.png": "/favicon.png",
		"/vendor/graphiql/graphiql.min.js": "/vendor/graphiql/graphiql.min.js", "/server_info?x": "/server_info", "/logs/run-etl/compute_logs/abc.out?x=1": "/logs/run-etl/compute_logs/abc.out",
		"/download_debug/5f0b6f0e-1d7a-4a4e-9c1b-2b7f3d3f3e6a": "/download_debug/5f0b6f0e-1d7a-4a4e-9c1b-2b7f3d3f3e6a",
		"/notebook?path=/x/a.ipynb&repoLocName=etl":            "/notebook?path=%2Fx%2Fa.ipynb&repoLocName=etl",
	} {
		if got := d.do(t, "viewer", "GET", path, ""); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if reached := d.upstream.took(); len(reached) != 1 || reached[0].uri != uri {
			t.Errorf("%s reached %+v", path, reached)
		}
	}
}

func TestAttack092MethodsAndFramingAreTheGates(t *testing.T) {
	d := open(t)
	for _, method := range []string{"TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get", "HEAD"} {
		path := "/graphql?query=%7Bversion%7D"
		status, _ := d.raw(t, method+" "+path+" HTTP/1.1\r\n"+owner+"\r\n")
		if status != http.StatusMethodNotAllowed && status != http.StatusBadRequest {
			t.Errorf("%s: %d", method, status)
		}
	}
	for _, method := range []string{"POST", "TRACE", "DELETE"} {
		if status, _ := d.raw(t, method+" /runs HTTP/1.1\r\n"+owner+"Content-Length: 0\r\n\r\n"); status != http.StatusMethodNotAllowed {
			t.Errorf("%s of a page: %d", method, status)
		}
	}
	body := `{"query":"{version}"}`
	post := "POST /graphql HTTP/1.1\r\n" + owner + "Content-Type: application/json\r\n"
	for name, text := range map[string]string{
		"two lengths":           post + "Content-Length: 21\r\nContent-Length: 22\r\n\r\n" + body,
		"a length and chunks":   post + "Content-Length: 21\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
		"an unknown encoding":   post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"a space before colon":  "POST /graphql HTTP/1.1\r\n" + owner + "Content-Type : application/json\r\n\r\n",
		"a compressed body":     post + "Content-Encoding: gzip\r\nContent-Length: 21\r\n\r\n" + body,
		"huge headers":          post + "X-Long: " + strings.Repeat("x", 2<<20) + "\r\n\r\n",
		"a body of another one": strings.Replace(post, "application/json", "text/plain", 1) + "Content-Length: 21\r\n\r\n" + body,
	} {
		if status, _ := d.raw(t, text); status < 400 || status >= 500 && status != http.StatusNotImplemented {
			t.Errorf("%s: %d", name, status)
		}
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
	// What is in order goes on as one request of ours, with a length, and no trailer.
	chunked := post + "Transfer-Encoding: chunked\r\nTrailer: Remote-User\r\nExpect: 100-continue\r\n\r\n15\r\n" + body + "\r\n0\r\nRemote-User: ana\r\n\r\n"
	connection, err := net.Dial("tcp", d.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, _ = io.WriteString(connection, chunked)
	text, _ := io.ReadAll(connection)
	if !strings.Contains(string(text), "HTTP/1.1 200 OK") {
		t.Errorf("answered %s", text)
	}
	reached := d.upstream.took()
	if len(reached) != 1 || reached[0].header.Get("Content-Length") == "" || len(reached[0].header["Transfer-Encoding"])+len(reached[0].header["Trailer"])+len(reached[0].header["Expect"]) > 0 {
		t.Errorf("reached %+v", reached)
	}
}

func TestAttack093HeadersOfIdentityDoNotPass(t *testing.T) {
	d := open(t)
	spoofed := []string{
		"Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Remote-User", "X-Bailiwick-Gate", "X-Bailiwick-User", "X-Auth-Request-User", "X-Forwarded-For",
		"X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Proxy-Authorization", "Proxy-Connection", "X-Http-Method-Override", "X-Original-Url", "X-Rewrite-Url", "Via", "Te",
		"Dagster-Cloud-Api-Token", "X-Amzn-Oidc-Identity", "Cf-Access-Jwt-Assertion", "Origin", "Referer", "Cookie",
	}
	headers := []string{"Connection", "X-Forwarded-For, X-Forwarded-Host, Content-Type, X-Bailiwick-Gate"}
	for _, name := range spoofed {
		headers = append(headers, name, "mallory")
	}
	d.gate.transport.secret = "known to the upstream's proxy"
	if got := d.do(t, "viewer", "GET", "/server_info", "", headers...); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	reached := d.upstream.took()
	if len(reached) != 1 {
		t.Fatalf("reached %+v", reached)
	}
	for name, values := range reached[0].header {
		if strings.Contains(strings.Join(values, " "), "mallory") {
			t.Errorf("%s: %s", name, values)
		}
	}
	h := reached[0].header
	if h.Get("X-Forwarded-For") != "127.0.0.1" || h.Get("X-Forwarded-Host") != d.Listener.Addr().String() || h.Get("X-Bailiwick-Gate") != "known to the upstream's proxy" || h.Get("Authorization") != "" {
		t.Errorf("reached %v", h)
	}
	for _, name := range []string{"Remote_User", "REMOTE_USER", "X_Forwarded_User", "X-Forwarded_User", "x_bailiwick-gate"} {
		if status, _ := d.raw(t, "GET /server_info HTTP/1.1\r\n"+owner+name+": mallory\r\n\r\n"); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
}

// TestAttack048TheGatesCookiesAreTheGatesAlone: they do not reach the upstream, the upstream cannot set any, and no gate has the
// server's own origin.
func TestAttack048TheGatesCookiesAreTheGatesAlone(t *testing.T) {
	d := open(t)
	d.upstream.with(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "bailiwick=stolen")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Alt-Svc", `h2="evil.test:443"`)
		w.Header().Set("Clear-Site-Data", `"cookies"`)
		w.Header().Set("Service-Worker-Allowed", "/")
	})
	cookie := d.gate.cookies.session + "=viewer@acme.test; other=1"
	got := d.do(t, "", "GET", "/runs", "", "Cookie", cookie)
	if got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Alt-Svc", "Clear-Site-Data", "Service-Worker-Allowed"} {
		if got.header.Get(name) != "" {
			t.Errorf("%s: %s", name, got.header.Get(name))
		}
	}
	if reached := d.upstream.took(); len(reached) != 1 || reached[0].header.Get("Cookie") != "" {
		t.Errorf("reached %+v", reached)
	}
	o := d.gate.Options
	o.SignIn = o.Origin.JoinPath("gate", "signin")
	if _, err := New(o); err == nil {
		t.Error("a gate at the server's own origin")
	}
	// A session that is renewed on the way is, whatever the upstream answers.
	got = d.do(t, "", "GET", "/runs", "", "Cookie", d.gate.cookies.session+"=renewed@acme.test")
	if cookies := got.header["Set-Cookie"]; len(cookies) != 1 || !strings.HasPrefix(cookies[0], "renewed=1") {
		t.Errorf("cookies %v", cookies)
	}
}

func TestAttack088WhatIsUnknownIsRefused(t *testing.T) {
	d := open(t)
	// A newer Dagster has a field that the table does not know.
	schema := strings.Replace(string(d.upstream.schema), `"name":"setNuxSeen"`, `"name":"brandNew"`, 1)
	schema = strings.Replace(schema, `"name":"shouldShowNux"`, `"name":"brandNewQuery"`, 1)
	if schema == string(d.upstream.schema) {
		t.Fatal("the schema has no setNuxSeen")
	}
	d.upstream.schema = []byte(schema)
	for _, who := range []string{"viewer", "owner"} {
		if got := d.ask(t, who, "mutation { brandNew }", nil); len(d.upstream.took()) != 0 || !strings.Contains(got.body, "brandNew") {
			t.Errorf("%s: %d %s", who, got.status, got.body)
		}
	}
	for who, may := range map[string]int{"viewer": 0, "editor": 0, "admin": 1, "owner": 1} {
		if got := d.ask(t, who, "{ brandNewQuery }", nil); len(d.upstream.took()) != may {
			t.Errorf("%s: %d %s", who, got.status, got.body)
		}
	}
	drift := fmt.Sprint(d.gate.Report(t.Context()).Drift)
	if !strings.Contains(drift, "mutation brandNew") || !strings.Contains(drift, "query brandNewQuery") {
		t.Errorf("drift %s", drift)
	}
	if unknown := d.gate.Report(t.Context()).Unknown; !slices.Equal(unknown, []string{"brand_new"}) {
		t.Errorf("unknown permissions %q", unknown)
	}
}

func TestAttack098NobodyElsesAnswerIsKept(t *testing.T) {
	d := open(t)
	d.upstream.with(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	for _, path := range []string{"/", "/server_info", "/graphql?query=%7Bversion%7D", "/logs/a/b.out"} {
		got := d.do(t, "viewer", "GET", path, "", "If-None-Match", `"1"`, "If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT")
		if got.status != http.StatusOK || got.header.Get("Etag")+got.header.Get("Last-Modified") != "" || !strings.Contains(got.header.Get("Cache-Control"), "no-store") ||
			!strings.Contains(got.header.Get("Vary"), "Cookie") || !strings.Contains(got.header.Get("Vary"), "Authorization") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	// Files with a fingerprint are everybody's; they are kept, but by nobody between.
	got := d.do(t, "viewer", "GET", "/_next/static/chunks/main-abc.js", "", "If-None-Match", `"1"`)
	if got.status != http.StatusNotModified || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := d.do(t, "nobody", "GET", "/_next/static/chunks/main-abc.js", "", "If-None-Match", `"1"`); got.status != http.StatusForbidden || !strings.Contains(got.header.Get("Cache-Control"), "no-store") {
		t.Errorf("%d %v", got.status, got.header)
	}
}

// TestAttack097TheUpstreamKnowsTheGate: what stands before an upstream that others can reach lets through only what has the secret,
// so it comes with everything, the gate's own questions too. The rest of it is in docs/guides/dagster.md.
func TestAttack097TheUpstreamKnowsTheGate(t *testing.T) {
	secret := "a secret of twenty characters"
	u := newUpstream(t, "")
	inner := u.Config.Handler
	u.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Bailiwick-Gate") != secret {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	})
	d := openAt(t, u, "", func(o *Options) { o.UpstreamSecret = secret })
	if got := d.ask(t, "launcher", launch, map[string]any{"at": "etl"}); got.status != http.StatusOK || len(u.took()) != 1 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if report := d.gate.Report(t.Context()); report.Wrong != "" || report.Version != "1.13.28" || len(report.Locations) != 5 || report.Heard.IsZero() {
		t.Errorf("%+v", report)
	}
	d = openAt(t, u, "")
	if got := d.ask(t, "launcher", launch, map[string]any{"at": "etl"}); got.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.status, got.body)
	}
}
