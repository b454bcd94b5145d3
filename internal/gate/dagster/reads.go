package dagster

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// reads finds, beneath each root field, the fields that take more than seeing the deployment (see guarded). Each fragment is
// walked once.
type reads struct {
	document *Document
	known    map[string]map[string]bool
}

func (d *Document) findReads() {
	r := &reads{d, map[string]map[string]bool{}}
	for i := range d.roots {
		found := map[string]bool{}
		for _, place := range d.roots[i].places {
			r.set(place.SelectionSet, found)
		}
		d.roots[i].reads = slices.Sorted(maps.Keys(found))
	}
}

func (r *reads) set(set ast.SelectionSet, found map[string]bool) {
	for _, selection := range set {
		switch v := selection.(type) {
		case *ast.Field:
			if v.ObjectDefinition != nil {
				if name := v.ObjectDefinition.Name + "." + v.Name; isGuarded(name) {
					found[name] = true
				}
			}
			r.set(v.SelectionSet, found)
		case *ast.InlineFragment:
			r.set(v.SelectionSet, found)
		case *ast.FragmentSpread:
			if r.known[v.Name] == nil {
				r.known[v.Name] = map[string]bool{}
				r.set(r.document.fragments[v.Name].SelectionSet, r.known[v.Name])
			}
			maps.Copy(found, r.known[v.Name])
		}
	}
}
