package change

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

func (j *judge) putRole(c client.RolePut) error {
	p, err := j.platform("platform", c.Platform)
	if err != nil {
		return err
	}
	if err := j.operation(c.Platform, access.OpCustomRoleEdit, "", c.Platform); err != nil {
		return err
	}
	if c.Icon != "" {
		if err := name("icon", c.Icon); err != nil {
			return err
		}
	}
	ev, err := j.roleEvent(p, c)
	if err != nil {
		return err
	}
	held := j.holdersOf(p, ev.Name)
	for _, g := range held {
		j.lose(line{Grant: g}) // with the permissions of before
	}
	if err := j.checkLinesNow(); err != nil {
		return err
	}
	j.made(c.Do(), ev.ID, 0)
	if err := j.emit(ev); err != nil {
		return err
	}
	for _, g := range held {
		j.gain(line{Grant: g})
	}
	j.checkAll[c.Platform] = j.checkAll[c.Platform] || len(held) > 0
	return nil
}

// checkLinesNow judges the lines so far while roles still mean what they meant, and forgets them.
func (j *judge) checkLinesNow() error {
	if j.actor.Rule != "" {
		return nil
	}
	err := j.checkLines()
	j.gained, j.lost = nil, nil
	return err
}

func (j *judge) roleEvent(p *state.Platform, c client.RolePut) (*event.RolePut, error) {
	bad := func(field, format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).In(field).By("custom_role")
	}
	id, old := newID(state.RolePrefix), j.now().Role(p.Slug, c.Role)
	if old != nil {
		id, c.Role = old.ID, old.Name
	} else if err := name("role", c.Role); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Model.CustomRoles, func(r access.CustomRoleRule) bool { return r.At == c.At })
	switch {
	case len(p.Model.CustomRoles) == 0:
		return nil, bad("platform", "%s has no custom roles", p.Model.Product)
	case p.Model.Role(c.Role) != nil:
		return nil, bad("role", "%q is a role that %s has already", c.Role, p.Model.Product)
	case i < 0:
		return nil, bad("at", "custom roles of %s cannot be at %q", p.Model.Product, c.At)
	case c.BasedOn == "" && len(c.Permissions) == 0:
		return nil, bad("permissions", "the role contains nothing")
	}
	if old != nil && !slices.Equal(old.At, p.Model.CustomRoles[i].GrantAt) {
		return nil, bad("at", "the role %q is another type of role, and its type does not change; delete it and make another", c.Role)
	}
	if err := j.planHasRoles(p); err != nil {
		return nil, err
	}
	rule := &p.Model.CustomRoles[i]
	if base := p.Model.Role(c.BasedOn); c.BasedOn != "" && (base == nil || !overlap(base.At, rule.GrantAt)) {
		return nil, bad("based_on", "a role at %s cannot be based on %q", c.At, c.BasedOn)
	}
	permissions := make([]string, 0, len(c.Permissions))
	for _, text := range c.Permissions {
		perm := strings.TrimPrefix(text, p.Slug+".")
		k := slices.IndexFunc(p.Model.Permissions, func(q access.Permission) bool { return q.Name == perm })
		switch {
		case k < 0:
			return nil, bad("permissions", "%s has no permission %q; %s", p.Slug, perm, suggest.OneOf(perm, permissionNames(p.Model)))
		case p.Model.Permissions[k].Closed || !slices.Contains(rule.Levels, p.Model.Permissions[k].At):
			return nil, bad("permissions", "a role at %s cannot contain %q", c.At, perm)
		case !slices.Contains(permissions, perm):
			permissions = append(permissions, perm)
		}
	}
	return &event.RolePut{Platform: p.Slug, ID: id, Name: c.Role, At: c.At, BasedOn: c.BasedOn, Permissions: permissions, Description: c.Description, Icon: c.Icon}, nil
}

