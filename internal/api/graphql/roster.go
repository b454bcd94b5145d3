package graphql

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// A roster shows what people, service users, teams and agents have on the platform that Dagster+'s names are about. It is for
// one answer and one goroutine: whoever is shown after somebody else uses what was found out for them.
type roster struct {
	*sight.Sight
	platform *state.Platform
	at       time.Time
	words    map[string]model.PermissionGrant
	places   map[string]place // by path of a scope
	levels   map[string]int   // by id of a team
	best     map[string]*state.Grant
	shown    map[string]*model.DagsterCloudScopedPermissionGrant
}

// A place is a scope in Dagster+'s words.
type place struct {
	scope      model.PermissionDeploymentScope // "" for a code location, and for what Dagster+ has no word for
	deployment *int                            // integer id; nil: all of the organization's
	base       string                          // path of a code location's deployment
	location   string                          // its name
}

// Levels of roles beneath those of the ladder, which follow in the model's order.
const (
	levelNone = iota
	levelCustom
	levelLeast
)

// roster shows the facts of now.
func (a *asking) roster() (*roster, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	return &roster{Sight: a.sight(), platform: p, at: a.moment, words: words(), places: map[string]place{}, levels: map[string]int{},
		best: map[string]*state.Grant{}, shown: map[string]*model.DagsterCloudScopedPermissionGrant{}}, nil
}

// seenRoster is roster for whoever sees the platform's people; the others are refused.
func (a *asking) seenRoster() (*roster, error) {
	r, err := a.roster()
	if err != nil {
		return nil, err
	}
	return r, r.On(r.platform.Slug)
}

// held shows a holder's own grants. Where there are several at one scope, which Dagster+ has not, it is the most permissive one
// that is shown; those that have not begun or are over are not.
func (r *roster) held(h access.Holder) *model.DagsterCloudScopedPermissionGrants {
	found := &model.DagsterCloudScopedPermissionGrants{}
	clear(r.shown)
	locations := r.choose(h)
	for path, g := range r.best {
		at := r.place(path)
		if at.scope == "" {
			continue
		}
		kind, custom := r.wordOf(g.Role)
		scoped := &model.DagsterCloudScopedPermissionGrant{ID: int(g.Number), OrganizationID: organizationNumber, DeploymentID: at.deployment,
			Grant: kind, CustomRoleID: custom, DeploymentScope: at.scope, LocationGrants: []*model.LocationScopedGrant{}}
		r.shown[path] = scoped
		switch {
		case at.scope == model.PermissionDeploymentScopeOrganization:
			found.OrganizationPermissionGrant = scoped
		case at.scope == model.PermissionDeploymentScopeDeployment:
			found.DeploymentPermissionGrants = append(found.DeploymentPermissionGrants, scoped)
		case at.deployment == nil:
			found.AllBranchDeploymentsPermissionGrant = scoped
		default:
			found.PerBaseBranchDeploymentsPermissionGrants = append(found.PerBaseBranchDeploymentsPermissionGrants, scoped)
		}
	}
	for _, path := range locations {
		at := r.place(path)
		if base := r.shown[at.base]; base != nil {
			kind, custom := r.wordOf(r.best[path].Role)
			base.LocationGrants = append(base.LocationGrants, &model.LocationScopedGrant{LocationName: at.location, Grant: kind, CustomRoleID: custom})
		}
	}
	byDeployment := func(x, y *model.DagsterCloudScopedPermissionGrant) int { return *x.DeploymentID - *y.DeploymentID }
	slices.SortFunc(found.DeploymentPermissionGrants, byDeployment)
	slices.SortFunc(found.PerBaseBranchDeploymentsPermissionGrants, byDeployment)
	return found
}

// choose sets best to a holder's grants that are shown, by path, and returns the paths of code locations in order.
func (r *roster) choose(h access.Holder) (locations []string) {
	clear(r.best)
	for g := range r.inForce(h) {
		old := r.best[g.On]
		if old == nil && r.place(g.On).base != "" {
			locations = append(locations, g.On)
		}
		if old == nil || r.level(old.Role) < r.level(g.Role) {
			r.best[g.On] = g
		}
	}
	slices.Sort(locations)
	return locations
}

