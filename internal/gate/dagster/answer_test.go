package dagster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
)

// shown answers a document with a text and returns what must be judged, in short.
func shown(t *testing.T, query, variables, answer string) (*Answer, string) {
	t.Helper()
	x, err := ask(t, query, variables).Answer([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, target := range x.Targets() {
		list = append(list, target.short())
	}
	return x, strings.Join(list, ", ")
}

// refusing refuses targets that are on a list, in short, and allows the rest.
func refusing(x *Answer, refused ...string) string {
	reasons := make([]string, len(x.Targets()))
	for i, target := range x.Targets() {
		if slices.Contains(refused, target.short()) {
			reasons[i] = "no " + target.short()
		}
	}
	return string(x.Write(reasons))
}

const permissionsQuery = `query PermissionsQuery{unscopedPermissions:permissions{...P} locationStatusesOrError{... on WorkspaceLocationStatusEntries{entries{id name permissions{...P}}}}} fragment P on Permission{permission value disabledReason}`

func TestTrap20PermissionsAreRewrittenByFieldNotByKey(t *testing.T) {
	const one = `{"bailiwick_Permission":"Permission","bailiwick_Permission_key":"%s","bailiwick_Permission_value":%t,"permission":"%[1]s","value":%[2]t,"disabledReason":%s}`
	yes := func(key string) string { return fmt.Sprintf(one, key, true, "null") }
	no := func(key string) string { return fmt.Sprintf(one, key, false, `"Disabled by your administrator"`) }
	answer := `{"data": {"unscopedPermissions": [` + yes("launch_pipeline_execution") + `, ` + no("wipe_assets") + `,` + yes("fly_rockets") + `], "locationStatusesOrError": {"entries": [` +
		`{"bailiwick_WorkspaceLocationStatusEntry":"WorkspaceLocationStatusEntry","bailiwick_WorkspaceLocationStatusEntry_location":"sales \"e\" / x","id":"1","name":"sales \"e\" / x","permissions":[` + yes("launch_pipeline_execution") + `]}]}}}`
	x, targets := shown(t, permissionsQuery, "", answer)
	if want := `runs.launch deployment, team_permissions.edit deployment, runs.launch location sales "e" / x`; targets != want {
		t.Fatalf("it takes %s, want %s", targets, want)
	}
	const plain = `{"data": {"unscopedPermissions": [{"permission":"launch_pipeline_execution","value":%t,"disabledReason":%s}, {"permission":"wipe_assets","value":false,"disabledReason":"Disabled by your administrator"},` +
		`{"permission":"fly_rockets","value":%t,"disabledReason":%s}], "locationStatusesOrError": {"entries": [{"id":"1","name":"sales \"e\" / x","permissions":[{"permission":"launch_pipeline_execution","value":%t,"disabledReason":%s}]}]}}}`
	for want, got := range map[string]string{
		fmt.Sprintf(plain, true, "null", true, "null", true, "null"):                                                                         refusing(x),
		fmt.Sprintf(plain, false, `"no runs.launch deployment"`, true, "null", true, "null"):                                                 refusing(x, "runs.launch deployment"),
		fmt.Sprintf(plain, true, "null", false, `"no team_permissions.edit deployment"`, false, `"no runs.launch location sales \"e\" / x"`): refusing(x, "team_permissions.edit deployment", `runs.launch location sales "e" / x`),
	} {
		if got != want {
			t.Errorf("written\n%s, want\n%s", got, want)
		}
	}
	if unknown := UnknownKeys([]string{"wipe_assets", "fly_rockets"}); !slices.Equal(unknown, []string{"fly_rockets"}) {
		t.Errorf("unknown are %q", unknown)
	}
}

func TestTrap22TheReasonIsThereWhereTheValueWasNotAskedFor(t *testing.T) {
	x, targets := shown(t, `{a:permissions{b:disabledReason} canBulkTerminate}`, "",
		`{"data":{"a":[{"bailiwick_Permission":"Permission","bailiwick_Permission_key":"reload_workspace","bailiwick_Permission_value":true,"b":null}],"canBulkTerminate":true}}`)
	if targets != "workspace.reload deployment, runs.terminate deployment" {
		t.Errorf("it takes %s", targets)
	}
	if got := refusing(x, "workspace.reload deployment"); got != `{"data":{"a":[{"b":"no workspace.reload deployment"}],"canBulkTerminate":true}}` {
		t.Errorf("written %s", got)
	}
	if got := refusing(x, "runs.terminate deployment"); got != `{"data":{"a":[{"b":null}],"canBulkTerminate":false}}` {
		t.Errorf("written %s", got)
	}
}

// TestWhereAnObjectIsWasAskedForBesides: for every boolean of an object, from what the upstream says of it to what must be judged.
func TestWhereAnObjectIsWasAskedForBesides(t *testing.T) {
	run := func(origin, job, assets, checks string) string {
		return fmt.Sprintf(`{"bailiwick_Run":"Run","bailiwick_Run_origin":%s,"bailiwick_Run_job":"%s","bailiwick_Run_id":"r","bailiwick_Run_assets":%s,"bailiwick_Run_checks":%s,"x":true}`, origin, job, assets, checks)
	}
	const l = `{"repositoryLocationName":"l"}`
	many := "[" + strings.Repeat(`{"path":["a"]},`, maxAssets) + `{"path":["b"]}]`
	const runs, backfill = `{runOrError(runId:"r"){...on Run{x:hasDeletePermission}}}`, `{partitionBackfillOrError(backfillId:"b"){...on PartitionBackfill{x:hasResumePermission}}}`
	const state = `{instigationStateOrError(instigationSelector:{repositoryName:"r",repositoryLocationName:"l",name:"n"}){...on InstigationState{x:hasStopPermission}}}`
	const asset, job = `{assetNodeOrError(assetKey:{path:"a"}){...on AssetNode{x:%s}}}`, `{pipelineOrError(params:{repositoryName:"r",repositoryLocationName:"l",pipelineName:"n"}){...on Pipeline{x:%s}}}`
	const located = `{"bailiwick_%s":"","bailiwick_%[1]s_location":%s,"x":true}`
	in := func(of, raw string) string { return fmt.Sprintf(located, of, raw) }
	for _, c := range []struct{ query, object, want string }{
		{runs, run(l, "j", "null", "null"), "runs.delete location l"},
		{runs, run("null", "j", "null", "null"), "runs.delete deployment"},
		{runs, run(l, "j", `[{"path":["a"]}]`, "null"), "runs.delete location l"},
		{runs, run(l, "__ASSET_JOB", `[{"path":["a","b"]}]`, `[{"assetKey":{"path":["c"]}}]`), "runs.delete location l, runs.delete asset a/b, runs.delete asset c"},
		{runs, run(l, "__ASSET_JOB_0", "null", "[]"), "runs.delete location l, runs.delete all_locations"},
		{runs, run(l, "__ASSET_JOB", many, "null"), "runs.delete location l, runs.delete run r"},
		{runs, run("null", "__ASSET_JOB", `[{"path":["a"]}]`, "null"), "runs.delete deployment"},
		{strings.ReplaceAll(runs, "Delete", "Terminate"), run(l, "j", "null", "null"), "runs.terminate location l"},
		{strings.ReplaceAll(runs, "Delete", "ReExecute"), run(l, "j", "null", "null"), "runs.reexecute location l"},
		{backfill, `{"bailiwick_PartitionBackfill":"","bailiwick_PartitionBackfill_isAssets":true,"bailiwick_PartitionBackfill_assets":[{"path":["a"]}],"bailiwick_PartitionBackfill_location":null,"x":true}`, "backfills.launch asset a"},
		{backfill, `{"bailiwick_PartitionBackfill":"","bailiwick_PartitionBackfill_isAssets":true,"bailiwick_PartitionBackfill_id":"b","bailiwick_PartitionBackfill_assets":` + many + `,"x":true}`, "backfills.launch backfill b"},
		{backfill, `{"bailiwick_PartitionBackfill":"","bailiwick_PartitionBackfill_isAssets":true,"bailiwick_PartitionBackfill_assets":null,"x":true}`, "backfills.launch deployment"},
		{strings.ReplaceAll(backfill, "Resume", "Cancel"), `{"bailiwick_PartitionBackfill":"","bailiwick_PartitionBackfill_isAssets":false,"bailiwick_PartitionBackfill_location":{"repositoryOrigin":` + l + `},"x":true}`, "backfills.cancel location l"},
		{backfill, `{"bailiwick_PartitionBackfill":"","bailiwick_PartitionBackfill_isAssets":false,"bailiwick_PartitionBackfill_location":null,"x":true}`, "backfills.launch deployment"},
		{state, `{"bailiwick_InstigationState":"","bailiwick_InstigationState_location":"l","bailiwick_InstigationState_kind":"SCHEDULE","x":true}`, "schedules.toggle location l"},
		{state, `{"bailiwick_InstigationState":"","bailiwick_InstigationState_location":"l","bailiwick_InstigationState_kind":"SENSOR","x":true}`, "sensors.toggle location l"},
		{state, `{"bailiwick_InstigationState":"","x":true}`, "sensors.toggle deployment"},
		{fmt.Sprintf(asset, "hasMaterializePermission"), in("AssetNode", `{"location":{"name":"l"}}`), "runs.launch location l"},
		{fmt.Sprintf(asset, "hasWipePermission"), in("AssetNode", `{"location":{"name":"l"}}`), "assets.wipe location l"},
		{fmt.Sprintf(asset, "hasReportRunlessAssetEventPermission"), in("AssetNode", `{"location":{"name":"l"}}`), "assets.report_events location l"},
		{fmt.Sprintf(job, "hasLaunchExecutionPermission"), in("Pipeline", `{"location":{"name":"l"}}`), "runs.launch location l"},
		{fmt.Sprintf(job, "hasLaunchReexecutionPermission"), in("Pipeline", `{"location":{"name":"l"}}`), "runs.reexecute location l"},
		{`{sensorOrError(sensorSelector:{repositoryName:"r",repositoryLocationName:"l",sensorName:"n"}){...on Sensor{x:hasCursorUpdatePermissions}}}`, in("Sensor", l), "sensors.set_cursor location l"},
		{`{partitionSetOrError(repositorySelector:{repositoryName:"r",repositoryLocationName:"l"},partitionSetName:"n"){...on PartitionSet{x:hasLaunchBackfillPermission}}}`, in("PartitionSet", l), "backfills.launch location l"},
		{`{partitionSetOrError(repositorySelector:{repositoryName:"r",repositoryLocationName:"l"},partitionSetName:"n"){...on PartitionSet{x:hasCancelBackfillPermission}}}`, in("PartitionSet", l), "backfills.cancel location l"},
		{`{repositoryOrError(repositorySelector:{repositoryName:"r",repositoryLocationName:"l"}){...on Repository{jobs{x:hasLaunchExecutionPermission}}}}`, `{"jobs":[` + in("Job", `{"location":{"name":"l"}}`) + `]}`, "runs.launch location l"},
		{runs, strings.ReplaceAll(run(l, "j", "null", "null"), "true", "false"), ""},
	} {
		field := c.query[1:strings.Index(c.query, "(")]
		x, got := shown(t, c.query, "", `{"data":{"`+field+`":`+c.object+`}}`)
		if got != c.want {
			t.Errorf("%s of %s takes %s, want %s", c.query, c.object, got, c.want)
			continue
		}
		var all []string
		for _, target := range x.Targets() {
			all = append(all, target.short())
		}
		if written := refusing(x, all...); strings.Contains(written, "true") || strings.Contains(written, reserved) || !strings.Contains(written, `"x":false`) {
			t.Errorf("written %s", written)
		}
	}
}

func TestTheAssetsOfARepositoryToldAsOneValue(t *testing.T) {
	const query = `{repositoryOrError(repositorySelector:{repositoryName:"r",repositoryLocationName:"l"}){...on Repository{m:assetManifest}}}`
	x, targets := shown(t, query, "", `{"data":{"repositoryOrError":{"bailiwick_Repository":"Repository","bailiwick_Repository_location":{"name":"l"},`+
		`"m":[{"id":"1","hasMaterializePermission":true,"hasWipePermission":false,"hasNewPermission":true,"tags":[{"hasWipePermission":true}],"isPartitioned":true}]}}}`)
	if targets != "runs.launch location l, team_permissions.edit deployment" {
		t.Errorf("it takes %s", targets)
	}
	const want = `{"data":{"repositoryOrError":{"m":[{"id":"1","hasMaterializePermission":false,"hasWipePermission":false,"hasNewPermission":true,"tags":[{"hasWipePermission":true}],"isPartitioned":true}]}}}`
	if got := refusing(x, "runs.launch location l"); got != want {
		t.Errorf("written %s", got)
	}
}

// TestTypesThatShareAKey: selections of two types ask for different things under one name; the object says which it is.
func TestTypesThatShareAKey(t *testing.T) {
	const query = `{runsFeedOrError(limit:1,view:ROOTS){...on RunsFeedConnection{results{...on Run{x:hasDeletePermission} ...F id}}}} fragment F on PartitionBackfill{x:fromFailure y:hasCancelPermission}`
	x, targets := shown(t, query, "", `{"data":{"runsFeedOrError":{"results":[`+
		`{"bailiwick_Run":"Run","bailiwick_Run_origin":{"repositoryLocationName":"l"},"x":true,"id":"1"},`+
		`{"bailiwick_PartitionBackfill":"PartitionBackfill","bailiwick_PartitionBackfill_isAssets":false,"bailiwick_PartitionBackfill_location":{"repositoryOrigin":{"repositoryLocationName":"m"}},"x":true,"y":true,"id":"2"}]}}}`)
	if targets != "runs.delete location l, backfills.cancel location m" {
		t.Errorf("it takes %s", targets)
	}
	const want = `{"data":{"runsFeedOrError":{"results":[{"x":false,"id":"1"},{"x":true,"y":false,"id":"2"}]}}}`
	if got := refusing(x, "runs.delete location l", "backfills.cancel location m"); got != want {
		t.Errorf("written %s", got)
	}
}

func TestWhatWasNotAskedForIsNotSentOn(t *testing.T) {
	const query = `query($n:Boolean!){runOrError(runId:"r"){...on Run{hasDeletePermission @include(if:$n) ...G}}} fragment G on Run{hasTerminatePermission}`
	for answer, want := range map[string]string{
		`{"data":{"runOrError":{"bailiwick_Run":"Run","bailiwick_Run_job":"j"}}}`:                                                `{"data":{"runOrError":{}}}`,
		`{"data":{"runOrError":{"a":1,"bailiwick_Run":"Run","b":2,"bailiwick_Run_job":"j","bailiwick_Run_id":""}}}`:              `{"data":{"runOrError":{"a":1,"b":2}}}`,
		`{"data":null,"errors":[{"message":"m","path":["runOrError","bailiwick_Run_job"]}]}`:                                     `{"data":null}`,
		`{"errors":[{"path":["bailiwick_x"]},{"path":["bailiwick_y"]}],"data":{"runOrError":{}}}`:                                `{"data":{"runOrError":{}}}`,
		`{"data":null,"errors":[{"path":["bailiwick_x"]}, {"message":"m"}, {"path":["bailiwick_x"]}, {"path":["bailiwick_y"]}]}`: `{"data":null,"errors":[{"message":"m"}]}`,
		`{"data":{"runOrError":null},"errors":[{"message":"m"}]}`:                                                                `{"data":{"runOrError":null},"errors":[{"message":"m"}]}`,
		` {"data" : {"runOrError" : {"n": 1.50e+3, "t":"\\\" bailiwick_ \u00e9"}}, "extensions": {} } `:                          ` {"data" : {"runOrError" : {"n": 1.50e+3, "t":"\\\" bailiwick_ \u00e9"}}, "extensions": {} } `,
	} {
		x, _ := shown(t, query, `{"n":false}`, answer)
		if got := refusing(x); got != want {
			t.Errorf("%s is written\n%s, want\n%s", answer, got, want)
		}
	}
	for _, text := range []string{``, ` `, `[]`, `"x"`, `{"data":`, `Internal Server Error`, `{"data":{}}{}`} {
		if _, err := ask(t, query, `{"n":true}`).Answer([]byte(text)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%q: %v", text, err)
		}
	}
	a := ask(t, `{version}`, "")
	if x, err := a.Answer([]byte("anything")); err != nil || a.Document.Rewrites() || string(x.Write(nil)) != "anything" {
		t.Errorf("what tells no rights is touched: %v", err)
	}
}

func TestClientsDoNotUseTheGatesKeys(t *testing.T) {
	for _, query := range []string{`{bailiwick_x:version}`, `{...F} fragment F on Query{bailiwick_Run:__typename}`, `mutation{bailiwick_:setNuxSeen}`} {
		if _, err := try(t, query, ""); rule(err) != "gate.reserved" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestAnOlderDagsterIsNotAskedForWhatItDoesNotHave: what is missing is taken to be in no code location.
func TestAnOlderDagsterIsNotAskedForWhatItDoesNotHave(t *testing.T) {
	field := func(name, of string) toldField { return toldField{Name: name, Type: toldRef{Kind: "OBJECT", Name: of}} }
	older := fromTypes(t,
		toldType{Kind: "OBJECT", Name: "Query", Fields: []toldField{field("run", "Run"), {Name: "rockets", Type: toldRef{Kind: "OBJECT", Name: "Rockets"}}}},
		toldType{Kind: "OBJECT", Name: "Run", Fields: []toldField{field("hasDeletePermission", "Boolean"), field("jobName", "String"), field("repositoryOrigin", "String")}},
		toldType{Kind: "OBJECT", Name: "Rockets", Fields: []toldField{field("hasLaunchPermissions", "Boolean"), field("hasPermission", "String")}})
	a, err := understand(older, Request{Query: `{run{hasDeletePermission} rockets{hasLaunchPermissions hasPermission}}`})
	if err != nil {
		t.Fatal(err)
	}
	const want = `query{run{bailiwick_Run:__typename bailiwick_Run_job:jobName hasDeletePermission} rockets{bailiwick_Rockets:__typename hasLaunchPermissions hasPermission}}`
	if a.Document.Text != want {
		t.Errorf("forwarded %s", a.Document.Text)
	}
	x, err := a.Answer([]byte(`{"data":{"run":{"bailiwick_Run":"Run","bailiwick_Run_job":"j","hasDeletePermission":true},"rockets":{"bailiwick_Rockets":"Rockets","hasLaunchPermissions":true,"hasPermission":"yes"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := x.Targets(); len(got) != 2 || got[0].short() != "runs.delete deployment" || got[1].short() != "team_permissions.edit deployment" {
		t.Errorf("it takes %+v", got)
	}
}

// TestAnswersAreBounded: a list of any length is judged by a bounded number of targets, and quickly.
func TestAnswersAreBounded(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"data":{"assetNodes":[`)
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&b, `{"bailiwick_AssetNode":"AssetNode","bailiwick_AssetNode_location":{"location":{"name":"l%d"}},"id":"%s","hasWipePermission":true},`, i%(2*maxShown), strings.Repeat("x", 100))
	}
	b.WriteString(`null]}}`)
	begun := time.Now()
	x, targets := shown(t, `{assetNodes{id hasWipePermission}}`, "", b.String())
	if len(x.Targets()) != maxShown+1 || !strings.HasSuffix(targets, "assets.wipe deployment") {
		t.Errorf("it takes %d", len(x.Targets()))
	}
	reasons := make([]string, len(x.Targets()))
	reasons[maxShown] = "no"
	written := x.Write(reasons)
	// With time to spare for a busy machine under the race detector.
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("%d MB took %s", b.Len()>>20, took)
	}
	if no := bytes.Count(written, []byte("false")); no != n/2 || !json.Valid(written) || bytes.Contains(written, []byte(reserved)) {
		t.Errorf("%d of %d are refused", no, n)
	}
	if diff := cmp.Diff(string(x.Write(nil)), string(bytes.ReplaceAll(written, []byte("true"), []byte("false")))); diff != "" {
		t.Error("what was not judged is not refused")
	}
}

func BenchmarkAnswer(b *testing.B) {
	text := []byte(`{"data":{"assetNodes":[` + strings.Repeat(`{"bailiwick_AssetNode":"AssetNode","bailiwick_AssetNode_location":{"location":{"name":"l"}},"id":"`+strings.Repeat("x", 800)+`","hasWipePermission":true},`, 10_000) + `null]}}`)
	d, err := Parse(schema(b), Request{Query: `{assetNodes{id hasWipePermission}}`})
	if err != nil {
		b.Fatal(err)
	}
	a, err := d.Ask(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		x, err := a.Answer(text)
		if err != nil {
			b.Fatal(err)
		}
		x.Write([]string{"no"})
	}
}
