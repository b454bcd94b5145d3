package change

import (
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

const (
	// SettingLocalUsers is the organization's switch for passwords: "on" (the default) or "off".
	SettingLocalUsers = "local_users"
	// SettingSignOn says whether people must sign in with an identity provider: "optional" (the default) or "enforced".
	SettingSignOn = "sign_on"
)

// The purposes of links.
const (
	LinkActivation = "activation"
	LinkReset      = "reset"
	LinkBreakGlass = "break_glass"
)

// How long links are good.
const (
	ActivationLife = 7 * 24 * time.Hour
	ResetLife      = time.Hour
	BreakGlassLife = 10 * time.Minute
)

// onWay carries out commands about how people get in: links, passwords, sessions.
func (j *judge) onWay(c client.Command) error {
	switch c := c.(type) {
	case client.LinkOpen:
		return j.openLink(c)
	case client.LinkEnd:
		return j.withdrawLink(c)
	case client.PasswordClear:
		return j.clearPassword(c)
	case client.SessionEnd:
		return j.endSession(c)
	case client.SessionsEnd:
		return j.endSessions(c)
	case client.TokenRotate:
		return j.rotateToken(c)
	}
	return j.onProvider(c)
}

// PasswordsAllowed tells whether the people of an organization may sign in with a password.
func PasswordsAllowed(st *state.State) bool {
	return st.Settings[SettingLocalUsers] != "off" && st.Settings[SettingSignOn] != "enforced"
}

// needPasswords is PasswordsAllowed with the reason.
func (j *judge) needPasswords() error {
	switch {
	case j.now().Settings[SettingLocalUsers] == "off":
		return fault.New(fault.Conflict, "the organization has no local users: nobody signs in with a password").By(SettingLocalUsers).
			Rather("have them sign in with an identity provider, or turn local_users on")
	case j.now().Settings[SettingSignOn] == "enforced":
		return fault.New(fault.Conflict, "everybody signs in with an identity provider: a password would let nobody in").By(SettingSignOn).
			Rather("have them sign in with an identity provider, or make sign_on optional")
	}
	return nil
}

// WaysIn names what lets a user in at a moment: "password", "provider" (an identity at one that is enabled), "token" (of their
// own), "link" (one that sets a password). Somebody deactivated has none. What an operator opened for ten minutes is none.
func WaysIn(st *state.State, u *state.User, at time.Time) []string {
	if u.Inactive {
		return nil
	}
	var ways []string
	add := func(way string, is bool) {
		if is {
			ways = append(ways, way)
		}
	}
	passwords := PasswordsAllowed(st)
	add("password", passwords && u.Password != "")
	add("provider", slices.ContainsFunc(st.IdentitiesOf(u.ID), func(i *state.Identity) bool {
		p := st.Provider(i.Provider)
		return p != nil && p.Enabled && i.Account.Subject != "" && i.Account.Issuer == p.Issuer
	}))
	token := false
	for t := range st.TokensOf(access.Subject{Kind: access.User, ID: u.ID}) {
		token = token || t.Kind == "user" && lives(t, at)
	}
	add("token", token)
	add("link", passwords && slices.ContainsFunc(st.LinksOf(u.ID), func(l *state.Link) bool { return l.Purpose != LinkBreakGlass && l.Open(at) }))
	return ways
}

// lives tells whether a token is good at a moment.
func lives(t *state.Token, at time.Time) bool {
	return t != nil && !t.Ended && (t.Expires == 0 || t.Expires > at.UnixMicro())
}

// self tells whether the actor is a user who acts for themselves with all their rights.
func (j *judge) self(user string) bool {
	return j.actor.Rule == "" && j.actor.Within == nil && j.actor.Subject == access.Subject{Kind: access.User, ID: user}
}

// selfOr finds the actor's own user, or, for whoever administers identities, anybody.
func (j *judge) selfOr(text, do string) (*state.User, error) {
	u, err := j.user("user", text)
	if err == nil && j.self(u.ID) {
		return u, nil
	}
	if refused := j.identity("users.manage", do); refused != nil {
		return nil, refused // whether such a user is there or not
	}
	return u, err
}
