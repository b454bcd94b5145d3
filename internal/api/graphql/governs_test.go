package graphql

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"bailiwick/internal/api/graphql/generated"
	"bailiwick/rolemodel"
)

func TestEveryFieldSaysWhatGovernsIt(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}}).Schema()
	if err := checkGoverned(schema); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, root := range []string{"CloudQuery", "CloudMutation", "Bailiwick"} {
		for _, field := range schema.Types[root].Fields {
			if !strings.HasPrefix(field.Name, "__") && governanceOf(field) == nil {
				t.Errorf("%s.%s does not", root, field.Name)
			}
			n++
		}
	}
	if n < 100 {
		t.Errorf("only %d fields", n)
	}
}

// A schema in which a field does not say it, or says what does not exist, does not start the server.
func TestTheServerRefusesASchemaWithAHole(t *testing.T) {
	schema := func() *ast.Schema {
		return generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}}).Schema()
	}
	for place, fields := range resolved() {
		for _, field := range schema().Types[place].Fields {
			if !fields[strings.ToLower(field.Name)] {
				continue
			}
			kept := field.Directives
			field.Directives = nil
			if err := checkGoverned(schema()); err == nil || !strings.Contains(err.Error(), place+"."+field.Name) {
				t.Errorf("%s.%s without: %v", place, field.Name, err)
			}
			wrong := *kept.ForName("governs")
			wrong.Arguments = ast.ArgumentList{{Name: "operation", Value: &ast.Value{Raw: "people.see", Kind: ast.StringValue}}}
			field.Directives = ast.DirectiveList{&wrong}
			if err := checkGoverned(schema()); err == nil || !strings.Contains(err.Error(), "people.see") {
				t.Errorf("%s.%s with another operation: %v", place, field.Name, err)
			}
			field.Directives = kept
		}
	}
}

// An operation of a kind of resource is one that the edition of Dagster+ has a row for.
func TestKindsOfOperationsAreTheEditions(t *testing.T) {
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, definition := range generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{}}).Schema().Types {
		for _, field := range definition.Fields {
			g := governanceOf(field)
			if g == nil || g.kind == "" {
				continue
			}
			n++
			found := false
			for _, o := range model.Governance.Operations {
				found = found || o.Name == g.operation && o.Kind == g.kind
			}
			if !found {
				t.Errorf("%s.%s: there is no row %s of %s", definition.Name, field.Name, g.operation, g.kind)
			}
		}
	}
	if n < 10 || slices.Contains([]string{""}, model.Edition) {
		t.Errorf("%d fields", n)
	}
}
