package journal_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

func session(id, user string, started time.Time) journal.Session {
	return journal.Session{ID: id, User: user, Hash: "hash-" + id, Given: started, Rights: "r1", Started: started, Seen: started,
		Until: started.Add(24 * time.Hour), Method: "password", Address: "192.0.2.1", Agent: "Firefox"}
}

func (s *store) put(organization string, sessions ...journal.Session) {
	s.t.Helper()
	for _, one := range sessions {
		if err := s.PutSession(s.t.Context(), organization, one); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *store) byHash(hash string) string {
	s.t.Helper()
	organization, one, found, err := s.SessionByHash(s.t.Context(), hash)
	if err != nil || found != (one.ID != "") {
		s.t.Fatal(found, err)
	}
	return organization + one.ID
}

func TestSessions(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		a, b, c := session("ses_a", "ann", start), session("ses_b", "ann", start.Add(time.Hour)), session("ses_c", "bob", start.Add(time.Minute))
		child := session("ses_d", "ann", start.Add(2*time.Hour))
		child.Parent, child.Audience = "ses_a", "https://dagster.acme.test"
		s.put("acme", a, b, c, child, a)
		elsewhere := session("ses_a", "ann", start)
		elsewhere.Hash = "another"
		s.put("other", elsewhere)

		for hash, want := range map[string]string{"hash-ses_a": "acmeses_a", "another": "otherses_a", "": "", "HASH-SES_A": "", "hash-ses_": ""} {
			if got := s.byHash(hash); got != want {
				t.Errorf("%q finds %q, want %q", hash, got, want)
			}
		}
		seen := map[string]time.Time{"ses_a": start.Add(time.Minute), "ses_b": start, "ses_none": start}
		if err := s.TouchSessions(t.Context(), "acme", seen); err != nil {
			t.Fatal(err)
		}
		a.Seen = start.Add(time.Minute)
		for user, want := range map[string][]journal.Session{"ann": {child, b, a}, "bob": {c}, "": {child, b, c, a}, "carl": nil} {
			got, err := s.SessionsOf(t.Context(), "acme", user)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("of %q: %s %v", user, diff, err)
			}
		}
		if got, found, err := s.SessionByID(t.Context(), "acme", "ses_a"); !found || err != nil || got != a {
			t.Error(got, found, err)
		}
		if err := s.DropSessions(t.Context(), "acme", "ses_a", "ses_none"); err != nil {
			t.Fatal(err)
		}
		if s.byHash("hash-ses_a") != "" || s.byHash("hash-ses_d") != "" || s.byHash("another") == "" || s.byHash("hash-ses_b") == "" {
			t.Error("dropped too little or too much: a session goes with what hangs on it, in one organization")
		}
		if err := s.PruneSessions(t.Context(), c.Until.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if s.byHash("hash-ses_c") != "" || s.byHash("hash-ses_b") == "" {
			t.Error("pruned too little or too much")
		}
	})
}

// TestRotationIsOneAndLeavesALittleTime: of many who rotate at once one does; the secret before it lives ten seconds, the
// one before that not at all.
func TestRotationIsOneAndLeavesALittleTime(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		now := time.Now()
		s.put("acme", session("ses_a", "ann", now.Add(-time.Hour)))
		rotate := func(old, next string, at time.Time) bool {
			t.Helper()
			rotated, err := s.RotateSession(t.Context(), "acme", "ses_a", old, next, "r2", at)
			if err != nil {
				t.Error(err)
			}
			return rotated
		}
		var (
			won  atomic.Int64
			done sync.WaitGroup
		)
		for i := range 8 {
			done.Go(func() {
				if rotate("hash-ses_a", fmt.Sprint("next", i), now) {
					won.Add(1)
				}
			})
		}
		done.Wait()
		got, _, err := s.SessionByID(t.Context(), "acme", "ses_a")
		if won.Load() != 1 || err != nil || got.Previous != "hash-ses_a" || got.Rights != "r2" || got.Given.UnixMicro() != now.UnixMicro() {
			t.Fatalf("%d rotated; %+v, %v", won.Load(), got, err)
		}
		if s.byHash(got.Hash) == "" || s.byHash("hash-ses_a") == "" {
			t.Error("the new secret or the one before it does not find the session")
		}
		if !rotate(got.Hash, "last", now.Add(-11*time.Second)) {
			t.Error("not rotated again")
		}
		if s.byHash("last") == "" || s.byHash(got.Hash) != "" || s.byHash("hash-ses_a") != "" {
			t.Error("a secret lives longer than ten seconds after it was replaced")
		}
	})
}

