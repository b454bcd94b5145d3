package dagster

import (
	"fmt"
	"strings"
	"testing"
)

func (t Target) short() string {
	name := t.Name
	if t.Kind == Asset {
		name = strings.Join(t.Key, "/")
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", t.Permission, t.Kind, name))
}

func TestAttack087EverythingThatAMutationNamesIsJudged(t *testing.T) {
	const selector = `repositoryName:"r",repositoryLocationName:"l"`
	for _, c := range []struct{ call, want string }{
		{`launchRun(executionParams:{selector:{` + selector + `,jobName:"j",assetSelection:[{path:["a","b"]},{path:"c"}],assetCheckSelection:[{assetKey:{path:["d"]},name:"n"}]}})`,
			"runs.launch location l, runs.launch asset a/b, runs.launch asset c, runs.launch asset d"},
		{`launchPipelineExecution(executionParams:{selector:{` + selector + `,pipelineName:"__ASSET_JOB_0"}})`, "runs.launch location l, runs.launch all_locations"},
		{`launchRun(executionParams:{selector:{` + selector + `,jobName:"__ASSET_JOB",assetSelection:[]}})`, "runs.launch location l, runs.launch all_locations"},
		{`launchRun(executionParams:{selector:{` + selector + `,jobName:"__ASSET_JOB",assetSelection:{path:["a"]}}})`, "runs.launch location l, runs.launch asset a"},
		{`launchMultipleRuns(executionParamsList:[{selector:{` + selector + `}},{selector:{repositoryName:"r",repositoryLocationName:"m"}}])`, "runs.launch location l, runs.launch location m"},
		{`launchMultipleRuns(executionParamsList:[])`, "runs.launch deployment"},
		{`launchRunReexecution(executionParams:{selector:{` + selector + `}},reexecutionParams:{parentRunId:"p",strategy:ALL_STEPS})`, "runs.reexecute location l, runs.reexecute run p"},
		{`launchPipelineReexecution`, "runs.reexecute deployment"},
		{`launchPartitionBackfill(backfillParams:{selector:{partitionSetName:"s",repositorySelector:{` + selector + `}},assetSelection:[{path:["a"]}],partitionsByAssets:[null,{assetKey:{path:["b"]}}]})`,
			"backfills.launch location l, backfills.launch asset a, backfills.launch asset b"},
		{`launchPartitionBackfill(backfillParams:{allPartitions:true})`, "backfills.launch deployment"},
		{`resumePartitionBackfill(backfillId:"b")`, "backfills.launch backfill b"},
		{`reexecutePartitionBackfill(reexecutionParams:{parentRunId:"b",strategy:FROM_FAILURE})`, "backfills.launch backfill b"},
		{`cancelPartitionBackfill(backfillId:"b")`, "backfills.cancel backfill b"},
		{`terminateRun(runId:"x")`, "runs.terminate run x"},
		{`terminateRuns(runIds:["x","y","x"])`, "runs.terminate run x, runs.terminate run y"},
		{`deletePipelineRun(runId:"x")`, "runs.delete run x"},
		{`startSchedule(scheduleSelector:{` + selector + `,scheduleName:"s"})`, "schedules.toggle location l"},
		{`stopRunningSchedule(id:"o::s")`, "schedules.toggle schedule_origin o, schedules.toggle schedule_selector s"},
		{`stopRunningSchedule(id:"o::s",scheduleOriginId:"p",scheduleSelectorId:"t")`,
			"schedules.toggle schedule_origin o, schedules.toggle schedule_selector s, schedules.toggle schedule_origin p, schedules.toggle schedule_selector t"},
		{`stopRunningSchedule(scheduleOriginId:"p::t")`, "schedules.toggle schedule_origin p, schedules.toggle schedule_selector t"},
		{`stopSensor(jobOriginId:"a::b::c",jobSelectorId:"t")`, "sensors.toggle sensor_origin a::b::c, sensors.toggle sensor_selector t"},
		{`stopSensor`, "sensors.toggle deployment"},
		{`setSensorCursor(sensorSelector:{` + selector + `,sensorName:"s"})`, "sensors.set_cursor location l"},
		{`sensorDryRun(selectorData:{` + selector + `,sensorName:"s"})`, "sensors.dry_run location l"},
		{`reloadRepositoryLocation(repositoryLocationName:"a/b c")`, "code_locations.reload location a/b c"},
		{`reloadWorkspace`, "workspace.reload deployment"},
		{`wipeAssets(assetPartitionRanges:[{assetKey:{path:["a"]}},{assetKey:{path:["b"]},partitions:{range:{start:"1",end:"2"}}}])`, "assets.wipe asset a, assets.wipe asset b"},
		{`wipeAssets(assetPartitionRanges:[])`, "assets.wipe deployment"},
		{`reportRunlessAssetEvents(eventParams:{eventType:ASSET_OBSERVATION,assetKey:{path:["a"]}})`, "assets.report_events asset a"},
		{`deleteDynamicPartitions(partitionKeys:["k"],partitionsDefName:"d",repositorySelector:{` + selector + `})`, "partitions.edit location l"},
		{`deleteDynamicPartitions(partitionKeys:["k"],partitionsDefName:"d",repositorySelector:{` + selector + `},wipeMaterializations:false)`, "partitions.edit location l"},
		{`deleteDynamicPartitions(partitionKeys:["k"],partitionsDefName:"d",repositorySelector:{` + selector + `},wipeMaterializations:true)`, "partitions.edit location l, assets.wipe location l"},
		{`setAppManagedComponent(attributes:"",componentId:"c",componentType:"t",locationName:"l")`, "components.edit location l"},
		{`refreshComponentState(defsStateKey:"k",locationName:"l")`, "code_locations.reload location l"},
		{`freeConcurrencySlots(runId:"x")`, "concurrency.edit deployment"},
		{`setAutoMaterializePaused(paused:true)`, "automation.toggle deployment"},
		{`setNuxSeen`, "deployments.view deployment"},
	} {
		name, _, _ := strings.Cut(c.call, "(")
		if f := schema(t).types.Mutation.Fields.ForName(name); schema(t).types.Types[f.Type.Name()].IsCompositeType() {
			c.call += "{__typename}"
		}
		a := ask(t, "mutation{"+c.call+"}", "")
		got, err := table(t).Targets(a.Operations[0])
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, target := range got {
			list = append(list, target.short())
		}
		if all := strings.Join(list, ", "); all != c.want {
			t.Errorf("%s takes\n%s, want\n%s", c.call, all, c.want)
		}
		sameAgain(t, a)
	}
}

func TestAttack089QueriesThatTellOrDoMore(t *testing.T) {
	const deep = `scheduleOrError(scheduleSelector:{repositoryName:"r",repositoryLocationName:"l",scheduleName:"s"}){...on Schedule{futureTicks(limit:1){results{...E}}}}`
	const fragment = ` fragment E on DryRunInstigationTick{evaluationResult{__typename}}`
	for query, want := range map[string]string{
		"{version}": "deployments.view deployment", "{runsOrError{__typename}}": "runs.view deployment", "{__schema{queryType{name}}}": "deployments.view deployment", "{__typename}": "deployments.view deployment",
		"{instance{id}}": "deployments.view deployment", "{instance{x:info}}": "deployments.view deployment, deployments.edit_settings deployment",
		"{" + deep + "}" + fragment: "deployments.view deployment, schedules.dry_run deployment, sensors.dry_run deployment",
	} {
		got, err := table(t).Targets(ask(t, query, "").Operations[0])
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, target := range got {
			list = append(list, target.short())
		}
		if all := strings.Join(list, ", "); all != want {
			t.Errorf("%s takes %s, want %s", query, all, want)
		}
	}
	dry := ask(t, `mutation{scheduleDryRun(selectorData:{repositoryName:"r",repositoryLocationName:"l",scheduleName:"s"}){...on DryRunInstigationTick{evaluationResult{__typename}}}}`, "")
	if got, _ := table(t).Targets(dry.Operations[0]); len(got) != 1 || got[0].Kind != Location {
		t.Errorf("a dry run takes %+v", got)
	}
}
