package client

import "time"

// LinkOpen makes a one-time link with which a person sets a password: the first one, or another one. It ends an older link of
// the same purpose. Its Result has the id and, where the caller may give everything that the person has, the secret: once.
type LinkOpen struct {
	User    string `json:"user"`           // id or e-mail
	Purpose string `json:"purpose"`        // "activation", "reset"
	Mail    bool   `json:"mail,omitempty"` // sends it to the person as well
}

// LinkEnd withdraws a link.
type LinkEnd struct {
	Link string `json:"link"` // id
}

// PasswordClear takes a person's password away, with the links that set one, and ends the person's sessions.
type PasswordClear struct {
	User string `json:"user"` // id or e-mail
}

// SessionEnd ends one session. Its Result lists what ended.
type SessionEnd struct {
	Session string `json:"session"` // id
}

// SessionsEnd ends every session of a person. Its Result lists them.
type SessionsEnd struct {
	User string `json:"user"` // id or e-mail
}

// TokenRotate makes a token that takes another one's place: of the same kind, for the same subject, narrowed alike. Its Result
// has the id and, once, the secret.
type TokenRotate struct {
	Token   string     `json:"token"`             // id of the old one
	Overlap int        `json:"overlap,omitempty"` // seconds that the old one stays good, 7 days at most; 0: it ends at once
	Expires *time.Time `json:"expires,omitempty"` // left out: after as long as the old one was given, or never
}

// Ended is one thing that a change ended.
type Ended struct {
	Kind        string `json:"kind"` // "session", "token", "link", "stream"
	ID          string `json:"id,omitempty"`
	Description string `json:"description"` // for people to read
}

// Do returns "link.open".
func (LinkOpen) Do() string { return "link.open" }

// Do returns "link.end".
func (LinkEnd) Do() string { return "link.end" }

// Do returns "password.clear".
func (PasswordClear) Do() string { return "password.clear" }

// Do returns "session.end".
func (SessionEnd) Do() string { return "session.end" }

// Do returns "sessions.end".
func (SessionsEnd) Do() string { return "sessions.end" }

// Do returns "token.rotate".
func (TokenRotate) Do() string { return "token.rotate" }

// signInCommands adds the decoders of this file's commands.
func signInCommands(all map[string]func([]byte) (Command, error)) {
	can[LinkOpen](all)
	can[LinkEnd](all)
	can[PasswordClear](all)
	can[SessionEnd](all)
	can[SessionsEnd](all)
	can[TokenRotate](all)
}
