package workspace

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/gate/dagster"
)

// A view is everything that the code locations hold, under one stamp. It does not change.
type view struct {
	stamp       stamp
	asked       time.Time
	locations   []Location // sorted by name
	loaded      map[string]bool
	assets      map[string]*asset                            // by keyText
	makes       map[string][]string                          // keyTexts of what a location makes
	instigators map[dagster.TargetKind]map[string]instigator // by the kind of id, by the id
}

// An asset is the code locations that have a key.
type asset struct {
	makers   []string // that make it or observe it: what Dagster calls its definitions
	mentions []string // that only say that it exists
}

// An instigator is a schedule or a sensor. The zero value is none.
type instigator struct{ location, repository, name string }

// keyText is an asset key as a key of a map.
func keyText(path []string) string {
	var b strings.Builder
	for _, part := range path {
		b.WriteString(strconv.Itoa(len(part)) + ":" + part)
	}
	return b.String()
}

const viewQuery = `{` + stampFields + ` workspaceOrError { __typename ... on PythonError { message }
	... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename
		... on RepositoryLocation { repositories { name
			assetNodes { assetKey { path } isExecutable }
			schedules { name id scheduleState { id selectorId } }
			sensors { name id jobOriginId sensorState { id selectorId } } } } } } } } }`

type viewAnswer struct {
	stamped
	WorkspaceOrError struct {
		failure
		LocationEntries []locationAnswer
	}
}

type locationAnswer struct {
	Name, LoadStatus    string
	LocationOrLoadError struct {
		failure
		Repositories []repositoryAnswer
	}
}

type repositoryAnswer struct {
	Name       string
	AssetNodes []struct {
		AssetKey     keyAnswer
		IsExecutable bool
	}
	Schedules []struct {
		Name, ID      string
		ScheduleState stateAnswer
	}
	Sensors []struct {
		Name, ID, JobOriginID string
		SensorState           stateAnswer
	}
}

type keyAnswer struct{ Path []string }

type stateAnswer struct{ ID, SelectorID string }

// view returns what code locations hold, as it was no earlier than a time.
func (w *Workspace) view(ctx context.Context, since time.Time) (*view, error) {
	for range attempts {
		now, err := w.confirmed(ctx, since)
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		last := w.last
		w.mu.Unlock()
		if last != nil && last.stamp == now {
			return last, nil
		}
		if err := w.fly(ctx, "view", w.look); err != nil {
			return nil, err
		}
	}
	return nil, unsteady()
}

// look reads everything anew.
func (w *Workspace) look(ctx context.Context) error {
	var answer viewAnswer
	q := w.question()
	err := w.upstream.ask(ctx, viewQuery, nil, &answer)
	var next *view
	if err == nil {
		next, err = answer.view(q.at)
	}
	if err != nil {
		w.untold(q, err)
		return err
	}
	w.told(q, next.stamp)
	w.seen(next)
	return nil
}

// seen keeps a view and tells of it, unless a newer one came first.
func (w *Workspace) seen(next *view) {
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	newer := w.last == nil || !next.asked.Before(w.last.asked)
	if newer {
		next.inherit(w.last)
		w.last = next
	}
	w.mu.Unlock()
	if newer && w.options.Changed != nil {
		w.options.Changed(slices.Clone(next.locations))
	}
}

func (a *viewAnswer) view(asked time.Time) (*view, error) {
	now, err := a.stamp()
	if err == nil && a.WorkspaceOrError.Kind != "Workspace" {
		err = failed(a.WorkspaceOrError.failure)
	}
	if err != nil {
		return nil, err
	}
	v := &view{stamp: now, asked: asked, loaded: map[string]bool{}, assets: map[string]*asset{}, makes: map[string][]string{},
		instigators: map[dagster.TargetKind]map[string]instigator{}}
	for _, kind := range []dagster.TargetKind{dagster.ScheduleOrigin, dagster.ScheduleSelector, dagster.SensorOrigin, dagster.SensorSelector} {
		v.instigators[kind] = map[string]instigator{}
	}
	for _, entry := range a.WorkspaceOrError.LocationEntries {
		v.loaded[entry.Name] = entry.LoadStatus == "LOADED" && entry.LocationOrLoadError.Kind == "RepositoryLocation"
		v.locations = append(v.locations, Location{entry.Name, v.loaded[entry.Name]})
		if v.loaded[entry.Name] {
			for _, repository := range entry.LocationOrLoadError.Repositories {
				v.add(entry.Name, repository)
			}
		}
	}
	slices.SortFunc(v.locations, func(a, b Location) int { return cmp.Compare(a.Name, b.Name) })
	return v, nil
}

func (v *view) add(location string, r repositoryAnswer) {
	for _, node := range r.AssetNodes {
		key := keyText(node.AssetKey.Path)
		if node.IsExecutable {
			v.make(location, key)
		} else {
			v.asset(key).mentions = append(v.asset(key).mentions, location)
		}
	}
	for _, s := range r.Schedules {
		i := instigator{location, r.Name, s.Name}
		v.name(dagster.ScheduleOrigin, origin(s.ID), i)
		v.name(dagster.ScheduleOrigin, origin(s.ScheduleState.ID), i)
		v.name(dagster.ScheduleSelector, s.ScheduleState.SelectorID, i)
	}
	for _, s := range r.Sensors {
		i := instigator{location, r.Name, s.Name}
		v.name(dagster.SensorOrigin, s.JobOriginID, i)
		v.name(dagster.SensorOrigin, origin(s.ID), i)
		v.name(dagster.SensorOrigin, origin(s.SensorState.ID), i)
		v.name(dagster.SensorSelector, s.SensorState.SelectorID, i)
	}
}

func (v *view) asset(key string) *asset {
	a := v.assets[key]
	if a == nil {
		a = &asset{}
		v.assets[key] = a
	}
	return a
}

func (v *view) make(location, key string) {
	v.asset(key).makers = append(v.asset(key).makers, location)
	v.makes[location] = append(v.makes[location], key)
}

// origin is the first part of a compound id (CompoundID in dagster 1.13's remote_representation/handle.py). What an instigator's
// state was stored under may be an older origin of the same instigator.
func origin(id string) string {
	first, _, _ := strings.Cut(id, "::")
	return first
}

// name gives an instigator an id. An id of two instigators is of none.
func (v *view) name(kind dagster.TargetKind, id string, i instigator) {
	if id == "" {
		return
	}
	if other, taken := v.instigators[kind][id]; taken && other != i {
		i = instigator{}
	}
	v.instigators[kind][id] = i
}

// inherit remembers what locations made that are there still and have failed since: nobody else may act on it meanwhile.
func (v *view) inherit(older *view) {
	if older == nil {
		return
	}
	for _, l := range v.locations {
		if !l.Loaded {
			for _, key := range older.makes[l.Name] {
				v.make(l.Name, key)
			}
		}
	}
}
