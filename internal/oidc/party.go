package oidc

import (
	"context"
	"crypto/cipher"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
	"bailiwick/internal/reach"
)

// A Provider is one OpenID provider as an organization has set it up.
type Provider struct {
	ID       string // within its organization
	Name     string // as people know it; for messages
	Issuer   string // exactly as the provider writes it
	ClientID string
	// ClientSecret fetches the secret when it is needed. Nil is a public client: PKCE alone protects its codes.
	ClientSecret func(ctx context.Context) (string, error)
	Scopes       []string // besides openid; nil is profile and email
	GroupsClaim  string   // the exact name of the claim with the groups; empty where groups are not used
}

func (p Provider) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

// A Flow is what a sign-in carries from its beginning to its end.
type Flow struct {
	Organization string
	Next         string // where to go afterwards; see LocalPath
	Test         bool   // a test of the provider's settings: nobody is signed in by it
	Request      string // whatever the caller ties to the sign-in, unread
}

// Options are what a Party is made of.
type Options struct {
	// Redirect is where providers send browsers back to. It is fixed by the configuration and never read from a request.
	// Its scheme decides the cookie's name and whether it is Secure; http is for loopback only.
	Redirect *url.URL
	// SignedOut is where providers send browsers after signing out; nil leaves them at the provider.
	SignedOut *url.URL
	Key       []byte // seals the flow cookie; at least 32 bytes, the same on every replica
	Now       func() time.Time
	Reach     reach.Networks // where providers may be although it is not public
	Roots     *x509.CertPool // who may vouch for a provider's certificate; nil is the system's
	Timeout   time.Duration  // of one request to a provider; 10 s when zero
	// Once tells whether it is asked about a hash for the first time, and remembers it until a moment. Nil remembers in
	// memory, which is enough for one replica.
	Once   func(ctx context.Context, hash string, until time.Time) (first bool, err error)
	Logger *slog.Logger // nil is silent
}

// Limits that nobody has had a reason to change.
const (
	flowLife      = 10 * time.Minute
	skew          = time.Minute      // how far a provider's clock may be off
	fresh         = 10 * time.Minute // how long discovery and keys are used unasked
	stale         = time.Hour        // how long they are used when they cannot be had anew
	keyPause      = time.Minute      // between two fetches of one provider's keys
	documentPause = 5 * time.Second  // between two tries at a failing provider's discovery
	maxSources    = 1000             // issuers remembered
	maxGroups     = 1000
)

// A Party speaks with providers. It is safe for use by several goroutines.
type Party struct {
	redirect, signedOut *url.URL
	secure              bool
	seal                cipher.AEAD
	now                 func() time.Time
	reach               reach.Networks
	client              *http.Client
	once                func(context.Context, string, time.Time) (bool, error)
	log                 *slog.Logger

	mu      sync.Mutex
	sources map[string]*source // by issuer
}

// New makes a Party.
func New(o Options) (*Party, error) {
	if o.Redirect == nil || o.Now == nil {
		return nil, errors.New("oidc: New needs Redirect and Now")
	}
	if o.Redirect.Scheme != "https" && (o.Redirect.Scheme != "http" || !loopback.Is(o.Redirect.Hostname())) {
		return nil, fault.New(fault.Invalid, "providers would send browsers back to %s", o.Redirect).
			Rather("an https address, or http on loopback")
	}
	seal, err := sealer(o.Key)
	if err != nil {
		return nil, err
	}
	p := &Party{
		redirect: o.Redirect, signedOut: o.SignedOut, secure: o.Redirect.Scheme == "https",
		seal: seal, now: o.Now, reach: o.Reach, once: o.Once, log: o.Logger, sources: map[string]*source{},
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	p.client = o.Reach.Client(reach.Options{Roots: o.Roots, Timeout: o.Timeout, Follow: true})
	if p.once == nil {
		p.once = (&memory{now: o.Now, seen: map[string]time.Time{}}).once
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}
