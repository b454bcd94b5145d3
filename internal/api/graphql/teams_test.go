package graphql_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

const (
	teamFields = ` team { id name members { userId email } } ` + grantFields
	makeTeam   = `mutation($name: String!) { made: createOrUpdateTeam(name: $name) { __typename ... on CreateOrUpdateTeamSuccess { team { id name members { email } } } ... on Error { message } } }`
	renameTeam = `mutation($name: String!, $team: String!) { made: renameTeam(name: $name, teamId: $team) { __typename ... on DagsterCloudTeam { id name } ... on Error { message } } }`
	deleteTeam = `mutation($team: String!) { made: deleteTeam(teamId: $team) { __typename ... on DeleteTeamSuccess { teamId } ... on Error { message } } }`
	joinTeam   = `mutation($who: Int!, $team: String!) { made: addMemberToTeam(memberId: $who, teamId: $team) { __typename ... on AddMemberToTeamSuccess { team { members { email } } } ... on Error { message } } }`
	leaveTeam  = `mutation($who: Int!, $team: String!) { made: removeMemberFromTeam(memberId: $who, teamId: $team) { __typename ... on RemoveMemberFromTeamSuccess { team { members { email } } } ... on Error { message } } }`
	setTeam    = `mutation($team: String!, $scope: PermissionDeploymentScope!, $deployment: Int, $grant: PermissionGrant!, $role: String, $locations: [LocationScopedGrantInput!]) {
		made: createOrUpdateTeamPermission(teamId: $team, deploymentScope: $scope, deploymentId: $deployment, grant: $grant, customRoleId: $role, locationGrants: $locations) {
			__typename ... on CreateOrUpdateTeamPermissionSuccess { teamPermissions { id` + teamFields + ` } } ... on Error { message } } }`
	endTeam = `mutation($team: String!, $scope: PermissionDeploymentScope!, $deployment: Int) { made: removeTeamPermission(teamId: $team, deploymentScope: $scope, deploymentId: $deployment) {
			__typename ... on RemoveTeamPermissionSuccess { teamPermissions { id` + teamFields + ` } } ... on Error { message } } }`
	listTeams = `{ teamPermissions { id` + teamFields + ` } }`
)

func (w *world) team(name string) string {
	w.t.Helper()
	t := w.Now().TeamByName(name)
	if t == nil {
		w.t.Fatalf("there is no team %s", name)
	}
	return t.ID
}

func (w *world) who(name string) int { return int(w.User(name).Number) }

// TestTheMostPermissiveRoleCounts is the worked example of seed 000: launcher by one team, viewer by another and alone.
func TestTheMostPermissiveRoleCounts(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.MemberAdd{User: "zoe@acme.test", Platform: "dagster"})
	dev := w.number("dagster/dev")
	for name, role := range map[string]string{"Team 1": "LAUNCHER", "Team 2": "VIEWER"} {
		w.ask("ada", makeTeam, vars{"name": name}).is(`[]`, "made", "team", "members")
		w.ask("ada", setTeam, vars{"team": w.team(name), "scope": "DEPLOYMENT", "deployment": dev, "grant": role, "locations": []vars{}}).
			is(`"CreateOrUpdateTeamPermissionSuccess"`, "made", "__typename")
	}
	if g := w.grants("zoe"); g != "dagster/dev viewer; dagster/prod viewer" {
		t.Fatalf("zoe has %s", g)
	}
	check := func(when string, launches bool) {
		t.Helper()
		if !w.can("zoe", "runs.view", "dagster/dev/etl") || w.can("zoe", "runs.launch", "dagster/dev/etl") != launches || w.can("zoe", "schedules.toggle", "dagster/dev/etl") || w.can("zoe", "runs.launch", "dagster/prod/etl") {
			t.Errorf("%s, zoe may not do what she should", when)
		}
	}
	check("alone", false)
	w.ask("ada", joinTeam, vars{"team": w.team("Team 2"), "who": w.who("zoe")}).is(`[{"email":"zoe@acme.test"}]`, "made", "team", "members")
	check("in team 2", false)
	w.ask("ada", joinTeam, vars{"team": w.team("Team 1"), "who": w.who("zoe")}).is(`[{"email":"zoe@acme.test"}]`, "made", "team", "members")
	check("in both", true)
	w.ask("ada", leaveTeam, vars{"team": w.team("Team 1"), "who": w.who("zoe")}).is(`[]`, "made", "team", "members")
	check("out of team 1", false)
}

