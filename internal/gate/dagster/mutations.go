package dagster

// mutationRules is what each mutation of Dagster 1.12 and 1.13 takes. The fields, their arguments and what the webserver checks are
// those of dagster-graphql 1.12.3 and 1.13.27 (schema/roots/mutation.py, schema/sensors.py, schema/schedules, implementation/
// execution; read 2026-11). Where it checks one of two arguments, both are judged here.
func mutationRules() []Rule {
	var all []Rule
	for _, part := range [][]Rule{runRules(), backfillRules(), instigatorRules(), locationRules(), assetRules(), instanceRules()} {
		all = append(all, part...)
	}
	for i := range all {
		all[i].Kind = Mutation
	}
	return all
}

func runRules() []Rule {
	inParams := func(prefix string) []string {
		return []string{prefix + ".runConfigData", prefix + ".mode", prefix + ".executionMetadata", prefix + ".stepKeys", prefix + ".preset"}
	}
	inReexecution := []string{"reexecutionParams.strategy", "reexecutionParams.extraTags", "reexecutionParams.useParentRunTags"}
	launch := func(field string) Rule {
		return Rule{Field: field, Permission: "runs.launch", Sources: []Source{{Path: "executionParams.selector", Kind: job}}, Ignored: inParams("executionParams")}
	}
	reexecute := func(field string) Rule {
		return Rule{Field: field, Permission: "runs.reexecute", Sources: []Source{
			{Path: "executionParams.selector", Kind: job},
			{Path: "reexecutionParams.parentRunId", Kind: Run},
		}, Ignored: append(inParams("executionParams"), inReexecution...)}
	}
	byID := func(field, permission, argument string, ignored ...string) Rule {
		return Rule{Field: field, Permission: permission, Sources: []Source{{Path: argument, Kind: Run}}, Ignored: ignored}
	}
	return []Rule{
		launch("launchRun"),
		launch("launchPipelineExecution"),
		{Field: "launchMultipleRuns", Permission: "runs.launch", Sources: []Source{{Path: "executionParamsList[].selector", Kind: job}}, Ignored: inParams("executionParamsList[]")},
		reexecute("launchRunReexecution"),
		reexecute("launchPipelineReexecution"),
		byID("terminateRun", "runs.terminate", "runId", "terminatePolicy"),
		byID("terminatePipelineExecution", "runs.terminate", "runId", "terminatePolicy"),
		byID("terminateRuns", "runs.terminate", "runIds[]", "terminatePolicy"),
		byID("deleteRun", "runs.delete", "runId"),
		byID("deletePipelineRun", "runs.delete", "runId"),
	}
}

func backfillRules() []Rule {
	const in = "backfillParams."
	return []Rule{
		{Field: "launchPartitionBackfill", Permission: "backfills.launch", Sources: []Source{
			{Path: in + "selector.repositorySelector.repositoryLocationName", Kind: Location},
			{Path: in + "assetSelection[].path", Kind: Asset},
			{Path: in + "partitionsByAssets[].assetKey.path", Kind: Asset},
		}, Ignored: []string{in + "selector.partitionSetName", in + "selector.repositorySelector.repositoryName", in + "partitionNames",
			in + "partitionsByAssets[].partitions", in + "reexecutionSteps", in + "fromFailure", in + "allPartitions", in + "tags",
			in + "forceSynchronousSubmission", in + "title", in + "description", in + "runConfigData"}},
		{Field: "resumePartitionBackfill", Permission: "backfills.launch", Sources: []Source{{Path: "backfillId", Kind: Backfill}}},
		// Whatever it is called, the parent is a backfill.
		{Field: "reexecutePartitionBackfill", Permission: "backfills.launch", Sources: []Source{{Path: "reexecutionParams.parentRunId", Kind: Backfill}},
			Ignored: []string{"reexecutionParams.strategy", "reexecutionParams.extraTags", "reexecutionParams.useParentRunTags"}},
		{Field: "cancelPartitionBackfill", Permission: "backfills.cancel", Sources: []Source{{Path: "backfillId", Kind: Backfill}}},
	}
}

