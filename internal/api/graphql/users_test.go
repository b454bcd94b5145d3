package graphql_test

import (
	"fmt"
	"testing"
	"time"

	"bailiwick/client"
)

// Fields that are asked for again and again.
const (
	grantFields = `organizationPermissionGrant { grant customRoleId deploymentId deploymentScope }
		allBranchDeploymentsPermissionGrant { grant deploymentId deploymentScope }
		perBaseBranchDeploymentsPermissionGrants { grant deploymentId }
		deploymentPermissionGrants { grant customRoleId deploymentId deploymentScope locationGrants { locationName grant customRoleId } }`
	userFields  = ` __typename ... on DagsterCloudUserWithScopedPermissionGrants { licensedRole user { userId email name } ` + grantFields + ` } ... on Error { message } `
	addUser     = `mutation($email: String) { made: addUserToOrganization(email: $email) { __typename ... on AddUserToOrganizationSuccess { email userWithGrants { licensedRole user { userId email } ` + grantFields + ` } } ... on Error { message } } }`
	removeUser  = `mutation($email: String) { made: removeUserFromOrganization(email: $email) { __typename ... on RemoveUserFromOrganizationSuccess { email } ... on Error { message } } }`
	setUser     = `mutation($in: CreateOrUpdateCloudUserPermissionsInput!) { made: createOrUpdateUserPermissions(userPermission: $in) {` + userFields + `} }`
	endUser     = `mutation($in: RemoveUserPermissionsInput!) { made: removeUserPermissions(userPermission: $in) {` + userFields + `} }`
	listUsers   = `{ usersOrError { __typename ... on DagsterCloudUsersWithScopedPermissionGrants { users { licensedRole user { email } ` + grantFields + ` } userCountsByHighestLevel { count userType } } ... on Error { message } } userCountsByHighestLevel { count userType } }`
	viewerBoth  = `[{"customRoleId":null,"deploymentId":%d,"deploymentScope":"DEPLOYMENT","grant":"VIEWER","locationGrants":[]},{"customRoleId":null,"deploymentId":%d,"deploymentScope":"DEPLOYMENT","grant":"VIEWER","locationGrants":[]}]`
	userSuccess = `"DagsterCloudUserWithScopedPermissionGrants"`
)

type vars = map[string]any

func in(pairs ...any) vars {
	fields := vars{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i].(string)] = pairs[i+1]
	}
	return vars{"in": fields}
}

// TestSomebodyIsAddedAndGivenRoles goes the way of "Managing users" (seed 002): who is added is viewer of each deployment, and
// is given a role at a deployment, another one at a code location of it, and one at all branch deployments.
func TestSomebodyIsAddedAndGivenRoles(t *testing.T) {
	w := newWorld(t)
	prod, dev := w.number("dagster/prod"), w.number("dagster/dev")
	r := w.ask("ada", addUser, vars{"email": "Kim@acme.test"})
	r.is(`"kim@acme.test"`, "made", "email")
	r.is(`"VIEWER"`, "made", "userWithGrants", "licensedRole")
	r.is(fmt.Sprintf(viewerBoth, prod, dev), "made", "userWithGrants", "deploymentPermissionGrants")

	r = w.ask("ada", setUser, in("email", "kim@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", prod, "grant", "EDITOR", "customRoleId", "",
		"locationGrants", []vars{{"locationName": "etl", "grant": "ADMIN", "customRoleId": ""}}))
	r.is(userSuccess, "made", "__typename")
	r.is(`"ADMIN"`, "made", "licensedRole")
	r.is(`[{"customRoleId":null,"grant":"ADMIN","locationName":"etl"}]`, "made", "deploymentPermissionGrants", 0, "locationGrants")
	w.ask("ada", setUser, in("email", "kim@acme.test", "deploymentScope", "ALL_BRANCH_DEPLOYMENTS", "deploymentId", 0, "grant", "LAUNCHER", "locationGrants", []vars{})).
		is(`{"deploymentId":null,"deploymentScope":"ALL_BRANCH_DEPLOYMENTS","grant":"LAUNCHER"}`, "made", "allBranchDeploymentsPermissionGrant")
	w.ask("ada", setUser, in("email", "kim@acme.test", "deploymentScope", "ALL_BRANCH_DEPLOYMENTS", "deploymentId", prod, "grant", "EDITOR")).
		is(fmt.Sprintf(`[{"deploymentId":%d,"grant":"EDITOR"}]`, prod), "made", "perBaseBranchDeploymentsPermissionGrants")

	for permission, want := range map[string]map[string]bool{
		"schedules.toggle": {"dagster/prod/etl": true, "dagster/prod/ml": true, "dagster/dev/etl": false},
		"runs.view":        {"dagster/dev/etl": true},
	} {
		for path, may := range want {
			if w.can("kim", permission, path) != may {
				t.Errorf("kim may do %s at %s: %v", permission, path, !may)
			}
		}
	}
	if g := w.grants("kim"); g != "dagster/branch:* launcher; dagster/dev viewer; dagster/prod editor; dagster/prod/branch:* editor; dagster/prod/etl admin" {
		t.Errorf("kim has %s", g)
	}
}

