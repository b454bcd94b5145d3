package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"bailiwick/internal/fault"
)

// Probe asks the server of this configuration, on this machine, whether it is alive: for containers, which hold no
// other program that could ask.
func Probe(ctx context.Context, c *Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	transport := &http.Transport{DisableKeepAlives: true}
	scheme, host := "http", local(c.Listen)
	if c.TLSCert != "" {
		scheme = "https"
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.External.Hostname(), RootCAs: trust(c.TLSCert)}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+livePath, nil)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the probe cannot be made")
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "nothing answers on %s (%v)", host, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(io.LimitReader(answer.Body, 16)); err != nil || answer.StatusCode != http.StatusOK || string(text) != "ok\n" {
		return fault.New(fault.Unavailable, "something else answers on %s (status %d)", host, answer.StatusCode)
	}
	return nil
}

// local is how this machine reaches an address that is listened on.
func local(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

// trust adds the server's own certificate to those that the system trusts: who signed it is no question of being alive.
func trust(cert string) *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if text, err := os.ReadFile(cert); err == nil {
		pool.AppendCertsFromPEM(text)
	}
	return pool
}
