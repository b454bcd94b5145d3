package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// OpenLink makes a one-time link with which a person sets a password. Its address is in the answer, and nowhere else ever.
func (c *Client) OpenLink(ctx context.Context, user string, link NewLink, how Changing) (OpenedLink, error) {
	return changed[OpenedLink](ctx, c, http.MethodPost, "/users/"+url.PathEscape(user)+"/link", link, how)
}

// EndLink withdraws a link.
func (c *Client) EndLink(ctx context.Context, id string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/links/"+url.PathEscape(id), nil, how)
}

// Sessions lists sessions that are open.
func (c *Client) Sessions(ctx context.Context, q SessionQuery) (Sessions, error) {
	return do[Sessions](ctx, c, call{method: http.MethodGet, path: "/sessions", query: q.values()})
}

// EndSession ends one session.
func (c *Client) EndSession(ctx context.Context, id string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/sessions/"+url.PathEscape(id), nil, how)
}

// EndSessions ends every session of a person.
func (c *Client) EndSessions(ctx context.Context, user string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/sessions/end", nil, how)
}

// Unlink ends the binding of a person to an account at an identity provider.
func (c *Client) Unlink(ctx context.Context, user, identity string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/users/"+url.PathEscape(user)+"/identities/"+url.PathEscape(identity), nil, how)
}

// Offboard deactivates a user, or removes them, but for the tokens that are named: those that they made for service users and
// agents. The answer's first result is the receipt.
func (c *Client) Offboard(ctx context.Context, user string, remove bool, keepTokens []string, how Changing) (Change, error) {
	q := url.Values{}
	how.query(q)
	set(q, "keep_tokens", strings.Join(keepTokens, ","))
	if remove {
		return do[Change](ctx, c, call{method: http.MethodDelete, path: "/users/" + url.PathEscape(user), query: q})
	}
	return do[Change](ctx, c, call{method: http.MethodPost, path: "/users/" + url.PathEscape(user) + "/deactivate", query: q})
}

// RotateToken makes a token that takes another one's place. Its secret is in the answer, and nowhere else ever.
func (c *Client) RotateToken(ctx context.Context, id string, r Rotation, how Changing) (IssuedToken, error) {
	return changed[IssuedToken](ctx, c, http.MethodPost, "/tokens/"+url.PathEscape(id)+"/rotate", r, how)
}

// Providers lists identity providers.
func (c *Client) Providers(ctx context.Context) (Providers, error) {
	return do[Providers](ctx, c, call{method: http.MethodGet, path: "/providers"})
}

// AddProvider adds an identity provider.
func (c *Client) AddProvider(ctx context.Context, p ProviderBody, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/providers", p, how)
}

// SetProvider replaces what is said of an identity provider.
func (c *Client) SetProvider(ctx context.Context, id string, p ProviderBody, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPut, "/providers/"+url.PathEscape(id), p, how)
}

// RemoveProvider removes an identity provider.
func (c *Client) RemoveProvider(ctx context.Context, id string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/providers/"+url.PathEscape(id), nil, how)
}

// PreviewProvider says what a sign-in with a provider would come to for somebody in groups.
func (c *Client) PreviewProvider(ctx context.Context, id string, r PreviewRequest) (Preview, error) {
	return do[Preview](ctx, c, call{method: http.MethodPost, path: "/providers/" + url.PathEscape(id) + "/preview", body: r})
}

// ServiceUsers lists service users.
func (c *Client) ServiceUsers(ctx context.Context, q ServiceUserQuery) (ServiceUsers, error) {
	return do[ServiceUsers](ctx, c, call{method: http.MethodGet, path: "/service-users", query: q.values()})
}

// ExchangeGateCode takes the code that a browser brought to a gate, and opens a session there. The client's token is the gate's.
func (c *Client) ExchangeGateCode(ctx context.Context, r GateExchange) (GateSession, error) {
	return do[GateSession](ctx, c, call{method: http.MethodPost, path: "/gate/exchange", body: r})
}

// AskGateSession says whose session at a gate a secret is. The client's token is the gate's.
func (c *Client) AskGateSession(ctx context.Context, r GateQuestion) (GateSession, error) {
	return do[GateSession](ctx, c, call{method: http.MethodPost, path: "/gate/session", body: r})
}

// changed sends a change whose answer is of its own type.
func changed[A any](ctx context.Context, c *Client, method, path string, body any, how Changing) (A, error) {
	q := url.Values{}
	how.query(q)
	return do[A](ctx, c, call{method: method, path: path, query: q, body: body})
}
