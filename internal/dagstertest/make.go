package dagstertest

import (
	"os/exec"
	"slices"
	"testing"
	"time"
)

// Repository is the name of the one repository in each code location, which Dagster gives to what a module defines.
const Repository = "__repository__"

// runLimit is how long a run may take to come to an end: it starts a process.
const runLimit = 2 * time.Minute

// LaunchRun launches a job and returns the run's id. The run goes on by itself; WaitForRun waits for it.
func (d *Dagster) LaunchRun(t testing.TB, location, job string) string {
	t.Helper()
	return d.LaunchRunOf(t, location, job, 0)
}

// LaunchRunOf launches the job that sleeps (nightly of etl, publish of reports) for the given seconds.
func (d *Dagster) LaunchRunOf(t testing.TB, location, job string, seconds float64) string {
	t.Helper()
	parameters := map[string]any{"selector": selector(location, "pipelineName", job)}
	if seconds > 0 {
		parameters["runConfigData"] = map[string]any{"ops": map[string]any{"work": map[string]any{"config": map[string]any{"seconds": seconds}}}}
	}
	return d.launch(t, parameters)
}

// LaunchAssets launches a run of Dagster's implicit job for assets, which it makes anew, and returns its id.
func (d *Dagster) LaunchAssets(t testing.TB, location string, assets ...string) string {
	t.Helper()
	chosen := selector(location, "pipelineName", "__ASSET_JOB")
	chosen["assetSelection"] = keys(assets)
	return d.launch(t, map[string]any{"selector": chosen})
}

func (d *Dagster) launch(t testing.TB, parameters map[string]any) string {
	t.Helper()
	var launched struct{ Run struct{ ID string } }
	d.must(t, "LaunchRunSuccess", &launched, `mutation ($p: ExecutionParams!) { answer: launchRun(executionParams: $p) {
		__typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message } ... on UnauthorizedError { message } } }`,
		map[string]any{"p": parameters})
	return launched.Run.ID
}

// RunStatus is that of a run (STARTED, SUCCESS, FAILURE, CANCELED and others), "" if there is no such run.
func (d *Dagster) RunStatus(t testing.TB, id string) string {
	t.Helper()
	var said struct{ RunOrError struct{ Status string } }
	d.read(t, &said, `query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }`, map[string]any{"id": id})
	return said.RunOrError.Status
}

// WaitForRun returns when the run has one of the given statuses, or has ended; the test fails if that is another.
func (d *Dagster) WaitForRun(t testing.TB, id string, statuses ...string) {
	t.Helper()
	deadline := time.NewTimer(runLimit)
	defer deadline.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		status := d.RunStatus(t, id)
		if slices.Contains(statuses, status) {
			return
		}
		if status == "" || slices.Contains([]string{"SUCCESS", "FAILURE", "CANCELED"}, status) {
			t.Fatalf("run %s is %q, want %v", id, status, statuses)
		}
		select {
		case <-deadline.C:
			t.Fatalf("run %s is %s after %v, want %v", id, status, runLimit, statuses)
		case <-again.C:
		}
	}
}

// LaunchBackfill launches a backfill of an asset's partitions and returns its id. Without WithDaemon it stays REQUESTED.
func (d *Dagster) LaunchBackfill(t testing.TB, asset string, partitions ...string) string {
	t.Helper()
	var launched struct{ BackfillID string }
	d.must(t, "LaunchBackfillSuccess", &launched, `mutation ($p: LaunchBackfillParams!) { answer: launchPartitionBackfill(backfillParams: $p) {
		__typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }`,
		map[string]any{"p": map[string]any{"assetSelection": keys([]string{asset}), "partitionNames": partitions}})
	return launched.BackfillID
}

// LaunchJobBackfill launches a backfill of a job with partitions (weekly of etl, quarterly of reports) and returns its id.
func (d *Dagster) LaunchJobBackfill(t testing.TB, location, job string, partitions ...string) string {
	t.Helper()
	var launched struct{ BackfillID string }
	chosen := map[string]any{"partitionSetName": job + "_partition_set", "repositorySelector": selector(location, "", "")}
	d.must(t, "LaunchBackfillSuccess", &launched, `mutation ($p: LaunchBackfillParams!) { answer: launchPartitionBackfill(backfillParams: $p) {
		__typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }`,
		map[string]any{"p": map[string]any{"selector": chosen, "partitionNames": partitions}})
	return launched.BackfillID
}

// BackfillStatus is that of a backfill (REQUESTED, COMPLETED_SUCCESS, CANCELED and others), "" if there is no such backfill.
func (d *Dagster) BackfillStatus(t testing.TB, id string) string {
	t.Helper()
	var said struct{ PartitionBackfillOrError struct{ Status string } }
	d.read(t, &said, `query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }`,
		map[string]any{"id": id})
	return said.PartitionBackfillOrError.Status
}

// ends gives backfills a last status, which only a daemon does otherwise.
const ends = `
import sys
from dagster import DagsterInstance
from dagster._core.execution.backfill import BulkActionStatus
with DagsterInstance.get() as instance:
    for backfill in sys.argv[1:]:
        instance.update_backfill(instance.get_backfill(backfill).with_status(BulkActionStatus.COMPLETED_FAILED))
`

// EndBackfills has backfills fail. Dagster goes on with no others, and nothing but a daemon ends one.
func (d *Dagster) EndBackfills(t testing.TB, ids ...string) {
	t.Helper()
	command := exec.Command(d.Python(), append([]string{"-c", ends}, ids...)...)
	command.Env = d.environment(d.home)
	command.Dir = d.home
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("end the backfills %v: %v\n%s", ids, err, said)
	}
}

// keys are asset keys of one part each, as Dagster takes them.
func keys(assets []string) []map[string]any {
	var all []map[string]any
	for _, asset := range assets {
		all = append(all, map[string]any{"path": []string{asset}})
	}
	return all
}

// selector names something of a code location; with the field "" the location's repository.
func selector(location, field, name string) map[string]any {
	chosen := map[string]any{"repositoryName": Repository, "repositoryLocationName": location}
	if field != "" {
		chosen[field] = name
	}
	return chosen
}
