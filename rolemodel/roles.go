package rolemodel

import (
	"fmt"
	"slices"

	"bailiwick/access"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
)

// readRoles reads the groups of roles: each group is granted at the same kinds and to the same holders.
func (r *reader) readRoles(v yamltext.Value) {
	for _, group := range v.List(&r.Problems) {
		var like access.Role
		var names yamltext.Value
		r.fields(group, map[string]func(yamltext.Value){
			"at":            func(v yamltext.Value) { like.At = r.knownList(v, "kind", r.kinds) },
			"holders":       func(v yamltext.Value) { like.Holders = r.holders(v) },
			"unconditional": func(v yamltext.Value) { like.Unconditional = v.Bool(&r.Problems) },
			"roles":         func(v yamltext.Value) { names = v },
		}, "at", "holders", "roles")
		for _, e := range names.Entries(&r.Problems) {
			r.addRole(like, e)
		}
	}
	if len(r.model.Roles) == 0 && !r.Any() {
		r.Add(v, "the model has no roles", "")
	}
}

func (r *reader) addRole(like access.Role, e yamltext.Entry) {
	role := like
	role.Name, role.Title = e.Key, r.title(e.Value)
	role.At, role.Holders = slices.Clone(like.At), slices.Clone(like.Holders)
	if r.word(e.Key, e.KeyAt, e.Value.Path) && r.declare("role", e.Key, e.KeyAt, e.Value.Path) {
		r.roles[e.Key] = len(r.model.Roles)
	}
	r.model.Roles = append(r.model.Roles, role)
	if len(r.model.Roles) == maxRoles+1 {
		r.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("the model has more than %d roles", maxRoles), "unite some of them")
	}
}

func (r *reader) role(name string) *access.Role { return &r.model.Roles[r.roles[name]] }

// holders reads a list of kinds of holders.
func (r *reader) holders(v yamltext.Value) []access.HolderKind {
	words := []string{access.User.String(), access.ServiceUser.String(), access.Agent.String(), access.Team.String()}
	var holders []access.HolderKind
	for _, item := range v.List(&r.Problems) {
		word := item.Text(&r.Problems)
		holder := access.ParseHolderKind(word)
		switch {
		case !item.IsText():
		case holder == access.NoHolder:
			r.Add(item, fmt.Sprintf("unknown kind of holder %q", word), suggest.OneOf(word, words))
		case slices.Contains(holders, holder):
			r.Add(item, fmt.Sprintf("%s stands twice in the list", word), "keep one of them")
		}
		holders = append(holders, holder)
	}
	if len(holders) == 0 && (v.IsList() || !v.Given()) {
		r.Add(v, "the list names no kind of holder", suggest.OneOf("", words))
	}
	return holders
}

// roleAt reads the name of a role that can be granted at a kind.
func (r *reader) roleAt(v yamltext.Value, kind string) string {
	name := r.known(v, "role", r.roles)
	if i, ok := r.roles[name]; ok && kind != "" && !slices.Contains(r.model.Roles[i].At, kind) {
		r.Add(v, fmt.Sprintf("role %q cannot be granted at %s", name, kind), suggest.OneOf("", r.rolesAt(kind)))
	}
	return name
}

// roleListAt reads a list of roles that can be granted at a kind.
func (r *reader) roleListAt(v yamltext.Value, kind string) []string {
	names := r.knownList(v, "role", r.roles)
	for i, item := range v.List(&r.Problems) {
		if _, ok := r.roles[names[i]]; ok {
			r.roleAt(item, kind)
		}
	}
	return names
}

func (r *reader) rolesAt(kind string) []string {
	var names []string
	for i := range r.model.Roles {
		if slices.Contains(r.model.Roles[i].At, kind) {
			names = append(names, r.model.Roles[i].Name)
		}
	}
	return names
}
