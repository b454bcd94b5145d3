package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"bailiwick/internal/loopback"
)

// Networks are those that may be connected to although they are not public. Whatever is public is always in reach. Plain http
// is spoken with loopback only, and only if loopback is listed.
type Networks []netip.Prefix

// reserved lists what no host on the internet has an address in: loopback, private, carrier and link networks,
// metadata services, documentation, multicast.
func reserved() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // Azure's host, reachable from every machine there
		// Of 2000::/3: Teredo and other protocols, documentation, 6to4 (which carries any address of version 4).
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	}
}

// Allows tells whether the server may connect to an address.
func (n Networks) Allows(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, listed := range n {
		if listed.Contains(addr) {
			return true
		}
	}
	if addr.Is6() && !netip.MustParsePrefix("2000::/3").Contains(addr) {
		return false // every other range is local, mapped, translated or not given out
	}
	for _, network := range reserved() {
		if netip.MustParsePrefix(network).Contains(addr) {
			return false
		}
	}
	return addr.IsValid()
}

// Loopback tells whether this machine itself may be connected to.
func (n Networks) Loopback() bool {
	return n.Allows(netip.AddrFrom4([4]byte{127, 0, 0, 1})) || n.Allows(netip.IPv6Loopback())
}

// ErrOutOfReach is for what a name resolved to.
var ErrOutOfReach = errors.New("the address is in a network that is not in reach")

// ErrTooLong is for an answer beyond MaxBody.
var ErrTooLong = fmt.Errorf("the answer has more than %d bytes", MaxBody)

// MaxBody bounds an answer, in bytes.
const MaxBody = 1 << 20

// Endpoint reads an address that somebody has named.
func (n Networks) Endpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.Host == "" || u.Opaque != "" || u.User != nil || u.Fragment != "":
		return nil, errors.New("it has to be https:// with a host, and without user and fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback.Is(u.Hostname()) && n.Loopback():
		return u, nil
	}
	return nil, errors.New("it is not https")
}

// Options of a client.
type Options struct {
	Roots   *x509.CertPool // who may vouch for a certificate; nil is the system's
	Names   *net.Resolver  // nil is the system's
	Timeout time.Duration  // of one request with its answer
	// Follow follows redirects to the same scheme and host; else an answer that redirects is returned as it is.
	Follow bool
}

// Client makes an HTTP client that reaches no other networks. Where it connects is judged on the address it connects to,
// after the name was resolved, so that a name cannot be public when looked at and private when used.
func (n Networks) Client(o Options) *http.Client {
	dial := func(plain bool) func(context.Context, string, string) (net.Conn, error) {
		d := &net.Dialer{Timeout: o.Timeout, Resolver: o.Names, Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			if !n.Allows(to.Addr()) || plain && !to.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("%s: %w", to.Addr(), ErrOutOfReach)
			}
			return nil
		}}
		return d.DialContext
	}
	transport := func(plain bool) *http.Transport {
		return &http.Transport{
			// No proxy: it would resolve names itself, and the guard would look at the proxy's address.
			Proxy: nil, DialContext: dial(plain), ForceAttemptHTTP2: true,
			TLSClientConfig:     &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout, IdleConnTimeout: 30 * time.Second,
			MaxIdleConns: 20, MaxConnsPerHost: 8, MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &http.Client{
		Timeout:   o.Timeout,
		Transport: &guarded{reach: n, secure: transport(false), plain: transport(true)},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if !o.Follow {
				return http.ErrUseLastResponse
			}
			first := before[0].URL
			if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host || len(before) > 3 {
				return errors.New("it redirects elsewhere")
			}
			return nil
		},
	}
}

// guarded refuses plain http but with loopback, and answers without end.
type guarded struct {
	reach         Networks
	secure, plain http.RoundTripper
}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := g.reach.Endpoint(r.URL.String()); err != nil {
		return nil, err
	}
	through := g.secure
	if r.URL.Scheme == "http" {
		through = g.plain
	}
	answer, err := through.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &capped{ReadCloser: answer.Body, left: MaxBody}
	return answer, nil
}

// capped fails, rather than ends, where an answer is too long: half a document must not pass for one.
type capped struct {
	io.ReadCloser
	left int
}

func (c *capped) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	if c.left -= n; c.left < 0 {
		return 0, ErrTooLong
	}
	return n, err
}
