package graphql

import (
	"context"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A wanted grant is what a holder is to have at a scope, with all overrides at its code locations. What a generated client did
// not set is 0 or "" in it, as if it were left out.
type wanted struct {
	deployment *int
	scope      model.PermissionDeploymentScope
	grant      model.PermissionGrant
	customRole *string
	locations  []*model.LocationScopedGrantInput
	owner      *model.GrantInput
}

// setGrants gives a holder exactly what is wanted at a scope.
func (a *asking) setGrants(ctx context.Context, to access.Holder, w wanted) error {
	command, err := a.replacement(to, w)
	if err != nil {
		return a.changeError(err, client.GrantsReplace{})
	}
	_, err = a.change(ctx, command)
	return err
}

// endGrants takes away what a holder has at a scope, with all overrides at its code locations.
func (a *asking) endGrants(ctx context.Context, to access.Holder, scope model.PermissionDeploymentScope, deployment *int) error {
	p, err := a.dagster()
	if err != nil {
		return err
	}
	on, err := a.scopeOf(p, scope, deployment)
	if err != nil {
		return a.changeError(err, client.GrantsReplace{})
	}
	_, err = a.change(ctx, client.GrantsReplace{To: a.called(to), On: on})
	return err
}

// called names a holder in a command. Their id says for certain who is meant; in a dry run, which judges the fields before anew
// with each one, somebody whom an earlier field would add has another id each time.
func (a *asking) called(h access.Holder) string {
	if a.dry {
		return a.present().ReadableHolder(h).String()
	}
	return h.String()
}

// replacement is the command that gives a holder what is wanted.
func (a *asking) replacement(to access.Holder, w wanted) (client.Command, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	if w.owner != nil {
		return nil, fault.New(fault.Invalid, "roles for the owners of definitions are not there").In("ownerDefinitionsRole").Rather("leave it out")
	}
	command := client.GrantsReplace{To: a.called(to)}
	if command.On, err = a.scopeOf(p, w.scope, w.deployment); err != nil {
		return nil, err
	}
	if command.Role, err = a.roleOf(p, w.scope, w.grant, w.customRole); err != nil {
		return nil, err
	}
	command.Locations, err = a.locationRoles(p, command.On, &w)
	return command, err
}

// scopeOf is the path of a scope that is named in Dagster+'s words.
func (a *asking) scopeOf(p *state.Platform, scope model.PermissionDeploymentScope, number *int) (string, error) {
	if number != nil && *number == 0 {
		number = nil
	}
	bad := func(wrong, right string) error {
		return fault.New(fault.Invalid, "%s", wrong).In("deploymentId").By("scope").Rather("%s", right)
	}
	star := p.Model.Kind("branch_deployment").Prefix + ":*"
	switch {
	case scope == model.PermissionDeploymentScopeOrganization && number == nil:
		return p.Slug, nil
	case scope == model.PermissionDeploymentScopeOrganization:
		return "", bad("the scope is the whole organization, and a deployment is named", "leave it out, or choose the scope DEPLOYMENT")
	case scope == model.PermissionDeploymentScopeAllBranchDeployments && number == nil:
		return p.Slug + "/" + star, nil
	case number == nil:
		return "", bad("the scope is a deployment, and none is named", "give its deploymentId")
	}
	d, err := a.deployment(number)
	switch {
	case fault.Is(err, fault.NotFound): // a missing person is told as NotFound
		return "", bad("there is no such deployment", "the deploymentId of one of the field deployments")
	case err != nil:
		return "", err
	case d.branch:
		return "", bad("it is a branch deployment, and roles are not given at single ones", "choose the scope ALL_BRANCH_DEPLOYMENTS, with the deploymentId of its parent or with none")
	case scope == model.PermissionDeploymentScopeAllBranchDeployments:
		return d.Path + "/" + star, nil
	}
	return d.Path, nil
}

// roleOf is the role that is named in Dagster+'s words: built in or custom, exactly one of them.
func (a *asking) roleOf(p *state.Platform, scope model.PermissionDeploymentScope, grant model.PermissionGrant, custom *string) (string, error) {
	named := custom != nil && *custom != ""
	bad := func(field, wrong, right string) error {
		return fault.New(fault.Invalid, "%s", wrong).In(field).By("role").Rather("%s", right)
	}
	switch {
	case named && grant != model.PermissionGrantCustom:
		return "", bad("customRoleId", "the grant is the role "+string(grant)+", and a custom role is named", "give the grant CUSTOM, or leave the customRoleId out")
	case named:
		if r := a.present().Role(p.Slug, *custom); r != nil && r.ID == *custom {
			return r.Name, nil
		}
		return "", bad("customRoleId", "there is no custom role with this id", "the id of one of customRoles")
	case grant == model.PermissionGrantCustom:
		return "", bad("customRoleId", "the grant is a custom role, and none is named", "give its customRoleId")
	case scope == model.PermissionDeploymentScopeOrganization && grant == model.PermissionGrantAdmin:
		return "organization_admin", nil
	case scope == model.PermissionDeploymentScopeOrganization && grant != model.PermissionGrantAgent:
		return "", bad("grant", string(grant)+" is no role of the organization", "ADMIN, or CUSTOM with an organization role")
	}
	for role, word := range words() {
		if word == grant && role != "organization_admin" {
			return role, nil
		}
	}
	return "", bad("grant", "there is no role "+string(grant), "VIEWER, LAUNCHER, EDITOR, ADMIN, or CUSTOM")
}

// locationRoles are the roles at a deployment's code locations. All that are not there are told at once.
func (a *asking) locationRoles(p *state.Platform, on string, w *wanted) ([]client.LocationRole, error) {
	var list []client.LocationRole
	var missing []string
	for _, l := range w.locations {
		if l == nil {
			continue
		}
		if w.scope != model.PermissionDeploymentScopeDeployment {
			return nil, fault.New(fault.Invalid, "roles at code locations belong to a role at a deployment").In("locationGrants").By("override").
				Rather("leave them out, or choose the scope DEPLOYMENT")
		}
		if a.present().Resource(on+"/"+access.EncodeName(l.LocationName)) == nil {
			missing = append(missing, l.LocationName)
			continue
		}
		role, err := a.roleOf(p, w.scope, l.Grant, l.CustomRoleID)
		if err != nil {
			return nil, err
		}
		list = append(list, client.LocationRole{Name: l.LocationName, Role: role})
	}
	if len(missing) > 0 {
		return nil, fault.New(fault.Invalid, "%s has no code location named %s", on, strings.Join(missing, ", ")).In("locationGrants").By("scope").
			Rather("name code locations of that deployment")
	}
	return list, nil
}
