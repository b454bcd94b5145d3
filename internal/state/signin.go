package state

import (
	"maps"
	"slices"
	"strings"
	"time"

	"bailiwick/event"
)

// Link returns a link that is neither used nor withdrawn, by opaque id, or nil. Its time may be over.
func (s *State) Link(id string) *Link { return get(s.links, id) }

// LinkByHash returns such a link by the hash of its secret, or nil.
func (s *State) LinkByHash(hash string) *Link {
	id, _ := s.linkHashes.Get(hash)
	return s.Link(id)
}

// LinksOf returns a user's links that are neither used nor withdrawn, by id.
func (s *State) LinksOf(user string) []*Link {
	var list []*Link
	for _, id := range prefixed(s.linksOf, user+"\x00") {
		list = append(list, s.Link(id))
	}
	return list
}

// Identity returns an identity by opaque id, or nil.
func (s *State) Identity(id string) *Identity { return get(s.identities, id) }

// IdentityAt returns the identity that is bound to an account, or nil.
func (s *State) IdentityAt(issuer, subject string) *Identity {
	id, _ := s.accounts.Get(accountKey(issuer, subject))
	return s.Identity(id)
}

// IdentitiesOf returns a user's identities, by id.
func (s *State) IdentitiesOf(user string) []*Identity {
	var list []*Identity
	for _, id := range prefixed(s.identitiesOf, user+"\x00") {
		list = append(list, s.Identity(id))
	}
	return list
}

// Provider returns an identity provider by opaque id, or nil.
func (s *State) Provider(id string) *Provider { return s.providers[id] }

// Providers returns the identity providers by name.
func (s *State) Providers() []*Provider {
	return slices.SortedFunc(maps.Values(s.providers), func(a, b *Provider) int {
		return strings.Compare(a.Name+"\x00"+a.Provider, b.Name+"\x00"+b.Provider)
	})
}

// SessionEnded tells whether a session was ended by itself before its time. It is forgotten after that.
func (s *State) SessionEnded(id string) bool {
	_, ended := s.ended.Get(id)
	return ended
}

// BreakGlass returns the accesses that operators opened and that are not over at a moment.
func (s *State) BreakGlass(at time.Time) []*BreakGlass {
	var open []*BreakGlass
	for _, g := range s.glass {
		if at.Before(event.Time(g.Until)) {
			open = append(open, g)
		}
	}
	return open
}
