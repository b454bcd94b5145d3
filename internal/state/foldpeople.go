package state

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/event"
)

// foldPeople folds what concerns users, service users, agents and teams; it answers false for other events.
func (e *Edit) foldPeople(ev event.Event, at time.Time) (bool, error) {
	switch ev := ev.(type) {
	case *event.UserAdded:
		e.s.taken(ev.Number)
		e.putUser(nil, &User{ID: ev.User, Number: ev.Number, Email: ev.Profile.Email, Name: ev.Profile.Name, Added: at})
		return true, nil
	case *event.UserChanged:
		return true, e.user(ev.User, func(u *User) { u.Email, u.Name = ev.Profile.Email, ev.Profile.Name })
	case *event.UserDeactivated:
		return true, e.user(ev.User, func(u *User) { u.Inactive, u.EndedBefore = true, at })
	case *event.UserReactivated:
		return true, e.user(ev.User, func(u *User) { u.Inactive = false })
	case *event.UserRemoved:
		return true, e.removeUser(ev.User, at)
	case *event.MemberAdded:
		return true, e.user(ev.User, func(u *User) { u.On = with(u.On, ev.Platform) })
	case *event.MemberRemoved:
		return true, e.user(ev.User, func(u *User) { u.On = without(u.On, ev.Platform) })
	case *event.SignedIn:
		e.s.signIns[ev.Platform]++
		return true, e.user(ev.User, func(u *User) { u.SignedIn = with(u.SignedIn, ev.Platform) })
	case *event.LicenseSet:
		return true, e.user(ev.User, func(u *User) { u.Licenses = withEntry(u.Licenses, ev.Platform, ev.License) })
	case *event.ServiceUserCreated:
		e.s.taken(ev.Number)
		e.putServiceUser(&ServiceUser{ID: ev.ServiceUser, Number: ev.Number, Name: ev.Name, Description: ev.Description, Added: at})
		return true, nil
	case *event.ServiceUserChanged:
		return true, e.changeServiceUser(ev)
	case *event.ServiceUserDeleted:
		return true, e.removeSubject(access.Subject{Kind: access.ServiceUser, ID: ev.ServiceUser}, at)
	case *event.AgentCreated:
		e.s.agents.Set(ev.Agent, &Agent{ID: ev.Agent, Description: ev.Description, Added: at})
		e.change(access.PutSubject{Subject: access.Subject{Kind: access.Agent, ID: ev.Agent}})
		return true, nil
	case *event.AgentDeleted:
		return true, e.removeSubject(access.Subject{Kind: access.Agent, ID: ev.Agent}, at)
	}
	return e.foldTeam(ev, at)
}

func (e *Edit) foldTeam(ev event.Event, at time.Time) (bool, error) {
	switch ev := ev.(type) {
	case *event.TeamCreated:
		e.s.taken(ev.Number)
		e.s.teams.Set(ev.Team, &Team{ID: ev.Team, Number: ev.Number, Name: ev.Name, Added: at})
		e.s.teamNames.Set(ev.Name, ev.Team)
		e.change(access.PutTeam{Name: ev.Team})
		return true, e.join(ev.Team, ev.Members)
	case *event.TeamRenamed:
		return true, e.team(ev.Team, func(t *Team) {
			e.s.teamNames.Delete(t.Name)
			t.Name = ev.Name
			e.s.teamNames.Set(t.Name, t.ID)
		})
	case *event.TeamDeleted:
		return true, e.removeTeam(ev.Team)
	case *event.TeamJoined:
		return true, e.join(ev.Team, ev.Members)
	case *event.TeamLeft:
		return true, e.leave(ev.Team, ev.Members)
	}
	return false, nil
}

func (e *Edit) putUser(old, u *User) {
	e.setUser(u)
	e.change(access.PutUser{UserFacts: u.facts()})
	if e.late.on {
		return
	}
	if old != nil {
		e.s.byName.Delete(nameKey(old))
		if old.Email != "" {
			e.s.emails.Delete(old.Email)
		}
	}
	e.s.byName.Set(nameKey(u), u.ID)
	if u.Email != "" {
		e.s.emails.Set(u.Email, u.ID)
	}
}

func (e *Edit) setUser(u *User) {
	if e.fresh != nil {
		e.fresh[u.ID] = u
	}
	if e.late.on {
		e.late.users = append(e.late.users, u)
		return
	}
	e.s.users.Set(u.ID, u)
}

// record finds a user's record, or nil.
func (e *Edit) record(id string) *User {
	if e.fresh != nil {
		return e.fresh[id]
	}
	return e.s.User(id)
}

func (u *User) facts() access.UserFacts {
	return access.UserFacts{ID: u.ID, Inactive: u.Inactive, Licenses: u.Licenses, On: u.On}
}

// user changes a copy of a user's record.
func (e *Edit) user(id string, change func(*User)) error {
	old := e.record(id)
	if old == nil {
		return missing("user", id)
	}
	if e.late.on {
		change(old) // nobody has it yet, and nothing is found by what changes
		return nil
	}
	next := *old
	change(&next)
	e.putUser(old, &next)
	return nil
}

func (e *Edit) removeUser(id string, at time.Time) error {
	u := e.record(id)
	if u == nil {
		return missing("user", id)
	}
	for _, t := range u.Teams {
		if err := e.team(t, func(t *Team) { t.Members-- }); err != nil {
			return err
		}
		e.dropMember(t, id)
	}
	if err := e.dropWaysOf(id); err != nil {
		return err
	}
	return e.removeSubject(access.Subject{Kind: access.User, ID: id}, at)
}

