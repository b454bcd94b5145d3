package dagster

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"bailiwick/internal/dagstertest"
)

// runs asks the real server's own code what it would execute: "mutation deleteRun {"runId":"x"}".
func runs(t *testing.T, s shot) []string {
	t.Helper()
	_, ran, err := reading(t)[0].ask(s)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range ran {
		arguments, err := json.Marshal(e.Arguments)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(e.Kind)+" "+e.Field+" "+string(arguments))
	}
	return list
}

// differ are requests that the real server executes and the gate refuses, since others would read them as something else.
func differ(t *testing.T, want string, shots ...shot) {
	t.Helper()
	for _, s := range shots {
		if ran := runs(t, s); !slices.Equal(ran, []string{want}) {
			t.Errorf("of %+v the server runs %q, want %s", s, ran, want)
		}
		if a := ours(schema(t), s); a != nil {
			t.Errorf("of %+v the gate forwards %s", s, a.Body())
		}
	}
}

func posted(contentType, query, body string) shot {
	return shot{Method: "POST", Headers: [][2]string{{"Content-Type", contentType}}, Query: query, Body: body}
}

const (
	seen  = `{"query":"mutation{setNuxSeen}"}`
	inURL = "query=mutation%7BsetNuxSeen%7D"
	nux   = "mutation setNuxSeen {}"
)

// TestTrap01WhatIsJudgedIsForwarded: one request that Go, Python and others read differently.
func TestTrap01WhatIsJudgedIsForwarded(t *testing.T) {
	differ(t, nux,
		posted("application/json", "", `{"query":"mutation{setNuxSeen}","QUERY":"{version}"}`),
		posted("application/json", "", `{"query":"mutation{setNuxSeen}","Query":"{version}"}`),
		posted("application/json", "", `{"query":"{version}","query":"mutation{setNuxSeen}"}`),
		shot{Method: "GET", Query: "query=%7Bversion%7D&" + inURL})
}

// TestTrap02MutationsByLinksAndForms: and with them every site that a browser visits.
func TestTrap02MutationsByLinksAndForms(t *testing.T) {
	differ(t, nux,
		shot{Method: "GET", Query: inURL},
		posted("text/plain", inURL, ""), posted("application/x-www-form-urlencoded", inURL, "query=%7Bversion%7D"),
		posted("", inURL, `{"query":"{version}"}`))
}

func TestTrap03ContentTypesAreReadLoosely(t *testing.T) {
	differ(t, nux,
		posted("text/plain;application/json", "", seen), posted("application/jsonx", "", seen),
		posted("application/graphql", "", "mutation{setNuxSeen}"), posted("APPLICATION/JSON", inURL, seen))
	differ(t, `mutation deleteRun {"runId":"x"}`, posted("application/json", "",
		`{"query":"mutation($r:String!){deleteRun(runId:$r){__typename}}","variables":"{\"r\":\"x\"}"}`))
	if ran := runs(t, posted("application/json", "", "["+seen+"]")); len(ran) > 0 {
		t.Errorf("of a list the server runs %q", ran)
	}
}

