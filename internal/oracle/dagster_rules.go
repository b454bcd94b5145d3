package oracle

import (
	"slices"
	"strings"

	"bailiwick/access"
)

// organizationGrant: "Organization Admins have access to the entire organization, including all full deployments, code
// locations, and Branch Deployments" (seed 000); a custom organization role covers the same with what it contains.
func (d dagster) organizationGrant(g access.Grant, q access.Question) bool {
	return d.isOrganizationRole(g.Role) && d.contains(g.Role, q.Permission)
}

// deploymentGrant: "the default role for the user or team for all code locations in the deployment"; "a minimum of
// Viewer access to all code locations"; "having access to a deployment doesn't grant access to Branch Deployments"
// (seed 000).
func (d dagster) deploymentGrant(g access.Grant, q access.Question) bool {
	if !d.isDeploymentRole(g.Role) || !d.containsAtDeployment(g.Role, q.Permission) {
		return false
	}
	kind := d.kindOf(q.Resource)
	switch dagsterLevel(q.Permission) {
	case "organization":
		return kind == dagOrganization && d.risesFromDeployments(q.Permission)
	case "deployment":
		return q.Resource == g.On || d.reachesBranchScope(g, q)
	}
	if d.o.fault == deploymentReachesBelow && d.deploymentOf(q.Resource) == g.On {
		return true
	}
	return q.Resource == g.On || kind == dagLocation && parentOf(q.Resource) == g.On
}

// containsAtDeployment. Source: decisions 0002, line 12: "any role at a deployment carries at least Viewer there".
func (d dagster) containsAtDeployment(role, permission string) bool {
	if d.contains(role, permission) {
		return true
	}
	return d.o.fault != noMinimumViewer && d.builtIn("viewer", permission)
}

// risesFromDeployments. Source: access-file, Resource paths: "Exception, by document: … at `dagster` are held by whoever
// has the right role on **any** deployment (deployment grants only)".
func (d dagster) risesFromDeployments(permission string) bool {
	return slices.Contains([]string{"users.view", "teams.view", "user_tokens.manage_own", "users.add"}, permission)
}

// reachesBranchScope. Source: decisions 0002, line 5: team_permissions.edit of a deployment Admin reaches the branch
// scope of that deployment and what lies beneath.
func (d dagster) reachesBranchScope(g access.Grant, q access.Question) bool {
	kind := d.kindOf(q.Resource)
	return q.Permission == "team_permissions.edit" && d.o.fault != teamEditStopsAtBranch &&
		(kind == dagBranchesOf || kind == dagBranch) && d.deploymentOf(q.Resource) == g.On
}

// overrideGrant: a code location role belongs to its holder's deployment role (architecture, Dagster) and says something
// about that one location. A lower one takes nothing away, since another grant's yes stays (decisions 0002, line 16).
func (d dagster) overrideGrant(g access.Grant, q access.Question) bool {
	if !d.isOverrideRole(g.Role) || dagsterLevel(q.Permission) != "location" {
		return false
	}
	here := q.Resource == g.On || d.o.fault == overrideAnswersAbove && q.Resource == parentOf(g.On)
	return here && d.contains(g.Role, q.Permission) && d.hasBase(g, q)
}

// isOverrideRole. Source: access-file, Permission names: in dagster-cloud-2023 "a location role is launcher or editor
// only".
func (d dagster) isOverrideRole(role string) bool {
	if d.p.Model.Edition == DagsterCloud2023 {
		return role == "launcher" || role == "editor"
	}
	return d.isDeploymentRole(role)
}

// hasBase. Source: decisions 0002, line 1: "An override counts only while its holder's deployment role is in force …
// a team's deployment role does not carry a member's own override".
func (d dagster) hasBase(override access.Grant, q access.Question) bool {
	if d.o.fault == overrideWithoutBase {
		return true
	}
	for _, base := range d.o.org.Grants {
		sameHolder := base.To == override.To
		if d.o.fault == overrideOnTeamsBase && d.o.isMember(q.Subject, base.To) {
			sameHolder = true
		}
		running := d.o.inForce(base, q.At) || d.o.fault == overrideBaseAnyTime
		if sameHolder && running && base.On == parentOf(override.On) && d.isDeploymentRole(base.Role) &&
			d.mayHold(base.To, base.Role) {
			return true
		}
	}
	return false
}

// branchGrant: "Branch deployments: Defines the level of access for all Branch Deployments in the code locations the
// user or team has access to" (seed 000).
func (d dagster) branchGrant(g access.Grant, q access.Question) bool {
	if !d.isDeploymentRole(g.Role) || !d.contains(g.Role, q.Permission) {
		return false
	}
	if dagsterLevel(q.Permission) == "organization" {
		return d.o.fault == branchRoleRises && d.risesFromDeployments(q.Permission)
	}
	kind := d.kindOf(q.Resource)
	if !slices.Contains([]string{dagBranch, dagBranchLocation, dagBranchesOf, dagAllBranches}, kind) {
		return false
	}
	if d.kindOf(g.On) == dagBranchesOf && (kind == dagAllBranches || parentOf(g.On) != d.deploymentOf(q.Resource)) {
		return false
	}
	if kind == dagAllBranches {
		return d.answersForAllBranches(q)
	}
	return d.parentDoesNotMatter() || d.hasAccessToParent(q)
}

// answersForAllBranches. Source: decisions 0002, line 4: "`dagster/branch:*` needs Organization Admin (or
// `branch_scope: everywhere`)", and line 5: never for team_permissions.edit.
func (d dagster) answersForAllBranches(q access.Question) bool {
	if q.Permission == "team_permissions.edit" && d.o.fault != branchAdminEditsAll {
		return false
	}
	if d.o.fault == allBranchesByParents {
		return d.hasAccessToEveryDeployment(q)
	}
	return d.parentDoesNotMatter()
}

// parentDoesNotMatter. Source: architecture, Dagster: "the newest public page says everywhere: platform setting
// `branch_scope: everywhere`, off".
func (d dagster) parentDoesNotMatter() bool {
	return d.p.Settings["branch_scope"] == "everywhere" || d.o.fault == branchWithoutParent
}

// hasAccessToParent. Source: decisions 0002, line 3: "any grant in force on that deployment itself, of the person or of
// one of its teams, or Organization Admin … the condition is about the person".
func (d dagster) hasAccessToParent(q access.Question) bool {
	return d.hasAccessTo(d.deploymentOf(q.Resource), q)
}

func (d dagster) hasAccessTo(deployment string, q access.Question) bool {
	for _, g := range d.o.grantsOf(q.Subject, q.At) {
		if !d.mayHold(g.To, g.Role) {
			continue
		}
		if g.On == deployment && d.isDeploymentRole(g.Role) || g.On == d.p.Slug && g.Role == "organization_admin" {
			return true
		}
	}
	return false
}

func (d dagster) hasAccessToEveryDeployment(q access.Question) bool {
	for _, r := range d.p.Resources {
		if d.kindOf(r.Path) == dagDeployment && !d.hasAccessTo(r.Path, q) {
			return false
		}
	}
	return true
}

// agentGrant. Source: decisions 0002, line 13: "`agents.connect` at the organization, chosen deployments, or all branch
// deployments; the parent-access condition does not apply to them".
func (d dagster) agentGrant(g access.Grant, q access.Question) bool {
	if q.Permission != "agents.connect" {
		return false
	}
	switch d.kindOf(g.On) {
	case dagOrganization:
		return true
	case dagDeployment:
		return q.Resource == g.On
	case dagAllBranches:
		return strings.Contains(q.Resource, "/branch:")
	}
	return false
}
