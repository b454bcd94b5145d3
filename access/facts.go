package access

import (
	"slices"
	"strings"
)

// Organization returns the facts that the snapshot was compiled from, in a fixed order.
func (s *Snapshot) Organization() Organization {
	org := Organization{Name: s.name}
	for _, p := range s.platforms {
		facts := Platform{Slug: p.slug, Model: p.model, Plan: p.plan, Settings: p.settings}
		for i := range p.roles {
			if p.roles[i].custom {
				facts.Roles = append(facts.Roles, *p.roles[i].Role)
			}
		}
		facts.Resources = s.resources(p)
		org.Platforms = append(org.Platforms, facts)
	}
	for i := 0; i < s.subjects.size; i++ {
		s.addSubject(&org, uint32(i))
	}
	for i := 0; i < s.teams.size; i++ {
		s.addTeam(&org, uint32(i))
	}
	org.sort()
	return org
}

func (s *Snapshot) resources(p *platform) []Resource {
	var list []Resource
	for i := 1; i < s.nodes.size; i++ {
		n, place := s.nodes.at(uint32(i)), s.places.at(uint32(i))
		if n.platform != p.index || n.flags&(nodeGone|nodeStar) != 0 || place.parent == 0 {
			continue
		}
		r := Resource{Path: *s.paths.at(uint32(i)), Settings: place.settings}
		if names := p.kinds[n.kind].Categories; len(names) > 0 {
			r.Category = names[n.category-1]
		}
		list = append(list, r)
	}
	return list
}

func (s *Snapshot) addSubject(org *Organization, n uint32) {
	if s.subjects.row(n).gone() {
		return
	}
	r := s.subjects.at(n)
	h := *s.who.at(n)
	switch h.Kind {
	case User:
		u := UserFacts{ID: h.ID, Inactive: r.facts.inactive}
		for _, p := range s.platforms {
			if r.facts.on>>p.index&1 != 0 {
				u.On = append(u.On, p.slug)
			}
			if l := r.facts.licenses; l != nil && l[p.index] != 0 {
				if u.Licenses == nil {
					u.Licenses = map[string]string{}
				}
				u.Licenses[p.slug] = p.licenses[l[p.index]-1].Name
			}
		}
		org.Users = append(org.Users, u)
	case ServiceUser:
		org.ServiceUsers = append(org.ServiceUsers, h.ID)
	case Agent:
		org.Agents = append(org.Agents, h.ID)
	}
	for i := range r.facts.grants {
		org.Grants = append(org.Grants, s.grant(h, &r.facts.grants[i]))
	}
}

func (s *Snapshot) addTeam(org *Organization, n uint32) {
	t := s.teams.at(n)
	if t.gone {
		return
	}
	facts := TeamFacts{Name: t.name}
	for m := range t.members.all {
		if !s.subjects.row(m).gone() && slices.Contains(s.subjects.at(m).facts.teams, n) && !slices.Contains(facts.Members, s.who.at(m).ID) {
			facts.Members = append(facts.Members, s.who.at(m).ID)
		}
	}
	org.Teams = append(org.Teams, facts)
	for i := range t.grants {
		org.Grants = append(org.Grants, s.grant(Holder{Kind: Team, ID: t.name}, &t.grants[i]))
	}
}

// grant writes a grant in names again.
func (s *Snapshot) grant(to Holder, g *grant) Grant {
	p := s.platforms[g.platform]
	out := Grant{To: to, Role: p.roles[g.role].Name, On: *s.paths.at(g.node), From: instant(g.from), Until: instant(g.until)}
	if g.cats&1 != 0 {
		out.Environments = append(out.Environments, "all")
	}
	for i, name := range p.categories() {
		if g.cats>>(i+1)&1 != 0 {
			out.Environments = append(out.Environments, name)
		}
	}
	return out
}

func (org *Organization) sort() {
	slices.SortFunc(org.Users, compareUsers)
	slices.Sort(org.ServiceUsers)
	slices.Sort(org.Agents)
	slices.SortFunc(org.Teams, func(a, b TeamFacts) int { return strings.Compare(a.Name, b.Name) })
	for i := range org.Teams {
		slices.Sort(org.Teams[i].Members)
	}
	for i := range org.Platforms {
		slices.SortFunc(org.Platforms[i].Resources, func(a, b Resource) int { return strings.Compare(a.Path, b.Path) })
	}
	slices.SortStableFunc(org.Grants, compareGrants)
}

// compareGrants orders grants by holder, scope, role, categories and window.
func compareGrants(a, b Grant) int {
	if c := compareHolders(a.To, b.To); c != 0 {
		return c
	}
	if c := strings.Compare(a.On, b.On); c != 0 {
		return c
	}
	if c := strings.Compare(a.Role, b.Role); c != 0 {
		return c
	}
	if c := slices.Compare(a.Environments, b.Environments); c != 0 {
		return c
	}
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	return a.Until.Compare(b.Until)
}
