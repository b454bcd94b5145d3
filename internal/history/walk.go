package history

import (
	"context"
	"math"
	"slices"
	"strings"

	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A walk goes back through both sources at once, newest first.
type walk struct {
	ctx   context.Context
	trail *Trail
	names *names
	query *Query
	text  string
	after position // what comes after the rows that were taken

	changes, activity []item // read and not taken yet
	// rows are the revisions that the filter lets through, ascending; where all of them do, it is nil, and low bounds them.
	rows   []uint32
	all    bool
	below  int64 // the next revision to read is beneath
	low    int64
	filter *journal.ActivityFilter // nil: there is nothing more
	scan   *scan                   // nil: the index says which rows
}

// An item is a row with its place. One that the text filter took out has none.
type item struct {
	row *Row
	key journal.ActivityKey
}

// walk begins one. While the index is built, it looks through so many rows for those that the filters let through; 0: it waits
// for the index.
func (t *Trail) walk(ctx context.Context, st *state.State, q *Query, scanned int) (*walk, error) {
	x, cold, err := t.index(ctx, st)
	if err != nil {
		return nil, err
	}
	if cold && scanned == 0 && q.chooses() {
		if cold, err = false, t.follow(ctx, x, st.Organization); err != nil {
			return nil, err
		}
	}
	w := &walk{ctx: ctx, trail: t, names: t.names(ctx, st, x), query: q, text: strings.ToLower(q.Text)}
	if cold {
		err = w.changesCold(st, x, scanned)
	} else {
		err = w.changesOf(st, x)
	}
	if err == nil {
		w.activityOf(st, x)
	}
	return w, err
}

// begin finds the place where the walk begins, after which revision upto is the newest.
func (w *walk) begin(st *state.State, upto int64) error {
	w.after = position{Epoch: st.Epoch, Revision: upto + 1, At: endOfTime - 1, Batch: math.MaxInt64, Part: math.MaxInt64}
	if w.query.Cursor != "" {
		var err error
		if w.after, err = positionOf(w.query.Cursor, st.Epoch); err != nil {
			return err
		}
	}
	w.below = min(w.after.Revision, upto+1)
	return nil
}

// changesOf finds out which revisions the query is about.
func (w *walk) changesOf(st *state.State, x *index) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	q := w.query
	if err := w.begin(st, x.upto); err != nil {
		return err
	}
	if !q.Until.IsZero() {
		w.below = min(w.below, x.before(q.Until)+1)
	}
	if !q.From.IsZero() {
		w.low = x.before(q.From)
	}
	if q.noChanges() {
		w.below = 0
		return nil
	}
	w.rows, w.all = x.rowsOf(w.trail.lists(st, x, q))
	return nil
}

// activityOf writes the query as one to the activity.
func (w *walk) activityOf(st *state.State, x *index) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	q := w.query
	if q.Journal && !q.Activity {
		return
	}
	f := &journal.ActivityFilter{ActivityQuery: journal.ActivityQuery{From: q.From, Until: q.Until, After: w.after.key(), Limit: min(max(q.Limit, 1)+1, 500)},
		Operations: q.Actions, Results: q.Results, Vias: q.Via, Within: q.Within}
	if len(q.EventTypes) > 0 {
		f.Operations = eventOperations(q.EventTypes)
		if len(q.Actions) > 0 {
			f.Operations = slices.DeleteFunc(f.Operations, func(operation string) bool { return !named(q.Actions, operation) })
		}
		if len(f.Operations) == 0 {
			return
		}
	}
	for _, text := range q.Actors {
		f.Subjects = append(f.Subjects, x.whom(st, text)...)
	}
	for _, text := range q.Targets {
		f.Resources = append(f.Resources, spellings(st, x.whom(st, text))...)
	}
	if q.Within != nil && len(q.Within) == 0 {
		return
	}
	w.filter = f
	w.under(st)
}

// under narrows the activity to a platform and a deployment.
func (w *walk) under(st *state.State) {
	q, f := w.query, w.filter
	var paths []string
	switch {
	case q.Deployment != "":
		paths = deployments(st, q)
	case q.Platform != "":
		paths = []string{q.Platform}
	default:
		return
	}
	if f.Within == nil {
		f.Within = paths
		return
	}
	// Both must hold: what is asked for has to lie in what may be seen.
	f.Within = slices.DeleteFunc(paths, func(path string) bool {
		slug, _, _ := strings.Cut(path, "/")
		return !slices.Contains(q.Within, slug)
	})
	if len(f.Within) == 0 {
		w.filter = nil
	}
}

// peek tells whether there is a row more.
func (w *walk) peek() (bool, error) {
	if err := w.fill(); err != nil || w.spent() {
		return false, err
	}
	return len(w.changes)+len(w.activity) > 0, nil
}

