package graphql_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// A captured file is what one command of somebody else's client sends; testdata/README.md tells what its keys mean.
type captured struct {
	Client      string            `json:"client"`
	Captured    string            `json:"captured"`
	Read        string            `json:"read"`
	Source      string            `json:"source"`
	Used        string            `json:"used"`
	Command     string            `json:"command"`
	Environment map[string]string `json:"environment"`
	Requests    []capturedRequest `json:"requests"`

	file string
}

// A capturedRequest is one request, and what its sender reads of the answer.
type capturedRequest struct {
	Method        string            `json:"method"`
	Path          string            `json:"path"`
	Headers       map[string]string `json:"headers"`
	Query         string            `json:"query"`
	OperationName string            `json:"operationName"`
	Variables     map[string]any    `json:"variables"`
	Body          string            `json:"body"`
	Answer        string            `json:"answer"`
	From          map[string]string `json:"from"`
	Gives         map[string]string `json:"gives"`
	Reads         []capturedRead    `json:"reads"`
	Refused       string            `json:"refused"`
	Governs       string            `json:"governs"`
	Out           string            `json:"out"`
}

// A capturedRead is a place in the answer that the client needs.
type capturedRead struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Equals string `json:"equals"`
}

// Whatever a published client sends about access is a request of our schema, and what it reads of the answer is what the schema
// promises. What is left out is left out on purpose, and is refused.
func TestCapturedRequestsFitTheSchema(t *testing.T) {
	schema := writtenSchema(t)
	clients := map[string]int{}
	for _, c := range allCaptured(t) {
		clients[filepath.Dir(c.file)]++
		for i, r := range c.Requests {
			where := fmt.Sprintf("%s, request %d", c.file, i+1)
			switch err := fits(schema, r); {
			case r.Query == "" && r.Out == "":
				t.Errorf("%s has neither a query nor a reason for being left out", where)
			case r.Query != "" && r.Out == "" && err != nil:
				t.Errorf("%s: %v", where, err)
			case r.Query != "" && r.Out != "" && err == nil:
				t.Errorf("%s is left out (%s), and fits the schema: take \"out\" away", where, r.Out)
			}
		}
	}
	// So that a folder that went missing is noticed.
	for folder, least := range map[string]int{"dagster-cloud-cli": 25, "dagster-dg-cli": 13, "terraform-dagsterplus": 75, "terraform-datarootsio": 23} {
		if clients[folder] < least {
			t.Errorf("testdata/%s has %d files, and had %d", folder, clients[folder], least)
		}
	}
}

// A reader that compared nothing would find nothing.
func TestCapturedRequestsThatDoNotFitAreFound(t *testing.T) {
	schema := writtenSchema(t)
	read := func(path, kind, equals string) capturedRequest {
		return capturedRequest{
			Query: `query Q { deploymentByName(name: "prod") { __typename ... on DagsterCloudDeployment { deploymentId deploymentType } } deployments { deploymentName } }`,
			Reads: []capturedRead{{Path: path, Type: kind, Equals: equals}},
		}
	}
	if err := fits(schema, read("data.deploymentByName.deploymentId", "int", "")); err != nil {
		t.Errorf("a request that fits: %v", err)
	}
	for _, r := range []capturedRequest{
		{Query: `query Q { nothing }`},
		{Query: `query Q { deploymentByName(name: 7) { __typename } }`},
		{Query: `mutation M($id: Int!) { deleteDeployment(deploymentId: $id) { __typename } }`, Variables: map[string]any{"id": "seven"}},
		{Query: `query Q { version }`, Governs: "team.create"},
		read("data.deploymentByName.deploymentId", "string", ""),
		read("data.deploymentByName.deploymentName", "string", ""),
		read("data.deploymentByName.__typename", "string", "DagsterCloudTeam"),
		read("data.deploymentByName.deploymentType", "string", "TEST"),
		read("data.deployments.deploymentName", "string", ""),
		read("data.deploymentByName[].deploymentId", "int", ""),
	} {
		if fits(schema, r) == nil {
			t.Errorf("fits: %+v", r)
		}
	}
}

// allCaptured reads testdata.
func allCaptured(t *testing.T) []captured {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := make([]captured, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := captured{file: strings.TrimPrefix(filepath.ToSlash(file), "testdata/")}
		from := json.NewDecoder(bytes.NewReader(text))
		from.DisallowUnknownFields()
		from.UseNumber()
		if err := from.Decode(&c); err != nil || c.Client == "" || len(c.Requests) == 0 {
			t.Fatalf("%s: %v, or no client, or no request", file, err)
		}
		all = append(all, c)
	}
	return all
}

