package graphql_test

import (
	"testing"

	"bailiwick/client"
)

const (
	roleFields = ` customRole { id name description iconName permissions deploymentScope } `
	makeRole   = `mutation($name: String!, $scope: CustomRoleDeploymentScope!, $permissions: [CustomRolePermission!]!) {
		made: createCustomRole(name: $name, description: "about it", iconName: "star", customRoleDeploymentScope: $scope, customRolePermissions: $permissions) { __typename ... on CreateOrUpdateCustomRoleSuccess {` + roleFields + `} ... on Error { message } } }`
	changeRole = `mutation($id: String!, $name: String!, $permissions: [CustomRolePermission!]!) {
		made: updateCustomRole(customRoleId: $id, name: $name, description: "anew", iconName: "moon", customRolePermissions: $permissions) { __typename ... on CreateOrUpdateCustomRoleSuccess {` + roleFields + `} ... on Error { message } } }`
	deleteRole = `mutation($id: String!) { made: deleteCustomRole(customRoleId: $id) { __typename ... on DeleteCustomRoleSuccess { customRoleId } ... on Error { message } } }`
	oneRole    = `query($id: String!) { customRoleOrError(customRoleId: $id) { __typename ... on CustomRole { name permissions deploymentScope } ... on Error { message } } customRoles { id name permissions } }`
)