// inForce visits a holder's grants on the platform that count now, where they may be seen.
func (r *roster) inForce(h access.Holder) func(func(*state.Grant) bool) {
	return func(yield func(*state.Grant) bool) {
		if !r.Sees(r.platform.Slug) {
			return
		}
		for _, g := range r.GrantsOf(h) {
			rest, here := strings.CutPrefix(g.On, r.platform.Slug)
			counts := !r.at.Before(g.From) && (g.Until.IsZero() || r.at.Before(g.Until))
			if here && (rest == "" || rest[0] == '/') && counts && !yield(g) {
				return
			}
		}
	}
}

// place says a scope in Dagster+'s words.
func (r *roster) place(path string) place {
	if known, is := r.places[path]; is {
		return known
	}
	at := r.newPlace(path)
	r.places[path] = at
	return at
}

func (r *roster) newPlace(path string) place {
	segments, err := access.SplitPath(path)
	if err != nil {
		return place{}
	}
	kind, err := r.platform.Model.PathKind(segments[1:])
	if err != nil {
		return place{}
	}
	parent := access.JoinPath(segments[:len(segments)-1])
	switch kind.Name {
	case r.platform.Model.Kinds[0].Name:
		return place{scope: model.PermissionDeploymentScopeOrganization}
	case "deployment":
		return place{scope: model.PermissionDeploymentScopeDeployment, deployment: r.number(path)}
	case "all_branch_deployments":
		return place{scope: model.PermissionDeploymentScopeAllBranchDeployments}
	case "parent_branch_deployments":
		return place{scope: model.PermissionDeploymentScopeAllBranchDeployments, deployment: r.number(parent)}
	case "code_location":
		return place{base: parent, location: segments[len(segments)-1].Name}
	}
	return place{}
}

func (r *roster) number(path string) *int {
	number := 0
	if found := r.Resource(path); found != nil {
		number = int(found.Number)
	}
	return &number
}

// words are Dagster+'s built-in roles in its API: PermissionGrant of dagster-io/terraform-provider-dagsterplus
// (internal/client/schema/schema.graphql, read 2026-11), which has one word for both administrators.
func words() map[string]model.PermissionGrant {
	return map[string]model.PermissionGrant{
		"viewer": model.PermissionGrantViewer, "launcher": model.PermissionGrantLauncher, "editor": model.PermissionGrantEditor,
		"admin": model.PermissionGrantAdmin, "organization_admin": model.PermissionGrantAdmin, "agent": model.PermissionGrantAgent,
	}
}

// wordOf says a role in Dagster+'s words: its word, or that it is custom and its id.
func (r *roster) wordOf(role string) (model.PermissionGrant, *string) {
	if r.platform.Model.Role(role) != nil {
		return r.words[role], nil
	}
	if custom := r.Role(r.platform.Slug, role); custom != nil {
		return model.PermissionGrantCustom, &custom.ID
	}
	return model.PermissionGrantCustom, nil
}

// level is how permissive a role is. A custom role has no place on the ladder, and is beneath it.
func (r *roster) level(role string) int {
	i := slices.IndexFunc(r.platform.Model.Roles, func(known access.Role) bool { return known.Name == role })
	if i < 0 {
		return levelCustom
	}
	return levelLeast + i
}

// highest is the level of the most permissive of a holder's own roles, at whatever scope.
func (r *roster) highest(h access.Holder) int {
	most := levelNone
	for g := range r.inForce(h) {
		most = max(most, r.level(g.Role))
	}
	return most
}

// licensed is the most permissive role that a person has at any scope, by their own grants or a team's; nil where they have none.
func (r *roster) licensed(h access.Holder, teams []string) *model.PermissionGrant {
	most := r.highest(h)
	for _, id := range teams {
		level, known := r.levels[id]
		if !known {
			level = r.highest(access.Holder{Kind: access.Team, ID: id})
			r.levels[id] = level
		}
		most = max(most, level)
	}
	word := model.PermissionGrantCustom
	switch {
	case most == levelNone:
		return nil
	case most >= levelLeast:
		word = r.words[r.platform.Model.Roles[most-levelLeast].Name]
	}
	return &word
}
