package accessfile

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// A tree reads one platform's resources, by its model's kinds.
type tree struct {
	*reader
	platform *access.Platform
	model    *access.Model
}

// fields returns the readers of a resource's keys, and what to do once all of them are read: a key may name what stands
// under a later one.
func (t *tree) fields(res *access.Resource, kind *access.Kind) (map[string]func(yamltext.Value), func()) {
	var later []func()
	fields := map[string]func(yamltext.Value){}
	for _, child := range children(t.model, kind) {
		if child.Plural != "" {
			fields[child.Plural] = func(v yamltext.Value) { t.listing(res.Path, child, v) }
		}
		if len(child.Categories) == 0 {
			continue
		}
		// A resource with a category is written NAME: CATEGORY, so what it contains stands beside it and names it.
		for _, grandchild := range children(t.model, child) {
			fields[grandchild.Plural] = func(v yamltext.Value) {
				later = append(later, func() { t.beside(res.Path, child, grandchild, v) })
			}
		}
	}
	fields["resources"] = func(v yamltext.Value) { t.resources(res.Path, kind, v) }
	if len(kind.Categories) > 0 {
		fields["category"] = func(v yamltext.Value) { res.Category = t.category(kind, v) }
	}
	if len(settingsAt(t.model, kind)) > 0 {
		fields["settings"] = func(v yamltext.Value) { res.Settings = t.settings(kind, v) }
	}
	return fields, func() {
		for _, do := range later {
			do()
		}
	}
}

// resources reads the form that fits every model: kind: listing.
func (t *tree) resources(parent string, kind *access.Kind, v yamltext.Value) {
	fields := map[string]func(yamltext.Value){}
	for _, child := range children(t.model, kind) {
		fields[child.Name] = func(v yamltext.Value) { t.listing(parent, child, v) }
	}
	v.Fields(t.p, fields)
}

// listing reads resources of one kind under one parent: [a, b] or {a: …, b: …}.
func (t *tree) listing(parent string, kind *access.Kind, v yamltext.Value) {
	if v.IsMapping() {
		for _, e := range v.Entries(t.p) {
			t.resource(parent, kind, e.Key, e.KeyAt, e.Value)
		}
		return
	}
	for _, item := range v.List(t.p) {
		if len(kind.Categories) > 0 {
			t.p.Add(item, "the "+words(kind.Name)+" has no category", "write it as "+quoteName(item.Text(t.p))+": "+orList(kind.Categories))
			continue
		}
		nothing := yamltext.Value{Path: item.Path}
		t.resource(parent, kind, item.Text(t.p), item.Place(), nothing)
	}
}

// resource reads one resource: nothing, a category, a list of what it contains, or a mapping of all it has.
func (t *tree) resource(parent string, kind *access.Kind, name string, at yamltext.Place, v yamltext.Value) {
	if !t.plainName(at, v.Path, words(kind.Name), name) {
		return
	}
	res := access.Resource{Path: under(parent, kind, name)}
	if first, twice := t.file.Places.Resources[res.Path]; twice {
		t.p.AddAt(at, v.Path, fmt.Sprintf("%s stands twice (first on line %d)", res.Path, first.Line), "keep one of them")
		return
	}
	t.file.Places.Resources[res.Path] = at
	index := len(t.platform.Resources)
	t.platform.Resources = append(t.platform.Resources, res)
	switch {
	case len(kind.Categories) > 0 && !v.Given():
		t.p.AddAt(at, v.Path, "the "+words(kind.Name)+" has no category", "write it as "+quoteName(name)+": "+orList(kind.Categories))
	case len(kind.Categories) > 0 && v.IsText():
		res.Category = t.category(kind, v)
	case v.IsList():
		t.contents(res.Path, kind, v)
	default:
		fields, later := t.fields(&res, kind)
		v.Fields(t.p, fields)
		later()
		if len(kind.Categories) > 0 && res.Category == "" {
			t.p.AddAt(at, v.Path, "the "+words(kind.Name)+" has no category", "add category: with "+orList(kind.Categories))
		}
	}
	t.platform.Resources[index] = res
}

// contents reads a list in place of a mapping: the resources of the default kind beneath.
func (t *tree) contents(path string, kind *access.Kind, v yamltext.Value) {
	for _, child := range children(t.model, kind) {
		if child.Prefix == "" {
			t.listing(path, child, v)
			return
		}
	}
	t.p.Add(v, a(kind.Name)+" contains nothing that a list could name", "write it as key: value")
}

// beside reads {nightly: prod}: resources of a kind beneath a sibling that they name.
func (t *tree) beside(parent string, sibling, kind *access.Kind, v yamltext.Value) {
	for _, e := range v.Entries(t.p) {
		name := e.Value.Text(t.p)
		at := under(parent, sibling, name)
		if _, exists := t.file.Places.Resources[at]; !exists {
			t.p.Add(e.Value, fmt.Sprintf("there is no %s %q in %s", words(sibling.Name), name, parent),
				t.oneOf(name, t.namesUnder(parent, sibling)))
			continue
		}
		t.resource(at, kind, e.Key, e.KeyAt, yamltext.Value{Path: e.Value.Path})
	}
}

func (t *tree) namesUnder(parent string, kind *access.Kind) []string {
	var names []string
	for _, res := range t.platform.Resources {
		segments, err := access.SplitPath(res.Path)
		if err != nil {
			continue
		}
		last := len(segments) - 1
		if access.JoinPath(segments[:last]) == parent && segments[last].Prefix == kind.Prefix {
			names = append(names, segments[last].Name)
		}
	}
	return names
}

func (t *tree) category(kind *access.Kind, v yamltext.Value) string {
	word := v.Text(t.p)
	if !has(kind.Categories, word) {
		t.p.Add(v, fmt.Sprintf("there is no category %q for %s", word, a(kind.Name)), t.oneOf(word, kind.Categories))
	}
	return word
}

func (t *tree) settings(kind *access.Kind, v yamltext.Value) map[string]string {
	values := map[string]string{}
	fields := map[string]func(yamltext.Value){}
	for _, setting := range settingsAt(t.model, kind) {
		fields[setting.Name] = func(v yamltext.Value) {
			word := v.Text(t.p)
			if !has(setting.Values, word) {
				t.p.Add(v, fmt.Sprintf("the setting %s cannot be %q", setting.Name, word), t.oneOf(word, setting.Values))
				return
			}
			values[setting.Name] = word
		}
	}
	v.Fields(t.p, fields)
	if len(values) == 0 {
		return nil
	}
	return values
}

// children returns the kinds of resources directly beneath one of a kind, without "*" scopes.
func children(model *access.Model, kind *access.Kind) []*access.Kind {
	var list []*access.Kind
	for i := range model.Kinds {
		k := &model.Kinds[i]
		if k.StarOf == "" && has(k.Under, kind.Name) {
			list = append(list, k)
		}
	}
	return list
}

func settingsAt(model *access.Model, kind *access.Kind) []access.Setting {
	var list []access.Setting
	for _, setting := range model.Settings {
		if setting.At == kind.Name {
			list = append(list, setting)
		}
	}
	return list
}

// under is the path of a named resource of a kind.
func under(parent string, kind *access.Kind, name string) string {
	return parent + "/" + access.Segment{Prefix: kind.Prefix, Name: name}.String()
}

// words writes a kind's name for people: "code location".
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// quoteName quotes a name that would not read as one YAML word.
func quoteName(name string) string {
	if strings.ContainsAny(name, " :#{}[],&*?|<>=!%@`\"'") || name == "" {
		return fmt.Sprintf("%q", name)
	}
	return name
}
