package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// userRoleContent is the choice of somebody's role at one place.
type userRoleContent struct {
	Who, Where, Kind, Address, Back string
	Held                            []heldRole
	Options                         []userRoleOption
	Overrides                       bool // the place is one where a role raises another
	Beneath                         int  // overrides that may go with the role
}

// A userRoleOption is a role that can be chosen, or the reason why not.
type userRoleOption struct {
	Name, Title, About, Why string
	Chosen                  bool
}

// notYours is why somebody cannot edit a role that others can.
const notYours = "You may not give roles here."

// locked says why the caller cannot edit somebody's role at a place; "" where they can. The server refuses the same.
func (h *holdings) locked(p *state.Platform, path string) string {
	kind := p.Model.KindOf(path)
	roles := rolesAt(p, kind, h.subject.Kind)
	switch {
	case len(roles) == 0:
		return "Roles are not given here to a " + strings.ReplaceAll(h.subject.Kind.String(), "_", " ") + "."
	case !slices.ContainsFunc(roles, func(r *access.Role) bool { return h.mayGive(p, path, r, h.subject.Kind) }):
		return notYours
	}
	o := p.Model.Override
	if o == nil || kind != o.Kind || p.Model.KindOf(parentOf(path)) != o.Base {
		return ""
	}
	based := false
	for _, g := range h.own {
		switch {
		case g.On == p.Slug && slices.Contains(o.DisabledForRoot, g.Role):
			return h.title(g) + " already: no role is more permissive."
		case g.On == parentOf(path) && slices.Contains(o.DisabledFor, g.Role):
			return h.title(g) + " on " + lastOf(g.On) + " already: no override is more permissive."
		}
		based = based || g.On == parentOf(path)
	}
	if !based {
		return "Give a role on " + lastOf(parentOf(path)) + " first: an override raises it."
	}
	return ""
}

func (h *holdings) title(g access.Grant) string {
	return h.titleOfRole(g.On, g.Role)
}

// place finds whose role is edited, and where.
func (a *asking) place(path string) (*holdings, *state.Platform, error) {
	h, err := a.whose()
	if err != nil {
		return nil, nil, err
	}
	canonical, err := access.CanonicalPath(path)
	p := a.now.Platform(access.SlugOf(path))
	if err != nil || canonical != path || p == nil || !a.view.Sees(path) || !isPlace(a.now, p, path) {
		return nil, nil, fault.New(fault.NotFound, "there is no such place that you may see").Rather("choose one of their roles")
	}
	return h, p, nil
}

// whose finds whose roles a page is about: a service user's, or a person's.
func (a *asking) whose() (*holdings, error) {
	if a.r.PathValue("service") != "" {
		u, err := a.serviceUser()
		if err != nil {
			return nil, err
		}
		return a.serviceHoldings(u), nil
	}
	u, err := a.person()
	if err != nil {
		return nil, err
	}
	return a.holdingsOf(u), nil
}

// isPlace tells whether there can be roles at a path: a platform, a resource, or what stands for all of something beneath one.
func isPlace(now *state.State, p *state.Platform, path string) bool {
	if kind := p.Model.Kind(p.Model.KindOf(path)); kind != nil && kind.StarOf != "" {
		path = parentOf(path)
	}
	return path == p.Slug || now.Resource(path) != nil
}

// editRole shows which roles somebody can have at a place.
func (a *asking) editRole() error {
	path := a.query("on")
	h, p, err := a.place(path)
	if err != nil {
		return err
	}
	if why := h.locked(p, path); why != "" {
		kind := fault.Conflict
		if why == notYours {
			kind = fault.Forbidden
		}
		return fault.New(kind, "%s", strings.TrimSuffix(why, "."))
	}
	r := h.row(p, path)
	wanted := a.query("role") // chosen already, where a page proposes one
	c := userRoleContent{Who: h.name, Where: r.Name, Kind: r.Kind, Address: r.Edit, Back: h.back(path), Held: r.Direct}
	o := p.Model.Override
	c.Overrides = o != nil && o.Kind == p.Model.KindOf(path)
	c.Beneath = len(h.hanging(p, path))
	for _, role := range rolesAt(p, p.Model.KindOf(path), h.subject.Kind) {
		held := slices.ContainsFunc(h.own, func(g access.Grant) bool { return g.On == path && g.Role == role.Name })
		option := userRoleOption{Name: role.Name, Title: role.Title, About: role.Description, Why: h.barred(p, path, role)}
		option.Chosen = held && wanted == "" || role.Name == wanted && option.Why == ""
		c.Options = append(c.Options, option)
	}
	a.render(http.StatusOK, h.part, "userrole", page{Title: "Edit user role", Content: c})
	return nil
}

