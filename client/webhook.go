package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// WebhookSettings say where what happens is delivered to: what lists show, and the body of POST /api/v1/webhooks and PUT
// /api/v1/webhooks/{webhook}, which replaces all of it.
type WebhookSettings struct {
	URL         string   `json:"url"` // without user, query and fragment
	Description string   `json:"description,omitempty"`
	Types       []string `json:"types,omitempty"`    // of events: "grant.added", "grant.*"; left out: all
	Personal    bool     `json:"personal,omitempty"` // deliveries carry names besides opaque ids
	Enabled     bool     `json:"enabled"`
}

// Webhooks are an organization's webhooks, the oldest first: the answer of GET /api/v1/webhooks.
type Webhooks struct {
	Webhooks []Webhook `json:"webhooks"`
	Facts
}

// A Webhook is an endpoint and how it fares. Its secret is not here.
type Webhook struct {
	ID string `json:"id"` // "whk_…"
	WebhookSettings
	Created   time.Time  `json:"created"`
	Disabled  *time.Time `json:"disabled,omitempty"` // when it was given up because it failed for long
	Keys      int        `json:"keys"`               // how many secrets sign: more than one while one follows another
	Behind    int64      `json:"behind"`             // rows of the journal that are still to be looked at for it
	Delivered int64      `json:"delivered"`
	Failures  int        `json:"failures"`          // in a row
	Failing   *time.Time `json:"failing,omitempty"` // since the first of them
	Retry     *time.Time `json:"retry,omitempty"`   // when it is tried again
}

// A MadeWebhook is the answer of POST /api/v1/webhooks and POST /api/v1/webhooks/{webhook}/rotate.
type MadeWebhook struct {
	ID       string `json:"id"`
	Secret   string `json:"secret,omitempty"` // "whsec_…", shown here once and never again
	DryRun   bool   `json:"dry_run,omitempty"`
	ChangeID string `json:"change_id,omitempty"`
	Facts
}

// A WebhookRotation is the body of POST /api/v1/webhooks/{webhook}/rotate.
type WebhookRotation struct {
	Overlap int64 `json:"overlap,omitempty"` // seconds for which the old secret signs as well; at most 30 days
}

// Deliveries are the last hundred tries to deliver to a webhook, newest first: the answer of GET
// /api/v1/webhooks/{webhook}/deliveries.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"`
	Facts
}

// A Delivery is one try to deliver a message: also the answer of POST /api/v1/webhooks/{webhook}/test.
type Delivery struct {
	Time         time.Time `json:"time"`
	Message      string    `json:"message"` // its webhook-id
	Type         string    `json:"type"`
	Attempt      int       `json:"attempt"`
	Status       int       `json:"status,omitempty"` // of HTTP; left out where there was no answer
	Error        string    `json:"error,omitempty"`  // left out where it was delivered
	Milliseconds int64     `json:"milliseconds"`
}

func webhookPath(id string) string { return "/webhooks/" + url.PathEscape(id) }

func (c Changing) values() url.Values {
	q := url.Values{}
	c.query(q)
	return q
}

// Webhooks lists webhooks.
func (c *Client) Webhooks(ctx context.Context) (Webhooks, error) {
	return do[Webhooks](ctx, c, call{method: http.MethodGet, path: "/webhooks"})
}

// AddWebhook makes a webhook. What happens from now on is delivered to it.
func (c *Client) AddWebhook(ctx context.Context, s WebhookSettings, how Changing) (MadeWebhook, error) {
	return do[MadeWebhook](ctx, c, call{method: http.MethodPost, path: "/webhooks", query: how.values(), body: s})
}

// SetWebhook replaces what was said of a webhook. One that is enabled again goes on where it stopped.
func (c *Client) SetWebhook(ctx context.Context, id string, s WebhookSettings, how Changing) (MadeWebhook, error) {
	return do[MadeWebhook](ctx, c, call{method: http.MethodPut, path: webhookPath(id), query: how.values(), body: s})
}

// RemoveWebhook ends a webhook for good.
func (c *Client) RemoveWebhook(ctx context.Context, id string, how Changing) (MadeWebhook, error) {
	return do[MadeWebhook](ctx, c, call{method: http.MethodDelete, path: webhookPath(id), query: how.values()})
}

// RotateWebhook gives a webhook another secret.
func (c *Client) RotateWebhook(ctx context.Context, id string, r WebhookRotation, how Changing) (MadeWebhook, error) {
	return do[MadeWebhook](ctx, c, call{method: http.MethodPost, path: webhookPath(id) + "/rotate", query: how.values(), body: r})
}

// TestWebhook sends a webhook a message of the type webhook.test, and says what came of it. The error is nil also where the
// endpoint did not take it.
func (c *Client) TestWebhook(ctx context.Context, id string) (Delivery, error) {
	return do[Delivery](ctx, c, call{method: http.MethodPost, path: webhookPath(id) + "/test"})
}

// WebhookDeliveries lists the last deliveries.
func (c *Client) WebhookDeliveries(ctx context.Context, id string) (Deliveries, error) {
	return do[Deliveries](ctx, c, call{method: http.MethodGet, path: webhookPath(id) + "/deliveries"})
}
