package event

// Grant is a grant as it is stored: the holder by its opaque id, times in microseconds since 1970 UTC (0: open).
type Grant struct {
	To           string   `json:"to"` // "user:usr_…", "service_user:svc_…", "agent:agt_…", "team:team_…"
	Role         string   `json:"role"`
	On           string   `json:"on"` // path of the scope
	Environments []string `json:"environments,omitempty"`
	From         int64    `json:"from,omitempty"`
	Until        int64    `json:"until,omitempty"`
}

// GrantAdded gives a role.
type GrantAdded struct {
	Grant
	Number int32 `json:"number"` // 31 bits, from the organization's counter, never reused
}

// GrantRemoved takes exactly that grant away.
type GrantRemoved struct {
	Grant
}

// TokenIssued says that a credential exists. Nothing here can be used as one.
type TokenIssued struct {
	Token       string   `json:"token"` // "tok_…"
	Number      int32    `json:"number"`
	Kind        string   `json:"kind"`    // user, svc, agent, scim, gate
	Subject     string   `json:"subject"` // whose: "user:usr_…"
	Hash        string   `json:"hash"`    // SHA-256 of the secret, base64 without padding
	Last        string   `json:"last"`    // its last four characters, for lists
	Description string   `json:"description,omitempty"`
	Expires     int64    `json:"expires,omitempty"`     // microseconds since 1970 UTC; 0: never
	Permissions []string `json:"permissions,omitempty"` // narrows to these ("dagster.runs.view"); empty: all of the subject's
	Scopes      []string `json:"scopes,omitempty"`      // narrows to what is at or beneath these paths; empty: everywhere
	By          string   `json:"by,omitempty"`          // who made it, and so knows the secret: "user:usr_…", "rule:setup_link"
	Replaces    string   `json:"replaces,omitempty"`    // the token that it follows in a rotation
}

// TokenRevoked ends a credential for good.
type TokenRevoked struct {
	Token string `json:"token"`
	By    string `json:"by,omitempty"` // the actor of the change: "user:usr_…"
}

// TokenSuspended makes a credential useless since a restore; only a new one helps.
type TokenSuspended struct {
	Token string `json:"token"`
	By    string `json:"by,omitempty"` // the actor of the change: "rule:restore"
}

// TokenDescribed replaces the description of a credential.
type TokenDescribed struct {
	Token       string `json:"token"`
	Description string `json:"description,omitempty"`
}

// SetupOpened says that a one-time setup link exists.
type SetupOpened struct {
	Hash  string `json:"hash"`  // SHA-256 of the secret, base64 without padding
	Until int64  `json:"until"` // microseconds since 1970 UTC
}

// SetupUsed closes setup for good.
type SetupUsed struct{}

// EpochStarted begins another history: what was read before it may not have happened.
type EpochStarted struct {
	Epoch  int64  `json:"epoch"`
	Reason string `json:"reason"` // "restore"
}

// NumbersTaken carries the counters of a history into a snapshot: they count what is gone as well.
type NumbersTaken struct {
	Last    int32          `json:"last"`               // integer ids given out
	SignIns map[string]int `json:"sign_ins,omitempty"` // people who ever signed in, by platform
}

// Exported says that data left the server through a door.
type Exported struct {
	What string `json:"what"`
	Rows int    `json:"rows"`
}

// Type returns "grant.added".
func (*GrantAdded) Type() string { return "grant.added" }

// Type returns "grant.removed".
func (*GrantRemoved) Type() string { return "grant.removed" }

// Type returns "token.issued".
func (*TokenIssued) Type() string { return "token.issued" }

// Type returns "token.revoked".
func (*TokenRevoked) Type() string { return "token.revoked" }

// Type returns "token.suspended".
func (*TokenSuspended) Type() string { return "token.suspended" }

// Type returns "token.described".
func (*TokenDescribed) Type() string { return "token.described" }

// Type returns "setup.opened".
func (*SetupOpened) Type() string { return "setup.opened" }

// Type returns "setup.used".
func (*SetupUsed) Type() string { return "setup.used" }

// Type returns "epoch.started".
func (*EpochStarted) Type() string { return "epoch.started" }

// Type returns "numbers.taken".
func (*NumbersTaken) Type() string { return "numbers.taken" }

// Type returns "exported".
func (*Exported) Type() string { return "exported" }
