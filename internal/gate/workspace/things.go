package workspace

import (
	"container/list"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

const (
	// maxThings is how many different runs and backfills one request may name.
	maxThings = 1000
	// inOneQuestion is how many of them the upstream is asked for at a time.
	inOneQuestion = 250
	// remembered is how many are remembered.
	remembered = 4096
	// maxName is how long the id of a run or a backfill may be, in bytes. Dagster's own have 36 and 8.
	maxName = 200
)

// A thing is what the upstream says of a run or a backfill. It stays true: neither moves.
type thing struct {
	location string   // of its origin; empty: it has none
	nowhere  bool     // it has no origin although it should have one
	ofAssets bool     // what it does is in keys: all assets, if there are none
	keys     []string // keyTexts
}

// A name is that of a run or a backfill.
type name struct {
	kind dagster.TargetKind
	id   string
}

// things remembers those that were used last. It is guarded by who has it.
type things struct {
	order *list.List // of entries, the one used last first
	by    map[name]*list.Element
}

type entry struct {
	name  name
	thing thing
}

func newThings() *things { return &things{list.New(), map[name]*list.Element{}} }

func (t *things) clear() {
	t.order.Init()
	clear(t.by)
}

func (t *things) get(n name) (thing, bool) {
	e, ok := t.by[n]
	if !ok {
		return thing{}, false
	}
	t.order.MoveToFront(e)
	return e.Value.(entry).thing, true //nolint:forcetypeassert // nothing else is in it
}

func (t *things) put(n name, is thing) {
	if _, there := t.by[n]; there {
		return
	}
	t.by[n] = t.order.PushFront(entry{n, is})
	if last := t.order.Back(); t.order.Len() > remembered {
		t.order.Remove(last)
		delete(t.by, last.Value.(entry).name) //nolint:forcetypeassert // as above
	}
}

// find looks up the runs and backfills among targets. Those that do not exist are not in the answer, and are asked for again the
// next time: they may exist by then.
func (w *Workspace) find(ctx context.Context, targets []dagster.Target) (map[name]thing, error) {
	found, missing := map[name]thing{}, map[name]bool{}
	w.mu.Lock()
	for _, t := range targets {
		n := name{t.Kind, t.Name}
		if t.Kind != dagster.Run && t.Kind != dagster.Backfill || !askable(t.Name) {
			continue
		}
		if is, ok := w.things.get(n); ok {
			found[n] = is
		} else {
			missing[n] = true
		}
	}
	w.mu.Unlock()
	if len(found)+len(missing) > maxThings {
		return nil, fault.New(fault.Invalid, "the request names %d runs and backfills", len(found)+len(missing)).
			Rather("name at most %d in one request", maxThings).By("gate.too_many")
	}
	for _, kind := range []dagster.TargetKind{dagster.Run, dagster.Backfill} {
		var ids []string
		for n := range missing {
			if n.kind == kind {
				ids = append(ids, n.id)
			}
		}
		slices.Sort(ids)
		for some := range slices.Chunk(ids, inOneQuestion) {
			if err := w.fetch(ctx, kind, some, found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// askable tells what can be an id at all. Nothing else is sent: a database may refuse the question because of it.
func askable(id string) bool {
	return id != "" && len(id) <= maxName && strings.IndexFunc(id, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0
}

// fetch asks for runs or backfills, once for all who want the same at the same time.
func (w *Workspace) fetch(ctx context.Context, kind dagster.TargetKind, ids []string, into map[name]thing) error {
	ask := w.upstream.askRuns
	if kind == dagster.Backfill {
		ask = w.upstream.askBackfills
	}
	result, err := w.flyFor(ctx, kind.String()+"/"+strings.Join(ids, "\n"), func(ctx context.Context) (any, error) {
		q := w.question()
		fetched, now, err := ask(ctx, ids)
		if err != nil {
			w.untold(q, err)
			return nil, err
		}
		w.remember(q, now, fetched)
		return fetched, nil
	})
	if err != nil {
		return err
	}
	fetched, _ := result.(map[name]thing)
	maps.Copy(into, fetched)
	return nil
}

// remember keeps things, unless code locations changed since they were asked for.
func (w *Workspace) remember(q question, now stamp, fetched map[name]thing) {
	drops, counts := w.told(q, now)
	if !counts {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if drops == w.drops {
		for n, is := range fetched {
			w.things.put(n, is)
		}
	}
}
