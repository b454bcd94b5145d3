package graphql_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

func jsonOf(t *testing.T, text string) any {
	t.Helper()
	var found any
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLocationsComeFromDocuments(t *testing.T) {
	w := newWorld(t)
	do := func(name, mutation, document string) *reply {
		t.Helper()
		return w.askAt("/prod/graphql", name, `mutation($d: GenericScalar!) {m: `+mutation+`(document: $d) {__typename ... on WorkspaceEntry {locationName serializedDeploymentMetadata}
			... on InvalidLocationError {errors}}}`, map[string]any{"d": jsonOf(t, document)})
	}
	good := `{"location_name": "my loc", "image": "i:1", "code_source": {"python_file": "a.py"}, "git": {"commit_hash": "abc", "url": "u"}, "registry": "r"}`
	made := do("bo", "addLocationFromDocument", good)
	made.is(`"my loc"`, "m", "locationName")
	text, _ := made.get("m", "serializedDeploymentMetadata").(string)
	for _, want := range []string{`"__class__":"CodeDeploymentMetadata"`, `"python_file":"a.py"`, `"image":"i:1"`, `"git_metadata":{"__class__":"GitMetadata","commit_hash":"abc","url":"u"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	do("bo", "addLocationFromDocument", good).is(`"PythonError"`, "m", "__typename") // it is there
	do("bo", "updateLocationFromDocument", `{"location_name": "none", "code_source": {"python_file": "a.py"}}`).is(`"PythonError"`, "m", "__typename")
	do("bo", "addOrUpdateLocationFromDocument", strings.Replace(good, "i:1", "i:2", 1)).is(`"WorkspaceEntry"`, "m", "__typename")
	w.askAt("/prod/graphql", "bo", `{locationsAsDocument {document}}`, nil).is(`{"code_source":{"python_file":"a.py"},"git":{"commit_hash":"abc","url":"u"},"image":"i:2","location_name":"my loc","registry":"r"}`,
		"locationsAsDocument", "document", "locations", 2)
	for document, want := range map[string]string{
		`{"code_source": {"python_file": "a.py"}}`:                                            `["location_name is missing"]`,
		`{"location_name": "x", "code_source": {"python_file": "a.py", "module_name": "a"}}`:  `["code_source names python_file and module_name; write one of them"]`,
		`{"location_name": "x"}`:                                                              `["code_source names nothing to run; write one of python_file, package_name, module_name, autoload_defs_module_name"]`,
		`{"location_name": "x", "code_source": {"module_name": "a"}, "image": 7, "git": "x"}`: `["image is a text","git is an object"]`,
		`[]`: `["a location is an object with location_name and code_source"]`,
	} {
		do("bo", "addOrUpdateLocationFromDocument", document).is(want, "m", "errors")
	}
	selected := w.askAt("/prod/graphql", "bo", `mutation {add: addLocation(location: {name: "sel", moduleName: "m", commitHash: "c"}) {__typename ... on WorkspaceEntry {serializedDeploymentMetadata}}
		bad: addLocation(location: {name: "sel"}) {__typename} update: updateLocation(location: {name: "sel"}) {__typename} gone: deleteLocation(locationName: "sel") {__typename ... on DeleteLocationSuccess {locationName}}}`, nil)
	if text, _ := selected.get("add", "serializedDeploymentMetadata").(string); !strings.Contains(text, `"module_name":"m"`) || !strings.Contains(text, `"commit_hash":"c"`) {
		t.Errorf("a selector becomes %s", text)
	}
	selected.is(`"InvalidLocationError"`, "bad", "__typename")
	selected.is(`"PythonError"`, "update", "__typename")
	selected.is(`"sel"`, "gone", "locationName")
	statuses := w.askAt("/prod/graphql", "bo", `{locationStatusesOrError {... on WorkspaceLocationStatusEntries {entries {name loadStatus}}}
		workspaceOrError {... on Workspace {locationEntries {name loadStatus locationOrLoadError {... on RepositoryLocation {name}} permissions {permission value}}}}}`, nil)
	statuses.is(`{"loadStatus":"LOADED","name":"etl"}`, "locationStatusesOrError", "entries", 0)
	statuses.is(`{"permission":"launch_pipeline_execution","value":true}`, "workspaceOrError", "locationEntries", 0, "permissions", 0)
	// Of a location that nobody has said anything of, a client still gets something that it can unpack.
	entries := w.askAt("/dev/graphql", "bo", `{workspace {workspaceEntries {locationName serializedDeploymentMetadata canEditCodeLocationPermissions}}}`, nil)
	if text, _ := entries.get("workspace", "workspaceEntries", 0, "serializedDeploymentMetadata").(string); !strings.Contains(text, `"module_name":"etl"`) {
		t.Errorf("a location without a document is %s", text)
	}
}

func TestReconcilingIsOneChange(t *testing.T) {
	w := newWorld(t)
	const sync = `mutation($d: GenericScalar!) {reconcileLocationsFromDocument(document: $d) {__typename ... on ReconcileLocationsSuccess {locations {locationName}} ... on InvalidLocationError {errors}}}`
	two := map[string]any{"d": jsonOf(t, `{"locations": [{"location_name": "new", "code_source": {"package_name": "p"}}, {"location_name": "etl", "code_source": {"package_name": "e"}}]}`)}
	locations := func() string {
		var all []string
		for path := range w.Now().Beneath("dagster/prod") {
			all = append(all, strings.TrimPrefix(path, "dagster/prod/"))
		}
		return strings.Join(all, " ")
	}
	w.askAt("/prod/graphql", "zoe", sync, two).is(`"UnauthorizedError"`, "reconcileLocationsFromDocument", "__typename")
	w.token("bo")
	changes := w.Changes.Made.Load()
	w.askAt("/prod/graphql", "bo", sync, two).is(`[{"locationName":"etl"},{"locationName":"new"}]`, "reconcileLocationsFromDocument", "locations")
	if made := w.Changes.Made.Load() - changes; made != 1 || locations() != "etl new" {
		t.Errorf("%d changes led to %q", made, locations())
	}
	// One bad document, or one thing that may not be done, and nothing is done.
	bad := map[string]any{"d": jsonOf(t, `{"locations": [{"location_name": "other", "code_source": {"package_name": "p"}}, {"code_source": {}}]}`)}
	w.askAt("/prod/graphql", "bo", sync, bad).is(`["locations[1]: location_name is missing","locations[1]: code_source names nothing to run; write one of python_file, package_name, module_name, autoload_defs_module_name"]`,
		"reconcileLocationsFromDocument", "errors")
	w.askAt("/prod/graphql", "bo", sync, map[string]any{"d": jsonOf(t, `{}`)}).is(`"InvalidLocationError"`, "reconcileLocationsFromDocument", "__typename")
	if locations() != "etl new" {
		t.Errorf("a refused document leaves %q", locations())
	}
	deployed := w.askAt("/prod/graphql", "bo", `mutation($d: GenericScalar!) {deployLocations(document: $d) {... on DeployLocationsSuccess {locations {locationName}}}}`,
		map[string]any{"d": jsonOf(t, `{"locations": [{"location_name": "third", "code_source": {"package_name": "p"}}]}`)})
	deployed.is(`[{"locationName":"third"}]`, "deployLocations", "locations")
	if locations() != "etl new third" {
		t.Errorf("what is deployed is %q", locations())
	}
	w.askAt("/prod/graphql", "bo", `mutation {reconcileLocations(locations: []) {__typename ... on ReconcileLocationsSuccess {locations {locationName}}}}`, nil).is(`[]`, "reconcileLocations", "locations")
	w.askAt("/prod/graphql", "bo", `mutation {reconcileLocations(locations: []) {__typename}}`, nil).is(`"ReconcileLocationsSuccess"`, "reconcileLocations", "__typename")
	if locations() != "" {
		t.Errorf("reconciled to none, there are %q", locations())
	}
}

// A viewer changes nothing, whatever they try and whether or not there would be something to change.
func TestAViewerIsRefusedEverywhere(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"}) // viewer of every deployment
	if !w.can("zoe", "code_locations.view", "dagster/prod/etl") {
		t.Fatal("zoe is no viewer")
	}
	document := `{location_name: "x", code_source: {python_file: "a.py"}}`
	for field, args := range map[string]string{
		"addLocation": `(location: {name: "x", moduleName: "m"})`, "updateLocation": `(location: {name: "etl", moduleName: "m"})`,
		"addOrUpdateLocation": `(location: {name: "etl", moduleName: "m"})`, "deleteLocation": `(locationName: "etl")`, "reconcileLocations": `(locations: [])`,
		"addLocationFromDocument": `(document: ` + document + `)`, "updateLocationFromDocument": `(document: {location_name: "etl", code_source: {python_file: "a.py"}})`,
		"addOrUpdateLocationFromDocument": `(document: ` + document + `)`, "reconcileLocationsFromDocument": `(document: {locations: [` + document + `]})`,
		"deployLocations": `(document: {locations: [` + document + `]})`, "setDeploymentSettings": `(deploymentSettings: {settings: {x: 1}})`,
		"updateDeploymentSettings": `(deploymentSettings: {settings: {x: 1}})`, "updateDeploymentAgentType": `(deploymentAgentType: SERVERLESS)`,
		"createDeployment": `(deploymentName: "x")`, "setOrganizationSettings": `(organizationSettings: {settings: {x: 1}})`,
		"updateOrganizationSettings": `(organizationSettings: {settings: {x: 1}})`, "setScimSyncEnabled": `(enabled: true)`,
		"createOrUpdateBranchDeployment": `(branchData: {repoName: "a", branchName: "b"}, commit: {commitHash: "c", timestamp: 1})`,
	} {
		w.askAt("/prod/graphql", "zoe", `mutation {`+field+args+` {__typename}}`, nil).is(`"UnauthorizedError"`, field, "__typename")
	}
	w.As("ada", client.ResourceDelete{Resource: "dagster/prod/etl"}, client.ResourceDelete{Resource: "dagster/prod/ml"})
	w.askAt("/prod/graphql", "zoe", `mutation {reconcileLocations(locations: []) {__typename}}`, nil).is(`"UnauthorizedError"`, "reconcileLocations", "__typename")
}

// In an edition in which a role at a deployment need not let anybody see each code location, those are not listed that the
// caller does not see.
func TestALocationThatMayNotBeSeenIsNotListed(t *testing.T) {
	w := newWorld(t)
	text, err := os.ReadFile("../../../rolemodel/editions/dagster-plus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	edition := strings.NewReplacer("edition: dagster-plus\n", "edition: strict\n", "  minimum_role: {deployment: viewer}\n", "",
		"  override: {at: code_location, base: deployment, disabled_for: [admin], disabled_for_root: [organization_admin]}\n", "").Replace(string(text))
	strict := "strict"
	w.As("ada", orgtest.Grant("user:olga@acme.test", "organization_admin", "dagster"))
	w.As("olga", client.PlatformUpdate{Platform: "dagster", Model: &strict, Text: &edition})
	w.As("ada", client.RolePut{Platform: "dagster", Role: "lobby", At: "deployment", Permissions: []string{"deployments.view"}},
		orgtest.Grant("user:zoe@acme.test", "lobby", "dagster/prod"), orgtest.Grant("user:zoe@acme.test", "viewer", "dagster/prod/etl"))
	for _, query := range []string{`{workspace {workspaceEntries {locationName}}}`, `{locationsAsDocument {document}}`, `{currentDeployment {workspaceEntries {locationName}}}`,
		`{workspaceOrError {... on Workspace {locationEntries {name}}}}`, `{locationStatusesOrError {... on WorkspaceLocationStatusEntries {entries {name}}}}`} {
		if said := w.askAt("/prod/graphql", "zoe", query, nil); strings.Contains(said.text, `"ml"`) || !strings.Contains(said.text, `"etl"`) {
			t.Errorf("%s shows %s", query, said.text)
		}
	}
}
