package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestARefusalNamesNothingOutOfSight : whoever administers one platform learns that something on another one speaks against a change, and
// neither what nor where; whoever sees that platform reads all of it.
func TestARefusalNamesNothingOutOfSight(t *testing.T) {
	w := newWorld(t)
	acme := w.Of("acme")
	acme.As("dan", orgtest.Grant("team:data", "analyst", "dbt/*"), orgtest.Grant("service_user:ci", "metadata_only", "dbt/*"))
	said := func(secret, command string, status int, want string, hidden ...string) {
		t.Helper()
		answer := w.send(call{method: http.MethodPost, path: "/changes", body: `{"commands":[` + command + `]}`, token: secret})
		if answer.status != status || !strings.Contains(answer.body, want) {
			t.Errorf("%s: %d %s", command, answer.status, answer.body)
		}
		for _, word := range hidden {
			if strings.Contains(answer.body, word) {
				t.Errorf("%s: it says %q: %s", command, word, answer.body)
			}
		}
	}
	says := func(who, command string, status int, want string, hidden ...string) {
		t.Helper()
		said(w.secret(who), command, status, want, hidden...)
	}
	forget := `{"do":"team.delete","team":"data"}`
	says("ada", forget, http.StatusForbidden, "is not allowed to do team.delete on a platform out of their sight", "analyst", "dbt", "groups.write")
	says("aud", forget, http.StatusForbidden, "") // may not at all
	says("dan", forget, http.StatusForbidden, "", "editor", "dagster")

	says("ada", `{"do":"service_user.delete","service_user":"ci"}`, http.StatusForbidden, "is not allowed to do service_user.manage on a platform out of their sight", "metadata", "dbt")
	give := `{"do":"grant.add","to":"team:data","role":"job_admin","on":"dbt/core"}`
	says("ada", give, http.StatusForbidden, "may not give or take all that this change would", "dbt", "job_admin", "permissions.write")
	says("aud", give, http.StatusForbidden, "may not give or take job_admin on dbt/core (team:data)")
	says("ada", `{"do":"resource.create","resource":"dbd/x"}`, http.StatusNotFound, "", "dbt")
	says("ada", `{"do":"member.remove","user":"bo@acme.test","platform":"dagster"}`, http.StatusConflict, "which has grants on a platform out of your sight as well", "dbt")
	says("ada", `{"do":"user.deactivate","user":"dan@acme.test"}`, http.StatusForbidden, "", "dbt", "account_admin")
	ci, _ := acme.Token("olga", client.NewToken{Kind: "svc", Subject: "service_user:ci"})
	said(ci, `{"do":"resource.create","resource":"dbt/new"}`, http.StatusForbidden, "is not allowed to do resource.create on dbt") // where it has a role
	said(ci, give, http.StatusForbidden, "may not give or take all that this change would", "job_admin")                           // and sees nobody else's
	acme.Do(client.TestsSet{Tests: []client.Test{{Who: "team:data", Permission: "dbt.jobs.read", Resource: "dbt/core", Allowed: false}, {Who: "user:bo@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod", Allowed: true}}})
	says("ada", `{"do":"grants.replace","to":"team:data","on":"dagster/prod"}`, http.StatusConflict, "runs.launch on dagster/prod")
}
