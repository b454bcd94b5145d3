package gate

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"

	"bailiwick/internal/fault"
)

// How long the gate waits for an upstream.
const (
	dialLimit = 5 * time.Second
	// starting is for the first byte of an answer. Evaluating a sensor or loading a code location takes the webserver minutes.
	starting = 5 * time.Minute
	// stalling is for each next piece of an answer that has begun.
	stalling = time.Minute
	// idling is less than the 5 s after which uvicorn closes an idle connection (its --timeout-keep-alive), so that no request
	// is written into one that is about to close.
	idling = 3 * time.Second
)

// patience is how long a gate waits: for an answer's first byte, and for each next piece.
type patience struct{ starting, stalling time.Duration }

// maxRewritten is how large an answer may be that the gate has to understand, in bytes.
const maxRewritten = 64 << 20

// errSlow is why a request ends that the upstream does not answer in time.
var errSlow = errors.New("the upstream did not answer in time")

// A way leads to the upstream. No proxy of the environment stands in it, and answers come as the upstream encoded them.
type way struct {
	*http.Transport
	secret string // shown to the upstream's own proxy with every request, the gate's own questions too; "" is none
}

func newWay(config *tls.Config, secret string) *way {
	return &way{&http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    dialLimit,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        idling,
		MaxResponseHeaderBytes: 256 << 10,
	}, secret}
}

// RoundTrip sends one request.
func (t *way) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.secret != "" {
		r = r.Clone(r.Context())
		r.Header.Set("X-Bailiwick-Gate", t.secret)
	}
	return t.Transport.RoundTrip(r)
}

// An errand is what the gate asks of the upstream for a passage.
type errand struct {
	passage *passage
	method  string
	query   string // of the URL, written by the gate
	body    []byte // likewise; JSON
	again   bool   // asking twice does no harm
	rewrite func(body []byte) ([]byte, error)
	timer   *time.Timer
}

type errandKey struct{}

func (g *Gate) newProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:      g.transport,
		Rewrite:        g.outgoing,
		ModifyResponse: g.incoming,
		ErrorHandler:   g.failed,
		ErrorLog:       slog.NewLogLogger(g.Log.Handler(), slog.LevelDebug),
		BufferPool:     &buffers{},
	}
}

// forward asks for what the route is about, and nothing of the client's but what is on the lists of headers.go.
func (g *Gate) forward(p *passage) {
	g.send(&errand{passage: p, method: p.r.Method, again: true})
}

// send runs an errand and answers with what comes back.
func (g *Gate) send(e *errand) {
	ctx, cancel := context.WithCancelCause(e.passage.context())
	defer cancel(nil)
	e.timer = time.AfterFunc(g.patience.starting, func() { cancel(errSlow) })
	defer e.timer.Stop()
	w := &answering{ResponseWriter: e.passage.w, header: http.Header{}}
	g.proxy.ServeHTTP(w, e.passage.r.WithContext(context.WithValue(ctx, errandKey{}, e)))
}

// answering keeps an upstream's headers apart from the gate's own until the answer begins, and keeps its interim answers (1xx)
// to itself: nobody has looked at their headers.
type answering struct {
	http.ResponseWriter
	header http.Header
}

// Header is what will be sent, besides the cookies of the gate.
func (a *answering) Header() http.Header { return a.header }

// WriteHeader begins the answer.
func (a *answering) WriteHeader(status int) {
	if status < http.StatusOK {
		return
	}
	h := a.ResponseWriter.Header()
	cookies := h["Set-Cookie"]
	clear(h)
	maps.Copy(h, a.header)
	if len(cookies) > 0 {
		h["Set-Cookie"] = cookies
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the server's own writer be flushed.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func errandOf(r *http.Request) *errand {
	e, _ := r.Context().Value(errandKey{}).(*errand)
	return e
}

// outgoing writes the request to the upstream from what was judged.
func (g *Gate) outgoing(r *httputil.ProxyRequest) {
	e := errandOf(r.In)
	out, kind := r.Out, e.passage.route.answer
	out.Method = e.method
	out.Host = ""
	out.URL = g.upstreamURL(e.passage.route.path, e.query)
	out.Header = g.upstreamHeader(r.In)
	if e.rewrite == nil {
		copyHeader(out.Header, r.In.Header, "Accept-Encoding")
	}
	if kind == fixed || kind == fingerprint {
		copyConditions(out.Header, r.In.Header)
	}
	out.Trailer, out.TransferEncoding = nil, nil
	out.Body, out.GetBody, out.ContentLength = http.NoBody, nil, 0
	if e.body != nil {
		out.Header.Set("Content-Type", "application/json")
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.body)), nil }
		out.Body, _ = out.GetBody()
		out.ContentLength = int64(len(e.body))
	}
	if e.again {
		out.Header["X-Idempotency-Key"] = nil // is not sent, and tells net/http that it may ask again on a new connection
	}
}

