package main

import (
	"os"
	"strings"
	"testing"

	"bailiwick/access"
)

// TestMain lets the test's own program be the trivial server and the bare proxy, as the measuring program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && (os.Args[1] == "-trivial" || os.Args[1] == "-bare") {
		main()
		return
	}
	os.Exit(m.Run())
}

// A small W through every engine: newBench and the groups compare all answers with the reference.
func TestEnginesAgreeOnASmallWorkload(t *testing.T) {
	r := &report{slack: 1}
	b, err := newBench(options{users: 600, queries: 3000, rounds: 1}, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range allGroups() {
		if err := g.measure(b); err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
	}
	if share := float64(b.stream.allowed) / float64(len(b.stream.names)); share < 0.1 || share > 0.9 {
		t.Errorf("%.0f %% of the answers are yes: one side is hardly tested", share*100)
	}
}

func TestWorkloadHasItsProportions(t *testing.T) {
	w := newWorkload(&access.Model{}, 10_000)
	count := map[string]int{}
	for _, g := range w.org.Grants {
		count[g.To.Kind.String()+" "+strings.Repeat("/", strings.Count(g.On, "/"))]++
	}
	for what, want := range map[string][2]int{
		"team /":  {2500, 2500},
		"user /":  {10_000, 10_000},
		"user //": {1400, 1600},
		"user ":   {10, 10},
	} {
		if n := count[what]; n < want[0] || n > want[1] {
			t.Errorf("%d grants of %q, want %v", n, what, want)
		}
	}
	if len(w.deployments) != 50 || len(w.locations) != 1000 || len(w.org.Teams) != 500 {
		t.Errorf("%d deployments, %d locations, %d teams", len(w.deployments), len(w.locations), len(w.org.Teams))
	}
}

func TestAFigureIsHeldToItsLimit(t *testing.T) {
	for _, c := range []struct {
		figure func(r *report)
		slack  float64
		missed int
	}{
		{func(r *report) { r.value("fits", 4e3, "µs").atMost(5) }, 1, 0},
		{func(r *report) { r.value("too slow", 6e3, "µs").atMost(5) }, 1, 1},
		{func(r *report) { r.value("slack", 6e3, "µs").atMost(5) }, 3, 0},
		{func(r *report) { r.value("ratio", 1, "ns").times(2.5, "floor").atMost(2) }, 1, 1},
		{func(r *report) { r.value("a note is no ratio", 1, "ns").note(2.5, "floor").atMost(2) }, 1, 0},
		{func(r *report) { r.value("too few", 1, "ns").times(4, "peer").atLeast(5) }, 1, 1},
		{func(r *report) { r.value("enough with slack", 1, "ns").times(4, "peer").atLeast(5) }, 3, 0},
		{func(r *report) { r.add(figure{Name: "allocations", Value: 1}).atMost(0) }, 3, 1},
	} {
		r := &report{slack: c.slack}
		c.figure(r)
		var text strings.Builder
		if missed := r.print(&text); missed != c.missed {
			t.Errorf("%d missed, want %d:%s", missed, c.missed, text.String())
		}
	}
}

func TestTimesAreWidenedForASlowMachineAndRatiosAreNot(t *testing.T) {
	r := &report{slack: 1, machine: 2}
	r.value("a time", 9e3, "µs").atMost(5)
	r.value("too long a time", 11e3, "µs").atMost(5)
	r.value("a ratio", 1, "ns").times(2.5, "floor").atMost(2)
	r.add(figure{Name: "memory", Value: 11, Unit: "MiB"}).atMost(10)
	var out strings.Builder
	if missed := r.print(&out); missed != 3 {
		t.Errorf("%d missed, want 3:\n%s", missed, out.String())
	}
}
