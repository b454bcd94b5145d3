package state

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"bailiwick/access"
	"bailiwick/event"
)

// User returns a user by opaque id, or nil.
func (s *State) User(id string) *User { return get(s.users, id) }

// UserByEmail returns a user by normalized e-mail, or nil.
func (s *State) UserByEmail(email string) *User {
	id, found := s.emails.Get(email)
	if !found {
		return nil
	}
	return s.User(id)
}

// ServiceUser returns a service user by opaque id, or nil.
func (s *State) ServiceUser(id string) *ServiceUser { return get(s.services, id) }

// ServiceUserByName returns a service user by name, or nil.
func (s *State) ServiceUserByName(name string) *ServiceUser {
	id, found := s.svcNames.Get(name)
	if !found {
		return nil
	}
	return s.ServiceUser(id)
}

// Agent returns an agent by opaque id, or nil.
func (s *State) Agent(id string) *Agent { return get(s.agents, id) }

// Team returns a team by opaque id, or nil.
func (s *State) Team(id string) *Team { return get(s.teams, id) }

// TeamByName returns a team by name, or nil.
func (s *State) TeamByName(name string) *Team {
	id, found := s.teamNames.Get(name)
	if !found {
		return nil
	}
	return s.Team(id)
}

// Resource returns a resource by canonical path, or nil. Platforms' roots and "*" scopes are none.
func (s *State) Resource(path string) *Resource { return get(s.resources, path) }

// Platform returns an attached platform by slug, or nil.
func (s *State) Platform(slug string) *Platform { return s.platforms[slug] }

// Slugs returns the slugs of the attached platforms, sorted.
func (s *State) Slugs() []string { return slices.Sorted(maps.Keys(s.platforms)) }

// Role returns a custom role of a platform by opaque id or name, or nil.
func (s *State) Role(slug, nameOrID string) *Role {
	for _, r := range s.Roles(slug) {
		if r.ID == nameOrID || r.Name == nameOrID {
			return r
		}
	}
	return nil
}

// Roles returns a platform's custom roles by name.
func (s *State) Roles(slug string) []*Role {
	if p := s.platforms[slug]; p != nil {
		return p.Roles
	}
	return nil
}

// Edition returns an operator's own edition as it was stored, or nil.
func (s *State) Edition(name string) *event.EditionStored { return s.editions[name] }

// Token returns a token by opaque id, or nil.
func (s *State) Token(id string) *Token { return get(s.tokens, id) }

// TokenByHash returns the token with that hash, ended ones too, or nil.
func (s *State) TokenByHash(hash string) *Token {
	id, found := s.hashes.Get(hash)
	if !found {
		return nil
	}
	return s.Token(id)
}

// TokensOf visits a subject's tokens, ended ones too, by id.
func (s *State) TokensOf(h access.Subject) iter.Seq[*Token] {
	return func(yield func(*Token) bool) {
		for _, id := range prefixed(s.owned, h.String()+"\x00") {
			if !yield(s.Token(id)) {
				return
			}
		}
	}
}

// Tokens visits all tokens by id.
func (s *State) Tokens() iter.Seq2[string, *Token] { return all(s.tokens) }

// Users visits all users by id.
func (s *State) Users() iter.Seq2[string, *User] { return all(s.users) }

// ServiceUsers visits all service users by id.
func (s *State) ServiceUsers() iter.Seq2[string, *ServiceUser] { return all(s.services) }

// Agents visits all agents by id.
func (s *State) Agents() iter.Seq2[string, *Agent] { return all(s.agents) }

// Teams visits all teams by id.
func (s *State) Teams() iter.Seq2[string, *Team] { return all(s.teams) }

// Members returns the ids of a team's members, sorted.
func (s *State) Members(team string) []string {
	var list []string
	for key := range prefixed(s.members, team+"\x00") {
		list = append(list, key[len(team)+1:])
	}
	return list
}

