package event

// A WebhookSecret is a key that deliveries are signed with. The key itself is kept beside the history, sealed.
type WebhookSecret struct {
	Secret string `json:"secret"`          // "sec_…", where it is kept
	Until  int64  `json:"until,omitempty"` // microseconds since 1970 UTC; 0: until another follows it
}

// WebhookPut says where what happens is delivered to. It replaces what was said of that webhook before.
type WebhookPut struct {
	Webhook     string          `json:"webhook"` // "whk_…"
	URL         string          `json:"url"`     // without user, query and fragment: credentials have no place in history
	Description string          `json:"description,omitempty"`
	Types       []string        `json:"types,omitempty"`    // of events: "grant.added", "grant.*"; empty: all
	Personal    bool            `json:"personal,omitempty"` // deliveries carry names besides opaque ids
	Enabled     bool            `json:"enabled,omitempty"`
	Secrets     []WebhookSecret `json:"secrets"` // the newest first; several while one follows another
}

// WebhookRemoved ends deliveries for good.
type WebhookRemoved struct {
	Webhook string `json:"webhook"`
}

// WebhookDisabled says that an endpoint failed for so long that nothing is sent to it any more.
type WebhookDisabled struct {
	Webhook string `json:"webhook"`
	Since   int64  `json:"since"`    // the first failure of the series, microseconds since 1970 UTC
	Tries   int    `json:"failures"` // of the series
}

// Type returns "webhook.put".
func (*WebhookPut) Type() string { return "webhook.put" }

// Type returns "webhook.removed".
func (*WebhookRemoved) Type() string { return "webhook.removed" }

// Type returns "webhook.disabled".
func (*WebhookDisabled) Type() string { return "webhook.disabled" }
