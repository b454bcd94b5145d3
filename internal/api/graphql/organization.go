package graphql

import (
	"bailiwick/access"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/state"
)

// organizationNumber is the integer id of every organization: a client sees one only.
const organizationNumber = 1

// organization is the caller's.
func (a *asking) organization() *model.DagsterCloudOrganization {
	return &model.DagsterCloudOrganization{ID: organizationNumber, PublicID: a.caller.Organization, Name: a.caller.Organization,
		Status: model.OrganizationStatusActive, Metadata: &model.DagsterCloudOrganizationMetadata{}}
}

// identity is the caller. A service user is no user in Dagster+'s words.
func (a *asking) identity() *model.DagsterCloudIdentity {
	found := &model.DagsterCloudIdentity{FeatureGates: []*model.DagsterCloudFeatureGate{}}
	if a.caller.Subject.Kind == access.User {
		if u := a.present().User(a.caller.Subject.ID); u != nil {
			found.Viewer = userOf(u)
		}
	}
	return found
}

// userOf is a user in Dagster+'s words.
func userOf(u *state.User) *model.DagsterCloudUser {
	found := &model.DagsterCloudUser{ID: u.ID, UserID: int(u.Number), Email: u.Email}
	if u.Name != "" {
		found.Name = &u.Name
	}
	return found
}
