package graphql

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// Kinds of Dagster's resources.
const (
	kindDeployment = "deployment"
	kindBranch     = "branch_deployment"
	kindLocation   = "code_location"
)

// Documents of Dagster's, by name. They decide nothing.
const (
	documentSettings = "settings" // of a deployment, or of the organization
	documentAgents   = "agent"    // what kind of agent serves a deployment
	documentBranch   = "branch"   // what a branch deployment was made of
	documentLocation = "location" // what runs a code location
)

// canAccess tells whether the caller may be in a deployment at all. Deployments that a caller cannot access are not listed;
// who may read everything sees them too, marked as such.
func (a *asking) canAccess(d *deployment) bool { return a.may("deployments.view", d.Path) }

func (a *asking) seesDeployment(d *deployment) bool { return a.view.All() || a.canAccess(d) }

// accessible lists the deployments that the caller sees, oldest first.
func (a *asking) accessible(which func(d *deployment) bool) ([]deployment, error) {
	all, err := a.deployments()
	if err != nil {
		return nil, err
	}
	var list []deployment
	for i := range all {
		if which(&all[i]) && a.seesDeployment(&all[i]) {
			list = append(list, all[i])
		}
	}
	slices.SortFunc(list, func(a, b deployment) int { return cmp.Compare(a.Number, b.Number) })
	return list, nil
}

// seenDeployment is deployment for reading: one that the caller does not see is as one that is not there.
func (a *asking) seenDeployment(number *int) (*deployment, error) {
	d, err := a.deployment(number)
	if err == nil && !a.seesDeployment(d) {
		return nil, noDeployment()
	}
	return d, err
}

func noDeployment() error {
	return fault.New(fault.NotFound, "there is no such deployment").In("deployment").Rather("one of those that the field deployments lists")
}

// numbered is a deployment by its number; without one, or with 0, which generated clients send instead, that of the address.
func (a *asking) numbered(number *int) (*deployment, error) {
	if number != nil && *number == 0 {
		number = nil
	}
	return a.deployment(number)
}

// shownDeployments shows many.
func (a *asking) shownDeployments(list []deployment) []*model.DagsterCloudDeployment {
	shown := make([]*model.DagsterCloudDeployment, len(list))
	for i := range list {
		shown[i] = a.shownDeployment(&list[i])
	}
	return shown
}

func (a *asking) shownDeployment(d *deployment) *model.DagsterCloudDeployment {
	shown := &model.DagsterCloudDeployment{Path: d.Path, OrganizationID: organizationNumber, OrganizationName: a.caller.Organization,
		OrganizationStatus: model.OrganizationStatusActive, DeploymentID: int(d.Number), DeploymentName: d.name,
		DeploymentStatus: model.DeploymentStatusActive, DeploymentType: model.DagsterCloudDeploymentTypeProduction,
		IsBranchDeployment: d.branch, AgentType: agentTypeOf(d.Resource), Commits: []*model.DeploymentCommit{}, CanHaveBranchDeployments: !d.branch}
	kind := kindDeployment
	if d.branch {
		kind, shown.DeploymentType = kindBranch, model.DagsterCloudDeploymentTypeBranch
		shown.BranchDeploymentGitMetadata, shown.LatestCommit = branchOf(d.Resource)
		if shown.LatestCommit != nil {
			shown.Commits = append(shown.Commits, shown.LatestCommit)
		}
	}
	shown.CanEditDeploymentSettings = a.mayAt(d.platform, access.OpResourceUpdate, kind, d.Path)
	shown.CanDeleteDeployment = a.mayAt(d.platform, access.OpResourceDelete, kind, d.Path)
	shown.CanEditDeploymentPermissions = a.mayGiveAt(d.platform, d.Path)
	shown.CanAccessDeployment = a.canAccess(d)
	shown.EditableSecretLocations = &model.EditableSecretLocations{AllLocations: a.may("secrets.edit", d.Path)}
	return shown
}

// madeDeployment shows what a change made, by its path.
func (a *asking) madeDeployment(m *made, path string) (*model.DagsterCloudDeployment, error) {
	r, p := m.Resource(path), dagsterOf(m.State)
	if r == nil || p == nil {
		return nil, fault.New(fault.Internal, "the deployment that was made is not there")
	}
	d := deploymentAt(p, r)
	shown := a.shownDeployment(&d)
	if a.dry && a.judged.Resource(path) == nil {
		shown.DeploymentID = 0 // another one will be its number
	}
	return shown, nil
}

func deploymentAt(p *state.Platform, r *state.Resource) deployment {
	segments, _ := access.SplitPath(r.Path)
	last := segments[len(segments)-1]
	return deployment{Resource: r, platform: p, name: last.Name, branch: p.Model.KindOf(r.Path) == kindBranch}
}

func (a *asking) createDeployment(ctx context.Context, name string, agents *model.DeploymentAgentType, from *int) (*model.DagsterCloudDeployment, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	create := client.ResourceCreate{Resource: p.Slug + "/" + access.EncodeName(name)}
	if from != nil && *from != 0 {
		source, err := a.deployment(from)
		if err != nil {
			return nil, err
		}
		create.CopyFrom = source.Path
	}
	if role, is := defaultRoleOf(p); is {
		create.Settings = map[string]string{ssoDefaultRole: role}
	}
	commands := []client.Command{create}
	if agents != nil && *agents != model.DeploymentAgentTypeHybrid {
		commands = append(commands, documentSet(create.Resource, documentAgents, *agents))
	}
	m, err := a.change(ctx, commands...)
	if err != nil {
		return nil, err
	}
	return a.madeDeployment(m, create.Resource)
}

func (a *asking) deleteDeployment(ctx context.Context, number int) (*model.DagsterCloudDeployment, error) {
	d, err := a.deployment(&number)
	if err != nil {
		return nil, err
	}
	shown := a.shownDeployment(d) // as it was: afterwards it is not
	shown.DeploymentStatus = model.DeploymentStatusPendingDeletion
	_, err = a.change(ctx, client.ResourceDelete{Resource: d.Path})
	return shown, err
}

func (a *asking) setAgentType(ctx context.Context, number *int, agents *model.DeploymentAgentType) (*model.DagsterCloudDeployment, error) {
	d, err := a.numbered(number)
	if err != nil {
		return nil, err
	}
	if agents == nil {
		return nil, fault.New(fault.Invalid, "no type of agent is named").In("deploymentAgentType").Rather("HYBRID or SERVERLESS")
	}
	m, err := a.change(ctx, documentSet(d.Path, documentAgents, *agents))
	if err != nil {
		return nil, err
	}
	return a.madeDeployment(m, d.Path)
}

func agentTypeOf(r *state.Resource) model.DeploymentAgentType {
	var found model.DeploymentAgentType
	if json.Unmarshal([]byte(r.Documents[documentAgents]), &found) != nil || !found.IsValid() {
		return model.DeploymentAgentTypeHybrid
	}
	return found
}

// documentSet is the command that keeps a value as a document.
func documentSet(path, name string, value any) client.DocumentSet {
	text, err := json.Marshal(value)
	if err != nil { // what GraphQL has read can be written
		text = nil
	}
	return client.DocumentSet{Resource: path, Name: name, Document: text}
}
