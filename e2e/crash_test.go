package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/journal"
)

// A ledger is what writers were told: changes that were acknowledged, and changes whose outcome they do not know.
type ledger struct {
	mu    sync.Mutex
	acked map[string]int64 // revision, by change id
	sent  map[string]bool
	// refused are those that are certainly not made.
	refused map[string]error
}

func newLedger() *ledger {
	return &ledger{acked: map[string]int64{}, sent: map[string]bool{}, refused: map[string]error{}}
}

// writer adds teams, two in each change, until the context ends or the server does not answer. Ids begin with its name.
func (l *ledger) writer(ctx context.Context, c *client.Client, name string) {
	for i := 0; ctx.Err() == nil; i++ {
		id := fmt.Sprintf("%s-%d", name, i)
		l.mu.Lock()
		l.sent[id] = true
		l.mu.Unlock()
		done, err := c.Change(ctx, client.Changing{ChangeID: id}, client.TeamCreate{Team: id + "-one"}, client.TeamCreate{Team: id + "-two", Members: []string{"bo@acme.test"}})
		if err != nil {
			var refused *client.Error
			if errors.As(err, &refused) && refused.Kind != client.Unavailable {
				l.mu.Lock()
				l.refused[id] = err
				l.mu.Unlock()
			}
			return
		}
		l.mu.Lock()
		l.acked[id] = done.Revision
		l.mu.Unlock()
	}
}

// settle compares the journal with what was acknowledged: each change once and whole, and none that nobody sent.
func (l *ledger) settle(t *testing.T, database string) {
	t.Helper()
	j, err := journal.Open(t.Context(), database, journal.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	rows := map[string][]int64{}
	types := map[string]map[string]int{}
	if err := j.Read(t.Context(), "acme", 0, 0, func(r *journal.Record) error {
		rows[r.Change] = append(rows[r.Change], r.Revision)
		if types[r.Change] == nil {
			types[r.Change] = map[string]int{}
		}
		types[r.Change][r.Type]++
		if r.Part != len(rows[r.Change])-1 {
			t.Errorf("change %s: row %d is part %d", r.Change, r.Revision, r.Part)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for id, revision := range l.acked {
		if got := rows[id]; len(got) == 0 || got[len(got)-1] != revision {
			t.Errorf("%s was acknowledged at revision %d, and its rows are %v", id, revision, got)
		}
	}
	for id, err := range l.refused {
		// Replicas that write at once may be told to try again, and nothing else.
		if !strings.Contains(err.Error(), "somebody else was quicker") || len(rows[id]) > 0 {
			t.Errorf("%s was refused (%v), and its rows are %v", id, err, rows[id])
		}
	}
	whole := 2 // rows of a writer's change
	for id, got := range rows {
		if strings.HasPrefix(id, "w") && strings.Count(id, "-") >= 2 {
			if !l.sent[id] {
				t.Errorf("nobody sent %s", id)
			}
			if len(got) != whole || got[len(got)-1]-got[0] != int64(whole-1) {
				t.Errorf("%s has rows %v (%v), want %d in a row", id, got, types[id], whole)
			}
		}
	}
}

func TestKilledUnderWritersItLosesNothingAcknowledged(t *testing.T) {
	rounds := 100
	if testing.Short() { // a pass that looks for something else; make test has run all of them
		rounds = 10
	}
	data := folder(t)
	s := serve(t, data, "--checkpoint-interval", "1s")
	owner, _ := s.settle()
	l := newLedger()
	const writers = 4
	for round := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() { l.writer(ctx, s.as(owner), fmt.Sprintf("w%d-%d", w, round)) })
		}
		// The moment of the kill moves through everything that a change goes through.
		time.Sleep(time.Duration(20+round*7%60) * time.Millisecond)
		s.kill()
		all.Wait()
		cancel()
		s = serve(t, data, "--checkpoint-interval", "1s")
	}
	if len(l.acked) < rounds {
		t.Errorf("only %d changes were acknowledged in %d rounds", len(l.acked), rounds)
	}
	t.Logf("%d acknowledged, %d sent", len(l.acked), len(l.sent))
	// Whoever did not learn the outcome asks again with the same id, and it is there once.
	for id := range l.sent {
		if _, acked := l.acked[id]; !acked {
			done, err := s.as(owner).Change(t.Context(), client.Changing{ChangeID: id}, client.TeamCreate{Team: id + "-one"}, client.TeamCreate{Team: id + "-two", Members: []string{"bo@acme.test"}})
			if err != nil {
				t.Fatalf("%s again: %v", id, err)
			}
			l.acked[id] = done.Revision
		}
	}
	l.settle(t, "sqlite:"+data+"/bailiwick.db")
	// Enough rows for a snapshot, however few rounds there were.
	var many []client.Command
	for i := range 500 {
		many = append(many, client.TeamCreate{Team: fmt.Sprintf("many-%d", i)})
	}
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, many...); err != nil {
		t.Fatal(err)
	}
	must(t, "verify", "--data", data)
	// The graceful stop writes a snapshot. Started from it, and from the rows alone, the server says the same.
	s.stop()
	if rows := count(t, data, `SELECT count(*) FROM snapshot`); rows == 0 {
		t.Error("the stop wrote no snapshot")
	}
	snapshotted := exported(t, data, owner)
	tamper(t, data, `DELETE FROM snapshot`)
	if replayed := exported(t, data, owner); replayed != snapshotted {
		t.Errorf("the start from a snapshot and the replay differ: exports of %d and %d bytes", len(snapshotted), len(replayed))
	}
	must(t, "verify", "--data", data)
}

// exported starts a server, takes its organization as a file, and kills it.
func exported(t *testing.T, data, owner string) string {
	t.Helper()
	s := serve(t, data)
	defer s.kill()
	file, err := s.as(owner).Export(t.Context(), client.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	return string(file.File)
}

func TestNewEnemyARevokedGrantIsNeverUsedAfterTheAnswer(t *testing.T) {
	rounds := 250
	if testing.Short() { // a pass that looks for something else; make test has run all of them
		rounds = 25
	}
	s := serve(t, folder(t))
	owner, portal := s.settle()
	o := s.as(owner)
	var users []string
	for i := range 4 {
		email := fmt.Sprintf("u%d@acme.test", i)
		if _, err := o.AddUser(t.Context(), client.NewUser{Email: email}, client.Changing{}); err != nil {
			t.Fatal(err)
		}
		users = append(users, email)
	}
	var all sync.WaitGroup
	for _, user := range users {
		all.Go(func() {
			c, grant := s.as(owner), client.Grant{To: "user:" + user, Role: "launcher", On: "dagster/prod"}
			for round := range rounds {
				if _, err := c.Change(t.Context(), client.Changing{}, client.GrantAdd{Grant: grant}); err != nil {
					t.Errorf("%s, round %d: %v", user, round, err)
					return
				}
				if status, text := s.evaluate(portal, user, "runs.launch", "prod/etl"); status != 200 || !strings.Contains(text, `"decision":true`) {
					t.Errorf("%s, round %d: a grant that was acknowledged is not seen: %d %s", user, round, status, text)
					return
				}
				if _, err := c.Change(t.Context(), client.Changing{}, client.GrantRemove{Grant: grant}); err != nil {
					t.Errorf("%s, round %d: %v", user, round, err)
					return
				}
				if status, text := s.evaluate(portal, user, "runs.launch", "prod/etl"); status != 200 || !strings.Contains(text, `"decision":false`) {
					t.Errorf("%s, round %d: used after the revocation was acknowledged: %d %s", user, round, status, text)
					return
				}
			}
		})
	}
	all.Wait()
}
