package dagster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/internal/fault"
)

func ask(t *testing.T, query, variables string) *Asked {
	t.Helper()
	a, err := try(t, query, variables)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func try(t *testing.T, query, variables string) (*Asked, error) {
	t.Helper()
	if variables == "" {
		variables = "{}"
	}
	v, err := decodeObject([]byte(variables))
	if err != nil {
		t.Fatal(err)
	}
	return understand(schema(t), Request{Query: query, Variables: v})
}

func TestAttack085EveryWayToHideAMutation(t *testing.T) {
	const f = `deleteRun(runId:"x"){__typename}`
	for _, query := range []string{
		"mutation{version:" + f + "}", "mutation{...{" + f + "}}", "mutation{...on Mutation{...{" + f + "}}}",
		"mutation{...A} fragment A on Mutation{...B} fragment B on Mutation{x:" + f + "}",
		`mutation{deleteRun(runId:"x")@include(if:true)@skip(if:false){__typename}}`, "mutation{...A@skip(if:true) ...A} fragment A on Mutation{" + f + "}",
	} {
		a := ask(t, query, "")
		if got := asks(a); !slices.Equal(got, []string{"mutation deleteRun"}) || a.Operations[0].Arguments["runId"] != "x" {
			t.Errorf("%s asks %q", query, got)
		}
		sameAgain(t, a)
	}
	if _, err := try(t, "query A{version} mutation B{"+f+"}", ""); rule(err) != "gate.operation_name" {
		t.Errorf("two operations without a name: %v", err)
	}
	// One name, three aliases.
	a := ask(t, `mutation{a:deleteRun(runId:"1"){__typename} b:deleteRun(runId:"2"){__typename} ...F} fragment F on Mutation{c:deleteRun(runId:"3"){__typename}}`, "")
	if len(a.Operations) != 3 || a.Operations[2].Arguments["runId"] != "3" {
		t.Errorf("asks %+v", a.Operations)
	}
	sameAgain(t, a)
}

func TestAttack085VariablesAreNotTakenForWhatTheyAreNot(t *testing.T) {
	const q = `mutation($x:Boolean!){deleteRun(runId:"x")@include(if:$x){__typename} setNuxSeen}`
	for variables, want := range map[string]int{`{"x":true}`: 2, `{"x":false}`: 1} {
		a := ask(t, q, variables)
		if len(a.Operations) != want {
			t.Errorf("%s asks %q", variables, asks(a))
		}
		sameAgain(t, a)
	}
	for _, variables := range []string{`{"x":"false"}`, `{"x":0}`, `{"x":null}`, `{}`, `{"x":[true]}`} {
		if _, err := try(t, q, variables); rule(err) != "gate.variables" {
			t.Errorf("%s: %v", variables, err)
		}
	}
}

func TestAttack094WhatIsForwardedIsWrittenAnew(t *testing.T) {
	a := ask(t, "#c\nquery A($x:Boolean!, $r: ID = \"1\"){ v : version@skip(if:$x) runOrError(runId:$r){...F} } fragment F on RunOrError { __typename ... on Run { id } }", `{"x":false,"unused":1}`)
	const want = `{"operationName":"A","query":"query A($x:Boolean!,$r:ID=\"1\"){v:version @skip(if:$x) runOrError(runId:$r){...F}} fragment F on RunOrError{__typename ... on Run{id}}","variables":{"r":"1","x":false}}`
	if got := string(a.Body()); got != want {
		t.Errorf("forwarded\n%s, want\n%s", got, want)
	}
	a = ask(t, `mutation($i:[String!]!,$n:Boolean!){terminateRuns(runIds:$i,terminatePolicy:MARK_AS_CANCELED_IMMEDIATELY){__typename @include(if:$n)} x:deleteRun(runId:"""b"""){__typename}}`, `{"i":"a","n":true}`)
	const mutation = `{"query":"mutation($n:Boolean!,$r0_runIds:[String!]!,$r0_terminatePolicy:TerminateRunPolicy,$r1_runId:String!){terminateRuns(runIds:$r0_runIds,terminatePolicy:$r0_terminatePolicy){__typename @include(if:$n)} x:deleteRun(runId:$r1_runId){__typename}}","variables":{"n":true,"r0_runIds":["a"],"r0_terminatePolicy":"MARK_AS_CANCELED_IMMEDIATELY","r1_runId":"b"}}`
	if string(a.Body()) != mutation {
		t.Errorf("forwarded\n%s, want\n%s", a.Body(), mutation)
	}
}

// TestAttack094VariablesOfOursAreNotThoseOfTheClient: a client cannot put a value of its own into a variable of ours.
func TestAttack094VariablesOfOursAreNotThoseOfTheClient(t *testing.T) {
	a := ask(t, `mutation($r0_runId:Boolean!){deleteRun(runId:"x"){__typename @include(if:$r0_runId)}}`, `{"r0_runId":true,"r_0_runId":"y"}`)
	const want = `{"query":"mutation($r0_runId:Boolean!,$r_0_runId:String!){deleteRun(runId:$r_0_runId){__typename @include(if:$r0_runId)}}","variables":{"r0_runId":true,"r_0_runId":"x"}}`
	if got := string(a.Body()); got != want {
		t.Errorf("forwarded\n%s, want\n%s", got, want)
	}
}

func TestWhoeverChangesAnOperationChangesWhatIsSent(t *testing.T) {
	a := ask(t, `mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}`,
		`{"p":{"selector":{"repositoryName":"r","repositoryLocationName":"l","jobName":"j"},"executionMetadata":{"tags":[{"key":"user","value":"forged"}]}}}`)
	a.Operations[0].Arguments["executionParams"].(map[string]any)["executionMetadata"] = map[string]any{"tags": []any{map[string]any{"key": "user", "value": "ann"}}}
	if body := string(a.Body()); strings.Contains(body, "forged") || !strings.Contains(body, `"ann"`) {
		t.Errorf("forwarded %s", body)
	}
	sameAgain(t, a)
}

func TestAttack095Bombs(t *testing.T) {
	doubling := "query{...F0}"
	for i := range 60 {
		doubling += fmt.Sprintf(" fragment F%d on Query{a:__typename ...F%d ...F%d}", i, i+1, i+1)
	}
	doubling += " fragment F60 on Query{version}"
	crowd := "query{" + strings.Repeat("...C ", 70) + "} fragment C on Query{" + strings.Repeat("version ", 199) + "}"
	merged := "{" + strings.Repeat("instance{"+strings.Repeat("id ", 150)+"}", 90) + "}"
	nested := strings.Repeat("schedules{scheduleState{repositoryOrigin{", 30)
	for name, c := range map[string]struct{ query, rule string }{
		"aliases":           {"{" + strings.Repeat("a:version ", 201) + "}", "gate.size"},
		"a crowd":           {crowd, "gate.size"},
		"a crowd of crowds": {merged, "gate.size"},
		"tokens":            {"{" + strings.Repeat("a ", MaxTokens) + "}", "gate.document"},
		"doubling":          {doubling, "gate.size"},
		"depth":             {"{" + nested + "a" + strings.Repeat("}", 91), "gate.depth"},
		"a circle":          {"{...A} fragment A on Query{...B} fragment B on Query{...A}", "gate.fragment"},
		"an unused circle":  {"{version} fragment B on Query{...B}", "gate.fragment"},
		"a missing one":     {"{...A}", "gate.fragment"},
		"nested lists":      {`mutation{deleteRun(runId:` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `){__typename}}`, "gate.document"},
		"nested directives": {"{version" + strings.Repeat("@skip(if:true)", 3000) + "}", "gate.document"},
	} {
		begun := time.Now()
		_, err := try(t, c.query, "")
		if rule(err) != c.rule {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

func TestAttack088AMutationThatIsNew(t *testing.T) {
	newer := enlarged(t)
	table := table(t)
	for query, want := range map[string]fault.Kind{`mutation{launchRockets(target:"x")}`: fault.Forbidden, `mutation{setNuxSeen launchRockets(target:"x")}`: fault.Forbidden} {
		a, err := understand(newer, Request{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		last := a.Operations[len(a.Operations)-1]
		if _, err := table.Targets(last); !fault.Is(err, want) || !table.Unknown(last) {
			t.Errorf("%s: %v", query, err)
		}
	}
	d, err := Parse(newer, Request{Query: "subscription{rockets}", Door: Socket})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := d.Ask(nil)
	if _, err := table.Targets(a.Operations[0]); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an unknown subscription: %v", err)
	}
	a, err = understand(newer, Request{Query: "{rockets}"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := table.Targets(a.Operations[0]); err != nil || len(got) != 1 || got[0].Permission != onlyAdministrators || got[0].Kind != Deployment {
		t.Errorf("an unknown query takes %+v, %v", got, err)
	}
	// An argument that is new takes the permission everywhere.
	a, err = understand(newer, Request{Query: `mutation{deleteRun(runId:"x",everywhere:[{location:"b"}]){__typename}}`})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := table.Targets(a.Operations[0]); len(got) != 2 || got[1].Kind != Deployment || got[1].From != "everywhere[].location" {
		t.Errorf("an unknown argument takes %+v", got)
	}
	// An operator maps it.
	mapped, err := NewTable(Rule{Kind: Mutation, Field: "launchRockets", Permission: "runs.launch", Sources: []Source{{Path: "target", Kind: Location}}})
	if err != nil {
		t.Fatal(err)
	}
	a, _ = understand(newer, Request{Query: `mutation{launchRockets(target:"x")}`})
	if got, err := mapped.Targets(a.Operations[0]); err != nil || got[0].Name != "x" || got[0].Kind != Location {
		t.Errorf("a mapped mutation takes %+v, %v", got, err)
	}
}

func TestTextsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, text := range []string{`"a\\\"b"`, `"\u0007\u007f\u00e9"`, `"é😀"`, `"\ud83d\ude00"`, `"""\n  a \"b"\n    c\n"""`, "\"\"\"\n  a \\\"\"\"\n    b\r\n\"\"\"", `"\u2028\/\b\f\n\r\t"`} {
		a := ask(t, `{runOrError(runId:`+text+`){__typename}}`, "")
		sameAgain(t, a)
		again, err := Parse(a.Document.schema, Request{Query: a.Document.Text})
		if err != nil || again.Text != a.Document.Text {
			t.Errorf("%s is written as %s, %v", text, a.Document.Text, err)
		}
	}
}

// TestMergingIsLeftToTheUpstream but for the root, where it decides what runs.
func TestMergingIsLeftToTheUpstream(t *testing.T) {
	if _, err := try(t, "{instance{a:id a:hasInfo}}", ""); err != nil {
		t.Error(err)
	}
	if _, err := try(t, "{a:version a:__typename}", ""); rule(err) != "gate.document" {
		t.Error(err)
	}
}

// TestManyAtOnce: a schema, a document and a table are shared by all requests (with -race).
func TestManyAtOnce(t *testing.T) {
	s, known := schema(t), table(t)
	const q = `mutation($r:[String!]!){terminateRuns(runIds:$r){__typename}}`
	d, err := Parse(s, Request{Query: q})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			id := fmt.Sprint("run", i)
			other, err := Parse(s, Request{Query: q})
			if err != nil {
				t.Error(err)
				return
			}
			for _, d := range []*Document{d, other} {
				a, err := d.Ask(map[string]any{"r": id})
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := known.Targets(a.Operations[0]); err != nil || got[0].Name != id || !strings.Contains(string(a.Body()), id) {
					t.Errorf("%s: %+v, %v", id, got, err)
				}
			}
		})
	}
	all.Wait()
}

// enlarged is the schema of a Dagster that does not exist yet.
func enlarged(t *testing.T) *Schema {
	t.Helper()
	text := toldRef{Kind: "SCALAR", Name: "String"}
	return fromTypes(t,
		toldType{Kind: "OBJECT", Name: "Query", Fields: []toldField{{Name: "rockets", Type: text}}},
		toldType{Kind: "OBJECT", Name: "Subscription", Fields: []toldField{{Name: "rockets", Type: text}}},
		toldType{Kind: "INPUT_OBJECT", Name: "More", InputFields: []toldValue{{Name: "location", Type: text}}},
		toldType{Kind: "OBJECT", Name: "Done", Fields: []toldField{{Name: "ok", Type: text}, {Name: "hasUndoPermission", Type: toldRef{Kind: "SCALAR", Name: "Boolean"}}}},
		toldType{Kind: "OBJECT", Name: "Mutation", Fields: []toldField{
			{Name: "launchRockets", Args: []toldValue{{Name: "target", Type: text}}, Type: text},
			{Name: "setNuxSeen", Type: text},
			{Name: "deleteRun", Args: []toldValue{{Name: "runId", Type: text}, {Name: "everywhere", Type: toldRef{Kind: "LIST", OfType: &toldRef{Kind: "INPUT_OBJECT", Name: "More"}}}}, Type: toldRef{Kind: "OBJECT", Name: "Done"}},
		}})
}

func fromTypes(t *testing.T, types ...toldType) *Schema {
	t.Helper()
	s := told{Types: types}
	for _, one := range types {
		name := &struct{ Name string }{one.Name}
		switch one.Name {
		case "Query":
			s.QueryType = name
		case "Mutation":
			s.MutationType = name
		case "Subscription":
			s.SubscriptionType = name
		}
	}
	answer, err := json.Marshal(map[string]any{"data": map[string]any{"__schema": s}})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadSchema([]byte(strings.ReplaceAll(string(answer), "OfType", "ofType")))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func table(t testing.TB) *Table {
	t.Helper()
	table, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	return table
}
