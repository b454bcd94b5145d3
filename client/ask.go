package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Whoami says who asks.
func (c *Client) Whoami(ctx context.Context) (Whoami, error) {
	return do[Whoami](ctx, c, call{method: http.MethodGet, path: "/whoami"})
}

// Check asks one question.
func (c *Client) Check(ctx context.Context, r QuestionRequest) (Check, error) {
	return do[Check](ctx, c, call{method: http.MethodPost, path: "/check", body: r})
}

// Explain asks one question and why.
func (c *Client) Explain(ctx context.Context, r QuestionRequest) (Explanation, error) {
	return do[Explanation](ctx, c, call{method: http.MethodPost, path: "/explain", body: r})
}

// WhoCan asks who may do something.
func (c *Client) WhoCan(ctx context.Context, permission, resource string, r Reading) (WhoCan, error) {
	return do[WhoCan](ctx, c, call{method: http.MethodPost, path: "/search", body: SearchRequest{Permission: permission, Resource: resource, Reading: r}})
}

// WhatCan asks what somebody may do, everywhere or at one resource.
func (c *Client) WhatCan(ctx context.Context, who, resource string, r Reading) (WhatCan, error) {
	return do[WhatCan](ctx, c, call{method: http.MethodPost, path: "/search", body: SearchRequest{Who: who, Resource: resource, Reading: r}})
}

// Diff compares two moments, or a moment and a file.
func (c *Client) Diff(ctx context.Context, r DiffRequest) (Diff, error) {
	return do[Diff](ctx, c, call{method: http.MethodPost, path: "/diff", body: r})
}

// Test runs policy tests: the stored ones, or a file's.
func (c *Client) Test(ctx context.Context, r TestRequest) (Tests, error) {
	return do[Tests](ctx, c, call{method: http.MethodPost, path: "/test", body: r})
}

// Plan says what applying a file would change.
func (c *Client) Plan(ctx context.Context, r PlanRequest) (Plan, error) {
	return do[Plan](ctx, c, call{method: http.MethodPost, path: "/plan", body: r})
}

// Apply applies a file.
func (c *Client) Apply(ctx context.Context, r ApplyRequest) (Change, error) {
	return do[Change](ctx, c, call{method: http.MethodPost, path: "/apply", body: r})
}

// An Export is the access file of an organization, and the facts that it was written from.
type Export struct {
	File []byte // YAML
	Facts
}

// Export writes an organization's access file.
func (c *Client) Export(ctx context.Context, r Reading) (Export, error) {
	q := url.Values{}
	r.query(q)
	text, header, err := c.send(ctx, call{method: http.MethodGet, path: "/export", query: q, accept: "text/yaml"})
	if err != nil {
		return Export{}, err
	}
	export := Export{File: text}
	// Absent headers leave zeros, as in every other answer.
	export.Revision, _ = strconv.ParseInt(header.Get("Bailiwick-Revision"), 10, 64)
	export.Epoch, _ = strconv.ParseInt(header.Get("Bailiwick-Epoch"), 10, 64)
	return export, nil
}

// Users lists users.
func (c *Client) Users(ctx context.Context, q UserQuery) (Users, error) {
	return do[Users](ctx, c, call{method: http.MethodGet, path: "/users", query: q.values()})
}

// User gets one user by id or e-mail.
func (c *Client) User(ctx context.Context, user string, r Reading) (UserDetail, error) {
	q := url.Values{}
	r.query(q)
	return do[UserDetail](ctx, c, call{method: http.MethodGet, path: "/users/" + url.PathEscape(user), query: q})
}

// Teams lists teams.
func (c *Client) Teams(ctx context.Context, q TeamQuery) (Teams, error) {
	return do[Teams](ctx, c, call{method: http.MethodGet, path: "/teams", query: q.values()})
}

// Team gets one team by id or name.
func (c *Client) Team(ctx context.Context, team string, r Reading) (TeamDetail, error) {
	q := url.Values{}
	r.query(q)
	return do[TeamDetail](ctx, c, call{method: http.MethodGet, path: "/teams/" + url.PathEscape(team), query: q})
}

// Grants lists grants.
func (c *Client) Grants(ctx context.Context, q GrantQuery) (Grants, error) {
	return do[Grants](ctx, c, call{method: http.MethodGet, path: "/grants", query: q.values()})
}

// Tokens lists tokens.
func (c *Client) Tokens(ctx context.Context, q TokenQuery) (Tokens, error) {
	return do[Tokens](ctx, c, call{method: http.MethodGet, path: "/tokens", query: q.values()})
}
