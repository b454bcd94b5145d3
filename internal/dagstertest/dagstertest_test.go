package dagstertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

var dagster Shared

func TestMain(m *testing.M) { os.Exit(dagster.Main(m)) }

// project is what e2e/dagster defines in each code location.
var project = map[string]struct {
	job, partitionedJob, schedule, sensor, definition       string
	asset, check, dynamicAsset, staticAsset, firstPartition string
}{
	"etl":     {"nightly", "weekly", "nightly_schedule", "files", "customers", "orders", "orders_exist", "accounts", "daily_orders", "monday"},
	"reports": {"publish", "quarterly", "publish_schedule", "letters_sent", "readers", "revenue", "revenue_is_positive", "letters", "balance", "q1"},
}

func TestEachLocationHasOneOfEverything(t *testing.T) {
	d := dagster.Start(t)
	var said struct {
		RepositoriesOrError struct {
			Nodes []struct {
				Location                 struct{ Name string }
				Jobs, Schedules, Sensors []struct{ Name string }
				AssetNodes               []struct{ AssetKey struct{ Path []string } }
			}
		}
	}
	d.read(t, &said, `{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } jobs { name } schedules { name } sensors { name }
		assetNodes { assetKey { path } } } } } }`, nil)
	if n := len(said.RepositoriesOrError.Nodes); n != len(project) {
		t.Fatalf("%d code locations, want %d", n, len(project))
	}
	for _, node := range said.RepositoriesOrError.Nodes {
		var names []string
		for _, list := range [][]struct{ Name string }{node.Jobs, node.Schedules, node.Sensors} {
			for _, one := range list {
				names = append(names, one.Name)
			}
		}
		for _, asset := range node.AssetNodes {
			names = append(names, strings.Join(asset.AssetKey.Path, "/"))
		}
		p := project[node.Location.Name]
		for _, wanted := range []string{p.job, p.partitionedJob, p.schedule, p.sensor, p.asset, p.dynamicAsset, p.staticAsset} {
			if !slices.Contains(names, wanted) {
				t.Errorf("code location %s has %q, not %q", node.Location.Name, names, wanted)
			}
		}
		var checks struct {
			AssetChecksOrError struct{ Checks []struct{ Name string } }
		}
		d.must(t, "AssetNode", &checks, `query ($k: AssetKeyInput!) { answer: assetNodeOrError(assetKey: $k) { __typename ... on AssetNode {
			assetChecksOrError { ... on AssetChecks { checks { name } } } } } }`, map[string]any{"k": keys([]string{p.asset})[0]})
		if got := checks.AssetChecksOrError.Checks; len(got) != 1 || got[0].Name != p.check {
			t.Errorf("asset %s has the checks %v, want %s", p.asset, got, p.check)
		}
	}
}

func TestRunOfEachLocationSucceedsAndIsListed(t *testing.T) {
	d := dagster.Start(t)
	launched := map[string]string{}
	for location, p := range project {
		launched[location] = d.LaunchRun(t, location, p.job)
	}
	for location, id := range launched {
		d.WaitForRun(t, id, "SUCCESS")
		var said struct {
			RunsOrError struct {
				Results []struct {
					ID, JobName      string
					RepositoryOrigin struct{ RepositoryLocationName string }
				}
			}
		}
		d.read(t, &said, `query ($ids: [String]) { runsOrError(filter: {runIds: $ids}) { ... on Runs { results { id jobName
			repositoryOrigin { repositoryLocationName } } } } }`, map[string]any{"ids": []string{id}})
		listed := said.RunsOrError.Results
		if len(listed) != 1 || listed[0].JobName != project[location].job || listed[0].RepositoryOrigin.RepositoryLocationName != location {
			t.Errorf("run %s of %s is listed as %+v", id, location, listed)
		}
	}
}

func TestLongRunLasts(t *testing.T) {
	d := dagster.Start(t)
	id := d.LaunchRunOf(t, "etl", "nightly", 600)
	d.WaitForRun(t, id, "STARTED")
	var said struct {
		RunOrError struct{ RunConfigYaml string }
	}
	d.read(t, &said, `query ($id: ID!) { runOrError(runId: $id) { ... on Run { runConfigYaml } } }`, map[string]any{"id": id})
	if !strings.Contains(said.RunOrError.RunConfigYaml, "seconds: 600") {
		t.Errorf("the run is configured as %q", said.RunOrError.RunConfigYaml)
	}
	d.Query(t, `mutation ($id: String!) { terminateRun(runId: $id) { __typename } }`, map[string]any{"id": id})
	d.WaitForRun(t, id, "CANCELED")
}

func TestDefinitionsCanBeChanged(t *testing.T) {
	d := dagster.Start(t)
	for location, p := range project {
		if got := d.StartSchedule(t, location, p.schedule); got.Status != "RUNNING" || got.ID == "" || got.SelectorID == "" {
			t.Errorf("%s, started: %+v", p.schedule, got)
		}
		if got := d.StopSchedule(t, location, p.schedule); got.Status != "STOPPED" {
			t.Errorf("%s, stopped: %+v", p.schedule, got)
		}
		if got := d.StartSensor(t, location, p.sensor); got.Status != "RUNNING" {
			t.Errorf("%s, started: %+v", p.sensor, got)
		}
		d.SetSensorCursor(t, location, p.sensor, "41")
		if got := d.Sensor(t, location, p.sensor); got.Cursor != "41" {
			t.Errorf("%s, cursor set: %+v", p.sensor, got)
		}
		d.AddDynamicPartition(t, location, p.definition, "one of "+location)
		if got := d.Partitions(t, p.dynamicAsset); !slices.Equal(got, []string{"one of " + location}) {
			t.Errorf("partitions of %s: %q", p.dynamicAsset, got)
		}
		d.ReportMaterialization(t, p.staticAsset, p.firstPartition)
		if got := d.Materializations(t, p.staticAsset); got != 1 {
			t.Errorf("%s was made %d times, want 1", p.staticAsset, got)
		}
		for _, id := range []string{d.LaunchBackfill(t, p.staticAsset, p.firstPartition), d.LaunchJobBackfill(t, location, p.partitionedJob, p.firstPartition)} {
			if got := d.BackfillStatus(t, id); got != "REQUESTED" {
				t.Errorf("backfill %s of %s without a daemon: %q, want REQUESTED", id, location, got)
			}
		}
	}
}

