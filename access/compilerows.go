package access

import (
	"runtime"
	"slices"
	"sync"
)

const (
	// firstRows are compiled one after the other: they meet most unions of sets, which only one may add to the table.
	firstRows = 64
	// fewRows are not worth a second core.
	fewRows = 24
	// partRows is how many rows a worker takes at once.
	partRows = 1024
)

// compileRows compiles the rows that the edit touched, on all cores where there are many.
func (e *editor) compileRows() {
	first := 0
	if e.all || len(e.dirty) < fewRows {
		first = min(len(e.dirty), firstRows)
	}
	e.compileSerially(e.dirty[:first], e.delta)
	rest := e.dirty[first:]
	for len(rest) > 0 {
		part := rest[:min(len(rest), partRows*runtime.GOMAXPROCS(0))]
		e.compileSerially(e.compileTogether(part), nil)
		rest = rest[len(part):]
	}
}

// compileSerially compiles rows one after the other. Those that were tried before are collected, whatever is in them.
func (e *editor) compileSerially(rows []uint32, d *delta) {
	if len(rows) == 0 {
		return
	}
	c := e.s.lineage.collector()
	defer e.s.lineage.collectors.Put(c)
	c.bulk = e.all
	for _, i := range rows {
		if d != nil {
			if next, ok := d.work(i, e.subjects.row(i), e.subjects.at(i), e.union); ok {
				_, r := e.subjects.set(i)
				*r = next
				continue
			}
		}
		c.reset(e.s, e.s.compiled)
		c.gather(i)
		of, r := e.subjects.set(i)
		c.compile(r, e.union)
		of.hold(c, r)
	}
}

// hold notes for which time the row is.
func (of *subject) hold(c *collector, r *row) {
	if r.flags&rowTimed != 0 {
		of.holds = &window{c.from, c.until}
	}
}

// compileTogether compiles rows on all cores and returns those that need a union which the table does not have yet.
func (e *editor) compileTogether(rows []uint32) []uint32 {
	for _, i := range rows {
		e.subjects.top(i)
	}
	workers := runtime.GOMAXPROCS(0)
	left := make([][]uint32, workers)
	var done sync.WaitGroup
	for w, from := 0, 0; w < workers; w++ {
		to := (w + 1) * len(rows) / workers
		for to < len(rows) && to > 0 && leafOf(rows[to]) == leafOf(rows[to-1]) {
			to++ // one worker alone copies a leaf
		}
		part := rows[from:max(from, to)]
		from = max(from, to)
		if w == workers-1 {
			left[w] = e.compilePart(part)
			break
		}
		done.Go(func() { left[w] = e.compilePart(part) })
	}
	done.Wait()
	return slices.Concat(left...)
}

// compilePart compiles rows whose inner nodes the edit owns, and returns those that need a new union.
func (e *editor) compilePart(rows []uint32) (again []uint32) {
	c := e.s.lineage.collector()
	defer e.s.lineage.collectors.Put(c)
	c.bulk = e.all
	missing := false
	known := func(a, b uint32) uint32 {
		set, ok := e.s.sets.known(a, b)
		missing = missing || !ok
		return set
	}
	for _, i := range rows {
		missing = false
		if e.delta != nil {
			next, ok := e.delta.work(i, e.subjects.row(i), e.subjects.at(i), known)
			switch {
			case missing:
				again = append(again, i)
				continue
			case ok:
				_, r := e.subjects.root[i>>topShift].own(i).at(i)
				*r = next
				continue
			}
		}
		c.reset(e.s, e.s.compiled)
		c.gather(i)
		of, r := e.subjects.root[i>>topShift].own(i).at(i)
		c.compile(r, known)
		of.hold(c, r)
		if missing {
			again = append(again, i)
		}
	}
	return again
}