// IsMember tells whether a user is in a team.
func (s *State) IsMember(team, user string) bool {
	_, in := s.members.Get(team + "\x00" + user)
	return in
}

// Resources visits the resources of a platform, parents before children's later siblings: by path.
func (s *State) Resources(slug string) iter.Seq2[string, *Resource] {
	return prefixed(s.resources, slug+"/")
}

// Beneath visits the resources beneath a path, itself not included.
func (s *State) Beneath(path string) iter.Seq2[string, *Resource] {
	return prefixed(s.resources, path+"/")
}

// Grants visits every grant, by holder.
func (s *State) Grants() iter.Seq2[string, *Grant] { return all(s.grants) }

// GrantsByScope visits the grants by the path of their scope, from one on; "" is every grant.
func (s *State) GrantsByScope(from string) iter.Seq2[string, *Grant] {
	return func(yield func(string, *Grant) bool) { s.scopes.Ascend(from, yield) }
}

// GrantsOf visits a holder's own grants in a fixed order.
func (s *State) GrantsOf(h access.Holder) iter.Seq2[string, *Grant] {
	return prefixed(s.grants, h.String()+"\x00")
}

// GrantsAt visits the grants made at exactly that scope.
func (s *State) GrantsAt(path string) iter.Seq2[string, *Grant] {
	return prefixed(s.scopes, path+"\x00")
}

// GrantsBeneath visits the grants made at a path or at anything beneath it.
func (s *State) GrantsBeneath(path string) iter.Seq2[string, *Grant] {
	return func(yield func(string, *Grant) bool) {
		for key, g := range prefixed(s.scopes, path) {
			if rest := key[len(path):]; rest[0] != 0 && rest[0] != '/' {
				continue
			}
			if !yield(key, g) {
				return
			}
		}
	}
}

// Holds returns the stored grant that equals this one, or nil.
func (s *State) Holds(g access.Grant) *Grant { return get(s.grants, GrantKey(g)) }

// SubjectByName finds whom an e-mail, a name or an opaque id means. Agents have no names.
func (s *State) SubjectByName(kind access.HolderKind, name string) (access.Subject, bool) {
	switch kind {
	case access.User:
		if u := s.UserByEmail(name); u != nil {
			return access.Subject{Kind: kind, ID: u.ID}, true
		}
		return access.Subject{Kind: kind, ID: name}, s.User(name) != nil
	case access.ServiceUser:
		if u := s.ServiceUserByName(name); u != nil {
			return access.Subject{Kind: kind, ID: u.ID}, true
		}
		return access.Subject{Kind: kind, ID: name}, s.ServiceUser(name) != nil
	case access.Agent:
		return access.Subject{Kind: kind, ID: name}, s.Agent(name) != nil
	case access.Team:
		if t := s.TeamByName(name); t != nil {
			return access.Subject{Kind: kind, ID: t.ID}, true
		}
		return access.Subject{Kind: kind, ID: name}, s.Team(name) != nil
	}
	return access.Subject{}, false
}

// DisplayName is what people call a holder: an e-mail, a service user's or a team's name; the id where there is none.
func (s *State) DisplayName(h access.Holder) string {
	name := ""
	switch h.Kind {
	case access.User:
		if u := s.User(h.ID); u != nil {
			name = u.Email
		}
	case access.ServiceUser:
		if u := s.ServiceUser(h.ID); u != nil {
			name = u.Name
		}
	case access.Team:
		if t := s.Team(h.ID); t != nil {
			name = t.Name
		}
	}
	if name == "" {
		return h.ID
	}
	return name
}

func get[V any](m *btree.Map[string, *V], key string) *V {
	v, _ := m.Get(key)
	return v
}

func all[V any](m *btree.Map[string, V]) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { m.Scan(yield) }
}

func prefixed[V any](m *btree.Map[string, V], prefix string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		m.Ascend(prefix, func(key string, v V) bool { return strings.HasPrefix(key, prefix) && yield(key, v) })
	}
}
