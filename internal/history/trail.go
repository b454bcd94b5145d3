package history

import (
	"context"
	"strings"
	"sync"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A Trail answers questions about what happened: the journal's rows and the activity beside them, as an auditor reads them. It
// is safe for concurrent use.
type Trail struct {
	journal *journal.Journal
	soon    int64 // see soonRows
	scanned int   // see scanRows

	mu       sync.Mutex
	indexes  map[string]*index     // by organization
	verified map[string]*verifying // likewise

	closed  chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

// NewTrail makes a trail on a journal. It reads nothing yet.
func NewTrail(j *journal.Journal) *Trail {
	return &Trail{journal: j, soon: soonRows, scanned: scanRows, indexes: map[string]*index{}, verified: map[string]*verifying{}, closed: make(chan struct{})}
}

// Warm reads the journal of a state's organization before anybody asks: of a million rows that takes some seconds.
func (t *Trail) Warm(ctx context.Context, st *state.State) error {
	return t.follow(ctx, t.of(st), st.Organization)
}

// Close ends what reads in the background. Questions are answered as before.
func (t *Trail) Close() {
	t.once.Do(func() { close(t.closed) })
	t.running.Wait()
}

// List returns one page. Names are those of the state, which should be the present one. Nobody waits for the index: while it is
// built, a page is made of what its filters let through of the next rows, and can have fewer than Limit with more after it.
func (t *Trail) List(ctx context.Context, st *state.State, q Query) (Page, error) {
	switch {
	case q.Limit < 0 || q.Limit > MaxLimit:
		return Page{}, fault.New(fault.Invalid, "a page has at most %d rows", MaxLimit).In("limit")
	case q.Limit == 0:
		q.Limit = usualLimit
	}
	w, err := t.walk(ctx, st, &q, t.scanned)
	if err != nil {
		return Page{}, err
	}
	page := Page{Rows: []Row{}}
	for len(page.Rows) < q.Limit {
		row, err := w.next()
		if err != nil {
			return Page{}, err
		}
		if row == nil {
			page.Next = w.rest()
			return page, nil
		}
		page.Rows, page.Places = append(page.Rows, *row), append(page.Places, w.after.text())
	}
	more, err := w.peek()
	if err == nil && more {
		page.Next = w.after.text()
	} else if err == nil {
		page.Next = w.rest()
	}
	return page, err
}

// Each visits every row, and Limit does not count. It stops at an error of visit and returns it. Where it asks for what only the
// index finds, it waits until that is built, so that it leaves nothing out.
func (t *Trail) Each(ctx context.Context, st *state.State, q Query, visit func(*Row) error) error {
	q.Limit = MaxLimit
	w, err := t.walk(ctx, st, &q, 0)
	if err != nil {
		return err
	}
	for {
		row, err := w.next()
		if err != nil || row == nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

// Start returns the cursor before the newest row there is now, so that two readings see the same rows.
func (t *Trail) Start(ctx context.Context, st *state.State) (string, error) {
	q := Query{}
	w, err := t.walk(ctx, st, &q, 0)
	if err != nil {
		return "", err
	}
	newest, err := t.journal.SearchActivity(ctx, st.Organization, journal.ActivityFilter{ActivityQuery: journal.ActivityQuery{Limit: 1}})
	if err != nil {
		return "", err
	}
	if len(newest) == 1 {
		k := newest[0].Key
		w.after.At, w.after.Batch, w.after.Part = k.At.UnixMicro(), k.Batch, k.Part+1
	}
	return w.after.text(), nil
}

// lists are the words that a query asks of the journal's rows, by opaque ids.
func (t *Trail) lists(st *state.State, x *index, q *Query) [][]word {
	var lists [][]word
	add := func(given []string, words func(text string) []word) {
		if len(given) == 0 {
			return
		}
		list := []word{} // one that names nothing lets nothing through
		for _, text := range given {
			list = append(list, words(text)...)
		}
		lists = append(lists, list)
	}
	each := func(of byte) func(string) []word {
		return func(text string) []word { return []word{{of, text}} }
	}
	add(q.Actors, func(text string) []word { return wordsFor(ofActor, x.whom(st, text)) })
	add(q.Targets, func(text string) []word { return wordsFor(ofTarget, x.whom(st, text)) })
	add(q.Actions, actions)
	add(q.Via, each(ofVia))
	add(q.EventTypes, each(ofEvent))
	if q.Platform != "" {
		add([]string{q.Platform}, each(ofSlug))
	}
	if q.Deployment != "" {
		add(deployments(st, q), each(ofTarget))
	}
	if q.Within != nil {
		lists = append(lists, wordsFor(ofSlug, q.Within))
	}
	return lists
}

func wordsFor(of byte, texts []string) []word {
	list := make([]word, len(texts))
	for i, text := range texts {
		list[i] = word{of, text}
	}
	return list
}

// deployments are the paths that the name of a deployment can mean.
func deployments(st *state.State, q *Query) []string {
	if strings.Contains(q.Deployment, "/") {
		return []string{q.Deployment}
	}
	if q.Platform != "" {
		return []string{q.Platform + "/" + q.Deployment}
	}
	var paths []string
	for _, slug := range st.Slugs() {
		paths = append(paths, slug+"/"+q.Deployment)
	}
	return paths
}

// actions are the types that a text means.
func actions(text string) []word {
	start := strings.TrimSuffix(text, "*")
	if start == text && !strings.HasSuffix(text, ".") {
		return []word{{ofType, text}}
	}
	var found []word
	for _, kind := range event.Types() {
		if strings.HasPrefix(kind, start) {
			found = append(found, word{ofType, kind})
		}
	}
	return found
}

// Count returns how many rows there are. Where no text is looked for, it makes no row. It waits for the index as Each does.
func (t *Trail) Count(ctx context.Context, st *state.State, q Query) (n int64, err error) {
	if q.Text != "" {
		err = t.Each(ctx, st, q, func(*Row) error { n++; return nil })
		return n, err
	}
	q.Limit = MaxLimit
	w, err := t.walk(ctx, st, &q, 0)
	if err != nil {
		return 0, err
	}
	for w.below > w.low+1 {
		n += int64(len(w.pick(MaxLimit)))
	}
	for w.filter != nil {
		page, err := t.journal.SearchActivity(ctx, st.Organization, *w.filter)
		if err != nil {
			return 0, err
		}
		for i := range page {
			if w.hasEvent(&page[i].Activity) {
				n++
			}
		}
		w.turn(page)
	}
	return n, nil
}

// Row makes the row of one record of the journal.
func (t *Trail) Row(ctx context.Context, st *state.State, r *journal.Record) (Row, error) {
	x, _, err := t.index(ctx, st)
	if err != nil {
		return Row{}, err
	}
	n := t.names(ctx, st, x)
	row, err := n.ofRecord(r)
	if err == nil {
		err = n.failed
	}
	return row, err
}

// First returns the first revision that is about a target, by opaque id; 0 where there is none. It waits for the index.
func (t *Trail) First(ctx context.Context, st *state.State, target string) (int64, error) {
	x := t.of(st)
	if err := t.follow(ctx, x, st.Organization); err != nil {
		return 0, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if rows := x.rows(word{ofTarget, target}); len(rows) > 0 {
		return int64(rows[0]), nil
	}
	return 0, nil
}

// LastSeen returns when each of some subjects, "user:usr_…", was last let do something that left a line of activity: signed in,
// asked, went through a gate. Without any it is about everybody. One who never was is not in it.
func (t *Trail) LastSeen(ctx context.Context, organization string, subjects ...string) (map[string]time.Time, error) {
	return t.journal.LastActivity(ctx, organization, "refused", subjects...)
}
