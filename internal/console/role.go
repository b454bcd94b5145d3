package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// roleContent is one role.
type roleContent struct {
	client.RoleDetail
	Product                  string
	Groups                   []roleGroup
	Holders                  []roleHolder
	More                     int    // holders that are not shown
	Address                  string // of a custom role's pages
	EditReason, DeleteReason string // why the caller cannot; "" where they can
	From                     string // address of a new role that begins with what this one contains
}

// A roleHolder holds a role at a place.
type roleHolder struct {
	Who, Email, Where, Address string
}

// mostHeld is how many holders of a role its page names.
const mostHeld = 50

// oneRole shows one role, what it contains and who holds it.
func (a *asking) oneRole() error { return a.rolePage(http.StatusOK, nil) }

func (a *asking) rolePage(status int, problem error) error {
	slug := a.r.PathValue("platform")
	r, err := a.asker().Role(slug, a.r.PathValue("role"))
	if err != nil {
		return err
	}
	p := a.now.Platform(slug)
	r.BasedOn = a.titleOfRole(slug, r.BasedOn)
	c := roleContent{RoleDetail: r, Product: p.Model.Product, Address: rolePath(&r.Role)}
	for i := range r.Permissions {
		of := &r.Permissions[i]
		c.Groups = grouped(c.Groups, roleRow{RolePermission: *of, Marks: []roleMark{markOf(of.Mark)}, Who: whoHas(&client.Platform{Platform: slug}, of)})
	}
	grants, err := a.asker().Grants(client.GrantQuery{Platform: slug, Role: r.Role.Role}, paging.Page{Limit: mostHeld})
	if err != nil {
		return err
	}
	for _, g := range grants.Grants {
		c.Holders = append(c.Holders, a.roleHolder(&g))
	}
	c.More = max(0, grants.Total-len(c.Holders))
	c.EditReason = a.rolesReason(slug)
	if c.DeleteReason = c.EditReason; c.DeleteReason == "" && r.Held > 0 {
		c.DeleteReason = "It is held: take it from each holder first, or give them another role. They are listed above."
	}
	if c.EditReason == "" {
		c.From = with("/roles/new", "platform", slug, "from", r.Role.Role)
	}
	return a.filled(status, "/roles", "role", cmp.Or(r.Title, r.Role.Role), c, problem)
}

func rolePath(r *client.Role) string {
	return "/roles/" + url.PathEscape(r.Platform) + "/" + url.PathEscape(cmp.Or(r.ID, r.Role))
}

// roleHolder is who holds a grant, with the page on which that is edited.
func (a *asking) roleHolder(g *client.Grant) roleHolder {
	named := a.whom(g.To)
	h := roleHolder{Who: named.Name, Email: named.Email, Where: g.On}
	word, name, _ := strings.Cut(g.To, ":")
	sub, exists := a.now.SubjectByName(access.ParseHolderKind(word), name)
	if !exists {
		return h
	}
	switch sub.Kind {
	case access.User:
		h.Address = "/users/" + sub.ID + "/roles"
	case access.Team:
		h.Address = "/teams/" + sub.ID + "/roles"
	case access.ServiceUser:
		h.Address = "/service-users/" + sub.ID + "/roles"
	}
	return h
}

// rolesReason says why the caller cannot create, edit or delete custom roles of a platform; "" where they can. The server refuses the
// same.
func (a *asking) rolesReason(slug string) string {
	p := a.now.Platform(slug)
	needed := asked(p, access.OpCustomRoleEdit)
	switch {
	case len(p.Model.CustomRoles) == 0:
		return p.Model.Product + " has no custom roles."
	case withoutInPlan(p, "custom_roles"):
		return "The plan " + p.Plan + " has no custom roles. It takes a larger plan."
	case needed != "" && a.view.MayOperate(slug, access.OpCustomRoleEdit), needed == "" && a.view.May(accessfile.Directory, "platforms.attach"):
		return ""
	case needed == "":
		return "You may not edit custom roles: owners of the organization do."
	}
	return "You may not edit custom roles: it takes " + needed + "."
}

// customRole finds the custom role that a page is about.
func (a *asking) customRole() (*state.Role, *state.Platform, error) {
	slug := a.r.PathValue("platform")
	if _, err := a.asker().Role(slug, a.r.PathValue("role")); err != nil { // not the caller's to see
		return nil, nil, err
	}
	r := a.now.Role(slug, a.r.PathValue("role"))
	if r == nil {
		return nil, nil, fault.New(fault.Conflict, "a built-in role stays as the product has it").Rather("create one from it")
	}
	return r, a.now.Platform(slug), nil
}

// deleteRole removes a custom role that nobody holds. Why another one cannot be removed stands on its page, with its holders.
func (a *asking) deleteRole() error {
	r, p, err := a.customRole()
	if err != nil {
		return err
	}
	if why := a.rolesReason(p.Slug); why != "" {
		return refusal(why)
	}
	back := rolePath(&client.Role{Platform: p.Slug, ID: r.ID})
	err = a.propose(proposal{Title: "Delete the role " + r.Name + "?", Save: "Delete role", Danger: true, Part: "/roles", Back: back, Then: with("/roles", "platform", p.Slug),
		Warning: "Nobody holds it. It cannot be brought back.", Commands: []client.Command{client.RoleDelete{Platform: p.Slug, Role: r.ID}}})
	if mendable(err) {
		return a.rolePage(http.StatusUnprocessableEntity, err)
	}
	return err
}
