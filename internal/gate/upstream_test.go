package gate

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const permissions = `{ permissions { permission value disabledReason } }`

// TestTheUpstreamFails: down, slow, broken off, or no Dagster at all. Nobody waits for ever, and everybody is told in the form that
// he reads.
func TestTheUpstreamFails(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	slow := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int
		text   string
	}{
		"silent": {slow, http.StatusGatewayTimeout, "in time"},
		"stalling": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			slow(w, r)
		}, http.StatusGatewayTimeout, "in time"},
		"an error page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("<h1>Internal Server Error</h1>"))
		}, http.StatusBadGateway, "500"},
		"garbage": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"data": {"permissions": [`))
		}, http.StatusBadGateway, "JSON"},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte(`{"data": {"permissions": []}}`))
			_ = z.Close()
		}, http.StatusBadGateway, "compressed"},
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			connection, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(connection, "SSH-2.0-OpenSSH_9.2\r\n")
			_ = connection.Close()
		}, http.StatusBadGateway, "Dagster"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			connection, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"data\"")
			_ = connection.Close()
		}, http.StatusBadGateway, "broke off"},
		"huge headers": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, http.StatusBadGateway, "Dagster"},
	} {
		d := open(t)
		if c.status == http.StatusGatewayTimeout {
			d.gate.patience = patience{100 * time.Millisecond, 100 * time.Millisecond}
		}
		d.upstream.with(c.answer)
		began := time.Now()
		got := d.ask(t, "viewer", permissions, nil)
		if got.status != c.status || !strings.Contains(got.body, `"errors"`) || !strings.Contains(got.body, c.text) || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if waited := time.Since(began); waited > 20*time.Second {
			t.Errorf("%s: %s", name, waited)
		}
	}
}

func TestTheUpstreamIsDownAndComesBack(t *testing.T) {
	d := open(t)
	if got := d.ask(t, "viewer", permissions, nil); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	address := d.upstream.Listener.Addr().String()
	handler := d.upstream.Config.Handler
	d.upstream.CloseClientConnections()
	d.upstream.Close()
	if got := d.do(t, "viewer", "GET", "/runs", "", "Accept", "text/html"); got.status != http.StatusBadGateway || !strings.Contains(got.body, "<h1>Dagster is not there") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := d.do(t, "viewer", "GET", "/server_info", ""); got.status != http.StatusBadGateway || !strings.HasPrefix(got.body, `{"error":`) || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if report := d.gate.Report(t.Context()); report.Wrong == "" || report.Heard.IsZero() {
		t.Errorf("%+v", report)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	again := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	again.Start()
	defer again.Close()
	if got := d.do(t, "viewer", "GET", "/runs", ""); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestASlowClientIsNotTheUpstreamsFault: an answer ends when the upstream stalls, not when who reads it is slow.
func TestASlowClientIsNotTheUpstreamsFault(t *testing.T) {
	d := open(t)
	d.gate.patience.stalling = 500 * time.Millisecond
	whole := bytes.Repeat([]byte("x"), 16<<20)
	d.upstream.with(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(whole) })
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/logs/a/b.out", nil)
	request.Header.Set("Authorization", "Bearer viewer@acme.test")
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	time.Sleep(time.Second) // the time itself is what is tested
	if n, err := io.Copy(io.Discard, answer.Body); err != nil || n != int64(len(whole)) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestTrap23WhatIsNotRewrittenGoesOnAsItComes: compression, lengths and pieces are the upstream's, but of what is rewritten.
func TestTrap23WhatIsNotRewrittenGoesOnAsItComes(t *testing.T) {
	d := open(t)
	more := make(chan struct{})
	d.upstream.with(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/graphql":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "89")
			_, _ = w.Write([]byte(`{"data": {"permissions": [{"permission": "x", "value": true, "disabledReason": null}]}}  `)[:89])
		case strings.HasSuffix(r.URL.Path, ".js"):
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("packed"))
		default:
			_, _ = w.Write([]byte("first"))
			_ = http.NewResponseController(w).Flush()
			<-more
			_, _ = w.Write([]byte("second"))
		}
	})
	got := d.do(t, "viewer", "GET", "/_next/a.js", "", "Accept-Encoding", "gzip, br")
	if reached := d.upstream.took(); got.body != "packed" || got.header.Get("Content-Encoding") != "gzip" || reached[0].header.Get("Accept-Encoding") != "gzip, br" {
		t.Errorf("%+v, reached %+v", got, reached)
	}
	got = d.do(t, "viewer", "POST", "/graphql", `{"query": "`+permissions+`"}`, "Content-Type", "application/json", "Accept-Encoding", "gzip, br")
	if reached := d.upstream.took(); got.status != http.StatusOK || reached[0].header.Get("Accept-Encoding") != "" {
		t.Errorf("%+v, reached %+v", got, reached)
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/logs/a/b.out", nil)
	request.Header.Set("Authorization", "Bearer viewer@acme.test")
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	first := make([]byte, 5)
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "first" {
		t.Errorf("%q, %v", first, err)
	}
	close(more)
	if rest, err := io.ReadAll(answer.Body); err != nil || string(rest) != "second" {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestBrokenRequestsLeaveNothingBehind sends what breaks in every way that a client and an upstream know, as often as a second or two
// has room for, and counts what is left: goroutines, and memory.
func TestBrokenRequestsLeaveNothingBehind(t *testing.T) {
	d := open(t, func(o *Options) { o.Log = slog.New(slog.DiscardHandler) })
	d.gate.patience = patience{20 * time.Millisecond, 20 * time.Millisecond}
	turn := 0
	var mu sync.Mutex
	d.upstream.with(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		turn++
		way := turn % 5
		mu.Unlock()
		if way == 4 {
			<-r.Context().Done()
			return
		}
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(connection, []string{"", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\""}[way])
		_ = connection.Close()
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	request := func(i int) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		kinds := []struct{ method, path, body string }{
			{"POST", "/graphql", `{"query": "` + permissions + `"}`}, {"POST", "/graphql", `{"query": "{ version }"}`}, {"POST", "/graphql", fmt.Sprintf(`{"query": "{ nothing%d }"}`, i)},
			{"POST", "/graphql", "{"}, {"GET", "/runs", ""}, {"GET", "/%67raphql", ""}, {"POST", "/report_asset_check/orders", `{"passed": true}`}, {"GET", "/_next/a.js", ""},
		}
		kind := kinds[i%len(kinds)]
		r, err := http.NewRequestWithContext(ctx, kind.method, d.URL+kind.path, strings.NewReader(kind.body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer owner@acme.test")
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, int64(i%3)*100)) // some go before the end
		_ = answer.Body.Close()
	}
	some := func(n int) {
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range n / 8 {
					request(worker + 8*i)
				}
			})
		}
		all.Wait()
		client.CloseIdleConnections()
		d.gate.transport.CloseIdleConnections()
	}
	settled := func(limit int) int {
		for range 100 {
			if n := runtime.NumGoroutine(); n <= limit {
				return n
			}
			time.Sleep(20 * time.Millisecond)
		}
		return runtime.NumGoroutine()
	}
	memory := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	some(400)
	d.office.told()
	d.upstream.took()
	goroutines, heap := settled(30), memory()
	many := 10_000
	if testing.Short() {
		many = 2_000
	}
	some(many)
	d.office.told()
	d.upstream.took()
	if n := settled(goroutines + 5); n > goroutines+5 {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after\n%s", goroutines, n, stacks[:runtime.Stack(stacks, true)])
	}
	if after := memory(); after > heap+8<<20 {
		t.Errorf("%d MiB before, %d MiB after", heap>>20, after>>20)
	}
}

// TestTheAuthorityIsToldOfCodeLocations: those that do not load too.
func TestTheAuthorityIsToldOfCodeLocations(t *testing.T) {
	d := open(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.gate.Run(ctx)
	}()
	var told [][]string
	for range 500 {
		d.office.mu.Lock()
		told = slices.Clone(d.office.discovered)
		d.office.mu.Unlock()
		if len(told) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(told) == 0 || !slices.Equal(told[0], []string{"broken", "etl", "new", "reports", "sales / emea"}) {
		t.Errorf("told %q", told)
	}
	stop()
	<-done
}
