package oracle

import (
	"slices"

	"bailiwick/access"
)

// Shrink returns a smaller organization that still fails: it takes away one thing after the other, greedily, and keeps
// each step after which fails is still true. Nothing is left dangling on the way.
func Shrink(org access.Organization, fails func(access.Organization) bool) access.Organization {
	for {
		smaller, found := oneLess(org, fails)
		if !found {
			return org
		}
		org = smaller
	}
}

// oneLess tries every single removal, the largest things first.
func oneLess(org access.Organization, fails func(access.Organization) bool) (access.Organization, bool) {
	for _, candidate := range removals(org) {
		if fails(candidate) {
			return candidate, true
		}
	}
	return org, false
}

func removals(org access.Organization) []access.Organization {
	var all []access.Organization
	for _, p := range org.Platforms {
		if len(org.Platforms) > 1 {
			all = append(all, withoutPlatform(org, p.Slug))
		}
	}
	for _, s := range New(org).Subjects() {
		all = append(all, Edit{Kind: RemoveSubject, Subject: s}.Do(org))
	}
	for _, t := range org.Teams {
		all = append(all, Edit{Kind: RemoveTeam, Team: t.Name}.Do(org))
	}
	for _, p := range org.Platforms {
		for _, r := range p.Resources {
			all = append(all, Edit{Kind: RemoveResource, Slug: p.Slug, Resource: r}.Do(org))
		}
		for _, r := range p.Roles {
			c := Edit{Kind: RemoveRole, Slug: p.Slug, Role: r}.Do(org)
			removeGrants(&c, func(g access.Grant) bool {
				return g.Role == r.Name && slices.Contains(New(org).Resources(p.Slug), g.On)
			})
			all = append(all, c)
		}
	}
	for _, g := range org.Grants {
		all = append(all, Edit{Kind: RemoveGrant, Grant: g}.Do(org))
	}
	return append(all, simplifications(org)...)
}

// simplifications take away what a thing has, not the thing.
func simplifications(org access.Organization) []access.Organization {
	var all []access.Organization
	try := func(change func(c *access.Organization)) {
		c := Clone(org)
		change(&c)
		all = append(all, c)
	}
	for i, t := range org.Teams {
		for j := range t.Members {
			try(func(c *access.Organization) { c.Teams[i].Members = slices.Delete(c.Teams[i].Members, j, j+1) })
		}
	}
	for i, u := range org.Users {
		if u.Inactive {
			try(func(c *access.Organization) { c.Users[i].Inactive = false })
		}
		if len(u.On) > 0 {
			try(func(c *access.Organization) { c.Users[i].On = c.Users[i].On[1:] })
		}
		for slug := range u.Licenses {
			try(func(c *access.Organization) { delete(c.Users[i].Licenses, slug) })
		}
	}
	for i, p := range org.Platforms {
		if len(p.Settings) > 0 {
			try(func(c *access.Organization) { c.Platforms[i].Settings = nil })
		}
		for j, r := range p.Roles {
			if r.BasedOn != "" && len(r.Permissions) > 0 {
				try(func(c *access.Organization) { c.Platforms[i].Roles[j].BasedOn = "" })
			}
			if len(r.Permissions) > 1 {
				try(func(c *access.Organization) { c.Platforms[i].Roles[j].Permissions = r.Permissions[1:] })
				try(func(c *access.Organization) { c.Platforms[i].Roles[j].Permissions = r.Permissions[:1] })
			}
		}
	}
	for i, g := range org.Grants {
		for _, simpler := range []access.Grant{
			{To: g.To, Role: g.Role, On: g.On, Environments: g.Environments, Until: g.Until},
			{To: g.To, Role: g.Role, On: g.On, Environments: g.Environments, From: g.From},
			{To: g.To, Role: g.Role, On: g.On, From: g.From, Until: g.Until},
		} {
			same := func(o access.Grant) bool { return grantKey(o) == grantKey(simpler) }
			if !slices.ContainsFunc(org.Grants, same) {
				try(func(c *access.Organization) { c.Grants[i] = simpler })
			}
		}
	}
	return all
}

func withoutPlatform(org access.Organization, slug string) access.Organization {
	c := Clone(org)
	c.Platforms = slices.DeleteFunc(c.Platforms, func(p access.Platform) bool { return p.Slug == slug })
	o := New(org)
	removeGrants(&c, func(g access.Grant) bool {
		p, found := o.platformOf(g.On)
		return found && p.Slug == slug
	})
	for i := range c.Users {
		delete(c.Users[i].Licenses, slug)
		c.Users[i].On = slices.DeleteFunc(c.Users[i].On, func(on string) bool { return on == slug })
	}
	return c
}
