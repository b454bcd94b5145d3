package dagster

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Reason says why something is refused, in words for the person.
type Reason struct {
	Permission string // "runs.launch"
	Title      string // of the permission: "Launch runs of jobs"
	Role       string // the lowest role that would do: "Launcher"; empty: none is known
	Where      string // "code location sales", "deployment prod"
	Text       string // instead of all of these, if it is about something else
}

// String writes the reason as Dagster's pages show it.
func (r Reason) String() string {
	if r.Text != "" {
		return r.Text
	}
	var b strings.Builder
	b.WriteString("You may not do this")
	if r.Where != "" {
		b.WriteString(" in " + r.Where)
	}
	b.WriteString(": it takes the permission " + r.Permission)
	if r.Title != "" {
		b.WriteString(" (" + r.Title + ")")
	}
	if r.Role != "" {
		b.WriteString(", which the role " + r.Role + " has there")
	}
	return b.String() + "."
}

// Refusal writes the answer to a request that is not forwarded: for each field an UnauthorizedError where its type has it, else a
// PythonError, with what was selected of it under the keys that were asked for, so that Dagster's own pages show the reason. Where
// a field's type has neither (booleans), it is an error of GraphQL. The answer goes out with status 200, as Dagster's do.
func Refusal(a *Asked, reason Reason) []byte {
	data := map[string]any{}
	for _, o := range a.Operations {
		answer, ok := a.refuse(o, reason)
		if !ok {
			return encode(map[string]any{"data": nil, "errors": []any{map[string]any{"message": reason.String(), "path": []any{o.Key}, "extensions": extensions(reason)}}})
		}
		data[o.Key] = answer
	}
	return encode(map[string]any{"data": data})
}

func extensions(reason Reason) map[string]any {
	e := map[string]any{"code": "FORBIDDEN"}
	if reason.Permission != "" {
		e["permission"] = reason.Permission
	}
	return e
}

// Malformed writes the answer to a request that cannot be read or is not valid: nobody knows what shape it would have had.
func Malformed(err error) []byte {
	return encode(map[string]any{"data": nil, "errors": []any{map[string]any{"message": err.Error(), "extensions": map[string]any{"code": "BAD_REQUEST"}}}})
}

func (a *Asked) refuse(o Operation, reason Reason) (any, bool) {
	types := a.Document.schema.types
	if o.Field == "__typename" {
		return a.Document.schema.root(o.Kind).Name, true
	}
	returned := types.Types[o.root.field().Definition.Type.Name()]
	if returned == nil || o.root.field().Definition.Type.Elem != nil {
		return nil, false
	}
	for _, name := range []string{"UnauthorizedError", "PythonError"} {
		if slices.Contains(returned.Types, name) {
			w := &shape{asked: a, of: types.Types[name], out: map[string]any{}, ok: true, reason: reason}
			for _, place := range o.root.places {
				w.set(place.SelectionSet)
			}
			return w.out, w.ok
		}
	}
	return nil, false
}

// shape fills in what a selection asks of an error.
type shape struct {
	asked  *Asked
	of     *ast.Definition
	out    map[string]any
	ok     bool
	reason Reason
}

func (w *shape) set(set ast.SelectionSet) {
	for _, selection := range set {
		directives, inner := within(selection)
		if skipped(directives, w.asked.variables) {
			continue
		}
		switch v := selection.(type) {
		case *ast.Field:
			w.field(v)
		case *ast.InlineFragment:
			if v.TypeCondition == "" || w.is(v.TypeCondition) {
				w.set(inner)
			}
		case *ast.FragmentSpread:
			if f := w.asked.Document.fragments[v.Name]; w.is(f.TypeCondition) {
				w.set(f.SelectionSet)
			}
		}
	}
}

// is tells whether the error is of a type: its own, an interface it has, or a union it is in.
func (w *shape) is(name string) bool {
	def := w.asked.Document.schema.types.Types[name]
	return name == w.of.Name || slices.Contains(w.of.Interfaces, name) || def != nil && def.Kind == ast.Union && slices.Contains(def.Types, w.of.Name)
}

// field writes one field: texts about the refusal, and nothing for the rest.
func (w *shape) field(f *ast.Field) {
	switch f.Name {
	case "__typename":
		w.out[f.Alias] = w.of.Name
	case "message":
		w.out[f.Alias] = w.reason.String()
	case "className":
		w.out[f.Alias] = "UnauthorizedError"
	default:
		switch t := f.Definition.Type; {
		case t.Elem != nil:
			w.out[f.Alias] = []any{}
		case t.NonNull:
			w.ok = false
		default:
			w.out[f.Alias] = nil
		}
	}
}