// next takes the newest row that is left; nil at the end, and where rest says how to go on.
func (w *walk) next() (*Row, error) {
	if err := w.fill(); err != nil {
		return nil, err
	}
	if w.names.failed != nil {
		return nil, w.names.failed
	}
	switch {
	case w.spent(), len(w.changes) == 0 && len(w.activity) == 0:
		return nil, nil //nolint:nilnil // the end is no error
	case len(w.activity) == 0, len(w.changes) > 0 && !w.changes[0].row.Time.Before(w.activity[0].row.Time):
		row := w.changes[0].row
		w.changes = w.changes[1:]
		w.after.Revision = row.Revision
		if micros := row.Time.UnixMicro(); micros < w.after.At {
			// Activity that is written from now on, with this time or a later one, stays out of the pages after this.
			w.after.At, w.after.Batch, w.after.Part = micros, math.MaxInt64, math.MaxInt64
		}
		return row, nil
	}
	one := w.activity[0]
	w.activity = w.activity[1:]
	w.after.At, w.after.Batch, w.after.Part = one.key.At.UnixMicro(), one.key.Batch, one.key.Part
	return one.row, nil
}

// fill reads until each source has a row, or is at its end; or until it has looked through as many rows as it may.
func (w *walk) fill() error {
	for len(w.changes) == 0 && w.below > w.low+1 && !w.spent() {
		if err := w.readChanges(); err != nil {
			return err
		}
	}
	if w.spent() {
		return w.ctx.Err()
	}
	for len(w.activity) == 0 && w.filter != nil {
		if err := w.readActivity(); err != nil {
			return err
		}
	}
	return w.ctx.Err()
}

// readChanges reads the next revisions beneath, and turns them round.
func (w *walk) readChanges() error {
	want := w.pick(w.scan.run(min(max(w.query.Limit, 20)+1, 500)))
	var found []item
	err := w.trail.journal.Pick(w.ctx, w.names.state.Organization, want, func(r *journal.Record) error {
		if !w.scan.finds(w.names.index, r) {
			return nil
		}
		row, err := w.names.ofRecord(r)
		if err == nil && w.says(&row) {
			found = append(found, item{row: &row})
		}
		return err
	})
	slices.Reverse(found)
	w.changes = found
	return err
}

// pick takes the next revisions that the filter lets through, and moves below them.
func (w *walk) pick(n int) []int64 {
	var want []int64
	if w.all {
		for len(want) < n && w.below > w.low+1 {
			w.below--
			want = append(want, w.below)
		}
		return want
	}
	end, _ := slices.BinarySearch(w.rows, uint32(w.below)) //nolint:gosec // the index has looked
	for end > 0 && len(want) < n && int64(w.rows[end-1]) > w.low {
		end--
		want = append(want, int64(w.rows[end]))
	}
	if w.below = w.low; len(want) == n {
		w.below = want[n-1]
	}
	return want
}

func (w *walk) readActivity() error {
	page, err := w.trail.journal.SearchActivity(w.ctx, w.names.state.Organization, *w.filter)
	if err != nil {
		return err
	}
	for i := range page {
		if !w.hasEvent(&page[i].Activity) {
			continue
		}
		if row := w.names.ofActivity(&page[i]); w.says(&row) {
			w.activity = append(w.activity, item{row: &row, key: page[i].Key})
		}
	}
	w.turn(page)
	return nil
}

// turn goes on after a page of activity.
func (w *walk) turn(page []journal.ActivityRow) {
	if len(page) < w.filter.Limit {
		w.filter = nil
		return
	}
	w.filter.After = &page[len(page)-1].Key
}

// named tells whether one of the texts by which actions are chosen means an operation.
func named(actions []string, operation string) bool {
	return slices.ContainsFunc(actions, func(text string) bool {
		start := strings.TrimSuffix(text, "*")
		return text == operation || (start != text || strings.HasSuffix(text, ".")) && strings.HasPrefix(operation, start)
	})
}

// hasEvent tells whether an activity has one of the names of Dagster's that are asked for: an operation that was refused has none.
func (w *walk) hasEvent(a *Activity) bool {
	return len(w.query.EventTypes) == 0 || slices.Contains(w.query.EventTypes, activityEvent(a))
}

// says tells whether a row has the text that is looked for.
func (w *walk) says(row *Row) bool {
	if w.text == "" {
		return true
	}
	for _, text := range append([]string{row.Details, row.Action, row.Actor, row.Reason, row.Change, row.Request, string(row.Facts)}, row.Targets...) {
		if strings.Contains(strings.ToLower(text), w.text) {
			return true
		}
	}
	return strings.Contains(strings.ToLower(w.names.called(row)), w.text)
}
