package dagster

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// A Document is an operation that is valid in a schema, whatever its variables will be. It does not change and can be kept for
// the same query and operation name.
type Document struct {
	Kind Kind
	Name string // of the operation; empty: it has none
	Text string // what is forwarded: this operation and its fragments, nothing else

	schema    *Schema
	operation *ast.OperationDefinition
	fragments map[string]*ast.FragmentDefinition
	roots     []root
	forwarded ast.VariableDefinitionList // of the operation's own variables, those that Text still has
	shown     *spot                      // where answers tell what the caller may do; nil: nowhere
}

// A root is one field of the root type: all places of one response key, since the upstream runs those together.
type root struct {
	places     []*ast.Field
	conditions []ast.DirectiveList // for each place, @skip and @include of the field and of what it lies in
	prefix     string              // of the variables that carry its arguments
	reads      []string            // "Type.field": what beneath it takes more than seeing the deployment
}

// field returns the first place, which says what all of them ask for.
func (r *root) field() *ast.Field { return r.places[0] }

// Parse understands a request's document as graphql-core would: it picks the operation by its name and checks it against the
// schema. Whether fields can be merged is left to the upstream (the check is quadratic), but for the root. Errors are Invalid.
func Parse(s *Schema, r Request) (*Document, error) { return parse(s, r, false) }

// parse also reads what was written here, with what the gate asks for besides.
func parse(s *Schema, r Request, ours bool) (*Document, error) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: r.Query}, MaxTokens)
	if err != nil {
		return nil, refused("document", "the document cannot be read: "+err.Error(), "")
	}
	if err := plainBlocks(r.Query); err != nil {
		return nil, err
	}
	d := &Document{schema: s, fragments: map[string]*ast.FragmentDefinition{}}
	for _, f := range parsed.Fragments {
		d.fragments[f.Name] = f
	}
	if err := d.measure(parsed); err != nil {
		return nil, err
	}
	if err := plain(parsed, ours); err != nil {
		return nil, err
	}
	checked := rules.NewDefaultRules()
	checked.RemoveRule("OverlappingFieldsCanBeMerged")
	if errs := validator.ValidateWithRules(s.types, parsed, checked); len(errs) > 0 {
		return nil, refused("document", "the document is not valid in this Dagster: "+errs[0].Message, "")
	}
	if d.operation, err = pick(parsed.Operations, r.OperationName); err != nil {
		return nil, err
	}
	d.Kind, d.Name = Kind(d.operation.Operation), d.operation.Name
	if err := d.admit(r.Door); err != nil {
		return nil, err
	}
	return d, d.finish()
}

// measure bounds the document before anything else walks it.
func (d *Document) measure(parsed *ast.QueryDocument) error {
	s := &sizer{d.fragments, map[string]measure{}, map[string]bool{}}
	for _, f := range parsed.Fragments {
		if _, err := s.fragment(f.Name); err != nil {
			return err
		}
	}
	for _, o := range parsed.Operations {
		if _, err := s.set(o.SelectionSet); err != nil {
			return err
		}
		if err := s.crowd(o.SelectionSet, &place{}); err != nil {
			return err
		}
	}
	return nil
}

// pick chooses as graphql-core does (build_execution_context, 3.2): without a name there must be one operation only.
func pick(operations ast.OperationList, name string) (*ast.OperationDefinition, error) {
	if name == "" {
		if len(operations) != 1 {
			return nil, refused("operation_name", "the document has not exactly one operation", "name one in operationName")
		}
		return operations[0], nil
	}
	i := slices.IndexFunc(operations, func(o *ast.OperationDefinition) bool { return o.Name == name })
	if i < 0 {
		return nil, refused("operation_name", "the document has no operation "+printable(name), "name one that it has")
	}
	return operations[i], nil
}