// TestTrap04AllFieldsThatRunAreFound: in fragments, behind conditions, under several names, of the operation that is chosen.
func TestTrap04AllFieldsThatRunAreFound(t *testing.T) {
	const f = `deleteRun(runId:\"x\"){__typename}`
	const one = `mutation deleteRun {"runId":"x"}`
	for body, want := range map[string][]string{
		`{"query":"mutation{...{` + f + `} ...F @skip(if:true) ...G} fragment F on Mutation{setNuxSeen} fragment G on Mutation{version:` + f + `}"}`: {one, one},
		`{"query":"mutation A($s:Boolean!){...@include(if:$s){setNuxSeen} ` + f + `} query B{version}","operationName":"A","variables":{"s":false}}`: {one},
		`{"query":"mutation A{setNuxSeen} query B{version}","operationName":"B"}`:                                                                    {"query version {}"},
	} {
		s := posted("application/json", "", body)
		if ran := runs(t, s); !slices.Equal(ran, want) {
			t.Errorf("of %s the server runs %q", body, ran)
		}
		if err := compare(schema(t), reading(t)[0], s, &counts{ran: map[Kind]int{}}); err != nil || ours(schema(t), s) == nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestTrap05ArgumentsAreWhatTheServerMakesOfThem: literals, variables, defaults, single values for lists.
func TestTrap05ArgumentsAreWhatTheServerMakesOfThem(t *testing.T) {
	for body, want := range map[string]string{
		`{"query":"mutation{terminateRuns(runIds:\"x\"){__typename}}"}`:                                                                            `{"runIds":["x"]}`,
		`{"query":"mutation($r:[String!]!){terminateRuns(runIds:$r){__typename}}","variables":{"r":"x"}}`:                                          `{"runIds":["x"]}`,
		`{"query":"mutation($r:[String!]!=\"x\",$p:TerminateRunPolicy){terminateRuns(runIds:$r,terminatePolicy:$p){__typename}}"}`:                 `{"runIds":["x"]}`,
		`{"query":"mutation($r:String=\"x\"){terminateRuns(runIds:[\"y\",$r],terminatePolicy:SAFE_TERMINATE){__typename}}","variables":{"r":"z"}}`: `{"runIds":["y","z"],"terminatePolicy":"SAFE_TERMINATE"}`,
	} {
		s := posted("application/json", "", body)
		if ran := runs(t, s); !slices.Equal(ran, []string{"mutation terminateRuns " + want}) {
			t.Errorf("of %s the server runs %q", body, ran)
		}
		if err := compare(schema(t), reading(t)[0], s, &counts{ran: map[Kind]int{}}); err != nil || ours(schema(t), s) == nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestTrap06TheSocketReadsAnotherName: of the operation, so that what is forwarded has it where it is read.
func TestTrap06TheSocketReadsAnotherName(t *testing.T) {
	const two = `"query":"subscription A{capturedLogs(logKey:[]){__typename}} subscription B{locationStateChangeEvents{__typename}}"`
	start := func(payload string) shot {
		return shot{Messages: []string{`{"type":"start","id":"1","payload":{` + two + payload + `}}`}}
	}
	if ran := runs(t, start(`,"operationName":"B"`)); len(ran) > 0 {
		t.Errorf("the server reads operationName: %q", ran)
	}
	differ(t, "subscription locationStateChangeEvents {}", start(`,"operationName":"A","operation_name":"B"`))
	a := ours(schema(t), start(`,"operationName":"B"`))
	if a == nil {
		t.Fatal("the gate does not read operationName")
	}
	if ran := runs(t, shot{Messages: []string{string(StartMessage("1", a))}}); !slices.Equal(ran, []string{"subscription locationStateChangeEvents {}"}) {
		t.Errorf("of what is forwarded the server runs %q", ran)
	}
}

func TestTrap10EachWayToSelectABackfillIsJudged(t *testing.T) {
	a := ask(t, `mutation{launchPartitionBackfill(backfillParams:{selector:{partitionSetName:"s",repositorySelector:{repositoryName:"r",repositoryLocationName:"l"}},assetSelection:[{path:["a"]}],`+
		`partitionsByAssets:[{assetKey:{path:["b"]}}]}){__typename}}`, "")
	got, err := table(t).Targets(a.Operations[0])
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, target := range got {
		list = append(list, target.short())
	}
	if all := strings.Join(list, ", "); all != "backfills.launch location l, backfills.launch asset a, backfills.launch asset b" {
		t.Errorf("it takes %s", all)
	}
}

// TestTrap17AnUnknownDefinitionIsNoQuestionOfRoles: the server itself says UnauthorizedError, in other words than the gate's.
func TestTrap17AnUnknownDefinitionIsNoQuestionOfRoles(t *testing.T) {
	a := ask(t, `mutation{addDynamicPartition(repositorySelector:{repositoryName:"`+dagstertest.Repository+`",repositoryLocationName:"etl"},partitionsDefName:"nobody's",partitionKey:"k"){__typename ...on UnauthorizedError{message}}}`, "")
	answer := string(post(t, upstream.Start(t), a.Body()))
	if !strings.Contains(answer, `"UnauthorizedError"`) || strings.Contains(answer, "permission") || answer == string(Refusal(a, Reason{Permission: "partitions.edit"})) {
		t.Errorf("answered %s", answer)
	}
	x, err := a.Answer([]byte(answer))
	if err != nil || string(x.Write(nil)) != answer {
		t.Errorf("it does not go on as it is: %v", err)
	}
}

// TestTrap25IntrospectionTakesSeeingTheDeployment: as everything that a viewer sees; what shows it is the page, which the gate serves
// like any other.
func TestTrap25IntrospectionTakesSeeingTheDeployment(t *testing.T) {
	for _, query := range []string{"{__schema{types{name}}}", `{__type(name:"Run"){name}}`} {
		got, err := table(t).Targets(ask(t, query, "").Operations[0])
		if err != nil || len(got) != 1 || got[0].short() != "deployments.view deployment" {
			t.Errorf("%s takes %v, %v", query, got, err)
		}
	}
}

// TestAttack083TheCorpusOnTheRealServer: which of the requests that the gate refuses the real server would execute.
func TestAttack083TheCorpusOnTheRealServer(t *testing.T) {
	var executed []string
	for _, file := range []string{"http.json", "documents.json", "socket.json"} {
		for _, e := range corpus(t, file) {
			s := shot{Method: e.Method, Query: e.Query, Body: string(e.body(t))}
			for name, value := range e.Headers {
				s.Headers = append(s.Headers, [2]string{name, value})
			}
			if file == "socket.json" {
				s.Messages = []string{e.Message}
			}
			if err := compare(schema(t), reading(t)[0], s, &counts{ran: map[Kind]int{}}); err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
			if ran := runs(t, s); e.Refused != "" && slices.ContainsFunc(ran, func(r string) bool { return strings.HasPrefix(r, "mutation") }) {
				executed = append(executed, e.Name)
			}
		}
	}
	slices.Sort(executed)
	want := []string{
		"GET mutation", "GET mutation by name among several", "GET, encoded name of the parameter", "GET, operationName twice", "GET, plus and percent", "GET, query twice, mutation last",
		"JSON's name and graphql's", "UTF-16", "UTF-16 without a mark", "UTF-32", "a variable that is a fraction", "application/graphql", "application/json-patch+json", "byte order mark",
		"charset utf-16", "compressed", "form, query in the URL", "no content type, query in the URL", "query in two cases", "query twice, mutation last", "query twice, once escaped",
		"text/plain that contains JSON's name", "text/plain, query in the URL",
	}
	if !slices.Equal(executed, want) {
		t.Errorf("executed are %q", executed)
	}
}
