package graphql_test

import (
	"strings"
	"testing"

	"bailiwick/client"
)

func TestWhoAskingIs(t *testing.T) {
	w := newWorld(t)
	said := w.askAt("/prod/graphql", "bo", `{version identity {viewer {email} currentDeployment {deploymentName} permissions {permission value disabledReason}}
		organization {id publicId name status} planType planAllowsAddingMoreUsers agents {id} defaultTimezone
		audit: featureGateValue(featureGate: ENABLE_AUDIT_LOG_ACCESS) roles: featureGateValue(featureGate: CUSTOM_RBAC_ENABLED) secrets: featureGateValue(featureGate: NATIVE_SECRETS_ENABLED)}`, nil)
	said.is(`"test"`, "version")
	said.is(`"bo@acme.test"`, "identity", "viewer", "email")
	said.is(`"prod"`, "identity", "currentDeployment", "deploymentName")
	said.is(`{"id":1,"name":"acme","publicId":"acme","status":"ACTIVE"}`, "organization")
	said.is(`"ENTERPRISE"`, "planType")
	said.is(`true`, "planAllowsAddingMoreUsers")
	said.is(`[]`, "agents")
	said.is(`true`, "audit")
	said.is(`true`, "roles")
	said.is(`false`, "secrets")
	w.ask("bo", `{organization {usersOrError {... on DagsterCloudUserList {users {email}}}}}`, nil).is(`[{"email":"ada@acme.test"},{"email":"bo@acme.test"}]`, "organization", "usersOrError", "users")
	w.ask("zoe", `{organization {usersOrError {__typename}}}`, nil).is(`"UnauthorizedError"`, "organization", "usersOrError", "__typename")
	w.As("ada", client.TeamDelete{Team: "data"}, client.ServiceUserDelete{ServiceUser: "ci"}, client.PlatformUpdate{Platform: "dagster", Plan: new("solo"), Seats: new(2)})
	said = w.ask("bo", `{planType planAllowsAddingMoreUsers featureGateValue(featureGate: CUSTOM_RBAC_ENABLED) markCliEvent: version}`, nil)
	said.is(`"SOLO"`, "planType")
	said.is(`false`, "planAllowsAddingMoreUsers")
	said.is(`false`, "featureGateValue")
	w.ask("bo", `mutation {markCliEvent(durationSeconds: 0.5, eventType: DEPLOY)}`, nil).is(`null`, "markCliEvent")
}

// What the interface greys out, it greys out with the reason; at the organization's address the question is about everything.
func TestPermissionsSayWhyNot(t *testing.T) {
	w := newWorld(t)
	of := func(path, name, permission string) map[string]any {
		t.Helper()
		said := w.askAt(path, name, `{permissions {permission value disabledReason} identity {permissions {permission}}}`, nil)
		list, _ := said.get("permissions").([]any)
		for i := range list {
			if one, _ := list[i].(map[string]any); one["permission"] == permission {
				return one
			}
		}
		t.Fatalf("%s is not in %s", permission, said.text)
		return nil
	}
	if p := of("/prod/graphql", "bo", "edit_workspace"); p["value"] != true || p["disabledReason"] != nil {
		t.Errorf("an editor has %v", p)
	}
	if p := of("/dev/graphql", "bo", "launch_pipeline_execution"); p["value"] != false || !strings.Contains(textOf(p["disabledReason"]), "launcher") {
		t.Errorf("a viewer has %v", p)
	}
	if p := of("/graphql", "bo", "launch_pipeline_execution"); p["value"] != false {
		t.Errorf("an editor of one deployment has everywhere %v", p)
	}
	// What is asked at the organization is answered at a deployment's address too.
	for name, want := range map[string]string{"ada": `{"permission":"read_audit_log","value":true,"disabledReason":null}`,
		"bo": `{"permission":"read_audit_log","value":false,"disabledReason":"It needs the role organization_admin on dagster"}`} {
		if said := w.askAt("/prod/graphql", name, `{identity {permissions {permission value disabledReason}}}`, nil); !strings.Contains(said.text, want) {
			t.Errorf("%s is not told %s, but %s", name, want, said.text)
		}
	}
	if p := of("/graphql", "ada", "launch_pipeline_execution"); p["value"] != true {
		t.Errorf("an administrator has %v", p)
	}
}

func TestOrganizationSettings(t *testing.T) {
	w := newWorld(t)
	set := func(name, mutation, settings string) *reply {
		t.Helper()
		return w.ask(name, `mutation($s: GenericScalar) {m: `+mutation+`(organizationSettings: {settings: $s}) {__typename ... on OrganizationSettings {settings}}}`, map[string]any{"s": jsonOf(t, settings)})
	}
	role := func(path string) string { return w.Now().Resource(path).Settings["sso_default_role"] }
	set("bo", "setOrganizationSettings", `{}`).is(`"UnauthorizedError"`, "m", "__typename")
	w.As("ada", client.ResourceUpdate{Resource: "dagster/dev", Settings: map[string]string{"sso_default_role": "no_access"}})
	set("ada", "setOrganizationSettings", `{"sso_default_role": "EDITOR", "a": {"b": 1}}`).is(`{"a":{"b":1},"sso_default_role":"EDITOR"}`, "m", "settings")
	set("ada", "updateOrganizationSettings", `{"a": {"c": 2}}`).is(`{"a":{"b":1,"c":2},"sso_default_role":"EDITOR"}`, "m", "settings")
	if role("dagster/prod") != "editor" || role("dagster/dev") != "no_access" {
		t.Errorf("the defaults are %q and %q", role("dagster/prod"), role("dagster/dev"))
	}
	w.ask("ada", `mutation {createDeployment(deploymentName: "new") {__typename}}`, nil).is(`"DagsterCloudDeployment"`, "createDeployment", "__typename")
	if role("dagster/new") != "editor" {
		t.Errorf("a new deployment begins with %q", role("dagster/new"))
	}
	w.ask("bo", `{organizationSettings {settings}}`, nil).is(`{"a":{"b":1,"c":2},"sso_default_role":"EDITOR"}`, "organizationSettings", "settings")
	set("ada", "setOrganizationSettings", `{}`).is(`{}`, "m", "settings")
	if role("dagster/prod") != "" || role("dagster/dev") != "no_access" {
		t.Errorf("the defaults are %q and %q", role("dagster/prod"), role("dagster/dev"))
	}
}

func TestProvisioningIsSwitched(t *testing.T) {
	w := newWorld(t)
	const on = `mutation($on: Boolean) {setScimSyncEnabled(enabled: $on) {__typename ... on SetScimSyncEnabledSuccess {enabled}}}`
	w.ask("ada", on, map[string]any{"on": true}).is(`"UnauthorizedError"`, "setScimSyncEnabled", "__typename") // dbt is not hers
	w.ask("olga", on, nil).is(`"PythonError"`, "setScimSyncEnabled", "__typename")
	w.ask("olga", on, map[string]any{"on": true}).is(`true`, "setScimSyncEnabled", "enabled")
	w.ask("bo", `{scimSyncEnabled}`, nil).is(`true`, "scimSyncEnabled")
	w.ask("olga", on, map[string]any{"on": false}).is(`false`, "setScimSyncEnabled", "enabled")
	w.ask("bo", `{scimSyncEnabled}`, nil).is(`false`, "scimSyncEnabled")
}

func textOf(value any) string { found, _ := value.(string); return found }
