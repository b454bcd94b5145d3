package history_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/history"
)

// TestWhatWentThroughAGateReadsAsASentence, with what decided it, and by the names that Dagster's own audit log has.
func TestWhatWentThroughAGateReadsAsASentence(t *testing.T) {
	w := newWorld(t)
	tell := func(who, operation, resource, result, reason string) {
		w.History.Record("acme", history.Activity{Subject: w.Subject(who).String(), Operation: "dagster." + operation, Resource: resource, Result: result, Reason: reason,
			Via: "gate", Revision: 9, Took: 1500 * time.Microsecond})
	}
	tell("bo", "launchRun", "dagster/prod/etl", "allowed", "runs.launch")
	tell("bo", "launchRun", "dagster/prod/etl", "allowed", "runs.launch")
	tell("dan", "launchRun", "dagster/prod/etl", "refused", "runs.launch is missing")
	tell("bo", "stopSensor", "dagster/prod", "allowed", "sensors.toggle")
	tell("bo", "newerThanUs", "dagster/prod", "refused", "it is not known")
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := w.list(history.Query{Via: []string{"gate"}})
	said := strings.Split(details(rows), "\n")
	slices.Sort(said)
	want := []string{
		"bo@acme.test launched a run in prod/etl, 2 times",
		"bo@acme.test stopped a sensor in prod",
		"bo@acme.test was refused dagster.newerThanUs on dagster/prod: it is not known",
		"dan@acme.test was not allowed to launch a run in prod/etl: runs.launch is missing",
	}
	if !slices.Equal(said, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	for _, r := range rows {
		if r.DecidedOn != 9 || r.TookMicros != 1500 || r.Revision != 0 {
			t.Errorf("%+v", r)
		}
	}
	for events, want := range map[string]string{
		"LAUNCH_RUN":           "bo@acme.test launched a run in prod/etl, 2 times",
		"UPDATE_SENSOR":        "bo@acme.test stopped a sensor in prod",
		"LOG_IN":               "",
		"LAUNCH_BACKFILL":      "",
		"LAUNCH_RUN DELETE_IT": "bo@acme.test launched a run in prod/etl, 2 times",
	} {
		q := history.Query{Activity: true, EventTypes: strings.Fields(events)}
		n, err := w.trail.Count(t.Context(), w.Now(), q)
		if got := details(w.list(q)); got != want || err != nil || n != int64(min(len(want), 1)) {
			t.Errorf("%s: %q, %d, %v", events, got, n, err)
		}
		q.Actions = []string{"dagster.*"}
		if got := details(w.list(q)); got != want {
			t.Errorf("%s of the gates: %q", events, got)
		}
		q.Actions = []string{"grant.added"}
		if got := w.list(q); len(got) != 0 {
			t.Errorf("%s of another action: %v", events, got)
		}
	}
	var out bytes.Buffer
	file, err := history.NewWriter(&out, history.CSV)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Write(&rows[0]); err != nil || file.Flush() != nil {
		t.Fatal(err)
	}
	header, line, _ := strings.Cut(out.String(), "\n")
	if !strings.HasSuffix(header, ",facts,decided_on,took_us") || !strings.HasSuffix(line, ",9,1500\n") {
		t.Errorf("the export has\n%s", out.String())
	}
}

// TestASignInReadsAsASentence : how somebody came in stands beside it.
func TestASignInReadsAsASentence(t *testing.T) {
	w := newWorld(t)
	w.History.Record("acme", history.Activity{Subject: w.Subject("bo").String(), Operation: "sign_in", Result: "allowed", Reason: "password", Via: "signin"})
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if said := details(w.list(history.Query{Via: []string{"signin"}})); said != "bo@acme.test signed in (password)" {
		t.Error(said)
	}
}
