package main

import (
	"fmt"
	"runtime"
	"time"

	"bailiwick/access"
	"bailiwick/rolemodel"
)

// A bench is one workload compiled into everything that is compared.
type bench struct {
	options
	*report
	w         *workload
	reference *reference
	stream    *stream
	snapshot  *access.Snapshot
	floor     floor
	compact   floor   // the layout of a floor that fits any size
	queries   []query // the stream by the floor's handles
}

// newBench builds the snapshot first, so that the memory it reports is not the floor's or the reference's.
func newBench(o options, r *report) (*bench, error) {
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		return nil, err
	}
	if n := len(model.Permissions); n < 40 || n > 62 {
		return nil, fmt.Errorf("the edition has %d permissions: W wants 40, and a floor's bitset ends at 62", n)
	}
	b := &bench{options: o, report: r, w: newWorkload(model, o.users)}
	r.begin(fmt.Sprintf("%s users, %s locations", thousands(o.users), thousands(len(b.w.locations))))
	if err := b.build(); err != nil {
		return nil, err
	}
	b.reference = newReference(model, &b.w.org)
	b.stream = newStream(b.w, o.queries)
	b.stream.answer(b.reference)
	h := newHoldings(b.w)
	b.queries = h.queries(b.stream)
	b.floor, b.compact = newFloors(h)
	runtime.GC()
	if err := b.checkAnswers(); err != nil {
		return nil, err
	}
	b.calibrate()
	return b, nil
}

// anchor is the floor by names, in nanoseconds, where the limits that are times were set (78, 69–96; see README.md).
const anchor = 78

// calibrate measures how much slower this run's machine is than the one of the limits. The floor by names knows none of
// our code, so nothing that we do can move it.
func (b *bench) calibrate() {
	if b.users > 10_000 {
		return // the anchor is of this size; a larger run is told
	}
	t := measure(9, run{n: len(b.stream.names), pass: func() int { return b.floor.byNames(b.stream) }})
	b.machine = max(1, t[0].median()/anchor)
	b.add(figure{Name: "this machine, by the floor by names", Value: b.machine}).note(b.machine, "the anchors' machine")
}

// build makes the snapshot, and says what that took and what it weighs.
func (b *bench) build() error {
	runtime.GC()
	before := heap()
	start := time.Now()
	snapshot, err := access.Build(b.w.org, asked)
	if err != nil {
		return err
	}
	took := time.Since(start)
	runtime.GC()
	b.snapshot = snapshot
	b.value("first build", float64(took), "ms")
	b.add(figure{Name: "live heap of the snapshot", Value: heap() - before, Unit: "MiB"})
	peak := b.add(figure{Name: "peak memory of the process so far", Value: peakMemory(), Unit: "MiB"})
	if b.users >= 1_000_000 {
		peak.atMost(4096)
	}
	return nil
}

// checkAnswers compares every engine with the reference before anything is measured.
func (b *bench) checkAnswers() error {
	allowed, err := b.allowed()
	if err != nil {
		return err
	}
	many := b.snapshot.DecideMany(b.stream.names)
	for i, q := range b.stream.names {
		f := b.queries[i]
		if err := b.agree(i, map[string]bool{
			"floor":      b.floor.decide(f.user, f.resource, f.permission),
			"compact":    b.compact.decide(f.user, f.resource, f.permission),
			"Decide":     b.snapshot.Decide(q).Allowed,
			"DecideMany": many[i].Allowed,
			"Allowed":    b.snapshot.Allowed(allowed[i].subject, allowed[i].permission, allowed[i].resource, asked),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) agree(i int, answers map[string]bool) error {
	for engine, answer := range answers {
		if answer != b.stream.answers[i] {
			q := b.stream.names[i]
			return fmt.Errorf("mismatch: %s says %t where the reference says %t: %s %s %s",
				engine, answer, !answer, q.Subject.ID, q.Permission, q.Resource)
		}
	}
	return nil
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
