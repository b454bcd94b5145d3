package dagster

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// reserved begins the keys of what the gate asks for besides. Clients may not use it, and nothing that begins so is sent to them.
const reserved = "bailiwick_"

// maxAssets is how many assets of one run or backfill are judged by the answer. Of larger ones the id is, which the gate looks up.
const maxAssets = 100

// asidesIn writes what a selection is asked for besides, which is where the object is if something in the selection depends on
// it. It stands before everything else, so that it comes first in the answer as well.
func (d *Document) asidesIn(set ast.SelectionSet) string {
	var def *ast.Definition
	for _, selection := range set {
		f, ok := selection.(*ast.Field)
		if !ok {
			continue
		}
		if strings.HasPrefix(f.Alias, reserved) { // it is forwarded a second time
			return ""
		}
		if p, ok := d.permitOf(f); ok && p.of != "Query" {
			def = f.ObjectDefinition
		}
	}
	if def == nil {
		return ""
	}
	text := marker(def.Name) + ":__typename "
	for _, a := range asides(def.Name) {
		if inner, ok := d.schema.path(def, strings.Split(a.path, ".")); ok {
			text += asideKey(def.Name, a.name) + ":" + inner + " "
		}
	}
	return text
}

// marker is the key that says in the answer that an object is of a type.
func marker(of string) string { return reserved + of }

func asideKey(of, name string) string { return reserved + of + "_" + name }

// path writes the selection of a path of fields; false if the schema does not have it.
func (s *Schema) path(def *ast.Definition, names []string) (string, bool) {
	f := def.Fields.ForName(names[0])
	if f == nil {
		return "", false
	}
	text := names[0]
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			return "", false
		}
		if a.Name == "limit" && a.Type.NamedType == "Int" {
			text += "(limit:" + strconv.Itoa(maxAssets+1) + ")"
		}
	}
	inner := s.types.Types[f.Type.Name()]
	composite := inner != nil && inner.IsCompositeType()
	if len(names) == 1 {
		return text, !composite
	}
	if !composite {
		return "", false
	}
	below, ok := s.path(inner, names[1:])
	return text + "{" + below + "}", ok
}

// A spot is a place of the answer, by the keys that lead to it, at or beneath which something tells what the caller may do. What
// selections of several types ask for there is together; the object's markers tell which of them it is.
type spot struct {
	within  map[string]*spot
	permits map[string][]permit
}

// findSpots finds them, and is bounded as the document is (MaxFields).
func (d *Document) findSpots() {
	root := &spot{}
	if d.spots(d.operation.SelectionSet, root) {
		d.shown = root
	}
}

// spots reports whether there is something to rewrite in a selection.
func (d *Document) spots(set ast.SelectionSet, at *spot) bool {
	found := false
	for _, selection := range set {
		switch v := selection.(type) {
		case *ast.Field:
			p, ok := d.permitOf(v)
			if ok && len(v.SelectionSet) == 0 {
				if at.permits == nil {
					at.permits = map[string][]permit{}
				}
				if !slices.Contains(at.permits[v.Alias], p) {
					at.permits[v.Alias] = append(at.permits[v.Alias], p)
				}
				found = true
			}
			if len(v.SelectionSet) > 0 {
				found = d.below(v, at) || found
			}
		case *ast.InlineFragment:
			found = d.spots(v.SelectionSet, at) || found
		case *ast.FragmentSpread:
			found = d.spots(d.fragments[v.Name].SelectionSet, at) || found
		}
	}
	return found
}

func (d *Document) below(f *ast.Field, at *spot) bool {
	known := at.within[f.Alias]
	inner := known
	if inner == nil {
		inner = &spot{}
	}
	if !d.spots(f.SelectionSet, inner) {
		return known != nil
	}
	if at.within == nil {
		at.within = map[string]*spot{}
	}
	at.within[f.Alias] = inner
	return true
}

// Rewrites reports whether answers to the document tell what the caller may do, so that they have to be rewritten (Asked.Answer).
func (d *Document) Rewrites() bool { return d.shown != nil }
