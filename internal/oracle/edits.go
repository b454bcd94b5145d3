package oracle

import (
	"slices"
	"strings"

	"bailiwick/access"
)

// EditKind names what an Edit does; each is one of the changes that a snapshot can be given.
type EditKind string

// The kinds of edits.
const (
	PutUser        EditKind = "put user"
	PutServiceUser EditKind = "put service user"
	PutAgent       EditKind = "put agent"
	RemoveSubject  EditKind = "remove subject"
	PutTeam        EditKind = "put team"
	RemoveTeam     EditKind = "remove team"
	Join           EditKind = "join"
	Leave          EditKind = "leave"
	AddGrant       EditKind = "add grant"
	RemoveGrant    EditKind = "remove grant"
	PutResource    EditKind = "put resource"
	RemoveResource EditKind = "remove resource"
	PutRole        EditKind = "put role"
	RemoveRole     EditKind = "remove role"
	PutPlatform    EditKind = "put platform"
	RemovePlatform EditKind = "remove platform"
)

// An Edit is one change of an organization. Only the fields that its kind needs are set.
type Edit struct {
	Kind     EditKind
	User     access.UserFacts
	Subject  access.Subject
	Team     string
	Grant    access.Grant
	Slug     string
	Resource access.Resource
	Role     access.Role
	Platform access.Platform
}

// Do returns the changed organization; org stays as it was. What hangs on a removed thing goes with it.
func (e Edit) Do(org access.Organization) access.Organization {
	c := Clone(org)
	switch e.Kind {
	case PutUser:
		c.Users = slices.DeleteFunc(c.Users, func(u access.UserFacts) bool { return u.ID == e.User.ID })
		c.Users = append(c.Users, e.User)
	case PutServiceUser:
		c.ServiceUsers = append(c.ServiceUsers, e.Subject.ID)
	case PutAgent:
		c.Agents = append(c.Agents, e.Subject.ID)
	case RemoveSubject:
		removeSubject(&c, e.Subject)
	case PutTeam:
		c.Teams = append(c.Teams, access.TeamFacts{Name: e.Team})
	case RemoveTeam:
		c.Teams = slices.DeleteFunc(c.Teams, func(t access.TeamFacts) bool { return t.Name == e.Team })
		removeGrants(&c, func(g access.Grant) bool { return g.To == access.Holder{Kind: access.Team, ID: e.Team} })
	case Join, Leave:
		for i := range c.Teams {
			if c.Teams[i].Name == e.Team {
				c.Teams[i].Members = slices.DeleteFunc(c.Teams[i].Members, func(id string) bool { return id == e.Subject.ID })
				if e.Kind == Join {
					c.Teams[i].Members = append(c.Teams[i].Members, e.Subject.ID)
				}
			}
		}
	case AddGrant:
		c.Grants = append(c.Grants, e.Grant)
	case RemoveGrant:
		// One of them: where the same row stands twice, the other goes on counting (dbt.md §7, trap 28).
		same := func(g access.Grant) bool { return grantKey(g) == grantKey(e.Grant) }
		if i := slices.IndexFunc(c.Grants, same); i >= 0 {
			c.Grants = slices.Delete(c.Grants, i, i+1)
		}
	case RemovePlatform:
		return withoutPlatform(c, e.Slug)
	default:
		e.onPlatform(&c)
	}
	return c
}

func (e Edit) onPlatform(c *access.Organization) {
	isNew := !slices.ContainsFunc(c.Platforms, func(p access.Platform) bool { return p.Slug == e.Slug })
	if e.Kind == PutPlatform && isNew {
		c.Platforms = append(c.Platforms, e.Platform)
	}
	for i := range c.Platforms {
		p := &c.Platforms[i]
		if p.Slug != e.Slug {
			continue
		}
		switch e.Kind {
		case PutResource:
			p.Resources = slices.DeleteFunc(p.Resources, func(r access.Resource) bool { return r.Path == e.Resource.Path })
			p.Resources = append(p.Resources, e.Resource)
		case RemoveResource:
			beneath := func(path string) bool {
				return path == e.Resource.Path || strings.HasPrefix(path, e.Resource.Path+"/")
			}
			p.Resources = slices.DeleteFunc(p.Resources, func(r access.Resource) bool { return beneath(r.Path) })
			removeGrants(c, func(g access.Grant) bool { return beneath(g.On) })
		case PutRole:
			p.Roles = slices.DeleteFunc(p.Roles, func(r access.Role) bool { return r.Name == e.Role.Name })
			p.Roles = append(p.Roles, e.Role)
		case RemoveRole:
			p.Roles = slices.DeleteFunc(p.Roles, func(r access.Role) bool { return r.Name == e.Role.Name })
		case PutPlatform:
			p.Settings = e.Platform.Settings
		}
	}
}

func removeSubject(c *access.Organization, s access.Subject) {
	same := func(id string) bool { return id == s.ID }
	switch s.Kind {
	case access.User:
		c.Users = slices.DeleteFunc(c.Users, func(u access.UserFacts) bool { return u.ID == s.ID })
		for i := range c.Teams {
			c.Teams[i].Members = slices.DeleteFunc(c.Teams[i].Members, same)
		}
	case access.ServiceUser:
		c.ServiceUsers = slices.DeleteFunc(c.ServiceUsers, same)
	case access.Agent:
		c.Agents = slices.DeleteFunc(c.Agents, same)
	}
	removeGrants(c, func(g access.Grant) bool { return g.To == s })
}

func removeGrants(c *access.Organization, which func(access.Grant) bool) {
	c.Grants = slices.DeleteFunc(c.Grants, which)
}
