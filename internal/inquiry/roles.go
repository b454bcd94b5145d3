package inquiry

import (
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Roles answers the roles of a platform.
func (a *Asker) Roles(slug string) (client.Roles, error) {
	s, p, err := a.platform(slug)
	if err != nil {
		return client.Roles{}, err
	}
	held := map[string]int{}
	for _, g := range s.GrantsBeneath(p.Slug) { // who sees a platform sees every grant there
		held[g.Role]++
	}
	found := client.Roles{Roles: []client.Role{}}
	for i := range p.Model.Roles {
		found.Roles = append(found.Roles, shownRole(p, &state.Role{Role: p.Model.Roles[i]}, held))
	}
	for _, r := range s.Roles(p.Slug) {
		found.Roles = append(found.Roles, shownRole(p, r, held))
	}
	found.Facts = a.facts()
	return found, nil
}

// Role answers one role of a platform, by name, or by the id of a custom one.
func (a *Asker) Role(slug, name string) (client.RoleDetail, error) {
	s, p, err := a.platform(slug)
	if err != nil {
		return client.RoleDetail{}, err
	}
	r := s.Role(p.Slug, name)
	if built := p.Model.Role(name); built != nil {
		r = &state.Role{Role: *built}
	}
	if r == nil {
		return client.RoleDetail{}, missing("role", "role of "+p.Slug, name)
	}
	held := map[string]int{r.Name: heldHere(s, p, r.Name)}
	found := client.RoleDetail{Role: shownRole(p, r, held), Permissions: []client.RolePermission{}}
	for i := range p.Model.Permissions {
		q := &p.Model.Permissions[i]
		found.Permissions = append(found.Permissions, client.RolePermission{Permission: q.Name, Title: q.Title, Section: q.Section, Level: q.At, Mark: mark(p.Model, &r.Role, q.Name)})
	}
	found.Facts = a.facts()
	return found, nil
}

func heldHere(s *sight.Sight, p *state.Platform, role string) (n int) {
	for _, g := range s.GrantsBeneath(p.Slug) {
		if g.Role == role {
			n++
		}
	}
	return n
}

func shownRole(p *state.Platform, r *state.Role, held map[string]int) client.Role {
	shown := client.Role{Role: r.Name, ID: r.ID, Title: r.Title, Platform: p.Slug, Custom: r.ID != "", GrantAt: append([]string{}, r.At...),
		Holders: []string{}, BasedOn: r.BasedOn, Description: r.Description, Icon: r.Icon, Held: held[r.Name]}
	for _, kind := range r.Holders {
		shown.Holders = append(shown.Holders, kind.String())
	}
	if i := slices.IndexFunc(p.Model.CustomRoles, func(c access.CustomRoleRule) bool { return slices.Equal(c.GrantAt, r.At) }); i >= 0 && shown.Custom {
		shown.At = p.Model.CustomRoles[i].At
	}
	for i := range p.Model.Permissions {
		if m := mark(p.Model, &r.Role, p.Model.Permissions[i].Name); m == client.MarkContained || m == client.MarkBase {
			shown.Contains++
		}
	}
	return shown
}

// mark says how a role contains a permission; "" where it does not.
func mark(m *access.Model, r *access.Role, permission string) string {
	base := m.Role(r.BasedOn)
	switch {
	case slices.Contains(r.Permissions, permission):
		return client.MarkContained
	case base != nil && slices.Contains(base.Permissions, permission):
		return client.MarkBase
	case slices.Contains(r.Lifted, permission), base != nil && slices.Contains(base.Lifted, permission):
		return client.MarkLifted
	case r.When != nil && slices.Contains(r.When.Adds, permission), base != nil && base.When != nil && slices.Contains(base.When.Adds, permission):
		return client.MarkSetting
	}
	return ""
}