func (j *judge) planHasRoles(p *state.Platform) error {
	i := slices.IndexFunc(p.Model.Plans, func(q access.Plan) bool { return q.Name == p.Plan })
	if i >= 0 && slices.Contains(p.Model.Plans[i].Without, "custom_roles") {
		return fault.New(fault.Conflict, "the plan %q has no custom roles", p.Plan).In("role").By("plan").Rather("choose a larger plan")
	}
	return nil
}

func permissionNames(m *access.Model) []string {
	names := make([]string, len(m.Permissions))
	for i := range m.Permissions {
		names[i] = m.Permissions[i].Name
	}
	return names
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func (j *judge) holdersOf(p *state.Platform, role string) []access.Grant {
	var held []access.Grant
	for _, g := range j.now().GrantsBeneath(p.Slug) {
		if g.Role == role {
			held = append(held, g.Grant)
		}
	}
	return held
}

// customRole finds a custom role by id or name, for whoever may edit such roles.
func (j *judge) customRole(platform, role string) (*state.Role, *state.Platform, error) {
	p, err := j.platform("platform", platform)
	if err != nil {
		return nil, nil, err
	}
	r := j.now().Role(platform, role)
	if r == nil {
		return nil, nil, fault.New(fault.NotFound, "%s has no custom role %q", platform, role).In("role")
	}
	return r, p, j.operation(platform, access.OpCustomRoleEdit, "", platform)
}

func (j *judge) renameRole(c client.RoleRename) error {
	r, p, err := j.customRole(c.Platform, c.Role)
	if err != nil {
		return err
	}
	if err := name("to", c.To); err != nil {
		return err
	}
	if roleOf(p, c.To) != nil {
		return fault.New(fault.Conflict, "%q is a role that %s has already", c.To, c.Platform).In("to").By("custom_role").Rather("choose another name")
	}
	if err := j.checkLinesNow(); err != nil {
		return err
	}
	return j.emit(&event.RoleRenamed{Platform: c.Platform, Name: r.Name, To: c.To})
}

func (j *judge) deleteRole(c client.RoleDelete) error {
	r, p, err := j.customRole(c.Platform, c.Role)
	if err != nil {
		return err
	}
	if held := j.holdersOf(p, r.Name); len(held) > 0 {
		return fault.New(fault.Conflict, "the role %q is held by %s", r.Name, j.someOf(held)).In("role").By("role_in_use").Rather("take it from its holders first")
	}
	if err := j.checkLinesNow(); err != nil {
		return err
	}
	return j.emit(&event.RoleDeleted{Platform: c.Platform, Name: r.Name})
}

// someOf counts the holders of grants and names the first: "9: user:ana@acme.test, user:bo@acme.test, team:data and 6 more".
func (j *judge) someOf(held []access.Grant) string {
	const few = 3
	var names []string
	for _, g := range held {
		if who := j.now().Readable(g.To.String()); !slices.Contains(names, who) {
			names = append(names, who)
		}
	}
	if len(names) <= few {
		return fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", "))
	}
	return fmt.Sprintf("%d: %s and %d more", len(names), strings.Join(names[:few], ", "), len(names)-few)
}

func (j *judge) setTests(c client.TestsSet) error {
	if err := j.directory("tests.edit", "tests.set"); err != nil {
		return err
	}
	ev := &event.TestsSet{Tests: make([]event.Test, 0, len(c.Tests))}
	for _, t := range c.Tests {
		who, err := Holder(j.now(), "who", t.Who)
		if err != nil {
			return err
		}
		path, p, err := j.path("resource", t.Resource)
		if err != nil {
			return err
		}
		permission := strings.TrimPrefix(t.Permission, p.Slug+".")
		if !slices.Contains(permissionNames(p.Model), permission) {
			return fault.New(fault.Invalid, "%s has no permission %q", p.Slug, permission).In("permission").Rather("%s", suggest.OneOf(permission, permissionNames(p.Model)))
		}
		test := event.Test{Who: who.String(), Permission: permission, On: path, Can: t.Allowed}
		if t.At != nil {
			test.At = event.Micros(*t.At)
		}
		ev.Tests = append(ev.Tests, test)
	}
	j.newTests = true
	return j.emit(ev)
}
