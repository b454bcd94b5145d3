package change_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// rows reads the whole journal.
func (w *world) rows() []journal.Record {
	w.t.Helper()
	var all []journal.Record
	if err := w.journal.Read(context.Background(), acme, 0, 0, func(r *journal.Record) error { all = append(all, *r); return nil }); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// sound fails unless the chain verifies and the journal, replayed, is what is served.
func (w *world) sound() {
	w.t.Helper()
	report, err := w.journal.Verify(context.Background(), acme, journal.VerifyOptions{})
	if err != nil || report.Finding != nil {
		w.t.Fatalf("verify: %v, %+v", err, report.Finding)
	}
	live, err := w.now().Marshal()
	if err != nil {
		w.t.Fatal(err)
	}
	edit := state.Load(acme)
	var stored []state.Stored
	for _, r := range w.rows() {
		stored = append(stored, storedRow(&r))
	}
	if err := edit.FoldStored(stored); err != nil {
		w.t.Fatal(err)
	}
	replayed, err := edit.State()
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := replayed.Marshal()
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Equal(live, again) {
		w.t.Fatalf("the journal, replayed, is not what is served at revision %d", w.now().Revision)
	}
	if d := access.Compare(w.now().Access, replayed.Access, w.engine.Now()); len(d) > 0 {
		w.t.Fatalf("the journal, replayed, decides otherwise: %v", d)
	}
}

// Closed by append: what is served is what was written, row for row. Other doors (migration, SCIM) use the same way.
func TestAttack116AChangeWithoutARow(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		before := len(w.rows())
		r := w.must(ada, client.TeamCreate{Team: "a"}, client.TeamCreate{Team: "b"}, grant("team:b", "viewer", "dagster/prod"))
		rows := w.rows()[before:]
		if len(rows) != 3 {
			t.Fatalf("three commands left %d rows", len(rows))
		}
		for _, row := range rows {
			if row.Actor != ada.String() || row.Change != r.ID || row.Via != "test" {
				t.Errorf("row %d is of %s by %s", row.Revision, row.Change, row.Actor)
			}
		}
		if head, err := w.journal.Head(t.Context(), acme); err != nil || head.Revision != w.now().Revision {
			t.Errorf("the journal ends at %d, and %d is served (%v)", head.Revision, w.now().Revision, err)
		}
		w.sound()
		w.reopen()
		w.sound()
	})
}

// Closed by validate and guard, which come before append: refused changes, dry runs and changes of nothing leave no row; the
// same change sent again leaves none either, and another's id is nobody's answer.
func TestAttack117ARowWithoutAChange(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, vi := w.as("ada@acme.test"), w.as("vi@acme.test")
		how := change.How{ID: "chg_once"}
		if _, err := w.Do(t.Context(), acme, ada, how, client.TeamCreate{Team: "once"}); err != nil {
			t.Fatal(err)
		}
		before := len(w.rows())
		w.refused(vi, fault.Forbidden, "permission", client.TeamCreate{Team: "x"})
		w.refused(ada, fault.Conflict, "", client.TeamCreate{Team: "x"}, client.TeamCreate{Team: "x"})
		if _, err := w.Do(t.Context(), acme, ada, change.How{DryRun: true}, client.TeamCreate{Team: "x"}); err != nil {
			t.Error(err)
		}
		if _, err := w.Do(t.Context(), acme, ada, how, client.TeamCreate{Team: "once"}); err != nil {
			t.Errorf("the same change again: %v", err)
		}
		if _, err := w.Do(t.Context(), acme, vi, how, client.TeamCreate{Team: "once"}); fault.Of(err) != fault.Conflict {
			t.Errorf("somebody else's change: %v", err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := w.Do(t.Context(), acme, ada, change.How{ID: "chg_twice"}, client.TeamCreate{Team: "twice"}); err != nil {
					t.Errorf("the same change at once: %v", err)
				}
			})
		}
		all.Wait()
		if n := len(w.rows()) - before; n != 1 {
			t.Errorf("%d rows for one change", n)
		}
		w.sound()
	})
}

// Closed by append: what cannot be written is not answered with yes, and is not served. That disks fill and databases go away
// is tried in the journal's own tests.
func TestAttack120TheJournalCannotBeWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, before := w.as("ada@acme.test"), w.now()
		if err := w.journal.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.try(ada, client.TeamCreate{Team: "unwritten"}); err == nil {
			t.Error("a change that was not written was acknowledged")
		}
		if st, err := w.engine.Current(acme); err == nil && st != before {
			t.Error("a change that was not written is served")
		}
		w.open() // so that there is something to shut
	})
}

