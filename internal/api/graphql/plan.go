package graphql

import (
	"context"
	"math"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// place is what questions about permissions are about: the deployment of the address, or all of Dagster's.
func (a *asking) place() (string, error) {
	if a.address == "" {
		p, err := a.dagster()
		if err != nil {
			return "", err
		}
		return p.Slug, nil
	}
	d, err := a.current()
	if err != nil {
		return "", err
	}
	return d.Path, nil
}

// planType is the plan in Dagster+'s words; without one there is no limit.
func (a *asking) planType() (model.DagsterCloudPlanType, error) {
	p, err := a.dagster()
	if err != nil {
		return "", err
	}
	switch p.Plan {
	case "", "pro", "enterprise":
		return model.DagsterCloudPlanTypeEnterprise, nil
	case "solo":
		return model.DagsterCloudPlanTypeSolo, nil
	case "starter":
		return model.DagsterCloudPlanTypeTeam, nil
	case "standard":
		return model.DagsterCloudPlanTypeStandard, nil
	}
	return model.DagsterCloudPlanTypeUnknown, nil
}

// seatFree tells whether the plan lets somebody else become a member.
func (a *asking) seatFree() (bool, error) {
	p, err := a.dagster()
	if err != nil {
		return false, err
	}
	return p.Seats == 0 || a.present().ListUsers(state.UserQuery{Platform: p.Slug, Status: "active", Limit: 1}).Total < p.Seats, nil
}

// provisioned tells whether an identity provider writes people and teams by itself.
func (a *asking) provisioned() bool { return a.present().Settings[change.SettingProvisioning] == "on" }

func (a *asking) setProvisioning(ctx context.Context, enabled *bool) (*model.SetScimSyncEnabledSuccess, error) {
	if enabled == nil {
		return nil, fault.New(fault.Invalid, "it is neither on nor off").In("enabled").Rather("true or false")
	}
	value := "off"
	if *enabled {
		value = "on"
	}
	if _, err := a.change(ctx, client.OrganizationSet{Name: change.SettingProvisioning, Value: value}); err != nil {
		return nil, err
	}
	return &model.SetScimSyncEnabledSuccess{Enabled: *enabled}, nil
}

// gate is the value of one of Dagster+'s feature gates: what of the plan is about access. Of the rest nothing is there.
func (a *asking) gate(key model.FeatureGateKey) any {
	p := dagsterOf(a.present())
	switch key {
	case model.FeatureGateKeyCustomRbacEnabled:
		return planHas(p, "custom_roles")
	case model.FeatureGateKeyEnableOrgSettingsTeamsPage:
		return planHas(p, "teams")
	case model.FeatureGateKeyEnableServiceUsers:
		return planHas(p, "service_users")
	case model.FeatureGateKeyEnableAuditLogAccess, model.FeatureGateKeyEnableScimProvisioningPage:
		return true
	case model.FeatureGateKeyProductionDeploymentLimit, model.FeatureGateKeyEditorAdminLimit:
		return math.MaxInt32 // no plan of ours limits them
	default:
		return false
	}
}

// planHas tells whether a platform's plan has something.
func planHas(p *state.Platform, feature string) bool {
	if p == nil {
		return false
	}
	i := slices.IndexFunc(p.Model.Plans, func(plan access.Plan) bool { return plan.Name == p.Plan })
	return i < 0 || !slices.Contains(p.Model.Plans[i].Without, feature)
}
