package change_test

import (
	"slices"
	"strings"
)

// ladder is Dagster's, most junior first.
var ladder = []string{"viewer", "launcher", "editor", "admin"}

// governed says where the documents put an operation on a kind of resource: with which permission, and how many segments of
// the path it is asked at.
type governed struct {
	permission string
	depth      int
}

// resourceLaw: dagster.md §1.1 (deployments: create, delete; code locations: create and remove), dbt.md (Project create;
// Projects W), astro-airflow.md §1.5 and §2 (workspaces and deployments). Renaming is the creator's or the editor's.
var resourceLaw = map[string]governed{
	"dagster 2 create": {"deployments.create", 1}, "dagster 2 rename": {"deployments.create", 1}, "dagster 2 remove": {"deployments.delete", 1},
	"dagster 3 create": {"code_locations.edit", 2}, "dagster 3 rename": {"code_locations.edit", 2}, "dagster 3 remove": {"code_locations.edit", 2},
	"dbt 2 create": {"project_create.write", 1}, "dbt 2 rename": {"projects.write", 2}, "dbt 2 remove": {"projects.write", 2},
	"astro 2 create": {"workspaces.create", 1}, "astro 2 rename": {"users.update", 2}, "astro 2 remove": {"users.update", 2},
	"astro 3 create": {"deployments.create", 2}, "astro 3 rename": {"deployments.update", 3}, "astro 3 remove": {"deployments.delete", 3},
	"astro22 2 create": {"workspaces.create", 1}, "astro22 2 rename": {"users.update", 2}, "astro22 2 remove": {"users.update", 2},
	"astro22 3 create": {"users.update", 2}, "astro22 3 rename": {"deployments.update", 3}, "astro22 3 remove": {"users.update", 2},
}

// mayShape judges an operation on a resource.
func (n *naive) mayShape(by asker, do, path string) bool {
	segments := strings.Split(path, "/")
	law, known := resourceLaw[segments[0]+" "+string(rune('0'+len(segments)))+" "+do]
	return known && n.can(by, law.permission, strings.Join(segments[:law.depth], "/"))
}

// identities: "owner, or the top role on every attached platform"; a narrowed token counts for the first only.
func (n *naive) identities(by asker, permission string) bool {
	if n.can(by, permission, "org") {
		return true
	}
	for slug := range simulated {
		if slug != "org" && !n.top(by.id, slug) {
			return false
		}
	}
	return by.only == ""
}

// invites is the permission with which one adds members.
var invites = map[string]string{"dagster": "users.add", "dbt": "invitations.write", "astro": "members.invite", "astro22": "members.invite"}

// editsRoles is the permission with which one makes custom roles.
var editsRoles = map[string]string{"dagster": "custom_roles.edit", "astro": "members.update"}

// editsMembers tells who changes who is in a team, on a platform.
func (n *naive) editsMembers(by asker, slug string) bool {
	permission := map[string]string{"org": "teams.manage", "dagster": "teams.edit_members", "dbt": "members.write", "astro": "teams.edit"}[slug]
	return permission != "" && n.can(by, permission, slug)
}

// mayGive judges a line by the words of the documents. joining is true for what a person gets by entering a team.
func (n *naive) mayGive(by asker, g held, joining bool) bool {
	segments := strings.Split(g.on, "/")
	toTeam := strings.HasPrefix(g.to, "team:") && !joining
	switch segments[0] {
	case "org":
		return n.can(by, "administrators.seat", "org") // an owner gives every directory role
	case "dagster":
		// "Organization Admin: every role." "Admin users can modify teams only in deployments where they're an Admin."
		if n.can(by, "users.edit_roles", "dagster") {
			return true
		}
		// Whatever a custom role of a deployment contains, an Admin has it.
		return toTeam && len(segments) > 1 && segments[1] != "branch:*" && n.can(by, "team_permissions.edit", "dagster/"+segments[1])
	case "dbt":
		return n.mayGiveSet(by, g, joining)
	}
	// Astro: Organization Owners give organization roles, Workspace Owners those of the workspace and beneath.
	switch {
	case len(segments) == 1 && toTeam:
		return n.can(by, "teams.edit", g.on)
	case len(segments) == 1:
		return n.can(by, "members.update", g.on)
	case toTeam:
		return n.can(by, "teams.assign", segments[0]+"/"+segments[1])
	}
	return n.can(by, "users.update", segments[0]+"/"+segments[1])
}