// removeSubject removes a subject's record with its grants; its tokens end.
func (e *Edit) removeSubject(h access.Subject, at time.Time) error {
	switch h.Kind {
	case access.User:
		if !e.late.on {
			u := e.record(h.ID)
			e.s.byName.Delete(nameKey(u))
			e.s.emails.Delete(u.Email)
			e.s.users.Delete(h.ID)
		}
		delete(e.fresh, h.ID)
	case access.ServiceUser:
		u := e.s.ServiceUser(h.ID)
		if u == nil {
			return missing("service user", h.ID)
		}
		e.s.svcNames.Delete(u.Name)
		e.s.services.Delete(h.ID)
	case access.Agent:
		if e.s.Agent(h.ID) == nil {
			return missing("agent", h.ID)
		}
		e.s.agents.Delete(h.ID)
	}
	e.dropGrantsOf(h)
	for t := range e.s.TokensOf(h) {
		if t.Ended {
			continue
		}
		if err := e.token(t.Token, func(t *Token) { t.Ended, t.EndedAt = true, at }); err != nil {
			return err
		}
	}
	e.change(access.RemoveSubject{Subject: h})
	return nil
}

func (e *Edit) dropGrantsOf(h access.Holder) {
	for key, g := range collect(e.s.GrantsOf(h)) {
		e.s.grants.Delete(key)
		e.dropScope(&g.Grant)
	}
}

func (e *Edit) putServiceUser(u *ServiceUser) {
	e.s.services.Set(u.ID, u)
	e.s.svcNames.Set(u.Name, u.ID)
	e.change(access.PutSubject{Subject: access.Subject{Kind: access.ServiceUser, ID: u.ID}})
}

func (e *Edit) changeServiceUser(ev *event.ServiceUserChanged) error {
	old := e.s.ServiceUser(ev.ServiceUser)
	if old == nil {
		return missing("service user", ev.ServiceUser)
	}
	next := *old
	next.Name, next.Description = ev.Name, ev.Description
	e.s.svcNames.Delete(old.Name)
	e.s.services.Set(next.ID, &next)
	e.s.svcNames.Set(next.Name, next.ID)
	return nil
}

// team changes a copy of a team's record.
func (e *Edit) team(id string, change func(*Team)) error {
	old := e.s.Team(id)
	if old == nil {
		return missing("team", id)
	}
	next := *old
	change(&next)
	e.s.teams.Set(id, &next)
	return nil
}

func (e *Edit) removeTeam(id string) error {
	t := e.s.Team(id)
	if t == nil {
		return missing("team", id)
	}
	e.complete()
	for _, u := range e.s.Members(id) {
		old := e.s.User(u)
		next := *old
		next.Teams = without(old.Teams, id)
		e.setUser(&next)
		e.dropMember(id, u)
	}
	e.dropGrantsOf(access.Holder{Kind: access.Team, ID: id})
	e.s.teams.Delete(id)
	e.s.teamNames.Delete(t.Name)
	e.change(access.RemoveTeam{Name: id})
	return nil
}

func (e *Edit) join(team string, users []string) error {
	joined := 0
	for _, id := range users {
		old := e.record(id)
		if old == nil {
			return missing("user", id)
		}
		i, found := slices.BinarySearch(old.Teams, team)
		if found {
			continue
		}
		if e.fresh != nil {
			old.Teams = slices.Insert(old.Teams, i, team)
		} else {
			next := *old
			next.Teams = with(old.Teams, team)
			e.setUser(&next)
		}
		if !e.late.on {
			e.s.members.Set(memberKey(team, id), struct{}{})
		}
		e.change(access.Join{Team: team, User: id})
		joined++
	}
	return e.team(team, func(t *Team) { t.Members += joined })
}

func (e *Edit) leave(team string, users []string) error {
	for _, id := range users {
		old := e.record(id)
		if old == nil || !slices.Contains(old.Teams, team) {
			return fmt.Errorf("user %q is not in team %q", id, team)
		}
		next := *old
		next.Teams = without(old.Teams, team)
		e.setUser(&next)
		e.dropMember(team, id)
		e.change(access.Leave{Team: team, User: id})
	}
	return e.team(team, func(t *Team) { t.Members -= len(users) })
}

func (e *Edit) dropMember(team, user string) {
	if !e.late.on {
		e.s.members.Delete(memberKey(team, user))
	}
}

// with returns a sorted list with a word in it, without returns one where it is not; neither changes the list it is given.
func with(list []string, word string) []string {
	i, found := slices.BinarySearch(list, word)
	if found {
		return list
	}
	longer := make([]string, 0, len(list)+1)
	return append(append(append(longer, list[:i]...), word), list[i:]...)
}

func without(list []string, word string) []string {
	i, found := slices.BinarySearch(list, word)
	if !found {
		return list
	}
	return slices.Concat(list[:i], list[i+1:])
}

// withEntry returns a map with an entry, or without it where the value is ""; it does not change the map it is given.
func withEntry(old map[string]string, key, value string) map[string]string {
	next := maps.Clone(old)
	if value == "" {
		delete(next, key)
		return next
	}
	if next == nil {
		next = map[string]string{}
	}
	next[key] = value
	return next
}
