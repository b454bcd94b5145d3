package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

func TestWhatIsAppendedIsRead(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		first, second := change("one", "user.created", "team.created"), change("two", "grant.made")
		second.At = start.Add(time.Second)
		second.Entries[0].Facts, second.Entries[0].Personal, second.Entries[0].Person = []byte{0, 1, 255}, nil, ""
		head, err := s.Append(t.Context(), "acme", 0, first, second)
		if err != nil {
			t.Fatal(err)
		}
		if head.Revision != 3 || !head.At.Equal(second.At) {
			t.Errorf("head %+v, want revision 3 at %s", head, second.At)
		}
		stored, err := s.Head(t.Context(), "acme")
		if diff := cmp.Diff(head, stored); diff != "" || err != nil {
			t.Errorf("the stored head differs: %s %v", diff, err)
		}
		want := []journal.Record{
			{Organization: "acme", Revision: 1, Change: "one", Part: 0, Actor: "user:ann", Via: "api", Request: "req-one", At: start, Entry: first.Entries[0]},
			{Organization: "acme", Revision: 2, Change: "one", Part: 1, Actor: "user:ann", Via: "api", Request: "req-one", At: start, Entry: first.Entries[1]},
			{Organization: "acme", Revision: 3, Change: "two", Part: 0, Actor: "user:ann", Via: "api", Request: "req-two", At: second.At, Entry: second.Entries[0]},
		}
		got := read(t, s.Journal, "acme")
		if got[2].Hash != head.Hash {
			t.Error("the last row's hash is not the head's")
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(journal.Record{}), cmpopts.IgnoreFields(journal.Record{}, "Hash")); diff != "" {
			t.Error(diff)
		}
		if from, to, found, err := s.Find(t.Context(), "acme", "one"); from != 1 || to != 2 || !found || err != nil {
			t.Errorf("find: %d to %d, %v, %v", from, to, found, err)
		}
		if _, _, found, err := s.Find(t.Context(), "acme", "other"); found || err != nil {
			t.Errorf("found a change that nobody made: %v", err)
		}
		verified(t, s.Journal)
	})
}

func TestReadFromAndUntil(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		big := change("big")
		for range 2500 { // more than two chunks
			big.Entries = append(big.Entries, journal.Entry{Type: "x", Facts: []byte("f")})
		}
		if _, err := s.Append(t.Context(), "acme", 0, big); err != nil {
			t.Fatal(err)
		}
		var seen []int64
		visit := func(r *journal.Record) error { seen = append(seen, r.Revision); return nil }
		if err := s.Read(t.Context(), "acme", 1000, 2100, visit); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 1100 || seen[0] != 1001 || seen[1099] != 2100 {
			t.Errorf("saw %d rows from %d to %d", len(seen), seen[0], seen[len(seen)-1])
		}
		stop := errors.New("enough")
		if err := s.Read(t.Context(), "acme", 0, 0, func(*journal.Record) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("the visitor's error came back as %v", err)
		}
		wantFault(t, s.Read(t.Context(), "acme", 0, 2501, visit), fault.NotFound, nil)
		s.sql(`DELETE FROM journal WHERE revision = 7`)
		seen = nil
		wantFault(t, s.Read(t.Context(), "acme", 0, 0, visit), fault.Internal, nil)
		if len(seen) != 6 {
			t.Errorf("saw %d rows, want those before the gap", len(seen))
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		head := s.fill(3)
		next := func(edit func(*journal.Change)) journal.Change {
			c := change("new", "user.created")
			c.At = head.At
			edit(&c)
			return c
		}
		for name, test := range map[string]struct {
			expected int64
			change   journal.Change
			kind     fault.Kind
			cause    error
		}{
			"an older revision":      {2, next(func(*journal.Change) {}), fault.Conflict, journal.ErrConflict},
			"a revision to come":     {4, next(func(*journal.Change) {}), fault.Conflict, journal.ErrConflict},
			"a change that is there": {3, next(func(c *journal.Change) { c.ID = "c2" }), fault.Conflict, journal.ErrDuplicate},
			"an epoch that is over":  {3, next(func(c *journal.Change) { c.Epoch = -1 }), fault.Conflict, journal.ErrConflict},
			"an epoch too far":       {3, next(func(c *journal.Change) { c.Epoch = 2 }), fault.Conflict, journal.ErrConflict},
			"an earlier time":        {3, next(func(c *journal.Change) { c.At = c.At.Add(-time.Microsecond) }), fault.Invalid, nil},
			"another organization":   {3, next(func(c *journal.Change) { c.Organization = "other" }), fault.Invalid, nil},
			"no id":                  {3, next(func(c *journal.Change) { c.ID = "" }), fault.Invalid, nil},
			"no entries":             {3, next(func(c *journal.Change) { c.Entries = nil }), fault.Invalid, nil},
			"no type":                {3, next(func(c *journal.Change) { c.Entries[0].Type = "" }), fault.Invalid, nil},
			"nobody's personal data": {3, next(func(c *journal.Change) { c.Entries[0].Person = "" }), fault.Invalid, nil},
			"text with a NUL":        {3, next(func(c *journal.Change) { c.Actor = "a\x00b" }), fault.Invalid, nil},
			"text that is not UTF-8": {3, next(func(c *journal.Change) { c.Entries[0].Person = "\xff" }), fault.Invalid, nil},
			"the year 10000":         {3, next(func(c *journal.Change) { c.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), fault.Invalid, nil},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.Append(t.Context(), "acme", test.expected, test.change)
				wantFault(t, err, test.kind, test.cause)
			})
		}
		good, bad := change("good", "a"), change("good", "b")
		good.At, bad.At = head.At, head.At
		_, err := s.Append(t.Context(), "acme", 3, good, bad)
		wantFault(t, err, fault.Conflict, journal.ErrDuplicate)
		if now, err := s.Head(t.Context(), "acme"); now != head || err != nil {
			t.Errorf("the head moved to %+v, %v", now, err)
		}
		if rows := verified(t, s.Journal).Rows; rows != 3 {
			t.Errorf("%d rows, want 3: something was written in part", rows)
		}
	})
}

