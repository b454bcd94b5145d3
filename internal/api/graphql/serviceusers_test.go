package graphql_test

import (
	"fmt"
	"testing"
)

const (
	serviceFields = ` __typename ... on ServiceUserWithScopedPermissionGrants { id licensedRole serviceUser { id name description organizationId } ` + grantFields + ` }
		... on ServiceUserNameConflictError { existingName } ... on ServiceUserNotFoundError { serviceUserId } ... on Error { message } `
	shownService   = ` __typename ... on ServiceUserWithScopedPermissionGrants { id licensedRole serviceUser { id name description organizationId } ` + grantFields + ` } ... on ServiceUserNotFoundError { serviceUserId } ... on Error { message } `
	makeService    = `mutation($name: String!, $description: String) { made: createServiceUser(name: $name, description: $description) { __typename ... on ServiceUserWithScopedPermissionGrants { id serviceUser { id name description } } ... on ServiceUserNameConflictError { existingName } ... on Error { message } } }`
	changeService  = `mutation($id: String!, $name: String, $description: String) { made: updateServiceUser(id: $id, name: $name, description: $description) {` + serviceFields + `} }`
	deleteService  = `mutation($id: String!) { made: deleteServiceUser(serviceUserId: $id) { __typename ... on DeleteServiceUserSuccess { success } ... on ServiceUserNotFoundError { serviceUserId } ... on Error { message } } }`
	setService     = `mutation($in: CreateOrUpdateServiceUserPermissionsInput!) { made: createOrUpdateServiceUserPermissions(serviceUserPermission: $in) {` + shownService + `} }`
	endService     = `mutation($in: RemoveServiceUserPermissionsInput!) { made: removeServiceUserPermissions(serviceUserPermission: $in) {` + shownService + `} }`
	listServices   = `{ serviceUsersOrError { __typename ... on ServiceUsersWithScopedPermissionGrants { serviceUsers { licensedRole serviceUser { name } deploymentPermissionGrants { grant deploymentId } } } ... on Error { message } } }`
	oneService     = `query($id: String!) { serviceUser(serviceUserId: $id) {` + shownService + `} }`
	nobodyExpected = `"ServiceUserNotFoundError"`
)

// TestAServiceUsersLife goes the way of "Service users" (seed 002).
func TestAServiceUsersLife(t *testing.T) {
	w := newWorld(t)
	prod := w.number("dagster/prod")
	w.ask("ada", makeService, vars{"name": "ci"}).is(`"ci"`, "made", "existingName")
	w.ask("bo", makeService, vars{"name": "ci"}).is(`"UnauthorizedError"`, "made", "__typename")
	made := w.ask("ada", makeService, vars{"name": "loader", "description": "loads"})
	id, _ := made.get("made", "id").(string)
	made.is(`{"description":"loads","id":"`+id+`","name":"loader"}`, "made", "serviceUser")
	w.ask("ada", changeService, vars{"id": id, "name": "ci"}).is(`"ci"`, "made", "existingName")
	w.ask("ada", changeService, vars{"id": id, "name": "loader", "description": "loads more"}).is(`{"description":"loads more","id":"`+id+`","name":"loader","organizationId":1}`, "made", "serviceUser")
	w.ask("ada", changeService, vars{"id": id, "name": "", "description": "x"}).is(`"loader"`, "made", "serviceUser", "name") // "" is what generated clients send for nothing
	w.ask("ada", changeService, vars{"id": id, "name": "lifter"}).is(`{"description":"x","id":"`+id+`","name":"lifter","organizationId":1}`, "made", "serviceUser")

	r := w.ask("ada", setService, in("serviceUserId", id, "deploymentScope", "DEPLOYMENT", "deploymentId", prod, "grant", "LAUNCHER", "locationGrants", []vars{{"locationName": "ml", "grant": "EDITOR"}}))
	r.is(`"EDITOR"`, "made", "licensedRole")
	r.is(fmt.Sprintf(`[{"customRoleId":null,"deploymentId":%d,"deploymentScope":"DEPLOYMENT","grant":"LAUNCHER","locationGrants":[{"customRoleId":null,"grant":"EDITOR","locationName":"ml"}]}]`, prod), "made", "deploymentPermissionGrants")
	w.ask("ada", setService, in("serviceUserId", id, "deploymentScope", "ORGANIZATION", "grant", "ADMIN")).says("above every override", "made", "message")
	w.ask("ada", setService, in("serviceUserId", id, "deploymentScope", "DEPLOYMENT", "deploymentId", prod, "grant", "LAUNCHER"))
	w.ask("ada", setService, in("serviceUserId", id, "deploymentScope", "ORGANIZATION", "grant", "ADMIN")).
		is(`{"customRoleId":null,"deploymentId":null,"deploymentScope":"ORGANIZATION","grant":"ADMIN"}`, "made", "organizationPermissionGrant")
	w.ask("ada", endService, in("serviceUserId", id, "deploymentScope", "ORGANIZATION")).is(`null`, "made", "organizationPermissionGrant")
	list := w.ask("bo", listServices, nil)
	list.is(`"ci"`, "serviceUsersOrError", "serviceUsers", 0, "serviceUser", "name")
	list.is(fmt.Sprintf(`[{"deploymentId":%d,"grant":"LAUNCHER"}]`, prod), "serviceUsersOrError", "serviceUsers", 1, "deploymentPermissionGrants")
	w.ask("bo", oneService, vars{"id": id}).is(`"lifter"`, "serviceUser", "serviceUser", "name")

	w.ask("ada", deleteService, vars{"id": id}).is(`{"__typename":"DeleteServiceUserSuccess","success":true}`, "made")
	for query, with := range map[string]vars{
		changeService: {"id": id, "name": "other"}, deleteService: {"id": id},
		setService: in("serviceUserId", id, "deploymentScope", "ORGANIZATION", "grant", "ADMIN"), endService: in("serviceUserId", id, "deploymentScope", "ORGANIZATION"),
	} {
		w.ask("ada", query, with).is(nobodyExpected, "made", "__typename")
		w.ask("ada", query, with).is(`"`+id+`"`, "made", "serviceUserId")
		w.ask("zoe", query, with).is(`"UnauthorizedError"`, "made", "__typename") // who sees nobody learns nothing
	}
	w.ask("bo", oneService, vars{"id": id}).is(nobodyExpected, "serviceUser", "__typename")
	w.ask("zoe", oneService, vars{"id": id}).is(`"UnauthorizedError"`, "serviceUser", "__typename")
}
