package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"bailiwick/event"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// startUsers is the size of the organization that a start is measured with.
const startUsers = 100_000

// measureStart measures how long the program takes until it answers, with a snapshot of a large organization, and how fast
// the same organization's journal is read, decoded and folded where there is none.
func measureStart(b *bench) (err error) {
	folder, err := newFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(folder))) }()
	users := min(startUsers, 10*b.users)
	if err := writeJournal(folder, newWorkload(b.w.model, users)); err != nil {
		return err
	}
	if err := b.replay(folder); err != nil {
		return err
	}
	p, err := openProduct(folder) // and closing writes the snapshot
	if err != nil {
		return err
	}
	if err := p.close(); err != nil {
		return err
	}
	program, err := buildProgram(filepath.Dir(folder))
	if err != nil {
		return err
	}
	var starts series
	for range min(5, b.rounds) {
		s, err := serve(program, folder)
		if err != nil {
			return err
		}
		starts = append(starts, float64(s.started))
		if err := s.stop(); err != nil {
			return err
		}
	}
	b.value("start with "+thousands(users)+" users and a snapshot, until it answers", starts.median(), "ms").atMost(2000)
	return nil
}

// replay folds the whole journal several times.
func (b *bench) replay(folder string) (err error) {
	ctx := context.Background()
	j, err := journal.Open(ctx, "sqlite:"+filepath.Join(folder, "bailiwick.db"), journal.Options{Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var rates series
	for range min(5, b.rounds) {
		began := time.Now()
		parts, read := make(chan []state.Stored, 4), make(chan error, 1)
		go func() {
			defer close(parts)
			read <- readParts(ctx, j, parts)
		}()
		edit := state.Load(acme)
		if err := errors.Join(edit.FoldParts(parts), <-read); err != nil {
			return err
		}
		rates = append(rates, float64(edit.Directory().Revision)/time.Since(began).Seconds())
	}
	b.add(figure{Name: "journal replay: read, decode, fold", Value: rates.median(), Unit: "rows/s"}).atLeast(200_000)
	return nil
}

// readParts sends a journal's rows on as the product does at its start: what was read is folded while more is read.
func readParts(ctx context.Context, j *journal.Journal, parts chan<- []state.Stored) error {
	var rows []state.Stored
	err := j.Replay(ctx, acme, 0, 0, func(r *journal.Record) error {
		rows = append(rows, state.Stored{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Encoded: event.Encoded(r.Entry)})
		if len(rows) == 2000 {
			parts <- rows
			rows = nil
		}
		return nil
	})
	parts <- rows
	return err
}

// writeJournal writes W as the rows that it would have become, without judging them: at this size that is what takes long.
func writeJournal(folder string, w *workload) (err error) {
	ctx := context.Background()
	j, err := journal.Open(ctx, "sqlite:"+filepath.Join(folder, "bailiwick.db"), journal.Options{Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	events, err := w.events()
	if err != nil {
		return err
	}
	revision := int64(0)
	for from := 0; from < len(events); from += 10_000 {
		change := journal.Change{Organization: acme, ID: fmt.Sprintf("chg_%d", from), Actor: "rule:setup_link", Via: "bench", At: asked}
		for _, e := range events[from:min(len(events), from+10_000)] {
			in, err := event.Encode(e)
			if err != nil {
				return err
			}
			change.Entries = append(change.Entries, journal.Entry(in))
		}
		head, err := j.Append(ctx, acme, revision, change)
		if err != nil {
			return err
		}
		revision = head.Revision
	}
	return nil
}

// opaque is what stands behind the prefix of an id: 26 letters and digits. Their randomness matters: it decides how soon two
// ids differ.
func opaque(random *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	id := make([]byte, 26)
	for i := range id {
		id[i] = letters[random.IntN(len(letters))]
	}
	return string(id)
}

// events are W as the journal has it.
func (w *workload) events() ([]event.Event, error) {
	random := rand.New(rand.NewPCG(3, 0))
	number := int32(0)
	next := func() int32 { number++; return number }
	events := []event.Event{&event.OrganizationCreated{Name: acme}}
	for slug, edition := range map[string]string{"org": "bailiwick", platform: w.model.Edition} {
		hash, err := rolemodel.EditionHash(edition)
		if err != nil {
			return nil, err
		}
		events = append(events, &event.PlatformAttached{Slug: slug, Edition: edition, Hash: hash})
	}
	for _, r := range w.resources() {
		events = append(events, &event.ResourceCreated{Path: r.Path, Number: next()})
	}
	ids := map[string]string{}
	for _, u := range w.org.Users {
		n := next()
		ids[u.ID] = state.UserPrefix + opaque(random)
		events = append(events, &event.UserAdded{User: ids[u.ID], Number: n, Profile: event.Profile{Email: u.ID}})
	}
	for _, t := range w.org.Teams {
		n := next()
		team := &event.TeamCreated{Team: state.TeamPrefix + opaque(random), Number: n, Name: t.Name}
		ids[t.Name] = team.Team
		for _, m := range t.Members {
			team.Members = append(team.Members, ids[m])
		}
		events = append(events, team)
	}
	for _, g := range w.org.Grants {
		g.To.ID = ids[g.To.ID]
		events = append(events, &event.GrantAdded{Grant: event.GrantOf(g), Number: next()})
	}
	return events, nil
}
