package dagster

import (
	"encoding/json"
	"strings"
)

// permit notes what one field of an object depends on. What is not true needs no judging.
func (w *walk) permit(p permit, f, above *frame) {
	switch {
	case p.field == "assetManifest":
		w.manifest(f)
	case p.of == "Permission":
		w.permission(p, f, above)
	default:
		from, to := w.skip()
		if string(w.text[from:to]) == "true" {
			w.x.edits = append(w.x.edits, edit{from, to, yes, w.targets(p, f)})
		}
	}
}

// targets remembers what objects of which the same was said depend on: mostly thousands in a few code locations.
func (w *walk) targets(p permit, f *frame) []int {
	w.key = append(append(w.key[:0], p.of...), p.field...)
	for _, a := range f.asides {
		w.key = append(append(w.key, a.key...), a.value...)
	}
	list, known := w.same[string(w.key)]
	if !known {
		list = w.x.add(f.targets(p))
		w.same[string(w.key)] = list
	}
	return list
}

func (w *walk) note(from, to int, what edition, targets []Target) {
	w.x.edits = append(w.x.edits, edit{from, to, what, w.x.add(targets)})
}

// permission rewrites one of a list of keys: the deployment's, or those of the code location around it.
func (w *walk) permission(p permit, f, above *frame) {
	from, to := w.skip()
	if string(f.aside("Permission", "value")) != "true" {
		return
	}
	key, _ := permission(word(f.aside("Permission", "key")))
	t := Target{Permission: key}
	for _, of := range []string{"WorkspaceLocationStatusEntry", "WorkspaceLocationEntry"} {
		if name := word(above.aside(of, "location")); name != "" {
			t.Kind, t.Name = Location, name
		}
	}
	what := yes
	if p.field == "disabledReason" {
		what = why
	}
	w.note(from, to, what, []Target{t})
}

// manifest rewrites the assets of a repository that are told as one value, with three of an AssetNode's booleans in each
// (to_manifest_dict in dagster-graphql 1.13's schema/asset_graph.py).
func (w *walk) manifest(f *frame) {
	if w.next() != '[' {
		w.skip()
		return
	}
	w.list(func() {
		if w.next() != '{' {
			w.skip()
			return
		}
		w.cursor.object(func(name []byte, _ int) {
			key := string(name)
			from, to := w.skip()
			needed := permitted("AssetNode", key)
			if needed == "" && isPermitName(key) {
				needed = onlyAdministrators
			}
			if needed != "" && string(w.text[from:to]) == "true" {
				w.note(from, to, yes, f.targets(permit{"Repository", key, needed}))
			}
		})
	})
}

func (f *frame) aside(of, name string) json.RawMessage {
	value, _ := f.said(asideKey(of, name))
	return value
}

// texts reads what was asked of an object besides: the values at the end of the path.
func (f *frame) texts(of, name string) []any {
	for _, a := range asides(of) {
		if raw := f.aside(of, name); a.name == name && raw != nil {
			var value any
			if json.Unmarshal(raw, &value) == nil {
				return ends(value, strings.Split(a.path, ".")[1:])
			}
		}
	}
	return nil
}

// ends follows a path through objects and the elements of lists.
func ends(value any, path []string) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		if len(path) > 0 {
			return ends(v[path[0]], path[1:])
		}
	case []any:
		if len(path) > 0 {
			var all []any
			for _, element := range v {
				all = append(all, ends(element, path)...)
			}
			return all
		}
	}
	return []any{value}
}

func word(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// targets says where a permit's permission has to be held: as it would be judged if the caller did it (Table.Targets and the
// workspace's lookup).
func (f *frame) targets(p permit) []Target {
	if p.permission == "" { // of an InstigationState
		p.permission = "sensors.toggle"
		if word(f.aside(p.of, "kind")) == "SCHEDULE" {
			p.permission = "schedules.toggle"
		}
	}
	l := &targets{}
	switch {
	case p.permission == onlyAdministrators:
	case p.of == "Run":
		f.run(l, p)
	case p.of == "PartitionBackfill" && string(f.aside(p.of, "isAssets")) == "true":
		f.assets(l, p, Backfill, f.texts(p.of, "assets"))
	default:
		f.location(l, p, "location")
	}
	if len(l.all) == 0 {
		l.add(Target{Permission: p.permission})
	}
	return l.all
}

func (f *frame) location(l *targets, p permit, name string) {
	for _, value := range f.texts(p.of, name) {
		if text, _ := value.(string); text != "" {
			l.add(Target{Permission: p.permission, Kind: Location, Name: text})
		}
	}
}

// run adds a run's origin, and the assets of one of an implicit job. One without an origin is the deployment's.
func (f *frame) run(l *targets, p permit) {
	f.location(l, p, "origin")
	if len(l.all) == 0 || !strings.HasPrefix(word(f.aside("Run", "job")), implicitJob) {
		return
	}
	keys := append(f.texts("Run", "assets"), f.texts("Run", "checks")...)
	if len(keys) == 0 {
		l.add(Target{Permission: p.permission, Kind: AllLocations})
	}
	f.assets(l, p, Run, keys)
}

// assets adds asset keys, or where there are too many the whole thing by its id.
func (f *frame) assets(l *targets, p permit, kind TargetKind, keys []any) {
	if len(keys) > maxAssets {
		l.add(Target{Permission: p.permission, Kind: kind, Name: word(f.aside(p.of, "id"))})
		return
	}
	for _, key := range keys {
		l.values(Target{Permission: p.permission, Kind: Asset}, []any{key})
	}
}
