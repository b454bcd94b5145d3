package reference

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
)

// governance writes who may change what.
func (w *writer) governance() {
	g := &w.m.Governance
	w.heading(2, "Who may change what")
	if len(g.Operations) == 0 {
		w.line("Only the directory's owner changes anything here, and no role can be given whose permissions the giver has not.")
		return
	}
	w.line("What has no row is left to the directory's owner. A star: in the environment categories of the grant.")
	w.line("")
	w.head("operation", "of", "permission", "asked at", "built-in roles that have it")
	for _, o := range g.Operations {
		of, permission := "the platform", "(none)"
		if o.Kind != "" {
			of = code(o.Kind)
		}
		if o.Permission != "" {
			permission = code(o.Permission)
		}
		w.row(code(o.Name), of, permission, code(o.At), w.able(o.Permission))
	}
	w.mayGive(g)
	w.changeRules(g)
}

// able names the roles that contain a permission.
func (w *writer) able(permission string) string {
	if permission == "" {
		return "every member"
	}
	var words []string
	for _, r := range w.m.Roles {
		switch {
		case slices.Contains(r.Permissions, permission):
			words = append(words, code(r.Name))
		case slices.Contains(r.Lifted, permission):
			words = append(words, code(r.Name)+"\\*")
		case r.When != nil && slices.Contains(r.When.Adds, permission):
			words = append(words, fmt.Sprintf("%s (while %s is %s)", code(r.Name), code(r.When.Setting), code(r.When.Value)))
		}
	}
	return strings.Join(words, ", ")
}

func (w *writer) mayGive(g *access.Governance) {
	w.heading(3, "Who may give which roles")
	w.line("Whoever has the permission at a resource may give, and take away, the roles at that resource and at scopes beneath it.")
	w.line("")
	w.head("permission", "held at", "roles", "at scopes", "to")
	for _, row := range g.MayGive {
		w.row(code(row.With), code(row.At), givable(row), codes(row.On), holders(row.To))
	}
	if len(w.m.CustomRoles) > 0 {
		w.line("")
		w.line("A custom role can be given where a built-in role that contains all of it can.")
	}
}

// givable words the roles of a row.
func givable(row access.MayGive) string {
	switch {
	case row.Held:
		return "those whose permissions there the giver has"
	case row.Roles != nil:
		return codes(row.Roles)
	case row.Except != nil:
		return "every role but " + codes(row.Except)
	}
	return "every role"
}

// changeRules writes the rules about changes that are no table.
func (w *writer) changeRules(g *access.Governance) {
	w.heading(3, "Rules about changes")
	administrators := strings.Join(quoteAll(g.Administrators), " or ")
	if len(g.AdministratorLicenses) > 0 {
		administrators += " or the license " + strings.Join(quoteAll(g.AdministratorLicenses), " or ")
	}
	w.line("- An administrator of the platform is who has %s; the last one stays.", administrators)
	if f := g.FirstLogins; f != nil {
		w.line("- The first %d members who sign in get %s.", f.Count, code(f.Role))
	}
	if d := g.DefaultRole; d != nil {
		none := ""
		if d.None != "" {
			none = fmt.Sprintf("; %s is no role", code(d.None))
		}
		w.line("- A new explicit member gets, on each %s, the role that its setting %s names%s. Nobody sets it above what they "+
			"may give or have there themselves.", code(w.settingAt(d.Setting)), code(d.Setting), none)
	}
	for _, c := range g.Creators {
		w.line("- Who creates a %s gets %s on it.", code(c.Kind), code(c.Role))
	}
	w.listed(g.CopyGrants, "- A new %s can begin with the grants of another one.")
	w.listed(g.KeepLast, "- The last %s cannot be deleted.")
	w.listed(g.DeleteEmpty, "- A %s can be deleted only when nothing lies beneath it.")
	w.listed(g.NotOnSelf, "- Nobody does %s to themselves.")
	for _, name := range g.NotWhileProvisioned {
		what := code(name)
		if name == access.OpTeamEditMembers {
			what += " (adding)"
		}
		w.line("- While provisioning is on nobody does %s by hand.", what)
	}
}

func (w *writer) listed(names []string, format string) {
	for _, name := range names {
		w.line(format, code(name))
	}
}

func (w *writer) settingAt(name string) string {
	for _, s := range w.m.Settings {
		if s.Name == name {
			return s.At
		}
	}
	return ""
}
