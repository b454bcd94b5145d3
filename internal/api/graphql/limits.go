package graphql

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"bailiwick/internal/fault"
)

// The limits of one operation. They are judged on the parsed document, before it is validated: a rule of the validation takes
// quadratic time (measured: 20,000 equal fields, a minute).
const (
	maxBody       = 1 << 20 // bytes
	maxTokens     = 5_000
	maxDepth      = 15
	maxAliases    = 30 // times that one field is asked for beside itself
	maxSelected   = 5_000
	maxComplexity = 1_000
	maxFirst      = 100
	maxTime       = 10 * time.Second
)

func tooMuch(rule, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).By(rule).Rather("ask in several requests")
}

// A measure walks a document that nobody has validated: fragments may lie in each other.
type measure struct {
	document *ast.QueryDocument
	open     []string // fragments that are being walked
	selected int      // fields, those of a fragment each time that it is used
}

// checkShape refuses an operation that is deep, asks for one field very often, or unfolds into very many.
func checkShape(document *ast.QueryDocument, operation *ast.OperationDefinition) error {
	m := &measure{document: document}
	return m.set(1, operation.SelectionSet)
}

// set measures what is selected at a depth.
func (m *measure) set(depth int, set ast.SelectionSet) error {
	if len(set) == 0 {
		return nil
	}
	if depth > maxDepth {
		return tooMuch("depth", "the operation is deeper than %d fields", maxDepth)
	}
	times := map[string]int{}
	var fields []*ast.Field
	if err := m.flatten(set, times, &fields); err != nil {
		return err
	}
	for _, field := range fields {
		if err := m.set(depth+1, field.SelectionSet); err != nil {
			return err
		}
	}
	return nil
}

// flatten gathers the fields of a selection, those of its fragments included.
func (m *measure) flatten(set ast.SelectionSet, times map[string]int, fields *[]*ast.Field) error {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			*fields = append(*fields, s)
			times[s.Name]++
			m.selected++
			switch {
			case times[s.Name] > maxAliases:
				return tooMuch("aliases", "a field is asked for more than %d times beside itself", maxAliases).(*fault.Error).In(s.Name) //nolint:errorlint // just made
			case m.selected > maxSelected:
				return tooMuch("fields", "the operation unfolds into more than %d fields", maxSelected)
			}
		case *ast.InlineFragment:
			if err := m.flatten(s.SelectionSet, times, fields); err != nil {
				return err
			}
		case *ast.FragmentSpread:
			if err := m.spread(s.Name, times, fields); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *measure) spread(name string, times map[string]int, fields *[]*ast.Field) error {
	for _, open := range m.open {
		if open == name {
			return fault.New(fault.Invalid, "the fragment %s is used in itself", name).By("validation")
		}
	}
	fragment := m.document.Fragments.ForName(name)
	if fragment == nil {
		return nil // the validation says so
	}
	m.selected++ // also a fragment without a field of its own
	if m.selected > maxSelected {
		return tooMuch("fields", "the operation unfolds into more than %d fields", maxSelected)
	}
	m.open = append(m.open, name)
	defer func() { m.open = m.open[:len(m.open)-1] }()
	return m.flatten(fragment.SelectionSet, times, fields)
}
