package dagster

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Drift is where an upstream's schema and the table differ. None of them opens anything: unknown mutations are refused, and
// arguments that are unknown take the permission on the whole deployment.
type Drift struct {
	Kind  Kind
	Field string // "launchRun"; "Run.hasDeletePermission" of what answers tell
	Path  string // of an argument; empty: the field itself is unknown to the table
	Wrong string // "has no rule", "is not there", "is not a text", "is unknown", "has no permission"
}

// Drift compares the table with a schema, for doctor: root fields without a rule, arguments that rules name and that are not there
// or of another type, arguments of mutations that no rule names, and fields that tell the caller's rights and that only
// administrators are told the truth of. A rule for a field that the schema lacks is no drift: the upstream
// is older.
func (t *Table) Drift(s *Schema) []Drift {
	var all []Drift
	for _, kind := range []Kind{Query, Mutation, Subscription} {
		for _, field := range s.Fields(kind) {
			rule, ok := t.Rule(kind, field)
			if !ok {
				all = append(all, Drift{kind, field, "", "has no rule"})
				continue
			}
			c := &comparison{schema: s, rule: rule, arguments: arguments(s.root(kind).Fields.ForName(field))}
			c.named()
			if kind == Mutation {
				c.leaves("", c.arguments, nil)
			}
			all = append(all, c.found...)
		}
	}
	for _, field := range s.strangePermits() {
		all = append(all, Drift{Query, field, "", "has no permission"})
	}
	return all
}

type comparison struct {
	schema    *Schema
	rule      Rule
	arguments ast.FieldList
	found     []Drift
}

// arguments gives a field's arguments the form of an input object's fields.
func arguments(f *ast.FieldDefinition) ast.FieldList {
	var list ast.FieldList
	for _, a := range f.Arguments {
		list = append(list, &ast.FieldDefinition{Name: a.Name, Type: a.Type})
	}
	return list
}

func (c *comparison) add(path, wrong string) {
	c.found = append(c.found, Drift{c.rule.Kind, c.rule.Field, path, wrong})
}

// named checks what the rule names.
func (c *comparison) named() {
	for _, s := range c.rule.Sources {
		switch t := c.typeAt(s.Path); {
		case t == nil:
			c.add(s.Path, "is not there")
		case s.Kind == Asset:
			if t.Elem == nil || t.Elem.NamedType != "String" {
				c.add(s.Path, "is not a list of texts")
			}
		case s.Kind == job:
			if def := c.schema.types.Types[t.NamedType]; def == nil || def.Fields.ForName("repositoryLocationName") == nil {
				c.add(s.Path, "is not the selector of a job")
			}
		case t.NamedType != "String" && t.NamedType != "ID":
			c.add(s.Path, "is not a text")
		}
		if s.When != "" {
			if t := c.typeAt(s.When); t == nil {
				c.add(s.When, "is not there")
			} else if t.NamedType != "Boolean" {
				c.add(s.When, "is not a yes or no")
			}
		}
	}
	for _, path := range c.rule.Ignored {
		if c.typeAt(path) == nil {
			c.add(path, "is not there")
		}
	}
}

// typeAt returns the type of an argument, or nil where the path does not lead to one: [] stands exactly where a list is.
func (c *comparison) typeAt(path string) *ast.Type {
	fields := c.arguments
	var t *ast.Type
	for part := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(part, "[]")
		f := fields.ForName(name)
		if f == nil {
			return nil
		}
		if t = f.Type; each {
			if t = t.Elem; t == nil {
				return nil
			}
		}
		fields = nil
		if def := c.schema.types.Types[t.NamedType]; def != nil && def.Kind == ast.InputObject {
			fields = def.Fields
		}
	}
	return t
}

// leaves reports the arguments that the rule does not know.
func (c *comparison) leaves(above string, fields ast.FieldList, open []string) {
	for _, f := range fields {
		path := strings.TrimPrefix(above+"."+f.Name, ".")
		t := f.Type
		for ; t.Elem != nil && !c.rule.covers(path); t = t.Elem {
			path += "[]"
		}
		def := c.schema.types.Types[t.NamedType]
		switch {
		case c.rule.covers(path):
		case def != nil && def.Kind == ast.InputObject && !slices.Contains(open, def.Name):
			c.leaves(path, def.Fields, append(slices.Clone(open), def.Name))
		default:
			c.add(path, "is unknown")
		}
	}
}

// Missing lists, sorted, the root fields of a kind for which there are rules and which a schema does not have: those of newer or
// older releases, or mistakes.
func (t *Table) Missing(s *Schema, kind Kind) []string {
	there := s.Fields(kind)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.rules[kind])), func(field string) bool { return slices.Contains(there, field) })
}
