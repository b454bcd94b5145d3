package dagstertest

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
)

// introspection asks for all of the schema but its prose.
const introspection = `{ __schema {
	queryType { name kind } mutationType { name kind } subscriptionType { name kind }
	directives { name isRepeatable locations args(includeDeprecated: true) { ...argument } }
	types { kind name specifiedByURL isOneOf
		fields(includeDeprecated: true) { name isDeprecated type { ...type } args(includeDeprecated: true) { ...argument } }
		inputFields(includeDeprecated: true) { ...argument }
		interfaces { ...type } possibleTypes { ...type }
		enumValues(includeDeprecated: true) { name isDeprecated } } } }
fragment argument on __InputValue { name defaultValue isDeprecated type { ...type } }
fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name } } } } } } } }`

// Schema is the answer to an introspection of everything but descriptions and reasons: {"__schema": …}, a type a line, in
// the server's order, keys sorted. It is how SchemaFile is stored.
func (d *Dagster) Schema(t testing.TB) []byte {
	t.Helper()
	var said struct {
		Schema map[string]any `json:"__schema"`
	}
	d.read(t, &said, introspection, nil)
	types, ok := said.Schema["types"].([]any)
	if !ok {
		t.Fatalf("the introspection has no types: %v", said.Schema)
	}
	delete(said.Schema, "types")
	var all bytes.Buffer
	all.WriteString(`{"__schema":{`)
	for _, key := range []string{"directives", "mutationType", "queryType", "subscriptionType"} {
		all.WriteString(`"` + key + `":` + compact(t, said.Schema[key]) + ",\n")
	}
	all.WriteString("\"types\":[\n")
	for i, one := range types {
		all.WriteString(compact(t, one))
		if i < len(types)-1 {
			all.WriteString(",")
		}
		all.WriteString("\n")
	}
	all.WriteString("]}}\n")
	return all.Bytes()
}

func compact(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// SchemaFile is where the pinned server's schema is stored.
func (p place) SchemaFile() string {
	return filepath.Join(p.project, "..", "..", "internal", "gate", "dagster", "testdata", "schema-"+p.version+".json")
}
