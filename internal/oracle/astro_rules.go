package oracle

import (
	"slices"
	"strings"

	"bailiwick/access"
)

func (a astro) saysYes(g access.Grant, q access.Question) bool {
	level := a.row(q.Permission).level
	switch a.kindOf(g.On) {
	case astroOrganization:
		if level == astroOrganization {
			return a.contains(g.Role, q.Permission)
		}
		return g.Role == "organization_owner" && a.ownersReach() && a.contains(a.topWorkspaceRole(), q.Permission)
	case astroWorkspace:
		return level != astroOrganization && a.isAtOrIn(q.Resource, g.On) && a.contains(g.Role, q.Permission)
	}
	return level == astroDeployment && q.Resource == g.On && a.contains(g.Role, q.Permission)
}

// isAtOrIn: a workspace role says nothing about all workspaces, present and future.
func (a astro) isAtOrIn(path, workspace string) bool {
	if a.o.fault == workspaceAnswersUp && path == a.p.Slug {
		return true
	}
	return path == workspace || strings.HasPrefix(path, workspace+"/")
}

func (a astro) topWorkspaceRole() string {
	return a.roles().workspace[len(a.roles().workspace)-1]
}

// ownersReach. Source: architecture, Astro: "Owners' reach into workspaces is a switch of the edition: off in
// `astro-2022` …, on in `astro-2024`"; a platform may set it.
func (a astro) ownersReach() bool {
	switch a.p.Settings["owners_reach_workspaces"] {
	case "on":
		return true
	case "off":
		return false
	}
	return a.p.Model.Edition == Astro2024 || a.o.fault == ownersReach2022
}

// contains says whether a role contains a permission, by its table.
func (a astro) contains(role, permission string) bool {
	if custom, isCustom := customRole(a.p, role); isCustom {
		if slices.Contains(custom.Permissions, permission) {
			return true
		}
		return custom.BasedOn != "" && a.o.fault != customForgetsBase && a.contains(custom.BasedOn, permission)
	}
	if role == "deployment_admin" {
		return a.deploymentAdminHas(permission)
	}
	if role == "workspace_accessor" && a.o.fault == accessorSees {
		role = "workspace_member"
	}
	row := a.row(permission)
	for _, ladder := range [][]string{a.roles().organization, a.roles().workspace} {
		has, needs := slices.Index(ladder, role), slices.Index(ladder, row.lowest)
		if has >= 0 && needs >= 0 {
			return has >= needs
		}
	}
	return false
}

// deploymentAdminHas: "Deployment Admin = Workspace Operator's powers, only inside one Deployment and only
// Deployment-level ones" (astro-airflow.md §2.1), without deployments.create (decisions 0002, line 15).
func (a astro) deploymentAdminHas(permission string) bool {
	if permission == "deployments.create" && a.o.fault != adminCreates {
		return false
	}
	return a.row(permission).level == astroDeployment && a.contains("workspace_operator", permission)
}

// isMember. Source: architecture, The directory and the platforms: membership is "explicit …, or implied by any grant or
// license there"; decisions 0002, line 9: while the grant is in force, also through a team; only users are members.
func (a astro) isMember(q access.Question) bool {
	if q.Subject.Kind != access.User && a.o.fault != serviceUserMember {
		return false
	}
	user, _ := a.o.user(q.Subject)
	if slices.Contains(user.On, a.p.Slug) {
		return true
	}
	if a.o.fault == expiredIsMember {
		return a.everHeld(q.Subject)
	}
	return len(a.heldBy(q.Subject, q.At)) > 0
}

func (a astro) hasOrganizationRole(q access.Question) bool {
	for _, g := range a.heldBy(q.Subject, q.At) {
		if a.kindOf(g.On) == astroOrganization {
			return true
		}
	}
	return false
}

// everHeld is the mistake that a grant without regard to its window makes a member.
func (a astro) everHeld(s access.Subject) bool {
	for _, g := range a.o.org.Grants {
		if (g.To == s || a.o.isMember(s, g.To)) && a.mayHold(g.To) && a.isScopeFor(g) {
			return true
		}
	}
	return false
}