// writtenSchema is the schema as it is written, not as it was generated from.
func writtenSchema(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("schema/*.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	sources := make([]*ast.Source, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// fits tells what of a request the schema does not have.
func fits(schema *ast.Schema, r capturedRequest) error {
	if r.Query == "" {
		return nil
	}
	doc, wrong := gqlparser.LoadQueryWithRules(schema, r.Query, nil)
	if wrong != nil {
		return wrong
	}
	op := doc.Operations[0]
	if r.OperationName != "" && r.OperationName != op.Name {
		return fmt.Errorf("operationName is %s, the operation %s", r.OperationName, op.Name)
	}
	if _, err := validator.VariableValues(schema, op, r.Variables); err != nil {
		return fmt.Errorf("variables: %w", err)
	}
	for _, read := range r.Reads {
		if err := promised(schema, op, read); err != nil {
			return fmt.Errorf("%s: %w", read.Path, err)
		}
	}
	return governed(op, r.Governs)
}

// governed compares an operation, and the kind after it, with what the schema says of the first field.
func governed(op *ast.OperationDefinition, want string) error {
	field, ok := op.SelectionSet[0].(*ast.Field)
	if !ok {
		return fmt.Errorf("it begins with a fragment")
	}
	said := ""
	if d := field.Definition.Directives.ForName("governs"); d != nil {
		for _, name := range []string{"operation", "kind"} {
			if a := d.Arguments.ForName(name); a != nil {
				said = strings.TrimSpace(said + " " + a.Value.Raw)
			}
		}
	}
	if want != "" && want != said {
		return fmt.Errorf("%s is governed by %q, and ought to be by %q", field.Name, said, want)
	}
	return nil
}

// promised tells why the schema does not promise what a client reads.
func promised(schema *ast.Schema, op *ast.OperationDefinition, read capturedRead) error {
	steps := strings.Split(read.Path, ".")
	if steps[0] != "data" {
		return fmt.Errorf("a path begins with data")
	}
	selected := op.SelectionSet
	var field *ast.Field
	var at *ast.Type
	for _, step := range steps[1:] {
		name, lists := strings.CutSuffix(step, "[]")
		if field = selectedField(selected, name); field == nil {
			return fmt.Errorf("the query does not ask for %s", name)
		}
		at = field.Definition.Type
		if lists != (at.Elem != nil) {
			return fmt.Errorf("%s is a %s", name, at)
		}
		if lists {
			at = at.Elem
		}
		selected = field.SelectionSet
	}
	if field.Name == "__typename" && read.Equals != "" {
		return oneOfTypes(schema, field, read.Equals)
	}
	def := schema.Types[at.Name()]
	if read.Equals != "" && (def.Kind != ast.Enum || def.EnumValues.ForName(read.Equals) == nil) {
		return fmt.Errorf("%s has no %s", at.Name(), read.Equals)
	}
	if !isKind(def, strings.TrimSuffix(read.Type, "?")) {
		return fmt.Errorf("it is a %s, the client reads a %s", at, read.Type)
	}
	return nil
}

// oneOfTypes tells whether what a __typename stands in can be of a type.
func oneOfTypes(schema *ast.Schema, field *ast.Field, name string) error {
	for _, d := range schema.GetPossibleTypes(field.ObjectDefinition) {
		if d.Name == name {
			return nil
		}
	}
	return fmt.Errorf("%s is never a %s", field.ObjectDefinition.Name, name)
}

// selectedField finds what answers under a name, in fragments as well.
func selectedField(set ast.SelectionSet, name string) *ast.Field {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Alias == name {
				return s
			}
		case *ast.InlineFragment:
			if f := selectedField(s.SelectionSet, name); f != nil {
				return f
			}
		case *ast.FragmentSpread:
			if f := selectedField(s.Definition.SelectionSet, name); f != nil {
				return f
			}
		}
	}
	return nil
}

// isKind tells whether a type is written as the JSON that a client expects.
func isKind(def *ast.Definition, kind string) bool {
	byName := map[string][]string{
		"string": {"String", "ID"}, "json": {"String"}, "int": {"Int"}, "number": {"Int", "Float"},
		"bool": {"Boolean"}, "true": {"Boolean"}, "any": {"GenericScalar"}, "object": {"GenericScalar"},
	}
	return slices.Contains(byName[kind], def.Name) || kind == "string" && def.Kind == ast.Enum || kind == "object" && def.IsCompositeType()
}
