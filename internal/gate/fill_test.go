package gate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/gate/dagster"
	"bailiwick/internal/signin"
)

// everything is how an upstream answers its own administrator: the gate, which asks for some things besides.
func everything(w http.ResponseWriter, _ *http.Request) {
	var list []string
	for _, key := range []string{"launch_pipeline_execution", "start_schedule", "reload_workspace"} {
		list = append(list, fmt.Sprintf(`{"bailiwick_Permission": "Permission", "bailiwick_Permission_key": %q, "bailiwick_Permission_value": true,
			"permission": %[1]q, "value": true, "disabledReason": null}`, key))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"data": {"unscopedPermissions": [%s], "canBulkTerminate": true}}`, strings.Join(list, ", "))
}

// shown asks for the permissions of everything as Dagster's pages do, and returns those of the deployment with what is told beside
// them. Those of locations are tested with the real Dagster.
func shown(t *testing.T, d *door, who string) (values map[string]bool, reasons map[string]string, bulk bool) {
	t.Helper()
	got := d.ask(t, who, `{ unscopedPermissions: permissions { permission value disabledReason } canBulkTerminate }`, nil)
	var answer struct {
		Data struct {
			UnscopedPermissions []struct {
				Permission     string
				Value          bool
				DisabledReason *string
			}
			CanBulkTerminate bool
		}
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.status != http.StatusOK {
		t.Fatalf("%s: %d %s", who, got.status, got.body)
	}
	values, reasons = map[string]bool{}, map[string]string{}
	for _, p := range answer.Data.UnscopedPermissions {
		values[p.Permission] = p.Value
		if p.DisabledReason != nil {
			reasons[p.Permission] = *p.DisabledReason
		}
	}
	return values, reasons, answer.Data.CanBulkTerminate
}

// TestTrap21PagesOfTheDeploymentAreByItsRole: who may do something in one code location only sees them greyed.
func TestTrap21PagesOfTheDeploymentAreByItsRole(t *testing.T) {
	d := open(t)
	d.upstream.with(everything)
	for who, want := range map[string][3]bool{
		"viewer": {false, false, false}, "launcher": {true, false, false}, "editor": {true, true, true}, "owner": {true, true, true}, "etl": {false, false, false},
	} {
		values, reasons, bulk := shown(t, d, who)
		if len(values) != 3 || values["launch_pipeline_execution"] != want[0] || values["start_schedule"] != want[1] || values["reload_workspace"] != want[2] || bulk != want[0] {
			t.Errorf("%s: %v, bulk %v", who, values, bulk)
		}
		for key, value := range values {
			if (reasons[key] == "") != value {
				t.Errorf("%s: %s is %v: %q", who, key, value, reasons[key])
			}
		}
	}
	_, reasons, _ := shown(t, d, "viewer")
	if !strings.Contains(reasons["start_schedule"], "Editor") {
		t.Errorf("reasons %v", reasons)
	}
}

// TestReasonsAreOfThePlace: by the deployment where that decides, else by where each thing is.
func TestReasonsAreOfThePlace(t *testing.T) {
	d := open(t)
	location := func(name string) dagster.Target {
		return dagster.Target{Permission: "schedules.toggle", Kind: dagster.Location, Name: name}
	}
	targets := []dagster.Target{
		{Permission: "schedules.toggle"}, location("etl"), location("reports"), location("broken"), location("new"),
		{Permission: "assets.wipe", Kind: dagster.Asset, Key: []string{"orders"}}, {Permission: "assets.wipe", Kind: dagster.Asset, Key: []string{"shared", "a/b"}},
		{Permission: "runs.delete", Kind: dagster.Run, Name: "run-etl"}, {Permission: "runs.delete", Kind: dagster.Run, Name: "run-gone"}, {Permission: "runs.delete", Kind: dagster.AllLocations},
	}
	for who, want := range map[string]string{"viewer": "----------", "launcher": "-------+++", "editor": "++++++++++", "etl": "-+---+-+--"} {
		caller, err := d.office.caller(who + "@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		reasons, err := d.gate.reasons(t.Context(), caller, targets)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, reason := range reasons {
			got += map[bool]string{true: "+", false: "-"}[reason == ""]
		}
		if got != want {
			t.Errorf("%s: %s, not %s\n%q", who, got, want, reasons)
		}
	}
	// Too many things to be looked up are judged by the deployment.
	caller, _ := d.office.caller("etl@acme.test")
	var many []dagster.Target
	for i := range 1200 {
		many = append(many, dagster.Target{Permission: "runs.delete", Kind: dagster.Run, Name: fmt.Sprintf("run-%d", i)})
	}
	if reasons, err := d.gate.reasons(t.Context(), caller, many); err != nil || reasons[0] == "" {
		t.Errorf("%v", err)
	}
	// A token that is for one code location only.
	d.office.narrow["editor@acme.test"] = signin.Caller{Scopes: []string{"dagster/prod/etl"}}
	caller, _ = d.office.caller("editor@acme.test")
	if reasons, err := d.gate.reasons(t.Context(), caller, targets[:3]); err != nil || reasons[0] == "" || reasons[1] != "" || reasons[2] == "" {
		t.Errorf("%q, %v", reasons, err)
	}
}

// TestBranchDeploymentsAreJudgedByTheirOwnRole: in the code locations that there is access to in the parent.
func TestBranchDeploymentsAreJudgedByTheirOwnRole(t *testing.T) {
	d := open(t, func(o *Options) { o.Deployment = "dagster/prod/branch:feature-1" })
	snapshot, err := d.office.snapshot.Apply(access.AddGrant{Grant: access.Grant{To: access.Holder{Kind: access.User, ID: "viewer@acme.test"}, Role: "editor", On: "dagster/prod/branch:*"}})
	if err != nil {
		t.Fatal(err)
	}
	d.office.snapshot = snapshot
	for who, may := range map[string]int{"viewer": 1, "editor": 0, "branch": 0, "owner": 1} {
		got := d.ask(t, who, launch, map[string]any{"at": "etl"})
		if len(d.upstream.took()) != may {
			t.Errorf("%s: %d %s", who, got.status, got.body)
		}
	}
	if told := d.office.told(); len(told) != 4 {
		t.Errorf("told %+v", told)
	}
}

// TestAReloadIsSeenAtOnce: what was known of code locations is not what there is after one.
func TestAReloadIsSeenAtOnce(t *testing.T) {
	d := open(t)
	if _, err := d.gate.workspace.Locations(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := d.upstream.asked.Load()
	if _, err := d.gate.workspace.Locations(t.Context()); err != nil || d.upstream.asked.Load() != before {
		t.Fatalf("it is asked each time: %v", err)
	}
	if got := d.ask(t, "editor", `mutation { reloadWorkspace { __typename } }`, nil); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	before = d.upstream.asked.Load()
	if _, err := d.gate.workspace.Locations(t.Context()); err != nil || d.upstream.asked.Load() == before {
		t.Errorf("it is not asked after a reload: %v", err)
	}
}
