package oidc

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// logoutLife bounds how long a logout token is worth anything, whatever it says: its replay is remembered as long.
const logoutLife = time.Hour

// logoutEvent is the one event that a logout token is about.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// EndSession returns where to send a browser so that the provider ends its session as well: empty if the provider has no
// such place. The hint is SignOn.IDToken; without one the provider asks the person.
func (p *Party) EndSession(ctx context.Context, provider Provider, hint string) (string, error) {
	doc, err := p.discover(ctx, provider)
	if err != nil || doc.EndSession == "" {
		return "", err
	}
	to, err := url.Parse(doc.EndSession)
	if err != nil {
		return "", unavailable(provider, err, "where it ends sessions")
	}
	query := to.Query()
	query.Set("client_id", provider.ClientID)
	if hint != "" {
		query.Set("id_token_hint", hint)
	}
	if p.signedOut != nil {
		query.Set("post_logout_redirect_uri", p.signedOut.String())
	}
	to.RawQuery = query.Encode()
	return to.String(), nil
}

// A Logout says whose sessions a provider has ended: those of its session, or, without one, all of the subject.
type Logout struct {
	Issuer, Subject, SessionID string
}

// VerifyLogoutToken judges a token that a provider sent by itself (back-channel logout). Each token counts once.
func (p *Party) VerifyLogoutToken(ctx context.Context, provider Provider, raw string) (*Logout, error) {
	doc, err := p.discover(ctx, provider)
	if err != nil {
		return nil, err
	}
	_, c, err := believed(ctx, p, provider, doc, raw, (*oidc.IDTokenVerifier).VerifyLogout)
	if err != nil {
		return nil, err
	}
	var events, event claims
	if json.Unmarshal(c["events"], &events) != nil || json.Unmarshal(events[logoutEvent], &event) != nil || event == nil {
		return nil, refuse("oidc_logout", "the token of %s is about something else than signing out", provider)
	}
	if _, sent := c["nonce"]; sent {
		return nil, refuse("oidc_logout", "the token of %s has a nonce, so it is one of a sign-in", provider)
	}
	out := &Logout{Issuer: provider.Issuer}
	out.Subject, _ = c.text("sub")
	out.SessionID, _ = c.text("sid")
	if out.Subject == "" && out.SessionID == "" {
		return nil, refuse("oidc_logout", "the token of %s names neither a session nor a subject", provider)
	}
	issued, _ := c.moment("iat")
	until, _ := c.moment("exp")
	if last := issued.Add(logoutLife); last.Before(until) {
		until = last
	}
	if !p.now().Before(until.Add(skew)) {
		return nil, refuse("oidc_time", "the token of %s is over", provider)
	}
	id, _ := c.text("jti")
	if id == "" {
		return nil, refuse("oidc_logout", "the token of %s has no jti", provider)
	}
	first, err := p.once(ctx, hashOf("logout", provider.Issuer, provider.ClientID, id), until.Add(skew))
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, refuse("oidc_replay", "the token of %s was used already", provider)
	}
	return out, nil
}
