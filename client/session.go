package client

import (
	"net/url"
	"time"
)

// A SessionQuery is the query of GET /api/v1/sessions.
type SessionQuery struct {
	User string // only those of this user, by id or e-mail; "" lists all that the caller may see, their own at least
	Page
}

func (s SessionQuery) values() url.Values {
	q := url.Values{}
	set(q, "user", s.User)
	s.query(q)
	return q
}

// Sessions is one page of sessions that are open, newest first: the answer of GET /api/v1/sessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
	Total    int       `json:"total"`
	Next     string    `json:"next,omitempty"`
	Facts
}

// A Session is somebody's signed-in browser. Its secret is not here.
type Session struct {
	ID       string    `json:"id"`                 // "ses_…"
	User     string    `json:"user"`               // "user:ana@acme.test"
	How      string    `json:"how"`                // "password", "link", "break_glass", "provider", "demo"
	Provider string    `json:"provider,omitempty"` // the name of the identity provider
	Address  string    `json:"address,omitempty"`
	Agent    string    `json:"agent,omitempty"` // what the browser says that it is
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"last_seen"`
	Until    time.Time `json:"until"`          // its latest end
	Gate     string    `json:"gate,omitempty"` // the origin of the gate that it is for
	This     bool      `json:"this,omitempty"` // it is the caller's
}

// A NewLink is the body of POST /api/v1/users/{user}/link.
type NewLink struct {
	Purpose string `json:"purpose"`        // "activation": the first password; "reset": another one
	Mail    bool   `json:"mail,omitempty"` // sends it to the person as well
}

// An OpenedLink is the answer of POST /api/v1/users/{user}/link.
type OpenedLink struct {
	ID      string `json:"id,omitempty"` // "lnk_…"
	Purpose string `json:"purpose"`
	// Address is the page with the secret behind its #, shown here once and never again. It is left out where the caller may
	// not give everything that the person has: then it went by mail.
	Address  string    `json:"address,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Mailed   bool      `json:"mailed,omitempty"`
	DryRun   bool      `json:"dry_run,omitempty"`
	ChangeID string    `json:"change_id,omitempty"`
	Facts
}

// A SignIn says how somebody gets in.
type SignIn struct {
	Ways       []string   `json:"ways"`     // what works now: "password", "provider", "token", "link"
	Password   bool       `json:"password"` // there is one, whether or not the organization lets it in
	Identities []Identity `json:"identities"`
	Links      []Link     `json:"links"` // one-time links that nobody has used yet
}

// An Identity is a person's account at an identity provider.
type Identity struct {
	ID           string    `json:"id"`       // "idn_…"
	Provider     string    `json:"provider"` // "idp_…"
	ProviderName string    `json:"provider_name,omitempty"`
	Email        string    `json:"email,omitempty"` // what the provider called them when it was linked
	Since        time.Time `json:"since"`
}

// A Link is a one-time link that is neither used nor over.
type Link struct {
	ID      string    `json:"id"` // "lnk_…"
	Purpose string    `json:"purpose"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
}

// A BreakGlass is an access that an operator of the server opened for somebody who could not sign in otherwise.
type BreakGlass struct {
	User     string    `json:"user,omitempty"` // "user:ana@acme.test"
	Operator string    `json:"operator,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
}

// A GateExchange is the body of POST /api/v1/gate/exchange: a gate brings the code that a browser brought it.
type GateExchange struct {
	Code   string `json:"code"`
	Origin string `json:"origin"` // the gate's: "https://dagster.acme.test"
	State  string `json:"state"`  // the hash of what the gate keeps in that browser
}

// A GateQuestion is the body of POST /api/v1/gate/session: whose session is it?
type GateQuestion struct {
	Secret string `json:"secret"`
	Origin string `json:"origin"`
}

// A GateSession is the answer of both: who is signed in at a gate.
type GateSession struct {
	// Secret is for the browser's cookie. A question is answered with one where the browser is to have a new one: the old one
	// works for ten seconds more.
	Secret  string    `json:"secret,omitempty"`
	Session string    `json:"session"` // "ses_…"
	User    string    `json:"user"`    // "usr_…"
	Email   string    `json:"email"`
	Name    string    `json:"name"`
	Until   time.Time `json:"until"`
	Facts             // that it was judged on, or older ones
}
