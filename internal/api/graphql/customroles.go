package graphql

import (
	"context"
	"slices"

	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A customPermission is one value of CustomRolePermission, with the permissions that it stands for here.
type customPermission struct {
	word        model.CustomRolePermission
	permissions []string
}

// customPermissions says what Dagster+'s permissions of custom roles mean. The values are those of the enum
// CustomRolePermission of dagster-io/terraform-provider-dagsterplus (internal/client/schema/schema.graphql, read 2026-11), in its
// order. What each of them covers is stated nowhere: the rows of the guide's table that a value's name speaks of, and what the
// open-source server guards by the permission key of that name. Those without permissions are about things that have no
// access control here.
func customPermissions() []customPermission {
	return []customPermission{
		{model.CustomRolePermissionEditInsightsMetrics, nil},
		{model.CustomRolePermissionEditUsersAndTeams, []string{"users.add", "users.edit_roles", "users.remove", "teams.create", "teams.rename", "teams.edit_members", "teams.remove"}},
		{model.CustomRolePermissionEditCustomRoles, []string{"custom_roles.edit"}},
		{model.CustomRolePermissionManageSsoAndScim, []string{"sso.administer", "scim.manage"}},
		{model.CustomRolePermissionReadAndEditAgentTokens, []string{"agent_tokens.view", "agent_tokens.create", "agent_tokens.edit", "agent_tokens.revoke"}},
		{model.CustomRolePermissionReadAndEditAllUserTokens, []string{"user_tokens.list_all", "user_tokens.revoke_all"}},
		{model.CustomRolePermissionManageServiceUsers, []string{"service_users.manage"}},
		{model.CustomRolePermissionManageBilling, []string{"billing.manage", "usage.view"}},
		{model.CustomRolePermissionManageFullDeployments, []string{"deployments.create", "deployments.delete"}},
		{model.CustomRolePermissionReadAuditLog, []string{"audit_log.view"}},
		{model.CustomRolePermissionEditCodeLocations, []string{"code_locations.edit", "workspace.edit", "components.edit"}},
		{model.CustomRolePermissionRedeployCodeLocations, []string{"code_locations.reload", "workspace.reload"}},
		{model.CustomRolePermissionEditAlerts, []string{"alerts.manage"}},
		{model.CustomRolePermissionToggleSchedules, []string{"schedules.toggle", "schedules.dry_run"}},
		{model.CustomRolePermissionToggleSensors, []string{"sensors.toggle", "sensors.dry_run", "automation.toggle"}},
		{model.CustomRolePermissionEditSensorCursors, []string{"sensors.set_cursor"}},
		{model.CustomRolePermissionEditDeploymentSettings, []string{"deployments.edit_settings"}},
		{model.CustomRolePermissionEditDeploymentPermissions, []string{"team_permissions.edit"}},
		{model.CustomRolePermissionEditDynamicPartitions, []string{"partitions.edit"}},
		{model.CustomRolePermissionStartAndStopRuns, []string{"runs.launch", "runs.reexecute", "runs.terminate", "backfills.launch", "backfills.cancel"}},
		{model.CustomRolePermissionDeleteRuns, []string{"runs.delete"}},
		{model.CustomRolePermissionWipeAssets, []string{"assets.wipe"}},
		{model.CustomRolePermissionReadSecretValues, []string{"secrets.view_values", "secrets.export"}},
		{model.CustomRolePermissionEditSecrets, []string{"secrets.edit"}},
		{model.CustomRolePermissionReportAssetEvents, []string{"assets.report_events"}},
		{model.CustomRolePermissionEditConcurrencyLimits, []string{"concurrency.edit"}},
		{model.CustomRolePermissionEditAllCatalogViews, nil},
		{model.CustomRolePermissionManageBranchDeployments, []string{"branch_deployments.create"}},
		{model.CustomRolePermissionEditExternalAssetConnections, nil},
		{model.CustomRolePermissionEditIssues, nil},
	}
}

// Kinds that custom roles are for.
const (
	forDeployment   = "deployment"
	forOrganization = "organization"
	viewer          = "viewer"
)

// customContent is what a custom role of a kind contains that is to have some of Dagster+'s permissions, and the role that it is
// based on. None of those permissions is to see something, so every role sees what a viewer sees: one for deployments by being
// based on that role; one for the organization, which cannot be, by containing what a viewer has in the organization, and what a
// viewer has in deployments where it contains anything about deployments.
func customContent(p *state.Platform, kind string, words []model.CustomRolePermission) (permissions []string, basedOn string, err error) {
	table := customPermissions()
	for _, word := range words {
		i := slices.IndexFunc(table, func(c customPermission) bool { return c.word == word })
		if i < 0 || len(table[i].permissions) == 0 {
			return nil, "", fault.New(fault.Invalid, "there is nothing here that %s would be about", word).In("customRolePermissions").By("custom_role").Rather("leave it out")
		}
		permissions = append(permissions, table[i].permissions...)
	}
	if len(permissions) == 0 {
		return nil, "", fault.New(fault.Invalid, "the role contains nothing").In("customRolePermissions").By("custom_role").Rather("choose at least one permission")
	}
	if kind == forDeployment {
		return permissions, viewer, nil
	}
	within := map[string]string{}
	for i := range p.Model.Permissions {
		within[p.Model.Permissions[i].Name] = p.Model.Permissions[i].At
	}
	deeper := slices.ContainsFunc(permissions, func(name string) bool { return within[name] != forOrganization })
	if least := p.Model.Role(viewer); least != nil {
		for _, name := range least.Permissions {
			if deeper || within[name] == forOrganization {
				permissions = append(permissions, name)
			}
		}
	}
	return permissions, "", nil
}

// customRole shows a custom role. Of its permissions those are shown that it contains whole: one that was made elsewhere may
// contain what Dagster+ has no word for.
func (r *roster) customRole(role *state.Role) *model.CustomRole {
	contained := role.Permissions
	if base := r.platform.Model.Role(role.BasedOn); base != nil {
		contained = slices.Concat(contained, base.Permissions)
	}
	shown := &model.CustomRole{ID: role.ID, Name: role.Name, Description: role.Description, IconName: role.Icon,
		Permissions: []model.CustomRolePermission{}, DeploymentScope: model.CustomRoleDeploymentScopeDeployment}
	if state.RoleKind(r.platform.Model, &role.Role) == forOrganization {
		shown.DeploymentScope = model.CustomRoleDeploymentScopeOrganization
	}
	for _, c := range customPermissions() {
		lacks := slices.ContainsFunc(c.permissions, func(name string) bool { return !slices.Contains(contained, name) })
		if len(c.permissions) > 0 && !lacks {
			shown.Permissions = append(shown.Permissions, c.word)
		}
	}
	return shown
}

// roleByID finds a custom role of the platform; nil where there is none.
func (r *roster) roleByID(id string) *state.Role {
	if role := r.Role(r.platform.Slug, id); role != nil && role.ID == id {
		return role
	}
	return nil
}

func noCustomRole() error {
	return fault.New(fault.NotFound, "there is no custom role with this id").In("customRoleId").Rather("the id of one of customRoles")
}

// putRole makes or changes a custom role, as one change with what is to be done before.
func (a *asking) putRole(ctx context.Context, p *state.Platform, put client.RolePut, words []model.CustomRolePermission, before ...client.Command) (*made, error) {
	var err error
	if put.Permissions, put.BasedOn, err = customContent(p, put.At, words); err != nil {
		return nil, a.changeError(err, put)
	}
	put.Platform = p.Slug
	return a.change(ctx, append(before, put)...)
}
