package client

import (
	"context"
	"net/http"
	"net/url"
)

// Erase removes the personal data of somebody who was removed from the directory, for good: name and e-mail, in the journal
// at every revision and in the snapshots. What decides stays, under the opaque id. The user is named by that id or
// by e-mail, as of a moment when they were in the directory.
func (c *Client) Erase(ctx context.Context, user string, at When) (Change, error) {
	q := url.Values{}
	Reading{At: at}.query(q)
	return do[Change](ctx, c, call{method: http.MethodPost, path: "/users/" + url.PathEscape(user) + "/erase", query: q})
}
