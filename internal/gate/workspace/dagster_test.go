package workspace

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/dagstertest"
	"bailiwick/internal/gate/dagster"
)

// emea is a code location with a name that is none elsewhere. It makes an asset that reports makes as well, mentions one of etl, and
// has a job of a name that etl has.
const emea = "sales / emea"

const emeaModule = `
import dagster as dg

@dg.asset
def revenue(): ...

@dg.asset
def invoices(): ...

@dg.asset_check(asset=invoices)
def invoices_add_up():
    return dg.AssetCheckResult(passed=True)

@dg.op
def work(): ...

@dg.job
def nightly():
    work()

nightly_schedule = dg.ScheduleDefinition(name="nightly_schedule", job=nightly, cron_schedule="0 2 * * *")

defs = dg.Definitions(assets=[revenue, invoices, dg.AssetSpec("orders"), dg.AssetSpec("leads")], asset_checks=[invoices_add_up],
    jobs=[nightly], schedules=[nightly_schedule])
`

var upstreams = dagstertest.Shared{Options: []dagstertest.Option{dagstertest.WithQueuedRuns(), dagstertest.WithModule(emea, emeaModule)}}

func TestMain(m *testing.M) { os.Exit(upstreams.Main(m)) }

// at makes a Workspace of an upstream that nobody runs.
func at(t *testing.T, address string) *Workspace {
	t.Helper()
	return with(t, address, time.Now, nil)
}

func with(t *testing.T, address string, now func() time.Time, changed func([]Location)) *Workspace {
	t.Helper()
	upstream, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return New(Options{Upstream: upstream, Client: transport, Now: now, Changed: changed, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
}

// run runs a Workspace until the test's end, and returns when it follows.
func run(t *testing.T, w *Workspace) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	until(t, "it follows", func() bool { return w.Status().Following })
}

// until waits for what takes a moment elsewhere.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline, again := time.After(90*time.Second), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("waited too long until %s", what)
		case <-again.C:
		}
	}
}

func runOf(id string) dagster.Target      { return dagster.Target{Kind: dagster.Run, Name: id} }
func backfillOf(id string) dagster.Target { return dagster.Target{Kind: dagster.Backfill, Name: id} }
func assetOf(path ...string) dagster.Target {
	return dagster.Target{Kind: dagster.Asset, Key: path}
}
func locationOf(name string) dagster.Target {
	return dagster.Target{Kind: dagster.Location, Name: name}
}

// everything is the whole deployment.
const everything = "the whole deployment"

// placed resolves targets and says in which code locations each is.
func placed(t *testing.T, w *Workspace, targets ...dagster.Target) []string {
	t.Helper()
	places, err := w.Resolve(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, p := range places {
		if p.Target.Kind != targets[i].Kind || p.Target.Name != targets[i].Name || !slices.Equal(p.Target.Key, targets[i].Key) {
			t.Errorf("place %d is of %+v, want %+v", i, p.Target, targets[i])
		}
		if p.Locations == nil {
			all = append(all, everything)
		} else {
			all = append(all, strings.Join(p.Locations, ", "))
		}
	}
	return all
}

// wants resolves one target.
func wants(t *testing.T, w *Workspace, target dagster.Target, want string) {
	t.Helper()
	if got := placed(t, w, target)[0]; got != want {
		t.Errorf("%s %s%q is in %s, want %s", target.Kind, target.Name, target.Key, got, want)
	}
}

// launch launches a run of Dagster's implicit job with whatever is selected in it.
func launch(t *testing.T, d *dagstertest.Dagster, location string, selected map[string]any) string {
	t.Helper()
	selector := map[string]any{"repositoryName": dagstertest.Repository, "repositoryLocationName": location, "pipelineName": "__ASSET_JOB"}
	for key, value := range selected {
		selector[key] = value
	}
	return launched(t, d.Query(t, `mutation ($p: ExecutionParams!) { answer: launchRun(executionParams: $p) { __typename
		... on LaunchRunSuccess { run { id } } ... on PythonError { message } } }`, map[string]any{"p": map[string]any{"selector": selector}}))
}

func launched(t *testing.T, data json.RawMessage) string {
	t.Helper()
	var said struct {
		Answer struct{ Run struct{ ID string } }
	}
	if err := json.Unmarshal(data, &said); err != nil || said.Answer.Run.ID == "" {
		t.Fatalf("Dagster launched no run (%v): %s", err, data)
	}
	return said.Answer.Run.ID
}
