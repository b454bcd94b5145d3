package change_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// A world is a real journal with an engine and a service on it, and its first owner.
type world struct {
	t       *testing.T
	journal *journal.Journal
	engine  *decide.Engine
	*change.Service
	owner   change.Actor
	address string       // of the database
	ahead   atomic.Int64 // by how much the clock is set forward (or, below 0, back)
}

const acme = "acme"

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, "sqlite")
}

// newWorldOn makes a world on a database engine: "sqlite" or "postgres".
func newWorldOn(t *testing.T, engine string) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, address: "sqlite:" + filepath.Join(t.TempDir(), "bailiwick.db")}
	if engine == "postgres" {
		w.address = postgres.Database(t)
	}
	w.open()
	t.Cleanup(w.shut)
	r, err := w.Create(ctx, change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: acme, Name: "Olga Owner", Email: "olga@acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	w.owner = change.Actor{Subject: access.Subject{Kind: access.User, ID: r.Results[0].ID}, Via: "test"}
	return w
}

// open opens the journal, and what stands on it.
func (w *world) open() {
	w.t.Helper()
	clock := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	j, err := journal.Open(context.Background(), w.address, journal.Options{Now: time.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := decide.Open(context.Background(), j, decide.Options{Clock: clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.journal, w.engine = j, e
	w.Service = change.New(j, e, change.Options{Mint: func(string) (string, string, string, error) {
		secret := rand.Text()
		return secret, "hash-of-" + secret, secret[22:], nil
	}})
}

func (w *world) shut() {
	w.Close()
	w.engine.Close()
	if err := w.journal.Close(); err != nil {
		w.t.Error(err)
	}
}

// reopen stops and starts again on what is in the journal.
func (w *world) reopen() {
	w.t.Helper()
	w.shut()
	w.open()
}

// as returns somebody as an actor.
func (w *world) as(email string) change.Actor {
	w.t.Helper()
	u := w.now().UserByEmail(email)
	if u == nil {
		w.t.Fatalf("there is no %s", email)
	}
	return change.Actor{Subject: access.Subject{Kind: access.User, ID: u.ID}, Via: "test"}
}

func (w *world) now() *state.State {
	w.t.Helper()
	st, err := w.engine.Current(acme)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// must carries out commands that are to succeed.
func (w *world) must(actor change.Actor, commands ...client.Command) change.Result {
	w.t.Helper()
	r := w.hurry(actor, commands...)
	w.differsAsExported(&r)
	return r
}

// hurry is must where time counts: what changed is not looked at.
func (w *world) hurry(actor change.Actor, commands ...client.Command) change.Result {
	w.t.Helper()
	r, err := w.Do(context.Background(), acme, actor, change.How{}, commands...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// differsAsExported holds the objects that a change is said to change against what two whole files differ in.
func (w *world) differsAsExported(r *change.Result) {
	w.t.Helper()
	if r.Before == nil || r.After == nil {
		return
	}
	found, err := r.Difference()
	was, _, errWas := change.Export(r.Before)
	is, _, errIs := change.Export(r.After)
	if (err != nil) != (errWas != nil || errIs != nil) {
		w.t.Fatalf("the difference: %v; the files: %v, %v", err, errWas, errIs)
	}
	if err != nil {
		return
	}
	if want := answer.Objects(was, is); !slices.Equal(found.Objects, want) {
		w.t.Fatalf("the change differs in\n%v\nand its files in\n%v", found.Objects, want)
	}
}

// refused carries out commands that are to fail for a kind of reason and by a rule.
func (w *world) refused(actor change.Actor, kind fault.Kind, rule string, commands ...client.Command) {
	w.t.Helper()
	before := w.now().Revision
	_, err := w.Do(context.Background(), acme, actor, change.How{}, commands...)
	var f *fault.Error
	if !as(err, &f) || f.Kind != kind || f.Rule != rule {
		w.t.Fatalf("got %v (%v), want %v by %s", err, fault.Of(err), kind, rule)
	}
	if w.now().Revision != before {
		w.t.Fatal("a refused change has rows")
	}
}

// may asks a question about somebody.
func (w *world) may(email, permission, resource string) bool {
	return w.now().Decide(access.Question{Subject: w.as(email).Subject, Permission: permission, Resource: resource, At: w.engine.Now()}).Allowed
}

func as(err error, f **fault.Error) bool {
	return errors.As(err, f)
}

func grant(to, role, on string) client.GrantAdd {
	return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
}

// dagster attaches a platform with two deployments and an organization admin, Ada.
func (w *world) dagster() {
	w.t.Helper()
	w.must(w.owner,
		client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"},
		client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: "dagster/dev/etl"},
		client.UserAdd{NewUser: client.NewUser{Email: "ada@acme.test", On: []string{"dagster"}}},
		grant("user:ada@acme.test", "organization_admin", "dagster"))
}

func TestAChangeIsDecidedOnAtOnceAndAfterARestart(t *testing.T) {
	onBoth(t, changeIsDecidedOnAtOnceAndAfterARestart)
}

func changeIsDecidedOnAtOnceAndAfterARestart(t *testing.T, w *world) {
	w.dagster()
	ada := w.as("ada@acme.test")
	w.must(ada, client.UserAdd{NewUser: client.NewUser{Email: "bo@acme.test", On: []string{"dagster"}}}, client.TeamCreate{Team: "data", Members: []string{"bo@acme.test"}},
		grant("team:data", "editor", "dagster/prod"))
	for resource, want := range map[string]bool{"dagster/prod/etl": true, "dagster/dev/etl": false} {
		if w.may("bo@acme.test", "runs.launch", resource) != want {
			t.Errorf("runs.launch on %s: want %v", resource, want)
		}
	}
	if !w.may("bo@acme.test", "runs.view", "dagster/dev/etl") {
		t.Error("a new member has the default role")
	}
	again, err := decide.Open(context.Background(), w.journal, decide.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	replayed, err := again.Current(acme)
	if err != nil {
		t.Fatal(err)
	}
	if replayed.Revision != w.now().Revision || len(access.Compare(w.now().Access, replayed.Access, w.engine.Now())) > 0 {
		t.Errorf("the replay of revision %d differs from what was published", replayed.Revision)
	}
}

func TestWhoMayNotIsRefused(t *testing.T) {
	onBoth(t, whoMayNotIsRefused)
}

func whoMayNotIsRefused(_ *testing.T, w *world) {
	w.dagster()
	ada := w.as("ada@acme.test")
	w.must(ada, client.UserAdd{NewUser: client.NewUser{Email: "bo@acme.test", On: []string{"dagster"}}})
	bo := w.as("bo@acme.test")
	w.refused(bo, fault.Forbidden, "may_give", grant("user:bo@acme.test", "editor", "dagster/prod"))
	w.refused(w.owner, fault.Forbidden, "may_give", grant("user:olga@acme.test", "viewer", "dagster/prod"))
	w.refused(ada, fault.Forbidden, "may_give", grant("user:ada@acme.test", "owner", "org"))
	w.refused(bo, fault.Forbidden, "permission", client.ResourceCreate{Resource: "dagster/new"})
	w.refused(w.owner, fault.Conflict, "last_administrator", client.GrantRemove{Grant: client.Grant{To: "user:olga@acme.test", Role: "owner", On: "org"}})
}
