package workspace

import (
	"slices"
	"testing"

	"bailiwick/internal/dagstertest"
	"bailiwick/internal/gate/dagster"
)

func TestLocationsAndSchemaAreTheUpstreams(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	got, err := w.Locations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []Location{{"etl", true}, {"reports", true}, {emea, true}}; !slices.Equal(got, want) {
		t.Errorf("locations %v, want %v", got, want)
	}
	schema, err := w.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(schema.Fields(dagster.Mutation), "launchRun") {
		t.Errorf("the schema's mutations are %v", schema.Fields(dagster.Mutation))
	}
	stored, err := dagster.LoadSchema(d.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	table, err := dagster.NewTable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []dagster.Kind{dagster.Query, dagster.Mutation, dagster.Subscription} {
		if !slices.Equal(schema.Fields(kind), stored.Fields(kind)) {
			t.Errorf("%s: read %v, the full introspection has %v", kind, schema.Fields(kind), stored.Fields(kind))
		}
	}
	if a, b := table.Drift(schema), table.Drift(stored); len(a) != len(b) {
		t.Errorf("what the table does not know: %v, by the full introspection %v", a, b)
	}
	if s := w.Status(); s.Version != d.Version() || s.Heard.IsZero() || s.Trouble != nil || len(s.Locations) != 3 {
		t.Errorf("status %+v", s)
	}
}

func TestRunIsInItsJobsLocation(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	wants(t, w, runOf(d.LaunchRun(t, "etl", "nightly")), "etl")
	wants(t, w, runOf(d.LaunchRun(t, emea, "nightly")), emea)
	wants(t, w, runOf("00000000-0000-0000-0000-000000000000"), everything)
}

func TestTrap12RunOfAssetsIsInTheirLocations(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	orders := d.LaunchAssets(t, "etl", "orders")
	checks := launch(t, d, emea, map[string]any{"assetSelection": []any{}, "assetCheckSelection": []any{
		map[string]any{"assetKey": map[string]any{"path": []string{"invoices"}}, "name": "invoices_add_up"}}})
	all := launch(t, d, emea, nil)
	got := placed(t, w, runOf(orders), runOf(checks), runOf(all))
	if want := []string{"etl", emea, "etl, reports, " + emea}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBackfillIsInItsJobsOrItsAssetsLocation(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	got := placed(t, w, backfillOf(d.LaunchJobBackfill(t, "etl", "weekly", "monday")), backfillOf(d.LaunchBackfill(t, "balance", "q1")),
		backfillOf(d.LaunchJobBackfill(t, "reports", "quarterly", "q1")), backfillOf("nosuchid"))
	if want := []string{"etl", "reports", "reports", everything}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTrap09RunIDOfAReexecutedBackfillIsABackfills: its kind says which it is, and a run of that id is none.
func TestTrap09RunIDOfAReexecutedBackfillIsABackfills(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	backfill, run := d.LaunchBackfill(t, "daily_orders", "monday"), d.LaunchRun(t, "etl", "nightly")
	got := placed(t, w, backfillOf(backfill), runOf(backfill), runOf(run), backfillOf(run))
	if want := []string{"etl", everything, "etl", everything}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTrap11AssetIsInEveryLocationThatMakesIt(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	wants(t, w, assetOf("revenue"), "reports, "+emea)
	wants(t, w, assetOf("invoices"), emea)
	wants(t, w, assetOf("orders"), "etl") // which others only mention
	wants(t, w, assetOf("leads"), emea)   // which nobody makes
	wants(t, w, assetOf("nobody's"), everything)
	wants(t, w, assetOf("or", "ders"), everything)
	wants(t, w, assetOf(), everything)
	wants(t, w, runOf(d.LaunchAssets(t, "reports", "revenue")), "reports, "+emea)
}

func TestTrap15LocationNamesAreComparedExactly(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	wants(t, w, locationOf(emea), emea)
	for _, other := range []string{"sales", "sales / EMEA", "sales/emea", " " + emea, emea + "/", "ETL", "", "__repository__"} {
		wants(t, w, locationOf(other), everything)
	}
	wants(t, w, dagster.Target{Kind: dagster.AllLocations}, "etl, reports, "+emea)
}

// ids are those of a schedule or a sensor.
type ids struct{ origin, selector string }

func idsOf(i dagstertest.Instigator) ids { return ids{origin(i.ID), i.SelectorID} }

func (i ids) schedule() []dagster.Target {
	return []dagster.Target{{Kind: dagster.ScheduleOrigin, Name: i.origin}, {Kind: dagster.ScheduleSelector, Name: i.selector}}
}

func (i ids) sensor() []dagster.Target {
	return []dagster.Target{{Kind: dagster.SensorOrigin, Name: i.origin}, {Kind: dagster.SensorSelector, Name: i.selector}}
}

func TestTrap08IDsOfAnInstigatorMustNameTheSame(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	etl, other := idsOf(d.Schedule(t, "etl", "nightly_schedule")), idsOf(d.Schedule(t, emea, "nightly_schedule"))
	files, letters := idsOf(d.Sensor(t, "etl", "files")), idsOf(d.Sensor(t, "reports", "letters_sent"))
	for _, c := range []struct {
		what    string
		targets []dagster.Target
		want    string
	}{
		{"a schedule of etl", etl.schedule(), "etl"},
		{"one of the same name elsewhere", other.schedule(), emea},
		{"by its origin alone", etl.schedule()[:1], "etl"},
		{"by its selector alone", etl.schedule()[1:], "etl"},
		{"the origin of one, the selector of the other", ids{etl.origin, other.selector}.schedule(), everything},
		{"the other way round", ids{other.origin, etl.selector}.schedule(), everything},
		{"an unknown origin", ids{"0123456789abcdef", etl.selector}.schedule(), everything},
		{"an unknown selector", ids{etl.origin, "0123456789abcdef"}.schedule(), everything},
		{"the ids exchanged", ids{etl.selector, etl.origin}.schedule(), everything},
		{"nothing", ids{}.schedule(), everything},
		{"a sensor", files.sensor(), "etl"},
		{"another", letters.sensor(), "reports"},
		{"two sensors", ids{files.origin, letters.selector}.sensor(), everything},
		{"a sensor's ids as a schedule's", files.schedule(), everything},
		{"a schedule's ids as a sensor's", etl.sensor(), everything},
	} {
		for i, got := range placed(t, w, c.targets...) {
			if got != c.want {
				t.Errorf("%s: %s is in %s, want %s", c.what, c.targets[i].Kind, got, c.want)
			}
		}
	}
	both := placed(t, w, slices.Concat(etl.schedule(), files.sensor(), other.schedule()[:1])...)
	if want := []string{everything, everything, "etl", "etl", everything}; !slices.Equal(both, want) {
		t.Errorf("two schedules and a sensor in one operation: %q, want %q", both, want)
	}
}

func TestTrap08CompoundIDsOfARequest(t *testing.T) {
	d := upstreams.Start(t)
	w := at(t, d.URL())
	schema, err := w.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table, err := dagster.NewTable()
	if err != nil {
		t.Fatal(err)
	}
	etl, other := d.StartSchedule(t, "etl", "nightly_schedule"), d.StartSchedule(t, emea, "nightly_schedule")
	d.StopSchedule(t, "etl", "nightly_schedule")
	mixed := origin(etl.ID) + "::" + other.SelectorID
	for arguments, want := range map[string]string{
		`id: "` + etl.ID + `"`:               "etl",
		`scheduleOriginId: "` + etl.ID + `"`: "etl",
		`scheduleOriginId: "` + origin(etl.ID) + `", scheduleSelectorId: "` + etl.SelectorID + `"`: "etl",
		`id: "` + mixed + `"`:               everything,
		`scheduleOriginId: "` + mixed + `"`: everything,
		`scheduleOriginId: "` + origin(etl.ID) + `", scheduleSelectorId: "` + other.SelectorID + `"`: everything,
		`id: "` + etl.ID + `", scheduleOriginId: "` + other.ID + `"`:                                 everything,
		`scheduleOriginId: "` + etl.ID + `", scheduleSelectorId: "` + other.SelectorID + `"`:         everything,
		`id: "` + etl.ID + `::x"`: everything,
	} {
		document, err := dagster.Parse(schema, dagster.Request{Query: "mutation { stopRunningSchedule(" + arguments + ") { __typename } }"})
		if err != nil {
			t.Fatal(err)
		}
		asked, err := document.Ask(nil)
		if err != nil {
			t.Fatal(err)
		}
		targets, err := table.Targets(asked.Operations[0])
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range placed(t, w, targets...) {
			if got != want {
				t.Errorf("%s: %s is in %s, want %s", arguments, targets[i].Kind, got, want)
			}
		}
	}
}
