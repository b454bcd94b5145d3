package state

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/event"
)

func (e *Edit) putRole(ev *event.RolePut) error {
	p := e.s.platforms[ev.Platform]
	if p == nil {
		return missing("platform", ev.Platform)
	}
	role, err := customRole(p.Model, ev)
	if err != nil {
		return err
	}
	roles := slices.Clone(p.Roles)
	i := slices.IndexFunc(roles, func(r *Role) bool { return r.ID == ev.ID || r.Name == ev.Name })
	switch {
	case ev.ID == "":
		return fmt.Errorf("the custom role %q has no id", ev.Name)
	case i < 0:
		roles = append(roles, role)
	case roles[i].ID != ev.ID || roles[i].Name != ev.Name:
		return fmt.Errorf("the custom role %q (%s) is %q (%s) already", ev.Name, ev.ID, roles[i].Name, roles[i].ID)
	default:
		roles[i] = role
	}
	e.setRoles(p, roles)
	return nil
}

// setRoles replaces a platform's custom roles.
func (e *Edit) setRoles(p *Platform, roles []*Role) {
	slices.SortFunc(roles, func(a, b *Role) int { return strings.Compare(a.Name, b.Name) })
	next := *p
	next.Roles = roles
	e.putPlatform(&next)
}

// customRole makes the role that an event describes.
func customRole(m *access.Model, ev *event.RolePut) (*Role, error) {
	for i := range m.CustomRoles {
		if rule := &m.CustomRoles[i]; rule.At == ev.At {
			return &Role{ID: ev.ID, Icon: ev.Icon, Role: access.Role{Name: ev.Name, At: rule.GrantAt, Holders: rule.Holders, Permissions: ev.Permissions,
				Custom: true, BasedOn: ev.BasedOn, Description: ev.Description}}, nil
		}
	}
	return nil, fmt.Errorf("%s has no custom roles at %q", m.Product, ev.At)
}

// RoleKind returns the kind that a custom role was made for: "deployment"; "" where the model makes none such.
func RoleKind(m *access.Model, r *access.Role) string {
	kind := ""
	for i := range m.CustomRoles {
		if rule := &m.CustomRoles[i]; slices.Equal(rule.GrantAt, r.At) {
			kind = rule.At
		}
	}
	return kind
}

// renameRole gives a custom role another name, and has every grant of it follow.
func (e *Edit) renameRole(ev *event.RoleRenamed) error {
	p, old := e.s.platforms[ev.Platform], e.s.Role(ev.Platform, ev.Name)
	switch {
	case old == nil:
		return missing("custom role", ev.Name)
	case e.s.Role(ev.Platform, ev.To) != nil:
		return fmt.Errorf("there is a custom role %q already", ev.To)
	}
	e.complete()
	var held []*Grant
	for _, g := range e.s.GrantsBeneath(ev.Platform) {
		if g.Role == ev.Name {
			held = append(held, g)
		}
	}
	for _, g := range held {
		e.s.grants.Delete(GrantKey(g.Grant))
		e.dropScope(&g.Grant)
		e.change(access.RemoveGrant{Grant: g.Grant})
	}
	renamed := *old
	renamed.Name = ev.To
	roles := slices.Clone(p.Roles)
	roles[slices.Index(roles, old)] = &renamed
	e.setRoles(p, roles)
	for _, g := range held {
		next := *g
		next.Role = ev.To
		e.setGrant(&next)
		e.change(access.AddGrant{Grant: next.Grant})
	}
	return nil
}

func (e *Edit) deleteRole(ev *event.RoleDeleted) error {
	p := e.s.platforms[ev.Platform]
	if p == nil {
		return missing("platform", ev.Platform)
	}
	roles := slices.DeleteFunc(slices.Clone(p.Roles), func(r *Role) bool { return r.Name == ev.Name })
	if len(roles) == len(p.Roles) {
		return missing("custom role", ev.Name)
	}
	e.setRoles(p, roles)
	return nil
}
