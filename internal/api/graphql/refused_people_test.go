package graphql_test

import (
	"testing"

	"bailiwick/client"
)

// TestWhoMayNotIsToldSo: a viewer of one deployment changes nothing about people, teams, service users and roles, and is told so in
// Dagster+'s words; who sees nobody learns besides that from nothing who exists.
func TestWhoMayNotIsToldSo(t *testing.T) {
	w := newWorld(t)
	w.As("ada", client.RolePut{Platform: "dagster", Role: "runner", At: "deployment", Permissions: []string{"runs.launch"}})
	st := w.Now()
	prod, team, role, ci := w.number("dagster/prod"), w.team("data"), st.Role("dagster", "runner").ID, st.ServiceUserByName("ci").ID
	deployment := vars{"team": team, "scope": "DEPLOYMENT", "deployment": prod, "grant": "ADMIN"}
	person := []any{"email", "ada@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", prod}
	service := []any{"serviceUserId", ci, "deploymentScope", "DEPLOYMENT", "deploymentId", prod}
	mutations := []struct {
		query string
		with  vars
	}{
		{addUser, vars{"email": "kim@acme.test"}}, {addUser, vars{"email": "ada@acme.test"}}, {removeUser, vars{"email": "ada@acme.test"}},
		{setUser, in(append(person, "grant", "EDITOR")...)}, {endUser, in(person...)},
		{makeTeam, vars{"name": "night"}}, {makeTeam, vars{"name": "data"}}, {renameTeam, vars{"name": "day", "team": team}}, {deleteTeam, vars{"team": team}},
		{joinTeam, vars{"team": team, "who": w.who("ada")}}, {leaveTeam, vars{"team": team, "who": w.who("bo")}}, {setTeam, deployment}, {endTeam, deployment},
		{makeService, vars{"name": "ci"}}, {makeService, vars{"name": "other"}}, {changeService, vars{"id": ci, "name": "other"}}, {deleteService, vars{"id": ci}},
		{setService, in(append(service, "grant", "VIEWER")...)}, {endService, in(service...)},
		{makeRole, vars{"name": "other", "scope": "DEPLOYMENT", "permissions": []string{"EDIT_ALERTS"}}}, {changeRole, vars{"id": role, "name": "other", "permissions": []string{"EDIT_ALERTS"}}}, {deleteRole, vars{"id": role}},
	}
	missing := []struct {
		query string
		with  vars
	}{
		{setUser, in("email", "nobody@acme.test", "deploymentScope", "ORGANIZATION", "grant", "ADMIN")}, {removeUser, vars{"email": "nobody@acme.test"}},
		{deleteTeam, vars{"team": "team_none"}}, {joinTeam, vars{"team": team, "who": 99999}}, {deleteService, vars{"id": "svc_none"}}, {deleteRole, vars{"id": "rol_none"}},
		{setUser, in("email", "bo@acme.test", "deploymentScope", "DEPLOYMENT", "deploymentId", 99999, "grant", "VIEWER")},
	}
	for _, name := range []string{"bo", "zoe"} {
		w.token(name)
	}
	at := w.Now().Revision
	for _, name := range []string{"bo", "zoe"} {
		for _, m := range mutations {
			w.ask(name, m.query, m.with).is(`"UnauthorizedError"`, "made", "__typename")
		}
	}
	for _, m := range missing {
		r := w.ask("zoe", m.query, m.with)
		r.is(`"UnauthorizedError"`, "made", "__typename")
		r.is(`"you may not do this, or there is no such thing"`, "made", "message")
	}
	if now := w.Now().Revision; now != at {
		t.Errorf("%d rows were written", now-at)
	}
}
