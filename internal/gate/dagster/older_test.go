package dagster

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/dagstertest"
)

// A client sends requests as the gate would forward them.
type client struct {
	t      *testing.T
	schema *Schema
	d      *dagstertest.Dagster
}

// do has one request read, understood and written anew, and gives what is written to the server. It returns the answer's one field.
func (c client) do(document string, variables map[string]any) map[string]any {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := Read(http.MethodPost, http.Header{"Content-Type": {"application/json"}}, "", body)
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := understand(c.schema, r)
	if err != nil {
		c.t.Fatalf("%v\n%s", err, document)
	}
	for _, o := range a.Operations {
		if targets, err := table(c.t).Targets(o); err != nil || len(targets) == 0 {
			c.t.Errorf("%s takes %v, %v", o.Field, targets, err)
		}
	}
	var said struct{ Data map[string]any }
	text := post(c.t, c.d, a.Body())
	if err := json.Unmarshal(text, &said); err != nil {
		c.t.Fatal(err)
	}
	answer, ok := said.Data["answer"]
	if !ok {
		c.t.Fatalf("%s is answered with %s", document, text)
	}
	object, ok := answer.(map[string]any)
	if !ok {
		return map[string]any{"": answer}
	}
	return object
}

// does is do for a mutation whose answer has to be of a type.
func (c client) does(kind, document string, variables map[string]any) map[string]any {
	c.t.Helper()
	answer := c.do(document, variables)
	if answer["__typename"] != kind {
		c.t.Errorf("%s\n%v is answered with %v, want a %s", document, variables, answer, kind)
	}
	return answer
}

// introspection asks for what the gate reads of a schema. (isOneOf, which dagstertest stores of the newest, is not there yet.)
const introspection = `{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { kind name
	fields(includeDeprecated: true) { name type { ...ref } args(includeDeprecated: true) { ...value } } inputFields(includeDeprecated: true) { ...value }
	interfaces { ...ref } possibleTypes { ...ref } enumValues(includeDeprecated: true) { name } } } }
fragment value on __InputValue { name defaultValue type { ...ref } }
fragment ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }`

