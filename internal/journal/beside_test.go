package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

func TestSnapshots(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(5)
		rows := read(t, s.Journal, "acme")
		at := func(revision int) journal.Snapshot {
			r := rows[revision-1]
			return journal.Snapshot{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Hash: r.Hash, Format: 7, Body: bytes.Repeat([]byte{0, 0xff, byte(revision)}, 100000)}
		}
		load := func(revision int64) journal.Snapshot {
			t.Helper()
			got, found, err := s.LoadSnapshot(t.Context(), "acme", revision)
			if err != nil || found != (got.Revision > 0) {
				t.Fatal(found, err)
			}
			return got
		}
		if load(0).Revision != 0 {
			t.Error("a snapshot that nobody saved")
		}
		for _, revision := range []int{2, 4} {
			if err := s.SaveSnapshot(t.Context(), "acme", at(revision)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(at(4), load(0)); diff != "" {
			t.Error(diff)
		}
		if load(3).Revision != 2 || load(1).Revision != 0 {
			t.Errorf("at or before 3: %d; 1: %d", load(3).Revision, load(1).Revision)
		}
		wrong := at(5)
		wrong.Hash = rows[0].Hash
		wantFault(t, s.SaveSnapshot(t.Context(), "acme", wrong), fault.Conflict, nil)
		s.sql(`UPDATE snapshot SET hash = (SELECT hash FROM journal WHERE revision = 1) WHERE revision = 4`)
		if load(0).Revision != 2 {
			t.Error("a snapshot of a row that is not in the journal counted")
		}
		if err := s.DeleteSnapshots(t.Context(), "acme", 0); err != nil || load(0).Revision != 0 {
			t.Error("still there", err)
		}
	})
}

func TestRevisionAt(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(3) // a minute apart
		for after, want := range map[time.Duration]int64{-1: 0, 0: 1, 59 * time.Second: 1, time.Minute: 2, time.Hour: 3} {
			if got, err := s.RevisionAt(t.Context(), "acme", start.Add(after)); got != want || err != nil {
				t.Errorf("%s after the start: %d, %v, want %d", after, got, err, want)
			}
		}
	})
}

// TestErasure: personal data goes, from the file too; facts, hashes and the chain stay.
func TestErasure(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(3)
		secret := change("secret", "user.created")
		secret.At = start.Add(time.Hour)
		secret.Entries[0].Personal = []byte("Zaphod Beeblebrox the First")
		if _, err := s.Append(t.Context(), "acme", 3, secret); err != nil {
			t.Fatal(err)
		}
		before := read(t, s.Journal, "acme")
		if err := s.SaveSnapshot(t.Context(), "acme", journal.Snapshot{Revision: 4, Hash: before[3].Hash, Body: secret.Entries[0].Personal}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Erase(t.Context(), "acme", "person-secret"); n != 1 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		after := read(t, s.Journal, "acme")
		if after[3].Personal != nil || !bytes.Equal(after[3].Facts, before[3].Facts) || after[3].Hash != before[3].Hash || after[3].Person != "person-secret" {
			t.Errorf("%+v", after[3])
		}
		if string(after[2].Personal) != "Name of c3" {
			t.Error("somebody else was erased")
		}
		if report := verified(t, s.Journal); report.Erased != 1 {
			t.Errorf("%+v", report)
		}
		if _, found, err := s.LoadSnapshot(t.Context(), "acme", 0); found || err != nil {
			t.Error("the snapshot is still there", err)
		}
		if all, err := s.Erasures(t.Context()); len(all) != 1 || all[0].Person != "person-secret" || err != nil {
			t.Error(all, err)
		}
		if s.engine == "sqlite" {
			path := strings.TrimPrefix(s.address, "sqlite:")
			if err := s.Close(); err != nil { // only then may the file be opened
				t.Fatal(err)
			}
			for _, suffix := range []string{"", "-wal"} {
				if text, err := os.ReadFile(path + suffix); err == nil && bytes.Contains(text, []byte("Zaphod")) {
					t.Errorf("the name is still in %s", suffix)
				}
			}
		}
	})
}

