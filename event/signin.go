package event

// PasswordSet says that a user has a new password. The hash is kept beside the history, under an id: an append-only history
// would keep every hash for ever.
type PasswordSet struct {
	User   string `json:"user"`
	Secret string `json:"secret"` // "sec_…", where the hash is kept
}

// PasswordCleared takes a user's password away.
type PasswordCleared struct {
	User string `json:"user"`
}

// LinkOpened says that a one-time link for a user exists. Nothing here can be used as one.
type LinkOpened struct {
	Link    string `json:"link"` // "lnk_…"
	User    string `json:"user"`
	Purpose string `json:"purpose"` // activation, reset, break_glass
	Hash    string `json:"hash"`    // SHA-256 of the secret, base64 without padding
	Until   int64  `json:"until"`   // microseconds since 1970 UTC
	// ShownTo is who was shown the secret, and may have kept it: "user:usr_…"; "" where it went by mail, or to an operator.
	ShownTo string `json:"shown_to,omitempty"`
}

// LinkUsed says that a link was used, and is of no more use.
type LinkUsed struct {
	Link string `json:"link"`
}

// LinkEnded withdraws a link that nobody used.
type LinkEnded struct {
	Link string `json:"link"`
}

// Account is the personal part of an identity: what a provider calls a person.
type Account struct {
	Issuer  string `json:"issuer,omitempty"`  // compared exactly
	Subject string `json:"subject,omitempty"` // never changes at the provider
	Email   string `json:"email,omitempty"`   // at the time of linking; for people to read, never compared
}

// IdentityLinked binds a user to an account at an identity provider.
type IdentityLinked struct {
	Identity string  `json:"identity"` // "idn_…"
	User     string  `json:"user"`
	Provider string  `json:"provider"` // "idp_…"
	Account  Account `json:"-"`
}

// IdentityUnlinked ends the binding.
type IdentityUnlinked struct {
	Identity string `json:"identity"`
	User     string `json:"user"`
}

// A GroupTeam puts the people of a provider's group into a team when they sign in, and takes them out.
type GroupTeam struct {
	Group string `json:"group"` // as the provider names it, compared exactly
	Team  string `json:"team"`  // "team_…"
}

// A GroupLicense gives the people of a provider's group a license when they sign in.
type GroupLicense struct {
	Platform string `json:"platform"`
	Group    string `json:"group"`
	License  string `json:"license"`
}

// ProviderPut says how people sign in with an identity provider. It replaces what was said of that provider before.
type ProviderPut struct {
	Provider    string         `json:"provider"` // "idp_…"
	Name        string         `json:"name"`     // on the button
	Issuer      string         `json:"issuer"`
	ClientID    string         `json:"client_id"`
	Secret      string         `json:"secret,omitempty"` // "sec_…", where the client secret is kept, sealed; "": a public client
	Scopes      []string       `json:"scopes,omitempty"` // besides openid
	GroupsClaim string         `json:"groups_claim,omitempty"`
	TrustEmail  bool           `json:"trust_email,omitempty"` // its addresses are verified although it does not say so
	Create      bool           `json:"create,omitempty"`      // make a user at the first sign-in of somebody unknown
	Join        []string       `json:"join,omitempty"`        // platforms that such a user becomes a member of
	Enabled     bool           `json:"enabled,omitempty"`
	Teams       []GroupTeam    `json:"teams,omitempty"`
	Licenses    []GroupLicense `json:"licenses,omitempty"`
}

// ProviderRemoved removes an identity provider. The identities at it stay written, and let nobody in.
type ProviderRemoved struct {
	Provider string `json:"provider"`
}

// ProviderTested says that a sign-in with the provider as it is now succeeded.
type ProviderTested struct {
	Provider string `json:"provider"`
	User     string `json:"user"` // who tried it
}

// SessionEnded ends one session before its time.
type SessionEnded struct {
	Session string `json:"session"` // "ses_…"
	User    string `json:"user"`
	Until   int64  `json:"until"` // when it would have ended at the latest: after that nobody needs to know
}

// SessionsEnded ends every session of a user that began before it.
type SessionsEnded struct {
	User string `json:"user"`
}

// Emergency is the personal part of a break-glass access: who asked for it, and why.
type Emergency struct {
	Operator string `json:"operator,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// BreakGlassOpened says that an operator of the server lets somebody in who could not sign in otherwise.
type BreakGlassOpened struct {
	Link      string    `json:"link"` // the one-time link
	User      string    `json:"user"`
	Until     int64     `json:"until"` // the end of the link and of the session that it opens
	Emergency Emergency `json:"-"`
}

// BreakGlassEnded ends it before its time.
type BreakGlassEnded struct {
	Link string `json:"link"`
}

// TokenShortened moves the end of a credential forward: a rotation leaves the old one some time.
type TokenShortened struct {
	Token   string `json:"token"`
	Expires int64  `json:"expires"` // microseconds since 1970 UTC
}

// Type returns "password.set".
func (*PasswordSet) Type() string { return "password.set" }

// Type returns "password.cleared".
func (*PasswordCleared) Type() string { return "password.cleared" }

// Type returns "link.opened".
func (*LinkOpened) Type() string { return "link.opened" }

// Type returns "link.used".
func (*LinkUsed) Type() string { return "link.used" }

// Type returns "link.ended".
func (*LinkEnded) Type() string { return "link.ended" }

// Type returns "identity.linked".
func (*IdentityLinked) Type() string { return "identity.linked" }

// Type returns "identity.unlinked".
func (*IdentityUnlinked) Type() string { return "identity.unlinked" }

// Type returns "provider.put".
func (*ProviderPut) Type() string { return "provider.put" }

// Type returns "provider.removed".
func (*ProviderRemoved) Type() string { return "provider.removed" }

// Type returns "provider.tested".
func (*ProviderTested) Type() string { return "provider.tested" }

// Type returns "session.ended".
func (*SessionEnded) Type() string { return "session.ended" }

// Type returns "sessions.ended".
func (*SessionsEnded) Type() string { return "sessions.ended" }

// Type returns "break_glass.opened".
func (*BreakGlassOpened) Type() string { return "break_glass.opened" }

// Type returns "break_glass.ended".
func (*BreakGlassEnded) Type() string { return "break_glass.ended" }

// Type returns "token.shortened".
func (*TokenShortened) Type() string { return "token.shortened" }

// Person is whom the account belongs to.
func (e *IdentityLinked) Person() string { return e.User }

// Person is who was let in.
func (e *BreakGlassOpened) Person() string { return e.User }

func (e *IdentityLinked) part() any   { return &e.Account }
func (e *BreakGlassOpened) part() any { return &e.Emergency }