// TestMutationByGETIsExecuted is why the gate reads the operations of every request: this one changes Dagster by a link.
func TestMutationByGETIsExecuted(t *testing.T) {
	d := dagster.Start(t)
	mutation := `mutation { addDynamicPartition(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "etl"},
		partitionsDefName: "customers", partitionKey: "by link") { __typename } }`
	text := page(t, d.URL()+"/graphql?"+url.Values{"query": {mutation}}.Encode())
	if got := d.Partitions(t, "accounts"); !slices.Contains(got, "by link") {
		t.Errorf("the partition is not there: %q; Dagster answered %s", got, text)
	}
}

func TestSubscriptionOnTheSocket(t *testing.T) {
	d := dagster.Start(t)
	id := d.LaunchRun(t, "etl", "nightly")
	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
	defer cancel()
	//nolint:bodyclose // the connection is the socket's
	socket, response, err := websocket.Dial(ctx, strings.Replace(d.URL(), "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(1 << 20)
	if socket.Subprotocol() != "graphql-ws" || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("subprotocol %q, %s", socket.Subprotocol(), response.Status)
	}
	type message struct {
		Type    string          `json:"type"`
		ID      string          `json:"id,omitempty"`
		Payload json.RawMessage `json:"payload,omitempty"`
	}
	receive := func() message {
		var m message
		if err := wsjson.Read(ctx, socket, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if err := wsjson.Write(ctx, socket, message{Type: "connection_init"}); err != nil {
		t.Fatal(err)
	}
	if m := receive(); m.Type != "connection_ack" {
		t.Fatalf("after connection_init: %+v", m)
	}
	query := fmt.Sprintf(`{"query": "subscription { pipelineRunLogs(runId: \"%s\") { ... on PipelineRunLogsSubscriptionSuccess { messages { __typename } } } }"}`, id)
	if err := wsjson.Write(ctx, socket, message{Type: "start", ID: "7", Payload: json.RawMessage(query)}); err != nil {
		t.Fatal(err)
	}
	for {
		m := receive()
		if m.Type != "data" || m.ID != "7" {
			t.Fatalf("%s %s: %s", m.Type, m.ID, m.Payload)
		}
		if strings.Contains(string(m.Payload), "RunSuccessEvent") {
			return
		}
	}
}

func TestDaemonEvaluatesASensorAndAllOfItStopsAndStarts(t *testing.T) {
	var d *Dagster
	refused := func(t *testing.T) {
		if response, err := http.Get(d.URL() + "/server_info"); err == nil {
			t.Errorf("Dagster still answers: %s %v", response.Status, response.Body.Close())
		}
	}
	t.Run("one test", func(t *testing.T) {
		d = Start(t, WithDaemon(), WithFlags("--live-data-poll-rate", "4321"))
		if page := page(t, d.URL()); !strings.Contains(page, "4321") {
			t.Errorf("the flag has not come through: %s", page)
		}
		d.StartSensor(t, "etl", "files")
		deadline, again := time.After(runLimit), time.NewTicker(100*time.Millisecond)
		defer again.Stop()
		for d.Sensor(t, "etl", "files").Cursor == "" {
			select {
			case <-deadline:
				t.Fatal("the daemon has not evaluated the sensor")
			case <-again.C:
			}
		}
		d.Down(t)
		refused(t)
		d.Up(t)
		if got := d.Sensor(t, "etl", "files"); got.Cursor == "" || got.Status != "RUNNING" {
			t.Errorf("after Up the sensor is %+v", got)
		}
	})
	if d == nil {
		return // it did not start, and said so
	}
	refused(t)
	if _, err := os.Stat(d.home); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestQueuedRunsWaitAndEndedBackfillsHaveEnded(t *testing.T) {
	d := Start(t, WithQueuedRuns())
	id := d.LaunchRun(t, "etl", "nightly")
	if got := d.RunStatus(t, id); got != "QUEUED" {
		t.Errorf("the run is %s, want QUEUED", got)
	}
	backfill := d.LaunchBackfill(t, "daily_orders", "monday")
	d.EndBackfills(t, backfill)
	if got := d.BackfillStatus(t, backfill); got != "COMPLETED_FAILED" {
		t.Errorf("the backfill is %s", got)
	}
}

func page(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %v: %s", response.Status, err, text)
	}
	return string(text)
}

func TestWithoutDagsterItSaysWhatToRun(t *testing.T) {
	here, err := find(newest())
	if err != nil {
		t.Fatal(err)
	}
	pins, err := os.ReadFile(filepath.Join(here.project, "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("e2e/dagster/requirements.txt", string(pins))
	if _, err := within(root, newest()); err == nil || !strings.Contains(err.Error(), "make dagster") {
		t.Errorf("without an environment: %v", err)
	}
	write(".cache/venv-dagster-"+here.version+"/pins.txt", "dagster-webserver==1.0.0\n")
	if _, err := within(root, newest()); err == nil || !strings.Contains(err.Error(), "make dagster") {
		t.Errorf("with the environment of other pins: %v", err)
	}
}
