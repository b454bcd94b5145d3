package server

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// running starts a server; stop ends it and returns what Serve returned.
func running(t *testing.T, s *Server, args string) (base string, stop func() error) {
	t.Helper()
	c, err := Load(words("--listen 127.0.0.1:0 "+args), nil, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	s.Config, s.Log = c, slog.New(slog.DiscardHandler)
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Ready == nil {
		s.Ready = func() error { return nil }
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	var result error
	stopped := false
	stop = func() error {
		cancel()
		if !stopped {
			result, stopped = <-ended, true
		}
		return result
	}
	t.Cleanup(func() { _ = stop() })
	return c.External.String(), stop
}

func fetch(t *testing.T, client *http.Client, url string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestAStopLetsRequestsFinishAndClosesTheJournalLast(t *testing.T) {
	var order []string
	begun, release, streamEnded := make(chan bool, 2), make(chan bool), make(chan bool, 1)
	slow := get("/slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- true
		<-release
		order = append(order, "request")
		_, _ = io.WriteString(w, "whole")
	}))
	stream := get("/stream", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		streamEnded <- true
	}))
	stream.Long = true
	closer := func(name string) func() error {
		return func() error { order = append(order, name); return nil }
	}
	s := &Server{Routes: []Route{slow, stream}, Closers: []func() error{closer("state"), closer("journal")}}
	base, stop := running(t, s, "")
	answers := make(chan string, 2)
	for _, path := range []string{"/slow", "/stream"} {
		go func() {
			_, text := fetch(t, http.DefaultClient, base+path)
			answers <- path + " " + text
		}()
	}
	<-begun
	<-begun
	result := make(chan error)
	go func() { result <- stop() }()
	// The stream ends because the stop has begun; only then may the slow request go on.
	<-streamEnded
	if got := <-answers; got != "/stream " {
		t.Errorf("answered first: %q", got)
	}
	for { // The listener closes at about the same time as streams end.
		connection, err := net.Dial("tcp", s.Addresses()[0].String())
		if err != nil {
			break
		}
		_ = connection.Close()
	}
	close(release)
	if got := <-answers; got != "/slow whole" {
		t.Errorf("the request that had begun got %q", got)
	}
	if err := <-result; err != nil {
		t.Errorf("a stop as asked for returned %v", err)
	}
	if got := strings.Join(order, " "); got != "request state journal" {
		t.Errorf("order: %s", got)
	}
}

func TestHealthTellsNoDetails(t *testing.T) {
	ready := errors.New("organization acme: the journal of SECRET is behind")
	s := &Server{Ready: func() error { return ready }}
	base, _ := running(t, s, "")
	if status, text := fetch(t, http.DefaultClient, base+"/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("healthz: %d %q", status, text)
	}
	if status, text := fetch(t, http.DefaultClient, base+"/readyz"); status != 503 || text != "not ready\n" {
		t.Errorf("readyz: %d %q", status, text)
	}
	ready = nil
	if status, text := fetch(t, http.DefaultClient, base+"/readyz"); status != 200 || text != "ok\n" {
		t.Errorf("readyz: %d %q", status, text)
	}
	s.stopping.Store(true)
	if status, _ := fetch(t, http.DefaultClient, base+"/readyz"); status != 503 {
		t.Errorf("readyz while stopping: %d", status)
	}
}