func TestACustomRolesLife(t *testing.T) {
	w := newWorld(t)
	made := w.ask("ada", makeRole, vars{"name": "runner", "scope": "DEPLOYMENT", "permissions": []string{"START_AND_STOP_RUNS", "EDIT_ALERTS"}})
	id, _ := made.get("made", "customRole", "id").(string)
	made.is(`{"deploymentScope":"DEPLOYMENT","description":"about it","iconName":"star","id":"`+id+`","name":"runner","permissions":["EDIT_ALERTS","START_AND_STOP_RUNS"]}`, "made", "customRole")
	w.ask("ada", makeRole, vars{"name": "runner", "scope": "DEPLOYMENT", "permissions": []string{"DELETE_RUNS"}}).is(`"PythonError"`, "made", "__typename")

	r := w.ask("ada", setUser, in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", w.number("dagster/dev"), "grant", "CUSTOM", "customRoleId", id))
	r.is(`"`+id+`"`, "made", "deploymentPermissionGrants", 1, "customRoleId")
	r.is(`"CUSTOM"`, "made", "deploymentPermissionGrants", 1, "grant")
	for permission, may := range map[string]bool{"runs.launch": true, "runs.view": true, "alerts.manage": true, "runs.delete": false} {
		path := "dagster/dev/etl"
		if permission == "alerts.manage" {
			path = "dagster/dev"
		}
		if w.can("bo", permission, path) != may {
			t.Errorf("bo may do %s: %v", permission, !may)
		}
	}
	w.ask("ada", deleteRole, vars{"id": id}).is(`"CustomRoleInUseError"`, "made", "__typename")

	// It is renamed and has something else in it, in one change; whoever holds it holds it still.
	at := w.Now().Revision
	w.ask("ada", changeRole, vars{"id": id, "name": "deleter", "permissions": []string{"DELETE_RUNS"}}).
		is(`{"deploymentScope":"DEPLOYMENT","description":"anew","iconName":"moon","id":"`+id+`","name":"deleter","permissions":["DELETE_RUNS"]}`, "made", "customRole")
	if now := w.Now().Revision; now != at+2 {
		t.Errorf("%d rows were written; want a renaming and a role", now-at)
	}
	if w.can("bo", "runs.launch", "dagster/dev/etl") || !w.can("bo", "runs.delete", "dagster/dev/etl") || w.grants("bo") != "dagster/dev deleter; dagster/prod viewer" {
		t.Errorf("bo has %s", w.grants("bo"))
	}
	w.ask("bo", oneRole, vars{"id": id}).is(`{"__typename":"CustomRole","deploymentScope":"DEPLOYMENT","name":"deleter","permissions":["DELETE_RUNS"]}`, "customRoleOrError")
	w.ask("bo", changeRole, vars{"id": id, "name": "deleter", "permissions": []string{"EDIT_SECRETS"}}).is(`"UnauthorizedError"`, "made", "__typename")
	w.ask("ada", endUser, in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", w.number("dagster/dev")))
	w.ask("ada", deleteRole, vars{"id": id}).is(`"`+id+`"`, "made", "customRoleId")
	w.ask("ada", changeRole, vars{"id": id, "name": "x", "permissions": []string{"EDIT_SECRETS"}}).is(`"PythonError"`, "made", "__typename")
	w.ask("bo", oneRole, vars{"id": id}).is(`"CustomRoleNotFoundError"`, "customRoleOrError", "__typename")
	w.ask("zoe", `query($id: String!) { customRoleOrError(customRoleId: $id) { __typename } }`, vars{"id": id}).is(`"UnauthorizedError"`, "customRoleOrError", "__typename")
}

// TestAnOrganizationRole sees what its permissions are about: what is in deployments only where it contains something there.
func TestAnOrganizationRole(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"}, client.GrantsReplace{To: "user:zoe@acme.test", On: "dagster/prod"}, client.GrantsReplace{To: "user:zoe@acme.test", On: "dagster/dev"})
	give := func(name string, permissions ...string) {
		made := w.ask("ada", makeRole, vars{"name": name, "scope": "ORGANIZATION", "permissions": permissions})
		made.is(`"ORGANIZATION"`, "made", "customRole", "deploymentScope")
		r := w.ask("ada", setUser, in("email", "zoe@acme.test", "deploymentScope", "ORGANIZATION", "grant", "CUSTOM", "customRoleId", made.get("made", "customRole", "id")))
		r.is(`"CUSTOM"`, "made", "organizationPermissionGrant", "grant")
	}
	give("auditors", "READ_AUDIT_LOG")
	if !w.can("zoe", "audit_log.view", "dagster") || !w.can("zoe", "users.view", "dagster") || w.can("zoe", "runs.view", "dagster/prod/etl") {
		t.Error("the role for the audit log")
	}
	give("readers", "READ_SECRET_VALUES")
	if !w.can("zoe", "secrets.view_values", "dagster/dev") || !w.can("zoe", "runs.view", "dagster/prod/etl") || w.can("zoe", "audit_log.view", "dagster") {
		t.Error("the role for secrets")
	}
}

// TestRolesThatCannotBe: what is about nothing here, and what an edition does not let into a role.
func TestRolesThatCannotBe(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		scope, says string
		permissions []string
	}{
		{"DEPLOYMENT", "EDIT_ISSUES", []string{"EDIT_ALERTS", "EDIT_ISSUES"}},
		{"DEPLOYMENT", "contains nothing", []string{}},
		{"DEPLOYMENT", "cannot contain", []string{"READ_AUDIT_LOG"}},
	} {
		r := w.ask("ada", makeRole, vars{"name": "odd", "scope": c.scope, "permissions": c.permissions})
		r.is(`"PythonError"`, "made", "__typename")
		r.says(c.says, "made", "message")
	}
}

// TestARoleThatWasMadeElsewhere shows those of Dagster+'s permissions that it contains whole.
func TestARoleThatWasMadeElsewhere(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.RolePut{Platform: "dagster", Role: "half", At: "deployment", Permissions: []string{"runs.launch", "runs.delete"}},
		client.RolePut{Platform: "dagster", Role: "more", At: "deployment", BasedOn: "launcher", Permissions: []string{"secrets.edit"}})
	r := w.ask("bo", `{ customRoles { name permissions } }`, nil)
	r.is(`[{"name":"half","permissions":["DELETE_RUNS"]},{"name":"more","permissions":["START_AND_STOP_RUNS","DELETE_RUNS","EDIT_SECRETS"]}]`, "customRoles")
}
