package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// A run is one side of a comparison: pass does the work once, which is n operations, and answers how often the
// result was a yes, so that no compiler can leave the work out.
type run struct {
	n    int
	pass func() int
}

// A series is one run's nanoseconds for an operation, round by round.
type series []float64

// measure lets the runs take turns, so that what disturbs the machine disturbs all of them alike.
func measure(rounds int, runs ...run) []series {
	all := make([]series, len(runs))
	runtime.GC()
	for _, r := range runs {
		consume(r.pass()) // warm
	}
	for range rounds {
		for i, r := range runs {
			runtime.GC() // what the others left to clean up is nobody's cost
			consume(r.pass())
			start := time.Now()
			consume(r.pass())
			all[i] = append(all[i], float64(time.Since(start).Nanoseconds())/float64(r.n))
		}
	}
	return all
}

// sink keeps what the runs counted.
var sink int

func consume(n int) { sink += n }

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}

// over is the median of the ratios of two series that were measured turn by turn.
func (s series) over(base series) float64 {
	ratios := make(series, len(s))
	for i := range s {
		ratios[i] = s[i] / base[i]
	}
	return ratios.median()
}

// twice does the same work on two cores at once. It counts as twice the operations.
func twice(r run) run {
	return run{n: 2 * r.n, pass: func() int {
		var counts [2]int
		var both sync.WaitGroup
		for i := range counts {
			both.Go(func() { counts[i] = r.pass() })
		}
		both.Wait()
		return counts[0] + counts[1]
	}}
}
