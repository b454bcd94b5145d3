package dagster

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
)

// call writes a field with every argument that it needs.
func call(s *Schema, f *ast.FieldDefinition) string {
	var list []string
	for _, a := range f.Arguments {
		if a.Type.NonNull {
			list = append(list, a.Name+":"+example(s, a.Type))
		}
	}
	if len(list) == 0 {
		return f.Name
	}
	return f.Name + "(" + strings.Join(list, ",") + ")"
}

func example(s *Schema, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + example(s, t.Elem) + "]"
	}
	switch def := s.types.Types[t.NamedType]; {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var list []string
		for _, f := range def.Fields {
			if f.Type.NonNull {
				list = append(list, f.Name+":"+example(s, f.Type))
			}
		}
		return "{" + strings.Join(list, ",") + "}"
	case t.NamedType == "Boolean":
		return "true"
	case t.NamedType == "Int" || t.NamedType == "Float":
		return "1"
	}
	return `"x"`
}

func TestArgumentsAreWhatTheUpstreamTakesThemFor(t *testing.T) {
	const q = `query($f:RunsFilter,$l:Int=5,$v:RunsFeedView!,$i:ID="a"){runsFeedOrError(filter:$f,limit:$l,view:$v){__typename} runOrError(runId:$i){__typename}}`
	a := ask(t, q, `{"f":{"runIds":"x","statuses":["STARTED"]},"v":"RUNS"}`)
	want := map[string]any{"filter": map[string]any{"runIds": []any{"x"}, "statuses": []any{"STARTED"}}, "view": "RUNS", "limit": json.Number("5")}
	if diff := cmp.Diff(want, a.Operations[0].Arguments); diff != "" {
		t.Error(diff)
	}
	if a.Operations[1].Arguments["runId"] != "a" {
		t.Errorf("runId is %v", a.Operations[1].Arguments["runId"])
	}
	sameAgain(t, a)
	// Defaults of the schema, single values for lists, numbers for ids.
	a = ask(t, `{assetNodes(assetKeys:{path:"a"}){__typename} runOrError(runId:7){__typename}}`, "")
	if diff := cmp.Diff(map[string]any{"assetKeys": []any{map[string]any{"path": []any{"a"}}}, "loadMaterializations": false}, a.Operations[0].Arguments); diff != "" {
		t.Error(diff)
	}
	if a.Operations[1].Arguments["runId"] != "7" {
		t.Errorf("runId is %v", a.Operations[1].Arguments["runId"])
	}
}

func TestValuesOfAnotherTypeAreRefused(t *testing.T) {
	const filter = `query($f:RunsFilter){runsOrError(filter:$f){__typename}}`
	const text = `query($r:ID!){runOrError(runId:$r){__typename}}`
	const number = `query($l:Int){runsOrError(limit:$l){__typename}}`
	for _, c := range []struct{ query, variables string }{
		{filter, `{"f":{"runIds":[1]}}`}, {filter, `{"f":{"runIds":[["a"]]}}`}, {filter, `{"f":{"RunIds":["a"]}}`}, {filter, `{"f":"x"}`}, {filter, `{"f":["x"]}`},
		{filter, `{"f":{"statuses":["Started"]}}`}, {filter, `{"f":{"statuses":[1]}}`}, {filter, `{"f":{"createdBefore":"1"}}`}, {filter, `{"f":{"tags":[{"key":"a"}]}}`},
		{text, `{"r":1}`}, {text, `{"r":true}`}, {text, `{"r":{}}`}, {text, `{"r":["a"]}`}, {text, `{"r":null}`}, {text, `{}`},
		{number, `{"l":"1"}`}, {number, `{"l":1.0}`}, {number, `{"l":2147483648}`}, {number, `{"l":true}`},
	} {
		if _, err := try(t, c.query, c.variables); rule(err) != "gate.variables" {
			t.Errorf("%s %s: %v", c.query, c.variables, err)
		}
	}
}

