package workspace

import (
	"context"
	"encoding/json"

	"bailiwick/internal/gate/dagster"
)

// introspection asks for what decides how a request is read: no prose.
const introspection = `{` + stampFields + ` __schema { queryType { name } mutationType { name } subscriptionType { name }
	types { kind name
		fields(includeDeprecated: true) { name type { ...ref } args(includeDeprecated: true) { ...value } }
		inputFields(includeDeprecated: true) { ...value }
		interfaces { ...ref } possibleTypes { ...ref } enumValues(includeDeprecated: true) { name } } } }
fragment value on __InputValue { name defaultValue type { ...ref } }
fragment ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name } } } } } } }`

// schemaFor returns the schema of a version of the upstream.
func (w *Workspace) schemaFor(ctx context.Context, version string) (*dagster.Schema, error) {
	for range attempts {
		w.mu.Lock()
		schema, of := w.schema, w.schemaVersion
		w.mu.Unlock()
		if schema != nil && of == version {
			return schema, nil
		}
		if err := w.fly(ctx, "schema", w.introspect); err != nil {
			return nil, err
		}
		w.mu.Lock()
		version = w.stamp.version
		w.mu.Unlock()
	}
	return nil, unsteady()
}

func (w *Workspace) introspect(ctx context.Context) error {
	var answer struct {
		stamped
		Schema json.RawMessage `json:"__schema"`
	}
	q := w.question()
	err := w.upstream.ask(ctx, introspection, nil, &answer)
	var now stamp
	if err == nil {
		now, err = answer.stamp()
	}
	var schema *dagster.Schema
	if err == nil {
		schema, err = dagster.LoadSchema(append(append([]byte(`{"__schema":`), answer.Schema...), '}'))
	}
	if err != nil {
		w.untold(q, err)
		return err
	}
	w.told(q, now)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.schema, w.schemaVersion = schema, now.version
	return nil
}

// PermissionKeys returns the keys of the permissions that the upstream tells its pages of. Errors are Unavailable.
func (w *Workspace) PermissionKeys(ctx context.Context) ([]string, error) {
	var answer struct{ Permissions []struct{ Permission string } }
	if err := w.upstream.ask(ctx, `{ permissions { permission } }`, nil, &answer); err != nil {
		return nil, err
	}
	keys := make([]string, len(answer.Permissions))
	for i, p := range answer.Permissions {
		keys[i] = p.Permission
	}
	return keys, nil
}
