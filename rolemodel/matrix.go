package rolemodel

import (
	"fmt"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// The columns of a table that are no role.
const (
	columnPermission = "permission" // cells y and -
	columnRow        = "row"        // cells W, R, R* and -
	columnAt         = "at"
	columnTitle      = "title"
)

// The verbs of the permissions that a row of a read/write table stands for.
const (
	verbRead  = "read"
	verbWrite = "write"
)

// columns is what a table's header says.
type columns struct {
	readWrite bool
	declares  bool           // the table has columns "at" and "title"
	at, title int            // their positions, where it declares
	roles     map[int]string // position → role
}

// readMatrix reads the tables and fills the roles.
func (r *reader) readMatrix(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		var t table
		var heading string
		r.fields(item, map[string]func(yamltext.Value){
			"heading": func(v yamltext.Value) { heading = r.title(v) },
			"table":   func(v yamltext.Value) { t = r.readTable(v) },
		}, "heading", "table")
		t.heading = heading
		if len(t.head) == 0 {
			continue
		}
		if c, ok := r.readHead(t); ok {
			for _, row := range t.rows {
				r.readRow(t, c, row)
			}
		}
	}
	if len(r.model.Permissions) == 0 && !r.Any() {
		r.Add(v, "the model has no permissions", "write at least one table with a row")
	}
	r.finishRoles()
}

func (r *reader) readHead(t table) (columns, bool) {
	c := columns{readWrite: t.head[0].text == columnRow, roles: map[int]string{}}
	ok := true
	wrong := func(at cell, wrong, right string) {
		r.AddAt(at.at, t.path, wrong, right)
		ok = false
	}
	if first := t.head[0]; first.text != columnPermission && first.text != columnRow {
		wrong(first, fmt.Sprintf("the first column is %q", first.text), "it is \"permission\" (cells y and -) or \"row\" (cells W, R, R* and -)")
	}
	var seen []string
	for i, h := range t.head {
		_, isRole := r.roles[h.text]
		switch {
		case slices.Contains(seen, h.text):
			wrong(h, fmt.Sprintf("column %q stands twice", h.text), "keep one of them")
		case i == 0:
		case h.text == columnAt:
			c.at = i
		case h.text == columnTitle:
			c.title = i
		case isRole:
			c.roles[i] = h.text
		default:
			wrong(h, fmt.Sprintf("column %q is no role", h.text), suggest.OneOf(h.text, append(keys(r.roles), columnAt, columnTitle)))
		}
		seen = append(seen, h.text)
	}
	c.declares = c.at > 0 && c.title > 0
	if !c.declares && c.at+c.title > 0 {
		wrong(t.head[0], "the table has only one of the columns \"at\" and \"title\"",
			"write both to declare permissions, or neither to go on about those declared earlier")
	}
	return c, ok
}

func (r *reader) readRow(t table, c columns, row []cell) {
	path := t.path + "." + row[0].text
	names := []string{row[0].text}
	if c.readWrite {
		names = []string{row[0].text + "." + verbRead, row[0].text + "." + verbWrite}
	}
	if c.declares && !r.declareRow(t, c, row, names) {
		return
	}
	for _, name := range names {
		at, known := r.permissions[name]
		if !known || (r.model.Permissions[at].Row != "") != c.readWrite {
			right := suggest.OneOf(row[0].text, r.rowNames(c.readWrite))
			r.AddAt(row[0].at, path, fmt.Sprintf("%s %q is not declared in an earlier table", t.head[0].text, row[0].text), right)
			return
		}
	}
	for i := range row {
		role, ok := c.roles[i]
		if !ok {
			continue
		}
		for _, name := range names {
			if _, twice := r.cells[[2]string{name, role}]; twice {
				r.AddAt(row[i].at, path, fmt.Sprintf("an earlier table has the cell of %s for role %s", row[0].text, role), "keep one of them")
			}
			r.cells[[2]string{name, role}] = struct{}{}
		}
		r.readCell(row[i], path, names, role)
	}
}