// admit holds each door to what belongs there.
func (d *Document) admit(door Door) error {
	switch {
	case door == Get && d.Kind != Query:
		return refused("method", "a "+string(d.Kind)+" came by GET", "send it by POST")
	case door == Post && d.Kind == Subscription:
		return refused("method", "a subscription came by POST", "open a web socket")
	case door == Socket && d.Kind != Subscription:
		return refused("socket", "a "+string(d.Kind)+" came by web socket", "send it by POST")
	}
	return nil
}

// plain refuses what graphql-core 3.2 does not know or does not need: directives other than @skip and @include, and variables of
// fragments; and, but in what was written here, keys that are the gate's own.
func plain(parsed *ast.QueryDocument, ours bool) error {
	wrong := refused("directive", "the document has a directive other than @skip and @include, or in another place than selections", "")
	var set func(ast.SelectionSet) error
	set = func(selections ast.SelectionSet) error {
		for _, selection := range selections {
			directives, inner := within(selection)
			for _, d := range directives {
				if d.Name != "skip" && d.Name != "include" {
					return wrong
				}
			}
			if f, ok := selection.(*ast.Field); ok && !ours && strings.HasPrefix(f.Alias, reserved) {
				return refused("reserved", "the document asks for something as "+printable(f.Alias), "do not begin names with "+reserved)
			}
			if err := set(inner); err != nil {
				return err
			}
		}
		return nil
	}
	for _, o := range parsed.Operations {
		for _, v := range o.VariableDefinitions {
			if len(v.Directives) > 0 {
				return wrong
			}
		}
		if len(o.Directives) > 0 {
			return wrong
		}
		if err := set(o.SelectionSet); err != nil {
			return err
		}
	}
	for _, f := range parsed.Fragments {
		if len(f.Directives) > 0 || len(f.VariableDefinition) > 0 {
			return wrong
		}
		if err := set(f.SelectionSet); err != nil {
			return err
		}
	}
	return nil
}

// within returns a selection's directives and what is written between its braces; a spread has none.
func within(selection ast.Selection) (ast.DirectiveList, ast.SelectionSet) {
	switch v := selection.(type) {
	case *ast.Field:
		return v.Directives, v.SelectionSet
	case *ast.InlineFragment:
		return v.Directives, v.SelectionSet
	case *ast.FragmentSpread:
		return v.Directives, nil
	}
	return nil, nil
}

// finish collects the root fields and writes the text.
func (d *Document) finish() error {
	if err := d.collect(d.operation.SelectionSet, nil, map[string]int{}); err != nil {
		return err
	}
	if d.Kind == Subscription && len(d.roots) != 1 {
		return refused("socket", "a subscription has more than one field", "start one for each")
	}
	d.number()
	d.findReads()
	d.findSpots()
	d.print()
	if !utf8.ValidString(d.Text) {
		return refused("document", "a text in the document is not Unicode", "")
	}
	return nil
}

// collect finds every field that may run. A type condition at the root always holds: nothing else than the root type is there.
// One response key with two meanings is refused.
func (d *Document) collect(set ast.SelectionSet, above ast.DirectiveList, at map[string]int) error {
	for _, selection := range set {
		directives, inner := within(selection)
		conditions := slices.Concat(above, directives)
		switch v := selection.(type) {
		case *ast.Field:
			i, again := at[v.Alias]
			if !again {
				i = len(d.roots)
				at[v.Alias] = i
				d.roots = append(d.roots, root{})
			}
			r := &d.roots[i]
			if again && (r.field().Name != v.Name || !sameArguments(r.field().Arguments, v.Arguments)) {
				return refused("document", "the document asks for two things as "+printable(v.Alias), "give them different names")
			}
			r.places, r.conditions = append(r.places, v), append(r.conditions, conditions)
			continue
		case *ast.FragmentSpread:
			inner = d.fragments[v.Name].SelectionSet
		}
		if err := d.collect(inner, conditions, at); err != nil {
			return err
		}
	}
	return nil
}
