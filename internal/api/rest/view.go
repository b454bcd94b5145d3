package rest

import (
	"strings"

	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// view is what the caller may see of others.
func (a *asking) view() *sight.View {
	if a.seen == nil {
		a.seen = sight.Of(a.now, a.actor(), a.moment)
	}
	return a.seen
}

// mine is what the token lets through of what concerns its own subject.
func (a *asking) mine() *sight.View { return a.view().Mine(a.caller.Reaches) }

// sight is what the caller sees of a state.
func (a *asking) sight(st *state.State) *sight.Sight { return a.view().Over(st) }

func slugOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}
