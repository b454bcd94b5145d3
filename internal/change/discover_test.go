package change_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

func (w *world) discovered(d change.Discovery, left ...string) {
	w.t.Helper()
	got, err := w.Discovered(context.Background(), acme, d)
	if err != nil || !slices.Equal(got, left) {
		w.t.Fatalf("left %q, %v, want %q", got, err, left)
	}
}

// locations lists what is beneath a deployment, with a mark at what is not seen.
func (w *world) locations(deployment string) string {
	w.t.Helper()
	var list []string
	for path, r := range w.now().Beneath(deployment) {
		if !change.NotSeenSince(r).IsZero() {
			path += " since " + change.NotSeenSince(r).Format(time.RFC3339)
		}
		list = append(list, strings.TrimPrefix(path, deployment+"/"))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func (w *world) wantLocations(deployment, want string) {
	w.t.Helper()
	if got := w.locations(deployment); got != want {
		w.t.Fatalf("%s has %s, want %s", deployment, got, want)
	}
}

func TestDiscoveryAddsAndMarksAndDeletesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.dagster()
		w.must(w.as("ada@acme.test"), client.ResourceCreate{Resource: "dagster/prod/branch:feature-1"})
		prod := func(seen ...string) change.Discovery { return change.Discovery{Deployment: "dagster/prod", Seen: seen} }
		w.discovered(prod("sales / emea", "etl", "etl", " spaced", strings.Repeat("x", 256)), " spaced", strings.Repeat("x", 256))
		w.wantLocations("dagster/prod", "branch:feature-1, etl, sales %2F emea")
		if w.now().Resource("dagster/prod/sales %2F emea").Number == 0 {
			t.Error("it has no number")
		}
		before := w.now().Revision
		w.discovered(prod("etl", "sales / emea"))
		if w.now().Revision != before {
			t.Error("what is known already was written")
		}
		gone := prod("sales / emea")
		since := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		gone.Gone = map[string]time.Time{"dagster/prod/etl": since, "dagster/prod/sales %2F emea": since, "dagster/dev/etl": since, "dagster/prod/branch:feature-1": since, "dagster": since}
		w.discovered(gone)
		w.wantLocations("dagster/prod", "branch:feature-1, etl since 2026-11-22T12:00:00Z, sales %2F emea")
		w.wantLocations("dagster/dev", "etl")
		before = w.now().Revision
		gone.Gone["dagster/prod/etl"] = since.Add(time.Hour)
		w.discovered(gone)
		if w.now().Revision != before {
			t.Error("what was noted was noted again")
		}
		w.reopen()
		w.wantLocations("dagster/prod", "branch:feature-1, etl since 2026-11-22T12:00:00Z, sales %2F emea")
		w.discovered(prod("etl"))
		w.wantLocations("dagster/prod", "branch:feature-1, etl, sales %2F emea")
		w.discovered(change.Discovery{Deployment: "dagster/prod/branch:feature-1", Seen: []string{"etl", "branch:x", "*"}})
		w.wantLocations("dagster/prod/branch:feature-1", "%2A, branch%3Ax, etl")
		// Whoever may deletes what was found, and it comes back while the server has it.
		w.must(w.as("ada@acme.test"), client.ResourceDelete{Resource: "dagster/prod/sales %2F emea"})
		w.discovered(prod("etl", "sales / emea"))
		w.wantLocations("dagster/prod", "branch:feature-1, branch:feature-1/%2A, branch:feature-1/branch%3Ax, branch:feature-1/etl, etl, sales %2F emea")
	})
}

func TestDiscoveryKnowsItsPlace(t *testing.T) {
	w := newWorld(t)
	w.dagster()
	for _, path := range []string{"dagster", "dagster/prod/etl", "dagster/none", "org", "none", "", "dagster/prod/", "dagster/branch:*"} {
		_, err := w.Discovered(t.Context(), acme, change.Discovery{Deployment: path, Seen: []string{"x"}})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("at %q: %v", path, err)
		}
	}
	var many []string
	for i := range 1200 {
		many = append(many, fmt.Sprintf("l%04d", i))
	}
	left, err := w.Discovered(t.Context(), acme, change.Discovery{Deployment: "dagster/prod", Seen: many})
	if err != nil || len(left) != 201 || left[0] != "l0999" { // etl was there
		t.Errorf("%d are left, %v", len(left), err)
	}
	before := w.now().Revision
	if left, err := w.Discovered(t.Context(), acme, change.Discovery{Deployment: "dagster/prod", Seen: many}); err != nil || len(left) != 201 || w.now().Revision != before {
		t.Errorf("again: %d are left, %v", len(left), err)
	}
	// Nobody writes by hand what discovery notes.
	w.refused(w.as("ada@acme.test"), fault.Invalid, "document", client.DocumentSet{Resource: "dagster/prod/etl", Name: "upstream", Document: []byte(`{}`)})
}

// TestAttack021DiscoveryGivesNobodyMoreThanTheirDeploymentRole: of a location that was found, everybody has what they have on the deployment, and
// nothing changes anywhere else.
func TestAttack021DiscoveryGivesNobodyMoreThanTheirDeploymentRole(t *testing.T) {
	w := newWorld(t)
	w.company()
	ada := w.as("ada@acme.test")
	w.must(ada, grant("user:vi@acme.test", "admin", "dagster/prod/etl"), client.ResourceCreate{Resource: "dagster/prod/branch:f"},
		client.ServiceUserCreate{ServiceUser: "ci"}, grant("service_user:ci", "launcher", "dagster/dev"))
	var everybody []access.Subject
	for _, name := range []string{"olga", "ada", "dan", "ed", "vi", "cora", "tess", "sam"} {
		everybody = append(everybody, w.as(name+"@acme.test").Subject)
	}
	everybody = append(everybody, w.service("ci").Subject)
	permissions := []string{"runs.view", "runs.launch", "assets.wipe", "code_locations.reload", "schedules.toggle", "backfills.launch"}
	paths := []string{"dagster/prod", "dagster/prod/etl", "dagster/prod/branch:f", "dagster/dev", "dagster/dev/etl"}
	answers := func(paths ...string) (all []bool) {
		for _, who := range everybody {
			for _, permission := range permissions {
				for _, path := range paths {
					all = append(all, w.now().Decide(access.Question{Subject: who, Permission: permission, Resource: path, At: w.engine.Now()}).Allowed)
				}
			}
		}
		return all
	}
	before, grants := answers(paths...), len(slices.Collect(keys(w)))
	w.discovered(change.Discovery{Deployment: "dagster/prod", Seen: []string{"etl", "sales", "zeta"}})
	w.discovered(change.Discovery{Deployment: "dagster/prod/branch:f", Seen: []string{"sales"}})
	if !slices.Equal(before, answers(paths...)) || grants != len(slices.Collect(keys(w))) {
		t.Error("discovery changed what somebody may do elsewhere, or gave something")
	}
	on, found := answers("dagster/prod"), answers("dagster/prod/sales")
	for i := range on {
		if found[i] && !on[i] {
			t.Errorf("%s has %s on a location that was found, and not on its deployment", everybody[i/len(permissions)], permissions[i%len(permissions)])
		}
	}
	if !w.may("ed@acme.test", "runs.launch", "dagster/prod/sales") || w.may("vi@acme.test", "runs.launch", "dagster/prod/sales") {
		t.Error("an editor of the deployment may launch what was found, a viewer may not")
	}
}

// keys visits the keys of all grants.
func keys(w *world) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range w.now().Grants() {
			if !yield(key) {
				return
			}
		}
	}
}
