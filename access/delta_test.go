package access_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// TestRowsAfterChangesAreThoseOfABuild makes many changes one after the other, most of them grants that come and go, and
// compares every row with the one that Build compiles. Half of the organizations are wide, so that rows have no dense part.
func TestRowsAfterChangesAreThoseOfABuild(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	first := number(t, "BAILIWICK_SEED", 0)
	added, removed := 0, 0
	for seed := first; seed < first+300 && !t.Failed(); seed++ {
		rng := rand.New(rand.NewPCG(seed, 0xde17a))
		org := oracle.Generate(seed, 3+int(seed%4), models)
		if seed%2 == 0 {
			widen(rng, &org)
		}
		snap, err := access.Build(org, oracle.Noon)
		if err != nil {
			t.Fatal(err)
		}
		var waiting []access.Change
		for step := range 50 {
			edit, possible := anotherEdit(rng, org)
			if !possible {
				continue
			}
			next := edit.Do(org)
			built, err := access.Build(next, oracle.Noon)
			if err != nil {
				continue
			}
			change, possible := changeOf(edit, org, next)
			if !possible {
				continue
			}
			waiting = append(waiting, change)
			if org = next; rng.IntN(4) == 0 {
				continue // with the next one
			}
			if len(waiting) == 1 && access.WorkedIn(snap, change) {
				switch edit.Kind {
				case oracle.AddGrant:
					added++
				case oracle.RemoveGrant:
					removed++
				}
			}
			if snap, err = snap.Apply(waiting...); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
			waiting = nil
			want := access.RowsOf(built)
			for who, row := range access.RowsOf(snap) {
				if row != want[who] {
					t.Fatalf("seed %d, step %d, %s\n%s has\n%s\na build gives\n%s", seed, step, describeEdit(edit), who, row, want[who])
				}
			}
		}
	}
	if added < 150 || removed < 20 {
		t.Errorf("%d additions and %d removals were worked into rows: too few to say anything", added, removed)
	}
}

// TestRowsOfALargeTeamAreThoseOfABuild changes the grants of a team that is compiled on all cores, whose members have what makes
// unions of sets that nobody had before.
func TestRowsOfALargeTeamAreThoseOfABuild(t *testing.T) {
	t.Parallel()
	org := crowd(t, 300)
	all, model := org.Grants[0].To, org.Platforms[0].Model
	custom := func(n int) string { return fmt.Sprint("custom-", n) }
	for n := range 30 {
		org.Platforms[0].Resources = append(org.Platforms[0].Resources, access.Resource{Path: "dagster/" + custom(n)})
	}
	var own []string
	for _, p := range model.Permissions {
		if p.At == "deployment" && !p.Closed {
			own = append(own, p.Name)
		}
	}
	for n := range own {
		org.Platforms[0].Roles = append(org.Platforms[0].Roles, access.Role{Name: custom(n), At: []string{"deployment"}, Permissions: own[n : n+1]})
	}
	for i, u := range org.Users {
		for n := range 3 {
			org.Grants = append(org.Grants, access.Grant{To: user(u.ID), Role: custom((i + n) % len(own)), On: "dagster/" + custom((i*7+n)%30)})
		}
	}
	snap, err := access.Build(org, noon)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 60 {
		grant := access.Grant{To: all, Role: custom(step % len(own)), On: "dagster/" + custom(step%30)}
		org.Grants = append(org.Grants, grant)
		changes := []access.Change{access.AddGrant{Grant: grant}}
		if step%3 == 2 {
			removed := org.Grants[len(org.Grants)-2]
			org.Grants = slices.Delete(org.Grants, len(org.Grants)-2, len(org.Grants)-1)
			changes = append(changes, access.RemoveGrant{Grant: removed})
		}
		for _, change := range changes {
			if snap, err = snap.Apply(change); err != nil {
				t.Fatal(err)
			}
		}
		built, err := access.Build(org, noon)
		if err != nil {
			t.Fatal(err)
		}
		want := access.RowsOf(built)
		for who, row := range access.RowsOf(snap) {
			if row != want[who] {
				t.Fatalf("step %d\n%s has\n%s\na build gives\n%s", step, who, row, want[who])
			}
		}
	}
}

// anotherEdit mostly gives somebody what somebody else has, or takes a grant away.
func anotherEdit(rng *rand.Rand, org access.Organization) (oracle.Edit, bool) {
	if len(org.Grants) == 0 || rng.IntN(4) == 0 {
		edits := oracle.RandomEdits(rng, org, 1)
		return append(edits, oracle.Edit{})[0], len(edits) > 0
	}
	grant := org.Grants[rng.IntN(len(org.Grants))]
	for range 3 { // mostly a team's, on a platform without licenses
		if slug, _, _ := cutPlatform(grant.On); grant.To.Kind == access.Team && slices.ContainsFunc(org.Platforms, func(p access.Platform) bool {
			return p.Slug == slug && len(p.Model.Licenses) == 0
		}) {
			break
		}
		grant = org.Grants[rng.IntN(len(org.Grants))]
	}
	if rng.IntN(2) == 0 {
		return oracle.Edit{Kind: oracle.RemoveGrant, Grant: grant}, true
	}
	if rng.IntN(3) > 0 {
		grant.From, grant.Until = time.Time{}, time.Time{}
	}
	if other := org.Grants[rng.IntN(len(org.Grants))]; other.To.Kind == grant.To.Kind {
		grant.To = other.To
	}
	if other := org.Grants[rng.IntN(len(org.Grants))]; rng.IntN(2) == 0 && isPlace(other.On) && isPlace(grant.On) {
		if a, _, _ := cutPlatform(other.On); strings.HasPrefix(grant.On, a+"/") {
			grant.On = other.On
		}
	}
	key := func(g access.Grant) string { return fmt.Sprint(g.To, g.Role, g.On) }
	there := slices.ContainsFunc(org.Grants, func(g access.Grant) bool { return key(g) == key(grant) })
	return oracle.Edit{Kind: oracle.AddGrant, Grant: grant}, !there
}
