package graphql

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// serviceUser shows a service user with what it has.
func (r *roster) serviceUser(u *state.ServiceUser) *model.ServiceUserWithScopedPermissionGrants {
	h := holderOf(access.ServiceUser, u.ID)
	own := r.held(h)
	shown := &model.ServiceUser{ID: u.ID, Name: u.Name, OrganizationID: organizationNumber}
	if u.Description != "" {
		shown.Description = &u.Description
	}
	return &model.ServiceUserWithScopedPermissionGrants{ID: u.ID, ServiceUser: shown, LicensedRole: r.licensed(h, nil),
		OrganizationPermissionGrant: own.OrganizationPermissionGrant, AllBranchDeploymentsPermissionGrant: own.AllBranchDeploymentsPermissionGrant,
		PerBaseBranchDeploymentsPermissionGrants: own.PerBaseBranchDeploymentsPermissionGrants, DeploymentPermissionGrants: own.DeploymentPermissionGrants}
}

// serviceUserByID finds a service user that the caller sees; nil where there is none.
func (a *asking) serviceUserByID(id string) *state.ServiceUser {
	s := a.sight()
	if u := s.ServiceUser(id); u != nil && s.SeesSubject(holderOf(access.ServiceUser, id)) {
		return u
	}
	return nil
}

// noServiceUser answers that there is no such service user, which Dagster+'s word for it repeats the id of. Who sees nobody
// does not learn it.
func (a *asking) noServiceUser(id string) (*model.ServiceUserNotFoundError, error) {
	if a.view.None() {
		return nil, a.changeError(fault.New(fault.NotFound, "there is no such service user").In("serviceUserId"), client.ServiceUserUpdate{})
	}
	return &model.ServiceUserNotFoundError{ServiceUserID: id, Message: "there is no service user with this id; it is the id of one of serviceUsersOrError"}, nil
}

// nameTaken answers that another service user has a name already, to whoever may manage them; nil otherwise.
func (a *asking) nameTaken(name, own string) *model.ServiceUserNameConflictError {
	u := a.present().ServiceUserByName(name)
	if u == nil || u.ID == own || !a.mayOperate(access.OpServiceUserManage) {
		return nil
	}
	return &model.ServiceUserNameConflictError{ExistingName: u.Name, Message: "there is a service user of this name already; choose another name"}
}
