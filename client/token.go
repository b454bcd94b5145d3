package client

import (
	"net/url"
	"time"
)

// A TokenQuery is the query of GET /api/v1/tokens.
type TokenQuery struct {
	Subject string // only those of this subject; "" lists all that the caller may see, their own at least
	Kind    string // "user", "svc", "agent", "scim", "gate"
	Ended   bool   // those as well that were revoked
	Page
	Reading
}

func (t TokenQuery) values() url.Values {
	q := url.Values{}
	set(q, "subject", t.Subject)
	set(q, "kind", t.Kind)
	if t.Ended {
		q.Set("ended", "true")
	}
	t.Page.query(q)
	t.Reading.query(q)
	return q
}

// Tokens is one page of tokens, newest first: the answer of GET /api/v1/tokens.
type Tokens struct {
	Tokens []Token `json:"tokens"`
	Total  int     `json:"total"`
	Next   string  `json:"next,omitempty"`
	Facts
}

// A Token is a credential as lists show it. The secret is not here.
type Token struct {
	ID          string     `json:"id"` // "tok_…"
	Number      int32      `json:"number"`
	Kind        string     `json:"kind"`    // "user", "svc", "agent", "scim", "gate"
	Subject     string     `json:"subject"` // whose: "user:ana@acme.test"
	Description string     `json:"description"`
	Prefix      string     `json:"prefix"`            // how the secret begins: "bwk_svc_"
	Last        string     `json:"last"`              // the secret's last four characters
	State       string     `json:"state"`             // "active", "expired", "suspended" (by a restore), "revoked"
	MadeBy      string     `json:"made_by,omitempty"` // "user:ana@acme.test", "rule:setup_link"
	Created     *time.Time `json:"created,omitempty"`
	Expires     *time.Time `json:"expires,omitempty"`     // never, where left out
	LastUsed    *time.Time `json:"last_used,omitempty"`   // not yet, where left out
	Narrowed    bool       `json:"narrowed"`              // to permissions or scopes
	Permissions []string   `json:"permissions,omitempty"` // narrows to these; all of the subject's, where left out
	Scopes      []string   `json:"scopes,omitempty"`      // narrows to what is at or beneath these; everywhere, where left out
	Replaces    string     `json:"replaces,omitempty"`    // id of the token whose place it took
	ReplacedBy  string     `json:"replaced_by,omitempty"` // id of the token that took its place
}

// A NewToken is the body of POST /api/v1/tokens.
type NewToken struct {
	Kind        string     `json:"kind"`
	Subject     string     `json:"subject,omitempty"` // the caller, where left out and the kind is "user"
	Description string     `json:"description,omitempty"`
	Expires     *time.Time `json:"expires,omitempty"`
	Permissions []string   `json:"permissions,omitempty"`
	Scopes      []string   `json:"scopes,omitempty"`
}

// An IssuedToken is the answer of POST /api/v1/tokens and POST /api/v1/tokens/{token}/rotate. The secret is shown here once and never again.
type IssuedToken struct {
	Token    Token  `json:"token"`
	Secret   string `json:"secret,omitempty"` // none in a dry run
	DryRun   bool   `json:"dry_run,omitempty"`
	ChangeID string `json:"change_id,omitempty"`
	Facts
}

// A Rotation is the body of POST /api/v1/tokens/{token}/rotate.
type Rotation struct {
	Overlap int        `json:"overlap,omitempty"` // seconds that the old one stays good, 7 days at most; 0: it ends at once
	Expires *time.Time `json:"expires,omitempty"` // left out: after as long as the old one was given, or never
}
