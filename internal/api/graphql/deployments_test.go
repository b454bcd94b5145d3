package graphql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

const deploymentFields = `{__typename ... on DagsterCloudDeployment {deploymentId deploymentName deploymentType agentType isBranchDeployment canAccessDeployment canEditDeploymentSettings
	canDeleteDeployment canEditDeploymentPermissions canHaveBranchDeployments organizationName parentDeployment {deploymentName}
	branchDeploymentGitMetadata {repoName branchName pullRequestStatus pullRequestNumber} latestCommit {commitHash commitMessage authorName authorEmail timestamp}} ... on UnauthorizedError {message}}`

func TestADeploymentLives(t *testing.T) {
	w := newWorld(t)
	create := `mutation($name: String!, $from: Int) {createDeployment(deploymentName: $name, deploymentAgentType: SERVERLESS, inheritPermsDeploymentId: $from) ` + deploymentFields + `}`
	like := map[string]any{"name": "staging/2", "from": w.number("dagster/prod")}
	w.ask("bo", create, like).is(`"UnauthorizedError"`, "createDeployment", "__typename")
	made := w.ask("ada", create, like)
	made.is(`"staging/2"`, "createDeployment", "deploymentName")
	made.is(`"SERVERLESS"`, "createDeployment", "agentType")
	made.is(`"acme"`, "createDeployment", "organizationName")
	id := fmt.Sprint(made.get("createDeployment", "deploymentId"))
	if !w.can("bo", "deployments.edit_settings", "dagster/staging%2F2") {
		t.Error("the team's role at prod was not inherited")
	}
	w.ask("ada", create, like).is(`"DuplicateDeploymentError"`, "createDeployment", "__typename")
	w.ask("ada", create, map[string]any{"name": "x", "from": 4711}).is(`"DeploymentNotFoundError"`, "createDeployment", "__typename")
	w.ask("ada", create, map[string]any{"name": "empty", "from": 0}).is(`"DagsterCloudDeployment"`, "createDeployment", "__typename")
	if w.can("bo", "deployments.view", "dagster/empty") {
		t.Error("a deployment that inherits nothing gives somebody something")
	}
	w.ask("ada", `mutation {updateDeploymentAgentType(deploymentId: `+id+`, deploymentAgentType: HYBRID) `+deploymentFields+`}`, nil).
		is(`"HYBRID"`, "updateDeploymentAgentType", "agentType")

	w.ask("bo", `mutation {deleteDeployment(deploymentId: `+id+`) {__typename}}`, nil).is(`"UnauthorizedError"`, "deleteDeployment", "__typename")
	w.ask("ada", `mutation {deleteDeployment(deploymentId: `+id+`) `+deploymentFields+`}`, nil).is(id, "deleteDeployment", "deploymentId")
	for _, path := range []string{"dagster/empty", "dagster/dev"} {
		w.ask("ada", fmt.Sprintf(`mutation {deleteDeployment(deploymentId: %d) {__typename}}`, w.number(path)), nil).is(`"DagsterCloudDeployment"`, "deleteDeployment", "__typename")
	}
	w.ask("ada", fmt.Sprintf(`mutation {deleteDeployment(deploymentId: %d) {__typename}}`, w.number("dagster/prod")), nil).is(`"DeleteFinalDeploymentError"`, "deleteDeployment", "__typename")
	w.ask("ada", `mutation {deleteDeployment(deploymentId: 4711) {__typename}}`, nil).is(`"DeploymentNotFoundError"`, "deleteDeployment", "__typename")
}

