package dagster

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// The limits of a document. The widest pages of Dagster's own interface ask for some hundred fields, twelve deep.
const (
	MaxTokens    = 15_000 // of the document's text
	MaxFields    = 20_000 // with fragments where they are spread
	MaxDepth     = 50     // of selections within each other, fragments included
	maxSamePlace = 200    // of fields that go to one place of the answer: the upstream compares each with each
)

// sizer measures selections before anything walks them: fragments within fragments grow by doubling.
type sizer struct {
	fragments map[string]*ast.FragmentDefinition
	known     map[string]measure
	open      map[string]bool
}

type measure struct{ fields, depth int }

func (s *sizer) set(set ast.SelectionSet) (measure, error) {
	var m measure
	for _, selection := range set {
		inner, err := s.selection(selection)
		if err != nil {
			return m, err
		}
		m.fields += inner.fields
		m.depth = max(m.depth, inner.depth)
		if m.fields > MaxFields {
			return m, refused("size", "the document asks for more than 20,000 fields", "ask for less at once")
		}
		if m.depth > MaxDepth {
			return m, refused("depth", "the document's selections lie more than 50 deep in each other", "ask for less at once")
		}
	}
	return m, nil
}

func (s *sizer) selection(selection ast.Selection) (measure, error) {
	switch v := selection.(type) {
	case *ast.Field:
		inner, err := s.set(v.SelectionSet)
		return measure{inner.fields + 1, inner.depth + 1}, err
	case *ast.InlineFragment:
		inner, err := s.set(v.SelectionSet)
		return measure{inner.fields + 1, inner.depth + 1}, err
	case *ast.FragmentSpread:
		return s.fragment(v.Name)
	}
	return measure{}, nil
}

func (s *sizer) fragment(name string) (measure, error) {
	if m, ok := s.known[name]; ok {
		return m, nil
	}
	f := s.fragments[name]
	if f == nil || s.open[name] {
		return measure{}, refused("fragment", "the fragment "+printable(name)+" is not there, or within itself", "")
	}
	s.open[name] = true
	m, err := s.set(f.SelectionSet)
	delete(s.open, name)
	m.fields++
	s.known[name] = m
	return m, err
}

// A place is where in the answer fields go, by their keys.
type place struct {
	fields int
	within map[string]*place
}

// crowd walks an operation, whose size is known to be bounded, with its fragments, and refuses too many fields for one place.
func (s *sizer) crowd(set ast.SelectionSet, at *place) error {
	for _, selection := range set {
		_, inner := within(selection)
		to := at
		switch v := selection.(type) {
		case *ast.Field:
			if at.within == nil {
				at.within = map[string]*place{}
			}
			if to = at.within[v.Alias]; to == nil {
				to = &place{}
				at.within[v.Alias] = to
			}
			if to.fields++; to.fields > maxSamePlace {
				return refused("size", "the document asks for "+printable(v.Alias)+" hundreds of times in one place", "ask once")
			}
		case *ast.FragmentSpread:
			inner = s.fragments[v.Name].SelectionSet
		}
		if err := s.crowd(inner, to); err != nil {
			return err
		}
	}
	return nil
}