// upstreamURL is the address of a path below the upstream's prefix.
func (g *Gate) upstreamURL(path, query string) *url.URL {
	u := &url.URL{Scheme: g.Upstream.Scheme, Host: g.Upstream.Host, RawQuery: query}
	u.RawPath = g.prefix + path
	if decoded, err := url.PathUnescape(u.RawPath); err == nil {
		u.Path = decoded
	}
	return u
}

// incoming takes the upstream's answer before anything of it is passed on.
func (g *Gate) incoming(answer *http.Response) error {
	e := errandOf(answer.Request)
	g.heard.Store(g.Now().UnixNano())
	encoding := answer.Header.Get("Content-Encoding")
	kind := answer.Header.Get("Content-Type")
	answer.Header = g.clientHeader(answer.Header, answer.StatusCode, e.passage.route.answer)
	answer.Header.Set("X-Request-Id", e.passage.id)
	answer.Trailer = nil
	e.timer.Stop()
	answer.Body = &patient{answer.Body, e.timer, g.patience.stalling}
	g.changed(e.passage)
	if e.passage.asked != nil && !strings.HasPrefix(kind, "application/json") {
		return fault.New(fault.Unavailable, "what answers in Dagster's place (%s) does not speak GraphQL", answer.Status)
	}
	if e.rewrite != nil {
		if err := rewrite(answer, encoding, e.rewrite); err != nil {
			return err
		}
	}
	g.tell(e.passage)
	return nil
}

// rewrite puts another body into an answer. Only the whole of one can be understood.
func rewrite(answer *http.Response, encoding string, change func([]byte) ([]byte, error)) error {
	if encoding != "" && encoding != "identity" {
		return fault.New(fault.Unavailable, "Dagster's answer is compressed, although it was asked not to").Rather("switch compression off in what stands before Dagster")
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxRewritten+1))
	if err != nil {
		return err
	}
	if len(body) > maxRewritten {
		return fault.New(fault.Unavailable, "Dagster's answer is larger than 64 MiB").Rather("ask for less at once")
	}
	if body, err = change(body); err != nil {
		return err
	}
	_ = answer.Body.Close() // it was read to its end
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	answer.Header.Del("Content-Length")
	return nil
}

// changed has the upstream's code locations read anew after what may have changed them, whether or not it came to an answer.
func (g *Gate) changed(p *passage) {
	if slices.ContainsFunc(p.verdict.parts, func(part part) bool {
		return part.allowed && (part.permission == "code_locations.reload" || part.permission == "workspace.reload" || part.permission == "components.edit")
	}) {
		g.workspace.Forget()
	}
}

// patient is an answer's body that ends when the upstream stalls. While the client is slow, nobody waits for the upstream.
type patient struct {
	io.ReadCloser
	timer *time.Timer
	limit time.Duration
}

// Read reads what there is, or waits for it as long as the limit says.
func (b *patient) Read(into []byte) (int, error) {
	b.timer.Reset(b.limit)
	n, err := b.ReadCloser.Read(into)
	b.timer.Stop()
	return n, err
}

// failed answers where the upstream did not.
func (g *Gate) failed(_ http.ResponseWriter, r *http.Request, err error) {
	e := errandOf(r)
	g.tell(e.passage)
	g.changed(e.passage)
	var timeout net.Error
	status, text := http.StatusBadGateway, "Dagster cannot be reached: it is down, or starting again"
	switch {
	case e.passage.r.Context().Err() != nil:
		return // whoever asked has gone
	case errors.Is(context.Cause(r.Context()), errSlow), errors.As(err, &timeout) && timeout.Timeout():
		status, text = http.StatusGatewayTimeout, "Dagster does not answer in time"
	case fault.Is(err, fault.Unavailable):
		text = err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "Dagster broke off its answer"
	}
	g.Log.LogAttrs(r.Context(), slog.LevelWarn, "upstream", slog.String("gate", g.Name), slog.String("request", e.passage.id), slog.Int("status", status), slog.Any("error", err))
	e.passage.w.Header().Set("Retry-After", "5")
	g.refuse(e.passage, status, text)
}