// TestADagsterOfAYearAgoIsServed: the table fits its schema, and what it is sent is what it understands.
func TestADagsterOfAYearAgoIsServed(t *testing.T) {
	d := dagstertest.Start(t, dagstertest.WithOlder(), dagstertest.WithQueuedRuns())
	if !strings.HasPrefix(d.Version(), "1.12.") {
		t.Fatalf("this is %s", d.Version())
	}
	s, err := LoadSchema(d.Query(t, introspection, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the table", func(t *testing.T) { fitsOlder(t, s) })
	c := client{t, s, d}
	t.Run("mutations", func(t *testing.T) { c.t = t; c.changes() })
	t.Run("what callers may do", func(t *testing.T) { c.t = t; c.permits() })
}

func fitsOlder(t *testing.T, s *Schema) {
	// What the rules name and 1.12 does not have yet opens nothing.
	var drift []string
	for _, d := range table(t).Drift(s) {
		drift = append(drift, string(d.Kind)+" "+d.Field+" "+d.Path+" "+d.Wrong)
	}
	if diff := cmp.Diff([]string{"mutation deleteDynamicPartitions wipeMaterializations is not there"}, drift); diff != "" {
		t.Errorf("drift: %s", diff)
	}
	var since []string
	for _, r := range mutationRules() {
		if r.Since != "" {
			since = append(since, r.Field)
		}
	}
	slices.Sort(since)
	if diff := cmp.Diff(since, table(t).Missing(s, Mutation)); diff != "" {
		t.Errorf("mutations that are not there: %s", diff)
	}
	if len(s.Fields(Mutation)) != 37 || len(s.Fields(Subscription)) != 3 {
		t.Errorf("it has %d mutations and %d subscriptions", len(s.Fields(Mutation)), len(s.Fields(Subscription)))
	}
}

// changes makes sixteen mutations and looks for what they have done.
func (c client) changes() {
	etl := map[string]any{"repositoryName": dagstertest.Repository, "repositoryLocationName": "etl"}
	in := func(field, name string) map[string]any {
		return map[string]any{"repositoryName": dagstertest.Repository, "repositoryLocationName": "etl", field: name}
	}
	must := func(ok bool, what string) {
		c.t.Helper()
		if !ok {
			c.t.Errorf("it has not happened: %s", what)
		}
	}
	launched := c.does("LaunchRunSuccess", `mutation M($p:ExecutionParams!){answer:launchRun(executionParams:$p){...F}} fragment F on LaunchRunResult{__typename ...on LaunchRunSuccess{run{id hasDeletePermission}}}`,
		map[string]any{"p": map[string]any{"selector": in("jobName", "nightly"), "runConfigData": map[string]any{"ops": map[string]any{"work": map[string]any{"config": map[string]any{"seconds": 0.5}}}}}})
	run, _ := launched["run"].(map[string]any)
	id, _ := run["id"].(string)
	must(c.d.RunStatus(c.t, id) == "QUEUED" && run["bailiwick_Run_job"] == "nightly", "launchRun")
	c.does("LaunchRunSuccess", `mutation($p:ReexecutionParams!){answer:launchRunReexecution(reexecutionParams:$p){__typename}}`, map[string]any{"p": map[string]any{"parentRunId": id, "strategy": "ALL_STEPS"}})
	c.does("TerminateRunSuccess", `mutation($r:String!){answer:terminateRun(runId:$r,terminatePolicy:MARK_AS_CANCELED_IMMEDIATELY){__typename}}`, map[string]any{"r": id})
	must(c.d.RunStatus(c.t, id) == "CANCELED", "terminateRun")
	c.does("DeletePipelineRunSuccess", `mutation($r:String!){answer:deleteRun(runId:$r){__typename}}`, map[string]any{"r": id})
	must(c.d.RunStatus(c.t, id) == "", "deleteRun")

	c.does("ScheduleStateResult", `mutation($s:ScheduleSelector!){answer:startSchedule(scheduleSelector:$s){__typename}}`, map[string]any{"s": in("scheduleName", "nightly_schedule")})
	schedule := c.d.Schedule(c.t, "etl", "nightly_schedule")
	must(schedule.Status == "RUNNING", "startSchedule")
	c.does("ScheduleStateResult", `mutation($id:String){answer:stopRunningSchedule(id:$id){__typename}}`, map[string]any{"id": schedule.ID})
	must(c.d.Schedule(c.t, "etl", "nightly_schedule").Status == "STOPPED", "stopRunningSchedule")
	c.does("Sensor", `mutation($s:SensorSelector!){answer:startSensor(sensorSelector:$s){__typename}}`, map[string]any{"s": in("sensorName", "files")})
	c.does("Sensor", `mutation($s:SensorSelector!){answer:setSensorCursor(sensorSelector:$s,cursor:"41"){__typename}}`, map[string]any{"s": in("sensorName", "files")})
	sensor := c.d.Sensor(c.t, "etl", "files")
	must(sensor.Status == "RUNNING" && sensor.Cursor == "41", "startSensor, setSensorCursor")

	c.does("AddDynamicPartitionSuccess", `mutation($r:RepositorySelector!){answer:addDynamicPartition(repositorySelector:$r,partitionsDefName:"customers",partitionKey:"old"){__typename}}`, map[string]any{"r": etl})
	must(slices.Contains(c.d.Partitions(c.t, "accounts"), "old"), "addDynamicPartition")
	c.does("DeleteDynamicPartitionsSuccess", `mutation($r:RepositorySelector!){answer:deleteDynamicPartitions(repositorySelector:$r,partitionsDefName:"customers",partitionKeys:"old"){__typename}}`, map[string]any{"r": etl})
	must(!slices.Contains(c.d.Partitions(c.t, "accounts"), "old"), "deleteDynamicPartitions")

	c.does("ReportRunlessAssetEventsSuccess", `mutation{answer:reportRunlessAssetEvents(eventParams:{eventType:ASSET_MATERIALIZATION,assetKey:{path:["orders"]}}){__typename}}`, nil)
	must(c.d.Materializations(c.t, "orders") == 1, "reportRunlessAssetEvents")
	c.does("AssetWipeSuccess", `mutation{answer:wipeAssets(assetPartitionRanges:[{assetKey:{path:"orders"}}]){__typename}}`, nil)
	must(c.d.Materializations(c.t, "orders") == 0, "wipeAssets")
	backfill := c.does("LaunchBackfillSuccess", `mutation($p:LaunchBackfillParams!){answer:launchPartitionBackfill(backfillParams:$p){__typename ...on LaunchBackfillSuccess{backfillId}}}`,
		map[string]any{"p": map[string]any{"assetSelection": map[string]any{"path": []string{"daily_orders"}}, "partitionNames": []string{"monday"}}})
	named, _ := backfill["backfillId"].(string)
	must(c.d.BackfillStatus(c.t, named) == "REQUESTED", "launchPartitionBackfill")
	c.does("CancelBackfillSuccess", `mutation($b:String!){answer:cancelPartitionBackfill(backfillId:$b){__typename}}`, map[string]any{"b": named})
	must(strings.HasPrefix(c.d.BackfillStatus(c.t, named), "CANCEL"), "cancelPartitionBackfill")
	must(c.do(`mutation{answer:setConcurrencyLimit(concurrencyKey:"old",limit:2)}`, nil)[""] == true, "setConcurrencyLimit")
	c.does("WorkspaceLocationEntry", `mutation{answer:reloadRepositoryLocation(repositoryLocationName:"etl"){__typename}}`, nil)
}

// permits asks for what callers may do: without the keys and fields that are newer.
func (c client) permits() {
	r := Request{Query: permissionsQuery}
	a, err := understand(c.schema, r)
	if err != nil {
		c.t.Fatal(err)
	}
	x, err := a.Answer(post(c.t, c.d, a.Body()))
	if err != nil {
		c.t.Fatal(err)
	}
	direct := decoded(c.t, post(c.t, c.d, r.Body()))
	reasons := make([]string, len(x.Targets()))
	if diff := cmp.Diff(direct, decoded(c.t, x.Write(reasons))); diff != "" {
		c.t.Error(diff)
	}
	for i := range reasons {
		reasons[i] = "No."
	}
	if diff := cmp.Diff(denied(direct, "No."), decoded(c.t, x.Write(reasons))); diff != "" {
		c.t.Error(diff)
	}
	if len(reasons) < 40 {
		c.t.Errorf("%d targets are judged", len(reasons))
	}
}
