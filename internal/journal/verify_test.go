package journal_test

import (
	"crypto/ed25519"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/internal/journal"
)

// TestTampering: whatever somebody with the database in hand does, verify names the first row and what was done.
func TestTampering(t *testing.T) {
	const move = `UPDATE journal SET revision = revision + 100 WHERE revision >= 3; UPDATE journal SET revision = revision - 99 WHERE revision > 100`
	for name, test := range map[string]struct {
		statements []string
		revision   int64
		problem    string
	}{
		"facts edited":            {[]string{`UPDATE journal SET facts = (SELECT facts FROM journal j WHERE j.revision = 2) WHERE revision = 3`}, 3, journal.ProblemEdited},
		"actor edited":            {[]string{`UPDATE journal SET actor = 'user:eve' WHERE revision = 3`}, 3, journal.ProblemEdited},
		"request edited":          {[]string{`UPDATE journal SET request = '' WHERE revision = 1`}, 1, journal.ProblemEdited},
		"person edited":           {[]string{`UPDATE journal SET person = 'other' WHERE revision = 3`}, 3, journal.ProblemEdited},
		"type edited":             {[]string{`UPDATE journal SET type = 'user.deleted' WHERE revision = 6`}, 6, journal.ProblemEdited},
		"change edited":           {[]string{`UPDATE journal SET change = 'c99' WHERE revision = 3`}, 3, journal.ProblemEdited},
		"epoch edited":            {[]string{`UPDATE journal SET epoch = 1 WHERE revision = 3`}, 3, journal.ProblemEdited},
		"postdated":               {[]string{`UPDATE journal SET at = at + 1 WHERE revision = 3`}, 3, journal.ProblemEdited},
		"personal edited":         {[]string{`UPDATE journal SET personal = (SELECT personal FROM journal j WHERE j.revision = 2) WHERE revision = 3`}, 3, journal.ProblemPersonal},
		"salt edited":             {[]string{`UPDATE journal SET salt = (SELECT salt FROM journal j WHERE j.revision = 2) WHERE revision = 3`}, 3, journal.ProblemPersonal},
		"personal removed":        {[]string{`UPDATE journal SET personal = NULL, salt = NULL WHERE revision = 3`}, 3, journal.ProblemVanished},
		"row deleted":             {[]string{`DELETE FROM journal WHERE revision = 3`}, 3, journal.ProblemMissing},
		"first row deleted":       {[]string{`DELETE FROM journal WHERE revision = 1`}, 1, journal.ProblemMissing},
		"row thrown far out":      {[]string{`UPDATE journal SET revision = 9007199254740991 WHERE revision = 6`}, 6, journal.ProblemMissing},
		"backdated":               {[]string{`UPDATE journal SET at = at - 3600000000 WHERE revision = 3`}, 3, journal.ProblemBackdated},
		"tail cut":                {[]string{`DELETE FROM journal WHERE revision > 4`}, 5, journal.ProblemCut},
		"all rows cut":            {[]string{`DELETE FROM journal`}, 1, journal.ProblemCut},
		"head edited":             {[]string{`UPDATE head SET epoch = 7`}, 6, journal.ProblemHead},
		"head moved on":           {[]string{`UPDATE head SET revision = 7`}, 7, journal.ProblemCut},
		"signed activity dropped": {[]string{`DELETE FROM activity`, `DELETE FROM activity_batch`}, 6, journal.ProblemActivity},
		"activity edited":         {[]string{`UPDATE activity SET result = 'allowed'`}, 6, journal.ProblemActivity},
		"checkpoint edited":       {[]string{`UPDATE checkpoint SET epoch = 9`}, 6, journal.ProblemCheckpoint},
		"row inserted":            {[]string{move, insertThird}, 3, journal.ProblemInserted},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, s *store) {
				s.fill(6)
				if _, err := s.LogActivity(t.Context(), "acme", []journal.Activity{{At: start, Subject: "u", Operation: "launch", Result: "refused"}}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.SignCheckpoint(t.Context(), "acme", key(1)); err != nil {
					t.Fatal(err)
				}
				if report := verified(t, s.Journal); report.Checkpoints != 1 || report.Rows != 6 {
					t.Fatalf("%+v", report)
				}
				s.sql(test.statements...)
				s.finds(t, journal.VerifyOptions{}, test.revision, test.problem)
			})
		})
	}
}

