package gate

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"bailiwick/internal/gate/dagster"
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
}

// ServeHTTP takes one request through the gate.
func (g *Gate) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "the gate is not open", http.StatusServiceUnavailable)
}
