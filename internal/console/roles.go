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
	Different     bool // only where the columns differ
	Same, Differs int
	CreateReason  string // why the caller cannot create a role; "" where they can
}

// address is the same matrix, or another view of it.
func (c *rolesContent) address(path, differences string) string {
	one, other := c.One, c.Other
	if !c.Comparing {
		one, other = "", ""
	}
	return with(path, "platform", c.Platform.Platform, "one", one, "other", other, "differences", differences)
}

// CSV is where the matrix is as a file, as it is shown.
func (c *rolesContent) CSV() string { return c.address("/roles/export/csv", c.shown()) }

// Whole and Differences are the two views of the matrix.
func (c *rolesContent) Whole() string { return c.address("/roles", "no") }

// Differences is the view of those rows only in which the columns differ.
func (c *rolesContent) Differences() string { return c.address("/roles", "yes") }

func (c *rolesContent) shown() string { return map[bool]string{true: "yes", false: "no"}[c.Different] }

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
	Who   string // address of the question who has it
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
	c, err := a.rolesAsked()
	if err != nil {
		return err
	}
	a.render(http.StatusOK, "/roles", "roles", page{Title: "Roles", Content: c})
	return nil
}

// rolesAsked is the matrix that the address asks for.
func (a *asking) rolesAsked() (*rolesContent, error) {
	platforms, err := a.asker().Platforms()
	if err != nil {
		return nil, err
	}
	if len(platforms.Platforms) == 0 {
		return nil, fault.New(fault.NotFound, "there is no platform whose roles you may see").Rather("attach one")
	}
	slug := a.query("platform")
	if slug == "" {
		slug = platforms.Platforms[0].Platform
	}
	found, err := a.asker().Roles(slug) // one that is not the caller's to see is not there
	if err != nil {
		return nil, err
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
			found.Roles[i].BasedOn = a.titleOfRole(found.Roles[i].Platform, found.Roles[i].BasedOn)
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
				return nil, fault.New(fault.NotFound, "there is no role %q on %s", name, slug).Rather("choose one of the list")
			}
			c.Columns = append(c.Columns, c.All[i])
		}
	}
	if !c.Comparing && len(c.All) > 1 {
		c.One, c.Other = c.All[0].Role, c.All[1].Role // what the form offers
	}
	c.Different = a.query("differences") == "yes" || c.Comparing && a.query("differences") != "no"
	c.CreateReason = a.rolesReason(slug)
	return &c, a.matrix(&c)
}

// matrix fills the rows: all of them, or those only in which the columns differ.
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
			rows[k].Who = whoHas(&c.Platform, &p)
		}
	}
	for _, row := range rows {
		if !slices.ContainsFunc(row.Marks, func(m roleMark) bool { return !m.same(row.Marks[0]) }) {
			if c.Same++; c.Different {
				continue
			}
		} else {
			c.Differs++
		}
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

// whoHas is where it is answered who has a permission: on the whole platform, or once it was said where.
func whoHas(p *client.Platform, permission *client.RolePermission) string {
	return with("/access", "can", p.Platform+"."+permission.Permission)
}