func TestEpochsAndOrganizations(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		head := s.fill(2)
		restored := change("restored", "epoch.started")
		restored.At, restored.Epoch = head.At, 1
		after := change("after", "x")
		after.At, after.Epoch = head.At, 1
		head, err := s.Append(t.Context(), "acme", 2, restored, after)
		if err != nil || head.Epoch != 1 || head.Revision != 4 {
			t.Fatalf("head %+v, %v", head, err)
		}
		stale := change("stale", "x")
		stale.At = head.At
		_, err = s.Append(t.Context(), "acme", 4, stale)
		wantFault(t, err, fault.Conflict, journal.ErrConflict)
		for _, organization := range []string{"Zeta", "beta", "émile", "Acme"} {
			c := change("one", "x")
			c.Organization = organization
			if head, err := s.Append(t.Context(), organization, 0, c); err != nil || head.Revision != 1 {
				t.Fatalf("%s: %+v, %v", organization, head, err)
			}
		}
		got, err := s.Organizations(t.Context())
		if diff := cmp.Diff([]string{"Acme", "Zeta", "acme", "beta", "émile"}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		verified(t, s.Journal)
	})
}

// TestConcurrentAppenders: of those who judged on one revision, exactly one wins, through one journal or (PostgreSQL) several.
func TestConcurrentAppenders(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		journals := []*journal.Journal{s.Journal, s.Journal, s.Journal}
		if s.driver == "pgx" {
			journals = append(journals[:1], s.again(journal.Options{Now: time.Now}), s.again(journal.Options{Now: time.Now}))
		}
		const each = 15
		won := make(chan int64, len(journals)*each)
		var writers sync.WaitGroup
		for n, j := range journals {
			writers.Go(func() {
				for i := range each {
					for {
						head, err := j.Head(t.Context(), "acme")
						if err != nil {
							t.Error(err)
							return
						}
						head, err = j.Append(t.Context(), "acme", head.Revision, change(fmt.Sprintf("w%d-%d", n, i), "x"))
						if err == nil {
							won <- head.Revision
							break
						}
						if !errors.Is(err, journal.ErrConflict) {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		writers.Wait()
		close(won)
		seen := map[int64]bool{}
		for revision := range won {
			if seen[revision] {
				t.Errorf("revision %d was won twice", revision)
			}
			seen[revision] = true
		}
		if rows := verified(t, s.Journal).Rows; len(seen) != len(journals)*each || rows != int64(len(seen)) {
			t.Errorf("%d were told that they won, %d rows, want %d", len(seen), rows, len(journals)*each)
		}
	})
}

// TestEngineDifferences holds what the two engines would do differently if one let them.
func TestEngineDifferences(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		s.fill(1)
		t.Run("text in a number is refused", func(t *testing.T) {
			for _, statement := range []string{
				`UPDATE journal SET revision = 'seven'`, `UPDATE journal SET at = 'now'`, `UPDATE head SET revision = 'x'`, `UPDATE journal SET version = 'v'`,
			} {
				if s.trySQL(statement) == nil {
					t.Errorf("%s was done", statement)
				}
			}
		})
		t.Run("ids differ by case", func(t *testing.T) {
			if _, _, found, err := s.Find(t.Context(), "acme", "C1"); found || err != nil {
				t.Errorf("C1 found c1: %v", err)
			}
			if head, err := s.Head(t.Context(), "ACME"); head.Revision != 0 || err != nil {
				t.Errorf("ACME found acme: %v", err)
			}
		})
		t.Run("a failed append leaves a usable connection", func(t *testing.T) {
			for range 20 { // more than there are connections
				_, err := s.Append(t.Context(), "acme", 1, change("c1", "x"))
				wantFault(t, err, fault.Conflict, journal.ErrDuplicate)
			}
		})
		t.Run("bytes and their absence survive", func(t *testing.T) {
			c := change("bytes", "x", "y")
			c.Entries[0] = journal.Entry{Type: "x", Facts: nil}
			c.Entries[1] = journal.Entry{Type: "y", Facts: []byte("\x00\xff'"), Personal: bytes.Repeat([]byte{0}, 70000), Person: "p"}
			if _, err := s.Append(t.Context(), "acme", 1, c); err != nil {
				t.Fatal(err)
			}
			rows := read(t, s.Journal, "acme")
			if len(rows[1].Facts) != 0 || rows[1].Personal != nil || string(rows[2].Facts) != "\x00\xff'" || len(rows[2].Personal) != 70000 {
				t.Errorf("%q %v %q %d", rows[1].Facts, rows[1].Personal, rows[2].Facts, len(rows[2].Personal))
			}
		})
		t.Run("numbers of 53 bits and microseconds survive", func(t *testing.T) {
			at := time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
			c := change("late", "x")
			c.At, c.Entries[0].Version = at, 1<<31-1
			if _, err := s.Append(t.Context(), "acme", 3, c); err != nil {
				t.Fatal(err)
			}
			if r := read(t, s.Journal, "acme")[3]; !r.At.Equal(at) || r.Version != 1<<31-1 {
				t.Errorf("%s, version %d", r.At, r.Version)
			}
		})
	})
}
