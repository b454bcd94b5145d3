package change

import (
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

func (j *judge) createTeam(c client.TeamCreate) error {
	if err := j.anyPlatform(access.OpTeamCreate, "teams.manage"); err != nil {
		return err
	}
	if err := name("team", c.Team); err != nil {
		return err
	}
	if j.now().TeamByName(c.Team) != nil {
		return fault.New(fault.Conflict, "there is a team %q already", c.Team).In("team")
	}
	id, number := newID(state.TeamPrefix), j.number()
	members, err := j.users("members", c.Members)
	if err != nil {
		return err
	}
	if len(members) > 0 {
		if err := j.mayFill(access.Holder{Kind: access.Team, ID: id}, members); err != nil {
			return err
		}
	}
	j.made(c.Do(), id, number)
	return j.emit(&event.TeamCreated{Team: id, Number: number, Name: c.Team, Members: members})
}

// mayFill judges the adding of people to a team. Where a platform lets nobody change their own memberships, a team that
// holds nothing yet is no way around: who is in it could give it something later.
func (j *judge) mayFill(team access.Holder, members []string) error {
	slugs := j.grantedOn(team)
	for _, slug := range slugs {
		if err := j.byHand(slug, access.OpTeamEditMembers); err != nil {
			return err
		}
	}
	if len(slugs) > 0 {
		return nil
	}
	if err := j.somewhereByHand(access.OpTeamEditMembers); err != nil {
		return err
	}
	if j.actor.Subject.Kind != access.User || !slices.Contains(members, j.actor.Subject.ID) || j.mayDirectory("teams.manage") {
		return nil
	}
	var refused error
	for _, slug := range j.now().Slugs() {
		if slug == accessfile.Directory || !j.governs(slug, access.OpTeamEditMembers) || j.operation(slug, access.OpTeamEditMembers, "", slug) != nil {
			continue
		}
		err := j.notOnSelf(j.now().Platform(slug), access.OpTeamEditMembers, j.actor.Subject.ID)
		if err == nil {
			return nil
		}
		refused = err
	}
	return refused
}

func (j *judge) users(field string, names []string) ([]string, error) {
	var ids []string
	for _, text := range names {
		u, err := j.user(field, text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, u.ID) {
			ids = append(ids, u.ID)
		}
	}
	return ids, nil
}

func (j *judge) renameTeam(c client.TeamRename) error {
	t, err := j.team("team", c.Team)
	if err != nil {
		return err
	}
	if err := j.onEach(holderOf(t), access.OpTeamRename, "teams.manage"); err != nil {
		return err
	}
	if err := name("to", c.To); err != nil {
		return err
	}
	if other := j.now().TeamByName(c.To); other != nil && other.ID != t.ID {
		return fault.New(fault.Conflict, "there is a team %q already", c.To).In("to")
	}
	return j.emit(&event.TeamRenamed{Team: t.ID, Name: c.To})
}

func holderOf(t *state.Team) access.Holder { return access.Holder{Kind: access.Team, ID: t.ID} }

func (j *judge) deleteTeam(c client.TeamDelete) error {
	t, err := j.team("team", c.Team)
	if err != nil {
		return err
	}
	if err := j.onEach(holderOf(t), access.OpTeamDelete, "teams.manage"); err != nil {
		return err
	}
	j.loseAll(holderOf(t), "", false)
	j.people = true
	return j.emit(&event.TeamDeleted{Team: t.ID})
}

func (j *judge) joinTeam(c client.TeamJoin) error {
	t, members, err := j.membership(c.Team, c.Members)
	if err != nil {
		return err
	}
	members = slices.DeleteFunc(members, func(id string) bool { return j.now().IsMember(t.ID, id) })
	if len(members) == 0 {
		return nil
	}
	if err := j.mayFill(holderOf(t), members); err != nil {
		return err
	}
	j.gainAll(holderOf(t), "membership", false)
	j.people = true
	return j.emit(&event.TeamJoined{Team: t.ID, Members: members})
}

func (j *judge) leaveTeam(c client.TeamLeave) error {
	t, members, err := j.membership(c.Team, c.Members)
	if err != nil {
		return err
	}
	for _, id := range members {
		if !j.now().IsMember(t.ID, id) {
			return fault.New(fault.NotFound, "%s is not in the team %q", j.now().User(id).Email, t.Name).In("members")
		}
	}
	j.loseAll(holderOf(t), "membership", false)
	j.people = true
	return j.emit(&event.TeamLeft{Team: t.ID, Members: members})
}

// membership finds a team and people, and judges whether the actor may change who is in it.
func (j *judge) membership(team string, names []string) (*state.Team, []string, error) {
	t, err := j.team("team", team)
	if err != nil {
		return nil, nil, err
	}
	if err := j.onEach(holderOf(t), access.OpTeamEditMembers, "teams.manage"); err != nil {
		return nil, nil, err
	}
	members, err := j.users("members", names)
	if err != nil {
		return nil, nil, err
	}
	for _, slug := range j.grantedOn(holderOf(t)) {
		for _, id := range members {
			if err := j.notOnSelf(j.now().Platform(slug), access.OpTeamEditMembers, id); err != nil {
				return nil, nil, err
			}
		}
	}
	return t, members, nil
}

// grantedOn lists the platforms where a holder has grants of its own.
func (j *judge) grantedOn(h access.Holder) []string {
	var slugs []string
	for _, g := range j.now().GrantsOf(h) {
		if slug := access.SlugOf(g.On); !slices.Contains(slugs, slug) {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

func (j *judge) createServiceUser(c client.ServiceUserCreate) error {
	if err := j.anyPlatform(access.OpServiceUserManage, "users.manage"); err != nil {
		return err
	}
	if err := j.freeServiceUser("service_user", c.ServiceUser); err != nil {
		return err
	}
	id, number := newID(state.ServiceUserPrefix), j.number()
	j.made(c.Do(), id, number)
	return j.emit(&event.ServiceUserCreated{ServiceUser: id, Number: number, Name: c.ServiceUser, Description: c.Description})
}

func (j *judge) freeServiceUser(field, text string) error {
	if err := name(field, text); err != nil {
		return err
	}
	if j.now().ServiceUserByName(text) != nil {
		return fault.New(fault.Conflict, "there is a service user %q already", text).In(field)
	}
	return nil
}

func (j *judge) updateServiceUser(c client.ServiceUserUpdate) error {
	u, err := j.managed(c.ServiceUser)
	if err != nil {
		return err
	}
	next := event.ServiceUserChanged{ServiceUser: u.ID, Name: u.Name, Description: u.Description}
	set(&next.Description, c.Description)
	if c.Name != nil && *c.Name != u.Name {
		if err := j.freeServiceUser("name", *c.Name); err != nil {
			return err
		}
		next.Name = *c.Name
	}
	return j.emit(&next)
}

// managed finds a service user that the actor may change.
func (j *judge) managed(text string) (*state.ServiceUser, error) {
	u, err := j.serviceUser("service_user", text)
	if err != nil {
		return nil, err
	}
	return u, j.onService(access.Holder{Kind: access.ServiceUser, ID: u.ID}, access.OpServiceUserManage)
}

// onService judges an operation on a service user: on each platform where it has grants, by the row for the platform, or
// by one for the resources that all of its grants are beneath.
func (j *judge) onService(h access.Holder, operation string) error {
	wide := j.onEach(h, operation, "users.manage")
	if wide == nil {
		return nil
	}
	slugs := j.grantedOn(h)
	for _, slug := range slugs {
		if !j.onCommon(slug, h, operation) {
			return wide
		}
	}
	if len(slugs) == 0 {
		return wide
	}
	return nil
}

// onCommon tries the rows for kinds of resources: every grant of the holder must be beneath one that the actor governs.
func (j *judge) onCommon(slug string, h access.Holder, operation string) bool {
	p := j.now().Platform(slug)
	for i := range p.Model.Governance.Operations {
		o := &p.Model.Governance.Operations[i]
		if o.Name != operation || o.Kind == "" {
			continue
		}
		every := true
		for _, g := range j.now().GrantsOf(h) {
			at := j.ancestor(p, g.On, o.Kind)
			every = every && (access.SlugOf(g.On) != slug || at != "" && j.operation(slug, operation, o.Kind, at) == nil)
		}
		if every {
			return true
		}
	}
	return false
}

func (j *judge) deleteServiceUser(c client.ServiceUserDelete) error {
	u, err := j.managed(c.ServiceUser)
	if err != nil {
		return err
	}
	h := access.Holder{Kind: access.ServiceUser, ID: u.ID}
	j.loseAll(h, "", true)
	if err := j.endTokensOf(h); err != nil {
		return err
	}
	return j.emit(&event.ServiceUserDeleted{ServiceUser: u.ID})
}

func (j *judge) createAgent(c client.AgentCreate) error {
	if err := j.anyPlatform(access.OpAgentManage, "users.manage"); err != nil {
		return err
	}
	id := newID(state.AgentPrefix)
	j.made(c.Do(), id, 0)
	return j.emit(&event.AgentCreated{Agent: id, Description: c.Description})
}

func (j *judge) deleteAgent(c client.AgentDelete) error {
	if j.now().Agent(c.Agent) == nil {
		return fault.New(fault.NotFound, "there is no agent %q", c.Agent).In("agent")
	}
	h := access.Holder{Kind: access.Agent, ID: c.Agent}
	if err := j.onEach(h, access.OpAgentManage, "users.manage"); err != nil {
		return err
	}
	j.loseAll(h, "", true)
	if err := j.endTokensOf(h); err != nil {
		return err
	}
	return j.emit(&event.AgentDeleted{Agent: c.Agent})
}