func TestDefaultsOfInputObjectsCount(t *testing.T) {
	s, err := LoadSchema([]byte(`{"__schema":{"queryType":{"name":"Query"},"types":[
		{"kind":"OBJECT","name":"Query","fields":[{"name":"a","args":[{"name":"in","type":{"kind":"INPUT_OBJECT","name":"In"}}],"type":{"kind":"SCALAR","name":"String"}}]},
		{"kind":"INPUT_OBJECT","name":"In","inputFields":[{"name":"x","type":{"kind":"SCALAR","name":"String"},"defaultValue":"\"d\""},{"name":"y","type":{"kind":"SCALAR","name":"String"}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Request{{Query: `{a(in:{y:"z"})}`}, {Query: `query($i:In){a(in:$i)}`, Variables: map[string]any{"i": map[string]any{"y": "z"}}}} {
		a, err := understand(s, r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"in": map[string]any{"x": "d", "y": "z"}}, a.Operations[0].Arguments); diff != "" {
			t.Error(diff)
		}
	}
}

func TestConfigurationsPassAsTheyAre(t *testing.T) {
	const q = `mutation($c:RunConfigData){launchRun(executionParams:{selector:{repositoryName:"r",repositoryLocationName:"l"},runConfigData:$c}){__typename}}`
	for _, config := range []string{`{"ops":{"a":{"config":{"n":12345678901234567890,"f":1.50,"N":[null,true,"<&>"]}}}}`, `"{\"ops\": {}}"`} {
		a := ask(t, q, `{"c":`+config+`}`)
		if body := string(a.Body()); !strings.Contains(body, `"runConfigData":`) || !strings.Contains(strings.ReplaceAll(body, `N":[null,true,"<&>"],"`, ""), "ops") || strings.Contains(config, "1.50") && !strings.Contains(body, `1.50`) {
			t.Errorf("forwarded %s", body)
		}
		sameAgain(t, a)
	}
	a := ask(t, strings.Replace(strings.Replace(q, "($c:RunConfigData)", "", 1), "$c", `{ops:{a:[1,2.5,"x",null,true]}}`, 1), "")
	if body := string(a.Body()); !strings.Contains(body, `"runConfigData":{"ops":{"a":[1,2.5,"x",null,true]}}`) {
		t.Errorf("forwarded %s", body)
	}
	if _, err := try(t, `mutation($c:String){launchRun(executionParams:{selector:{repositoryName:"r",repositoryLocationName:"l"},runConfigData:{ops:$c}}){__typename}}`, `{"c":"x"}`); rule(err) != "gate.document" {
		t.Errorf("a variable within a configuration: %v", err)
	}
}

// TestAttack085TextsThatTwoParsersReadDifferently: the parser here and graphql-core do not agree on every text between three quotes, nor
// Dagster's own types on words and large numbers. What they disagree on is refused.
func TestAttack085TextsThatTwoParsersReadDifferently(t *testing.T) {
	in := func(text string) string { return "mutation{deleteRun(runId:" + text + "){__typename}}" }
	for text, want := range map[string]string{
		"\"\"\"x\"\"\"": "x", "\"\"\"\n  a\n    b\n\"\"\"": "a\n  b", "\"\"\" \t\r\n  a\r   b\"\"\"": "a\n b", `""" \""" """`: ` """ `, `"""a"b""c"""`: `a"b""c`, `""""""`: "", `""""a"""`: `"a`, `"#\""`: `#"`,
		"#\"\"\"\n\"x\"": "x", `"\\"`: `\`,
	} {
		if a := ask(t, in(text), ""); a.Operations[0].Arguments["runId"] != want {
			t.Errorf("%s is %q", text, a.Operations[0].Arguments["runId"])
		}
	}
	for _, text := range []string{"\"\"\"a\n  b\"\"\"", "\"\"\"a\r\n\"\"\"", `"""a""""`, `"""a"""" b """c"""`, `"""a`, `"""a\"""`, `"a`, "\"a\n\"", `"\`, `""""`} {
		if _, err := try(t, in(text), ""); rule(err) != "gate.document" {
			t.Errorf("%s: %v", text, err)
		}
	}
	const launch = `mutation{launchRun(executionParams:{selector:{repositoryName:"r",repositoryLocationName:"l"},runConfigData:`
	for _, value := range []string{"FOO", "{a:[FOO]}", "2147483648", "{a:-2147483649}", "1e400"} {
		if _, err := try(t, launch+value+"}){__typename}}", ""); rule(err) != "gate.document" {
			t.Errorf("%s: %v", value, err)
		}
	}
	if _, err := try(t, "{runsOrError(filter:{createdBefore:9007199254740993}){__typename}}", ""); err != nil {
		t.Error(err)
	}
}