// barred says why a role cannot be chosen at a place; "" where it can.
func (h *holdings) barred(p *state.Platform, path string, role *access.Role) string {
	if !h.mayGive(p, path, role, h.subject.Kind) {
		return "you may not give it here"
	}
	wanted := access.Grant{To: h.subject, Role: role.Name, On: path}
	grants := append(slices.DeleteFunc(slices.Clone(h.own), func(g access.Grant) bool { return g.On == path || parentOf(g.On) == path }), wanted)
	for _, x := range h.now.Access.CheckGrants(grants) {
		if x.Grant != len(grants)-1 {
			continue
		}
		if x.Rule == "override" {
			return "not more permissive than the role on " + lastOf(parentOf(path))
		}
		return h.now.Readable(x.Wrong)
	}
	return ""
}

// hanging are somebody's own overrides of the role at a place.
func (h *holdings) hanging(p *state.Platform, path string) []access.Grant {
	var list []access.Grant
	for _, g := range h.own {
		if o := p.Model.Override; o != nil && parentOf(g.On) == path && p.Model.KindOf(g.On) == o.Kind {
			list = append(list, g)
		}
	}
	return list
}

// back is where editing began.
func (h *holdings) back(path string) string {
	switch h.query("from") {
	case fromAccess:
		return resourcePage(path, tabAccess, "who", h.subject.Kind.String())
	case fromPeople:
		return "/platforms/" + access.SlugOf(path) + "/people"
	}
	open := path
	if strings.Count(path, "/") > 1 {
		open = parentOf(path)
	}
	return with(h.base+"/roles", "open", open)
}

// saveRole gives somebody the role that was chosen at a place, or takes away what they have there.
func (a *asking) saveRole() error {
	path := a.query("on")
	h, p, err := a.place(path)
	if err != nil {
		return err
	}
	to, role, remove := h.subject.String(), a.r.PostForm.Get("role"), a.r.PostForm.Get("remove") != ""
	where := h.row(p, path).Name
	x := proposal{Title: "Save the role of " + h.name + " on " + where + "?", Save: "Save", Part: h.part, Back: h.back(path), Then: h.back(path)}
	switch {
	case remove:
		x.Title, x.Danger, x.Warning = "Take the role of "+h.name+" on "+where+" away?", true, h.falls(p, path)
		if o := p.Model.Override; o != nil && o.Kind == p.Model.KindOf(path) {
			x.Title = "Remove the override on " + where + "?"
		}
		x.Commands = []client.Command{client.GrantsReplace{To: to, On: path}}
	case role == "":
		return fault.New(fault.Invalid, "no role was chosen").Rather("choose one")
	default:
		x.Commands, x.Warning = h.replacing(path, role)
	}
	if len(x.Commands) == 0 {
		http.Redirect(a.w, a.r, x.Then, http.StatusSeeOther)
		return nil
	}
	return a.propose(x)
}

// replacing are the commands that put a role in the place of what somebody has at a place. Overrides stay where they still raise
// the role; the warning tells of the others.
func (h *holdings) replacing(path, role string) (commands []client.Command, warning string) {
	wanted := access.Grant{To: h.subject, Role: role, On: path}
	grants := slices.DeleteFunc(slices.Clone(h.own), func(g access.Grant) bool { return g.On == path })
	for _, g := range h.own {
		switch {
		case g.On == path && state.GrantKey(g) == state.GrantKey(wanted):
			wanted.Role = ""
		case g.On == path:
			commands = append(commands, client.GrantRemove{Grant: h.written(g)})
		}
	}
	if wanted.Role != "" {
		commands = append([]client.Command{client.GrantAdd{Grant: h.written(wanted)}}, commands...)
	}
	if len(commands) == 0 {
		return nil, ""
	}
	wanted.Role = role
	grants = append(grants, wanted)
	var gone []string
	var removed []client.Command
	for _, x := range h.now.Access.CheckGrants(grants) {
		if g := grants[x.Grant]; x.Rule == "override" && g.On != path && parentOf(g.On) == path {
			removed = append(removed, client.GrantRemove{Grant: h.written(g)})
			gone = append(gone, lastOf(g.On))
		}
	}
	if len(gone) > 0 {
		warning = "The overrides on " + strings.Join(gone, ", ") + " end: they do not raise the new role."
	}
	return append(removed, commands...), warning
}

// written is a grant as commands have it.
func (h *holdings) written(g access.Grant) client.Grant {
	c := client.Grant{To: h.subject.String(), Role: g.Role, On: g.On, Environments: g.Environments}
	if !g.From.IsZero() {
		c.From = &g.From
	}
	if !g.Until.IsZero() {
		c.Until = &g.Until
	}
	return c
}
