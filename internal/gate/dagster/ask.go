package dagster

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// An Asked is a document with its variables: everything that will happen, and the bytes that make it happen.
type Asked struct {
	Document   *Document
	Operations []Operation    // in the order in which the upstream begins them
	variables  map[string]any // coerced; those that the client declared
	skipped    map[string]any // what carries the arguments of fields that do not run
}

// An Operation is one field of the root type that may run.
type Operation struct {
	Kind      Kind
	Field     string         // the field's own name, whatever its alias
	Key       string         // the key of its answer: the alias, or the name
	Arguments map[string]any // coerced, defaults included; an argument without either is not there
	Reads     []string       // "Type.field", sorted: what beneath it takes more than seeing the deployment

	root *root
}

// Ask gives a document its variables. What the document does not declare is dropped, as the upstream does. Errors are Invalid.
func (d *Document) Ask(variables map[string]any) (*Asked, error) {
	a := &Asked{Document: d, variables: map[string]any{}, skipped: map[string]any{}}
	for _, v := range d.operation.VariableDefinitions {
		value, ok := variables[v.Variable]
		var err error
		switch {
		case ok:
			value, err = d.schema.coerce(v.Type, value, "$"+v.Variable)
		case v.DefaultValue != nil:
			value, ok, err = d.schema.literal(v.Type, v.DefaultValue, nil, "$"+v.Variable)
		case v.Type.NonNull:
			err = refused("variables", "$"+v.Variable+" is missing", "send a "+v.Type.String())
		}
		if err != nil {
			return nil, err
		}
		if ok {
			a.variables[v.Variable] = value
		}
	}
	for i := range d.roots {
		if err := a.root(&d.roots[i]); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// root adds one root field. It is judged whenever it may run; its arguments are forwarded either way, or the upstream would miss
// variables.
func (a *Asked) root(r *root) error {
	d, f := a.Document, r.field()
	arguments, err := d.arguments(f, a.variables)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.conditions, func(c ast.DirectiveList) bool { return !skipped(c, a.variables) }) {
		a.Operations = append(a.Operations, Operation{Kind: d.Kind, Field: f.Name, Key: f.Alias, Arguments: arguments, Reads: r.reads, root: r})
	} else if d.carried() {
		bind(a.skipped, r, arguments)
	}
	return nil
}

// bind puts the arguments that the document names under the variables that carry them.
func bind(variables map[string]any, r *root, arguments map[string]any) {
	for _, given := range r.field().Arguments {
		if value, ok := arguments[given.Name]; ok {
			variables[r.prefix+given.Name] = value
		}
	}
}

// arguments coerces a field's arguments as graphql-core's get_argument_values does.
func (d *Document) arguments(f *ast.Field, variables map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for _, def := range f.Definition.Arguments {
		var value any
		var ok bool
		var err error
		if given := f.Arguments.ForName(def.Name); given != nil {
			value, ok, err = d.schema.literal(def.Type, given.Value, variables, def.Name)
		}
		if err == nil && !ok && def.DefaultValue != nil {
			value, ok, err = d.schema.literal(def.Type, def.DefaultValue, nil, def.Name)
		}
		switch {
		case err != nil:
			return nil, err
		case ok:
			out[def.Name] = value
		case def.Type.NonNull:
			return nil, refused("variables", def.Name+" of "+f.Name+" is missing", "")
		}
	}
	return out, nil
}

// skipped tells whether conditions certainly keep something from running. One that cannot be worked out does not.
func skipped(conditions ast.DirectiveList, variables map[string]any) bool {
	for _, c := range conditions {
		given := c.Arguments.ForName("if")
		if given == nil {
			continue
		}
		var value any = given.Value.Raw == "true"
		if given.Value.Kind == ast.Variable {
			value = variables[given.Value.Raw]
		}
		if b, ok := value.(bool); ok && b == (c.Name == "skip") {
			return true
		}
	}
	return false
}

// Body writes what is forwarded: the document's text, the client's variables that it still has, and the arguments of mutations as
// they are in Operations now. Whoever changes Operations[i].Arguments (to put the caller's name on a run) changes what is sent.
func (a *Asked) Body() []byte { return encode(a.object("operationName")) }

func (a *Asked) object(nameKey string) map[string]any {
	variables := maps.Clone(a.skipped)
	for _, v := range a.Document.forwarded {
		if value, ok := a.variables[v.Variable]; ok {
			variables[v.Variable] = value
		}
	}
	if a.Document.carried() {
		for _, o := range a.Operations {
			bind(variables, o.root, o.Arguments)
		}
	}
	object := map[string]any{"query": a.Document.Text, "variables": variables}
	if a.Document.Name != "" {
		object[nameKey] = a.Document.Name
	}
	return object
}
