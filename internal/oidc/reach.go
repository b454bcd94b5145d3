package oidc

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

// reserved lists what no provider on the internet has an address in: loopback, private, carrier and link networks,
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
func (r Reach) Allows(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, listed := range r {
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

func (r Reach) loopback() bool {
	return r.Allows(netip.AddrFrom4([4]byte{127, 0, 0, 1})) || r.Allows(netip.IPv6Loopback())
}

// errOutOfReach is for what a provider's name resolved to.
var errOutOfReach = errors.New("the address is in a network that is not in reach")

// errTooLong is for an answer beyond maxBody.
var errTooLong = fmt.Errorf("the answer has more than %d bytes", maxBody)

// endpoint reads an address that a provider, or who set it up, has named.
func (r Reach) endpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.Host == "" || u.Opaque != "" || u.User != nil || u.Fragment != "":
		return nil, errors.New("it has to be https:// with a host, and without user and fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback.Is(u.Hostname()) && r.loopback():
		return u, nil
	}
	return nil, errors.New("it is not https")
}

// client makes the only HTTP client that speaks with providers. Where it connects is judged on the address it connects to,
// after the name was resolved, so that a name cannot be public when looked at and private when used.
func (r Reach) client(roots *x509.CertPool, timeout time.Duration) *http.Client {
	return r.clientWith(nil, roots, timeout)
}

// clientWith is client with other name servers than the system's.
func (r Reach) clientWith(names *net.Resolver, roots *x509.CertPool, timeout time.Duration) *http.Client {
	dial := func(plain bool) func(context.Context, string, string) (net.Conn, error) {
		d := &net.Dialer{Timeout: timeout, Resolver: names, Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			if !r.Allows(to.Addr()) || plain && !to.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("%s: %w", to.Addr(), errOutOfReach)
			}
			return nil
		}}
		return d.DialContext
	}
	transport := func(plain bool) *http.Transport {
		return &http.Transport{
			// No proxy: it would resolve names itself, and the guard would look at the proxy's address.
			Proxy: nil, DialContext: dial(plain), ForceAttemptHTTP2: true,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, IdleConnTimeout: 30 * time.Second,
			MaxIdleConns: 20, MaxConnsPerHost: 8, MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &http.Client{
		Timeout:   timeout,
		Transport: &guarded{reach: r, secure: transport(false), plain: transport(true)},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
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
	reach         Reach
	secure, plain http.RoundTripper
}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := g.reach.endpoint(r.URL.String()); err != nil {
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
	answer.Body = &capped{ReadCloser: answer.Body, left: maxBody}
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
		return 0, errTooLong
	}
	return n, err
}
