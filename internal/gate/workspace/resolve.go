package workspace

import (
	"context"
	"slices"

	"bailiwick/internal/gate/dagster"
)

// A Place is what a target turned out to concern.
type Place struct {
	Target dagster.Target
	// Locations are the names of the code locations on which the target's permission must be held, each of them. None: on the
	// whole deployment.
	Locations []string
}

// Resolve finds out what the targets of one operation concern, in their order. What cannot be found, is in no code location, or in
// one that the upstream has not loaded concerns the whole deployment; so do all ids of a schedule, or of a sensor, that do not name
// the same one, and all code locations when one of them is not loaded. Errors are Unavailable, and Invalid if too many things are
// named.
func (w *Workspace) Resolve(ctx context.Context, targets []dagster.Target) ([]Place, error) {
	if !slices.ContainsFunc(targets, func(t dagster.Target) bool { return t.Kind != dagster.Deployment }) {
		return unplaced(targets), nil
	}
	found, err := w.find(ctx, targets)
	if err != nil {
		return nil, err
	}
	view, err := w.view(ctx, w.trusted())
	if err != nil {
		return nil, err
	}
	places, all := view.places(targets, found)
	if all {
		return places, nil
	}
	// What is not known may be there since a moment ago.
	now, err := w.view(ctx, w.options.Now())
	if err == nil && now != view {
		places, _ = now.places(targets, found)
	}
	return places, err
}

func unplaced(targets []dagster.Target) []Place {
	places := make([]Place, len(targets))
	for i, t := range targets {
		places[i].Target = t
	}
	return places
}

// places tells where targets are, and whether all have a place that could have one.
func (v *view) places(targets []dagster.Target, found map[name]thing) ([]Place, bool) {
	places, all := unplaced(targets), true
	schedule := v.one(targets, dagster.ScheduleOrigin, dagster.ScheduleSelector)
	sensor := v.one(targets, dagster.SensorOrigin, dagster.SensorSelector)
	for i, t := range targets {
		var in []string
		switch t.Kind {
		case dagster.Deployment:
			continue
		case dagster.AllLocations:
			in = v.everywhere()
		case dagster.Location:
			in = []string{t.Name}
		case dagster.Run, dagster.Backfill:
			if is, ok := found[name{t.Kind, t.Name}]; ok {
				in = v.ofThing(is)
			}
		case dagster.Asset:
			in = v.ofAsset(keyText(t.Key))
		case dagster.ScheduleOrigin, dagster.ScheduleSelector:
			in = []string{schedule.location}
		case dagster.SensorOrigin, dagster.SensorSelector:
			in = []string{sensor.location}
		}
		places[i].Locations = v.sure(in)
		all = all && places[i].Locations != nil
	}
	return places, all
}

// sure returns code locations, sorted, if all of them are loaded.
func (v *view) sure(in []string) []string {
	if len(in) == 0 || slices.ContainsFunc(in, func(l string) bool { return l == "" || !v.loaded[l] }) {
		return nil
	}
	in = slices.Clone(in)
	slices.Sort(in)
	return slices.Compact(in)
}

func (v *view) everywhere() []string {
	var all []string
	for _, l := range v.locations {
		all = append(all, l.Name)
	}
	return all
}

// ofThing returns the code locations of a run or a backfill: of its origin and of its assets. The origin counts for runs of assets,
// too, where the upstream looks at the assets alone: they may have moved.
func (v *view) ofThing(is thing) []string {
	if is.nowhere {
		return nil
	}
	var in []string
	if is.location != "" {
		in = append(in, is.location)
	}
	if is.ofAssets && len(is.keys) == 0 {
		return v.everywhere()
	}
	for _, key := range is.keys {
		of := v.ofAsset(key)
		if of == nil {
			return nil
		}
		in = append(in, of...)
	}
	return in
}

// ofAsset returns the code locations that make an asset. One that nobody makes is of those that mention it; while a code location
// is not loaded nobody knows whether that makes it.
func (v *view) ofAsset(key string) []string {
	a := v.assets[key]
	switch {
	case a == nil:
		return nil
	case len(a.makers) > 0:
		return a.makers
	case v.sure(v.everywhere()) == nil:
		return nil
	}
	return a.mentions
}

// one returns the schedule or sensor that all ids among targets name; none if they name two, or if one of them is of none. The
// upstream checks the one id and acts under the other, so that both must be of the same.
func (v *view) one(targets []dagster.Target, kinds ...dagster.TargetKind) instigator {
	var only instigator
	for _, t := range targets {
		if !slices.Contains(kinds, t.Kind) {
			continue
		}
		i := v.instigators[t.Kind][t.Name]
		if i == (instigator{}) || only != (instigator{}) && i != only {
			return instigator{}
		}
		only = i
	}
	return only
}
