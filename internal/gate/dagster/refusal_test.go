package dagster

import (
	"errors"
	"testing"
)

func TestTrap19ARefusalHasDagstersShape(t *testing.T) {
	reason := Reason{Text: "no"}
	for query, want := range map[string]string{
		// As a client of Dagster asks: by __typename, under its own keys.
		`mutation{x:terminateRun(runId:"1"){__typename ...on TerminateRunFailure{errorMessage:message} ...on UnauthorizedError{message} ...E}} fragment E on PythonError{stack}`: `{"data":{"x":{"__typename":"UnauthorizedError","message":"no"}}}`,
		`mutation{deleteRun(runId:"1"){t:__typename ...on Error{m:message} ...on DeletePipelineRunResult{message:__typename}}}`:                                                  `{"data":{"deleteRun":{"m":"no","message":"UnauthorizedError","t":"UnauthorizedError"}}}`,
		`mutation{terminateRuns(runIds:["1"]){__typename ...on PythonError{message stack className cause{message} causes{message} errorChain{isExplicitLink}}}}`:                 `{"data":{"terminateRuns":{"__typename":"PythonError","cause":null,"causes":[],"className":"UnauthorizedError","errorChain":[],"message":"no","stack":[]}}}`,
		`mutation{logTelemetry(action:"",clientId:"",clientTime:"",metadata:""){...on PythonError{message}}}`:                                                                    `{"data":{"logTelemetry":{"message":"no"}}}`,
		// One is refused, nothing happens.
		`mutation{a:deleteRun(runId:"1"){__typename} __typename b:deleteRun(runId:"2"){__typename @skip(if:true)}}`: `{"data":{"__typename":"Mutation","a":{"__typename":"UnauthorizedError"},"b":{}}}`,
		// No shape for it.
		`mutation{a:setAutoMaterializePaused(paused:true)}`:       `{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"},"message":"no","path":["a"]}]}`,
		`mutation{a:deleteRun(runId:"1"){__typename} setNuxSeen}`: `{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"},"message":"no","path":["setNuxSeen"]}]}`,
		`{instance{info}}`: `{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"},"message":"no","path":["instance"]}]}`,
		`{runsOrError{__typename ...on PythonError{message}}}`: `{"data":{"runsOrError":{"__typename":"PythonError","message":"no"}}}`,
	} {
		if got := string(Refusal(ask(t, query, ""), reason)); got != want {
			t.Errorf("%s is answered\n%s, want\n%s", query, got, want)
		}
	}
}

// TestARefusalWithoutAShapeIsAnError: lists, and errors that would have to say more than is known.
func TestARefusalWithoutAShapeIsAnError(t *testing.T) {
	s, err := LoadSchema([]byte(`{"__schema":{"queryType":{"name":"Query"},"types":[
		{"kind":"UNION","name":"U","possibleTypes":[{"kind":"OBJECT","name":"UnauthorizedError"}]},
		{"kind":"OBJECT","name":"UnauthorizedError","fields":[{"name":"code","type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"Int"}}}]},
		{"kind":"OBJECT","name":"Query","fields":[{"name":"one","type":{"kind":"UNION","name":"U"}},{"name":"many","type":{"kind":"LIST","ofType":{"kind":"UNION","name":"U"}}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for query, key := range map[string]string{`{one{...on UnauthorizedError{code}}}`: "one", `{many{__typename}}`: "many"} {
		a, err := understand(s, Request{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(Refusal(a, Reason{Text: "no"})); got != `{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"},"message":"no","path":["`+key+`"]}]}` {
			t.Errorf("%s is answered %s", query, got)
		}
	}
}

// TestTrap18EveryMutationWithAUnionIsRefusedInIt: whatever union a mutation returns, one of its members says no.
func TestTrap18EveryMutationWithAUnionIsRefusedInIt(t *testing.T) {
	for _, f := range schema(t).types.Mutation.Fields {
		returned := schema(t).types.Types[f.Type.Name()]
		if !returned.IsCompositeType() {
			continue
		}
		d, err := Parse(schema(t), Request{Query: "mutation{" + call(schema(t), f) + "{__typename}}"})
		if err != nil {
			t.Fatal(err)
		}
		a := &Asked{Document: d, Operations: []Operation{{Kind: Mutation, Field: f.Name, Key: f.Name, root: &d.roots[0]}}}
		got := string(Refusal(a, Reason{Text: "no"}))
		want := `{"data":{"` + f.Name + `":{"__typename":"UnauthorizedError"}}}`
		if f.Name == "launchMultipleRuns" || f.Name == "terminateRuns" || f.Name == "logTelemetry" {
			want = `{"data":{"` + f.Name + `":{"__typename":"PythonError"}}}`
		}
		if got != want {
			t.Errorf("%s is refused with %s", f.Name, got)
		}
	}
}

func TestAReasonNamesThePermissionAndTheRole(t *testing.T) {
	for want, r := range map[string]Reason{
		"You may not do this in code location sales: it takes the permission runs.launch (Launch runs of jobs), which the role Launcher has there.": {
			Permission: "runs.launch", Title: "Launch runs of jobs", Role: "Launcher", Where: "code location sales"},
		"You may not do this: it takes the permission runs.launch.": {Permission: "runs.launch"},
		"Wait.": {Text: "Wait.", Role: "Admin"},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := string(Malformed(errors.New("bad"))); got != `{"data":null,"errors":[{"extensions":{"code":"BAD_REQUEST"},"message":"bad"}]}` {
		t.Errorf("answered %s", got)
	}
}
