package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"

	"bailiwick/internal/fault"
)

// maxParameter bounds each parameter of a callback.
const maxParameter = 8 << 10

// Finish ends a sign-in: it judges the callback that a provider sent a browser to, and fetches and judges the token. It
// asks lookup for the provider's settings as they are now: one that was disabled, deleted or changed meanwhile is refused.
// Each sign-in can be finished once.
func (p *Party) Finish(ctx context.Context, r *http.Request, lookup func(organization, provider string) (Provider, error)) (*SignOn, error) {
	said, err := callback(r)
	if err != nil {
		return nil, err
	}
	h, err := p.flow(r, said.Get("state"))
	if err != nil {
		return nil, err
	}
	// Before anything is believed or fetched: of two callbacks at once, one goes on.
	first, err := p.once(ctx, hashOf("flow", h.State), h.Began.Add(flowLife+skew))
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, refuse("oidc_replay", "this sign-in is over already").Rather("begin again")
	}
	provider, err := lookup(h.Flow.Organization, h.Provider)
	if err != nil {
		if kind := fault.Of(err); kind == fault.Internal || kind == fault.Unavailable {
			return nil, err
		}
		return nil, fault.Wrap(fault.Unauthenticated, err, "the provider was disabled or removed while the sign-in was under way").
			By("oidc_provider").Rather("sign in another way")
	}
	if provider.ID != h.Provider || provider.Issuer != h.Issuer || provider.ClientID != h.ClientID {
		return nil, refuse("oidc_provider", "the provider's settings were changed while the sign-in was under way").Rather("begin again")
	}
	doc, err := p.discover(ctx, provider)
	if err != nil {
		return nil, err
	}
	if err := sameIssuer(said, provider, doc); err != nil {
		return nil, err
	}
	if said.Get("error") != "" {
		return nil, answered(provider, said.Get("error"), said.Get("error_description"))
	}
	if said.Get("code") == "" {
		return nil, refuse("oidc_answer", "%s sent neither a code nor an error", provider).Rather("begin again")
	}
	tokens, raw, err := p.exchange(ctx, provider, doc, said.Get("code"), h.Verifier)
	if err != nil {
		return nil, err
	}
	claims, err := p.verify(ctx, provider, doc, raw, &expected{nonce: h.Nonce, began: h.Began, access: tokens.AccessToken})
	if err != nil {
		return nil, err
	}
	return p.signOn(ctx, h, provider, doc, claims, tokens, raw)
}

// callback reads what the provider sent by way of the browser. Nothing may be said twice: two readers could differ.
func callback(r *http.Request) (url.Values, error) {
	said, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || r.Method != http.MethodGet {
		return nil, refuse("oidc_answer", "the answer of the provider cannot be read").Rather("begin again")
	}
	for _, name := range []string{"state", "code", "iss", "error", "error_description"} {
		if values := said[name]; len(values) > 1 || len(values) == 1 && len(values[0]) > maxParameter {
			return nil, refuse("oidc_answer", "the provider's answer has %s more than once, or too long", name).Rather("begin again")
		}
	}
	return said, nil
}

// sameIssuer holds the answer's iss (RFC 9207) against the provider that the browser was sent to. All providers answer at
// one address, so without it a code of one could be carried to another.
func sameIssuer(said url.Values, provider Provider, doc *document) error {
	if !said.Has("iss") && !doc.SendsIss {
		return nil
	}
	if said.Get("iss") != provider.Issuer {
		return refuse("oidc_issuer", "the answer is not from %s, where the sign-in began", provider).Rather("begin again")
	}
	return nil
}

// answered tells of an error that the provider sent instead of a code.
func answered(provider Provider, code, description string) error {
	text := cleaned(code)
	if description != "" {
		text += ": " + cleaned(description)
	}
	f := refuse("oidc_answer", "%s answered %q", provider, text)
	switch code {
	case "temporarily_unavailable", "server_error":
		f.Kind = fault.Unavailable
		return f.Rather("try again later")
	case "access_denied":
		return f.Rather("whoever administers the provider has to let you use this application")
	case "invalid_scope", "invalid_request", "unauthorized_client", "unsupported_response_type":
		return f.Rather("an administrator has to compare the provider's settings on both sides: client, redirect address, scopes")
	}
	return f.Rather("begin again")
}

// exchange gives the code, and the proof that we began, for the tokens.
func (p *Party) exchange(ctx context.Context, provider Provider, doc *document, code, verifier string) (tokens *oauth2.Token, idToken string, err error) {
	secret := ""
	if provider.ClientSecret != nil {
		if secret, err = provider.ClientSecret(ctx); err != nil {
			return nil, "", err
		}
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, p.client)
	tokens, err = p.config(provider, doc, secret).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	var said *oauth2.RetrieveError
	switch {
	case errors.As(err, &said) && (said.ErrorCode != "" || said.Response.StatusCode/100 == 4):
		text := cleaned(said.ErrorCode)
		if said.ErrorDescription != "" {
			text += ": " + cleaned(said.ErrorDescription)
		}
		f := refuse("oidc_answer", "%s did not take the code: %q", provider, text)
		if said.ErrorCode == "invalid_client" || said.ErrorCode == "unauthorized_client" {
			return nil, "", f.Rather("an administrator has to check the client's ID and secret; secrets expire")
		}
		return nil, "", f.Rather("begin again")
	case err != nil:
		return nil, "", unavailable(provider, err, "tokens")
	}
	idToken, _ = tokens.Extra("id_token").(string)
	if idToken == "" {
		return nil, "", refuse("oidc_answer", "%s sent no ID token", provider).Rather("the application has to be one of OpenID Connect, with the scope openid")
	}
	return tokens, idToken, nil
}
