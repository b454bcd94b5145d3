package sight

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/answer"
	"bailiwick/internal/state"
)

// A Sight is facts as somebody sees them. All that is listed goes by it: the methods of the state itself hide nothing.
type Sight struct {
	*state.State
	*View
}

// Over is what may be seen of a state. Everybody sees themselves in any case.
func (v *View) Over(st *state.State) *Sight { return &Sight{State: st, View: v} }

// SeesSubject tells whether a holder exists and may be seen.
func (s *Sight) SeesSubject(h access.Holder) bool {
	if _, exists := s.SubjectByName(h.Kind, h.ID); !exists {
		return false
	}
	switch {
	case s.all || h == s.Self() || s.makesTokensFor(h):
		return true
	case h.Kind == access.User:
		u := s.User(h.ID)
		return u != nil && s.SeesUser(u)
	}
	anywhere := false
	for _, g := range s.GrantsOf(h) {
		if s.Sees(g.On) {
			return true
		}
		anywhere = true
	}
	return !anywhere && len(s.slugs) > 0
}

// SeesUser tells whether a user of this state may be seen.
func (s *Sight) SeesUser(u *state.User) bool {
	return s.all || s.Self() == access.Holder{Kind: access.User, ID: u.ID} ||
		slices.ContainsFunc(s.slugs, func(slug string) bool { return s.Concerns(u, slug, s.At) })
}

// SeenGrants are a holder's grants that may be seen.
func (s *Sight) SeenGrants(h access.Holder) []*state.Grant {
	var list []*state.Grant
	for _, g := range s.GrantsOf(h) {
		if s.Sees(g.On) {
			list = append(list, g)
		}
	}
	return list
}

// SomeGrants visits the grants that may be seen of a holder, at a scope, and at or beneath another one, each where it is
// given. Those of all holders come by the path of their scope.
func (s *Sight) SomeGrants(to access.Holder, on, under string) iter.Seq[*state.Grant] {
	all := s.GrantsByScope("")
	switch {
	case to.Kind != access.NoHolder:
		all = s.GrantsOf(to)
	case on != "":
		all = s.GrantsAt(on)
	case under != "":
		all = s.GrantsBeneath(under)
	}
	return func(yield func(*state.Grant) bool) {
		for _, g := range all {
			if s.Sees(g.On) && (to.Kind == access.NoHolder || g.To == to) && (on == "" || g.On == on) &&
				(under == "" || g.On == under || strings.HasPrefix(g.On, under+"/")) && !yield(g) {
				return
			}
		}
	}
}

// GrantKey is where a grant stands in an access file: what lists of grants are sorted by. Keys differ.
func (s *Sight) GrantKey(g *state.Grant) string {
	key := append(append(make([]byte, 0, 160), g.On...), 0)
	key = append(append(append(append(key, g.To.Kind.String()...), ':'), s.DisplayName(g.To)...), 0)
	key = append(append(key, g.Role...), 0)
	for i, environment := range g.Environments {
		if i > 0 {
			key = append(key, ' ')
		}
		key = append(key, environment...)
	}
	key = padded(append(key, 0), event.Micros(g.From), 20)
	key = padded(append(key, 0), event.Micros(g.Until), 20)
	return string(padded(append(key, 0), int64(g.Number), 10))
}

// padded appends a number with zeros before it, as many as a width takes.
func padded(key []byte, n int64, width int) []byte {
	if n < 0 {
		return fmt.Appendf(key, "%0*d", width, n)
	}
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	for range width - len(text) {
		key = append(key, '0')
	}
	return append(key, text...)
}

// Held lists the grants that may be seen of a subject, its own and then those of teams, by id.
func (s *Sight) Held(sub access.Subject, teams []string) []client.HeldGrant {
	list := []client.HeldGrant{}
	add := func(h access.Holder, via string) {
		for _, g := range s.SeenGrants(h) {
			list = append(list, client.HeldGrant{Grant: s.Grant(g), Via: via})
		}
	}
	add(sub, "")
	for _, id := range teams {
		h := access.Holder{Kind: access.Team, ID: id}
		add(h, s.ReadableHolder(h).String())
	}
	return list
}

// Grant shows a grant, with names in place of ids.
func (s *Sight) Grant(g *state.Grant) client.Grant {
	shown := g.Grant
	shown.To = s.ReadableHolder(g.To)
	return answer.Grant(shown)
}