// TestOverridesGo: a code location's role goes with the deployment's, and by itself when the deployment's is set without it.
func TestOverridesGo(t *testing.T) {
	w := newWorld(t)
	prod := w.number("dagster/prod")
	set := func(locations ...vars) *reply {
		return w.ask("ada", setUser, in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", prod, "grant", "VIEWER", "locationGrants", locations))
	}
	launcher := vars{"locationName": "ml", "grant": "LAUNCHER"}
	set(launcher).is(userSuccess, "made", "__typename")
	if g := w.grants("bo"); g != "dagster/dev viewer; dagster/prod viewer; dagster/prod/ml launcher" {
		t.Errorf("with an override: %s", g)
	}
	set().is(userSuccess, "made", "__typename")
	if g := w.grants("bo"); g != "dagster/dev viewer; dagster/prod viewer" {
		t.Errorf("the override was taken away: %s", g)
	}
	set(launcher)
	end := in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", prod)
	r := w.ask("ada", endUser, end)
	r.is(fmt.Sprintf(`[{"customRoleId":null,"deploymentId":%d,"deploymentScope":"DEPLOYMENT","grant":"VIEWER","locationGrants":[]}]`, w.number("dagster/dev")), "made", "deploymentPermissionGrants")
	if g := w.grants("bo"); g != "dagster/dev viewer" {
		t.Errorf("the deployment's role was taken away: %s", g)
	}
	w.ask("ada", endUser, end).is(userSuccess, "made", "__typename") // again, when there is nothing left
}

func TestWhoIsInTheDirectoryIsAddedToThePlatform(t *testing.T) {
	w := newWorld(t)
	before := w.User("zoe").ID
	w.ask("ada", setUser, in("email", "zoe@acme.test", "deploymentScope", "ORGANIZATION", "grant", "ADMIN")).is(`"UserNotFoundError"`, "made", "__typename")
	w.ask("ada", addUser, vars{"email": "zoe@acme.test"}).is(`"AddUserToOrganizationSuccess"`, "made", "__typename")
	if after := w.User("zoe"); after.ID != before || !w.Now().Concerns(after, "dagster", w.Now().At) {
		t.Errorf("zoe is %+v", after)
	}
	w.ask("ada", addUser, vars{"email": "zoe@acme.test"}).is(`"PythonError"`, "made", "__typename")
}

// TestRemovingSomebody: other products are no business of Dagster's clients. Where there is none, the organization is the
// directory.
func TestRemovingSomebody(t *testing.T) {
	w := newWorld(t)
	w.ask("ada", removeUser, vars{"email": "bo@acme.test"}).is(`{"__typename":"RemoveUserFromOrganizationSuccess","email":"bo@acme.test"}`, "made")
	if bo := w.User("bo"); w.Now().Concerns(bo, "dagster", w.Now().At) || len(bo.Teams) > 0 {
		t.Errorf("bo is still a member: %+v", bo)
	}
	w.ask("ada", removeUser, vars{"email": "bo@acme.test"}).is(`"PythonError"`, "made", "__typename")
	w.As("olga", client.PlatformDetach{Platform: "dbt"})
	w.As("ada", client.MemberAdd{User: "bo@acme.test", Platform: "dagster"}, client.MemberAdd{User: "aud@acme.test", Platform: "dagster"})
	w.ask("ada", removeUser, vars{"email": "aud@acme.test"}).is(`"RemoveUserFromOrganizationSuccess"`, "made", "__typename")
	w.User("aud") // auditor of the directory
	w.ask("ada", removeUser, vars{"email": "bo@acme.test"}).is(`"RemoveUserFromOrganizationSuccess"`, "made", "__typename")
	if w.Now().UserByEmail("bo@acme.test") != nil {
		t.Error("bo is still in the directory")
	}
}

func TestUsersAreListedWithTheirRoles(t *testing.T) {
	w := newWorld(t)
	r := w.ask("bo", listUsers, nil) // a viewer sees everybody
	r.is(`"ada@acme.test"`, "usersOrError", "users", 0, "user", "email")
	r.is(`{"customRoleId":null,"deploymentId":null,"deploymentScope":"ORGANIZATION","grant":"ADMIN"}`, "usersOrError", "users", 0, "organizationPermissionGrant")
	r.is(`"bo@acme.test"`, "usersOrError", "users", 1, "user", "email")
	r.is(`"EDITOR"`, "usersOrError", "users", 1, "licensedRole") // by the team data
	counts := `[{"count":0,"userType":"VIEWER"},{"count":0,"userType":"LAUNCHER"},{"count":1,"userType":"EDITOR"},{"count":1,"userType":"ADMIN"},{"count":0,"userType":"CUSTOM"}]`
	r.is(counts, "usersOrError", "userCountsByHighestLevel")
	r.is(counts, "userCountsByHighestLevel")
	if n := len(r.get("usersOrError", "users").([]any)); n != 2 {
		t.Errorf("there are %d users; want ada and bo", n)
	}
	for _, name := range []string{"dan", "zoe"} { // of dbt, and of nothing
		w.ask(name, `{ usersOrError { __typename } }`, nil).is(`"UnauthorizedError"`, "usersOrError", "__typename")
	}
}

// TestGrantsThatCannotBe tells for each what is wrong, and changes nothing.
func TestGrantsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.ResourceCreate{Resource: "dagster/prod/branch:feature"}, client.RolePut{Platform: "dagster", Role: "runner", At: "deployment", Permissions: []string{"runs.launch"}})
	prod, role := w.number("dagster/prod"), w.Now().Role("dagster", "runner").ID
	w.token("ada")
	at := w.Now().Revision
	for name, c := range map[string]struct {
		with vars
		kind string
		says string
	}{
		"nobody":                        {vars{"email": "nobody@acme.test", "deploymentScope": "ORGANIZATION", "grant": "ADMIN"}, "UserNotFoundError", "nobody@acme.test"},
		"no address":                    {vars{"email": "", "deploymentScope": "ORGANIZATION", "grant": "ADMIN"}, "PythonError", "no e-mail"},
		"no deployment":                 {vars{"deploymentScope": "DEPLOYMENT", "grant": "VIEWER"}, "PythonError", "none is named"},
		"deployment 0":                  {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": 0, "grant": "VIEWER"}, "PythonError", "none is named"},
		"unknown deployment":            {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": 12345, "grant": "VIEWER"}, "PythonError", "no such deployment"},
		"branch deployment":             {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": w.number("dagster/prod/branch:feature"), "grant": "VIEWER"}, "PythonError", "ALL_BRANCH_DEPLOYMENTS"},
		"deployment and organization":   {vars{"deploymentScope": "ORGANIZATION", "deploymentId": prod, "grant": "ADMIN"}, "PythonError", "whole organization"},
		"organization editor":           {vars{"deploymentScope": "ORGANIZATION", "grant": "EDITOR"}, "PythonError", "no role of the organization"},
		"catalog viewer":                {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "CATALOG_VIEWER"}, "PythonError", "no role CATALOG_VIEWER"},
		"agent":                         {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "AGENT"}, "PythonError", "agent"},
		"custom without id":             {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "CUSTOM"}, "PythonError", "none is named"},
		"custom by name":                {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "CUSTOM", "customRoleId": "runner"}, "PythonError", "no custom role with this id"},
		"custom and built in":           {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "EDITOR", "customRoleId": role}, "PythonError", "EDITOR"},
		"deployment role organization":  {vars{"deploymentScope": "ORGANIZATION", "grant": "CUSTOM", "customRoleId": role}, "PythonError", "runner"},
		"owners":                        {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "VIEWER", "ownerDefinitionsRole": vars{"grant": "EDITOR"}}, "PythonError", "not there"},
		"unknown locations":             {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "VIEWER", "locationGrants": []vars{{"locationName": "x", "grant": "EDITOR"}, {"locationName": "y z", "grant": "EDITOR"}}}, "PythonError", "named x, y z"},
		"locations of branches":         {vars{"deploymentScope": "ALL_BRANCH_DEPLOYMENTS", "grant": "VIEWER", "locationGrants": []vars{{"locationName": "etl", "grant": "EDITOR"}}}, "PythonError", "belong to a role at a deployment"},
		"an override that adds nothing": {vars{"deploymentScope": "DEPLOYMENT", "deploymentId": prod, "grant": "EDITOR", "locationGrants": []vars{{"locationName": "etl", "grant": "VIEWER"}}}, "PythonError", "editor"},
	} {
		if _, given := c.with["email"]; !given {
			c.with["email"] = "bo@acme.test"
		}
		r := w.ask("ada", setUser, vars{"in": c.with})
		r.is(`"`+c.kind+`"`, "made", "__typename")
		r.says(c.says, "made", "message")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	if now := w.Now().Revision; now != at {
		t.Errorf("%d rows were written", now-at)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	for query, with := range map[string]vars{
		endUser:    in("email", "ada@acme.test", "deploymentScope", "ORGANIZATION", "deploymentId", 0),
		removeUser: {"email": "ada@acme.test"},
	} {
		w.ask("ada", query, with).is(`"CantRemoveAllAdminsError"`, "made", "__typename")
	}
	if g := w.grants("ada"); g != "dagster organization_admin; dagster/dev viewer; dagster/prod viewer" {
		t.Errorf("ada has %s", g)
	}
}

func TestSeatsBoundWhoIsAdded(t *testing.T) {
	w := newWorld(t)
	two := 2
	w.As("ada", client.PlatformUpdate{Platform: "dagster", Seats: &two})
	w.ask("ada", addUser, vars{"email": "kim@acme.test"}).is(`"UserLimitError"`, "made", "__typename")
	if w.Now().UserByEmail("kim@acme.test") != nil {
		t.Error("kim was added")
	}
}

// TestADryRunOfPeopleChangesNothing: later fields see what earlier ones would have made.
func TestADryRunOfPeopleChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.token("ada")
	at := w.Now().Revision
	query := fmt.Sprintf(`mutation @dryRun {
		add: addUserToOrganization(email: "kim@acme.test") { __typename ... on AddUserToOrganizationSuccess { userWithGrants { licensedRole } } ... on Error { message } }
		set: createOrUpdateUserPermissions(userPermission: {email: "kim@acme.test", deploymentScope: DEPLOYMENT, deploymentId: %d, grant: EDITOR}) {%s}
		team: createOrUpdateTeam(name: "night") { __typename ... on CreateOrUpdateTeamSuccess { team { name members { email } } } }
		remove: removeUserFromOrganization(email: "kim@acme.test") { __typename ... on Error { message } } }`, w.number("dagster/prod"), userFields)
	r := w.ask("ada", query, nil)
	r.is(`"VIEWER"`, "add", "userWithGrants", "licensedRole")
	r.is(`"EDITOR"`, "set", "licensedRole")
	r.is(`"night"`, "team", "team", "name")
	r.is(`"RemoveUserFromOrganizationSuccess"`, "remove", "__typename")
	if r.Extensions["dryRun"] == nil {
		t.Errorf("nothing is compared: %s", r.text)
	}
	if now := w.Now(); now.Revision != at || now.UserByEmail("kim@acme.test") != nil {
		t.Errorf("the revision is %d, and was %d", now.Revision, at)
	}
}

// TestTenThousandUsersAreListedSoon: a list costs what its length says.
func TestTenThousandUsersAreListedSoon(t *testing.T) {
	w := newWorld(t)
	const people = 10_000
	commands := make([]client.Command, 0, people)
	for i := range people {
		commands = append(commands, client.UserAdd{NewUser: client.NewUser{Email: fmt.Sprintf("u%05d@acme.test", i), On: []string{"dagster"}, Teams: []string{"data"}}})
	}
	began := time.Now()
	w.As("ada", commands...)
	t.Logf("made in %s", time.Since(began))
	began = time.Now()
	r := w.ask("ada", listUsers, nil)
	took := time.Since(began)
	t.Logf("listed in %s", took)
	if n := len(r.get("usersOrError", "users").([]any)); n != people+2 {
		t.Errorf("there are %d users", n)
	}
	if took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
}
