package change_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
)

func TestWhoeverHoldsARoleHoldsItByItsNewName(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, cora := w.as("ada@acme.test"), w.as("cora@acme.test")
		shipper := client.RolePut{Platform: "dagster", Role: "shipper", At: "deployment", BasedOn: "launcher", Permissions: []string{"code_locations.reload"}, Icon: "ship"}
		id := w.must(ada, shipper).Results[0].ID
		w.must(ada, replace("user:vi@acme.test", "dagster/prod", "viewer", "etl", id), grant("team:data", "shipper", "dagster/branch:*"),
			until(grant("user:ed@acme.test", "shipper", "dagster/dev"), w.soon()), take("user:ed@acme.test", "viewer", "dagster/dev"))
		before, numbers := w.now(), w.numbers("user:vi@acme.test")

		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", client.RoleRename{Platform: "dagster", Role: "shipper", To: "mine"})
		w.refused(cora, fault.Conflict, "custom_role", client.RoleRename{Platform: "dagster", Role: id, To: "team_editor"})
		w.refused(cora, fault.Conflict, "custom_role", client.RoleRename{Platform: "dagster", Role: id, To: "editor"})
		w.refused(cora, fault.Invalid, "name", client.RoleRename{Platform: "dagster", Role: id, To: id})
		w.refused(cora, fault.NotFound, "", client.RoleRename{Platform: "dagster", Role: "editor", To: "other"})
		w.must(cora, client.RoleRename{Platform: "dagster", Role: id, To: "releaser"})

		check := func() {
			t.Helper()
			if d := access.Compare(before.Access, w.now().Access, w.engine.Now()); len(d) > 0 {
				t.Errorf("a name decides something: %+v", d)
			}
			for _, g := range w.now().Grants() {
				if g.Role == "shipper" {
					t.Errorf("%v kept the old name", g)
				}
			}
			r := w.now().Role("dagster", id)
			if r == nil || r != w.now().Role("dagster", "releaser") || r.Name != "releaser" || r.Icon != "ship" || w.now().Role("dagster", "shipper") != nil {
				t.Errorf("the role is %+v", r)
			}
			w.wantRoles("user:vi@acme.test", "releaser on dagster/prod/etl", "viewer on dagster/dev", "viewer on dagster/prod")
			if got := slices.Sorted(maps.Values(w.numbers("user:vi@acme.test"))); !slices.Equal(got, slices.Sorted(maps.Values(numbers))) {
				t.Errorf("the grants have the numbers %d", got)
			}
		}
		check()
		w.reopen()
		check()

		// The name is free again, for another role; what is changed by its id is the one that was renamed.
		other := w.must(ada, shipper).Results[0].ID
		if other == id {
			t.Error("two roles have one id")
		}
		w.must(ada, client.RolePut{Platform: "dagster", Role: id, At: "deployment", BasedOn: "launcher"}, client.RoleDelete{Platform: "dagster", Role: other})
		if r := w.now().Role("dagster", id); r == nil || r.Name != "releaser" || r.Icon != "" || w.may("vi@acme.test", "code_locations.reload", "dagster/prod/etl") {
			t.Errorf("the role is %+v", r)
		}
	})
}

// What was given by the old name in the same change is judged by what the role is.
func TestARenameHidesNothingFromTheGuard(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada, cora := w.as("ada@acme.test"), w.as("cora@acme.test")
		w.must(ada, client.RolePut{Platform: "dagster", Role: "boss", At: "organization", BasedOn: "organization_admin"})
		w.refused(cora, fault.Forbidden, "may_give", grant("user:cora@acme.test", "boss", "dagster"), client.RoleRename{Platform: "dagster", Role: "boss", To: "clerk"})
		w.refused(cora, fault.Forbidden, "may_give", client.RoleRename{Platform: "dagster", Role: "boss", To: "clerk"}, grant("user:cora@acme.test", "clerk", "dagster"))
		w.must(ada, grant("user:vi@acme.test", "boss", "dagster"), client.RoleRename{Platform: "dagster", Role: "boss", To: "clerk"})
		w.wantRoles("user:vi@acme.test", "clerk on dagster", "viewer on dagster/dev", "viewer on dagster/prod")
	})
}

func TestARoleInUseSaysWhoHoldsIt(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, client.RolePut{Platform: "dagster", Role: "look", At: "deployment", BasedOn: "viewer"})
		want := map[int]string{1: "held by 1: user:vi@acme.test;", 3: "held by 3: ", 4: " and 1 more;"}
		for i, name := range []string{"vi", "ed", "sam", "tess"} {
			w.must(ada, replace("user:"+name+"@acme.test", "dagster/prod", "look"), replace("user:"+name+"@acme.test", "dagster/dev", "look"))
			err := w.try(ada, client.RoleDelete{Platform: "dagster", Role: "look"})
			var f *fault.Error
			if !errors.As(err, &f) || f.Rule != "role_in_use" || !strings.Contains(err.Error(), want[i+1]) {
				t.Errorf("of %d holders it says %v", i+1, err)
			}
		}
	})
}
