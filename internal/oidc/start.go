package oidc

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Start begins a sign-in. Send the browser to the address, with the cookie.
func (p *Party) Start(ctx context.Context, provider Provider, flow Flow) (string, *http.Cookie, error) {
	doc, err := p.discover(ctx, provider)
	if err != nil {
		return "", nil, err
	}
	flow.Next = LocalPath(flow.Next)
	h := held{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Provider: provider.ID, Issuer: provider.Issuer, ClientID: provider.ClientID, Began: p.now(), Flow: flow,
	}
	cookie, err := p.cookie(h)
	if err != nil {
		return "", nil, err
	}
	to := p.config(provider, doc, "").AuthCodeURL(h.State, oidc.Nonce(h.Nonce), oauth2.S256ChallengeOption(h.Verifier))
	return to, cookie, nil
}

func (p *Party) config(provider Provider, doc *document, secret string) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID}
	asked := provider.Scopes
	if asked == nil {
		asked = []string{"profile", "email"}
	}
	for _, scope := range asked {
		if scope != "" && !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	// Said outright: left to find out, the library tries one way after the other, and a code is good for one try.
	style := oauth2.AuthStyleInHeader
	if provider.ClientSecret == nil || doc.TokenAuth != nil && !slices.Contains(doc.TokenAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: provider.ClientID, ClientSecret: secret, RedirectURL: p.redirect.String(), Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: doc.Authorize, TokenURL: doc.Token, AuthStyle: style},
	}
}