// Closed by authorize and the decision: time is the later of the clock and the last row, and is judged anew in each decision.
func TestAttack128TimeSetBackAndForward(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		may := func() bool {
			return w.now().Decide(access.Question{Subject: w.as("vi@acme.test").Subject, Permission: "runs.launch", Resource: "dagster/prod", At: w.now().Moment(w.engine.Now())}).Allowed
		}
		w.must(ada, take("user:vi@acme.test", "viewer", "dagster/prod"), until(grant("user:vi@acme.test", "admin", "dagster/prod"), w.soon()))
		vi := w.as("vi@acme.test")
		if !may() {
			t.Fatal("vi is admin for an hour")
		}
		w.ahead.Store(int64(2 * time.Hour))
		if may() {
			t.Error("the grant is over")
		}
		w.refused(vi, fault.Forbidden, "permission", client.ResourceCreate{Resource: "dagster/prod/x"})
		w.must(ada, client.TeamCreate{Team: "later"}) // a row at the later time
		w.ahead.Store(int64(-5 * time.Hour))
		if may() {
			t.Error("a clock set back revives a grant")
		}
		w.refused(vi, fault.Forbidden, "permission", client.ResourceCreate{Resource: "dagster/prod/x"})
		w.must(ada, client.TeamCreate{Team: "back"})
		rows := w.rows()
		if last := len(rows) - 1; rows[last].At.Before(rows[last-1].At) {
			t.Errorf("the history runs backwards: %s, %s", rows[last-1].At, rows[last].At)
		}
		w.ahead.Store(0)
		w.sound()
	})
}

// Closed by validate: bounds. Teams do not nest, so they have no depth and no cycles; ten thousand grants of one person cost
// one question little.
func TestAttack129Exhaustion(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.refused(ada, fault.Invalid, "name", client.TeamCreate{Team: strings.Repeat("x", 256)})
		w.refused(ada, fault.Invalid, "name", client.ResourceCreate{Resource: "dagster/" + strings.Repeat("x", 256)})
		if err := w.try(ada, client.ResourceCreate{Resource: "dagster/prod" + strings.Repeat("/x", 1000)}); fault.Of(err) != fault.Invalid && fault.Of(err) != fault.NotFound {
			t.Errorf("a path without end: %v", err)
		}
		commands := make([]client.Command, 0, 4000)
		for i := range 2000 {
			path := fmt.Sprintf("dagster/d%d", i)
			commands = append(commands, client.ResourceCreate{Resource: path}, grant("user:vi@acme.test", "viewer", path))
		}
		w.must(ada, commands...)
		began := time.Now()
		for range 1000 {
			if w.may("vi@acme.test", "runs.launch", "dagster/d1999") {
				t.Fatal("a viewer launches")
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("1,000 questions took %s", took)
		}
	})
}

// Closed by every step: what is not known is no.
func TestAttack130NothingIsAllowedByDefault(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		vi := w.as("vi@acme.test").Subject
		for _, q := range []access.Question{
			{}, {Subject: vi}, {Subject: vi, Permission: "runs.view"}, {Subject: vi, Resource: "dagster/prod"},
			{Subject: vi, Permission: "runs.viev", Resource: "dagster/prod"}, {Subject: vi, Permission: "runs.view", Resource: "dagster/gone"},
			{Subject: vi, Permission: "", Resource: ""}, {Subject: vi, Permission: "runs.view", Resource: "elsewhere"},
			{Subject: access.Subject{Kind: access.User, ID: "usr_nobody"}, Permission: "runs.view", Resource: "dagster/prod"},
			{Subject: access.Subject{ID: vi.ID}, Permission: "runs.view", Resource: "dagster/prod"},
		} {
			q.At = w.engine.Now()
			if w.now().Decide(q).Allowed {
				t.Errorf("%+v is allowed", q)
			}
		}
		ada := w.as("ada@acme.test")
		for _, actor := range []change.Actor{{}, {Rule: "made_up"}, {Rule: change.RuleCreator}, {Subject: access.Subject{Kind: access.Team, ID: w.now().TeamByName("data").ID}}} {
			if err := w.try(actor, client.TeamCreate{Team: "x"}); err == nil {
				t.Errorf("%+v made a team", actor)
			}
		}
		for _, command := range []client.Command{
			nil, grant("user:vi@acme.test", "superuser", "dagster"), grant("user:vi@acme.test", "admin", "dagster/gone"), grant("everybody", "viewer", "dagster/prod"),
			grant("user:vi@acme.test", "admin", "other"), client.TokenIssue{NewToken: client.NewToken{Kind: "root"}},
			client.TokenIssue{NewToken: client.NewToken{Kind: "user", Permissions: []string{}}}, client.TokenIssue{NewToken: client.NewToken{Kind: "user", Scopes: []string{}}},
			client.TokenIssue{NewToken: client.NewToken{Kind: "user", Permissions: []string{"dagster.everything"}}},
			client.PlatformUpdate{Platform: "dagster", Plan: ptr("gold")}, client.OrganizationSet{Name: "open", Value: "yes"},
		} {
			if err := w.try(ada, command); err == nil {
				t.Errorf("%+v was done", command)
			}
		}
		if _, err := w.engine.Current("other"); err == nil {
			t.Error("an organization that is not there answers")
		}
	})
}

func storedRow(r *journal.Record) state.Stored {
	return state.Stored{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Encoded: event.Encoded(r.Entry)}
}
