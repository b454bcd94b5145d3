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
		e.collect(c, i)
		c.compile(e.rows.set(i), e.union)
	}
}

func (e *editor) collect(c *collector, i uint32) {
	c.reset(e.s, e.s.compiled)
	if who := e.subjects.at(i); !who.gone {
		c.collect(who.kind, who.facts)
	}
}

// compileTogether compiles rows on all cores and returns those that need a union which the table does not have yet.
func (e *editor) compileTogether(rows []uint32) []uint32 {
	targets := make([]*row, len(rows))
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
				e.collect(c, rows[n])
				c.compile(targets[n], known)
				if missing {
					left[w] = append(left[w], rows[n])
				}
			}
		})
	}
	done.Wait()
	var again []uint32
	for _, rows := range left {
		again = append(again, rows...)
	}
	return again
}
