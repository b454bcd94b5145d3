package change_test

import (
	"context"
	"slices"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// replace says what a holder is to have at a scope: a role, and LOCATION, ROLE pairs.
func replace(to, on, role string, locations ...string) client.GrantsReplace {
	c := client.GrantsReplace{To: to, On: on, Role: role}
	for pair := range slices.Chunk(locations, 2) {
		c.Locations = append(c.Locations, client.LocationRole{Name: pair[0], Role: pair[1]})
	}
	return c
}

// numbers lists a holder's grants as "role on path", with their numbers.
func (w *world) numbers(holder string) map[string]int32 {
	w.t.Helper()
	h, err := change.Holder(w.now(), "", holder)
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string]int32{}
	for _, g := range w.now().GrantsOf(h) {
		found[g.Role+" on "+g.On] = g.Number
	}
	return found
}

func TestReplacingWhatSomebodyHasAtADeployment(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, vi, dev := w.as("ada@acme.test"), "user:vi@acme.test", "viewer on dagster/dev"
		w.must(ada, client.ResourceCreate{Resource: "dagster/prod/a%2Fb c"}, replace(vi, "dagster/prod", "viewer", "etl", "editor", "a/b c", "launcher"))
		w.wantRoles(vi, "editor on dagster/prod/etl", "launcher on dagster/prod/a%2Fb c", dev, "viewer on dagster/prod")

		was := w.numbers(vi)
		made := w.must(ada, replace(vi, "dagster/prod", "viewer", "etl", "editor", "a/b c", "admin"))
		is := w.numbers(vi)
		for _, same := range []string{"editor on dagster/prod/etl", "viewer on dagster/prod", dev} {
			if was[same] != is[same] {
				t.Errorf("%s had the number %d and has %d", same, was[same], is[same])
			}
		}
		if len(is) != 4 || len(made.Results) != 1 || made.Results[0].Number != is["admin on dagster/prod/a%2Fb c"] {
			t.Errorf("it has %v, and the results are %+v", is, made.Results)
		}

		was = w.numbers(vi) // another role: the override that stays is the one that there was
		w.must(ada, replace(vi, "dagster/prod", "launcher", "etl", "editor"))
		w.wantRoles(vi, "editor on dagster/prod/etl", "launcher on dagster/prod", dev)
		if is = w.numbers(vi); is["editor on dagster/prod/etl"] != was["editor on dagster/prod/etl"] {
			t.Error("an override was taken and given again")
		}
		w.must(ada, replace(vi, "dagster/prod", "editor"))
		w.wantRoles(vi, "editor on dagster/prod", dev)
		w.must(ada, replace(vi, "dagster/prod", "viewer", "etl", "launcher"), replace(vi, "dagster/prod", ""))
		w.wantRoles(vi, dev)

		revision := w.now().Revision
		w.must(ada, replace(vi, "dagster/prod", ""), replace(vi, "dagster/dev", "viewer"))
		if w.now().Revision != revision {
			t.Error("what is so already was written again")
		}
	})
}

func TestReplacingAtEveryScope(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, client.ServiceUserCreate{ServiceUser: "ci"}, grant("service_user:ci", "viewer", "dagster/prod"),
			replace("service_user:ci", "dagster/branch:*", "launcher"), replace("service_user:ci", "dagster/prod/branch:*", "editor"),
			replace("service_user:ci", "dagster", "organization_admin"), replace("service_user:ci", "dagster/branch:*", "admin"))
		w.wantRoles("service_user:ci", "admin on dagster/branch:*", "editor on dagster/prod/branch:*", "organization_admin on dagster", "viewer on dagster/prod")
		w.must(ada, until(grant("service_user:ci", "launcher", "dagster/dev"), w.soon()), replace("service_user:ci", "dagster/dev", "launcher"))
		w.must(ada, replace("service_user:ci", "dagster", ""), replace("service_user:ci", "dagster/branch:*", ""), replace("service_user:ci", "dagster/prod/branch:*", ""))
		w.wantRoles("service_user:ci", "launcher on dagster/dev", "viewer on dagster/prod")
		for _, g := range w.now().Grants() {
			if g.On == "dagster/dev" && !g.Until.IsZero() {
				w.t.Error("the grant that has an end was not replaced")
			}
		}
		w.refused(ada, fault.Invalid, "override", replace("service_user:ci", "dagster/branch:*", "viewer", "etl", "editor"))
		w.refused(ada, fault.Invalid, "override", replace("service_user:ci", "dagster/prod", "", "etl", "editor"))
		w.refused(ada, fault.Invalid, "twice", replace("service_user:ci", "dagster/prod", "viewer", "etl", "editor", "etl", "admin"))
		w.refused(ada, fault.NotFound, "scope", replace("service_user:ci", "dagster/prod", "viewer", "branch:*", "editor"))
		w.refused(ada, fault.NotFound, "scope", replace("service_user:ci", "dagster/gone", ""))
	})
}

func TestReplacingIsJudgedLikeGivingAndTaking(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, dan, vi := w.as("ada@acme.test"), w.as("dan@acme.test"), w.as("vi@acme.test")
		w.refused(ada, fault.Invalid, "override", replace("user:vi@acme.test", "dagster/prod", "editor", "etl", "editor"))
		w.refused(ada, fault.Invalid, "override", replace("user:vi@acme.test", "dagster/prod", "admin", "etl", "editor"))
		w.refused(ada, fault.Conflict, "last_administrator", replace("user:ada@acme.test", "dagster", ""))
		w.refused(w.owner, fault.Conflict, "last_administrator", replace("user:olga@acme.test", "org", "auditor"))
		w.refused(vi, fault.Forbidden, "may_give", replace("user:vi@acme.test", "dagster/prod", "editor"))
		w.refused(vi, fault.Forbidden, "may_give", replace("user:vi@acme.test", "dagster/prod", "viewer")) // as it is
		w.refused(vi, fault.Forbidden, "may_give", replace("user:ed@acme.test", "dagster/prod", ""))
		w.refused(vi, fault.Forbidden, "may_give", replace("team:data", "dagster/prod", "")) // there is nothing

		// An Admin of prod gives teams roles there, and nobody else, and nowhere else.
		w.must(dan, replace("team:data", "dagster/prod", "viewer", "etl", "editor"), replace("team:data", "dagster/prod", "launcher"))
		w.refused(dan, fault.Forbidden, "may_give", replace("team:data", "dagster/dev", "admin"))
		w.refused(dan, fault.Forbidden, "may_give", replace("user:vi@acme.test", "dagster/prod", "viewer", "etl", "editor"))

		w.must(w.owner, client.TestsSet{Tests: []client.Test{{Who: "user:vi@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod/etl"}}})
		w.refused(ada, fault.Conflict, "policy_test", replace("user:vi@acme.test", "dagster/prod", "viewer", "etl", "editor"))

		revision := w.now().Revision
		tried, err := w.Do(context.Background(), acme, ada, change.How{DryRun: true}, replace("user:ed@acme.test", "dagster/prod", "viewer"))
		if err != nil || len(gainedIn(&tried)) == 0 || w.now().Revision != revision {
			t.Errorf("a dry run compares and writes nothing: %v, %d differences", err, len(gainedIn(&tried)))
		}
	})
}