func TestSecretsAreKeptAndForgotten(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		before := time.Now().Add(-time.Second)
		for _, value := range []string{"first", "second"} {
			if err := s.PutSecret(t.Context(), "acme", "sec_a", []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.PutSecret(t.Context(), "acme", "sec_b", []byte{0, 0xff}); err != nil {
			t.Fatal(err)
		}
		wantFault(t, s.PutSecret(t.Context(), "acme", "sec_c", nil), fault.Invalid, nil)
		wantFault(t, s.QueueLetter(t.Context(), journal.Letter{Organization: "acme", ID: "let_a"}), fault.Invalid, nil)
		get := func(organization, id string) (string, bool) {
			t.Helper()
			value, found, err := s.Secret(t.Context(), organization, id)
			if err != nil {
				t.Fatal(err)
			}
			return string(value), found
		}
		if value, found := get("acme", "sec_a"); value != "second" || !found {
			t.Error(value, found)
		}
		if _, found := get("other", "sec_a"); found {
			t.Error("another organization reads it")
		}
		if ids, err := s.SecretIDs(t.Context(), "acme"); len(ids) != 2 || ids["sec_a"].Before(before) || err != nil {
			t.Error(ids, err)
		}
		if err := s.DropSecret(t.Context(), "acme", "sec_b", "sec_a"); err != nil {
			t.Fatal(err)
		}
		if _, found := get("acme", "sec_a"); found {
			t.Error("still there")
		}
	})
}

// TestTicketsAreTakenOnce: by one of many, over two replicas.
func TestTicketsAreTakenOnce(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		replicas := []*journal.Journal{s.Journal, s.Journal}
		if s.engine == "postgres" {
			replicas[1] = s.again(journal.Options{Now: time.Now})
		}
		for i, body := range []string{"body", ""} {
			if err := s.PutTicket(t.Context(), "acme", fmt.Sprint("hash", i), start.Add(time.Minute), []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		var (
			won  atomic.Int64
			done sync.WaitGroup
		)
		for i := range 16 {
			done.Go(func() {
				organization, body, found, err := replicas[i%2].TakeTicket(t.Context(), "hash0", start)
				if err != nil || found != (organization == "acme" && string(body) == "body") {
					t.Error(organization, string(body), found, err)
				}
				if found {
					won.Add(1)
				}
			})
		}
		done.Wait()
		if won.Load() != 1 {
			t.Errorf("%d got the ticket", won.Load())
		}
		for range 2 { // over, and then gone even for a clock that was set back
			if _, _, found, err := s.TakeTicket(t.Context(), "hash1", start.Add(time.Minute)); found || err != nil {
				t.Error(found, err)
			}
		}
		if _, _, found, err := s.TakeTicket(t.Context(), "hash1", start); found || err != nil {
			t.Error("a ticket that was over was kept", err)
		}
		if err := s.PutTicket(t.Context(), "acme", "hash2", start, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.PruneTickets(t.Context(), start.Add(1)); err != nil {
			t.Fatal(err)
		}
		if err := s.PruneTickets(t.Context(), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, _, found, err := s.TakeTicket(t.Context(), "hash2", start.Add(-time.Hour)); found || err != nil {
			t.Error("not pruned", err)
		}
	})
}

// TestLettersGoToOneSender: two replicas claim at once, and nobody gets what another has.
func TestLettersGoToOneSender(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		replicas := []*journal.Journal{s.Journal, s.Journal}
		if s.engine == "postgres" {
			replicas[1] = s.again(journal.Options{Now: time.Now})
		}
		const letters = 40
		for i := range letters {
			l := journal.Letter{Organization: "acme", ID: fmt.Sprintf("let_%02d", i), Body: []byte{byte(i)}, Due: start.Add(time.Duration(i) * time.Second)}
			for range 2 {
				if err := s.QueueLetter(t.Context(), l); err != nil {
					t.Fatal(err)
				}
			}
		}
		claim := func(j *journal.Journal, now time.Time, limit int) []journal.Letter {
			claimed, err := j.ClaimLetters(t.Context(), now, time.Minute, limit)
			if err != nil {
				t.Error(err)
			}
			return claimed
		}
		if early := claim(s.Journal, start.Add(-time.Second), letters); len(early) != 0 {
			t.Errorf("not due: %v", early)
		}
		var (
			mu   sync.Mutex
			got  = map[string]int{}
			done sync.WaitGroup
			now  = start.Add(time.Hour)
		)
		for i := range 8 {
			done.Go(func() {
				for range 20 {
					claimed := claim(replicas[i%2], now, 5)
					mu.Lock()
					for _, l := range claimed {
						got[l.ID]++
						if l.Attempts != 1 || len(l.Body) != 1 || l.Organization != "acme" {
							t.Errorf("%+v", l)
						}
					}
					mu.Unlock()
				}
			})
		}
		done.Wait()
		for id, times := range got {
			if times != 1 {
				t.Errorf("%s was claimed %d times", id, times)
			}
		}
		if len(got) != letters {
			t.Errorf("%d of %d letters claimed", len(got), letters)
		}
		s.letterEnds(claim)
	})
}

