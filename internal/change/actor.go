package change

import (
	"bailiwick/access"
)

// An Actor is who changes something: a signed-in subject, or a rule of the closed list.
type Actor struct {
	// Subject is the caller, by opaque id; zero for a rule.
	Subject access.Subject
	// Rule names a rule that acts by itself: "setup_link".
	Rule string
	// Within narrows what the caller's token may be used for: a permission with its platform ("dagster.runs.view") and a
	// path. Nil does not narrow.
	Within func(permission, path string) bool
	// Sees tells whether the actor may know of what is on the platform of a path: what refuses them names nothing else. Nil: everything.
	Sees func(path string) bool
	// Emergency is true in a session that an operator opened by break-glass: it makes nothing that outlives it.
	Emergency bool
	// Via says through which door, Request is the request's id: both for the journal.
	Via, Request string
}

// The rules that act by themselves. Only the first three seat an administrator, and RuleBreakGlass lets one in.
const (
	RuleSetup       = "setup_link"
	RuleFirstLogins = "first_logins"
	RuleCreator     = "creator"
	RuleDefaultRole = "default_role"
	// RuleSignOn acts when an identity provider says who somebody is; of what follows, RuleMapping gives teams and
	// RuleLicenseMap licenses. None of them takes the last administrator.
	RuleSignOn     = "sign_on"
	RuleMapping    = "mapping"
	RuleLicenseMap = "license_map"
	// RuleRecovery acts when somebody who has forgotten their password asks for a link.
	RuleRecovery = "recovery"
	// RuleBreakGlass acts when an operator of the server lets an administrator in who cannot sign in otherwise.
	RuleBreakGlass = "break_glass"
	// RuleDiscovery notes which code locations a deployment's own server has. It gives nothing.
	RuleDiscovery = "discovery"
	// RuleRestore acts after a backup was read back.
	RuleRestore = "restore"
)

// String names the actor as the journal does: "user:usr_…", "rule:setup_link".
func (a *Actor) String() string {
	if a.Rule != "" {
		return "rule:" + a.Rule
	}
	return a.Subject.String()
}
