package gate

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/gate/workspace"
)

// Options say what a Gate stands in front of. One Gate serves one upstream on one origin.
type Options struct {
	Name       string   // of the gate in the configuration, which the server's sign-in page knows it by
	Origin     *url.URL // where browsers reach it: "https://dagster.acme.test"
	Deployment string   // the path of the deployment or branch deployment: "dagster/prod", "dagster/prod/branch:feature-1"
	Upstream   *url.URL // "http://127.0.0.1:3000"; a path is the upstream's --path-prefix, and the gate's as well
	SignIn     *url.URL // the server's page that browsers without a session are sent to; nil with Trusted
	Trusted    *Trusted // nil: people sign in at the server
	Rules      []dagster.Rule

	UpstreamTLS    *tls.Config // for https upstreams: their authority, and a certificate of the gate's own
	UpstreamSecret string      // sent to the upstream's own proxy as X-Bailiwick-Gate; "" is not sent

	Authority Authority
	Log       *slog.Logger
	Now       func() time.Time
}

// Trusted says which proxy's word counts for who asks, in place of a sign-in.
type Trusted struct {
	Header string         // with the caller's e-mail address: "X-Forwarded-Email"
	From   []netip.Prefix // the proxy's addresses
	Secret string         // in X-Bailiwick-Proxy-Secret; "" where the proxy shows a certificate (mutual TLS)
}

// A Gate answers on one origin.
type Gate struct {
	Options

	table     *dagster.Table
	workspace *workspace.Workspace
	documents *documents
	transport *way
	proxy     *httputil.ReverseProxy
	cookies   cookies
	sockets   *sockets
	prefix    string // the upstream's path, without a slash at the end; "" is none
	patience  patience
	heard     atomic.Int64  // when the upstream last answered, in nanoseconds since 1970; 0: never
	news      chan []string // code locations that the authority was not told of yet
}

// New makes a Gate. Whoever makes it runs Run beside it. What is wrong with the options is Invalid.
func New(o Options) (*Gate, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	table, err := dagster.NewTable(o.Rules...)
	if err != nil {
		return nil, err
	}
	g := &Gate{
		Options: o, table: table, documents: newDocuments(documentBytes), transport: newWay(o.UpstreamTLS, o.UpstreamSecret), cookies: newCookies(o.Origin), sockets: newSockets(),
		prefix: strings.TrimRight(o.Upstream.Path, "/"), patience: patience{starting, stalling}, news: make(chan []string, 1),
	}
	g.proxy = g.newProxy()
	g.workspace = workspace.New(workspace.Options{Upstream: o.Upstream, Client: g.transport, Log: o.Log, Now: o.Now, Changed: g.discovered})
	return g, nil
}

// check says what is wrong with options.
func (o Options) check() error {
	wrong := func(field, text, right string) error {
		return fault.New(fault.Invalid, "%s", text).In(field).Rather("%s", right).By("gate.options")
	}
	if o.Authority == nil || o.Log == nil || o.Now == nil {
		return fault.New(fault.Internal, "a gate needs an authority, a log and a clock")
	}
	if err := o.checkSignIn(); err != nil {
		return err
	}
	switch u := o.Upstream; {
	case u == nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return wrong("upstream", "it is not an address", "http://127.0.0.1:3000")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return wrong("upstream", "it has more than a host and a path", "http://127.0.0.1:3000")
	}
	if path := strings.TrimRight(o.Upstream.EscapedPath(), "/"); path != "" {
		if t, err := readTarget(path); err != nil || t.slashes || join(t.segments) != o.Upstream.Path || isTaken(t.segments[0]) {
			return wrong("upstream", "its path cannot be the gate's as well", "start Dagster with a plain --path-prefix")
		}
	}
	if segments, err := access.SplitPath(o.Deployment); err != nil || len(segments) < 2 {
		return wrong("deployment", "it is not the path of a deployment", "dagster/prod")
	}
	return nil
}

// Run follows the upstream and tells of its code locations, until the context ends.
func (g *Gate) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { g.workspace.Run(ctx) })
	all.Go(func() { g.tellLocations(ctx) })
	all.Go(func() { g.sockets.follow(ctx, g.Authority) })
	all.Wait()
	g.Close()
}

// Close lets go of idle connections to the upstream. What is under way goes on.
func (g *Gate) Close() { g.transport.CloseIdleConnections() }

// ServeHTTP takes one request through the gate: read the path, find out who asks, whether he may see the deployment at all, and
// then what the route says.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := g.begin(w, r)
	own, err := g.read(p)
	if err != nil {
		g.refuseError(p, err)
		return
	}
	if own {
		g.own(w, r)
		return
	}
	caller, known := g.identify(w, r)
	if !known {
		return // it has answered
	}
	p.caller = caller
	if !p.route.methods.has(r.Method) {
		w.Header().Set("Allow", string(p.route.methods))
		g.refuse(p, http.StatusMethodNotAllowed, "the method is not one of "+string(p.route.methods))
		return
	}
	if g.admit(p) {
		p.route.serve(g, p)
	}
}

// read finds what a request is about, before anybody is asked anything: something of the gate's own, or a route. Errors are Invalid.
func (g *Gate) read(p *passage) (own bool, err error) {
	if err := checkHeaders(p.r.Header); err != nil {
		return false, err
	}
	t, err := readTarget(p.r.RequestURI)
	if err != nil {
		return false, err
	}
	if t.segments[0] == strings.Trim(ownPrefix, "/") {
		return true, nil
	}
	below, inside := t.within(g.prefix)
	p.target = below
	switch root := len(t.segments) == 1 && t.segments[0] == ""; {
	case !inside && root, inside && len(below.segments) == 0:
		p.route = route{name: "index", methods: reading, serve: (*Gate).toPrefix}
	case !inside:
		p.route = route{name: "nothing", methods: reading, serve: (*Gate).nothing}
	default:
		p.route, err = findRoute(below)
	}
	return false, err
}

// toPrefix sends browsers to where the upstream is, as the upstream itself does.
func (g *Gate) toPrefix(p *passage) { http.Redirect(p.w, p.r, g.prefix+"/", http.StatusFound) }

func (g *Gate) nothing(p *passage) {
	g.refuse(p, http.StatusNotFound, "There is nothing at this address.")
}

// viewing is the permission without which nothing of a deployment is shown.
const viewing = "deployments.view"

// admit lets nobody in who may not see the deployment, and nobody to a route who lacks its permission. It tells nobody else that
// there is a deployment.
func (g *Gate) admit(p *passage) bool {
	targets := []dagster.Target{{Permission: viewing, Kind: dagster.Deployment}}
	if p.route.permission != "" {
		targets = append(targets, dagster.Target{Permission: p.route.permission, Kind: dagster.Deployment})
	}
	verdict, err := g.judgeTargets(p.context(), p.caller, part{name: p.route.name}, targets...)
	if err != nil {
		g.refuseError(p, err)
		return false
	}
	if verdict.allowed {
		return true
	}
	p.verdict = verdict
	g.tell(p)
	text := verdict.reason.String()
	if verdict.parts[0].permission == viewing {
		text = "You have access to nothing at this address. If you should, ask whoever gives out access in Bailiwick."
	}
	g.refuse(p, http.StatusForbidden, text)
	return false
}
