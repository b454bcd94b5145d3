package workspace

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

const (
	// trustFollowing is for how long what the upstream said holds while its socket is connected. A reload that went past the gate is
	// noticed after it (see the package's comment).
	trustFollowing = 5 * time.Second
	// trustAlone is for how long it holds otherwise.
	trustAlone = time.Second
	// attempts is how often something is read anew because it changed while it was read.
	attempts = 4
)

// A stamp says what everything about code locations depends on. While it is the same, nothing has changed.
type stamp struct {
	version string // of the upstream
	text    string // of every code location: when and from what it was loaded
}

// stampFields is part of every question. It reads nothing but the webserver's memory.
const stampFields = ` version locationStatusesOrError { __typename
	... on WorkspaceLocationStatusEntries { entries { name loadStatus updateTimestamp versionKey } } ... on PythonError { message } } `

// stamped is what stampFields are answered with.
type stamped struct {
	Version                 string
	LocationStatusesOrError struct {
		failure
		Entries []struct {
			Name, LoadStatus, VersionKey string
			UpdateTimestamp              json.Number
		}
	}
}

func (s *stamped) stamp() (stamp, error) {
	if s.LocationStatusesOrError.Kind != "WorkspaceLocationStatusEntries" || s.Version == "" {
		return stamp{}, failed(s.LocationStatusesOrError.failure)
	}
	var lines []string
	for _, e := range s.LocationStatusesOrError.Entries {
		lines = append(lines, strings.Join([]string{strconv.Quote(e.Name), e.LoadStatus, e.UpdateTimestamp.String(), strconv.Quote(e.VersionKey)}, " "))
	}
	slices.Sort(lines)
	return stamp{s.Version, strings.Join(lines, "\n")}, nil
}

// memory is what was learned. The count of drops tells what was asked before one from what was asked after it.
type memory struct {
	drops         uint64
	stamp         stamp     // the newest that was told
	asked         time.Time // when the question was sent that it answers; zero: it holds no longer
	last          *view     // the newest, maybe of an older stamp
	schema        *dagster.Schema
	schemaVersion string // of the upstream that told it
	things        *things
}

func (m *memory) drop() {
	m.drops++
	m.asked = time.Time{}
	m.things.clear()
}

// A question remembers when it was sent.
type question struct {
	drops uint64
	at    time.Time
}

func (w *Workspace) question() question {
	w.mu.Lock()
	defer w.mu.Unlock()
	return question{w.drops, w.options.Now()}
}

// told takes note of the stamp of an answer, unless something was dropped since the question was sent. The count of drops that it
// returns is for things that came with the answer.
func (w *Workspace) told(q question, s stamp) (drops uint64, counts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard, w.trouble = w.options.Now(), nil
	if q.drops != w.drops {
		return w.drops, false
	}
	if s != w.stamp {
		w.drop()
		w.stamp = s
	}
	w.asked = q.at
	return w.drops, true
}

// untold takes note of a question that had no answer.
func (w *Workspace) untold(q question, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trouble = err; q.drops == w.drops {
		w.asked = time.Time{}
	}
}

// trusted returns since when the upstream must have been asked.
func (w *Workspace) trusted() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.following {
		return w.options.Now().Add(-trustFollowing)
	}
	return w.options.Now().Add(-trustAlone)
}

// confirmed returns a stamp that was asked for since a time.
func (w *Workspace) confirmed(ctx context.Context, since time.Time) (stamp, error) {
	for range attempts {
		w.mu.Lock()
		now, asked := w.stamp, w.asked
		w.mu.Unlock()
		if !asked.IsZero() && !asked.Before(since) {
			return now, nil
		}
		if err := w.fly(ctx, "stamp", w.confirm); err != nil {
			return stamp{}, err
		}
	}
	return stamp{}, unsteady()
}

func (w *Workspace) confirm(ctx context.Context) error {
	var answer stamped
	q := w.question()
	err := w.upstream.ask(ctx, "{"+stampFields+"}", nil, &answer)
	var now stamp
	if err == nil {
		now, err = answer.stamp()
	}
	if err != nil {
		w.untold(q, err)
		return err
	}
	w.told(q, now)
	return nil
}

// fly does something once for all who want it at the same time. It goes on when one of them leaves.
func (w *Workspace) fly(ctx context.Context, what string, do func(context.Context) error) error {
	_, err := w.flyFor(ctx, what, func(ctx context.Context) (any, error) { return nil, do(ctx) })
	return err
}

// flyFor is fly for what has a result, which nobody may change.
func (w *Workspace) flyFor(ctx context.Context, what string, do func(context.Context) (any, error)) (any, error) {
	w.mu.Lock()
	key := strconv.FormatUint(w.drops, 10) + "/" + what
	w.mu.Unlock()
	landed := w.flights.DoChan(key, func() (any, error) { return do(context.WithoutCancel(ctx)) })
	select {
	case result := <-landed:
		return result.Val, result.Err
	case <-ctx.Done():
		return nil, unreachable(ctx, ctx.Err())
	}
}

func unsteady() error {
	return fault.New(fault.Unavailable, "Dagster's code locations change while the gate reads them").By("gate.upstream")
}
