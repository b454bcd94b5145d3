package history

import (
	"slices"
	"strings"
)

// viaGate is the door of what gates tell.
const viaGate = "gate"

// A deed is what a gate lets through, or refuses, in words.
type deed struct {
	did, do string // "launched a run", "launch a run"
	event   string // its name in Dagster's audit log; "" where that has none
}

// deeds are the mutations of Dagster's webserver and its reports, by operation.
func deeds() map[string]deed {
	const schedule, sensor = "UPDATE_SCHEDULE", "UPDATE_SENSOR"
	launch := deed{"launched a run", "launch a run", "LAUNCH_RUN"}
	reexecute := deed{"executed a run again", "execute a run again", "LAUNCH_RUN"}
	terminate, remove := deed{"terminated a run", "terminate a run", ""}, deed{"deleted a run", "delete a run", ""}
	limit := deed{"changed a concurrency limit", "change a concurrency limit", ""}
	free := deed{"freed concurrency slots", "free concurrency slots", ""}
	report := deed{"reported asset events", "report asset events", ""}
	component := deed{"changed a component", "change a component", "UPDATE_CODE_LOCATION"}
	return map[string]deed{
		"launchRun": launch, "launchPipelineExecution": launch, "launchMultipleRuns": {"launched runs", "launch runs", "LAUNCH_RUN"},
		"launchRunReexecution": reexecute, "launchPipelineReexecution": reexecute,
		"terminateRun": terminate, "terminatePipelineExecution": terminate, "terminateRuns": {"terminated runs", "terminate runs", ""},
		"deleteRun": remove, "deletePipelineRun": remove,
		"launchPartitionBackfill":    {"launched a backfill", "launch a backfill", "LAUNCH_BACKFILL"},
		"resumePartitionBackfill":    {"resumed a backfill", "resume a backfill", "LAUNCH_BACKFILL"},
		"reexecutePartitionBackfill": {"launched a backfill again", "launch a backfill again", "LAUNCH_BACKFILL"},
		"cancelPartitionBackfill":    {"cancelled a backfill", "cancel a backfill", ""},
		"startSchedule":              {"started a schedule", "start a schedule", schedule},
		"resetSchedule":              {"reset a schedule", "reset a schedule", schedule},
		"stopRunningSchedule":        {"stopped a schedule", "stop a schedule", schedule},
		"scheduleDryRun":             {"tried a schedule out", "try a schedule out", ""},
		"startSensor":                {"started a sensor", "start a sensor", sensor},
		"resetSensor":                {"reset a sensor", "reset a sensor", sensor},
		"stopSensor":                 {"stopped a sensor", "stop a sensor", sensor},
		"setSensorCursor":            {"set a sensor's cursor", "set a sensor's cursor", sensor},
		"sensorDryRun":               {"tried a sensor out", "try a sensor out", ""},
		"reloadRepositoryLocation":   {"reloaded code", "reload code", "UPDATE_CODE_LOCATION"},
		"shutdownRepositoryLocation": {"shut a code server down", "shut a code server down", "UPDATE_CODE_LOCATION"},
		"refreshComponentState":      {"refreshed a component's state", "refresh a component's state", "UPDATE_CODE_LOCATION"},
		"reloadWorkspace":            {"reloaded all code", "reload all code", ""},
		"setAppManagedComponent":     component, "deleteAppManagedComponent": component,
		"wipeAssets":               {"wiped assets", "wipe assets", ""},
		"reportRunlessAssetEvents": report, "reportAssetCheckEvaluations": report,
		"report_asset_materialization": report, "report_asset_check": report, "report_asset_observation": report,
		"addDynamicPartition":      {"added a partition", "add a partition", ""},
		"deleteDynamicPartitions":  {"deleted partitions", "delete partitions", ""},
		"setAutoMaterializePaused": {"paused or resumed automation", "pause or resume automation", "SET_AUTO_MATERIALIZE_PAUSED"},
		"setConcurrencyLimit":      limit, "deleteConcurrencyLimit": limit, "freeConcurrencySlots": free, "freeConcurrencySlotsForRun": free,
		"sign_in": {"signed in", "sign in", ""}, // its name is that of the sign-in at the server
	}
}

// deedOf finds the words for an operation that a gate tells of: "dagster.launchRun".
func deedOf(operation string) (deed, bool) {
	_, field, _ := strings.Cut(operation, ".")
	d, known := deeds()[field]
	return d, known
}

// atUpstream is in one sentence what a gate let through or refused; "" where there are no words for it.
func (n *names) atUpstream(row *Row, times string) string {
	d, known := deedOf(row.Action)
	if row.Via != viaGate || !known {
		return ""
	}
	where := ""
	if len(row.Targets) > 0 {
		if where = " at " + row.Targets[0]; row.Platform != "" {
			where = " in " + strings.TrimPrefix(row.Targets[0], row.Platform+"/")
		}
	}
	if row.Result != "refused" {
		return n.say(row.ActorID) + " " + d.did + where + times
	}
	text := n.say(row.ActorID) + " was not allowed to " + d.do + where + times
	if row.Reason != "" {
		text += ": " + row.Reason
	}
	return text
}

// activityEvent is the name that Dagster's audit log has for an activity; "" where it has none. What was refused never happened.
func activityEvent(a *Activity) string {
	if a.Operation == "sign_in" {
		return dagsterSignIn
	}
	if d, known := deedOf(a.Operation); known && a.Via == viaGate && a.Result != "refused" {
		return d.event
	}
	return ""
}

// eventOperations lists the operations whose activity has one of the names.
func eventOperations(events []string) []string {
	var found []string
	if slices.Contains(events, dagsterSignIn) {
		found = append(found, "sign_in")
	}
	for field, d := range deeds() {
		if d.event != "" && slices.Contains(events, d.event) {
			found = append(found, "dagster."+field)
		}
	}
	slices.Sort(found)
	return found
}