// Attack 126: metrics need their token or their own address, and their labels come from a list.
func TestAttack126MetricsTellNoNamesAndAskWhoReadsThem(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() uint64 { return 7 }
	s := &Server{
		Routes: []Route{get("/users/{user}", says("ana"))},
		Measures: Measures{Allowed: count, Denied: count, Failed: count, Changes: count, Refusals: count, Revision: count, SnapshotBytes: count,
			HeadAge: func() time.Duration { return 250 * time.Millisecond }},
	}
	base, _ := running(t, s, "--metrics-token-file "+token)
	for _, path := range []string{"/users/ana@acme.com", "/none/ana", "//ana", "/users/ana?x=ana"} {
		fetch(t, http.DefaultClient, base+path, "X-Request-Id", "ana")
	}
	for _, header := range []string{"", "Bearer wrong", "Basic 0123456789abcdef", "0123456789abcdef"} {
		if status, text := fetch(t, http.DefaultClient, base+"/metrics", "Authorization", header); status != 401 || strings.Contains(text, "bailiwick_") {
			t.Errorf("metrics for %q: %d", header, status)
		}
	}
	status, text := fetch(t, http.DefaultClient, base+"/metrics", "Authorization", "Bearer 0123456789abcdef")
	if status != 200 {
		t.Fatalf("metrics: %d", status)
	}
	for _, want := range []string{
		`bailiwick_requests_total{route="GET /users/{user}",status="200"} 2`, `bailiwick_requests_total{route="none",status="400"} 1`,
		`bailiwick_requests_total{route="none",status="404"} 1`, `bailiwick_decisions_total{result="denied"} 7`,
		"bailiwick_changes_total 7", "bailiwick_refusals_total 7", "bailiwick_revision 7", "bailiwick_snapshot_bytes 7", "bailiwick_journal_head_age_seconds 0.25",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(text, "ana") {
		t.Error("a name is in the metrics")
	}
	allowed := map[string]bool{"route": true, "status": true, "result": true, "le": true, "quantile": true, "version": true}
	for _, m := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(text, -1) {
		if !allowed[m[1]] {
			t.Errorf("label %s is not in the list", m[1])
		}
	}
}

func TestMetricsOnAnAddressOfTheirOwn(t *testing.T) {
	s := &Server{}
	base, _ := running(t, s, "--metrics-listen 127.0.0.1:0 --listen 127.0.0.2:0")
	if status, _ := fetch(t, http.DefaultClient, base+"/metrics"); status != 404 {
		t.Errorf("metrics on the main address: %d", status)
	}
	own := "http://" + s.Addresses()[1].String()
	if status, text := fetch(t, http.DefaultClient, own+"/metrics"); status != 200 || !strings.Contains(text, "bailiwick_requests_total") {
		t.Errorf("metrics: %d", status)
	}
	if status, _ := fetch(t, http.DefaultClient, own+"/healthz"); status != 404 {
		t.Errorf("the metrics' address serves more than metrics: %d", status)
	}
}

// issue writes a certificate for 127.0.0.1 and its key.
func issue(t *testing.T, folder string, serial int64) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, key, pool
}

func serial(t *testing.T, base string) int64 {
	t.Helper()
	connection, err := tls.Dial("tcp", strings.TrimPrefix(base, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the serial number is all that matters
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	return connection.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestACertificateIsReadAgain(t *testing.T) {
	folder := t.TempDir()
	cert, key, pool := issue(t, folder, 1)
	hour := make(chan time.Time, 1)
	hour <- clock()
	now := func() time.Time { h := <-hour; hour <- h; return h }
	later := func(d time.Duration) { hour <- (<-hour).Add(d) }
	reload := make(chan struct{})
	base, _ := running(t, &Server{Now: now, Reload: reload}, "--tls-cert "+cert+" --tls-key "+key)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	answer, err := client.Get(base + "/healthz")
	if err != nil || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("over TLS: %v, %+v", err, answer)
	}
	_ = answer.Body.Close()
	client.CloseIdleConnections()
	if got := serial(t, base); got != 1 {
		t.Errorf("serial %d", got)
	}
	issue(t, folder, 2)
	later(lookEvery)
	if got := serial(t, base); got != 2 {
		t.Errorf("the files have changed, and serial %d is shown", got)
	}
	if err := os.WriteFile(cert, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	later(lookEvery)
	if got := serial(t, base); got != 2 {
		t.Errorf("the new file is broken, and serial %d is shown", got)
	}
	issue(t, folder, 3)
	reload <- struct{}{}
	reload <- struct{}{} // received once the first has been dealt with
	if got := serial(t, base); got != 3 {
		t.Errorf("a reload was asked for, and serial %d is shown", got)
	}
}

func TestHugeHeadersAndOtherTargetsAreRefused(t *testing.T) {
	s := &Server{Routes: []Route{get("/a", says("a"))}}
	_, _ = running(t, s, "--limits-headers 4KiB")
	for request, want := range map[string]string{
		"GET /a HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("x", 64<<10) + "\r\n\r\n":       "431",
		"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n":                                             "400",
		"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n":                                              "400",
		"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-HTTP-Method-Override: PUT\r\n\r\n": "200",
	} {
		connection, err := net.Dial("tcp", s.Addresses()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(connection, request) }()
		line, err := bufio.NewReader(connection).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+want) {
			t.Errorf("%.60q: %q %v, want %s", request, line, err, want)
		}
		_ = connection.Close()
	}
}

func TestAnAddressInUseIsSaid(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := &Server{Config: load(t, []string{"--listen", taken.Addr().String()}, nil, nil), Log: slog.New(slog.DiscardHandler), Now: time.Now, Ready: func() error { return nil }}
	if err := s.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), "choose another with --listen") {
		t.Errorf("got %v", err)
	}
}
