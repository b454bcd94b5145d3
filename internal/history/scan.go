package history

import (
	"slices"
	"time"

	"bailiwick/event"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// scanRows is how many rows a page looks through while the index is built: a quarter of a second.
const scanRows = 20_000

// A scan looks at each row for whether it has one word of each list. Nil lets every row through, and has no bound.
type scan struct {
	lists [][]word
	left  int // rows that it may still look at
}

// chooses tells whether a query has filters that need the index: a time and a source need none.
func (q *Query) chooses() bool {
	return len(q.Actors)+len(q.Actions)+len(q.Targets)+len(q.Via)+len(q.EventTypes) > 0 || q.Platform != "" || q.Deployment != "" || q.Within != nil
}

// noChanges tells whether a query lets through no row of the journal.
func (q *Query) noChanges() bool {
	return q.Activity && !q.Journal || len(q.Results) > 0 && !slices.Contains(q.Results, resultDone)
}

// changesCold is changesOf without the index.
func (w *walk) changesCold(st *state.State, x *index, scanned int) error {
	head, err := w.trail.journal.Head(w.ctx, st.Organization)
	if err != nil {
		return err
	}
	if err := w.begin(st, head.Revision); err != nil {
		return err
	}
	q := w.query
	if q.noChanges() {
		w.below = 0
		return nil
	}
	for _, bound := range []struct {
		at  time.Time
		set func(before int64)
	}{{q.Until, func(before int64) { w.below = min(w.below, before+1) }}, {q.From, func(before int64) { w.low = before }}} {
		if bound.at.IsZero() {
			continue
		}
		before, err := w.before(bound.at, head.Revision)
		if err != nil {
			return err
		}
		bound.set(before)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if w.all = true; q.chooses() || q.Text != "" && scanned > 0 {
		w.scan = &scan{lists: w.trail.lists(st, x, q), left: scanned}
	}
	return nil
}

// before is the last revision that was written before a moment, found in the journal: some twenty rows are looked at.
func (w *walk) before(moment time.Time, head int64) (int64, error) {
	low, high := int64(0), head // low is before the moment, and what is above high is not
	for low < high {
		middle := low + (high-low+1)/2
		early := false
		if err := w.trail.journal.Pick(w.ctx, w.names.state.Organization, []int64{middle}, func(r *journal.Record) error {
			early = r.At.Before(moment)
			return nil
		}); err != nil {
			return 0, err
		}
		if early {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low, nil
}

// run is how many rows are read at once.
func (s *scan) run(usual int) int {
	if s == nil {
		return usual
	}
	n := min(s.left, 500)
	s.left -= n
	return n
}

// spent tells whether the walk ends before its end: it has looked at as many rows as it may, and taken all that it found.
func (w *walk) spent() bool {
	return w.scan != nil && w.scan.left == 0 && len(w.changes) == 0 && w.below > w.low+1
}

// rest is the cursor where a walk goes on that ended before its end; else "".
func (w *walk) rest() string {
	if !w.spent() {
		return ""
	}
	after := w.after
	after.Revision = w.below
	return after.text()
}

// finds tells whether a row has one word of each list.
func (s *scan) finds(x *index, r *journal.Record) bool {
	if s == nil || len(s.lists) == 0 {
		return true
	}
	e, err := event.Decode(event.Encoded(r.Entry))
	if err != nil {
		return true // whoever makes the row says what is wrong
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	lacks := slices.Clone(s.lists)
	x.wordsOf(r, x.aboutOf(e), func(found word) {
		lacks = slices.DeleteFunc(lacks, func(list []word) bool { return slices.Contains(list, found) })
	})
	return len(lacks) == 0
}
