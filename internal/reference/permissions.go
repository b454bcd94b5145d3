package reference

import (
	"slices"

	"bailiwick/access"
)

// widest is how many columns of roles a table has at most, unless one group of roles has more.
const widest = 10

// permissions writes a table for each heading of the product's tables.
func (w *writer) permissions() {
	w.heading(2, "Permissions")
	if slices.ContainsFunc(w.m.Permissions, func(p access.Permission) bool { return p.Row != "" }) {
		w.line("`W` is the permissions `.write` and `.read`, `R` is `.read`, `R*` is `.read`, and `.write` in the environment " +
			"categories that the grant lists.")
	} else {
		w.line("A role with no permission under a heading has no column there.")
	}
	for first := 0; first < len(w.m.Permissions); {
		end := first
		for end < len(w.m.Permissions) && w.m.Permissions[end].Section == w.m.Permissions[first].Section {
			end++
		}
		w.section(w.m.Permissions[first:end])
		first = end
	}
}

func (w *writer) section(permissions []access.Permission) {
	w.heading(3, permissions[0].Section)
	groups := w.groups(permissions)
	for i, roles := range groups {
		if i > 0 {
			w.line("")
		}
		w.table(permissions, roles)
	}
}

// groups returns the roles that hold any of the permissions: in one table, or by where they are granted.
func (w *writer) groups(permissions []access.Permission) [][]access.Role {
	var all []access.Role
	for _, r := range w.m.Roles {
		if slices.ContainsFunc(permissions, func(p access.Permission) bool { return cell(r, p) != "-" }) {
			all = append(all, r)
		}
	}
	if len(all) <= widest {
		return [][]access.Role{all}
	}
	var groups [][]access.Role
	for _, r := range all {
		i := slices.IndexFunc(groups, func(g []access.Role) bool { return slices.Equal(g[0].At, r.At) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

func (w *writer) table(permissions []access.Permission, roles []access.Role) {
	head := []string{"permission", "asked at"}
	for _, r := range roles {
		head = append(head, code(r.Name))
	}
	w.head(append(head, "in the product's words")...)
	for _, p := range permissions {
		if p.Verb == "write" {
			continue // the row of the .read says both
		}
		name := p.Name
		if p.Row != "" {
			name = p.Row
		}
		row := []string{code(name), code(p.At)}
		for _, r := range roles {
			row = append(row, cell(r, p))
		}
		w.row(append(row, p.Title)...)
	}
}

// cell says what a role has of a permission, or of both permissions of its row.
func cell(r access.Role, p access.Permission) string {
	if p.Row == "" {
		if slices.Contains(r.Permissions, p.Name) {
			return "y"
		}
		return "-"
	}
	switch {
	case slices.Contains(r.Permissions, p.Row+".write"):
		return "W"
	case slices.Contains(r.Lifted, p.Row+".write"):
		return "R*"
	case slices.Contains(r.Permissions, p.Row+".read"):
		return "R"
	}
	return "-"
}