func TestActivity(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		log := func(want int64, batch ...journal.Activity) {
			t.Helper()
			if number, err := s.LogActivity(t.Context(), "acme", batch); number != want || err != nil {
				t.Fatalf("batch %d, %v, want %d", number, err, want)
			}
		}
		one := func(second int, operation string) journal.Activity {
			return journal.Activity{At: start.Add(time.Duration(second) * time.Second), Subject: "u", Operation: operation, Resource: "prod", Result: "refused", Reason: "r", Count: 3, Via: "gate", Request: "q"}
		}
		log(1, one(0, "a"), one(2, "d"), one(2, "e"))
		log(2, one(1, "b"), one(1, "c"), one(3, "f"))
		log(2, one(1, "b"), one(1, "c"), one(3, "f")) // sent again
		pages := func(q journal.ActivityQuery) (seen string) {
			t.Helper()
			for q.Limit = 2; ; {
				page, err := s.ReadActivity(t.Context(), "acme", q)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range page {
					seen += a.Operation
				}
				if len(page) < 2 {
					return seen
				}
				q.After = &page[1].Key
			}
		}
		for want, q := range map[string]journal.ActivityQuery{
			"abcdef": {},
			"fedcba": {Newest: true},
			"bcde":   {From: start.Add(time.Second), Until: start.Add(3 * time.Second)},
			"edcb":   {From: start.Add(time.Second), Until: start.Add(3 * time.Second), Newest: true},
		} {
			if got := pages(q); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		page, err := s.ReadActivity(t.Context(), "acme", journal.ActivityQuery{Limit: 1})
		if diff := cmp.Diff([]journal.ActivityRow{{Activity: one(0, "a"), Key: journal.ActivityKey{At: start, Batch: 1}}}, page); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if page, err := s.ReadActivity(t.Context(), "other", journal.ActivityQuery{}); len(page) != 0 || err != nil {
			t.Error("another organization sees it", err)
		}
	})
}

func TestTokensUsed(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		for _, used := range []map[string]time.Time{
			{"a": start, "b": start.Add(time.Hour)},
			{"a": start.Add(time.Second), "b": start, "c": start},
		} {
			if err := s.TouchTokens(t.Context(), "acme", used); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.TokensUsed(t.Context(), "acme")
		want := map[string]time.Time{"a": start.Add(time.Second), "b": start.Add(time.Hour), "c": start}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

// TestBackupsCrossEngines: a backup of either engine goes into either.
func TestBackupsCrossEngines(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(5)
		rows := read(t, s.Journal, "acme")
		if err := s.SaveSnapshot(t.Context(), "acme", journal.Snapshot{Revision: 5, Hash: rows[4].Hash, Body: []byte{0, 1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Erase(t.Context(), "acme", "person-c2"); err != nil {
			t.Fatal(err)
		}
		if err := s.TouchTokens(t.Context(), "acme", map[string]time.Time{"a": start}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{{At: start, Subject: "u"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignCheckpoint(t.Context(), "acme", key(1)); err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		path := filepath.Join(folder, "backup.db")
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		wantFault(t, s.Backup(t.Context(), path), fault.Conflict, nil)
		if files, err := os.ReadDir(folder); len(files) != 1 || err != nil {
			t.Errorf("a backup is one file, not %v, %v", files, err)
		}
		rows = read(t, s.Journal, "acme")
		for _, engine := range []string{"sqlite", "postgres"} {
			other := open(t, engine)
			if err := other.RestoreInto(t.Context(), path, journal.Erasure{Organization: "acme", Person: "person-c4", At: start}); err != nil {
				t.Fatal(engine, err)
			}
			if report := verified(t, other.Journal); report.Rows != 5 || report.Erased != 2 || report.Checkpoints != 1 {
				t.Errorf("%+v", report)
			}
			want := slices.Clone(rows)
			want[3].Personal = nil
			if diff := cmp.Diff(want, read(t, other.Journal, "acme"), cmp.AllowUnexported(journal.Record{})); diff != "" {
				t.Error(diff)
			}
			if used, err := other.TokensUsed(t.Context(), "acme"); !used["a"].Equal(start) || err != nil {
				t.Error(used, err)
			}
			wantFault(t, other.RestoreInto(t.Context(), path), fault.Conflict, nil)
		}
	})
}
