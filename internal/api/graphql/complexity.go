package graphql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// usualItems is how many things a list is taken to have, in tens, where the request does not say.
const usualItems = 5

// perPage is how many things of a page count as much as one thing: a page is cheap, lists in lists are not.
const perPage = 10

// A cost is the complexity of a validated operation: each field counts one, and what lies in a list as often as the list is
// taken to have things.
type cost struct {
	variables map[string]any
	firsts    bool // a first was outside of 1 … maxFirst
}

// checkComplexity refuses an operation that costs too much, or asks for too long a page.
func checkComplexity(operation *ast.OperationDefinition, variables map[string]any) error {
	c := &cost{variables: variables}
	total := c.set(operation.SelectionSet, false)
	switch {
	case c.firsts:
		return tooMuch("first", "a page has 1 to %d things", maxFirst)
	case total > maxComplexity:
		return tooMuch("complexity", "the operation is too complex: %d of at most %d", total, maxComplexity)
	}
	return nil
}

// set is what a selection costs; paged tells that a list in it is the page that its parent counted.
func (c *cost) set(set ast.SelectionSet, paged bool) int {
	total := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			total += c.field(s, paged)
		case *ast.InlineFragment:
			total += c.set(s.SelectionSet, paged)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				total += c.set(s.Definition.SelectionSet, paged)
			}
		}
		if total > maxComplexity {
			return total // more does not matter, and could be more than a number holds
		}
	}
	return total
}

func (c *cost) field(field *ast.Field, paged bool) int {
	if strings.HasPrefix(field.Name, "__") || field.Definition == nil {
		return 1 // the schema is ours, and as large as it is
	}
	first, pages := c.first(field)
	times := 1
	switch {
	case pages:
		times = (first + perPage - 1) / perPage
	case field.Definition.Type.Elem != nil && !paged:
		times = usualItems
	}
	return 1 + times*c.set(field.SelectionSet, pages)
}

// first is the size of the page that a field is asked for.
func (c *cost) first(field *ast.Field) (size int, pages bool) {
	argument := field.Definition.Arguments.ForName("first")
	if argument == nil {
		return 0, false
	}
	value := argument.DefaultValue
	if given := field.Arguments.ForName("first"); given != nil {
		value = given.Value
	}
	size = maxFirst // null, or a variable that is not given: as many as there may be
	switch {
	case value == nil || value.Kind == ast.NullValue:
	case value.Kind == ast.Variable:
		if n, given := c.variables[value.Raw]; given && n != nil {
			size = number(fmt.Sprint(n))
		}
	default:
		size = number(value.Raw)
	}
	if size < 1 || size > maxFirst {
		c.firsts, size = true, maxFirst
	}
	return size, true
}

// number reads a number; -1 is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
