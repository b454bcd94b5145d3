package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"bailiwick/internal/fault"
)

// A Front is an address on which something else than the server's own routes answers.
type Front struct {
	Address  string
	TLS      KeyPair // empty: none
	ClientCA string  // file of authorities whose certificates callers may show; "": none
	Handler  http.Handler
	Stop     func() // called when the server begins to stop; open connections that were taken over end by it
}

// openFront prepares a front's address. There is no bound on the time of a request there: some answers stay open for hours.
func (s *Server) openFront(ctx context.Context, f *Front) error {
	listener, err := s.listen(ctx, f.Address, "the gate's listen")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           f.Handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    int(s.Config.LimitsHeaders),
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	if f.Stop != nil {
		server.RegisterOnShutdown(f.Stop)
	}
	s.listeners, s.servers = append(s.listeners, listener), append(s.servers, server)
	if f.TLS.Cert == "" {
		return nil
	}
	own, err := newCertificate(f.TLS.Cert, f.TLS.Key, s.Now, s.Log)
	if err == nil {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: own.get}
		err = takeClients(server.TLSConfig, f.ClientCA)
	}
	if err != nil {
		return errors.Join(err, s.abandon())
	}
	s.certificates = append(s.certificates, own)
	return nil
}

// takeClients lets callers show certificates of the authorities in a file. One that none of them signed ends the connection; who
// shows none is known by other means.
func takeClients(to *tls.Config, file string) error {
	if file == "" {
		return nil
	}
	pool, err := authorities(file)
	to.ClientCAs, to.ClientAuth = pool, tls.VerifyClientCertIfGiven
	return err
}

// authorities reads certificates that others are checked by.
func authorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read (%v)", file, cause(err)).In(gatesSection)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Invalid, "%s has no certificate", file).In(gatesSection).Rather("a file in PEM")
	}
	return pool, nil
}
