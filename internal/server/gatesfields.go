package server

import (
	"slices"

	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/suggest"
	"bailiwick/internal/yamltext"
	"bailiwick/rolemodel"
)

// ruledBy is the edition whose permissions the rules of gates name: every other one of Dagster's has the same names.
const ruledBy = "dagster-plus"

// fields reads an operator's own rules for what a newer Dagster can be asked.
func (r *gateReader) fields(v yamltext.Value) []dagster.Rule {
	var all []dagster.Rule
	for _, item := range v.List(r.problems) {
		before := len(r.problems.List())
		rule := r.field(item)
		if len(r.problems.List()) > before {
			continue
		}
		if _, err := dagster.NewTable(append(slices.Clone(all), rule)...); err != nil {
			r.problems.Add(item, err.Error(), "")
			continue
		}
		all = append(all, rule)
	}
	return all
}

func (r *gateReader) field(v yamltext.Value) dagster.Rule {
	p := r.problems
	var rule dagster.Rule
	before := len(p.List())
	v.Fields(p, map[string]func(yamltext.Value){
		"kind": func(v yamltext.Value) {
			rule.Kind = dagster.Kind(r.oneOf(v, []string{string(dagster.Query), string(dagster.Mutation), string(dagster.Subscription)}))
		},
		"field":      func(v yamltext.Value) { rule.Field = v.Text(p) },
		"permission": func(v yamltext.Value) { rule.Permission = r.permission(v) },
		"sources": func(v yamltext.Value) {
			for _, item := range v.List(p) {
				rule.Sources = append(rule.Sources, r.source(item))
			}
		},
		"ignored": func(v yamltext.Value) { rule.Ignored = v.Texts(p) },
	})
	if len(p.List()) > before {
		return rule
	}
	if rule.Kind == "" || rule.Field == "" || rule.Permission == "" {
		p.Add(v, "a rule has kind, field and permission", "write {kind: mutation, field: NAME, permission: runs.launch}")
	}
	return rule
}

func (r *gateReader) source(v yamltext.Value) dagster.Source {
	p := r.problems
	var s dagster.Source
	kind, before := "", len(p.List())
	v.Fields(p, map[string]func(yamltext.Value){
		"path":       func(v yamltext.Value) { s.Path = v.Text(p) },
		"kind":       func(v yamltext.Value) { kind = r.oneOf(v, sourceKinds()); s.Kind = kindOf(kind) },
		"permission": func(v yamltext.Value) { s.Permission = r.permission(v) },
		"when":       func(v yamltext.Value) { s.When = v.Text(p) },
	})
	if len(p.List()) == before && (s.Path == "" || kind == "") {
		p.Add(v, "a source has path and kind", "write {path: runId, kind: run}")
	}
	return s
}

// sourceKinds are the words for what an argument can name.
func sourceKinds() []string {
	var words []string
	for kind := dagster.Location; kind.String() != "?"; kind++ {
		words = append(words, kind.String())
	}
	return words
}

func kindOf(word string) dagster.TargetKind {
	kind := dagster.Location
	for kind.String() != word && kind.String() != "?" {
		kind++
	}
	return kind
}

// permission reads the name of a permission that the edition has.
func (r *gateReader) permission(v yamltext.Value) string {
	model, err := rolemodel.Edition(ruledBy)
	if err != nil {
		r.problems.Add(v, err.Error(), "")
		return ""
	}
	var names []string
	for _, p := range model.Permissions {
		if p.At == "deployment" || p.At == "code_location" {
			names = append(names, p.Name)
		}
	}
	return r.oneOf(v, names)
}

// oneOf reads a word of a list.
func (r *gateReader) oneOf(v yamltext.Value, words []string) string {
	text := v.Text(r.problems)
	if !slices.Contains(words, text) {
		r.problems.Add(v, "this is not one of the words allowed here", suggest.OneOf(text, words))
		return ""
	}
	return text
}
