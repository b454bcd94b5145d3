package journal_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// launched is an activity as a gate tells it.
func launched(second int) journal.Activity {
	return journal.Activity{At: start.Add(time.Duration(second) * time.Second), Subject: "user:u", Operation: "dagster.launchRun", Resource: "dagster/prod/etl",
		Result: "allowed", Count: 1, Via: "gate", Request: "q", Revision: 7, Took: 1234 * time.Microsecond}
}

// older makes the schema what it was before activity said on what it was decided.
func (s *store) older() {
	s.sql(`ALTER TABLE activity DROP COLUMN took`, `ALTER TABLE activity DROP COLUMN revision`, `DELETE FROM goose_db_version WHERE version_id >= 4`)
}

func TestActivitySaysOnWhatItWasDecided(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{launched(1)}); err != nil {
			t.Fatal(err)
		}
		read, err := s.ReadActivity(t.Context(), "acme", journal.ActivityQuery{})
		if err != nil || len(read) != 1 || read[0].Activity != launched(1) {
			t.Errorf("read %+v, %v", read, err)
		}
		found, err := s.SearchActivity(t.Context(), "acme", journal.ActivityFilter{Operations: []string{"dagster."}})
		if diff := cmp.Diff(read, found); diff != "" || err != nil {
			t.Error(diff, err)
		}
		verified(t, s.Journal)
		for _, change := range []string{"revision = 8", "took = 1", "revision = 0, took = 0"} {
			s.sql(`UPDATE activity SET ` + change)
			report, err := s.Verify(t.Context(), "acme", journal.VerifyOptions{})
			if err != nil || report.Finding == nil || report.Finding.Problem != journal.ProblemActivity {
				t.Errorf("%s: %+v, %v", change, report.Finding, err)
			}
			s.sql(`UPDATE activity SET revision = 7, took = 1234`)
		}
		for what, wrong := range map[string]journal.Activity{"revision": {At: start, Revision: -1}, "took": {At: start, Took: -time.Second}} {
			if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{wrong}); !fault.Is(err, fault.Invalid) {
				t.Errorf("a wrong %s: %v", what, err)
			}
		}
	})
}

// TestActivityOfOlderProgramsStays: what was hashed when there was no place for revisions and durations has the same hash still,
// wherever it goes.
func TestActivityOfOlderProgramsStays(t *testing.T) {
	const hash = "5c7abce583555b252e5af261ece3b54b8ad996e468b16509553485ba384ca8bb" // made by the rules of before
	engines(t, func(t *testing.T, s *store) {
		before := journal.Activity{At: start, Subject: "user:u", Operation: "users.list", Resource: "dagster", Result: "refused", Reason: "r", Count: 3, Via: "api", Request: "q"}
		if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{before}); err != nil {
			t.Fatal(err)
		}
		s.sql(`UPDATE activity_batch SET hash = ` + map[string]string{"sqlite": "X'" + hash + "'", "postgres": `'\x` + hash + "'"}[s.engine])
		verified(t, s.Journal)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.older()
		reading := s.again(journal.Options{Now: time.Now, ReadOnly: true})
		read, err := reading.ReadActivity(t.Context(), "acme", journal.ActivityQuery{})
		if err != nil || len(read) != 1 || read[0].Activity != before {
			t.Errorf("read only: %+v, %v", read, err)
		}
		verified(t, reading)
		path := filepath.Join(t.TempDir(), "backup.db")
		if err := reading.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if err := reading.Close(); err != nil {
			t.Fatal(err)
		}
		other := open(t, "sqlite")
		if err := other.RestoreInto(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		verified(t, other.Journal)
		newer := s.again(journal.Options{Now: time.Now})
		if _, err := newer.LogActivity(t.Context(), "acme", []journal.Activity{launched(2)}); err != nil {
			t.Fatal(err)
		}
		verified(t, newer)
	})
}

// TestABackupHasWhatWasDecided: also one of an older program's goes into a newer one.
func TestABackupHasWhatWasDecided(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{launched(1)}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "backup.db")
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		other := open(t, s.engine)
		if err := other.RestoreInto(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		verified(t, other.Journal)
	})
}
