package dagster

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// coerce makes a JSON value what the upstream takes it for, at a type. It is stricter than graphql-core 3.2, whose Int takes 1.0
// and whose ID takes numbers: those are refused. A single value where a list is expected is a list of it.
func (s *Schema) coerce(t *ast.Type, value any, at string) (any, error) {
	if value == nil {
		if t.NonNull {
			return nil, refused("variables", at+" is null", "send a "+t.String())
		}
		return nil, nil
	}
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		out := make([]any, len(list))
		for i, v := range list {
			var err error
			if out[i], err = s.coerce(t.Elem, v, at+"["+strconv.Itoa(i)+"]"); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	def := s.types.Types[t.NamedType]
	if def == nil {
		return nil, refused("variables", at+" is of an unknown type", "")
	}
	switch def.Kind {
	case ast.InputObject:
		return s.coerceObject(def, value, at)
	case ast.Scalar:
		if fits(t.NamedType, value) {
			return value, nil
		}
	case ast.Enum:
		if text, ok := value.(string); ok && def.EnumValues.ForName(text) != nil {
			return text, nil
		}
	}
	return nil, refused("variables", at+" is not a "+t.NamedType, "")
}

// fits tells whether a JSON value is of a scalar type. Types of the upstream's own take everything.
func fits(scalar string, value any) bool {
	switch scalar {
	case "String", "ID":
		_, ok := value.(string)
		return ok
	case "Boolean":
		_, ok := value.(bool)
		return ok
	case "Int":
		n, ok := value.(json.Number)
		_, err := strconv.ParseInt(n.String(), 10, 32)
		return ok && err == nil
	case "Float":
		n, ok := value.(json.Number)
		_, err := n.Float64()
		return ok && err == nil
	}
	return true
}

func (s *Schema) coerceObject(def *ast.Definition, value any, at string) (any, error) {
	given, ok := value.(map[string]any)
	if !ok {
		return nil, refused("variables", at+" is not a "+def.Name, "send an object")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if def.Fields.ForName(name) == nil {
			return nil, refused("variables", at+" has no field "+printable(name), "")
		}
	}
	return s.fill(def.Fields, at, func(f *ast.FieldDefinition) (any, bool, error) {
		v, ok := given[f.Name]
		if !ok {
			return nil, false, nil
		}
		c, err := s.coerce(f.Type, v, at+"."+f.Name)
		return c, true, err
	})
}

// fill makes an input object: what is given, the schema's defaults for the rest.
func (s *Schema) fill(fields ast.FieldList, at string, get func(*ast.FieldDefinition) (any, bool, error)) (any, error) {
	out := map[string]any{}
	for _, f := range fields {
		v, ok, err := get(f)
		if err == nil && !ok && f.DefaultValue != nil {
			v, ok, err = s.literal(f.Type, f.DefaultValue, nil, at+"."+f.Name)
		}
		switch {
		case err != nil:
			return nil, err
		case ok:
			out[f.Name] = v
		case f.Type.NonNull:
			return nil, refused("variables", at+"."+f.Name+" is missing", "")
		}
	}
	return out, nil
}

// literal makes a value written in a document what the upstream takes it for. The second result is false for a variable that
// was not sent: that counts as not written.
func (s *Schema) literal(t *ast.Type, v *ast.Value, variables map[string]any, at string) (any, bool, error) {
	if v.Kind == ast.Variable {
		value, ok := variables[v.Raw]
		if !ok {
			if t.NonNull {
				return nil, false, refused("variables", "$"+v.Raw+" is missing", "")
			}
			return nil, false, nil
		}
		c, err := s.coerce(t, value, at)
		return c, true, err
	}
	if t.Elem != nil && v.Kind != ast.NullValue {
		list, err := s.literalList(t, v, variables, at)
		return list, true, err
	}
	def := s.types.Types[t.NamedType]
	if v.Kind == ast.ObjectValue && def != nil && def.Kind == ast.InputObject {
		object, err := s.literalObject(def, v, variables, at)
		return object, true, err
	}
	value, err := leaf(t, def, v, at)
	if err != nil {
		return nil, false, err
	}
	c, err := s.coerce(t, value, at)
	return c, true, err
}

// leaf turns a value that is neither a list nor an input object into JSON. It is not checked to be of its type.
func leaf(t *ast.Type, def *ast.Definition, v *ast.Value, at string) (any, error) {
	enum := def != nil && def.Kind == ast.Enum
	own := def != nil && def.Kind == ast.Scalar && !def.BuiltIn
	switch {
	case v.Kind == ast.EnumValue && !enum:
		return nil, refused("document", at+" has a word where a value is expected", "")
	case (v.Kind == ast.StringValue || v.Kind == ast.BlockValue) && enum:
		return nil, refused("document", at+" has a text where a word is expected", "")
	case v.Kind == ast.EnumValue, v.Kind == ast.IntValue && t.NamedType == "ID":
		return v.Raw, nil
	case (v.Kind == ast.IntValue || v.Kind == ast.FloatValue) && !own:
		return json.Number(v.Raw), nil
	}
	return written(v, at)
}

func (s *Schema) literalList(t *ast.Type, v *ast.Value, variables map[string]any, at string) (any, error) {
	children := v.Children
	if v.Kind != ast.ListValue {
		children = ast.ChildValueList{{Value: v}}
	}
	out := make([]any, len(children))
	for i, c := range children {
		var err error
		if out[i], _, err = s.literal(t.Elem, c.Value, variables, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Schema) literalObject(def *ast.Definition, v *ast.Value, variables map[string]any, at string) (any, error) {
	given := map[string]*ast.Value{}
	for _, c := range v.Children {
		if def.Fields.ForName(c.Name) == nil || given[c.Name] != nil {
			return nil, refused("document", at+" has no field "+c.Name+", or twice", "")
		}
		given[c.Name] = c.Value
	}
	return s.fill(def.Fields, at, func(f *ast.FieldDefinition) (any, bool, error) {
		if given[f.Name] == nil {
			return nil, false, nil
		}
		return s.literal(f.Type, given[f.Name], variables, at+"."+f.Name)
	})
}

// written turns a value without variables into JSON: for scalars of the upstream's own, which take objects and lists. What they take
// for null (graphene 3's GenericScalar: words, integers of more than 32 bits) is refused.
func written(v *ast.Value, at string) (any, error) {
	switch v.Kind {
	case ast.NullValue:
		return nil, nil
	case ast.BooleanValue:
		return v.Raw == "true", nil
	case ast.IntValue, ast.FloatValue:
		if number := json.Number(v.Raw); fits("Float", number) && (v.Kind == ast.FloatValue || fits("Int", number)) {
			return number, nil
		}
		return nil, refused("document", at+" has a number that is too large", "send it as a variable")
	case ast.StringValue, ast.BlockValue:
		return strings.ToValidUTF8(v.Raw, "\ufffd"), nil
	case ast.EnumValue:
		return nil, refused("document", at+" has a word where a value is expected", "write it as a text")
	case ast.ListValue:
		list := make([]any, len(v.Children))
		for i, c := range v.Children {
			var err error
			if list[i], err = written(c.Value, at); err != nil {
				return nil, err
			}
		}
		return list, nil
	case ast.ObjectValue:
		object := map[string]any{}
		for _, c := range v.Children {
			inner, err := written(c.Value, at)
			if err != nil {
				return nil, err
			}
			object[c.Name] = inner
		}
		return object, nil
	}
	return nil, refused("document", at+" has a variable within a value of the upstream's own type", "send all of it as one variable")
}
