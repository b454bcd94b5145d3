package console

import (
	"net/http"
	"slices"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

// rolesContent is the permission matrix of one platform, or where two roles differ.
type rolesContent struct {
	client.Platform
	Tabs          []place
	Columns       []client.Role // built-in ones
	Custom        []client.Role
	Groups        []roleGroup
	All           []client.Role // to compare
	One, Other    string        // the roles that are compared
	Comparing     bool
	Same, Differs int
}

// Span is how many columns the matrix has.
func (c *rolesContent) Span() int { return 1 + len(c.Columns) }

// A roleGroup is a heading of the product's table and what stands under it.
type roleGroup struct {
	Section string
	Rows    []roleRow
}

// A roleRow is a permission, and how each role of the columns has it.
type roleRow struct {
	client.RolePermission
	Marks []roleMark
}

// A roleMark says in words how a role has a permission; the icon only repeats it.
type roleMark struct {
	Yes, Sometimes bool
	Text           string
}

// same tells whether two roles have a permission alike, wherever each has it from.
func (m roleMark) same(other roleMark) bool { return m.Yes && other.Yes || m == other }

func markOf(mark string) roleMark {
	switch mark {
	case client.MarkContained:
		return roleMark{Yes: true, Text: "Yes"}
	case client.MarkBase:
		return roleMark{Yes: true, Text: "Yes, by the role it is based on"}
	case client.MarkLifted:
		return roleMark{Sometimes: true, Text: "In chosen environments"}
	case client.MarkSetting:
		return roleMark{Sometimes: true, Text: "By a setting"}
	}
	return roleMark{Text: "No"}
}

// roles shows what each role of a platform contains, or where two of them differ.
func (a *asking) roles() error {
	platforms, err := a.asker().Platforms()
	if err != nil {
		return err
	}
	if len(platforms.Platforms) == 0 {
		return fault.New(fault.NotFound, "there is no platform whose roles you may see").Rather("attach one")
	}
	slug := a.query("platform")
	if slug == "" {
		slug = platforms.Platforms[0].Platform
	}
	found, err := a.asker().Roles(slug) // one that is not the caller's to see is not there
	if err != nil {
		return err
	}
	c := rolesContent{All: found.Roles, One: a.query("one"), Other: a.query("other")}
	for _, p := range platforms.Platforms {
		c.Tabs = append(c.Tabs, place{Address: with("/roles", "platform", p.Platform), Name: p.Product, Here: p.Platform == slug})
		if p.Platform == slug {
			c.Platform = p
		}
	}
	for i := range found.Roles {
		if found.Roles[i].Custom {
			c.Custom = append(c.Custom, found.Roles[i])
		} else {
			c.Columns = append(c.Columns, found.Roles[i])
		}
	}
	if c.Comparing = c.One != "" && c.Other != ""; c.Comparing {
		c.Columns = nil
		for _, name := range []string{c.One, c.Other} {
			i := slices.IndexFunc(c.All, func(r client.Role) bool { return r.Role == name })
			if i < 0 {
				return fault.New(fault.NotFound, "there is no role %q on %s", name, slug).Rather("choose one of the list")
			}
			c.Columns = append(c.Columns, c.All[i])
		}
	}
	if !c.Comparing && len(c.All) > 1 {
		c.One, c.Other = c.All[0].Role, c.All[1].Role // what the form offers
	}
	if err := a.matrix(&c); err != nil {
		return err
	}
	a.render(http.StatusOK, "/roles", "roles", page{Title: "Roles", Content: &c})
	return nil
}

// matrix fills the rows; of two roles that are compared, only those where they differ.
func (a *asking) matrix(c *rolesContent) error {
	var rows []roleRow
	for i := range c.Columns {
		r, err := a.asker().Role(c.Platform.Platform, c.Columns[i].Role)
		if err != nil {
			return err
		}
		if rows == nil {
			rows = make([]roleRow, len(r.Permissions))
		}
		for k, p := range r.Permissions {
			rows[k].RolePermission = p
			rows[k].Marks = append(rows[k].Marks, markOf(p.Mark))
		}
	}
	for _, row := range rows {
		if c.Comparing && row.Marks[0].same(row.Marks[1]) {
			c.Same++
			continue
		}
		c.Differs++
		c.Groups = grouped(c.Groups, row)
	}
	return nil
}

// grouped adds a row under its heading.
func grouped(groups []roleGroup, row roleRow) []roleGroup {
	if n := len(groups); n == 0 || groups[n-1].Section != row.Section {
		groups = append(groups, roleGroup{Section: row.Section})
	}
	last := &groups[len(groups)-1]
	last.Rows = append(last.Rows, row)
	return groups
}

// roleContent is one role.
type roleContent struct {
	client.RoleDetail
	Product string
	Groups  []roleGroup
}

// oneRole shows one role, and what it contains.
func (a *asking) oneRole() error {
	r, err := a.asker().Role(a.r.PathValue("platform"), a.r.PathValue("role"))
	if err != nil {
		return err
	}
	c := roleContent{RoleDetail: r, Product: a.now.Platform(r.Platform).Model.Product}
	for _, p := range r.Permissions {
		c.Groups = grouped(c.Groups, roleRow{RolePermission: p, Marks: []roleMark{markOf(p.Mark)}})
	}
	title := r.Title
	if title == "" {
		title = r.Role.Role
	}
	a.render(http.StatusOK, "/roles", "role", page{Title: title, Content: c})
	return nil
}
