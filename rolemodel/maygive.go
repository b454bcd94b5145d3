package rolemodel

import (
	"fmt"
	"reflect"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// The words for roles that are not listed by name.
const (
	allRoles  = "all"
	heldRoles = "held"
)

// readMayGive reads who may give which roles.
func (r *reader) readMayGive(v yamltext.Value) {
	for _, item := range v.List(&r.Problems) {
		r.readMayGiveRow(item)
	}
	if len(r.model.Governance.MayGive) == 0 && !r.Any() {
		r.Add(v, "the list names nobody who may give a role", "write at least one entry; otherwise leave governance out")
	}
}

func (r *reader) readMayGiveRow(item yamltext.Value) {
	before := len(r.List())
	var with, at, roles, except, on, to yamltext.Value
	keep := func(into *yamltext.Value) func(yamltext.Value) { return func(v yamltext.Value) { *into = v } }
	r.fields(item, map[string]func(yamltext.Value){
		"with": keep(&with), "at": keep(&at), "roles": keep(&roles), "except": keep(&except), "on": keep(&on), "to": keep(&to),
	}, "with", "at", "roles", "on", "to")
	for _, v := range []yamltext.Value{with, at, roles, on, to} {
		if !v.Given() {
			if len(r.List()) == before { // a key that says null
				r.Add(item, "a key of the entry has no value", "write with, at, roles, on and to")
			}
			return
		}
	}
	row := access.MayGive{With: r.known(with, "permission", r.permissions), At: r.known(at, "kind", r.kinds)}
	row.On = r.knownList(on, "kind", r.kinds)
	row.To = r.holders(to)
	r.readGivable(roles, except, &row)
	if len(r.List()) > before {
		return
	}
	if p := &r.model.Permissions[r.permissions[row.With]]; row.At != p.At && r.kind(row.At).Level != p.At {
		r.Add(at, fmt.Sprintf("%s is asked at %s, not at %s", row.With, p.At, row.At), "write "+p.At+", or name another permission")
	}
	r.checkScopesGiven(on, &row)
	r.checkHoldersGiven(to, &row)
	if slices.ContainsFunc(r.model.Governance.MayGive, func(o access.MayGive) bool { return reflect.DeepEqual(o, row) }) {
		r.Add(item, "the entry stands twice", "keep one of them")
	}
	r.model.Governance.MayGive = append(r.model.Governance.MayGive, row)
}

// readGivable reads which roles a row is about: all (except some), held, or a list.
func (r *reader) readGivable(roles, except yamltext.Value, row *access.MayGive) {
	switch {
	case roles.IsText():
		word := roles.Text(&r.Problems)
		row.Held = word == heldRoles
		if word != allRoles && word != heldRoles {
			r.Add(roles, fmt.Sprintf("roles cannot be %q", word), "list roles, as in ["+r.model.Roles[0].Name+"], or write "+allRoles+" or "+heldRoles)
			return
		}
	default:
		row.Roles = r.rolesOn(roles, row)
	}
	if !except.Given() {
		return
	}
	if row.Held || row.Roles != nil {
		r.Add(except, "only \""+allRoles+"\" has exceptions", "write roles: "+allRoles+", or leave \"except\" out")
		return
	}
	row.Except = r.rolesOn(except, row)
}

// rolesOn reads a list of roles that can be granted at one of the row's kinds.
func (r *reader) rolesOn(v yamltext.Value, row *access.MayGive) []string {
	names := r.knownList(v, "role", r.roles)
	for i, item := range v.List(&r.Problems) {
		at, ok := r.roles[names[i]]
		if !ok || slices.ContainsFunc(row.On, func(kind string) bool { return slices.Contains(r.model.Roles[at].At, kind) }) {
			continue
		}
		r.Add(item, fmt.Sprintf("role %q cannot be granted at %s", names[i], orList(row.On)), "it is granted at "+orList(r.model.Roles[at].At))
	}
	return names
}

// checkScopesGiven makes sure that the scopes are in reach of the giver, and that there is something to give at each.
func (r *reader) checkScopesGiven(on yamltext.Value, row *access.MayGive) {
	for i, item := range on.List(&r.Problems) {
		kind := row.On[i]
		if kind != row.At && !r.beneath(kind, row.At) {
			r.Add(item, fmt.Sprintf("%s is neither %s nor beneath it", kind, row.At), "name "+row.At+" or a kind beneath it")
			continue
		}
		given := slices.ContainsFunc(r.model.Roles, func(role access.Role) bool { return covered(row, role.Name) && slices.Contains(role.At, kind) })
		custom := row.Roles == nil && slices.ContainsFunc(r.model.CustomRoles, func(c access.CustomRoleRule) bool { return slices.Contains(c.GrantAt, kind) })
		if !given && !custom {
			r.Add(item, "none of the roles can be granted at "+kind, "leave "+kind+" out, or name a role that can")
		}
	}
}

// checkHoldersGiven makes sure that somebody of each kind of holder can have one of the roles: by a grant, or a person by
// membership of a team.
func (r *reader) checkHoldersGiven(to yamltext.Value, row *access.MayGive) {
	for i, item := range to.List(&r.Problems) {
		holds := func(holders []access.HolderKind) bool {
			return slices.Contains(holders, row.To[i]) || row.To[i] == access.User && slices.Contains(holders, access.Team)
		}
		there := func(kinds []string) bool {
			return slices.ContainsFunc(row.On, func(kind string) bool { return slices.Contains(kinds, kind) })
		}
		given := slices.ContainsFunc(r.model.Roles, func(role access.Role) bool {
			return covered(row, role.Name) && there(role.At) && holds(role.Holders)
		})
		custom := row.Roles == nil && slices.ContainsFunc(r.model.CustomRoles, func(c access.CustomRoleRule) bool { return there(c.GrantAt) && holds(c.Holders) })
		if !given && !custom {
			r.Add(item, fmt.Sprintf("no %s can hold one of the roles there", row.To[i]), "leave "+row.To[i].String()+" out")
		}
	}
}
