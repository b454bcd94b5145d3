package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Request is what the shell knows about the request that a context belongs to.
type Request struct {
	ID     string     // the caller's X-Request-ID where it is a sane one, else a new one
	Client netip.Addr // who sent it, seen past the trusted proxies

	route *Route
}

type requestKey struct{}

// RequestOf returns what the shell knows about the request. Outside of a request it is empty.
func RequestOf(ctx context.Context) *Request {
	if r, is := ctx.Value(requestKey{}).(*Request); is {
		return r
	}
	return &Request{}
}

// A shell is what surrounds every answer.
type shell struct {
	config   *Config
	log      *slog.Logger
	now      func() time.Time
	metrics  *metrics
	stopping context.Context // done when the server begins to stop
	proxied  bool            // a proxy ends TLS in front of this address
	mux      *http.ServeMux
	unset    func() bool // nil, or whether there is no organization yet
	every    []fixedHeader
	pages    []fixedHeader
	run      string // begins the ids that are made here: random, one for each start
	requests atomic.Uint64
}

func newShell(c *Config, log *slog.Logger, now func() time.Time, m *metrics, stopping context.Context) *shell {
	return &shell{config: c, log: log, now: now, metrics: m, stopping: stopping, every: everyHeader(c.Secure()), pages: pageHeaders(), run: rand.Text()[:13] + "-"}
}

// ServeHTTP gives a request its id, checks it, has it answered, counts and logs it.
func (s *shell) ServeHTTP(writer http.ResponseWriter, r *http.Request) {
	began := s.now()
	about := &Request{ID: s.requestID(r.Header), Client: clientAddress(r, s.config.TrustedProxies)}
	w := &recorder{ResponseWriter: writer}
	w.Header()["X-Request-Id"] = []string{about.ID}
	setHeaders(w.Header(), s.every)
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, about))
	completed := false
	defer func() {
		if !completed {
			s.panicked(w, r, recover())
		}
		s.note(w, r, about, s.now().Sub(began))
		if !completed && w.broken {
			// The only way to tell the client that the answer is not whole.
			panic(http.ErrAbortHandler)
		}
	}()
	s.answer(w, r)
	completed = true
}

// answer has a request answered, where it is one that may be.
func (s *shell) answer(w http.ResponseWriter, r *http.Request) {
	switch err := checkPath(r.RequestURI); {
	case err != nil:
		refuse(w, r, http.StatusBadRequest, err.Error())
	case s.inClear(r):
		refuse(w, r, http.StatusForbidden, "this server is reached through its proxy, by https")
	case s.isUnset(r):
		w.Header().Set("Retry-After", "60")
		refuse(w, r, http.StatusServiceUnavailable, "this server has no organization yet; whoever runs it uses the setup link that it printed when it started")
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// isUnset tells whether a request is for something that only an organization makes useful, and there is none.
func (s *shell) isUnset(r *http.Request) bool {
	if s.unset == nil || !s.unset() {
		return false
	}
	found, _ := s.mux.Handler(r)
	e, is := found.(*endpoint)
	return !is || !e.Early
}

// inClear tells whether a request came unencrypted from another machine, past the proxy that was to encrypt it. Probes
// may: they carry and learn nothing.
func (s *shell) inClear(r *http.Request) bool {
	if !s.proxied || r.URL.Path == livePath || r.URL.Path == readyPath {
		return false
	}
	peer := peerAddress(r)
	return !peer.IsLoopback() && !isTrusted(peer, s.config.TrustedProxies)
}

// A fixedHeader is one that many answers carry alike: its values are shared, and nobody changes them.
type fixedHeader struct {
	name   string // in canonical form
	values []string
}

// everyHeader lists what every answer carries, pageHeaders what those carry besides that a browser may show. Decisions are for
// programs, are asked thousands of times a second, and have enough with the first.
func everyHeader(secure bool) []fixedHeader {
	all := []fixedHeader{{"X-Content-Type-Options", []string{"nosniff"}}, {"Cache-Control", []string{"no-store"}}}
	if secure {
		all = append(all, fixedHeader{"Strict-Transport-Security", []string{"max-age=31536000"}})
	}
	return all
}

func pageHeaders() []fixedHeader {
	return []fixedHeader{
		{"X-Frame-Options", []string{"DENY"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	}
}

func setHeaders(h http.Header, fixed []fixedHeader) {
	for i := range fixed {
		h[fixed[i].name] = fixed[i].values
	}
}

// panicked answers for a handler that panicked: an id to the caller, the rest to the log.
func (s *shell) panicked(w *recorder, r *http.Request, cause any) {
	w.broken = w.status != 0
	if cause == http.ErrAbortHandler { //nolint:errorlint // a value of recover, compared as net/http does
		w.broken = true
		return
	}
	s.log.Error("a handler panicked", "request_id", RequestOf(r.Context()).ID, "panic", cause, "stack", string(debug.Stack()))
	if !w.broken {
		refuse(w, r, http.StatusInternalServerError, "something went wrong here; the log has more under this request id")
	}
}

// note counts and logs an answered request. The path is not logged, only its route: a path can hold a secret, as that
// of a setup link does, and so can a query.
func (s *shell) note(w *recorder, r *http.Request, about *Request, took time.Duration) {
	pattern, operation, level := "none", "", slog.LevelInfo
	if about.route != nil {
		pattern, operation = about.route.Pattern, about.route.Operation
		if about.route.Quiet {
			level = slog.LevelDebug
		}
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	s.metrics.request(pattern, status, took)
	if status >= 400 && level < slog.LevelInfo {
		level = slog.LevelInfo
	}
	if status >= 500 {
		level = slog.LevelError
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.LogAttrs(r.Context(), level, "request",
		slog.String("request_id", about.ID), slog.String("method", knownMethod(r.Method)), slog.String("route", pattern),
		slog.String("operation", operation), slog.Int("status", status), slog.Int64("bytes", w.bytes),
		slog.Duration("took", took), slog.String("client", about.Client.String()))
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// refuse answers with an error of the shell's own; doors have their own forms.
func refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	setHeaders(w.Header(), pageHeaders())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text, "request_id": RequestOf(r.Context()).ID})
}

// requestID accepts an id that can do no harm in a log, a header or a page; otherwise it makes one.
func (s *shell) requestID(h http.Header) string {
	const allowed = "-_.:+/=@"
	id := h.Get("X-Request-Id")
	if id == "" || len(id) > 128 {
		return s.newID()
	}
	for i := range len(id) {
		if c := id[i]; !isUnreserved(c) && strings.IndexByte(allowed, c) < 0 {
			return s.newID()
		}
	}
	return id
}

func (s *shell) newID() string { return s.run + strconv.FormatUint(s.requests.Add(1), 36) }

func peerAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// clientAddress is the nearest sender that is no proxy of ours. What the client itself wrote into the header stands
// further left and is not believed.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := peerAddress(r)
	if len(trusted) == 0 || !isTrusted(client, trusted) {
		return client
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := hopAddress(strings.TrimSpace(hops[i]))
		if err != nil {
			return client
		}
		client = hop.Unmap().WithZone("")
		if !isTrusted(client, trusted) {
			return client
		}
	}
	return client
}

// hopAddress reads one address of X-Forwarded-For, which some proxies write with a port.
func hopAddress(text string) (netip.Addr, error) {
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr(), nil
	}
	return netip.ParseAddr(text)
}

func isTrusted(address netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// A recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	broken bool // the answer was begun and will not be finished
}

// WriteHeader notes the final status; those of the 100s but a switch of protocols come before it.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
