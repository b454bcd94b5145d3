package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// roleFormContent is the form for a custom role.
type roleFormContent struct {
	Platform, Product, Address, Back         string
	ID, Name, At, BasedOn, Description, Icon string // ID "" of one that is new
	Types, Bases                             []fact
	Sections                                 []permitGroup
	Contains, Held                           int
	BaseTitle, TypeTitle                     string
	Begun                                    string // type and base as the form was shown
}

// A permitGroup is a heading of the product's table with what a role of the type can contain.
type permitGroup struct {
	Section string
	Permits []permit
}

// A permit is a permission that can be ticked. One of the base is ticked for good.
type permit struct {
	Name, Title  string
	Ticked, Base bool
}

// newRole asks for a new custom role, which can begin with another one.
func (a *asking) newRole() error {
	p, err := a.rolePlatform(a.query("platform"))
	if err != nil {
		return err
	}
	var c roleFormContent
	var ticked []string
	if from := a.query("from"); from != "" {
		c.At, c.BasedOn, ticked = a.beginWith(p, from)
	}
	return a.roleForm(p, c, ticked, http.StatusOK, nil)
}

// rolePlatform finds the platform whose custom roles are edited, for whoever may.
func (a *asking) rolePlatform(slug string) (*state.Platform, error) {
	if _, err := a.asker().Platform(slug); err != nil {
		return nil, err
	}
	if why := a.rolesReason(slug); why != "" {
		return nil, refusal(why)
	}
	return a.now.Platform(slug), nil
}

// beginWith is what a new role has from the one that it begins with: a built-in one becomes its base, and a custom one is copied.
func (a *asking) beginWith(p *state.Platform, from string) (kind, base string, ticked []string) {
	fits := func(grantAt []string) string {
		for i := range p.Model.CustomRoles {
			if rule := &p.Model.CustomRoles[i]; slices.ContainsFunc(rule.GrantAt, func(k string) bool { return slices.Contains(grantAt, k) }) {
				return rule.At
			}
		}
		return ""
	}
	if r := a.now.Role(p.Slug, from); r != nil {
		return fits(r.At), r.BasedOn, r.Permissions
	}
	if r := p.Model.Role(from); r != nil {
		return fits(r.At), from, nil
	}
	return "", "", nil
}

// roleForm shows the form with what is ticked, and what was wrong with it.
func (a *asking) roleForm(p *state.Platform, c roleFormContent, ticked []string, status int, problem error) error {
	rule := ruleOf(p, &c.At)
	c.Platform, c.Product, c.Address = p.Slug, p.Model.Product, "/roles/new"
	c.Back = with("/roles", "platform", p.Slug)
	title := "Create a role"
	if c.ID != "" {
		c.Back = rolePath(&client.Role{Platform: p.Slug, ID: c.ID})
		c.Address, title = c.Back+"/edit", "Edit "+a.now.Role(p.Slug, c.ID).Name
	}
	for i := range p.Model.CustomRoles {
		at := p.Model.CustomRoles[i].At
		c.Types = append(c.Types, fact{at, p.Model.Kind(at).Title})
		if at == c.At {
			c.TypeTitle = p.Model.Kind(at).Title
		}
	}
	c.Bases = []fact{{"", "nothing"}}
	var contained []string
	for i := range p.Model.Roles {
		r := &p.Model.Roles[i]
		if !slices.ContainsFunc(r.At, func(k string) bool { return slices.Contains(rule.GrantAt, k) }) || !slices.ContainsFunc(r.Holders, func(h access.HolderKind) bool { return slices.Contains(rule.Holders, h) }) {
			continue
		}
		c.Bases = append(c.Bases, fact{r.Name, cmp.Or(r.Title, r.Name)})
		if r.Name == c.BasedOn {
			contained, c.BaseTitle = r.Permissions, cmp.Or(r.Title, r.Name)
		}
	}
	for i := range p.Model.Permissions {
		q := &p.Model.Permissions[i]
		if q.Closed || !slices.Contains(rule.Levels, q.At) {
			continue
		}
		if n := len(c.Sections); n == 0 || c.Sections[n-1].Section != q.Section {
			c.Sections = append(c.Sections, permitGroup{Section: q.Section})
		}
		last := &c.Sections[len(c.Sections)-1]
		base := slices.Contains(contained, q.Name)
		last.Permits = append(last.Permits, permit{Name: q.Name, Title: cmp.Or(q.Title, q.Name), Base: base, Ticked: base || slices.Contains(ticked, q.Name)})
	}
	c.Begun = c.At + " " + c.BasedOn
	return a.filled(status, "/roles", "roleform", title, c, problem)
}

// ruleOf is the rule for custom roles of a type; without a type it is the first, which is set.
func ruleOf(p *state.Platform, at *string) *access.CustomRoleRule {
	i := max(0, slices.IndexFunc(p.Model.CustomRoles, func(r access.CustomRoleRule) bool { return r.At == *at }))
	*at = p.Model.CustomRoles[i].At
	return &p.Model.CustomRoles[i]
}