// letterEnds : a letter is sent, tried again, or dead.
func (s *store) letterEnds(claim func(j *journal.Journal, now time.Time, limit int) []journal.Letter) {
	t, now := s.t, start.Add(2*time.Hour)
	if again := claim(s.Journal, now, 3); len(again) != 3 || again[0].Attempts != 2 {
		t.Fatalf("after the lease: %+v", again)
	}
	counted := func(waiting, dead int) {
		t.Helper()
		if w, d, err := s.Letters(t.Context(), "acme"); w != waiting || d != dead || err != nil {
			t.Errorf("%d wait and %d are dead, %v; want %d, %d", w, d, err, waiting, dead)
		}
	}
	counted(40, 0)
	for i := range 40 {
		id := fmt.Sprintf("let_%02d", i)
		var err error
		switch i {
		case 0:
			err = s.LetterFailed(t.Context(), "acme", id, now.Add(time.Hour), "no route")
		case 1:
			err = s.LetterFailed(t.Context(), "acme", id, time.Time{}, "no such mailbox")
		default:
			err = s.LetterSent(t.Context(), "acme", id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	counted(1, 1)
	if early := claim(s.Journal, now.Add(time.Minute), 9); len(early) != 0 {
		t.Errorf("claimed %+v", early)
	}
	if late := claim(s.Journal, now.Add(time.Hour), 9); len(late) != 1 || late[0].LastError != "no route" || late[0].ID != "let_00" {
		t.Errorf("claimed %+v", late)
	}
	if err := s.PruneLetters(t.Context(), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	counted(1, 0)
}

// TestAttack124ARestoreRevivesNoSession : from a backup of either engine, into either.
func TestAttack124ARestoreRevivesNoSession(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(1)
		s.put("acme", session("ses_a", "ann", time.Now()))
		if err := s.PutTicket(t.Context(), "acme", "ticket", time.Now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		if err := s.PutSecret(t.Context(), "acme", "sec_a", []byte("sealed")); err != nil {
			t.Fatal(err)
		}
		if err := s.QueueLetter(t.Context(), journal.Letter{Organization: "acme", ID: "let_a", Body: []byte("sealed"), Due: start}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "backup.db")
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		for _, engine := range []string{"sqlite", "postgres"} {
			other := open(t, engine)
			other.put("acme", session("ses_b", "ann", time.Now())) // left from what was there before
			if err := other.RestoreInto(t.Context(), path); err != nil {
				t.Fatal(engine, err)
			}
			if sessions, err := other.SessionsOf(t.Context(), "acme", ""); len(sessions) != 0 || err != nil {
				t.Error(engine, "sessions live on:", sessions, err)
			}
			if _, _, found, err := other.TakeTicket(t.Context(), "ticket", time.Now()); found || err != nil {
				t.Error(engine, "a ticket lives on", err)
			}
			if value, found, err := other.Secret(t.Context(), "acme", "sec_a"); string(value) != "sealed" || !found || err != nil {
				t.Error(engine, "the secret is not there", err)
			}
			if waiting, _, err := other.Letters(t.Context(), "acme"); waiting != 1 || err != nil {
				t.Error(engine, "the letter is not there", err)
			}
		}
	})
}