func instigatorRules() []Rule {
	bySelector := func(field, permission, argument, name string, ignored ...string) Rule {
		return Rule{Field: field, Permission: permission, Sources: []Source{{Path: argument + ".repositoryLocationName", Kind: Location}},
			Ignored: append([]string{argument + ".repositoryName", argument + "." + name}, ignored...)}
	}
	return []Rule{
		bySelector("startSchedule", "schedules.toggle", "scheduleSelector", "scheduleName"),
		bySelector("resetSchedule", "schedules.toggle", "scheduleSelector", "scheduleName"),
		{Field: "stopRunningSchedule", Permission: "schedules.toggle", Sources: []Source{
			{Path: "id", Kind: scheduleID}, {Path: "scheduleOriginId", Kind: scheduleID}, {Path: "scheduleSelectorId", Kind: ScheduleSelector}}},
		bySelector("scheduleDryRun", "schedules.dry_run", "selectorData", "scheduleName", "timestamp"),
		bySelector("startSensor", "sensors.toggle", "sensorSelector", "sensorName"),
		bySelector("resetSensor", "sensors.toggle", "sensorSelector", "sensorName"),
		{Field: "stopSensor", Permission: "sensors.toggle", Sources: []Source{
			{Path: "id", Kind: sensorID}, {Path: "jobOriginId", Kind: sensorID}, {Path: "jobSelectorId", Kind: SensorSelector}}},
		bySelector("setSensorCursor", "sensors.set_cursor", "sensorSelector", "sensorName", "cursor"),
		bySelector("sensorDryRun", "sensors.dry_run", "selectorData", "sensorName", "cursor"),
	}
}

func locationRules() []Rule {
	at := func(argument string) []Source { return []Source{{Path: argument, Kind: Location}} }
	return []Rule{
		{Field: "reloadRepositoryLocation", Permission: "code_locations.reload", Sources: at("repositoryLocationName")},
		{Field: "shutdownRepositoryLocation", Permission: "code_locations.reload", Sources: at("repositoryLocationName")},
		{Field: "reloadWorkspace", Permission: "workspace.reload"},
		{Field: "setAppManagedComponent", Permission: "components.edit", Since: "1.13", Sources: at("locationName"),
			Ignored: []string{"attributes", "componentId", "componentType"}},
		{Field: "deleteAppManagedComponent", Permission: "components.edit", Since: "1.13", Sources: at("locationName"), Ignored: []string{"componentId"}},
		{Field: "refreshComponentState", Permission: "code_locations.reload", Since: "1.13", Sources: at("locationName"), Ignored: []string{"defsStateKey"}},
	}
}

func assetRules() []Rule {
	const params, repository = "eventParams.", "repositorySelector."
	partitions := Rule{Permission: "partitions.edit", Sources: []Source{{Path: repository + "repositoryLocationName", Kind: Location}},
		Ignored: []string{repository + "repositoryName", "partitionsDefName"}}
	add, remove := partitions, partitions
	add.Field, add.Ignored = "addDynamicPartition", append([]string{"partitionKey"}, partitions.Ignored...)
	remove.Field, remove.Ignored = "deleteDynamicPartitions", append([]string{"partitionKeys"}, partitions.Ignored...)
	// It wipes in every asset of the repository that uses the definition (1.13).
	remove.Sources = append(remove.Sources, Source{Path: repository + "repositoryLocationName", Kind: Location, Permission: "assets.wipe", When: "wipeMaterializations"})
	return []Rule{
		{Field: "wipeAssets", Permission: "assets.wipe", Sources: []Source{{Path: "assetPartitionRanges[].assetKey.path", Kind: Asset}},
			Ignored: []string{"assetPartitionRanges[].partitions"}},
		{Field: "reportRunlessAssetEvents", Permission: "assets.report_events", Sources: []Source{{Path: params + "assetKey.path", Kind: Asset}},
			Ignored: []string{params + "eventType", params + "partitionKeys", params + "description"}},
		{Field: "reportAssetCheckEvaluations", Permission: "assets.report_events", Since: "1.13", Sources: []Source{{Path: params + "assetKey.path", Kind: Asset}},
			Ignored: []string{params + "checkName", params + "passed", params + "severity", params + "serializedMetadata", params + "partitionKeys", params + "description"}},
		add, remove,
	}
}

// instanceRules are of what belongs to the whole deployment. The last two the webserver lets everybody do: they count telemetry
// and remember that a greeting was seen.
func instanceRules() []Rule {
	return []Rule{
		{Field: "setAutoMaterializePaused", Permission: "automation.toggle", Ignored: []string{"paused"}},
		{Field: "setConcurrencyLimit", Permission: "concurrency.edit", Ignored: []string{"concurrencyKey", "limit"}},
		{Field: "deleteConcurrencyLimit", Permission: "concurrency.edit", Ignored: []string{"concurrencyKey"}},
		{Field: "freeConcurrencySlots", Permission: "concurrency.edit", Ignored: []string{"runId", "stepKey"}},
		{Field: "freeConcurrencySlotsForRun", Permission: "concurrency.edit", Ignored: []string{"runId"}},
		{Field: "logTelemetry", Permission: seeing, Ignored: []string{"action", "clientId", "clientTime", "metadata"}},
		{Field: "setNuxSeen", Permission: seeing},
	}
}
