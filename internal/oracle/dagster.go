package oracle

import (
	"slices"
	"strings"
	"sync"

	"bailiwick/access"
)

// dagster holds the rules of Dagster+ and of Dagster Cloud, which share their matrix (access-file, Permission names:
// "Where seed 001 is silent, dagster-cloud-2023 has the same matrix as dagster-plus").
type dagster struct {
	o *Oracle
	p access.Platform
}

// Kinds of places. A branch deployment is at deployment level; a location in it at location level.
const (
	dagOrganization   = "organization"
	dagDeployment     = "deployment"
	dagLocation       = "location"
	dagBranch         = "branch deployment"
	dagBranchLocation = "location in a branch deployment"
	dagAllBranches    = "all branch deployments"
	dagBranchesOf     = "branch deployments of one parent"
)

type dagsterRow struct{ permission, level, lowest string }

// dagsterMatrix is the table of access-file, Permission names, which words dagster.md §1.1.
var dagsterMatrix = []dagsterRow{
	{"runs.view", "location", "viewer"},
	{"runs.launch", "location", "launcher"},
	{"runs.reexecute", "location", "launcher"},
	{"runs.terminate", "location", "launcher"},
	{"runs.delete", "location", "launcher"},
	{"backfills.launch", "location", "launcher"},
	{"backfills.cancel", "location", "launcher"},
	{"schedules.toggle", "location", "editor"},
	{"sensors.toggle", "location", "editor"},
	{"sensors.set_cursor", "location", "editor"},
	{"schedules.dry_run", "location", "editor"},
	{"sensors.dry_run", "location", "editor"},
	{"assets.wipe", "location", "editor"},
	{"assets.report_events", "location", "editor"},
	{"partitions.edit", "location", "editor"},
	{"code_locations.reload", "location", "editor"},
	{"components.edit", "location", "editor"},
	{"code_locations.view", "location", "viewer"},

	{"deployments.view", "deployment", "viewer"},
	{"deployments.edit_settings", "deployment", "editor"},
	{"secrets.edit", "deployment", "editor"},
	{"secrets.view_values", "deployment", "editor"},
	{"secrets.export", "deployment", "editor"},
	{"branch_deployments.create", "deployment", "editor"},
	{"code_locations.edit", "deployment", "editor"},
	{"workspace.reload", "deployment", "editor"},
	{"workspace.edit", "deployment", "editor"},
	{"alerts.manage", "deployment", "editor"},
	{"concurrency.edit", "deployment", "editor"},
	{"automation.toggle", "deployment", "editor"},
	{"team_permissions.edit", "deployment", "admin"},

	{"users.view", "organization", "viewer"},
	{"teams.view", "organization", "viewer"},
	{"user_tokens.manage_own", "organization", "viewer"},
	{"users.add", "organization", "admin"},
	{"deployments.create", "organization", "organization_admin"},
	{"deployments.delete", "organization", "organization_admin"},
	{"agent_tokens.view", "organization", "organization_admin"},
	{"agent_tokens.create", "organization", "organization_admin"},
	{"agent_tokens.edit", "organization", "organization_admin"},
	{"agent_tokens.revoke", "organization", "organization_admin"},
	{"user_tokens.list_all", "organization", "organization_admin"},
	{"user_tokens.revoke_all", "organization", "organization_admin"},
	{"users.edit_roles", "organization", "organization_admin"},
	{"users.remove", "organization", "organization_admin"},
	{"teams.create", "organization", "organization_admin"},
	{"teams.rename", "organization", "organization_admin"},
	{"teams.edit_members", "organization", "organization_admin"},
	{"teams.remove", "organization", "organization_admin"},
	{"custom_roles.edit", "organization", "organization_admin"},
	{"service_users.manage", "organization", "organization_admin"},
	{"sso.administer", "organization", "organization_admin"},
	{"scim.manage", "organization", "organization_admin"},
	{"usage.view", "organization", "organization_admin"},
	{"billing.manage", "organization", "organization_admin"},
	{"audit_log.view", "organization", "organization_admin"},

	{"agents.connect", "deployment", "agent"},
}

// dagsterLadder: "a hierarchical model … the most permissive roles include permissions from the roles beneath them"
// (seed 000). The role agent is no rung of it.
var dagsterLadder = []string{"viewer", "launcher", "editor", "admin", "organization_admin"}

