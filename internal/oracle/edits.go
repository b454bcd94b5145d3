package oracle

import (
	"math/rand/v2"
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
	default:
		e.onPlatform(&c)
	}
	return c
}

func (e Edit) onPlatform(c *access.Organization) {
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

// RandomEdits makes up to n edits, each possible after the ones before it.
func RandomEdits(rng *rand.Rand, org access.Organization, n int) []Edit {
	var edits []Edit
	for range n {
		e, possible := randomEdit(rng, org)
		if possible {
			edits, org = append(edits, e), e.Do(org)
		}
	}
	return edits
}

func randomEdit(rng *rand.Rand, org access.Organization) (Edit, bool) {
	g := generator{rng: rng, size: 2, org: Clone(org)}
	p := pick(rng, org.Platforms)
	switch rng.IntN(14) {
	case 0:
		// Mostly somebody who is there already, with other licences or memberships, or switched off or on.
		return Edit{Kind: PutUser, User: g.user(rng.IntN(len(org.Users) + 1))}, true
	case 1:
		return Edit{Kind: PutServiceUser, Subject: access.Subject{Kind: access.ServiceUser, ID: "new"}}, !slices.Contains(org.ServiceUsers, "new")
	case 2:
		return Edit{Kind: PutAgent, Subject: access.Subject{Kind: access.Agent, ID: "new"}}, !slices.Contains(org.Agents, "new")
	case 3:
		subjects := New(org).Subjects()
		return Edit{Kind: RemoveSubject, Subject: pick(rng, subjects)}, len(subjects) > 1
	case 4:
		exists := slices.ContainsFunc(org.Teams, func(t access.TeamFacts) bool { return t.Name == "new" })
		return Edit{Kind: PutTeam, Team: "new"}, !exists
	case 5:
		if len(org.Teams) > 0 {
			return Edit{Kind: RemoveTeam, Team: pick(rng, org.Teams).Name}, true
		}
	case 6, 7:
		return randomMembership(rng, org)
	case 8, 9:
		g.org.Grants = nil
		g.grantsOn(p)
		for _, grant := range g.org.Grants {
			there := slices.ContainsFunc(org.Grants, func(o access.Grant) bool { return grantKey(o) == grantKey(grant) })
			if !there {
				return Edit{Kind: AddGrant, Grant: grant}, true
			}
		}
	case 10:
		if len(org.Grants) > 0 {
			return Edit{Kind: RemoveGrant, Grant: pick(rng, org.Grants)}, true
		}
	case 11:
		if len(p.Resources) > 0 {
			return Edit{Kind: RemoveResource, Slug: p.Slug, Resource: pick(rng, p.Resources)}, true
		}
	case 12:
		return randomResource(rng, org, p)
	case 13:
		return randomRoleOrSetting(rng, org, p)
	}
	return Edit{}, false
}

func randomMembership(rng *rand.Rand, org access.Organization) (Edit, bool) {
	if len(org.Teams) == 0 || len(org.Users) == 0 {
		return Edit{}, false
	}
	team, user := pick(rng, org.Teams), pick(rng, org.Users)
	kind := Join
	if slices.Contains(team.Members, user.ID) {
		kind = Leave
	}
	return Edit{Kind: kind, Team: team.Name, Subject: access.Subject{Kind: access.User, ID: user.ID}}, true
}

// randomResource moves an environment to another category, or puts a new node beneath one that is there.
func randomResource(rng *rand.Rand, org access.Organization, p access.Platform) (Edit, bool) {
	e := Edit{Kind: PutResource, Slug: p.Slug}
	if p.Model.Edition == Directory {
		return e, false
	}
	parent := pick(rng, New(org).Resources(p.Slug))
	if r, _ := resource(p, parent); r.Category != "" {
		e.Resource = access.Resource{Path: parent, Category: pick(rng, []string{"development", "staging", "production", "other"})}
		return e, true
	}
	depth := strings.Count(parent, "/")
	inBranch := strings.Contains(parent, "/branch:")
	switch p.Model.Edition {
	case DagsterPlus, DagsterCloud2023:
		if depth > 2 || depth == 2 && !inBranch {
			return e, false
		}
		e.Resource.Path = parent + pick(rng, []string{"/new", "/branch:new"})
		if depth != 1 {
			e.Resource.Path = parent + "/new"
		}
	case DbtEnterprise:
		if depth > 1 {
			return e, false
		}
		e.Resource.Path = parent + "/new"
		if depth == 1 {
			e.Resource.Category = "staging"
		}
	case Astro2022, Astro2024:
		if depth > 1 {
			return e, false
		}
		e.Resource.Path = parent + "/new"
	}
	_, there := resource(p, e.Resource.Path)
	return e, !there
}

// randomRoleOrSetting widens or narrows a custom role, removes one that nobody holds, or turns a switch.
func randomRoleOrSetting(rng *rand.Rand, org access.Organization, p access.Platform) (Edit, bool) {
	if len(p.Roles) > 0 && chance(rng, 2) {
		role := pick(rng, p.Roles)
		used := slices.ContainsFunc(org.Grants, func(g access.Grant) bool {
			return g.Role == role.Name && (g.On == p.Slug || strings.HasPrefix(g.On, p.Slug+"/"))
		})
		if !used {
			return Edit{Kind: RemoveRole, Slug: p.Slug, Role: role}, true
		}
		g := generator{rng: rng, size: 1}
		like := access.Platform{Slug: p.Slug, Model: p.Model}
		for range 20 {
			like.Roles = nil
			if p.Model.Edition == Astro2024 {
				g.astroCustomRoles(&like)
			} else {
				g.dagsterRoles(&like)
			}
			for _, other := range like.Roles {
				if other.Name == role.Name {
					return Edit{Kind: PutRole, Slug: p.Slug, Role: other}, true
				}
			}
		}
		return Edit{}, false
	}
	e := Edit{Kind: PutPlatform, Slug: p.Slug, Platform: p}
	switch p.Model.Edition {
	case DagsterPlus, DagsterCloud2023:
		e.Platform.Settings = map[string]string{"branch_scope": "everywhere"}
	case Astro2022, Astro2024:
		e.Platform.Settings = map[string]string{"owners_reach_workspaces": pick(rng, []string{"on", "off"})}
	default:
		return e, false
	}
	if chance(rng, 2) {
		e.Platform.Settings = nil
	}
	return e, true
}
