package decide

import (
	"context"
	"errors"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

const (
	// savingRows beyond the last snapshot make a new one worth its cost; so few do when the server stops.
	savingRows  = 20_000
	closingRows = 500
	// manyRows are folded as a whole, which compiles the access once.
	manyRows = 2_000
)

// load derives a state from the newest snapshot at or before a revision (0: the newest) and the rows after it. It also
// returns the snapshot's revision.
func load(ctx context.Context, j *journal.Journal, organization string, revision int64) (*state.State, int64, error) {
	base := state.Empty(organization)
	limit := revision
	if limit == 0 {
		limit = 1<<63 - 1
	}
	s, found, err := j.LoadSnapshot(ctx, organization, limit)
	if err != nil {
		return nil, 0, err
	}
	if found && s.Format == state.SnapshotFormat {
		if base, err = state.Unmarshal(organization, s.Revision, s.Epoch, s.Body); err != nil {
			return nil, 0, err
		}
	}
	saved := base.Revision
	st, err := tail(ctx, j, base, revision)
	return st, saved, err
}

// tail folds the rows after a state, up to a revision (0: all). While some rows are folded the next are read.
func tail(ctx context.Context, j *journal.Journal, from *state.State, until int64) (*state.State, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parts, read := make(chan []state.Stored, 4), make(chan error, 1)
	go func() {
		defer close(parts)
		read <- readParts(ctx, j, from, until, parts)
	}()
	first, some := <-parts
	if !some {
		return from, <-read
	}
	edit := from.Edit()
	if from.Revision == 0 || len(first) == manyRows {
		edit.Anew()
	}
	if err := edit.FoldStored(first); err != nil {
		return nil, unreadable(from, err)
	}
	if err := edit.FoldParts(parts); err != nil {
		return nil, unreadable(from, err)
	}
	if err := <-read; err != nil {
		return from, err
	}
	return edit.State()
}

func unreadable(from *state.State, err error) error {
	return fault.Wrap(fault.Internal, err, "the journal of %s cannot be read: %v", from.Organization, err)
}

// readParts sends the rows after a state on, so many at once.
func readParts(ctx context.Context, j *journal.Journal, from *state.State, until int64, parts chan<- []state.Stored) error {
	var rows []state.Stored
	send := func() error {
		select {
		case parts <- rows:
			rows = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := j.Replay(ctx, from.Organization, from.Revision, until, func(r *journal.Record) error {
		rows = append(rows, state.Stored{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Encoded: event.Encoded(r.Entry)})
		if len(rows) < manyRows {
			return nil
		}
		return send()
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	return send()
}

// Save writes a snapshot of the current state, whatever there was before.
func (e *Engine) Save(ctx context.Context, name string) {
	if o := (*e.orgs.Load())[name]; o != nil {
		o.saved.Store(0)
		e.save(ctx, o, o.current.Load(), 1)
	}
}

// save writes a snapshot where the state is so many rows beyond the last one.
func (e *Engine) save(ctx context.Context, o *organization, st *state.State, rows int64) {
	if st.Revision-o.saved.Load() < rows {
		return
	}
	body, err := st.Marshal()
	snapshot := journal.Snapshot{Revision: st.Revision, Epoch: st.Epoch, At: st.At, Format: state.SnapshotFormat, Body: body}
	if err == nil {
		err = e.journal.Read(ctx, o.name, st.Revision-1, st.Revision, func(r *journal.Record) error {
			snapshot.Hash = r.Hash
			return nil
		})
	}
	if err == nil {
		err = e.journal.SaveSnapshot(ctx, o.name, snapshot)
	}
	if errors.Is(ctx.Err(), context.Canceled) { // the engine is closing, which writes one
		return
	}
	if err != nil {
		e.log.Warn("writing a snapshot failed; the next start reads more rows", "organization", o.name, "error", err)
		return
	}
	o.saved.Store(st.Revision)
}

// A When is a moment of an organization's history: a revision, or a time.
type When struct {
	Revision int64
	Time     time.Time
}

// Past derives the state as it was at a moment, from the journal.
func (e *Engine) Past(ctx context.Context, name string, when When) (*state.State, error) {
	now, err := e.Current(name)
	if err != nil {
		return nil, err
	}
	revision := when.Revision
	if revision == 0 {
		if !when.Time.Before(now.At) {
			return now, nil
		}
		if revision, err = e.journal.RevisionAt(ctx, name, when.Time); err != nil {
			return nil, err
		}
		if revision == 0 {
			return state.Empty(name), nil
		}
	}
	switch {
	case revision > now.Revision || revision < 0:
		return nil, fault.New(fault.NotFound, "there is no revision %d; the newest is %d", revision, now.Revision).In("at")
	case revision == now.Revision:
		return now, nil
	}
	st, _, err := load(ctx, e.journal, name, revision)
	return st, err
}
