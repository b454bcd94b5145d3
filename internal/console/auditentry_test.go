package console

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestALineSaysWhatWasBefore : of what the journal itself said then, to whoever may read both.
func TestALineSaysWhatWasBefore(t *testing.T) {
	o, get := askedOrganization(t)
	put := func(description string, permissions ...string) int64 {
		o.As("ada", client.RolePut{Platform: "dagster", Role: "releaser", At: "deployment", BasedOn: "launcher", Permissions: permissions, Description: description})
		return o.Now().Revision
	}
	first := put("Reloads", "code_locations.reload", "deployments.edit_settings")
	second := put("Deploys", "code_locations.reload", "secrets.edit")
	line := func(revision int64) string { return "/audit/entry?line=" + strconv.FormatInt(revision, 10) }
	status, body := get("aud", "/audit?action=role.put")
	says(t, "the log", status, http.StatusOK, body, `href="`+line(second)+`">Before and after`)
	status, body = get("aud", line(second))
	body = regexp.MustCompile(`\s*<(/?(ul|li|td)[^>]*)>\s*`).ReplaceAllString(body, "|")
	says(t, "the second", status, http.StatusOK, body, "Ada wrote the custom role releaser", `Description</th>|||Reloads||||||Deploys|||`, `Permissions <small>1 more is the same</small></th>|||deployments.edit_settings||||||secrets.edit|||`,
		`href="`+line(first)+`">line `, "!Based on<", "What was written", "Everything of the same change")
	status, body = get("aud", line(first))
	says(t, "the first", status, http.StatusOK, body, "No earlier line says what was before.", `<span class="quiet">nothing</span>`, "Reloads", "Based on</th>", "<li>Launcher</li>")

	o.As("ada", orgtest.Revoke("team:data", "editor", "dagster/prod"))
	status, body = get("ada", line(o.Now().Revision))
	says(t, "a grant that goes", status, http.StatusOK, body, "Role</th>", "<li>Editor</li>", "!No earlier line")
	o.As("dan", client.TeamRename{Team: "admins-of-dbt", To: "dbt-admins"})
	renamed := o.Now().Revision
	status, body = get("dan", line(renamed))
	says(t, "a team", status, http.StatusOK, body, "<li>admins-of-dbt</li>", "<li>dbt-admins</li>")

	o.Do(client.TestsSet{Tests: []client.Test{{Who: "user:ada@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod", Allowed: true}, {Who: "team:data", Permission: "dagster.secrets.edit", Resource: "dagster/staging"}}})
	status, body = get("aud", line(o.Now().Revision))
	says(t, "policy tests", status, http.StatusOK, body, "<li>user:ada@acme.test can runs.launch on dagster/prod", "<li>team:data cannot secrets.edit on dagster/staging")

	for who, wanted := range map[string]int{"ada": http.StatusNotFound, "bo": http.StatusForbidden, "zoe": http.StatusForbidden} {
		status, body = get(who, line(renamed))
		says(t, who+" at a line of dbt", status, wanted, body, "!dbt-admins")
	}
	for _, bad := range []string{"/audit/entry", "/audit/entry?line=x", line(0), line(-1), line(1 << 40)} {
		status, _ = get("aud", bad)
		says(t, bad, status, http.StatusNotFound, "")
	}
}

// TestWhatIsWrongWithTheChainIsSaid : which line, and what to do; nothing says that the rest is as it was.
func TestWhatIsWrongWithTheChainIsSaid(t *testing.T) {
	shown, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]chainState{"<strong>Line 57:</strong> row 57 does not fit its hash.": {Upto: 56, Line: 57, Finding: "row 57 does not fit its hash"}, "The database is away.": {Failed: "The database is away."},
		"is being verified since": {Running: true}} {
		var page strings.Builder
		if err := shown.ExecuteTemplate(&page, "chain", &c); err != nil {
			t.Fatal(err)
		}
		says(t, want, 0, 0, page.String(), want, "!as they were written")
	}
}
