package server

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"bailiwick/internal/fault"
)

// lookEvery is how often, at most, a handshake looks whether the certificate's files have changed.
const lookEvery = 10 * time.Second

// A certificate is read from its files again when they change. One that cannot be read leaves the old one in place:
// a renewal that fails half-way must not take the server down.
type certificate struct {
	cert, key string
	now       func() time.Time
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time
	changed [2]time.Time // of the files, when they were read
}

func newCertificate(cert, key string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, now: now, log: log}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// read replaces the certificate. Callers but newCertificate hold the lock.
func (c *certificate) read() error {
	c.changed = c.times()
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the certificate cannot be used: %v", err).In("tls")
	}
	c.current = &pair
	return nil
}

func (c *certificate) times() (at [2]time.Time) {
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// Reload reads the files now.
func (c *certificate) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reload()
}

func (c *certificate) reload() {
	if err := c.read(); err != nil {
		c.log.Error("the certificate was not replaced", "error", err)
		return
	}
	c.log.Info("the certificate was read again", "until", c.current.Leaf.NotAfter)
}

// get is asked at every handshake.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if c.times() != c.changed {
			c.reload()
		}
	}
	return c.current, nil
}
