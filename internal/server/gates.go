package server

import (
	"net/netip"
	"net/url"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/loopback"
	"bailiwick/internal/yamltext"
)

// A Gate is one entry of the configuration's section "gates".
type Gate struct {
	Name         string
	Organization string   // "": the server's only one
	Deployment   string   // path: "dagster/prod", "dagster/prod/branch:feature-1"
	Origin       *url.URL // where browsers reach it, without a path
	Listen       string   // "": it runs elsewhere
	TLS          KeyPair  // empty: the server's own, or a proxy's
	Upstream     *url.URL // nil: it runs elsewhere

	UpstreamSecret string // "": none is sent
	UpstreamCA     string // file of authorities; "": the system's
	UpstreamTLS    KeyPair

	TrustedHeader bool          // people are named by a proxy; where the gate runs elsewhere that is all that is said here
	Trusted       *gate.Trusted // nil: people sign in, or the gate runs elsewhere
	ClientCA      string        // file of authorities of the proxy's certificates; "": it shows a secret
	Rules         []dagster.Rule

	at yamltext.Place
}

// gatesSection is the section's key in the file.
const gatesSection = "gates"

// String says in one line what the gate is.
func (g *Gate) String() string {
	to := "elsewhere"
	if g.Upstream != nil {
		to = "in front of " + g.Upstream.Redacted()
	}
	return g.Origin.String() + ", " + g.Deployment + " " + to
}

// A KeyPair names the files of a certificate and its key, PEM.
type KeyPair struct{ Cert, Key string }

// Elsewhere tells whether the gate is another process, which this server knows the name, origin and deployment of.
func (g *Gate) Elsewhere() bool { return g.Upstream == nil }

// A gateReader reads the section.
type gateReader struct {
	problems *yamltext.Problems
	readFile func(string) ([]byte, error)
}

// ReadGates reads the section "gates" of a configuration file: of the server's, or of that of a gate that runs alone. Secrets are read
// from their files. What is wrong is added to the problems, each with its place; what several gates must not have in common too.
func ReadGates(section yamltext.Value, problems *yamltext.Problems, readFile func(string) ([]byte, error)) []*Gate {
	r := &gateReader{problems, readFile}
	var all []*Gate
	for _, entry := range section.List(problems) {
		if g := r.gate(entry); g != nil {
			all = append(all, g)
		}
	}
	r.between(all)
	return all
}

// gate reads one entry.
func (r *gateReader) gate(v yamltext.Value) *Gate {
	p := r.problems
	before := len(p.List())
	g := &Gate{at: v.Place()}
	var trusted, fields, secret, listen, tls, upstreamTLS yamltext.Value
	v.Fields(p, map[string]func(yamltext.Value){
		"name":                 func(v yamltext.Value) { g.Name = r.name(v) },
		"organization":         func(v yamltext.Value) { g.Organization = v.Text(p) },
		"deployment":           func(v yamltext.Value) { g.Deployment = r.deployment(v) },
		"origin":               func(v yamltext.Value) { g.Origin = r.origin(v) },
		"listen":               func(v yamltext.Value) { listen, g.Listen = v, r.address(v) },
		"tls":                  func(v yamltext.Value) { tls, g.TLS = v, r.keyPair(v) },
		"upstream":             func(v yamltext.Value) { g.Upstream = r.upstream(v) },
		"upstream_secret_file": func(v yamltext.Value) { secret, g.UpstreamSecret = v, r.secret(v) },
		"upstream_tls":         func(v yamltext.Value) { upstreamTLS = v; g.UpstreamCA, g.UpstreamTLS = r.upstreamTLS(v) },
		"identity":             func(v yamltext.Value) { g.TrustedHeader = r.identity(v) },
		"trusted_header":       func(v yamltext.Value) { trusted = v; g.Trusted, g.ClientCA = r.trusted(v) },
		"fields":               func(v yamltext.Value) { fields, g.Rules = v, r.fields(v) },
	})
	if len(p.List()) > before {
		return nil
	}
	if g.Name == "" || g.Deployment == "" || g.Origin == nil {
		p.Add(v, "a gate has at least name, deployment and origin", "write {name: dagster, deployment: dagster/prod, origin: https://dagster.example.com}")
	}
	if g.Elsewhere() {
		for _, given := range []yamltext.Value{listen, tls, secret, upstreamTLS, trusted, fields} {
			if given.Given() {
				p.Add(given, "the gate has no upstream, and so it runs elsewhere: this is said there", "leave it out, or name the upstream")
			}
		}
	} else {
		r.here(v, g, trusted, upstreamTLS)
	}
	if len(p.List()) > before {
		return nil
	}
	return g
}

