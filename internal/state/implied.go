package state

import (
	"slices"
	"sync"

	"bailiwick/access"
)

// found is what was found out about a state once and is the same ever after: states do not change. One that is being edited
// has none.
type found struct {
	mutex   sync.Mutex
	members map[string]map[string]membership // by platform: ids of users
}

// A membership says what makes somebody a member of a platform, or will.
type membership uint8

const (
	stated  membership = 1 << iota // User.On
	implied                        // a license or a grant, a team's too
)

// membersOf returns whom Concerns tells of at the state's own moment. It looks at everybody once: milliseconds at 10,000
// users, and after that nothing.
func (s *State) membersOf(slug string) map[string]membership {
	if s.found == nil {
		return s.findMembers(slug)
	}
	s.found.mutex.Lock()
	defer s.found.mutex.Unlock()
	users, known := s.found.members[slug]
	if !known {
		if s.found.members == nil {
			s.found.members = map[string]map[string]membership{}
		}
		users = s.findMembers(slug)
		s.found.members[slug] = users
	}
	return users
}

func (s *State) findMembers(slug string) map[string]membership {
	holders := map[access.Holder]bool{}
	for _, g := range s.GrantsBeneath(slug) {
		if g.Until.IsZero() || s.At.Before(g.Until) {
			holders[g.To] = true
		}
	}
	users := map[string]membership{}
	for id, u := range s.Users() {
		if u.Licenses[slug] != "" || holders[access.Holder{Kind: access.User, ID: id}] ||
			slices.ContainsFunc(u.Teams, func(t string) bool { return holders[access.Holder{Kind: access.Team, ID: t}] }) {
			users[id] |= implied
		}
		if slices.Contains(u.On, slug) {
			users[id] |= stated
		}
	}
	return users
}

// Implied tells whether a user of this state is a member of a platform beside what was said explicitly: Concerns, without the
// user's On, at the state's own moment.
func (s *State) Implied(u *User, slug string) bool { return s.membersOf(slug)[u.ID]&implied != 0 }