// mayGiveSet. Account Admin: every set. Groups W: every set except those that write groups or all projects' permissions.
func (n *naive) mayGiveSet(by asker, g held, joining bool) bool {
	writesGroups := slices.Contains([]string{"account_admin", "project_creator", "security_admin"}, g.role) || g.role == "admin" && g.on == "dbt/*"
	if n.can(by, "account_settings.write", "dbt") || n.can(by, "groups.write", "dbt") && !writesGroups {
		return true
	}
	// Members W puts people into groups, Permissions W (Admin of a project) writes the project's rows: nobody hands out
	// more than they hold.
	if joining {
		return n.can(by, "members.write", "dbt") && n.holds(by, g)
	}
	return g.on != "dbt" && g.on != "dbt/*" && n.can(by, "permissions.write", g.on) && n.holds(by, g)
}

// lines lists what a team holds.
func (n *naive) lines(team string) (list []held) {
	for g := range n.grants {
		if g.to == "team:"+team {
			list = append(list, g)
		}
	}
	return list
}

// mayEnter judges joining and leaving: each platform where the team holds something, and each line of it. "Users cannot
// change their own group memberships" on dbt, nor enter one that holds nothing on dbt's word alone.
func (n *naive) mayEnter(by asker, team, who string, adding bool) bool {
	lines := n.lines(team)
	every := n.identities(by, "teams.manage")
	governs := len(lines) == 0 && (n.editsMembers(by, "dagster") || n.editsMembers(by, "dbt") || n.editsMembers(by, "astro"))
	if len(lines) > 0 {
		governs = true
	}
	for _, g := range lines {
		slug, _, _ := strings.Cut(g.on, "/")
		governs = governs && n.editsMembers(by, slug)
		if slug == "dbt" && by.id == who {
			return false
		}
	}
	if !every && !governs {
		return false
	}
	if adding && n.teams[team][who] {
		return true // nothing is gained
	}
	if adding && len(lines) == 0 && by.id == who && !n.can(by, "teams.manage", "org") && !n.editsMembers(by, "dagster") && !n.editsMembers(by, "astro") {
		return false
	}
	return !slices.ContainsFunc(lines, func(g held) bool { return !n.mayGive(by, g, true) })
}

// proper tells whether a role can be held at a scope by such a holder.
func (n *naive) proper(g held) bool {
	segments := strings.Split(g.on, "/")
	slug, last := segments[0], segments[len(segments)-1]
	if _, there := n.places[g.on]; !there && len(segments) > 1 && last != "*" && last != "branch:*" {
		return false
	}
	if last == "branch:*" && len(segments) == 3 {
		if _, there := n.places[above(g.on)]; !there {
			return false
		}
	}
	own, toTeam := n.roles[called{slug, g.role}], strings.HasPrefix(g.to, "team:")
	fits := false
	switch {
	case slug == "org":
		fits = g.role == "owner"
	case slug == "dagster" && len(segments) == 1:
		fits = g.role == "organization_admin" || own.at == "organization"
	case slug == "dagster":
		fits = slices.Contains(ladder, g.role) || own.at == "deployment"
	case slug == "dbt" && len(segments) == 1:
		fits = toTeam && slices.Contains([]string{"account_admin", "security_admin", "billing_admin"}, g.role)
	case slug == "dbt":
		fits = toTeam && len(segments) == 2 && slices.Contains([]string{"admin", "job_admin", "stakeholder"}, g.role)
	case toTeam && slug == "astro22":
	case len(segments) == 1:
		fits = strings.HasPrefix(g.role, "organization_") && g.role != "organization_admin"
	case len(segments) == 2:
		fits = slices.Contains(map[string][]string{"astro": {"workspace_member", "workspace_operator", "workspace_owner"}, "astro22": {"workspace_viewer", "workspace_admin"}}[slug], g.role)
	case slug == "astro":
		fits = g.role == "deployment_admin" || own.at == "deployment"
	}
	return fits && (g.from == 0 || g.until == 0 || g.from < g.until)
}
