package change_test

import (
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
)

// TestAGrantThatIsOverMakesNoMember : who is only written down as one is not among the first to sign in, and takes no seat.
func TestAGrantThatIsOverMakesNoMember(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.must(w.owner, client.PlatformAttach{Platform: "astro", Model: "astro-2022", Seats: 2}, grant("user:olga@acme.test", "organization_owner", "astro"), client.ResourceCreate{Resource: "astro/ml"}, add("x@acme.test"),
			until(grant("user:x@acme.test", "workspace_viewer", "astro/ml"), w.soon()))
		x := w.as("x@acme.test").Subject
		w.refused(w.owner, fault.Conflict, "seats", add("y@acme.test", "astro"))
		w.ahead.Store(int64(2 * time.Hour))
		if err := w.SignedIn(t.Context(), acme, x.ID, ""); err != nil {
			t.Fatal(err)
		}
		if w.now().Holds(access.Grant{To: x, Role: "organization_owner", On: "astro"}) != nil {
			t.Error("a grant that is over made an Owner")
		}
		w.must(w.owner, add("y@acme.test", "astro"))
	})
}

func TestACustomRoleKeepsItsType(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.dagster()
		ada := w.as("ada@acme.test")
		put := func(at string) client.RolePut {
			return client.RolePut{Platform: "dagster", Role: "r", At: at, Permissions: []string{"runs.launch"}}
		}
		w.must(ada, put("deployment"))
		w.refused(ada, fault.Invalid, "custom_role", put("organization"))
		w.must(ada, client.RoleDelete{Platform: "dagster", Role: "r"}, put("organization"))
	})
}
