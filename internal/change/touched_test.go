package change_test

import (
	"slices"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
)

// TestADifferenceNamesWhatHasAnotherName: every must holds a difference against whole files; here are the changes after
// which things that were not touched are written otherwise.
func TestADifferenceNamesWhatHasAnotherName(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(w.owner, client.ServiceUserCreate{ServiceUser: "ci"})
		w.must(ada, grant("service_user:ci", "viewer", "dagster/prod"))
		for _, c := range []struct {
			by    change.Actor
			do    client.Command
			wants []string
		}{
			{w.owner, client.TeamRename{Team: "data", To: "science"}, []string{"grant editor to team:science on dagster/dev added", "grant editor to team:data on dagster/dev removed"}},
			{w.owner, client.ServiceUserUpdate{ServiceUser: "ci", Name: ptr("robot")}, []string{"service_user robot added", "service_user ci removed", "grant viewer to service_user:robot on dagster/prod added"}},
			{w.owner, client.UserProfile{User: "dan@acme.test", Profile: client.Profile{Name: ptr("Dan")}}, []string{"user dan@acme.test changed"}},
			{w.owner, client.UserProfile{User: "dan@acme.test", Profile: client.Profile{Email: ptr("daniel@acme.test")}},
				[]string{"user daniel@acme.test added", "user dan@acme.test removed", "team science changed", "grant admin to user:daniel@acme.test on dagster/prod added"}},
			{ada, client.TeamJoin{Team: "science", Members: []string{"vi@acme.test"}}, []string{"team science changed"}},
			{w.owner, client.UserRemove{User: "daniel@acme.test"}, []string{"user daniel@acme.test removed", "team science changed"}},
			{ada, client.ResourceRename{Resource: "dagster/dev", To: "dagster/staging"}, []string{"resource dagster/staging added", "grant editor to team:science on dagster/staging added"}},
			{ada, client.TeamDelete{Team: "science"}, []string{"team science removed", "grant editor to team:science on dagster/staging removed"}},
		} {
			r := w.must(c.by, c.do)
			found, err := r.Difference()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.wants {
				if !slices.ContainsFunc(found.Objects, func(o client.Object) bool { return o.Kind+" "+o.Name+" "+o.Change == want }) {
					t.Errorf("%s does not say that %s: %v", c.do.Do(), want, found.Objects)
				}
			}
		}
	})
}