// Deployments that a caller cannot access are not listed and not found by name; who may read everything sees them, marked so.
func TestOnlyAccessibleDeploymentsAreListed(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.ResourceCreate{Resource: "dagster/secret"})
	names := func(name string) string {
		said := w.ask(name, `{fullDeployments {deploymentName canAccessDeployment}}`, nil)
		list, _ := said.get("fullDeployments").([]any)
		var all []string
		for i := range list {
			all = append(all, fmt.Sprint(said.get("fullDeployments", i, "deploymentName"), said.get("fullDeployments", i, "canAccessDeployment")))
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	for name, want := range map[string]string{
		"ada": "devtrue prodtrue secrettrue", "bo": "devtrue prodtrue", "zoe": "", "dan": "", "aud": "devfalse prodfalse secretfalse",
	} {
		if found := names(name); found != want {
			t.Errorf("%s sees %q; want %q", name, found, want)
		}
	}
	w.ask("bo", `{deploymentByName(name: "secret") {__typename}}`, nil).is(`"DeploymentNotFoundError"`, "deploymentByName", "__typename")
	w.ask("ada", `{deploymentByName(name: "secret") {__typename}}`, nil).is(`"DagsterCloudDeployment"`, "deploymentByName", "__typename")
	for _, query := range []string{`{currentDeployment {deploymentName}}`, `{deploymentSettings {settings}}`, `{workspace {workspaceEntries {locationName}}}`, `{locationsAsDocument {document}}`} {
		if said := w.askAt("/secret/graphql", "bo", query, nil); len(said.Errors) == 0 || strings.Contains(said.text, `"secret"`) {
			t.Errorf("bo learns of a deployment that is not theirs: %s", said.text)
		}
	}
	said := w.askAt("/prod/graphql", "bo", `{currentDeployment `+strings.Replace(deploymentFields, "... on UnauthorizedError {message}", "", 1)+`}`, nil)
	said.is(`true`, "currentDeployment", "canEditDeploymentSettings")
	said.is(`false`, "currentDeployment", "canDeleteDeployment")
	said.is(`false`, "currentDeployment", "canEditDeploymentPermissions")
}

func TestSettingsAreReplacedAndMerged(t *testing.T) {
	w := newWorld(t)
	prod := map[string]any{"id": w.number("dagster/prod")}
	set := func(name, mutation, settings string) *reply {
		t.Helper()
		return w.ask(name, `mutation($id: Int, $s: GenericScalar) {m: `+mutation+`(deploymentId: $id, deploymentSettings: {settings: $s}) {__typename ... on DeploymentSettings {settings}}}`,
			map[string]any{"id": prod["id"], "s": jsonOf(t, settings)})
	}
	role := func() string { return w.Now().Resource("dagster/prod").Settings["sso_default_role"] }
	set("zoe", "setDeploymentSettings", `{}`).is(`"UnauthorizedError"`, "m", "__typename")
	set("bo", "setDeploymentSettings", `{"run_queue": {"max": 3, "tags": [1]}, "sso_default_role": "LAUNCHER"}`).
		is(`{"run_queue":{"max":3,"tags":[1]},"sso_default_role":"LAUNCHER"}`, "m", "settings")
	if role() != "launcher" || strings.Contains(w.Now().Resource("dagster/prod").Documents["settings"], "LAUNCHER") {
		t.Errorf("the setting is %q beside %s", role(), w.Now().Resource("dagster/prod").Documents["settings"])
	}
	set("bo", "updateDeploymentSettings", `{"run_queue": {"max": 5}, "non_isolated_runs": {"enabled": true}}`).
		is(`{"non_isolated_runs":{"enabled":true},"run_queue":{"max":5,"tags":[1]},"sso_default_role":"LAUNCHER"}`, "m", "settings")
	// Nobody sets a default above their own role, wherever in the settings they write it, and nothing else of it is done.
	before := w.Now().Revision
	for _, settings := range []string{`{"sso_default_role": "ADMIN"}`, `{"auth": {"sso_default_role": "ADMIN"}}`, `{"auth": {"sso_default_role": "admin"}, "x": 1}`} {
		for _, mutation := range []string{"setDeploymentSettings", "updateDeploymentSettings"} {
			set("bo", mutation, settings).is(`"UnauthorizedError"`, "m", "__typename")
		}
	}
	set("bo", "setDeploymentSettings", `{"auth": {"sso_default_role": "EDITOR"}, "sso_default_role": "ADMIN"}`).is(`"PythonError"`, "m", "__typename")
	set("bo", "setDeploymentSettings", `{"sso_default_role": 7}`).is(`"PythonError"`, "m", "__typename")
	set("bo", "setDeploymentSettings", `[1]`).is(`"PythonError"`, "m", "__typename")
	if now := w.Now().Revision; now != before || role() != "launcher" {
		t.Errorf("refused settings took the journal from %d to %d, and the role to %q", before, now, role())
	}
	set("ada", "setDeploymentSettings", `{"auth": {"sso_default_role": "ADMIN", "x": 1}}`).is(`{"auth":{"sso_default_role":"ADMIN","x":1}}`, "m", "settings")
	if role() != "admin" {
		t.Errorf("the role is %q", role())
	}
	w.askAt("/prod/graphql", "bo", `{deploymentSettings {settings}}`, nil).is(`{"auth":{"sso_default_role":"ADMIN","x":1}}`, "deploymentSettings", "settings")
	set("ada", "setDeploymentSettings", `{"x": 1}`).is(`{"x":1}`, "m", "settings")
	if role() != "" {
		t.Errorf("settings that name no default role leave %q", role())
	}
}

const branchMutation = `mutation($repo: String!, $branch: String!, $hash: String!, $base: String, $status: PullRequestStatus) {createOrUpdateBranchDeployment(
	baseDeploymentName: $base, branchData: {repoName: $repo, branchName: $branch, pullRequestNumber: "7", pullRequestStatus: $status},
	commit: {commitHash: $hash, timestamp: 1700000000.5, commitMessage: "first\n\nCo-authored-by: Eve <eve@acme.test>", authorName: "Dev", authorEmail: "dev@acme.test"}) ` + deploymentFields + `}`

func TestABranchDeploymentIsUpdated(t *testing.T) {
	w := newWorld(t)
	data := map[string]any{"repo": "etl", "branch": "feature-1", "hash": "aaa", "status": "OPEN"}
	w.ask("zoe", branchMutation, data).is(`"UnauthorizedError"`, "createOrUpdateBranchDeployment", "__typename")
	w.ask("bo", `mutation {createOrUpdateBranchDeployment(baseDeploymentName: "none", branchData: {repoName: "a", branchName: "b"}, commit: {commitHash: "c", timestamp: 1}) {__typename}}`, nil).
		is(`"DeploymentNotFoundError"`, "createOrUpdateBranchDeployment", "__typename")
	made := w.ask("bo", branchMutation, data)
	made.is(`"BRANCH"`, "createOrUpdateBranchDeployment", "deploymentType")
	made.is(`"prod"`, "createOrUpdateBranchDeployment", "parentDeployment", "deploymentName")
	name, _ := made.get("createOrUpdateBranchDeployment", "deploymentName").(string)
	w.ask("zoe", `{getBranchDeploymentName(repoName: "etl", branchName: "feature-1")}`, nil).is(`"`+name+`"`, "getBranchDeploymentName")
	data["hash"], data["status"], data["base"] = "bbb", "MERGED", "dev" // it stays where it is
	again := w.ask("bo", branchMutation, data)
	again.is(fmt.Sprint(made.get("createOrUpdateBranchDeployment", "deploymentId")), "createOrUpdateBranchDeployment", "deploymentId")
	again.is(`{"authorEmail":null,"authorName":null,"commitHash":"bbb","commitMessage":"first","timestamp":1.7000000005e+09}`, "createOrUpdateBranchDeployment", "latestCommit")
	again.is(`{"branchName":"feature-1","pullRequestNumber":"7","pullRequestStatus":"MERGED","repoName":"etl"}`, "createOrUpdateBranchDeployment", "branchDeploymentGitMetadata")
	if stored := w.Now().Resource("dagster/prod/branch:" + name).Documents["branch"]; strings.Contains(stored, "acme.test") || strings.Contains(stored, "Dev") {
		t.Errorf("people stand in %s", stored)
	}
	// Who has no role on branch deployments does not see what they made.
	w.ask("bo", `{branchDeployments(limit: 9) {nodes {deploymentName}}}`, nil).is(`[]`, "branchDeployments", "nodes")
	w.ask("ada", `{branchDeployments(limit: 9, pullRequestStatus: MERGED) {nodes {deploymentName}}}`, nil).is(`[{"deploymentName":"`+name+`"}]`, "branchDeployments", "nodes")
	w.ask("ada", `{branchDeployments(limit: 9, pullRequestStatus: OPEN) {nodes {deploymentName}}}`, nil).is(`[]`, "branchDeployments", "nodes")
	w.ask("ada", `{branchDeployments(limit: 0) {nodes {deploymentName}}}`, nil).is(`[]`, "branchDeployments", "nodes")
	gone := w.ask("bo", fmt.Sprintf(`mutation {deleteDeployment(deploymentId: %v) {... on DagsterCloudDeployment {deploymentName}}}`, made.get("createOrUpdateBranchDeployment", "deploymentId")), nil)
	gone.is(`"`+name+`"`, "deleteDeployment", "deploymentName")
	if w.Now().Resource("dagster/prod/branch:"+name) != nil {
		t.Error("the branch deployment is there still")
	}
}
