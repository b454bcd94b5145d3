package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// keySet is a provider's keys, as the library's verifier asks for them, for one token.
type keySet struct {
	party    *Party
	provider Provider
	doc      *document

	claims claims // of the token, once its signature was found good
	failed error  // why it was not; the library passes on the text only
}

// VerifySignature returns the payload of a token that one of the provider's keys signed.
func (k *keySet) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	if payload, err = k.payload(ctx, token); err == nil {
		err = json.Unmarshal(payload, &k.claims)
	}
	k.failed = err
	return payload, err
}

func (k *keySet) payload(ctx context.Context, token string) ([]byte, error) {
	var allowed []jose.SignatureAlgorithm
	for _, a := range k.doc.Algorithms {
		allowed = append(allowed, jose.SignatureAlgorithm(a))
	}
	signed, err := jose.ParseSignedCompact(token, allowed)
	if err != nil {
		return nil, err
	}
	for _, anew := range []bool{false, true} {
		keys, err := k.party.keys(ctx, k.provider, k.doc, anew)
		if err != nil {
			return nil, err
		}
		if payload, good := verified(signed, keys); good {
			return payload, nil
		}
	}
	return nil, refuse("oidc_signature", "none of the keys of %s signed its token", k.provider).
		Rather("if the provider has just changed its keys, try again in a minute")
}

func verified(signed *jose.JSONWebSignature, keys []jose.JSONWebKey) (payload []byte, good bool) {
	header := signed.Signatures[0].Protected
	for i := range keys {
		key := &keys[i]
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		// The key itself, not the JSONWebKey: nothing but the algorithm and the key may matter.
		if payload, err := signed.Verify(key.Key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// keys returns a provider's keys: those remembered, or, anew, those it has now. However many tokens name a key that nobody
// knows, they are fetched once a minute.
func (p *Party) keys(ctx context.Context, provider Provider, doc *document, anew bool) ([]jose.JSONWebKey, error) {
	s := p.source(provider.Issuer)
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	defer s.done()
	now := p.now()
	if s.keysFrom != doc.Keys {
		s.keys, s.keysFrom = nil, doc.Keys // the provider moved them; the pause below holds all the same
	}
	age := now.Sub(s.keysAt)
	if s.keys != nil && age < fresh && !anew {
		return s.keys, nil
	}
	if s.keysTry.IsZero() || now.Sub(s.keysTry) >= keyPause {
		s.keysTry = now
		keys, err := p.fetchKeys(ctx, doc.Keys)
		if err == nil {
			s.keys, s.keysAt = keys, now
			return keys, nil
		}
		p.log.WarnContext(ctx, "a provider's keys cannot be had", "provider", provider.ID, "issuer", cleaned(provider.Issuer), "err", cause(err))
		if s.keys == nil || age >= stale {
			return nil, unavailable(provider, err, "its keys")
		}
	}
	if s.keys == nil || age >= stale {
		return nil, unavailable(provider, errors.New("the last try failed less than a minute ago"), "its keys")
	}
	return s.keys, nil
}

func (p *Party) fetchKeys(ctx context.Context, from string) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := p.get(ctx, from, "", &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// A kind of key that is not known does not spoil the others.
		if key.UnmarshalJSON(raw) == nil && usable(&key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key to check signatures with among them")
	}
	return keys, nil
}

// usable tells that a key is public, for signatures, and not too short to be believed.
func usable(key *jose.JSONWebKey) bool {
	if !key.Valid() || key.Use != "" && key.Use != "sig" ||
		key.Algorithm != "" && !slices.Contains(algorithms(), jose.SignatureAlgorithm(key.Algorithm)) {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= 2048
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false // symmetric keys among them
}
