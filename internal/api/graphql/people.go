package graphql

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

func holderOf(kind access.HolderKind, id string) access.Holder {
	return access.Holder{Kind: kind, ID: id}
}

// user shows a person with what they have.
func (r *roster) user(u *state.User) *model.DagsterCloudUserWithScopedPermissionGrants {
	h := holderOf(access.User, u.ID)
	own := r.held(h)
	return &model.DagsterCloudUserWithScopedPermissionGrants{ID: u.ID, User: userOf(u), LicensedRole: r.licensed(h, u.Teams),
		OrganizationPermissionGrant: own.OrganizationPermissionGrant, AllBranchDeploymentsPermissionGrant: own.AllBranchDeploymentsPermissionGrant,
		PerBaseBranchDeploymentsPermissionGrants: own.PerBaseBranchDeploymentsPermissionGrants, DeploymentPermissionGrants: own.DeploymentPermissionGrants}
}

// userAgain shows a person as they are after a change. In a dry run, somebody whom an earlier field would add has another id then.
func (r *roster) userAgain(before *state.User) *model.DagsterCloudUserWithScopedPermissionGrants {
	for _, now := range []*state.User{r.User(before.ID), r.UserByEmail(before.Email)} {
		if now != nil {
			return r.user(now)
		}
	}
	return r.user(before)
}

// members are the people of the platform by e-mail, those too who are deactivated: they belong to it, and take up a seat.
func (r *roster) members() []*state.User {
	return r.ListUsers(state.UserQuery{Platform: r.platform.Slug, Sort: "email", Limit: max(1, r.Counts().Users)}).Users
}

// people shows everybody, with how many there are whose most permissive role is which.
func (r *roster) people() *model.DagsterCloudUsersWithScopedPermissionGrants {
	members := r.members()
	list := make([]*model.DagsterCloudUserWithScopedPermissionGrants, 0, len(members))
	for _, u := range members {
		list = append(list, r.user(u))
	}
	return &model.DagsterCloudUsersWithScopedPermissionGrants{Users: list, UserCountsByHighestLevel: r.counts(members)}
}

// counts says of each role how many people there are whose most permissive one it is. Who has none is not counted.
func (r *roster) counts(members []*state.User) []*model.UserCount {
	of := map[model.PermissionGrant]int{}
	for _, u := range members {
		if word := r.licensed(holderOf(access.User, u.ID), u.Teams); word != nil {
			of[*word]++
		}
	}
	var list []*model.UserCount
	for _, word := range []model.PermissionGrant{model.PermissionGrantViewer, model.PermissionGrantLauncher, model.PermissionGrantEditor,
		model.PermissionGrantAdmin, model.PermissionGrantCustom} {
		list = append(list, &model.UserCount{UserType: word, Count: of[word]})
	}
	return list
}

// team shows a team with what it has. Clients compare the id with the team's own.
func (r *roster) team(t *state.Team) *model.DagsterCloudTeamPermissions {
	own := r.held(holderOf(access.Team, t.ID))
	return &model.DagsterCloudTeamPermissions{ID: t.ID, Team: teamOf(t),
		OrganizationPermissionGrant: own.OrganizationPermissionGrant, AllBranchDeploymentsPermissionGrant: own.AllBranchDeploymentsPermissionGrant,
		PerBaseBranchDeploymentsPermissionGrants: own.PerBaseBranchDeploymentsPermissionGrants, DeploymentPermissionGrants: own.DeploymentPermissionGrants}
}

// teamOf is a team in Dagster+'s words. Its members have a resolver.
func teamOf(t *state.Team) *model.DagsterCloudTeam {
	return &model.DagsterCloudTeam{ID: t.ID, Name: t.Name}
}

// address reads an e-mail that a client must give.
func address(text *string) (string, error) {
	if text == nil || *text == "" {
		return "", fault.New(fault.Invalid, "there is no e-mail address").In("email").By("email")
	}
	found, err := email.Normalize(*text)
	if err != nil {
		return "", fault.New(fault.Invalid, "%v", err).In("email").By("email")
	}
	return found, nil
}

// person finds somebody who belongs to the platform. Whoever is in the directory only is nobody in Dagster+'s words.
func (a *asking) person(text *string) (*state.User, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	found, err := address(text)
	if err != nil {
		return nil, err
	}
	st := a.present()
	if u := st.UserByEmail(found); u != nil && st.Concerns(u, p.Slug, a.moment) {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "nobody in the organization has the e-mail address %q", found).In("email").Rather("add them first, by addUserToOrganization")
}

// personByNumber finds somebody whom the caller sees by integer id.
func (a *asking) personByNumber(number int) (*state.User, error) {
	s := a.sight()
	if u := userNumbered(s.State, number); u != nil && s.SeesUser(u) {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "there is no user %d", number).In("memberId").Rather("the userId of one of usersOrError")
}

// teamByID finds a team that the caller sees.
func (a *asking) teamByID(id string) (*state.Team, error) {
	s := a.sight()
	if t := s.Team(id); t != nil && s.SeesSubject(holderOf(access.Team, id)) {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "there is no team with the id %q", id).In("teamId").Rather("the id of one of teamPermissions")
}

// membership finds a team and somebody, who need not be a member of it.
func (a *asking) membership(team string, member int) (*state.Team, *state.User, error) {
	t, err := a.teamByID(team)
	if err != nil {
		return nil, nil, err
	}
	u, err := a.personByNumber(member)
	return t, u, err
}

// removal takes somebody out of what Dagster+ calls the organization. That is our directory where Dagster is the only product
// that is attached, the person has nothing in the directory itself, and the caller may remove people from it: everything that
// lets them in then ends. Otherwise it is the membership of the platform, with all that they have there: other products are no
// business of a client that was written for Dagster+.
func (a *asking) removal(p *state.Platform, u *state.User) client.Command {
	st, called := a.present(), strings.TrimPrefix(a.called(holderOf(access.User, u.ID)), "user:")
	others := slices.ContainsFunc(st.Slugs(), func(slug string) bool { return slug != p.Slug && slug != accessfile.Directory })
	if !others && !st.Concerns(u, accessfile.Directory, a.moment) && a.view.GovernsIdentities("users.manage") {
		return client.UserRemove{User: called}
	}
	return client.MemberRemove{User: called, Platform: p.Slug}
}
