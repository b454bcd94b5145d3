package state

import (
	"maps"

	"bailiwick/event"
)

// Since is what differs between two states in what lets people in. It costs a walk over the tokens.
type Since struct {
	Tokens map[string]bool // ids
	Ended  map[string]bool // ids of users of whom a session was ended by itself
	// Sessions is true where something differs that every session's life depends on: a provider, or a setting of the organization.
	Sessions bool
}

// SignInSince finds what differs from an older state in what lets people in. Ended users are in Touched, by their records.
func (s *State) SignInSince(older *State) *Since {
	since := &Since{Tokens: map[string]bool{}, Ended: map[string]bool{}}
	differing(s.tokens, older.tokens, func(id string, _, _ *Token) { since.Tokens[id] = true })
	differing(s.ended, older.ended, func(_ string, now, _ *event.SessionEnded) {
		if now != nil {
			since.Ended[now.User] = true
		}
	})
	since.Sessions = !maps.Equal(s.providers, older.providers) || !maps.Equal(s.Settings, older.Settings)
	return since
}
