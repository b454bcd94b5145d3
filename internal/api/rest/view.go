package rest

import (
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// view is what the caller may see of others.
func (a *asking) view() *sight.View {
	if a.seen == nil {
		a.seen = sight.Of(a.now, a.principal(), a.moment)
	}
	return a.seen
}

// mine is what the token lets through of what concerns its own subject.
func (a *asking) mine() *sight.View { return a.view().Mine(a.caller.Reaches) }

// sight is what the caller sees of a state.
func (a *asking) sight(st *state.State) *sight.Sight { return a.view().Over(st) }

// asker asks about facts for the caller.
func (a *asking) asker(facts reading) *inquiry.Asker {
	return &inquiry.Asker{Caller: a.caller, View: a.view(), Now: a.now, State: facts.State, At: facts.at}
}

// answered is an answer that was read from facts, whose revision goes into the headers.
func (a *asking) answered(facts reading, found any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	a.facts(facts.State)
	return found, nil
}
