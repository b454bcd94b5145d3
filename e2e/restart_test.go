package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

func TestARestartOfPostgreSQLUnderWritersLosesNothing(t *testing.T) {
	restarts := 5
	if testing.Short() { // a pass that looks for something else; make test has run all of them
		restarts = 2
	}
	address := postgres.Database(t)
	data := folder(t)
	s := serve(t, data, "--database", address)
	owner, portal := s.settle()
	l := newLedger()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for life := 0; ctx.Err() == nil; life++ { // one that was told "not now" begins again, under another name
				l.writer(ctx, s.as(owner), fmt.Sprintf("w%d-%d", w, life))
			}
		})
	}
	for range restarts {
		before := l.count()
		eventually(t, "writing before the restart", func() bool { return l.count() > before+8 })
		if err := postgres.Restart(); err != nil {
			t.Fatal(err)
		}
		// Nobody touches the server: it finds the database again by itself, for writers, decisions and readiness.
		before = l.count()
		eventually(t, "writing after the restart", func() bool { return l.count() > before+8 })
		eventually(t, "readiness", func() bool { status, _ := s.get("readyz"); return status == 200 })
		if !s.allowed(portal, "ana@acme.test", "runs.launch") || s.allowed(portal, "bo@acme.test", "runs.launch") {
			t.Error("a decision is wrong after the restart")
		}
	}
	cancel()
	all.Wait()
	t.Logf("%d acknowledged, %d sent, %d refused", len(l.acked), len(l.sent), len(l.refused))
	l.settle(t, address)
	if code := s.stop(); code != 0 {
		t.Errorf("the server ended with %d:\n%s", code, s.log)
	}
	must(t, "verify", "--data", data, "--database", address)
}
