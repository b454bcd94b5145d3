package oracle

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// astro holds the rules of Astro as of 2022 (seed 004; astro-airflow.md §1) and of 2024 (§2).
type astro struct {
	o *Oracle
	p access.Platform
}

const (
	astroOrganization = "organization"
	astroWorkspace    = "workspace"
	astroDeployment   = "deployment"
)

// An astroRow belongs to its lowest role and to those senior to it: "The ticks always fill from the right"
// (astro-airflow.md §1.3).
type astroRow struct{ permission, level, lowest string }

// astroRoles are the two ladders of an edition, junior to senior.
type astroRoles struct{ organization, workspace []string }

var astro2022Roles = astroRoles{
	organization: []string{"organization_member", "organization_billing_admin", "organization_owner"},
	workspace:    []string{"workspace_viewer", "workspace_editor", "workspace_admin"},
}

// astro2022Matrix is astro-airflow.md §1.2 and §1.3 under the names of access-file.
var astro2022Matrix = []astroRow{
	{"organization.view", astroOrganization, "organization_member"},
	{"workspaces.create", astroOrganization, "organization_member"},
	{"billing.update", astroOrganization, "organization_billing_admin"},
	{"members.update", astroOrganization, "organization_owner"},
	{"members.invite", astroOrganization, "organization_owner"},

	{"users.view", astroWorkspace, "workspace_viewer"},
	{"deployments.view", astroDeployment, "workspace_viewer"},
	{"dags.view", astroDeployment, "workspace_viewer"},
	{"deploys.push", astroDeployment, "workspace_editor"},
	{"deployments.update", astroDeployment, "workspace_editor"},
	{"users.update", astroWorkspace, "workspace_admin"},
}

var astro2024Roles = astroRoles{
	organization: []string{"organization_member", "organization_billing_admin", "organization_owner"},
	workspace:    []string{"workspace_accessor", "workspace_member", "workspace_author", "workspace_operator", "workspace_owner"},
}

// astro2024Matrix is astro-airflow.md §2.2 and §2.3 under the names of access-file. Accessor has no column.
var astro2024Matrix = []astroRow{
	{"organization.view", astroOrganization, "organization_member"},
	{"lineage.view", astroOrganization, "organization_member"},
	{"clusters.view", astroOrganization, "organization_member"},
	{"billing.update", astroOrganization, "organization_billing_admin"},
	{"usage.view", astroOrganization, "organization_billing_admin"},
	{"dashboards.view", astroOrganization, "organization_billing_admin"},
	{"clusters.edit", astroOrganization, "organization_owner"},
	{"workspaces.create", astroOrganization, "organization_owner"},
	{"members.update", astroOrganization, "organization_owner"},
	{"members.invite", astroOrganization, "organization_owner"},
	{"organization_tokens.edit", astroOrganization, "organization_owner"},
	{"sso_bypass.manage", astroOrganization, "organization_owner"},
	{"teams.edit", astroOrganization, "organization_owner"},
	{"environment_secrets.configure", astroOrganization, "organization_owner"},
	{"ip_access.configure", astroOrganization, "organization_owner"},

	{"users.view", astroWorkspace, "workspace_member"},
	{"deployments.view", astroDeployment, "workspace_member"},
	{"dags.view", astroDeployment, "workspace_member"},
	{"task_logs.view", astroDeployment, "workspace_member"},
	{"datasets.view", astroDeployment, "workspace_member"},
	{"ide_projects.view", astroWorkspace, "workspace_member"},
	{"alerts.view", astroWorkspace, "workspace_member"},
	{"cluster_activity.view", astroDeployment, "workspace_member"},
	{"custom_menu.view", astroDeployment, "workspace_member"},
	{"dag_runs.trigger", astroDeployment, "workspace_author"},
	{"dags.pause", astroDeployment, "workspace_author"},
	{"task_runs.clear", astroDeployment, "workspace_author"},
	{"deploys.push", astroDeployment, "workspace_author"},
	{"ide_projects.edit", astroWorkspace, "workspace_author"},
	{"alerts.edit", astroWorkspace, "workspace_author"},
	{"airflow_admin.view", astroDeployment, "workspace_author"},
	{"airflow_admin.edit", astroDeployment, "workspace_operator"},
	{"environment_manager.edit", astroWorkspace, "workspace_operator"},
	{"deployments.update", astroDeployment, "workspace_operator"},
	{"deployments.create", astroDeployment, "workspace_operator"},
	{"deployments.delete", astroDeployment, "workspace_operator"},
	{"environment_variables.edit", astroDeployment, "workspace_operator"},
	{"workspace_tokens.edit", astroWorkspace, "workspace_operator"},
	{"hibernation.edit", astroDeployment, "workspace_operator"},
	{"deployment_tokens.edit", astroDeployment, "workspace_owner"},
	{"users.update", astroWorkspace, "workspace_owner"},
	{"users.invite", astroWorkspace, "workspace_owner"},
	{"teams.assign", astroWorkspace, "workspace_owner"},
}

