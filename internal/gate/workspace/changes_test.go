package workspace

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/internal/dagstertest"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

const header = `
import dagster as dg

@dg.op
def work(): ...

@dg.job
def count():
    work()
`

const (
	shopModule  = header + "@dg.asset\ndef stock(): ...\n@dg.asset\ndef prices(): ...\ndefs = dg.Definitions(assets=[stock, prices], jobs=[count])\n"
	emptyModule = header + "defs = dg.Definitions(jobs=[count])\n"
	brokenText  = "raise Exception('does not load')\n"
	hubModule   = header + "@dg.asset\ndef prices(): ...\ndefs = dg.Definitions(assets=[prices, dg.AssetSpec('weather')], jobs=[count])\n"
	hubWithBoth = header + "@dg.asset\ndef stock(): ...\n@dg.asset\ndef prices(): ...\ndefs = dg.Definitions(assets=[stock, prices], jobs=[count])\n"
)

// clock is the real one, set forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time            { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration)   { c.ahead.Add(int64(d)) }
func everywhere() dagster.Target           { return dagster.Target{Kind: dagster.AllLocations} }
func kindOf(err error) (kind string)       { return fault.Of(err).String() }
func loaded(l []Location, n string) bool   { return slices.Contains(l, Location{n, true}) }
func unloaded(l []Location, n string) bool { return slices.Contains(l, Location{n, false}) }

// TestAttack087LocationsThatFailMoveOrGo: whoever may act on a code location alone gains nothing when it, or another, is not what it was.
func TestAttack087LocationsThatFailMoveOrGo(t *testing.T) {
	d := dagstertest.Start(t, dagstertest.WithQueuedRuns(), dagstertest.WithModule("shop", shopModule), dagstertest.WithModule("hub", hubModule),
		dagstertest.WithServedModule("served", hubModule))
	var c clock
	changed := make(chan []Location, 100)
	w := with(t, d.URL(), c.now, func(l []Location) { changed <- l })
	next := func(what string, is func([]Location) bool) {
		t.Helper()
		limit := time.After(90 * time.Second)
		for {
			select {
			case l := <-changed:
				if is(l) {
					return
				}
			case <-limit:
				t.Fatalf("nobody was told that %s", what)
			}
		}
	}
	count, stock, prices := d.LaunchRun(t, "shop", "count"), d.LaunchAssets(t, "shop", "stock"), d.LaunchAssets(t, "hub", "prices")

	t.Run("one is not loaded from the start", func(t *testing.T) {
		got := placed(t, w, locationOf("served"), everywhere(), assetOf("stock"), assetOf("prices"), assetOf("weather"), runOf(count))
		if want := []string{everything, everything, "shop", "hub, shop", everything, "shop"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("one that Dagster watches comes and goes", func(t *testing.T) {
		run(t, w)
		before := time.Now()
		stop := d.Serve(t, "served")
		next("it came", func(l []Location) bool { return loaded(l, "served") })
		wants(t, w, locationOf("served"), "served")
		wants(t, w, assetOf("prices"), "hub, served, shop")
		wants(t, w, everywhere(), "etl, hub, reports, served, shop")
		stop()
		next("it went", func(l []Location) bool { return unloaded(l, "served") })
		if took := time.Since(before); took > readAnew {
			t.Logf("it took %v: maybe no event came, and it was seen by asking now and then", took)
		}
		wants(t, w, locationOf("served"), everything)
		wants(t, w, assetOf("prices"), everything) // which it made too
		wants(t, w, assetOf("stock"), "shop")
		d.SetModules(t, "shop", "hub")
		w.Forget()
		wants(t, w, assetOf("prices"), "hub, shop")
		wants(t, w, everywhere(), "etl, hub, reports, shop")
	})
	t.Run("what is moved is in both", func(t *testing.T) {
		d.ChangeModule(t, "shop", emptyModule)
		d.ChangeModule(t, "hub", hubWithBoth)
		c.forward(trustAlone + trustFollowing) // no event tells of a reload
		got := placed(t, w, assetOf("stock"), runOf(stock), runOf(count), runOf(prices))
		if want := []string{"hub", "hub, shop", "shop", "hub"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("one fails to load", func(t *testing.T) {
		d.ChangeModule(t, "shop", shopModule)
		w.Forget()
		wants(t, w, assetOf("stock"), "hub, shop")
		d.ChangeModule(t, "shop", brokenText)
		w.Forget()
		got := placed(t, w, locationOf("shop"), runOf(count), runOf(stock), assetOf("stock"), assetOf("prices"), runOf(prices), locationOf("hub"), everywhere())
		if want := []string{everything, everything, everything, everything, everything, everything, "hub", everything}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("one is removed", func(t *testing.T) {
		d.SetModules(t, "hub")
		w.Forget()
		got := placed(t, w, locationOf("shop"), runOf(count), runOf(stock), assetOf("stock"), runOf(prices), everywhere())
		if want := []string{everything, everything, everything, "hub", "hub", "etl, hub, reports"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestTrap13LocationThatFailedTakesTheDeployment also shows trap 14: a reload that the gate forwarded counts at once.
func TestTrap13LocationThatFailedTakesTheDeployment(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	wants(t, w, assetOf("invoices"), emea)
	run := d.LaunchRun(t, emea, "nightly")
	wants(t, w, runOf(run), emea)
	d.ChangeModule(t, emea, brokenText)
	defer func() {
		d.ChangeModule(t, emea, emeaModule)
		w.Forget()
		wants(t, w, assetOf("invoices"), emea)
		wants(t, w, runOf(run), emea)
	}()
	w.Forget()
	wants(t, w, locationOf(emea), everything)
	wants(t, w, runOf(run), everything)
	wants(t, w, assetOf("invoices"), everything)
	wants(t, w, assetOf("revenue"), everything)
	wants(t, w, assetOf("orders"), "etl")
}

func TestDownIsUnavailableAtOnceAndUpIsBack(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	run(t, w)
	wants(t, w, assetOf("invoices"), emea)
	before, err := w.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	up := false
	d.Down(t)
	defer func() {
		if !up {
			d.Up(t)
		}
	}()
	until(t, "the socket is lost", func() bool { return !w.Status().Following })
	began := time.Now()
	_, err = w.Resolve(t.Context(), []dagster.Target{assetOf("invoices")})
	_, noSchema := w.Schema(t.Context())
	_, noLocations := w.Locations(t.Context())
	if a, b, c := kindOf(err), kindOf(noSchema), kindOf(noLocations); a != "unavailable" || b != a || c != a || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v, %v, %v", time.Since(began), err, noSchema, noLocations)
	}
	if s := w.Status(); s.Trouble == nil || s.Following {
		t.Errorf("status %+v", s)
	}
	places, err := w.Resolve(t.Context(), []dagster.Target{{Kind: dagster.Deployment}})
	if err != nil || len(places) != 1 || places[0].Locations != nil {
		t.Errorf("the deployment itself: %+v %v", places, err)
	}
	d.Up(t)
	up = true
	until(t, "it follows again", func() bool { return w.Status().Following })
	wants(t, w, assetOf("invoices"), emea)
	after, err := w.Schema(t.Context())
	if err != nil || after == before {
		t.Errorf("the schema was not read anew: %v", err)
	}
	if s := w.Status(); s.Trouble != nil {
		t.Errorf("status %+v", s)
	}
}
