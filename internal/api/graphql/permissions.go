package graphql

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/state"
)

// may tells whether the caller has a permission, named without its platform, at a resource as things are now, and whether
// their token lets it through. Above the permission's level the question means everything beneath.
func (a *asking) may(permission, path string) bool {
	slug, _, _ := strings.Cut(path, "/")
	return (!a.caller.Narrowed() || a.caller.Allows(slug+"."+permission, path)) && a.present().Decide(a.question(permission, path)).Allowed
}

func (a *asking) question(permission, path string) access.Question {
	return access.Question{Subject: a.caller.Subject, Permission: permission, Resource: path, At: a.moment}
}

// mayAt tells whether the caller has what the platform's edition asks for an operation on a resource of a kind: for grey
// buttons and empty changes. What is changed is judged by package change.
func (a *asking) mayAt(p *state.Platform, operation, kind, path string) bool {
	governed := false
	for _, o := range p.Model.Governance.Operations {
		if o.Name != operation || o.Kind != kind {
			continue
		}
		governed = true
		if at := nearest(p.Model, path, o.At); at != "" && a.may(o.Permission, at) {
			return true
		}
	}
	return !governed && a.may("platforms.attach", accessfile.Directory)
}

// mayGiveAt tells whether the caller may give somebody a role at a resource.
func (a *asking) mayGiveAt(p *state.Platform, path string) bool {
	kind := p.Model.KindOf(path)
	for i := range p.Model.Governance.MayGive {
		row := &p.Model.Governance.MayGive[i]
		if at := nearest(p.Model, path, row.At); at != "" && slices.Contains(row.On, kind) && a.may(row.With, at) {
			return true
		}
	}
	return false
}

// nearest is the path of a kind at or above a path; "" where there is none.
func nearest(m *access.Model, path, kind string) string {
	for m.KindOf(path) != kind {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return ""
		}
		path = path[:i]
	}
	return path
}

// A key is a permission as Dagster's clients call it, with ours that decides it. Keys that are asked at a code location are
// asked at a deployment as well: there they mean all of its code locations.
type key struct {
	name, permission string
	location         bool
}

// keys are those of the open-source server (dagster-io/dagster python_modules/dagster/dagster/_core/workspace/permissions.py and
// js_modules/ui-core/src/graphql/permissions.json, commits 0451775f and 244447a6), and edit_workspace, which only Dagster+
// answers.
func keys() []key {
	return []key{
		{"launch_pipeline_execution", "runs.launch", true},
		{"launch_pipeline_reexecution", "runs.reexecute", true},
		{"start_schedule", "schedules.toggle", true},
		{"stop_running_schedule", "schedules.toggle", true},
		{"schedule_dry_run", "schedules.dry_run", true},
		{"edit_sensor", "sensors.toggle", true},
		{"update_sensor_cursor", "sensors.set_cursor", true},
		{"sensor_dry_run", "sensors.dry_run", true},
		{"terminate_pipeline_execution", "runs.terminate", true},
		{"delete_pipeline_run", "runs.delete", true},
		{"reload_repository_location", "code_locations.reload", true},
		{"reload_workspace", "workspace.reload", false},
		{"wipe_assets", "assets.wipe", true},
		{"report_runless_asset_events", "assets.report_events", true},
		{"launch_partition_backfill", "backfills.launch", true},
		{"cancel_partition_backfill", "backfills.cancel", true},
		{"edit_dynamic_partitions", "partitions.edit", true},
		{"toggle_auto_materialize", "automation.toggle", false},
		{"edit_concurrency_limit", "concurrency.edit", false},
		{"edit_app_managed_components", "components.edit", true},
		{"refresh_component_state", "code_locations.reload", true},
		{"edit_workspace", "workspace.edit", false},
	}
}

// identityPermissions answers what the interface asks about, and what Dagster+'s custom roles are made of under its names for
// that in small letters: at a place, or at what is above it where they are asked there.
func (a *asking) identityPermissions(p *state.Platform, path string) []*model.DagsterCloudPermission {
	list := []*model.DagsterCloudPermission{}
	for _, one := range a.permissionsAt(keys(), path, false) {
		list = append(list, (*model.DagsterCloudPermission)(one))
	}
	for _, c := range customPermissions() {
		one := &model.DagsterCloudPermission{Permission: strings.ToLower(string(c.word)), Value: len(c.permissions) > 0}
		if !one.Value {
			one.DisabledReason = new("It is about something that is not there")
		}
		for _, permission := range c.permissions {
			at := levelAt(p.Model, permission, path)
			if one.Value && !a.may(permission, at) {
				one.Value, one.DisabledReason = false, new(a.disabled(permission, at))
			}
		}
		list = append(list, one)
	}
	return list
}

// levelAt is where a permission is asked that concerns a path: there, or above it at the permission's own level.
func levelAt(m *access.Model, permission, path string) string {
	for i := range m.Permissions {
		if m.Permissions[i].Name == permission {
			if at := nearest(m, path, m.Permissions[i].At); at != "" {
				return at
			}
		}
	}
	return path
}

// permissionsAt answers keys at a resource of Dagster's platform.
func (a *asking) permissionsAt(all []key, path string, onlyLocation bool) []*model.Permission {
	var list []*model.Permission
	for _, k := range all {
		if onlyLocation && !k.location {
			continue
		}
		one := &model.Permission{Permission: k.name, Value: a.may(k.permission, path)}
		if !one.Value {
			one.DisabledReason = new(a.disabled(k.permission, path))
		}
		list = append(list, one)
	}
	return list
}

// disabled says why something is greyed out: the smallest thing that would turn it. Who else could do it, and which teams there
// are, is not in it.
func (a *asking) disabled(permission, path string) string {
	explained := a.present().Explain(a.question(permission, path))
	if explained.Decision.Allowed {
		return "The token that you use does not let this through"
	}
	for _, fix := range explained.Fixes {
		var needed []string
		for _, step := range fix.Steps {
			if step.Kind == "grant" && step.Grant.To.Kind == a.caller.Subject.Kind {
				needed = append(needed, "the role "+step.Grant.Role+" on "+step.Grant.On)
			}
		}
		if len(needed) == len(fix.Steps) {
			return "It needs " + strings.Join(needed, " and ")
		}
	}
	return "You have no role that gives this"
}
