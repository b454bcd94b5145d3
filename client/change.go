package client

import (
	"context"
	"net/http"
	"net/url"
)

// Change carries out commands as one change.
func (c *Client) Change(ctx context.Context, how Changing, commands ...Command) (Change, error) {
	return do[Change](ctx, c, call{method: http.MethodPost, path: "/changes", body: ChangesRequest{Changing: how, Commands: commands}})
}

// Setup makes the first owner of a new server with the one-time setup secret.
func (c *Client) Setup(ctx context.Context, r SetupRequest) (Setup, error) {
	return do[Setup](ctx, c, call{method: http.MethodPost, path: "/setup", body: r, withoutToken: true})
}

// AddUser adds a user.
func (c *Client) AddUser(ctx context.Context, user NewUser, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/users", user, how)
}

// SetProfile changes a user's name or e-mail.
func (c *Client) SetProfile(ctx context.Context, user string, profile Profile, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPatch, "/users/"+url.PathEscape(user), profile, how)
}

// Deactivate takes everything from a user until Reactivate.
func (c *Client) Deactivate(ctx context.Context, user string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/deactivate", nil, how)
}

// Reactivate ends a deactivation.
func (c *Client) Reactivate(ctx context.Context, user string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/reactivate", nil, how)
}

// RemoveUser removes a user from the directory.
func (c *Client) RemoveUser(ctx context.Context, user string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/users/"+url.PathEscape(user), nil, how)
}

// AddMember makes a user an explicit member of a platform.
func (c *Client) AddMember(ctx context.Context, user, platform string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/platforms/"+url.PathEscape(platform), nil, how)
}

// RemoveMember removes a user from a platform.
func (c *Client) RemoveMember(ctx context.Context, user, platform string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/users/"+url.PathEscape(user)+"/platforms/"+url.PathEscape(platform), nil, how)
}

// SetLicense gives a user a license on a platform; "" takes it away.
func (c *Client) SetLicense(ctx context.Context, user, platform, license string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodPut, "/users/"+url.PathEscape(user)+"/licenses/"+url.PathEscape(platform), License{License: license}, how)
}

// IssueToken makes a token. Its secret is in the answer, and nowhere else ever.
func (c *Client) IssueToken(ctx context.Context, token NewToken, how Changing) (IssuedToken, error) {
	q := url.Values{}
	how.query(q)
	return do[IssuedToken](ctx, c, call{method: http.MethodPost, path: "/tokens", query: q, body: token})
}

// RevokeToken ends a token for good.
func (c *Client) RevokeToken(ctx context.Context, id string, how Changing) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(id), nil, how)
}

func (c *Client) change(ctx context.Context, method, path string, body any, how Changing) (Change, error) {
	q := url.Values{}
	how.query(q)
	return do[Change](ctx, c, call{method: method, path: path, query: q, body: body})
}