// here checks a gate that runs in this process.
func (r *gateReader) here(v yamltext.Value, g *Gate, trusted, upstreamTLS yamltext.Value) {
	p := r.problems
	switch {
	case g.Listen == "":
		p.Add(v, "the gate has an upstream and no address to listen on", "write listen: 127.0.0.1:8081")
	case g.Upstream.Host == g.Listen:
		p.Add(v, "the gate is its own upstream", "name the webserver's address, and another one to listen on")
	case g.TrustedHeader && !trusted.Given():
		p.Add(v, "who may vouch for people is not said", "write trusted_header: {header: X-Forwarded-Email, from: [10.0.0.5/32], secret_file: …}")
	case !g.TrustedHeader && trusted.Given():
		p.Add(trusted, "it counts with identity: trusted_header only", "write that too, or leave this out")
	}
	if upstreamTLS.Given() && g.Upstream.Scheme != "https" {
		p.Add(upstreamTLS, "the upstream is reached by http", "write upstream: https://…, or leave this out")
	}
}

// between refuses what two gates must not share: browsers tell gates apart by origin, and people by name.
func (r *gateReader) between(all []*Gate) {
	for i, g := range all {
		for _, before := range all[:i] {
			line := before.at.String()
			switch {
			case g.Name == before.Name:
				r.problems.AddAt(g.at, "gates", "two gates are called "+g.Name+" (the first at "+line+")", "give one another name")
			case g.Origin.String() == before.Origin.String():
				r.problems.AddAt(g.at, "gates", "two gates have the origin "+g.Origin.String()+" (the first at "+line+")", "give each its own: their sessions are kept apart by it")
			case sameDeployment(g, before) && !g.Elsewhere() && !before.Elsewhere() && g.Upstream.String() != before.Upstream.String():
				r.problems.AddAt(g.at, "gates", "two upstreams are said to be "+g.Deployment+" (the first at "+line+")", "give each a deployment of its own")
			}
			if g.Listen != "" && g.Listen == before.Listen && (g.TLS != before.TLS || g.ClientCA != before.ClientCA) {
				r.problems.AddAt(g.at, "gates", "two gates listen on "+g.Listen+" with different certificates (the first at "+line+")", "give one another address, or both the same tls and client_ca")
			}
		}
	}
}

func sameDeployment(a, b *Gate) bool {
	return a.Deployment == b.Deployment && a.Organization == b.Organization
}

// name reads a gate's name, which stands in addresses and metrics.
func (r *gateReader) name(v yamltext.Value) string {
	text := v.Text(r.problems)
	if plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_"); plain != "" || text == "" || len(text) > 63 {
		r.problems.Add(v, "this cannot be a gate's name", "use small letters, digits, - and _, at most 63")
	}
	return text
}

// deployment reads the path of what stands behind the gate.
func (r *gateReader) deployment(v yamltext.Value) string {
	text := v.Text(r.problems)
	segments, err := access.SplitPath(text)
	canonical, wrong := access.CanonicalPath(text)
	of := len(segments)
	switch {
	case err != nil || wrong != nil || canonical != text, of != 2 && of != 3, of > 0 && segments[of-1].Star,
		of > 1 && segments[1].Prefix != "", of == 3 && segments[2].Prefix != "branch":
		r.problems.Add(v, "this is not the path of a deployment", "write it as dagster/prod or dagster/prod/branch:feature-1")
	}
	return text
}

// origin reads where browsers reach the gate, in its one spelling.
func (r *gateReader) origin(v yamltext.Value) *url.URL {
	text := v.Text(r.problems)
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != text || u.Host == "" || u.User != nil || strings.ToLower(text) != text || u.Scheme != "https" && u.Scheme != "http" ||
		u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		r.problems.Add(v, "this is not an origin", "write scheme and host in small letters, and the port if it is not the usual one: https://dagster.example.com")
		return nil
	}
	if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
		r.problems.Add(v, "what is sent there is not encrypted", "use https; http is for 127.0.0.1 only")
	}
	return u
}

func (r *gateReader) address(v yamltext.Value) string {
	text := v.Text(r.problems)
	if err := checkAddress("listen", text); err != nil {
		r.problems.Add(v, "this is not an address", "write it as 127.0.0.1:8081")
	}
	return text
}

// upstream reads where the webserver is.
func (r *gateReader) upstream(v yamltext.Value) *url.URL {
	u, err := url.Parse(v.Text(r.problems))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		// The value is not repeated: it may hold a password.
		r.problems.Add(v, "this is not the address of a webserver", "write it as http://127.0.0.1:3000, with a path if the webserver has a --path-prefix")
		return nil
	}
	return u
}

// identity reads how people are known: true with the word of a proxy.
func (r *gateReader) identity(v yamltext.Value) bool {
	text := v.Text(r.problems)
	if text != "sign_in" && text != "trusted_header" {
		r.problems.Add(v, "there is no such identity", "write sign_in or trusted_header")
	}
	return text == "trusted_header"
}

func (r *gateReader) prefixes(v yamltext.Value) []netip.Prefix {
	var all []netip.Prefix
	for _, item := range v.List(r.problems) {
		prefix, err := netip.ParsePrefix(item.Text(r.problems))
		switch {
		case err != nil:
			r.problems.Add(item, "this is not a network", "write it as 10.0.0.5/32")
		case prefix.Addr().Is4() && prefix.Bits() < 8, !prefix.Addr().Is4() && prefix.Bits() < 32:
			r.problems.Add(item, prefix.String()+" is as good as everybody, who could then say to be anybody", "list the proxies' own addresses")
		default:
			all = append(all, prefix.Masked())
		}
	}
	return all
}
