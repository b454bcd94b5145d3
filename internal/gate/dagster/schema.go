package dagster

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"bailiwick/internal/fault"
)

// Kind is what an operation is: a query, a mutation or a subscription.
type Kind string

// The kinds of operations.
const (
	Query        Kind = "query"
	Mutation     Kind = "mutation"
	Subscription Kind = "subscription"
)

// A Schema is an upstream's schema as it told it itself. It does not change.
type Schema struct {
	types *ast.Schema
}

// root returns the type whose fields operations of a kind have, or nil.
func (s *Schema) root(kind Kind) *ast.Definition {
	switch kind {
	case Query:
		return s.types.Query
	case Mutation:
		return s.types.Mutation
	}
	return s.types.Subscription
}

// Fields lists the root fields of a kind, sorted, without those of introspection.
func (s *Schema) Fields(kind Kind) []string {
	var names []string
	if root := s.root(kind); root != nil {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				names = append(names, f.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// LoadSchema reads the answer to the standard introspection query, with its envelope {"data": …} or without. An upstream whose
// answer cannot be read is Unavailable: nothing can be judged without its schema.
func LoadSchema(introspection []byte) (*Schema, error) {
	var answer struct {
		Data struct {
			Schema *told `json:"__schema"`
		} `json:"data"`
		Schema *told `json:"__schema"`
	}
	err := json.Unmarshal(introspection, &answer)
	schema := answer.Schema
	if schema == nil {
		schema = answer.Data.Schema
	}
	if err != nil || schema == nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the upstream's schema is not the answer to an introspection query").By("gate.schema")
	}
	types, err := gqlparser.LoadSchema(&ast.Source{Name: "upstream", Input: schema.text()})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the upstream's schema does not hold together: %v", err).By("gate.schema")
	}
	return &Schema{types}, nil
}

// told is a schema in the words of introspection.
type told struct {
	QueryType, MutationType, SubscriptionType *struct{ Name string }
	Types                                     []toldType
}

type toldType struct {
	Kind, Name    string
	Fields        []toldField
	InputFields   []toldValue
	Interfaces    []toldRef
	PossibleTypes []toldRef
	EnumValues    []struct{ Name string }
}

type toldField struct {
	Name string
	Args []toldValue
	Type toldRef
}

type toldValue struct {
	Name         string
	Type         toldRef
	DefaultValue *string
}

type toldRef struct {
	Kind, Name string
	OfType     *toldRef
}

func (r toldRef) text() string {
	switch {
	case r.OfType == nil:
		return r.Name
	case r.Kind == "NON_NULL":
		return r.OfType.text() + "!"
	}
	return "[" + r.OfType.text() + "]"
}

// text writes the schema in the schema language, for the parser. What every GraphQL server has is left to the parser's own. Names
// are not checked: an upstream that lies about its schema can do so in valid ones.
func (s *told) text() string {
	var b strings.Builder
	b.WriteString("schema {")
	for kind, t := range map[Kind]*struct{ Name string }{Query: s.QueryType, Mutation: s.MutationType, Subscription: s.SubscriptionType} {
		if t != nil {
			b.WriteString(" " + string(kind) + ": " + t.Name)
		}
	}
	b.WriteString(" }\n")
	for _, t := range s.Types {
		if strings.HasPrefix(t.Name, "__") || slices.Contains([]string{"String", "Int", "Float", "Boolean", "ID"}, t.Name) {
			continue
		}
		t.write(&b)
	}
	return b.String()
}

func (t *toldType) write(b *strings.Builder) {
	names := func(refs []toldRef, between string) string {
		list := make([]string, len(refs))
		for i, r := range refs {
			list[i] = r.Name
		}
		return strings.Join(list, between)
	}
	switch t.Kind {
	case "SCALAR":
		b.WriteString("scalar " + t.Name)
	case "UNION":
		b.WriteString("union " + t.Name + " = " + names(t.PossibleTypes, " | "))
	case "ENUM":
		b.WriteString("enum " + t.Name + " {")
		for _, v := range t.EnumValues {
			b.WriteString(" " + v.Name)
		}
		b.WriteString(" }")
	case "INPUT_OBJECT":
		b.WriteString("input " + t.Name + " {")
		writeValues(b, t.InputFields)
		b.WriteString("}")
	default:
		word := map[string]string{"OBJECT": "type ", "INTERFACE": "interface "}[t.Kind]
		b.WriteString(word + t.Name)
		if len(t.Interfaces) > 0 {
			b.WriteString(" implements " + names(t.Interfaces, " & "))
		}
		b.WriteString(" {")
		for _, f := range t.Fields {
			b.WriteString("\n" + f.Name)
			if len(f.Args) > 0 {
				b.WriteString("(")
				writeValues(b, f.Args)
				b.WriteString(")")
			}
			b.WriteString(": " + f.Type.text())
		}
		b.WriteString("\n}")
	}
	b.WriteString("\n")
}

func writeValues(b *strings.Builder, values []toldValue) {
	for _, v := range values {
		b.WriteString(" " + v.Name + ": " + v.Type.text())
		if v.DefaultValue != nil {
			b.WriteString(" = " + *v.DefaultValue)
		}
	}
}
