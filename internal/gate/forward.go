package gate

import (
	"crypto/tls"
	"net/http"
	"net/http/httputil"
	"time"

	"bailiwick/internal/gate/workspace"
)

// newTransport makes the way to the upstream. No proxy of the environment stands in it, and answers come as the upstream encoded
// them.
func newTransport(config *tls.Config) *http.Transport {
	return &http.Transport{TLSClientConfig: config, DisableCompression: true, IdleConnTimeout: 3 * time.Second}
}

func (g *Gate) newProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{Transport: g.transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(g.Upstream) }}
}

func (g *Gate) discovered(_ []workspace.Location) {}