// sentRole is the form as it was sent.
func (a *asking) sentRole() (c roleFormContent, ticked []string) {
	get := func(name string) string { return strings.TrimSpace(a.r.PostForm.Get(name)) }
	return roleFormContent{Name: get("role"), At: get("at"), BasedOn: get("base"), Description: get("description"), Icon: get("icon")}, a.r.PostForm["permission"]
}

// choosing tells whether the form is sent to see what another type or base comes with, and keeps everything that was typed. The
// browser takes its button also for the key Enter: where nothing else was chosen, the role is meant.
func (a *asking) choosing(c *roleFormContent) bool {
	return a.r.PostForm.Get("choose") != "" && a.r.PostForm.Get("was") != c.At+" "+c.BasedOn
}

// createRole makes a custom role.
func (a *asking) createRole() error {
	p, err := a.rolePlatform(a.r.PostForm.Get("platform"))
	if err != nil {
		return err
	}
	c, ticked := a.sentRole()
	if a.choosing(&c) {
		return a.roleForm(p, c, ticked, http.StatusOK, nil)
	}
	if a.now.Role(p.Slug, c.Name) != nil {
		err = fault.New(fault.Conflict, "there is a role called %q already", c.Name).Rather("choose another name, or edit that one")
	} else {
		err = a.propose(proposal{Title: "Create the role " + c.Name + "?", Save: "Create role", Part: "/roles", Back: with("/roles", "platform", p.Slug),
			Then: with("/roles", "platform", p.Slug), Warning: "Nobody holds it yet. It is given like any other role.",
			Commands: []client.Command{client.RolePut{Platform: p.Slug, Role: c.Name, At: c.At, BasedOn: c.BasedOn, Permissions: ticked, Description: c.Description, Icon: c.Icon}}})
	}
	if mendable(err) {
		return a.roleForm(p, c, ticked, http.StatusUnprocessableEntity, err)
	}
	return err
}

// editRoleForm asks what a custom role is to be.
func (a *asking) editRoleForm() error {
	r, p, err := a.editable()
	if err != nil {
		return err
	}
	c := roleFormContent{ID: r.ID, Name: r.Name, BasedOn: r.BasedOn, Description: r.Description, Icon: r.Icon, At: typeOf(p, r)}
	return a.roleForm(p, c, r.Permissions, http.StatusOK, nil)
}

// editable finds a custom role for whoever may edit it.
func (a *asking) editable() (*state.Role, *state.Platform, error) {
	r, p, err := a.customRole()
	if err != nil {
		return nil, nil, err
	}
	_, err = a.rolePlatform(p.Slug)
	return r, p, err
}

// typeOf is the type of a custom role: the kind in whose name it is made.
func typeOf(p *state.Platform, r *state.Role) string {
	for i := range p.Model.CustomRoles {
		if slices.Equal(p.Model.CustomRoles[i].GrantAt, r.At) {
			return p.Model.CustomRoles[i].At
		}
	}
	return ""
}

// saveRoleForm saves a custom role after the confirmation of its changes: who gains and who loses what.
func (a *asking) saveRoleForm() error {
	r, p, err := a.editable()
	if err != nil {
		return err
	}
	c, ticked := a.sentRole()
	c.ID, c.At = r.ID, typeOf(p, r)
	if a.choosing(&c) {
		return a.roleForm(p, c, ticked, http.StatusOK, nil)
	}
	commands := []client.Command{client.RolePut{Platform: p.Slug, Role: r.ID, At: c.At, BasedOn: c.BasedOn, Permissions: ticked, Description: c.Description, Icon: c.Icon}}
	if c.Name != r.Name {
		commands = append(commands, client.RoleRename{Platform: p.Slug, Role: r.ID, To: c.Name})
	}
	back := rolePath(&client.Role{Platform: p.Slug, ID: r.ID})
	err = a.propose(proposal{Title: "Save the role " + r.Name + "?", Save: "Save", Part: "/roles", Back: back, Then: back, Warning: changed(p, r, &c, ticked), Commands: commands})
	if mendable(err) {
		return a.roleForm(p, c, ticked, http.StatusUnprocessableEntity, err)
	}
	return err
}

// changed says what becomes another in a role: for a role that nobody holds yet there is nothing else to confirm.
func changed(p *state.Platform, r *state.Role, c *roleFormContent, ticked []string) string {
	contents := func(base string, own []string) []string {
		list := slices.Clone(own)
		if b := p.Model.Role(base); b != nil {
			list = append(list, b.Permissions...)
		}
		return list
	}
	was, is := contents(r.BasedOn, r.Permissions), contents(c.BasedOn, ticked)
	var parts []string
	for _, x := range []struct {
		word     string
		from, of []string
	}{{"It gets ", is, was}, {"It gives up ", was, is}} {
		var names []string
		for _, name := range x.from {
			if !slices.Contains(x.of, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, x.word+strings.Join(names, ", ")+".")
		}
	}
	if c.Name != r.Name {
		parts = append(parts, "It is called "+c.Name+" from now on.")
	}
	return strings.Join(parts, " ")
}