func (a astro) matrix() []astroRow {
	if a.p.Model.Edition == Astro2022 {
		return astro2022Matrix
	}
	return astro2024Matrix
}

func (a astro) roles() astroRoles {
	if a.p.Model.Edition == Astro2022 {
		return astro2022Roles
	}
	return astro2024Roles
}

func (a astro) permissions() []string {
	var names []string
	for _, row := range a.matrix() {
		names = append(names, row.permission)
	}
	return names
}

func (a astro) row(permission string) astroRow {
	for _, row := range a.matrix() {
		if row.permission == permission {
			return row
		}
	}
	return astroRow{}
}

func (a astro) kindOf(path string) string {
	if path == a.p.Slug {
		return astroOrganization
	}
	if _, there := resource(a.p, path); !there {
		return ""
	}
	return map[int]string{2: astroWorkspace, 3: astroDeployment}[len(strings.Split(path, "/"))]
}

// mayAsk. Source: access-file, Resource paths.
func (a astro) mayAsk(permission, kind string) bool {
	switch a.row(permission).level {
	case astroOrganization:
		return kind == astroOrganization
	case astroWorkspace:
		return kind == astroOrganization || kind == astroWorkspace
	}
	return true
}

func (a astro) allowed(q access.Question) bool {
	for _, g := range a.heldBy(q.Subject, q.At) {
		if a.saysYes(g, q) {
			return true
		}
	}
	// seed 004: "All users have an Organization role regardless of whether they belong to a Workspace"; architecture,
	// Astro: "a member without one is Organization Member".
	return a.isMember(q) && !a.hasOrganizationRole(q) && a.contains("organization_member", q.Permission)
}

// heldBy lists the grants on this platform that their holders may hold at the scope they name. Others are as if they
// were not there (decisions 0002, line 18).
func (a astro) heldBy(s access.Subject, at time.Time) []access.Grant {
	var held []access.Grant
	for _, g := range a.o.grantsOf(s, at) {
		if a.mayHold(g.To) && a.isScopeFor(g) {
			held = append(held, g)
		}
	}
	return held
}

// mayHold. Source: architecture, Astro: "In `astro-2022` grants go to users only". Agents are Dagster's.
func (a astro) mayHold(holder access.Holder) bool {
	switch {
	case a.o.fault == anyHolder || a.o.fault == teamsIn2022 && holder.Kind == access.Team:
		return true
	case a.p.Model.Edition == Astro2022:
		return holder.Kind == access.User
	}
	return holder.Kind != access.Agent
}

func (a astro) isScopeFor(g access.Grant) bool {
	_, isCustom := customRole(a.p, g.Role)
	switch a.kindOf(g.On) {
	case astroOrganization:
		return slices.Contains(a.roles().organization, g.Role)
	case astroWorkspace:
		return slices.Contains(a.roles().workspace, g.Role)
	case astroDeployment:
		return isCustom || a.p.Model.Edition == Astro2024 && g.Role == "deployment_admin"
	}
	return false
}
