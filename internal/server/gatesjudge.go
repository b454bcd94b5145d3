package server

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
)

// judgeGates holds the gates against the server that they belong to.
func (c *Config) judgeGates() error {
	var errs []error
	for _, g := range c.Gates {
		errs = append(errs, c.judgeGate(g))
	}
	return errors.Join(errs...)
}

func (c *Config) judgeGate(g *Gate) error {
	wrong := func(rule, format string, args ...any) *fault.Error {
		return fault.New(fault.Invalid, format, args...).In(g.at.String() + ": " + gatesSection + "." + g.Name).By(rule)
	}
	if c.External != nil {
		if err := apart(g.Origin, c.External, wrong); err != nil {
			return err
		}
	}
	if g.Elsewhere() {
		return nil
	}
	if g.Listen == c.Listen || g.Listen == c.MetricsListen {
		return wrong("gate_listen", "%s is the server's own address", g.Listen).Rather("give the gate another port")
	}
	if g.TLS.Cert == "" && c.TLSCert != "" && g.Origin.Scheme == "https" {
		g.TLS = KeyPair{c.TLSCert, c.TLSKey}
	}
	switch {
	case g.Origin.Scheme == "http" && g.TLS.Cert != "":
		return wrong("gate_tls", "its origin says http, and it has a certificate").Rather("write origin: https://…")
	case g.ClientCA != "" && g.TLS.Cert == "":
		return wrong("gate_tls", "a proxy can show a certificate only to a gate that has one").Rather("set tls, or use secret_file")
	case g.TLS.Cert == "" && !isLoopback(g.Listen) && (g.Origin.Scheme != "https" || len(c.TrustedProxies) == 0):
		return wrong("no_clear_text", "%s can be reached from other machines, and nothing encrypts what they send", g.Listen).
			Rather("set the gate's tls; or, behind a proxy that ends TLS, origin: https://… and trusted_proxies; or listen on 127.0.0.1")
	}
	c.warnOfUpstream(g)
	return nil
}

func (c *Config) warnOfUpstream(g *Gate) {
	if g.Upstream.Scheme == "http" && g.UpstreamSecret != "" && !isPrivate(g.Upstream.Hostname()) {
		c.Warnings = append(c.Warnings, "the gate "+g.Name+" sends its secret to "+g.Upstream.Host+" unencrypted; use https")
	}
}

// apart refuses a gate that browsers cannot keep apart from the server: what the upstream's pages can do there, they could do here.
// Cookies are not kept apart by port; on this machine alone that is taken, because nobody has another name for it.
func apart(origin, server *url.URL, wrong func(rule, format string, args ...any) *fault.Error) error {
	switch {
	case origin.String() == server.String():
		return wrong("gate_origin", "its origin is the server's: pages of Dagster's could then do there what the person may do here").Rather("give it another name")
	case strings.EqualFold(origin.Hostname(), server.Hostname()) && !loopback.Is(origin.Hostname()):
		return wrong("gate_origin", "its host is the server's, and browsers do not keep cookies apart by port").Rather("give it another name, such as dagster.%s", server.Hostname())
	}
	return nil
}

// isPrivate tells whether a host is an address of this machine or of a private network, or a name without a public domain.
func isPrivate(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
	}
	for _, ending := range []string{".internal", ".local", ".localhost", ".svc", ".svc.cluster.local"} {
		if strings.HasSuffix(host, ending) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

// addGate adds a gate that no file names: the demo's.
func (c *Config) addGate(name, origin, deployment, upstream string) error {
	at, errOrigin := url.Parse(origin)
	to, errUpstream := url.Parse(upstream)
	if err := errors.Join(errOrigin, errUpstream); err != nil {
		return fault.Wrap(fault.Internal, err, "the gate's addresses: %v", err)
	}
	c.Gates = append(c.Gates, &Gate{Name: name, Deployment: deployment, Origin: at, Listen: at.Host, Upstream: to})
	return nil
}