func (d dagster) permissions() []string { return dagsterPermissions() }

var dagsterPermissions = sync.OnceValue(func() []string {
	var names []string
	for _, row := range dagsterMatrix {
		names = append(names, row.permission)
	}
	return names
})

func dagsterLevel(permission string) string {
	for _, row := range dagsterMatrix {
		if row.permission == permission {
			return row.level
		}
	}
	return ""
}

// builtIn says whether a role of the ladder contains a permission.
func (d dagster) builtIn(role, permission string) bool {
	for _, row := range dagsterMatrix {
		if row.permission == permission {
			has, needs := slices.Index(dagsterLadder, role), slices.Index(dagsterLadder, row.lowest)
			return has >= 0 && needs >= 0 && has >= needs
		}
	}
	return false
}

// contains says whether a role, built in or custom, contains a permission. Source: decisions 0002, line 12.
func (d dagster) contains(role, permission string) bool {
	custom, isCustom := customRole(d.p, role)
	if !isCustom {
		return d.builtIn(role, permission)
	}
	if slices.Contains(custom.Permissions, permission) {
		return true
	}
	return custom.BasedOn != "" && d.o.fault != customForgetsBase && d.builtIn(custom.BasedOn, permission)
}

// isDeploymentRole: "With the exception of the Organization Admin role, user and team roles are set on a
// per-deployment basis" (seed 000).
func (d dagster) isDeploymentRole(role string) bool {
	custom, isCustom := customRole(d.p, role)
	if isCustom {
		return custom.At[0] == "deployment"
	}
	return slices.Contains([]string{"viewer", "launcher", "editor", "admin"}, role)
}

func (d dagster) isOrganizationRole(role string) bool {
	custom, isCustom := customRole(d.p, role)
	if isCustom {
		return custom.At[0] == "organization"
	}
	return role == "organization_admin"
}

// mayHold: agents hold agents.connect only and nobody else holds it (architecture, Dagster); decisions 0002, line 18.
func (d dagster) mayHold(holder access.Holder, role string) bool {
	if d.o.fault == anyHolder {
		return true
	}
	return (holder.Kind == access.Agent) == (role == "agent")
}

func (d dagster) kindOf(path string) string {
	if path == d.p.Slug {
		return dagOrganization
	}
	if path == d.p.Slug+"/branch:*" {
		return dagAllBranches
	}
	if lastSegment(path) == "branch:*" && d.kindOf(parentOf(path)) == dagDeployment {
		return dagBranchesOf
	}
	if _, there := resource(d.p, path); !there {
		return ""
	}
	segments := strings.Split(path, "/")
	inBranch := len(segments) > 2 && strings.HasPrefix(segments[2], "branch:")
	switch {
	case len(segments) == 2:
		return dagDeployment
	case len(segments) == 3 && inBranch:
		return dagBranch
	case len(segments) == 3:
		return dagLocation
	case len(segments) == 4 && inBranch:
		return dagBranchLocation
	}
	return ""
}

// deploymentOf is the full deployment that a place is in, or "".
func (d dagster) deploymentOf(path string) string {
	segments := strings.Split(path, "/")
	if len(segments) < 2 || segments[1] == "branch:*" {
		return ""
	}
	return segments[0] + "/" + segments[1]
}

// mayAsk. Source: access-file, Resource paths: at the permission's level or above.
func (d dagster) mayAsk(permission, kind string) bool {
	switch dagsterLevel(permission) {
	case "organization":
		return kind == dagOrganization
	case "deployment":
		return kind != dagLocation && kind != dagBranchLocation
	}
	return true
}

// allowed: one grant that says yes is enough.
func (d dagster) allowed(q access.Question) bool {
	for _, g := range d.o.grantsOf(q.Subject, q.At) {
		if d.saysYes(g, q) {
			return true
		}
	}
	return false
}

func (d dagster) saysYes(g access.Grant, q access.Question) bool {
	if !d.mayHold(g.To, g.Role) {
		return false
	}
	if g.Role == "agent" {
		return d.agentGrant(g, q)
	}
	switch d.kindOf(g.On) {
	case dagOrganization:
		return d.organizationGrant(g, q)
	case dagDeployment:
		return d.deploymentGrant(g, q)
	case dagLocation:
		return d.overrideGrant(g, q)
	case dagAllBranches, dagBranchesOf:
		return d.branchGrant(g, q)
	}
	return false
}
