package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/client"
)

func TestCutConnectionsToPostgreSQLLoseNothing(t *testing.T) {
	rounds := 40
	if testing.Short() { // a pass that looks for something else; make test has run all of them
		rounds = 8
	}
	address := postgres.Database(t)
	data := folder(t)
	s := serve(t, data, "--database", address)
	owner, portal := s.settle()
	l := newLedger()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			// A writer that was told "not now" begins again, under another name.
			for life := 0; ctx.Err() == nil; life++ {
				l.writer(ctx, s.as(owner), fmt.Sprintf("w%d-%d", w, life))
			}
		})
	}
	for round := range rounds {
		if round%10 == 9 {
			// One process that is killed makes PostgreSQL end all others and start again from its log.
			killBackend(t, address)
		} else if err := postgres.Exec(databaseOf(t, address), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Log(err)
		}
		time.Sleep(40 * time.Millisecond) // what happens in between is what is tested
	}
	before := l.count()
	eventually(t, "writing after the last cut", func() bool { return l.count() > before+8 })
	cancel()
	all.Wait()
	if !s.allowed(portal, "ana@acme.test", "runs.launch") {
		t.Error("the answer is wrong after the cuts")
	}
	t.Logf("%d acknowledged, %d sent", len(l.acked), len(l.sent))
	l.settle(t, address)
	if code := s.stop(); code != 0 {
		t.Errorf("the server ended with %d:\n%s", code, s.log)
	}
	must(t, "verify", "--data", data, "--database", address)
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

func databaseOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// bound is how old the facts of a decision may be, and slack what a busy machine adds.
const (
	bound = 2 * time.Second
	slack = time.Second
)

func TestTwoReplicasARevocationIsInForceOnBothWithinTheBound(t *testing.T) {
	address := postgres.Database(t)
	between := newLine(t, postgres.Socket())
	dataA, dataB := folder(t), folder(t)
	a := serve(t, dataA, "--database", address)
	a.secret()
	b := serve(t, dataB, "--database", postgres.Address(between.folder, databaseOf(t, address)))
	b.secret() // both were started before there was anything; the newest link is the one that works
	owner, portal := b.settle()
	for _, s := range []*server{a, b} {
		eventually(t, "organization on both replicas", func() bool {
			status, _ := s.evaluate(portal, "ana@acme.test", "runs.launch", "prod/etl")
			return status == http.StatusOK
		})
	}
	grant := client.Grant{To: "user:bo@acme.test", Role: "launcher", On: "dagster/prod/etl"}
	for round := range 10 {
		if _, err := a.as(owner).Change(t.Context(), client.Changing{}, client.GrantAdd{Grant: grant}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "grant on the other replica", func() bool { return b.allowed(portal, "bo@acme.test", "runs.launch") })
		if _, err := a.as(owner).Change(t.Context(), client.Changing{}, client.GrantRemove{Grant: grant}); err != nil {
			t.Fatal(err)
		}
		revoked := time.Now()
		for b.allowed(portal, "bo@acme.test", "runs.launch") {
			if took := time.Since(revoked); took > bound {
				t.Fatalf("round %d: %s after the revocation was acknowledged it is still used on the other replica", round, took)
			}
		}
	}
	// A list that was begun on one goes on on the other.
	first, err := a.as(owner).Users(t.Context(), client.UserQuery{Page: client.Page{Limit: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if more, err := b.as(owner).Users(t.Context(), client.UserQuery{Page: client.Page{Limit: 1, After: first.Next}}); err != nil || len(more.Users) != 1 {
		t.Errorf("the next page from the other replica: %v %v", more, err)
	}
	// Changes on either reach the other, and none is lost.
	var all sync.WaitGroup
	l := newLedger()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for i, s := range []*server{a, b, a, b} {
		all.Go(func() { l.writer(ctx, s.as(owner), fmt.Sprintf("w%d-0", i)) })
	}
	all.Wait()
	l.settle(t, address)

	// B no longer hears from the database: it must not answer from what it knew, however the line fails.
	for _, cut := range []struct {
		name       string
		fail, mend func()
	}{{"closed", between.cut, between.mend}, {"silent", between.freeze, between.mend}} {
		cut.fail()
		failed := time.Now()
		for {
			status, text := b.evaluate(portal, "ana@acme.test", "runs.launch", "prod/etl")
			if status == http.StatusServiceUnavailable {
				break
			}
			if took := time.Since(failed); took > bound+slack {
				t.Fatalf("%s: %s after the line failed it answers %d %s", cut.name, took, status, text)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if status, _ := b.get("healthz"); status != http.StatusOK {
			t.Errorf("%s: health answered %d", cut.name, status)
		}
		if status, _ := b.get("readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("%s: readiness answered %d", cut.name, status)
		}
		if _, err := b.as(owner).Change(t.Context(), client.Changing{}, client.TeamCreate{Team: "lost-" + cut.name}); err == nil {
			t.Errorf("%s: a change went through", cut.name)
		}
		if !a.allowed(portal, "ana@acme.test", "runs.launch") {
			t.Errorf("%s: the other replica suffers as well", cut.name)
		}
		cut.mend()
		eventually(t, "recovery", func() bool {
			status, _ := b.evaluate(portal, "ana@acme.test", "runs.launch", "prod/etl")
			return status == http.StatusOK
		})
	}
	// The replicas sign with keys of their own, and neither takes the other for a forger.
	for _, s := range []*server{a, b} {
		s.stop()
		must(t, "verify", "--data", s.folder, "--database", address)
	}
}
