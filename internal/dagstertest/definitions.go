package dagstertest

import "testing"

// Instigator is a schedule or a sensor as Dagster has it now.
type Instigator struct {
	ID         string // of its state: what stopRunningSchedule and stopSensor take
	SelectorID string
	Status     string // RUNNING or STOPPED
	Cursor     string // a sensor's, "" before the first evaluation
}

// state is what InstigationState says of an Instigator.
const state = `id selectorId status typeSpecificData { ... on SensorData { lastCursor } }`

type instigation struct {
	ID, SelectorID, Status string
	TypeSpecificData       struct{ LastCursor string }
}

func (i instigation) instigator() Instigator {
	return Instigator{ID: i.ID, SelectorID: i.SelectorID, Status: i.Status, Cursor: i.TypeSpecificData.LastCursor}
}

// Schedule reads a schedule.
func (d *Dagster) Schedule(t testing.TB, location, name string) Instigator {
	t.Helper()
	var said struct{ ScheduleState instigation }
	d.must(t, "Schedule", &said, `query ($s: ScheduleSelector!) { answer: scheduleOrError(scheduleSelector: $s) {
		__typename ... on Schedule { scheduleState { `+state+` } } } }`, map[string]any{"s": selector(location, "scheduleName", name)})
	return said.ScheduleState.instigator()
}

// StartSchedule starts a schedule. Only a daemon evaluates it.
func (d *Dagster) StartSchedule(t testing.TB, location, name string) Instigator {
	t.Helper()
	var said struct{ ScheduleState instigation }
	d.must(t, "ScheduleStateResult", &said, `mutation ($s: ScheduleSelector!) { answer: startSchedule(scheduleSelector: $s) {
		__typename ... on ScheduleStateResult { scheduleState { `+state+` } } ... on PythonError { message } } }`,
		map[string]any{"s": selector(location, "scheduleName", name)})
	return said.ScheduleState.instigator()
}

// StopSchedule stops a schedule.
func (d *Dagster) StopSchedule(t testing.TB, location, name string) Instigator {
	t.Helper()
	var said struct{ ScheduleState instigation }
	d.must(t, "ScheduleStateResult", &said, `mutation ($id: String!) { answer: stopRunningSchedule(id: $id) {
		__typename ... on ScheduleStateResult { scheduleState { `+state+` } } ... on PythonError { message } } }`,
		map[string]any{"id": d.Schedule(t, location, name).ID})
	return said.ScheduleState.instigator()
}

// Sensor reads a sensor.
func (d *Dagster) Sensor(t testing.TB, location, name string) Instigator {
	t.Helper()
	return d.sensor(t, location, name, `query ($s: SensorSelector!) { answer: sensorOrError(sensorSelector: $s) {`, nil)
}

// StartSensor starts a sensor. Only a daemon evaluates it.
func (d *Dagster) StartSensor(t testing.TB, location, name string) Instigator {
	t.Helper()
	return d.sensor(t, location, name, `mutation ($s: SensorSelector!) { answer: startSensor(sensorSelector: $s) {`, nil)
}

// SetSensorCursor sets where a sensor goes on.
func (d *Dagster) SetSensorCursor(t testing.TB, location, name, cursor string) Instigator {
	t.Helper()
	return d.sensor(t, location, name,
		`mutation ($s: SensorSelector!, $cursor: String) { answer: setSensorCursor(sensorSelector: $s, cursor: $cursor) {`, map[string]any{"cursor": cursor})
}

func (d *Dagster) sensor(t testing.TB, location, name, ask string, variables map[string]any) Instigator {
	t.Helper()
	all := map[string]any{"s": selector(location, "sensorName", name)}
	for key, value := range variables {
		all[key] = value
	}
	var said struct{ SensorState instigation }
	d.must(t, "Sensor", &said, ask+` __typename ... on Sensor { sensorState { `+state+` } } ... on PythonError { message } } }`, all)
	return said.SensorState.instigator()
}

// AddDynamicPartition adds a partition to a definition (customers of etl, readers of reports).
func (d *Dagster) AddDynamicPartition(t testing.TB, location, definition, partition string) {
	t.Helper()
	var added struct{}
	d.must(t, "AddDynamicPartitionSuccess", &added, `mutation ($r: RepositorySelector!, $d: String!, $p: String!) {
		answer: addDynamicPartition(repositorySelector: $r, partitionsDefName: $d, partitionKey: $p) {
		__typename ... on PythonError { message } ... on UnauthorizedError { message } } }`,
		map[string]any{"r": selector(location, "", ""), "d": definition, "p": partition})
}

// Partitions are the partitions of an asset.
func (d *Dagster) Partitions(t testing.TB, asset string) []string {
	t.Helper()
	var said struct{ PartitionKeys []string }
	d.must(t, "AssetNode", &said, `query ($k: AssetKeyInput!) { answer: assetNodeOrError(assetKey: $k) { __typename ... on AssetNode { partitionKeys } } }`,
		map[string]any{"k": keys([]string{asset})[0]})
	return said.PartitionKeys
}

// ReportMaterialization records that an asset was made anew, for the given partitions or as a whole. It starts no process.
func (d *Dagster) ReportMaterialization(t testing.TB, asset string, partitions ...string) {
	t.Helper()
	event := map[string]any{"eventType": "ASSET_MATERIALIZATION", "assetKey": keys([]string{asset})[0]}
	if len(partitions) > 0 {
		event["partitionKeys"] = partitions
	}
	var reported struct{}
	d.must(t, "ReportRunlessAssetEventsSuccess", &reported, `mutation ($e: ReportRunlessAssetEventsParams!) {
		answer: reportRunlessAssetEvents(eventParams: $e) { __typename ... on PythonError { message } ... on UnauthorizedError { message } } }`,
		map[string]any{"e": event})
}

// Materializations counts what is recorded of an asset: 0 after it was wiped.
func (d *Dagster) Materializations(t testing.TB, asset string) int {
	t.Helper()
	var said struct{ AssetMaterializations []struct{ RunID string } }
	d.must(t, "Asset", &said, `query ($k: AssetKeyInput!) { answer: assetOrError(assetKey: $k) { __typename ... on Asset { assetMaterializations { runId } } } }`,
		map[string]any{"k": keys([]string{asset})[0]})
	return len(said.AssetMaterializations)
}
