package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bailiwick/internal/fault"
	"bailiwick/internal/reach"
)

// document is what a provider says of itself.
type document struct {
	Issuer     string   `json:"issuer"`
	Authorize  string   `json:"authorization_endpoint"`
	Token      string   `json:"token_endpoint"`
	UserInfo   string   `json:"userinfo_endpoint"`
	Keys       string   `json:"jwks_uri"`
	EndSession string   `json:"end_session_endpoint"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
	TokenAuth  []string `json:"token_endpoint_auth_methods_supported"`
	SendsIss   bool     `json:"authorization_response_iss_parameter_supported"`
}

// source is what is remembered of one issuer. Whoever holds the turn may fetch; the others wait for what it brings.
type source struct {
	issuer string
	turn   chan struct{}
	used   time.Time // guarded by the party's mutex, all else by the turn

	doc           *document
	docAt, docTry time.Time
	docErr        error
	keys          []jose.JSONWebKey
	keysFrom      string // the address that they came from
	keysAt        time.Time
	keysTry       time.Time
}

// source finds what is remembered of an issuer. Organizations choose issuers, so their number is bounded.
func (p *Party) source(issuer string) *source {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, known := p.sources[issuer]
	if !known {
		if len(p.sources) >= maxSources {
			oldest := ""
			for i, other := range p.sources {
				if oldest == "" || other.used.Before(p.sources[oldest].used) {
					oldest = i
				}
			}
			delete(p.sources, oldest)
		}
		s = &source{issuer: issuer, turn: make(chan struct{}, 1)}
		p.sources[issuer] = s
	}
	s.used = p.now()
	return s
}

func (s *source) wait(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *source) done() { <-s.turn }

// discover returns what a provider says of itself, at most an hour old.
func (p *Party) discover(ctx context.Context, provider Provider) (*document, error) {
	s := p.source(provider.Issuer)
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	defer s.done()
	now := p.now()
	if s.doc != nil && now.Sub(s.docAt) < fresh {
		return s.doc, nil
	}
	if s.docErr == nil || now.Sub(s.docTry) >= documentPause {
		doc, err := p.describe(ctx, provider)
		s.docTry, s.docErr = now, err
		if err == nil {
			s.doc, s.docAt = doc, now
			return doc, nil
		}
		p.log.WarnContext(ctx, "a provider's discovery failed", "provider", provider.ID, "issuer", cleaned(provider.Issuer), "err", cause(err))
	}
	if s.doc != nil && now.Sub(s.docAt) < stale {
		return s.doc, nil
	}
	return nil, s.docErr
}

// describe fetches the discovery document and checks everything in it that is used later.
func (p *Party) describe(ctx context.Context, provider Provider) (*document, error) {
	if u, err := p.reach.Endpoint(provider.Issuer); err != nil || u.RawQuery != "" {
		return nil, fault.New(fault.Invalid, "the issuer of %s is not an address that can be asked: %s", provider, cleaned(provider.Issuer)).
			In("issuer").Rather("https:// with a host, exactly as the provider writes it").By("oidc_reach")
	}
	var doc document
	if err := p.get(ctx, strings.TrimSuffix(provider.Issuer, "/")+"/.well-known/openid-configuration", "", &doc); err != nil {
		return nil, unavailable(provider, err, "its discovery document")
	}
	if doc.Issuer != provider.Issuer {
		return nil, fault.New(fault.Unavailable, "%s says that its issuer is %s, not %s", provider, cleaned(doc.Issuer), cleaned(provider.Issuer)).
			Rather("set the issuer to what the provider says, to the last slash, if it is the provider that you mean").By("oidc_issuer")
	}
	for _, e := range []struct {
		name, at string
		optional bool
	}{
		{"authorization_endpoint", doc.Authorize, false}, {"token_endpoint", doc.Token, false}, {"jwks_uri", doc.Keys, false},
		{"userinfo_endpoint", doc.UserInfo, true}, {"end_session_endpoint", doc.EndSession, true},
	} {
		if e.optional && e.at == "" {
			continue
		}
		if _, err := p.reach.Endpoint(e.at); err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "the %s that %s names cannot be used: %v", e.name, provider, err).By("oidc_reach")
		}
	}
	if doc.Algorithms == nil {
		doc.Algorithms = []string{string(jose.RS256)} // what every provider must support
	}
	doc.Algorithms = slices.DeleteFunc(doc.Algorithms, func(a string) bool { return !slices.Contains(algorithms(), jose.SignatureAlgorithm(a)) })
	if len(doc.Algorithms) == 0 {
		return nil, fault.New(fault.Unavailable, "%s signs with no algorithm that can be trusted", provider).
			Rather("RS256, ES256, PS256 or EdDSA").By("oidc_algorithm")
	}
	return &doc, nil
}

// algorithms lists the signatures that are believed: those with a public key. With a shared secret, whoever can check
// could sign as well; and none is none.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// get fetches JSON. The request outlives its caller: others wait for the same answer.
func (p *Party) get(ctx context.Context, from, bearer string, into any) error {
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, from, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read only
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return errors.New("the answer is not the JSON that was expected")
	}
	return nil
}

// unavailable says that a provider could not be asked, and what to look at. It does not repeat what was answered: whoever
// sets providers up must not read pages through the server.
func unavailable(provider Provider, err error, what string) *fault.Error {
	f := fault.Wrap(fault.Unavailable, errors.New(cause(err)), "%s cannot be asked for %s", provider, what)
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(err, reach.ErrOutOfReach):
		return f.By("oidc_reach").Rather("a provider on the internet, or its network listed in the server's configuration")
	case errors.Is(err, reach.ErrTooLong):
		return f.Rather("%v", reach.ErrTooLong)
	case errors.As(err, &late) && late.Timeout():
		return f.Rather("it did not answer in time: check that the server can reach %s", cleaned(provider.Issuer))
	}
	return f.Rather("check the issuer %s, the provider's certificate, and that the server can reach it", cleaned(provider.Issuer))
}

// cause is an error's text for logs: one short line, whatever a provider put into it.
func cause(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Err != nil {
		return cleaned(f.Error()) + ": " + cleaned(f.Err.Error())
	}
	return cleaned(err.Error())
}
