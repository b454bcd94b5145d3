package history_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"bailiwick/internal/history"
	"bailiwick/internal/journal"
)

var noon = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func rows(t *testing.T, j *journal.Journal) []journal.ActivityRow {
	t.Helper()
	all, err := j.ReadActivity(context.Background(), "acme", journal.ActivityQuery{Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func newRecorder(t *testing.T, j *journal.Journal) *history.Recorder {
	t.Helper()
	r := history.New(j, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func refusal(subject, resource string) history.Activity {
	return history.Activity{At: noon, Subject: subject, Operation: "users.list", Resource: resource, Result: "refused", Via: "api"}
}

func TestEqualRefusalsOfAMinuteAreCountedTogether(t *testing.T) {
	j := open(t)
	r := newRecorder(t, j)
	for i := range 50 {
		a := refusal("user:usr_a", "dagster")
		a.At = noon.Add(time.Duration(i) * time.Second)
		a.Request = fmt.Sprint("request-", i)
		r.Record("acme", a)
	}
	later := refusal("user:usr_a", "dagster")
	later.At = noon.Add(time.Minute)
	r.Record("acme", later)
	r.Record("acme", refusal("user:usr_b", "dagster"))
	r.Record("other", refusal("user:usr_a", "dagster"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, row := range rows(t, j) {
		counts[row.Subject+" "+row.At.Format("15:04")] += row.Count
	}
	want := map[string]int64{"user:usr_a 12:00": 50, "user:usr_a 12:01": 1, "user:usr_b 12:00": 1}
	if len(counts) != len(want) || len(rows(t, j)) != len(want) {
		t.Errorf("%v, want %v", counts, want)
	}
	for key, n := range want {
		if counts[key] != n {
			t.Errorf("%s: %d, want %d", key, counts[key], n)
		}
	}
}

// TestAttack129ActivityIsBounded has a subject, and then many, ask for ever new things.
func TestAttack129ActivityIsBounded(t *testing.T) {
	j := open(t)
	r := newRecorder(t, j)
	const each = 3_000
	r.Record("acme", refusal("user:usr_long", "\x00\n\xff"+strings.Repeat("é", 5_000)))
	for i := range each {
		r.Record("acme", refusal("user:usr_a", fmt.Sprint("dagster/", i)))
	}
	for i := range each * 10 {
		r.Record("acme", refusal(fmt.Sprint("user:usr_", i), "dagster"))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var total int64
	mine := 0
	all := rows(t, j)
	for _, row := range all {
		total += row.Count
		if row.Subject == "user:usr_a" {
			mine++
		}
		if len(row.Resource) > 256 || strings.ContainsAny(row.Resource, "\x00\n") || !utf8.ValidString(row.Resource) {
			t.Errorf("%q was kept, %d bytes", row.Resource, len(row.Resource))
		}
	}
	// 10,000 subjects a minute, one of them with 100 lines and one for the rest; a line for everybody else in each second.
	if len(all) > 10_200 || mine > 101 {
		t.Errorf("%d lines, %d of them of one subject", len(all), mine)
	}
	if want := int64(each*11 + 1); total != want {
		t.Errorf("%d were counted, want %d", total, want)
	}
}

func TestWhatCannotBeWrittenIsWrittenLaterAndOnce(t *testing.T) {
	j := open(t)
	r := newRecorder(t, j)
	r.Record("acme", refusal("user:usr_a", "dagster"))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Flush(gone); err == nil {
		t.Fatal("a write with an ended context succeeded")
	}
	r.Record("acme", refusal("user:usr_b", "dagster"))
	if err := r.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if all := rows(t, j); len(all) != 2 || all[0].Count+all[1].Count != 2 {
		t.Errorf("%+v", all)
	}
}

func TestManyRecordAtOnce(t *testing.T) {
	j := open(t)
	r := newRecorder(t, j)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 500 {
				r.Record("acme", refusal(fmt.Sprint("user:usr_", i), "dagster"))
				r.Anonymous()
			}
		})
	}
	all.Wait()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, row := range rows(t, j) {
		total += row.Count
	}
	if total != 4000 || r.AnonymousRefusals() != 4000 {
		t.Errorf("%d and %d", total, r.AnonymousRefusals())
	}
}