// declareRow adds the permissions of a row: one, or the two of a read/write row.
func (r *reader) declareRow(t table, c columns, row []cell, names []string) bool {
	path := t.path + "." + row[0].text
	kind := row[c.at]
	grammar, right := permissionGrammar, "write thing.verb or a single word, in small letters, digits and _, as in runs.launch"
	if c.readWrite {
		grammar, right = wordGrammar, "write a single word of small letters, digits and _, as in jobs"
	}
	if !grammar.MatchString(row[0].text) {
		r.AddAt(row[0].at, path, fmt.Sprintf("%q is no name of a %s", row[0].text, t.head[0].text), right)
		return false
	}
	if i, ok := r.kinds[kind.text]; !ok || r.model.Kinds[i].StarOf != "" {
		r.AddAt(kind.at, path, fmt.Sprintf("unknown kind of resource %q", kind.text), suggest.OneOf(kind.text, r.resourceKinds()))
		return false
	}
	if row[c.title].text == "" {
		r.AddAt(row[c.title].at, path, "the title is empty", "write the words of the product's table")
	}
	for n, name := range names {
		if !r.declare("permission", name, row[0].at, path) {
			return false
		}
		p := access.Permission{Name: name, Title: row[c.title].text, Section: t.heading, At: kind.text}
		if c.readWrite {
			p.Row, p.Verb = row[0].text, []string{verbRead, verbWrite}[n]
		}
		r.permissions[name] = len(r.model.Permissions)
		r.model.Permissions = append(r.model.Permissions, p)
	}
	if len(r.model.Permissions) == maxPermissions+1 {
		r.AddAt(row[0].at, path, fmt.Sprintf("the model has more than %d permissions", maxPermissions), "unite some of them")
	}
	return true
}

// readCell gives a role what a cell says. names is one permission, or the read and the write of a row.
func (r *reader) readCell(at cell, path string, names []string, roleName string) {
	role := r.role(roleName)
	give := func(names ...string) { role.Permissions = append(role.Permissions, names...) }
	if len(names) == 1 {
		switch at.text {
		case "y":
			give(names[0])
		case "-":
		default:
			r.AddAt(at.at, path, fmt.Sprintf("cell %q of role %s is not known", at.text, roleName), "write y or -")
		}
		return
	}
	switch at.text {
	case "W":
		give(names...)
	case "R":
		give(names[0])
	case "R*":
		give(names[0])
		role.Lifted = append(role.Lifted, names[1])
		if kind := r.model.Permissions[r.permissions[names[1]]].At; !r.carriesCategory(kind) {
			r.AddAt(at.at, path, fmt.Sprintf("R* of role %s can never be lifted: neither %s nor a kind above it has categories", roleName, kind),
				"write R, or give a kind its categories")
		}
	case "-":
	default:
		r.AddAt(at.at, path, fmt.Sprintf("cell %q of role %s is not known", at.text, roleName), "write W, R, R* or -")
	}
}

// finishRoles puts each role's permissions in the order of the tables, and misses roles that no table has.
func (r *reader) finishRoles() {
	if r.Any() {
		return
	}
	inTable := map[string]bool{}
	for c := range r.cells {
		inTable[c[1]] = true
	}
	for i := range r.model.Roles {
		role := &r.model.Roles[i]
		r.order(role.Permissions)
		r.order(role.Lifted)
		if !inTable[role.Name] {
			s := r.spots["role "+role.Name]
			r.AddAt(s.at, s.path, fmt.Sprintf("role %q is in no table", role.Name), "give it a column in one; a role that gives nothing has a column of -")
		}
	}
}

// order sorts permissions as the tables have them.
func (r *reader) order(names []string) {
	slices.SortFunc(names, func(a, b string) int { return r.permissions[a] - r.permissions[b] })
}

// rowNames returns what the first column of a further table can name.
func (r *reader) rowNames(readWrite bool) []string {
	var names []string
	for _, p := range r.model.Permissions {
		switch {
		case readWrite && p.Verb == verbRead:
			names = append(names, p.Row)
		case !readWrite && p.Row == "":
			names = append(names, p.Name)
		}
	}
	return names
}

func (r *reader) resourceKinds() []string {
	var names []string
	for _, k := range r.model.Kinds {
		if k.StarOf == "" {
			names = append(names, k.Name)
		}
	}
	return names
}
