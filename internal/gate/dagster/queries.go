package dagster

import (
	"slices"
)

// What the tables below name often.
const (
	seeing     = "deployments.view"
	seeingRuns = "runs.view"
)

// subscriptionRules is what the subscriptions of Dagster 1.12 and 1.13 take. Whoever sees the deployment sees its code locations, and
// the runs in all of them.
func subscriptionRules() []Rule {
	return []Rule{
		{Kind: Subscription, Field: "pipelineRunLogs", Permission: seeingRuns},
		{Kind: Subscription, Field: "capturedLogs", Permission: seeingRuns},
		{Kind: Subscription, Field: "locationStateChangeEvents", Permission: seeing},
	}
}

// queryRules is what the queries of Dagster 1.12 and 1.13 take (type Query of dagster-graphql 1.12.3 and 1.13.27).
func queryRules() []Rule {
	runs := []string{
		"pipelineRunsOrError", "pipelineRunOrError", "runsOrError", "runOrError", "runsFeedOrError", "runsFeedCountOrError",
		"runTagKeysOrError", "runTagsOrError", "runIdsOrError", "runGroupOrError", "partitionBackfillOrError",
		"assetBackfillPreview", "partitionBackfillsOrError", "logsForRun", "capturedLogsMetadata", "capturedLogs",
	}
	rest := []string{
		"version", "repositoriesOrError", "repositoryOrError", "workspaceOrError", "locationStatusesOrError",
		"workspaceLocationEntryOrError", "pipelineOrError", "resourcesOrError", "pipelineSnapshotOrError", "graphOrError",
		"scheduler", "scheduleOrError", "schedulesOrError", "topLevelResourceDetailsOrError",
		"allTopLevelResourceDetailsOrError", "utilizedEnvVarsOrError", "sensorOrError", "sensorsOrError",
		"instigationStateOrError", "instigationStatesOrError", "partitionSetsOrError", "partitionSetOrError",
		"isPipelineConfigValid", "executionPlanOrError", "runConfigSchemaOrError", "instance", "assetsOrError",
		"assetRecordsOrError", "assetOrError", "assetNodes", "assetNodeOrError", "assetNodeAdditionalRequiredKeys",
		"assetNodeDefinitionCollisions", "permissions", "canBulkTerminate", "assetsLatestInfo", "shouldShowNux", "test",
		"autoMaterializeAssetEvaluationsOrError", "truePartitionsForAutomationConditionEvaluationNode",
		"autoMaterializeEvaluationsForEvaluationId", "assetConditionEvaluationForPartition",
		"assetConditionEvaluationRecordsOrError", "assetConditionEvaluationsForEvaluationId", "autoMaterializeTicks",
		"assetCheckExecutions", "latestDefsStateInfo", "appManagedComponentsForLocationOrError",
		"componentsForLocationOrError", "componentTypesForLocationOrError",
	}
	var rules []Rule
	for _, field := range runs {
		rules = append(rules, Rule{Kind: Query, Field: field, Permission: seeingRuns})
	}
	for _, field := range rest {
		rules = append(rules, Rule{Kind: Query, Field: field, Permission: seeing})
	}
	return rules
}

// guarded returns what a field takes on the deployment besides what its root field takes. Instance.info is the instance's
// configuration file; an evaluation runs the code of a schedule or sensor, although a query asks for it (resolve_evaluationResult in
// dagster-graphql 1.13.27's schema/instigation.py).
func guarded(field string) []string {
	switch field {
	case "Instance.info":
		return []string{"deployments.edit_settings"}
	case "DryRunInstigationTick.evaluationResult":
		return []string{"schedules.dry_run", "sensors.dry_run"}
	}
	return nil
}

func isGuarded(field string) bool { return len(guarded(field)) > 0 }

// Permissions lists every permission that the table asks for, sorted.
func (t *Table) Permissions() []string {
	all := append([]string{onlyAdministrators}, slices.Concat(guarded("Instance.info"), guarded("DryRunInstigationTick.evaluationResult"))...)
	for _, rules := range t.rules {
		for _, r := range rules {
			all = append(all, r.Permission)
			for _, s := range r.Sources {
				if s.Permission != "" {
					all = append(all, s.Permission)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
