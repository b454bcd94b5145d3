package gate

import (
	"encoding/json"
	"strings"
	"testing"
)

// tagsOf finds every list of tags in what was sent.
func tagsOf(t *testing.T, value any, found *[]string) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		key, one := v["key"].(string)
		text, two := v["value"].(string)
		if one && two {
			*found = append(*found, key+"="+text)
		}
		for _, inner := range v {
			tagsOf(t, inner, found)
		}
	case []any:
		for _, inner := range v {
			tagsOf(t, inner, found)
		}
	}
}

// TestTrap37RunsSayWhoLaunchedThem: the caller's name stands on what is launched, and nobody else's can.
func TestTrap37RunsSayWhoLaunchedThem(t *testing.T) {
	d := open(t)
	selector := map[string]any{"repositoryLocationName": "etl", "repositoryName": "__repository__", "jobName": "nightly"}
	spoofed := []any{map[string]any{"key": "user", "value": "mallory"}, map[string]any{"key": " User", "value": "mallory"}, map[string]any{"key": "dagster/reporting_user", "value": "mallory"}, map[string]any{"key": "team", "value": "data"}}
	plain := map[string]any{"selector": selector}
	tagged := map[string]any{"selector": selector, "executionMetadata": map[string]any{"tags": spoofed, "rootRunId": "r"}, "runConfigData": map[string]any{"user": map[string]any{"key": "user", "value": "config"}}}
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		want      string
	}{
		"a run":           {`mutation ($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }`, map[string]any{"p": plain}, "user=launcher@acme.test"},
		"a tagged run":    {`mutation ($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }`, map[string]any{"p": tagged}, "team=data user=config user=launcher@acme.test"},
		"the old name":    {`mutation ($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) { __typename } }`, map[string]any{"p": tagged}, "team=data user=config user=launcher@acme.test"},
		"several":         {`mutation ($p: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $p) { __typename } }`, map[string]any{"p": []any{plain, tagged}}, "user=launcher@acme.test team=data user=config user=launcher@acme.test"},
		"one for several": {`mutation ($p: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $p) { __typename } }`, map[string]any{"p": plain}, "user=launcher@acme.test"},
		"a re-execution":  {`mutation ($p: ExecutionParams!) { launchRunReexecution(executionParams: $p) { __typename } }`, map[string]any{"p": plain}, "user=launcher@acme.test"},
		"a parent's":      {`mutation ($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) { __typename } }`, map[string]any{"p": map[string]any{"parentRunId": "run-etl", "strategy": "ALL_STEPS", "extraTags": spoofed}}, "team=data user=launcher@acme.test"},
		"a literal":       {`mutation { launchRunReexecution(reexecutionParams: {parentRunId: "run-etl", strategy: ALL_STEPS, extraTags: {key: "user", value: "mallory"}}) { __typename } }`, nil, "user=launcher@acme.test"},
		"a default":       {`mutation ($t: [ExecutionTag!] = [{key: "user", value: "mallory"}]) { launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["orders"]}], tags: $t}) { __typename } }`, nil, "user=launcher@acme.test"},
		"a backfill":      {`mutation { launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["orders"]}], partitionNames: ["a"]}) { __typename } }`, nil, "user=launcher@acme.test"},
		"two at once":     {`mutation ($p: ExecutionParams!) { a: launchRun(executionParams: $p) { __typename } b: launchRun(executionParams: $p) { __typename } }`, map[string]any{"p": tagged}, "team=data user=config user=launcher@acme.test team=data user=config user=launcher@acme.test"},
	} {
		got := d.ask(t, "launcher", c.query, c.variables)
		reached := d.upstream.took()
		if len(reached) != 1 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
			continue
		}
		var sent struct{ Variables any }
		if err := json.Unmarshal(reached[0].body, &sent); err != nil {
			t.Fatal(err)
		}
		var tags []string
		tagsOf(t, sent.Variables, &tags)
		if strings.Contains(string(reached[0].body), "mallory") || len(tags) != len(strings.Fields(c.want)) {
			t.Errorf("%s: %s", name, reached[0].body)
		}
		for _, one := range strings.Fields(c.want) {
			if !strings.Contains(strings.Join(tags, " "), one) {
				t.Errorf("%s: %s is not in %v", name, one, tags)
			}
		}
	}
}
