package main

import (
	"fmt"
	"testing"

	"bailiwick/access"
)

// A resolved question has the snapshot's own handles.
type resolved struct {
	subject    access.SubjectID
	permission access.PermissionID
	resource   access.ResourceID
}

// allowed resolves the stream to the snapshot's handles.
func (b *bench) allowed() ([]resolved, error) {
	all := make([]resolved, len(b.stream.names))
	for i, q := range b.stream.names {
		s, knownSubject := b.snapshot.Subject(q.Subject)
		p, knownPermission := b.snapshot.Permission(platform, q.Permission)
		r, knownResource := b.snapshot.Resource(q.Resource)
		if !knownSubject || !knownPermission || !knownResource {
			return nil, fmt.Errorf("the snapshot does not know all of %s %s %s", q.Subject.ID, q.Permission, q.Resource)
		}
		all[i] = resolved{subject: s, permission: p, resource: r}
	}
	return all, nil
}

// deciding asks Decide the whole of a stream.
func deciding(snapshot *access.Snapshot, s *stream) run {
	return run{n: len(s.names), pass: func() int {
		yes := 0
		for i := range s.names {
			if snapshot.Decide(s.names[i]).Allowed {
				yes++
			}
		}
		return yes
	}}
}

func (b *bench) byHandles() (run, error) {
	questions, err := b.allowed()
	if err != nil {
		return run{}, err
	}
	return run{n: len(questions), pass: func() int {
		yes := 0
		for _, q := range questions {
			if b.snapshot.Allowed(q.subject, q.permission, q.resource, asked) {
				yes++
			}
		}
		return yes
	}}, nil
}

func measureDecide(b *bench) error {
	handles, err := b.byHandles()
	if err != nil {
		return err
	}
	n := len(b.stream.names)
	t := measure(b.rounds,
		run{n: n, pass: func() int { return b.floor.byNames(b.stream) }},
		deciding(b.snapshot, b.stream),
		run{n: n, pass: func() int { return b.floor.byHandles(b.queries) }},
		handles,
		run{n: n, pass: func() int { return len(b.snapshot.DecideMany(b.stream.names)) }},
		run{n: n, pass: func() int { return b.compact.byHandles(b.queries) }},
	)
	floorNames, names, floorHandles, byHandles, many, compact := t[0], t[1], t[2], t[3], t[4], t[5]
	b.value("floor by names: two string maps, one bit", floorNames.median(), "ns")
	b.value("Decide by names", names.median(), "ns").times(names.over(floorNames), "floor").atMost(2)
	b.add(figure{Name: "Decide, allocations", Value: b.allocations()}).atMost(0)
	b.value("floor by handles: "+b.floor.about(), floorHandles.median(), "ns")
	if b.compact != b.floor {
		b.value("the same, laid out to fit any size", compact.median(), "ns")
	}
	b.value("Allowed by handles", byHandles.median(), "ns").times(byHandles.over(floorHandles), "floor").atMost(2)
	b.value("DecideMany, each", many.median(), "ns").times(many.over(names), "Decide")
	return nil
}

// allocations is of the most expensive of some decisions, where an average would hide a rare one.
func (b *bench) allocations() float64 {
	most := 0.0
	for _, q := range b.stream.first(2000).names {
		most = max(most, testing.AllocsPerRun(1, func() {
			if b.snapshot.Decide(q).Allowed {
				consume(1)
			}
		}))
	}
	return most
}

func measureCores(b *bench) error {
	one := deciding(b.snapshot, b.stream)
	floor := run{n: one.n, pass: func() int { return b.floor.byNames(b.stream) }}
	t := measure(b.rounds, one, twice(one), floor, twice(floor))
	b.value("Decide on two cores, each decision", t[1].median(), "ns").times(t[0].over(t[1]), "one core").atLeast(1.7)
	b.value("floor on two cores", t[3].median(), "ns").times(t[2].over(t[3]), "one core")
	return nil
}

func measureExplain(b *bench) error {
	part := b.stream.first(2000)
	for i, q := range part.names {
		if err := b.agree(i, map[string]bool{"Explain": b.snapshot.Explain(q).Decision.Allowed}); err != nil {
			return err
		}
	}
	explain := run{n: len(part.names), pass: func() int {
		reasons := 0
		for _, q := range part.names {
			reasons += len(b.snapshot.Explain(q).Reasons)
		}
		return reasons
	}}
	t := measure(b.rounds, deciding(b.snapshot, b.stream), explain)
	b.value("Explain", t[1].median(), "µs").times(t[1].over(t[0]), "Decide").atMost(200)
	return nil
}
