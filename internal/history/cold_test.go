package history_test

import (
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// pages reads every page, and counts those that are shorter than they may be.
func pages(t *testing.T, trail *history.Trail, st *state.State, q history.Query) (all []history.Row, short int) {
	t.Helper()
	for {
		page, err := trail.List(t.Context(), st, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Rows) != len(page.Places) {
			t.Errorf("%d rows have %d places", len(page.Rows), len(page.Places))
		}
		all = append(all, page.Rows...)
		if q.Cursor = page.Next; page.Next == "" {
			return all, short
		}
		if len(page.Rows) < q.Limit {
			short++
		}
	}
}

// questions are those that an index answers, and those that need none.
func questions(rows []history.Row) map[string]history.Query {
	return map[string]history.Query{
		"everything": {}, "a time": {From: rows[len(rows)-4].Time, Until: rows[2].Time}, "an actor": {Actors: []string{"ada@acme.test"}},
		"a person": {Targets: []string{"bo@acme.test"}}, "a path": {Targets: []string{"dagster/prod"}}, "types": {Actions: []string{"grant.*"}},
		"via": {Via: []string{"test"}}, "Dagster's name": {EventTypes: []string{"CREATE_DEPLOYMENT"}}, "platform": {Platform: "dbt"},
		"deployment": {Deployment: "prod", Actions: []string{"grant.added"}}, "text": {Text: "created"}, "nobody": {Actors: []string{"none@acme.test"}},
		"dbt's reader": {Within: []string{"dbt"}}, "no platform's reader": {Within: []string{}}, "refused": {Results: []string{"refused"}},
		"activity": {Activity: true}, "journal": {Journal: true, Targets: []string{"team:data"}},
	}
}

// TestNobodyWaitsForTheIndex: while it is held back every question has the answer that it has with it, in pages that say
// where to go on.
func TestNobodyWaitsForTheIndex(t *testing.T) {
	w := newWorld(t)
	made := w.As("bo", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	w.As("bo", client.TokenRevoke{Token: made.Results[0].ID})
	w.refuse("bo", "users.list", "dagster/prod")
	w.refuse("dan", "jobs.list", "dbt/core")
	cold := history.NewTrail(w.Journal)
	release := cold.Hold(w.Now(), 5)
	cut := 0
	for name, q := range questions(w.list(history.Query{})) {
		q.Limit = 3
		want := w.list(q)
		got, short := pages(t, cold, w.Now(), q)
		if details(got) != details(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, details(got), details(want))
		}
		cut += short
	}
	if cut == 0 {
		t.Error("no page ended before it was full: nothing bounds how long it looks")
	}
	release()
	if err := cold.Warm(t.Context(), w.Now()); err != nil {
		t.Fatal(err)
	}
	cold.Close()
	if _, short := pages(t, cold, w.Now(), history.Query{Actors: []string{"none@acme.test"}, Limit: 3}); short != 0 {
		t.Error("with the index there is a page that is not full")
	}
}

// TestAnExportWaitsForTheIndex: what leaves is everything that was asked for.
func TestAnExportWaitsForTheIndex(t *testing.T) {
	w := newWorld(t)
	q := history.Query{Within: []string{"dbt"}}
	want := w.list(q)
	cold := history.NewTrail(w.Journal)
	defer cold.Close()
	release := cold.Hold(w.Now(), 1)
	whole := 0
	if err := cold.Each(t.Context(), w.Now(), history.Query{}, func(*history.Row) error { whole++; return nil }); err != nil || whole != len(w.list(history.Query{})) {
		t.Errorf("an export of everything needs no index, and has %d rows (%v)", whole, err)
	}
	type answer struct {
		rows []history.Row
		n    int64
		err  error
	}
	done := make(chan answer, 1)
	st := w.Now()
	go func() {
		var a answer
		a.err = cold.Each(t.Context(), st, q, func(r *history.Row) error { a.rows = append(a.rows, *r); return nil })
		if a.err == nil {
			a.n, a.err = cold.Count(t.Context(), st, q)
		}
		done <- a
	}()
	select {
	case a := <-done:
		t.Errorf("it did not wait: %d rows, %v", len(a.rows), a.err)
	case <-time.After(50 * time.Millisecond):
	}
	release()
	if a := <-done; a.err != nil || details(a.rows) != details(want) || a.n != int64(len(want)) {
		t.Errorf("%v, %d, got\n%s\nwant\n%s", a.err, a.n, details(a.rows), details(want))
	}
}

// TestTheIndexIsTheSameHoweverItBegan: one that was begun with no state finds the rows of a platform's people that were written
// before anything said that they have to do with it.
func TestTheIndexIsTheSameHoweverItBegan(t *testing.T) {
	w := newWorld(t)
	w.As("olga", client.PlatformAttach{Platform: "lab", Model: "dbt-enterprise-2024"}, client.LicenseSet{User: "zoe@acme.test", Platform: "lab", License: "developer"},
		client.LicenseSet{User: "bo@acme.test", Platform: "lab", License: "developer"})
	bare := history.NewTrail(w.Journal)
	if err := bare.Warm(t.Context(), state.Empty("acme")); err != nil {
		t.Fatal(err)
	}
	all := questions(w.list(history.Query{}))
	all["lab's reader"] = history.Query{Within: []string{"lab"}}
	for name, q := range all {
		q.Limit = 2
		got, _ := pages(t, bare, w.Now(), q)
		if want := w.list(q); details(got) != details(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, details(got), details(want))
		}
	}
}
