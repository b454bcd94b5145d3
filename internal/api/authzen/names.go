package authzen

import (
	"strings"
	"sync"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/state"
)

// rootID is the id of a platform's root on the wire: every other id is a path below it.
const rootID = "."

// names says what the wire's names stand for in one state. It is made anew when the organization has changed.
type names struct {
	state *state.State
	types map[string]*wireType
}

// A wireType is a kind of a platform by a name that it has on the wire.
type wireType struct {
	slug  string
	model *access.Model
	kind  *access.Kind
	// before stands before every action of the platform: "dagster."; "" where its bare names are meant.
	before string
}

// naming keeps the names of each organization's last state.
type naming struct{ last sync.Map }

// of returns the names of a state.
func (n *naming) of(s *state.State) *names {
	if kept, ok := n.last.Load(s.Organization); ok && kept.(*names).state == s {
		return kept.(*names)
	}
	made := newNames(s)
	n.last.Store(s.Organization, made)
	return made
}

func newNames(s *state.State) *names {
	n := &names{state: s, types: map[string]*wireType{}}
	for _, slug := range s.Slugs() {
		p := s.Platform(slug)
		for i := range p.Model.Kinds {
			k := &p.Model.Kinds[i]
			n.types[slug+"."+k.Name] = &wireType{slug: slug, model: p.Model, kind: k, before: slug + "."}
			// A platform that is reached by bare names never hides one that is named in full.
			if _, taken := n.types[k.Name]; p.Authzen && !taken {
				n.types[k.Name] = &wireType{slug: slug, model: p.Model, kind: k}
			}
		}
	}
	return n
}

// subject finds whom the wire's subject means.
func (n *names) subject(e *entity) (access.Subject, bool) {
	kind, ok := askingKind(e.kind)
	if !ok {
		return access.Subject{}, false
	}
	if who, found := n.state.SubjectByName(kind, e.id); found {
		return who, true
	}
	if kind != access.User {
		return access.Subject{}, false
	}
	stored, err := email.Normalize(e.id)
	if err != nil || stored == e.id {
		return access.Subject{}, false
	}
	return n.state.SubjectByName(kind, stored)
}

// askingKind reads a subject type; teams never ask.
func askingKind(word string) (access.HolderKind, bool) {
	kind := access.ParseHolderKind(word)
	return kind, kind != access.NoHolder && kind != access.Team
}

// resource finds the path that the wire's resource means. The resource need not exist, but its type must fit its path.
func (n *names) resource(e *entity) (*wireType, string, bool) {
	t := n.types[e.kind]
	if t == nil {
		return nil, "", false
	}
	if e.id == rootID {
		return t, t.slug, t.kind == &t.model.Kinds[0]
	}
	path := t.slug + "/" + e.id
	segments, err := access.SplitPath(path)
	if err != nil {
		return nil, "", false
	}
	kind, err := t.model.PathKind(segments[1:])
	return t, path, err == nil && kind == t.kind
}

// permission finds the permission that the wire's action means at a type of resource. Whether the platform has it is for
// the decision to say.
func (t *wireType) permission(action string) (string, bool) {
	if t.before != "" {
		return strings.CutPrefix(action, t.before)
	}
	if named, qualified := strings.CutPrefix(action, t.slug+"."); qualified && t.has(named) {
		return named, true
	}
	return action, true
}

func (t *wireType) has(permission string) bool {
	for i := range t.model.Permissions {
		if t.model.Permissions[i].Name == permission {
			return true
		}
	}
	return false
}
