package history

import (
	"context"
	"math"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// soonRows is how many rows the index may lack for a question to wait until it has them: a tenth of a second.
const soonRows = 20_000

// index returns an organization's index. It is as new as the journal, or cold: then it is being built, and a question is
// answered without it.
func (t *Trail) index(ctx context.Context, st *state.State) (x *index, cold bool, err error) {
	x = t.of(st)
	if !x.ready.Load() {
		head, err := t.journal.Head(ctx, st.Organization)
		if err != nil {
			return nil, false, err
		}
		x.mu.Lock()
		lacks := head.Revision - x.upto
		failed := x.failed
		x.failed = nil
		x.mu.Unlock()
		if failed != nil {
			return nil, false, failed
		}
		if lacks > t.soon {
			t.build(x, st.Organization)
			return x, true, nil
		}
	}
	return x, false, t.follow(ctx, x, st.Organization)
}

func (t *Trail) of(st *state.State) *index {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.indexes[st.Organization]
	if x == nil {
		x = newIndex(st)
		t.indexes[st.Organization] = x
	}
	return x
}

// build reads an organization's journal in the background, until Close. Who asks next is told what went wrong, and begins anew.
func (t *Trail) build(x *index, organization string) {
	if !x.building.CompareAndSwap(false, true) {
		return
	}
	t.running.Go(func() {
		defer x.building.Store(false)
		if err := t.follow(context.Background(), x, organization); err != nil {
			x.mu.Lock()
			x.failed = err
			x.mu.Unlock()
		}
	})
}

// follow reads what was appended since. Rows are entered one by one, so that questions come in between.
func (t *Trail) follow(ctx context.Context, x *index, organization string) error {
	head, err := t.journal.Head(ctx, organization)
	if err != nil {
		return err
	}
	if head.Revision >= math.MaxUint32 {
		return fault.New(fault.Internal, "the journal of %s has more rows than the audit log can look through", organization)
	}
	x.mu.RLock()
	current := x.upto >= head.Revision
	x.mu.RUnlock()
	if current && x.ready.Load() {
		return nil
	}
	x.following.Lock()
	defer x.following.Unlock()
	if x.upto < head.Revision { // nobody else writes it
		err = t.journal.Skim(ctx, organization, x.upto, head.Revision, func(r *journal.Record) error {
			select {
			case <-t.closed:
				return fault.New(fault.Unavailable, "the server is stopping")
			default:
			}
			x.mu.Lock()
			defer x.mu.Unlock()
			return x.add(r)
		})
	}
	x.mu.Lock()
	x.settle()
	x.mu.Unlock()
	if err == nil {
		x.ready.Store(true)
	}
	return err
}