func TestATeamsLife(t *testing.T) {
	w := newWorld(t)
	prod := w.number("dagster/prod")
	made := w.ask("ada", makeTeam, vars{"name": "night"})
	id, _ := made.get("made", "team", "id").(string)
	w.ask("ada", makeTeam, vars{"name": "night"}).is(`"`+id+`"`, "made", "team", "id") // is there already
	w.ask("bo", makeTeam, vars{"name": "night"}).is(`"UnauthorizedError"`, "made", "__typename")
	w.ask("ada", renameTeam, vars{"name": "day", "team": id}).is(`{"__typename":"DagsterCloudTeam","id":"`+id+`","name":"day"}`, "made")
	r := w.ask("ada", setTeam, vars{"team": id, "scope": "DEPLOYMENT", "deployment": prod, "grant": "VIEWER", "locations": []vars{{"locationName": "etl", "grant": "EDITOR"}}})
	r.is(`"`+id+`"`, "made", "teamPermissions", "id")
	want := fmt.Sprintf(`[{"customRoleId":null,"deploymentId":%d,"deploymentScope":"DEPLOYMENT","grant":"VIEWER","locationGrants":[{"customRoleId":null,"grant":"EDITOR","locationName":"etl"}]}]`, prod)
	r.is(want, "made", "teamPermissions", "deploymentPermissionGrants")
	w.ask("ada", setTeam, vars{"team": id, "scope": "ALL_BRANCH_DEPLOYMENTS", "grant": "EDITOR"}).
		is(`{"deploymentId":null,"deploymentScope":"ALL_BRANCH_DEPLOYMENTS","grant":"EDITOR"}`, "made", "teamPermissions", "allBranchDeploymentsPermissionGrant")

	// Who sees everything sees dbt's team as well, without what it has there; who sees dagster does not see it.
	for name, teams := range map[string]string{"olga": `["admins-of-dbt","data","day"]`, "bo": `["data","day"]`} {
		list := w.ask(name, listTeams, nil)
		var names []string
		for i := range list.get("teamPermissions").([]any) {
			names = append(names, list.get("teamPermissions", i, "team", "name").(string))
		}
		if found, _ := json.Marshal(names); string(found) != teams {
			t.Errorf("%s sees %s; want %s", name, found, teams)
		}
		list.is(want, "teamPermissions", len(names)-1, "deploymentPermissionGrants")
	}
	w.ask("ada", endTeam, vars{"team": id, "scope": "DEPLOYMENT", "deployment": prod}).is(`[]`, "made", "teamPermissions", "deploymentPermissionGrants")
	w.ask("ada", deleteTeam, vars{"team": id}).is(`"`+id+`"`, "made", "teamId")
	w.ask("ada", deleteTeam, vars{"team": id}).is(`"PythonError"`, "made", "__typename")
	if w.Now().Team(id) != nil {
		t.Error("the team is still there")
	}
}

// TestAdminsChangeTeamsWhereTheyAreAdmin: "Admin users can modify teams only in deployments where they're an Admin" (seed 000).
func TestAdminsChangeTeamsWhereTheyAreAdmin(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.GrantsReplace{To: "user:bo@acme.test", On: "dagster/dev", Role: "admin"})
	set := func(deployment, kind string) {
		t.Helper()
		w.ask("bo", setTeam, vars{"team": w.team("data"), "scope": "DEPLOYMENT", "deployment": w.number(deployment), "grant": "LAUNCHER"}).is(`"`+kind+`"`, "made", "__typename")
	}
	set("dagster/dev", "CreateOrUpdateTeamPermissionSuccess")
	set("dagster/prod", "UnauthorizedError")
	w.ask("bo", setUser, in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", w.number("dagster/dev"), "grant", "EDITOR")).is(`"UnauthorizedError"`, "made", "__typename")
	w.ask("bo", addUser, vars{"email": "kim@acme.test"}).is(`"AddUserToOrganizationSuccess"`, "made", "__typename") // "Admins can add users" (seed 002)
}

// TestATeamIsTheLastAdministrator: the last one may be one by a team.
func TestATeamIsTheLastAdministrator(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.TeamCreate{Team: "admins", Members: []string{"ada@acme.test"}}, orgtest.Grant("team:admins", "organization_admin", "dagster"),
		client.GrantRemove{Grant: client.Grant{To: "user:ada@acme.test", Role: "organization_admin", On: "dagster"}})
	w.ask("ada", endTeam, vars{"team": w.team("admins"), "scope": "ORGANIZATION", "deployment": 0}).is(`"CantRemoveAllAdminsError"`, "made", "__typename")
}
