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
	"time"

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
	transport *http.Transport
	proxy     *httputil.ReverseProxy
	prefix    string // the upstream's path, without a slash at the end; "" is none
}

// New makes a Gate. Whoever makes it runs Run beside it. What is wrong with the options is Invalid.
func New(o Options) (*Gate, error) {
	table, err := dagster.NewTable(o.Rules...)
	if err != nil {
		return nil, err
	}
	g := &Gate{Options: o, table: table, documents: newDocuments(documentBytes), prefix: strings.TrimRight(o.Upstream.Path, "/")}
	g.transport = newTransport(o.UpstreamTLS)
	g.proxy = g.newProxy()
	g.workspace = workspace.New(workspace.Options{Upstream: o.Upstream, Client: g.transport, Log: o.Log, Now: o.Now, Changed: g.discovered})
	return g, nil
}

// Run follows the upstream until the context ends.
func (g *Gate) Run(ctx context.Context) {
	g.workspace.Run(ctx)
	g.transport.CloseIdleConnections()
}
