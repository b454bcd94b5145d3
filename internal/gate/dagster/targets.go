package dagster

import (
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// TargetKind says what must be looked up to know which code location something belongs to.
type TargetKind uint8

// The kinds of targets. Whatever cannot be found, or has no location, takes the permission on the whole deployment.
const (
	Deployment       TargetKind = iota // the deployment itself: nothing to look up
	AllLocations                       // every code location of the workspace
	Location                           // Name is the code location
	Run                                // Name is a run id; its origin's location, and those of its assets if it is of an implicit asset job
	Backfill                           // Name is a backfill id; its job's location, or those of all its assets
	Asset                              // Key is an asset key; every location that defines it
	ScheduleOrigin                     // Name is the origin id of a schedule
	ScheduleSelector                   // Name is the selector id of a schedule
	SensorOrigin                       // Name is the origin id of a sensor
	SensorSelector                     // Name is the selector id of a sensor
	scheduleID                         // in rules: a compound of both ids, or the origin's alone
	sensorID
	job // in rules: a selector of a job
	kinds
)

// String names the kind for logs: "location", "run" and so on.
func (k TargetKind) String() string {
	return [...]string{"deployment", "all_locations", "location", "run", "backfill", "asset", "schedule_origin", "schedule_selector",
		"sensor_origin", "sensor_selector", "schedule_id", "sensor_id", "job", "?"}[min(k, kinds)]
}

// A Target is one thing on which one permission must be held. All targets of an operation must be allowed.
type Target struct {
	Permission string
	Kind       TargetKind
	Name       string
	Key        []string // of an asset
	From       string   // the argument that named it; empty: none did
}

// onlyAdministrators is a permission that Admin has and Editor has not: what unknown queries take.
const onlyAdministrators = "team_permissions.edit"

// Targets lists what an operation takes, each once. It is never empty: what names nothing concerns the deployment, and so does an
// argument that the table does not know. Unknown mutations and subscriptions are Forbidden.
func (t *Table) Targets(o Operation) ([]Target, error) {
	rule, known := t.Rule(o.Kind, o.Field)
	switch {
	case t.Unknown(o) && o.Kind != Query:
		return nil, fault.New(fault.Forbidden, "this gate does not know the %s %s", o.Kind, printable(o.Field)).
			Rather("map it in the gate's configuration, or update").By("gate.unknown_field")
	case t.Unknown(o):
		return []Target{{Permission: onlyAdministrators, Kind: Deployment}}, nil
	case !known:
		rule = Rule{Permission: seeing}
	}
	list := &targets{}
	for _, s := range rule.Sources {
		if s.When == "" || isTrue(o.Arguments, s.When) {
			target := Target{Permission: or(s.Permission, rule.Permission), Kind: s.Kind, From: s.Path}
			list.values(target, at(o.Arguments, s.Path))
		}
	}
	if len(list.all) == 0 {
		list.add(Target{Permission: rule.Permission})
	}
	if o.Kind == Mutation {
		for _, path := range rule.strange(o.Arguments) {
			list.add(Target{Permission: rule.Permission, From: path})
		}
	}
	for _, read := range o.Reads {
		list.reads(read, o)
	}
	return list.all, nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

type targets struct{ all []Target }

func (l *targets) add(t Target) {
	same := func(o Target) bool {
		return o.Permission == t.Permission && o.Kind == t.Kind && o.Name == t.Name && slices.Equal(o.Key, t.Key)
	}
	if !slices.ContainsFunc(l.all, same) {
		l.all = append(l.all, t)
	}
}

// reads adds what a field beneath takes. A dry run's own evaluation is what was judged already.
func (l *targets) reads(read string, o Operation) {
	if o.Field == "scheduleDryRun" || o.Field == "sensorDryRun" {
		return
	}
	for _, permission := range guarded(read) {
		l.add(Target{Permission: permission, From: read})
	}
}

// values adds what the values of one argument name.
func (l *targets) values(t Target, values []any) {
	for _, value := range values {
		switch v := value.(type) {
		case string:
			t.Name = v
			l.named(t)
		case []any:
			asset := t
			for _, part := range v {
				text, _ := part.(string)
				asset.Key = append(asset.Key, text)
			}
			l.add(asset)
		case map[string]any:
			l.job(t, v)
		default:
			l.add(Target{Permission: t.Permission, From: t.From})
		}
	}
}

// named adds what a text names. Ids of schedules and sensors can be two ids in one, joined by "::" (CompoundID in dagster 1.13's
// remote_representation/handle.py). The upstream checks the first and writes under both, so both are judged.
func (l *targets) named(t Target) {
	if t.Kind != scheduleID && t.Kind != sensorID {
		l.add(t)
		return
	}
	ids := strings.Split(t.Name, "::")
	first, second := ScheduleOrigin, ScheduleSelector
	if t.Kind == sensorID {
		first, second = SensorOrigin, SensorSelector
	}
	if len(ids) != 2 {
		l.add(Target{Permission: t.Permission, Kind: first, Name: t.Name, From: t.From})
		return
	}
	l.add(Target{Permission: t.Permission, Kind: first, Name: ids[0], From: t.From})
	l.add(Target{Permission: t.Permission, Kind: second, Name: ids[1], From: t.From})
}

// implicitJob begins the names of the jobs that Dagster makes for assets. What such a run does is in its selection, and without
// one it takes all assets.
const implicitJob = "__ASSET_JOB"

// job adds what a selector of a job names: its location, and the assets that are selected in it.
func (l *targets) job(t Target, selector map[string]any) {
	add := func(kind TargetKind, path string) int {
		values := at(selector, path)
		l.values(Target{Permission: t.Permission, Kind: kind, From: t.From + "." + path}, values)
		return len(values)
	}
	add(Location, "repositoryLocationName")
	assets := add(Asset, "assetSelection[].path") + add(Asset, "assetCheckSelection[].assetKey.path")
	for _, key := range []string{"pipelineName", "jobName"} {
		if name, _ := selector[key].(string); strings.HasPrefix(name, implicitJob) && assets == 0 {
			l.add(Target{Permission: t.Permission, Kind: AllLocations, From: t.From + "." + key})
		}
	}
}

// at returns the values at a path of arguments: none where an argument is missing or null.
func at(arguments map[string]any, path string) []any {
	values := []any{arguments}
	for part := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(part, "[]")
		var next []any
		for _, value := range values {
			object, _ := value.(map[string]any)
			switch inner := object[name].(type) {
			case nil:
			case []any:
				if each {
					next = append(next, slices.DeleteFunc(slices.Clone(inner), func(v any) bool { return v == nil })...)
				} else {
					next = append(next, inner)
				}
			default:
				next = append(next, inner)
			}
		}
		values = next
	}
	return values
}

func isTrue(arguments map[string]any, path string) bool {
	return slices.Contains(at(arguments, path), any(true))
}
