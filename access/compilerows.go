package access

import (
	"runtime"
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
	e.compileSerially(e.dirty[:first])
	rest := e.dirty[first:]
	for len(rest) > 0 {
		part := rest[:min(len(rest), partRows*runtime.GOMAXPROCS(0))]
		e.compileSerially(e.compileTogether(part))
		rest = rest[len(part):]
	}
}

func (e *editor) compileSerially(rows []uint32) {
	if len(rows) == 0 {
		return
	}
	c := e.s.lineage.collector()
	defer e.s.lineage.collectors.Put(c)
	c.bulk = e.all
	for _, i := range rows {
		c.reset(e.s, e.s.compiled)
		c.gather(i)
		r := e.rows.set(i)
		c.compile(r, e.union)
		e.hold(i, r, window{c.from, c.until})
	}
}

// hold notes for which time a row is.
func (e *editor) hold(i uint32, r *row, w window) {
	if r.flags&rowTimed != 0 {
		e.subjects.set(i).holds = &w
	}
}

// compileTogether compiles rows on all cores and returns those that need a union which the table does not have yet.
func (e *editor) compileTogether(rows []uint32) []uint32 {
	targets, windows := make([]*row, len(rows)), make([]window, len(rows))
	for n, i := range rows {
		targets[n] = e.rows.set(i) // the vector itself is changed by one alone
	}
	workers := runtime.GOMAXPROCS(0)
	left := make([][]uint32, workers)
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			c := e.s.lineage.collector()
			defer e.s.lineage.collectors.Put(c)
			c.bulk = e.all
			missing := false
			known := func(a, b uint32) uint32 {
				set, ok := e.s.sets.known(a, b)
				missing = missing || !ok
				return set
			}
			for n := w * len(rows) / workers; n < (w+1)*len(rows)/workers; n++ {
				missing = false
				c.reset(e.s, e.s.compiled)
				c.gather(rows[n])
				c.compile(targets[n], known)
				windows[n] = window{c.from, c.until}
				if missing {
					left[w] = append(left[w], rows[n])
				}
			}
		})
	}
	done.Wait()
	for n, i := range rows {
		e.hold(i, targets[n], windows[n])
	}
	var again []uint32
	for _, rows := range left {
		again = append(again, rows...)
	}
	return again
}
