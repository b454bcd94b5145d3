package answer_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/oracle"
	"bailiwick/rolemodel"
)

// TestDifferenceIsWhatEachDifferenceComesTo compares random organizations before and after random edits with what one gets
// from each person and each resource alone. Some people are shown alike, as somebody is who was removed and added again.
func TestDifferenceIsWhatEachDifferenceComesTo(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	differ := 0
	for seed := range uint64(150) {
		org := oracle.Generate(seed, oracle.SizeFor(seed), models)
		other := org
		for _, e := range oracle.RandomEdits(rand.New(rand.NewPCG(seed, 4)), org, 1+int(seed%8)) {
			if next := e.Do(other); builds(next) {
				other = next
			}
		}
		before, err := access.Build(org, oracle.Noon)
		if err != nil {
			t.Fatal(err)
		}
		after, err := access.Build(other, oracle.Noon)
		if err != nil {
			t.Fatal(err)
		}
		show := func(h access.Subject) access.Subject { return h }
		if seed%3 == 0 {
			show = func(h access.Subject) access.Subject {
				return access.Subject{Kind: h.Kind, ID: []string{"a", "b"}[len(h.ID)%2]}
			}
		}
		for _, at := range []time.Time{oracle.Noon, oracle.Noon.Add(time.Hour)} {
			got := answer.Difference(before, after, []client.Object{}, at, show)
			want := eachDifference(before, after, at, show)
			if len(want.Access) > 0 {
				differ++
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d at %v: got\n%s\nwant\n%s", seed, at, text(got), text(want))
			}
		}
	}
	if differ < 100 {
		t.Errorf("only %d comparisons had anything in them", differ)
	}
}

// TestALineIsUnderWhatItsResourcesShare: a name that another begins with is not above it.
func TestALineIsUnderWhatItsResourcesShare(t *testing.T) {
	t.Parallel()
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	org := access.Organization{Name: "acme", Users: []access.UserFacts{{ID: "ana@acme.test", On: []string{"dagster"}}},
		Platforms: []access.Platform{{Slug: "dagster", Model: model, Resources: []access.Resource{{Path: "dagster/prod"}, {Path: "dagster/prod-eu"}}}}}
	before, err := access.Build(org, oracle.Noon)
	if err != nil {
		t.Fatal(err)
	}
	ana := access.Holder{Kind: access.User, ID: "ana@acme.test"}
	after, err := before.Apply(access.AddGrant{Grant: access.Grant{To: ana, Role: "editor", On: "dagster/prod"}},
		access.AddGrant{Grant: access.Grant{To: ana, Role: "editor", On: "dagster/prod-eu"}})
	if err != nil {
		t.Fatal(err)
	}
	found := answer.Difference(before, after, nil, oracle.Noon, func(h access.Subject) access.Subject { return h })
	if !slices.ContainsFunc(found.Access, func(line client.Access) bool { return len(line.Resources) == 2 && line.Under == "dagster" }) {
		t.Errorf("no line is under dagster:\n%s", text(found))
	}
}

func builds(org access.Organization) bool {
	_, err := access.Build(org, oracle.Noon)
	return err == nil
}

func text(d client.Difference) string {
	lines := []string{fmt.Sprintf("%v, gained %d, lost %d", d.Changed, d.Gained, d.Lost)}
	for _, line := range d.Access {
		lines = append(lines, fmt.Sprintf("%+v", line))
	}
	return strings.Join(lines, "\n")
}

// eachDifference is Difference made from every person and resource alone.
func eachDifference(before, after *access.Snapshot, at time.Time, show func(access.Subject) access.Subject) client.Difference {
	all := client.Difference{At: at, Objects: []client.Object{}, Access: []client.Access{}}
	byKey, gained, lost := map[string]int{}, map[string]int{}, map[string]int{}
	for _, d := range access.Compare(before, after, at) {
		slug, _, _ := strings.Cut(d.Resource, "/")
		key := strings.Join([]string{d.Subject.String(), slug, strings.Join(d.Gained, " "), strings.Join(d.Lost, " ")}, "\x00")
		i, known := byKey[key]
		shown := show(d.Subject).String()
		if !known {
			i = len(all.Access)
			byKey[key] = i
			all.Access = append(all.Access, client.Access{Subject: shown, Under: d.Resource, Gained: d.Gained, Lost: d.Lost})
		}
		line := &all.Access[i]
		line.Resources = append(line.Resources, d.Resource)
		for line.Under != d.Resource && !strings.HasPrefix(d.Resource, line.Under+"/") {
			line.Under = line.Under[:strings.LastIndexByte(line.Under, '/')]
		}
		gained[shown] += len(d.Gained)
		lost[shown] += len(d.Lost)
		all.Gained += len(d.Gained)
		all.Lost += len(d.Lost)
	}
	for i := range all.Access {
		line, snapshot := &all.Access[i], before
		if _, exists := after.Resource(line.Resources[0]); exists {
			snapshot = after
		}
		line.GainedSummary = answer.Compact(snapshot, line.Resources[0], line.Gained)
		line.LostSummary = answer.Compact(snapshot, line.Resources[0], line.Lost)
	}
	slices.SortStableFunc(all.Access, func(a, b client.Access) int {
		slugA, _, _ := strings.Cut(a.Under, "/")
		slugB, _, _ := strings.Cut(b.Under, "/")
		return cmp.Or(gained[b.Subject]-gained[a.Subject], lost[b.Subject]-lost[a.Subject], strings.Compare(a.Subject, b.Subject),
			strings.Compare(slugA, slugB), strings.Count(a.Resources[0], "/")-strings.Count(b.Resources[0], "/"))
	})
	all.Changed = len(all.Access) > 0
	return all
}
