package dagster

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// permission returns what a key of Dagster's own is about (dagster/_core/workspace/permissions.py 1.13.27; edit_workspace is one
// of its pages' own list, js_modules/ui-core/src/graphql/permissions.json). A key that is not known takes the administrator.
func permission(key string) (string, bool) {
	switch key {
	case "launch_pipeline_execution":
		return "runs.launch", true
	case "launch_pipeline_reexecution":
		return "runs.reexecute", true
	case "terminate_pipeline_execution":
		return "runs.terminate", true
	case "delete_pipeline_run":
		return "runs.delete", true
	case "launch_partition_backfill":
		return "backfills.launch", true
	case "cancel_partition_backfill":
		return "backfills.cancel", true
	}
	return definitionPermission(key)
}

// definitionPermission knows the keys about what is defined in code, and about the deployment.
func definitionPermission(key string) (string, bool) {
	switch key {
	case "wipe_assets":
		return "assets.wipe", true
	case "start_schedule", "stop_running_schedule":
		return "schedules.toggle", true
	case "schedule_dry_run":
		return "schedules.dry_run", true
	case "edit_sensor":
		return "sensors.toggle", true
	case "update_sensor_cursor":
		return "sensors.set_cursor", true
	case "sensor_dry_run":
		return "sensors.dry_run", true
	case "reload_repository_location", "refresh_component_state":
		return "code_locations.reload", true
	case "reload_workspace":
		return "workspace.reload", true
	case "edit_workspace":
		return "workspace.edit", true
	case "report_runless_asset_events":
		return "assets.report_events", true
	case "edit_dynamic_partitions":
		return "partitions.edit", true
	case "toggle_auto_materialize":
		return "automation.toggle", true
	case "edit_concurrency_limit":
		return "concurrency.edit", true
	case "edit_app_managed_components":
		return "components.edit", true
	}
	return onlyAdministrators, false
}

// UnknownKeys returns which of the keys in an upstream's answer to { permissions { permission } } are not known here, in their
// order. Only administrators of the deployment are shown as having them.
func UnknownKeys(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, known := permission(key)
		return known
	})
}

// A permit is a field of an answer that tells whether the caller may do something. The webserver answers for itself, which may do
// everything; what callers are shown is what both may.
type permit struct {
	of, field  string // "Run", "hasDeletePermission"
	permission string // empty: it depends on the object
}

// permitted returns the permission that a boolean of an object is about. These are all that dagster-graphql 1.12 and 1.13 have.
func permitted(of, field string) string {
	switch of + "." + field {
	case "Query.canBulkTerminate", "Run.hasTerminatePermission":
		return "runs.terminate"
	case "Run.hasReExecutePermission", "Pipeline.hasLaunchReexecutionPermission", "Job.hasLaunchReexecutionPermission":
		return "runs.reexecute"
	case "Run.hasDeletePermission":
		return "runs.delete"
	case "Pipeline.hasLaunchExecutionPermission", "Job.hasLaunchExecutionPermission", "AssetNode.hasMaterializePermission":
		return "runs.launch"
	case "AssetNode.hasWipePermission":
		return "assets.wipe"
	case "AssetNode.hasReportRunlessAssetEventPermission":
		return "assets.report_events"
	case "Sensor.hasCursorUpdatePermissions":
		return "sensors.set_cursor"
	case "PartitionSet.hasLaunchBackfillPermission", "PartitionBackfill.hasResumePermission":
		return "backfills.launch"
	case "PartitionSet.hasCancelBackfillPermission", "PartitionBackfill.hasCancelPermission":
		return "backfills.cancel"
	}
	return ""
}

// permitOf tells whether a field is one. A boolean of a newer Dagster that is named like them takes the administrator.
func (d *Document) permitOf(f *ast.Field) (permit, bool) {
	if f.ObjectDefinition == nil || f.Definition == nil {
		return permit{}, false
	}
	p := permit{of: f.ObjectDefinition.Name, field: f.Name}
	if f.ObjectDefinition == d.schema.types.Query {
		p.of = "Query"
	}
	switch p.permission = permitted(p.of, p.field); {
	case p.permission != "", dependsOnObject(p.of, p.field), f.Definition.Type.Name() == "Permission" && p.field == "permissions":
	case isPermitName(p.field) && f.Definition.Type.NamedType == "Boolean":
		p.permission = onlyAdministrators
	default:
		return p, false
	}
	return p, true
}

// dependsOnObject tells which fields are about a permission that the object or the value itself names.
func dependsOnObject(of, field string) bool {
	return slices.Contains([]string{"Permission.value", "Permission.disabledReason", "Repository.assetManifest", "InstigationState.hasStartPermission",
		"InstigationState.hasStopPermission"}, of+"."+field)
}

// strangePermits lists, sorted, the fields of a schema that are named like those that tell rights, and that are not known here.
func (s *Schema) strangePermits() []string {
	var found []string
	for name, def := range s.types.Types {
		for _, f := range def.Fields {
			if isPermitName(f.Name) && f.Type.NamedType == "Boolean" && permitted(name, f.Name) == "" && !dependsOnObject(name, f.Name) {
				found = append(found, name+"."+f.Name)
			}
		}
	}
	slices.Sort(found)
	return found
}

func isPermitName(field string) bool {
	return strings.HasPrefix(field, "has") && (strings.HasSuffix(field, "Permission") || strings.HasSuffix(field, "Permissions"))
}

// An aside is what the gate asks of an object besides, to know where the object is.
type aside struct{ name, path string }

// asides lists them for a type. A field that the upstream does not have is left out, and the object is taken to be in no code
// location.
func asides(of string) []aside {
	switch of {
	case "Run":
		return []aside{{"origin", "repositoryOrigin.repositoryLocationName"}, {"job", "jobName"}, {"id", "runId"},
			{"assets", "assetSelection.path"}, {"checks", "assetCheckSelection.assetKey.path"}}
	case "Pipeline", "Job", "AssetNode":
		return []aside{{"location", "repository.location.name"}}
	case "Repository":
		return []aside{{"location", "location.name"}}
	case "InstigationState":
		return []aside{{"location", "repositoryLocationName"}, {"kind", "instigationType"}}
	case "Sensor":
		return []aside{{"location", "sensorState.repositoryLocationName"}}
	case "PartitionSet":
		return []aside{{"location", "repositoryOrigin.repositoryLocationName"}}
	case "PartitionBackfill":
		return []aside{{"isAssets", "isAssetBackfill"}, {"id", "id"}, {"assets", "assetSelection.path"}, {"location", "partitionSet.repositoryOrigin.repositoryLocationName"}}
	case "WorkspaceLocationEntry", "WorkspaceLocationStatusEntry":
		return []aside{{"location", "name"}}
	case "Permission":
		return []aside{{"key", "permission"}, {"value", "value"}}
	}
	return nil
}
