package oracle

import (
	"math/rand/v2"
	"slices"
	"strings"

	"bailiwick/access"
)

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
	switch rng.IntN(15) {
	case 0:
		// Mostly somebody who is there already, with other licenses or memberships, or switched off or on.
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
	case 14:
		return randomPlatform(rng, org, p)
	}
	return Edit{}, false
}

// randomPlatform detaches a platform, or attaches an empty one of an edition that is there.
func randomPlatform(rng *rand.Rand, org access.Organization, like access.Platform) (Edit, bool) {
	if chance(rng, 2) {
		return Edit{Kind: RemovePlatform, Slug: like.Slug}, len(org.Platforms) > 1
	}
	taken := slices.ContainsFunc(org.Platforms, func(p access.Platform) bool { return p.Slug == "new" })
	return Edit{Kind: PutPlatform, Slug: "new", Platform: access.Platform{Slug: "new", Model: like.Model}}, !taken
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
