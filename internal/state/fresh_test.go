package state_test

import (
	"slices"
	"testing"

	"bailiwick/event"
	"bailiwick/internal/state"
)

// A start may change records in place; it must come to what one event after the other comes to.
func TestFoldingAllAtOnceIsFoldingOneByOne(t *testing.T) {
	events := []event.Event{
		&event.UserAdded{User: "usr_a", Number: 1, Profile: event.Profile{Email: "a@acme.test"}},
		&event.UserAdded{User: "usr_b", Number: 2, Profile: event.Profile{Email: "b@acme.test"}},
		&event.TeamCreated{Team: "team_x", Number: 3, Name: "x", Members: []string{"usr_a", "usr_b"}},
		&event.TeamCreated{Team: "team_y", Number: 4, Name: "y", Members: []string{"usr_a"}},
		&event.TeamDeleted{Team: "team_x"},
		&event.TeamJoined{Team: "team_y", Members: []string{"usr_b"}},
		&event.UserChanged{User: "usr_a", Profile: event.Profile{Email: "other@acme.test"}},
		&event.TeamLeft{Team: "team_y", Members: []string{"usr_a"}},
		&event.TeamJoined{Team: "team_y", Members: []string{"usr_a"}},
		&event.UserRemoved{User: "usr_b"},
		&event.TeamCreated{Team: "team_z", Number: 5, Name: "z", Members: []string{"usr_a"}},
	}
	all, single := state.Load("acme"), state.Empty("acme")
	for i, e := range events {
		row := state.Row{Revision: int64(i + 1), Event: e}
		edit := single.Edit()
		if err := all.Fold(row); err != nil {
			t.Fatal(err)
		}
		if err := edit.Fold(row); err != nil {
			t.Fatal(err)
		}
		var err error
		if single, err = edit.State(); err != nil {
			t.Fatal(err)
		}
	}
	for name, st := range map[string]*state.State{"all at once": all.Directory(), "one by one": single} {
		u := st.User("usr_a")
		if !slices.Equal(u.Teams, []string{"team_y", "team_z"}) || u.Email != "other@acme.test" || st.User("usr_b") != nil || st.Team("team_y").Members != 1 {
			t.Errorf("%s: %+v, team y has %d", name, u, st.Team("team_y").Members)
		}
	}
	gone := state.Load("acme")
	for i, e := range append(events[:2:2], &event.UserRemoved{User: "usr_b"}) {
		if err := gone.Fold(state.Row{Revision: int64(i + 1), Event: e}); err != nil {
			t.Fatal(err)
		}
	}
	if err := gone.Fold(state.Row{Revision: 4, Event: &event.TeamCreated{Team: "team_x", Number: 3, Name: "x", Members: []string{"usr_b"}}}); err == nil {
		t.Error("somebody who was removed joins a team")
	}
}
