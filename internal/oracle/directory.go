package oracle

import (
	"slices"

	"bailiwick/access"
)

// directory holds the roles of the directory itself (access-file, Permission names, Directory).
type directory struct {
	o *Oracle
	p access.Platform
}

func (d directory) permissions() []string {
	return []string{
		"platforms.attach", "signin.manage", "scim.manage", "users.manage", "teams.manage", "administrators.seat",
		"tests.edit", "audit.read", "decisions.ask", "feed.read", "activity.write",
	}
}

func (d directory) kindOf(path string) string {
	if path == d.p.Slug {
		return "organization"
	}
	return ""
}

func (d directory) mayAsk(_, kind string) bool { return kind == "organization" }

func (d directory) allowed(q access.Question) bool {
	for _, g := range d.o.grantsOf(q.Subject, q.At) {
		if g.On == d.p.Slug && d.mayHold(g.To, g.Role) && d.contains(g.Role, q.Permission) {
			return true
		}
	}
	return false
}

// contains. Source: access-file: "roles `owner` (all of them …), `auditor` (`audit.read` and every view),
// `decision_client` (`decisions.ask`), `gate` (`feed.read`, `activity.write`)". No other permission here is a view.
func (d directory) contains(role, permission string) bool {
	switch role {
	case "owner":
		return true
	case "auditor":
		return permission == "audit.read"
	case "decision_client":
		return permission == "decisions.ask"
	case "gate":
		return slices.Contains([]string{"feed.read", "activity.write"}, permission)
	}
	return false
}

// mayHold: "A decision client is a service user" (access-file); a gate is a program too; agents are Dagster's.
func (d directory) mayHold(holder access.Holder, role string) bool {
	if d.o.fault == anyHolder {
		return true
	}
	if role == "decision_client" || role == "gate" {
		return holder.Kind == access.ServiceUser
	}
	return holder.Kind != access.Agent
}