const insertThird = `INSERT INTO journal (organization, revision, epoch, change, part, actor, via, request, at, type, version, facts, person, personal, salt, personal_hash, hash)
	SELECT organization, 3, epoch, 'forged', part, actor, via, request, at, type, version, facts, person, personal, salt, personal_hash, hash FROM journal WHERE revision = 2`

func (s *store) finds(t *testing.T, options journal.VerifyOptions, revision int64, problem string) {
	t.Helper()
	report, err := s.Verify(t.Context(), "acme", options)
	if err != nil {
		t.Fatal(err)
	}
	if report.Finding == nil || report.Finding.Revision != revision || report.Finding.Problem != problem {
		t.Errorf("found %+v, want %s at %d", report.Finding, problem, revision)
	}
}

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))
}

func TestReordering(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		for i, id := range []string{"a", "b", "c", "d"} { // all of one moment
			if _, err := s.Append(t.Context(), "acme", int64(i), change(id, "x")); err != nil {
				t.Fatal(err)
			}
		}
		s.sql(`UPDATE journal SET revision = 99 WHERE revision = 2`, `UPDATE journal SET revision = 2 WHERE revision = 3`, `UPDATE journal SET revision = 3 WHERE revision = 99`)
		s.finds(t, journal.VerifyOptions{}, 2, journal.ProblemReordered)
	})
}

// TestACleverForger rewrites the whole journal so that it agrees with itself, or cuts its tail and its head and checkpoints:
// only what was published elsewhere tells.
func TestACleverForger(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(6)
		path := filepath.Join(t.TempDir(), "head.json")
		if _, err := s.SignCheckpoint(t.Context(), "acme", key(1)); err != nil {
			t.Fatal(err)
		}
		if err := s.PublishHead(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		checkpoints, _, err := journal.ReadPublished(path)
		if err != nil || len(checkpoints) != 1 {
			t.Fatal(checkpoints, err)
		}
		trusted := []ed25519.PublicKey{key(1).Public().(ed25519.PublicKey)}
		options := journal.VerifyOptions{Signers: trusted, Published: checkpoints}
		if report, err := s.Verify(t.Context(), "acme", options); err != nil || report.Finding != nil || report.Checkpoints != 2 {
			t.Fatalf("%+v %+v %v", report, report.Finding, err)
		}
		t.Run("cut tail", func(t *testing.T) {
			s.sql(`DELETE FROM journal WHERE revision > 4`, `DELETE FROM checkpoint`,
				`UPDATE head SET revision = 4, at = (SELECT at FROM journal WHERE revision = 4), hash = (SELECT hash FROM journal WHERE revision = 4)`)
			verified(t, s.Journal) // it agrees with itself
			s.finds(t, options, 5, journal.ProblemCut)
		})
		t.Run("rewritten", func(t *testing.T) {
			s.sql(`DELETE FROM journal`, `DELETE FROM head`)
			s.fill(8) // the same changes, but other salts, so other hashes
			verified(t, s.Journal)
			s.finds(t, options, 6, journal.ProblemReplaced)
		})
		t.Run("another signer", func(t *testing.T) {
			if _, err := s.SignCheckpoint(t.Context(), "acme", key(2)); err != nil {
				t.Fatal(err)
			}
			verified(t, s.Journal)
			s.finds(t, journal.VerifyOptions{Signers: trusted}, 8, journal.ProblemCheckpoint)
		})
	})
}

// TestARestoreIsNoForgery: a new epoch may end before the head that was published in the old one; the report says so.
func TestARestoreIsNoForgery(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(3)
		path := filepath.Join(t.TempDir(), "backup.db")
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		s.fill(3)
		published, err := s.SignCheckpoint(t.Context(), "acme", key(1))
		if err != nil {
			t.Fatal(err)
		}
		restored := open(t, s.engine)
		if err := restored.RestoreInto(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		options := journal.VerifyOptions{Published: []journal.Checkpoint{published}}
		restored.finds(t, options, 4, journal.ProblemCut)
		epoch := change("restored", "epoch.started")
		epoch.Epoch, epoch.At = 1, start.Add(time.Hour)
		if _, err := restored.Append(t.Context(), "acme", 3, epoch); err != nil {
			t.Fatal(err)
		}
		report, err := restored.Verify(t.Context(), "acme", options)
		if err != nil || report.Finding != nil || report.Superseded != 1 {
			t.Errorf("%+v %+v %v", report, report.Finding, err)
		}
	})
}
