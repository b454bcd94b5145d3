package state_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"bailiwick/event"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// What a start puts off must come to what is kept entry by entry, wherever in a history it is completed.
func TestIndexesMadeLateAreThoseMadeAtOnce(t *testing.T) {
	hash, err := rolemodel.EditionHash("bailiwick")
	if err != nil {
		t.Fatal(err)
	}
	grant := func(to, role string, number int32) event.Event {
		return &event.GrantAdded{Grant: event.Grant{To: to, Role: role, On: "org"}, Number: number}
	}
	steps := []event.Event{
		&event.PlatformAttached{Slug: "org", Edition: "bailiwick", Hash: hash},
		&event.UserAdded{User: "usr_c", Number: 1, Profile: event.Profile{Email: "c@acme.test", Name: "Änne"}},
		&event.UserAdded{User: "usr_a", Number: 2, Profile: event.Profile{Email: "a@acme.test", Name: "Zoe"}},
		&event.UserAdded{User: "usr_b", Number: 3, Profile: event.Profile{Email: "b@acme.test"}},
		&event.TeamCreated{Team: "team_y", Number: 4, Name: "y", Members: []string{"usr_c", "usr_a"}},
		&event.TeamCreated{Team: "team_x", Number: 5, Name: "x", Members: []string{"usr_b", "usr_a"}},
		grant("user:usr_b", "auditor", 6), grant("team:team_x", "auditor", 7), grant("user:usr_a", "owner", 8),
		&event.UserChanged{User: "usr_a", Profile: event.Profile{Email: "new@acme.test", Name: "Bea"}},
		&event.UserDeactivated{User: "usr_a"},
		&event.MemberAdded{User: "usr_c", Platform: "org"},
		&event.SignedIn{User: "usr_c", Platform: "org"},
		&event.GrantRemoved{Grant: event.Grant{To: "user:usr_a", Role: "owner", On: "org"}},
		&event.TeamLeft{Team: "team_x", Members: []string{"usr_a"}},
		&event.UserRemoved{User: "usr_b"},
		&event.UserAdded{User: "usr_b", Number: 9, Profile: event.Profile{Email: "a@acme.test", Name: "again"}},
		&event.TeamJoined{Team: "team_x", Members: []string{"usr_c", "usr_b"}},
		&event.TeamDeleted{Team: "team_y"},
		&event.TeamJoined{Team: "team_x", Members: []string{"usr_a"}},
		grant("user:usr_c", "owner", 10),
	}
	for n := range steps {
		late, single := state.Load("acme"), state.Empty("acme")
		for i, e := range steps[:n+1] {
			row := state.Row{Revision: int64(i + 1), Event: e}
			edit := single.Edit()
			if err := late.Fold(row); err != nil {
				t.Fatal(err)
			}
			if err := edit.Fold(row); err != nil {
				t.Fatal(err)
			}
			if single, err = edit.State(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := late.State()
		if err != nil {
			t.Fatal(err)
		}
		if a, b := indexed(got), indexed(single); a != b {
			t.Errorf("after %s:\nlate     %s\nat once  %s", steps[n].Type(), a, b)
		}
	}
}

// indexed says what is found by each index.
func indexed(s *state.State) string {
	text := ""
	for _, by := range []string{"name", "email"} {
		for _, u := range s.ListUsers(state.UserQuery{Sort: by}).Users {
			text += fmt.Sprintf("%s=%s %s %t %v %v %v\n", u.ID, u.Email, u.Name, u.Inactive, u.On, u.SignedIn, u.Teams)
			if found := s.UserByEmail(u.Email); found != u {
				text += "not found by its e-mail\n"
			}
		}
	}
	for id, team := range s.Teams() {
		text += fmt.Sprintf("%s %d %v\n", id, team.Members, s.Members(id))
	}
	for id := range s.Users() {
		text += id + " "
	}
	return text + fmt.Sprint(slices.Sorted(maps.Keys(maps.Collect(s.Grants()))), slices.Sorted(maps.Keys(maps.Collect(s.GrantsAt("org")))), s.Counts())
}

// The same grant twice, or somebody unknown in a team: what a history cannot say is noticed by whoever puts off, too.
func TestAHistoryReadLateIsJudgedAsStrictly(t *testing.T) {
	twice := &event.GrantAdded{Grant: event.Grant{To: "user:usr_a", Role: "owner", On: "org"}, Number: 2}
	for name, wrong := range map[string]event.Event{
		"a grant twice":       twice,
		"nobody in a team":    &event.TeamJoined{Team: "team_x", Members: []string{"usr_b"}},
		"nobody leaves":       &event.TeamLeft{Team: "team_x", Members: []string{"usr_a"}},
		"nobody is removed":   &event.UserRemoved{User: "usr_b"},
		"nobody is changed":   &event.UserChanged{User: "usr_b"},
		"nobody's grant goes": &event.GrantRemoved{Grant: event.Grant{To: "user:usr_b", Role: "owner", On: "org"}},
	} {
		edit := state.Load("acme")
		for i, e := range []event.Event{&event.UserAdded{User: "usr_a", Number: 1}, twice, &event.TeamCreated{Team: "team_x", Number: 3, Name: "x"}, wrong} {
			if err := edit.Fold(state.Row{Revision: int64(i + 1), Event: e}); (err != nil) != (i == 3) {
				t.Errorf("%s: event %d: %v", name, i+1, err)
			}
		}
	}
}
