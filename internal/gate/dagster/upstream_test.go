package dagster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/dagstertest"
)

// upstream is the real Dagster of this package's tests. Runs stay as they are launched.
var upstream = dagstertest.Shared{Options: []dagstertest.Option{dagstertest.WithQueuedRuns()}}

func TestMain(m *testing.M) {
	code := upstream.Main(m)
	for _, w := range witnesses.all {
		if err := w.end(); err != nil {
			fmt.Fprintln(os.Stderr, "the witness:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// post sends a body to /graphql as it is.
func post(t *testing.T, d *dagstertest.Dagster, body []byte) []byte {
	t.Helper()
	response, err := http.Post(d.URL()+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s answered with %s, %v\n%s", body, response.Status, err, text)
	}
	return text
}

// denied is an answer in which everything that tells rights says no.
func denied(value any, reason string) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			_, isBoolean := inner.(bool)
			switch {
			case isBoolean && (isPermitName(key) || key == "value" || key == "canBulkTerminate"):
				out[key] = false
			case key == "disabledReason" && inner == nil:
				out[key] = reason
			default:
				out[key] = denied(inner, reason)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = denied(inner, reason)
		}
		return out
	}
	return value
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return value
}

// each writes targets in short: every permission on every place.
func each(permissions, kind, names string) string {
	var all []string
	for permission := range strings.FieldsSeq(permissions) {
		for name := range strings.SplitSeq(names, " ") {
			all = append(all, permission+kind+name)
		}
	}
	return strings.Join(all, ", ")
}

// TestTrap21WhatDagstersPagesAskIsRewritten asks the real server everything that the pages ask and that tells rights: with all
// allowed the answer is the server's own, with all refused every right is gone, and what must be judged is where the things are.
func TestTrap21WhatDagstersPagesAskIsRewritten(t *testing.T) {
	d := upstream.Start(t)
	run := d.LaunchRun(t, "etl", "nightly")
	d.LaunchAssets(t, "reports", "revenue")
	backfill := d.LaunchBackfill(t, "daily_orders", "monday")
	d.LaunchJobBackfill(t, "etl", "weekly", "monday")

	in := func(location string, more ...string) map[string]any {
		m := map[string]any{"repositoryName": dagstertest.Repository, "repositoryLocationName": location}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	key := map[string]any{"path": []string{"orders"}}
	keys := map[string]any{"assetKeys": []any{key, map[string]any{"path": []string{"revenue"}}}}
	feed := map[string]any{"limit": 50, "view": "ROOTS", "filter": map[string]any{}}
	partitions := map[string]any{"partitionSetName": "weekly_partition_set", "repositorySelector": in("etl"), "limit": 5}
	const of, run3, asset3, two = " location ", "runs.delete runs.reexecute runs.terminate", "assets.report_events assets.wipe runs.launch", "etl reports"
	const located = "assets.report_events assets.wipe backfills.cancel backfills.launch code_locations.reload partitions.edit runs.delete runs.launch runs.reexecute runs.terminate " +
		"schedules.dry_run schedules.toggle sensors.dry_run sensors.set_cursor sensors.toggle"
	runs := each(run3, of, two) + ", " + each(run3, " asset ", "revenue") + ", " + each("backfills.cancel backfills.launch", " asset ", "daily_orders") + ", " + each("backfills.cancel backfills.launch", of, "etl")
	cases := map[string]struct {
		variables map[string]any
		takes     string
	}{
		"AssetAutomationQuery":                 {map[string]any{"assetKeys": []any{key}}, ""},
		"AssetCatalogGroupTableQuery":          {map[string]any{}, each(asset3, of, two)},
		"AssetCatalogTableQuery":               {map[string]any{"limit": 10}, each(asset3, of, two)},
		"AssetChecksQuery":                     {map[string]any{"assetKey": key}, each("assets.report_events", of, "etl")},
		"AssetViewDefinitionQuery":             {map[string]any{"assetKey": key}, each(asset3, of, "etl")},
		"AssetsPermissionsQuery":               {keys, each(asset3, of, two)},
		"BackfillDetailsQuery":                 {map[string]any{"backfillId": backfill}, each("backfills.cancel backfills.launch", " asset ", "daily_orders")},
		"JobBackfillsQuery":                    {partitions, each("backfills.cancel backfills.launch", of, "etl")},
		"JobMetadataQuery":                     {map[string]any{"params": in("etl", "pipelineName", "nightly"), "runsFilter": map[string]any{}}, each("schedules.toggle sensors.toggle", of, "etl")},
		"JobPermissionsQuery":                  {map[string]any{"selector": in("etl", "pipelineName", "nightly")}, each("runs.launch runs.reexecute", of, "etl")},
		"LaunchAssetLoaderJobQuery":            {map[string]any{"job": in("etl", "pipelineName", "__ASSET_JOB")}, each("runs.launch", of, "etl")},
		"LaunchAssetLoaderQuery":               {keys, each("runs.launch", of, two)},
		"LocationWorkspaceAssetsManifestQuery": {map[string]any{"name": "etl"}, each(asset3, of, "etl")},
		"LocationWorkspaceAssetsQuery":         {map[string]any{"name": "etl"}, each(asset3, of, "etl")},
		"LocationWorkspaceQuery":               {map[string]any{"name": "reports"}, each("schedules.toggle sensors.toggle", of, "reports")},
		"PartitionsStatusQuery":                {partitions, each("backfills.launch", of, "etl")},
		// The server itself does not let anybody edit components in open source, so that nobody is judged for them.
		"PermissionsQuery":    {map[string]any{}, each(located, of, two) + ", " + each(located+" automation.toggle concurrency.edit workspace.reload", " deployment", "")},
		"RunRootQuery":        {map[string]any{"runId": run}, each(run3, of, "etl")},
		"RunsFeedQuery":       {feed, runs},
		"RunsFeedRootQuery":   {feed, runs},
		"ScheduleRootQuery":   {map[string]any{"scheduleSelector": in("etl", "scheduleName", "nightly_schedule")}, each("schedules.toggle", of, "etl")},
		"SensorRootQuery":     {map[string]any{"sensorSelector": in("etl", "sensorName", "files")}, each("sensors.set_cursor sensors.toggle", of, "etl")},
		"SingleJobQuery":      {map[string]any{"selector": in("reports", "pipelineName", "publish")}, each("schedules.toggle sensors.toggle", of, "reports")},
		"SingleScheduleQuery": {map[string]any{"selector": in("etl", "scheduleName", "nightly_schedule")}, each("schedules.toggle", of, "etl")},
		"SingleSensorQuery":   {map[string]any{"selector": in("etl", "sensorName", "files")}, each("sensors.toggle", of, "etl")},
	}
	all := operations(t)
	for name, r := range all {
		if document, err := Parse(schema(t), r); err == nil && document.Rewrites() {
			if _, asked := cases[name]; !asked {
				t.Errorf("%s is not asked here", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			r := all[name]
			body, err := json.Marshal(map[string]any{"query": r.Query, "operationName": r.OperationName, "variables": c.variables})
			if err != nil {
				t.Fatal(err)
			}
			if r, err = Read(http.MethodPost, http.Header{"Content-Type": {"application/json"}}, "", body); err != nil {
				t.Fatal(err)
			}
			a, err := understand(schema(t), r)
			if err != nil {
				t.Fatal(err)
			}
			x, err := a.Answer(post(t, d, a.Body()))
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			reasons := make([]string, len(x.Targets()))
			for i, target := range x.Targets() {
				list = append(list, target.short())
				reasons[i] = "No."
			}
			want := strings.Split(c.takes, ", ")
			slices.Sort(list)
			slices.Sort(want)
			if c.takes == "" {
				want = nil
			}
			if !slices.Equal(list, want) {
				t.Errorf("it takes\n%s, want\n%s", strings.Join(list, ", "), c.takes)
			}
			direct := decoded(t, post(t, d, body))
			if diff := cmp.Diff(direct, decoded(t, x.Write(make([]string, len(reasons))))); diff != "" {
				t.Errorf("with everything allowed the answer differs from Dagster's:\n%s", diff)
			}
			if diff := cmp.Diff(denied(direct, "No."), decoded(t, x.Write(reasons))); diff != "" {
				t.Errorf("with everything refused:\n%s", diff)
			}
		})
	}
}
