package console_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
)

// TestCustomRolesAreCreatedEditedAndDeleted : from a built-in one, with the confirmation of changes, and with their holders named.
func TestCustomRolesAreCreatedEditedAndDeleted(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("ada", "/roles?platform=dagster"), "Create role", "Export CSV", "Differences only")
	has(t, d.see("ada", "/roles/dagster/launcher"), "Create role from this", "Who holds it")
	form := d.see("ada", "/roles/new?platform=dagster&from=launcher")
	has(t, form, `value="launcher" selected`, "What Launcher contains is in the role already", "by Launcher", `value="code_locations.reload"`)
	hasNot(t, form, `value="runs.launch"`, `value="agents.connect"`)

	sent := url.Values{"platform": {"dagster"}, "role": {"releaser"}, "at": {"deployment"}, "base": {"launcher"}, "permission": {"code_locations.reload"}, "description": {"Reloads"}}
	review, location := d.save("ada", "/roles/new", sent)
	has(t, review, "Create the role releaser?", "Nobody holds it yet")
	has(t, d.see("ada", location), "releaser", "Reloads")
	r := d.Now().Role("dagster", "releaser")
	if r == nil || r.BasedOn != "launcher" || len(r.Permissions) != 1 {
		t.Fatalf("the role is %+v", r)
	}
	delete(sent, "reviewed")
	has(t, d.refused("ada", "/roles/new", sent, http.StatusUnprocessableEntity), "already", `value="releaser"`)
	sent.Set("role", "nothing")
	sent.Set("permission", "agents.connect")
	d.refused("ada", "/roles/new", sent, http.StatusUnprocessableEntity)

	at := "/roles/dagster/" + r.ID
	has(t, d.see("ada", at), "custom role, based on Launcher", "Edit role", "Delete role")
	has(t, d.see("ada", at+"/edit"), `value="releaser"`, `value="code_locations.reload" checked`, "Save")
	d.As("ada", client.GrantsReplace{To: "service_user:ci", On: "dagster/prod", Role: "releaser"})
	review, _ = d.save("ada", at+"/edit", url.Values{"role": {"deployer"}, "base": {"launcher"}, "permission": {"deployments.edit_settings"}, "description": {"Deploys"}, "icon": {"rocket"}})
	has(t, review, "It gets deployments.edit_settings.", "It gives up code_locations.reload.", "It is called deployer from now on.", "Gained", "Lost", "service user ci")
	if r = d.Now().Role("dagster", "deployer"); r == nil || r.Description != "Deploys" || r.Icon != "rocket" || r.Permissions[0] != "deployments.edit_settings" {
		t.Fatalf("the role is %+v", r)
	}

	page := d.see("ada", at)
	has(t, page, "take it from each holder first", `href="/service-users/`+d.service("ci").ID+`/roles"`)
	has(t, d.refused("ada", at+"/delete", url.Values{}, http.StatusUnprocessableEntity), "is held by 1: service_user:ci", `href="/service-users/`+d.service("ci").ID+`/roles"`)
	d.As("ada", client.GrantsReplace{To: "service_user:ci", On: "dagster/prod", Role: "viewer"})
	review, _ = d.save("ada", at+"/delete", url.Values{})
	has(t, review, "Delete the role deployer?")
	if d.Now().Role("dagster", "deployer") != nil {
		t.Error("the role is there still")
	}
	d.refused("ada", "/roles/dagster/viewer/delete", url.Values{}, http.StatusUnprocessableEntity)
	d.refused("ada", "/roles/dagster/viewer/edit", url.Values{"role": {"viewer"}}, http.StatusUnprocessableEntity)
}

// TestCustomRolesAreNotEverybodys : a viewer sees them and is offered nothing; a plan without them says so.
func TestCustomRolesAreNotEverybodys(t *testing.T) {
	d := newTeamDesk(t)
	d.keeper()
	at := "/roles/dagster/" + d.Now().Role("dagster", "robot-keeper").ID
	has(t, d.see("bo", "/roles"), "You may not edit custom roles: it takes custom_roles.edit.")
	for _, address := range []string{"/roles", at} {
		hasNot(t, d.see("bo", address), `href="/roles/new`, at+`/edit"`)
	}
	sent := url.Values{"platform": {"dagster"}, "role": {"mine"}, "at": {"deployment"}, "permission": {"runs.launch"}}
	for _, address := range []string{"/roles/new", at + "/edit", at + "/delete"} {
		d.refused("bo", address, sent, http.StatusForbidden)
	}
	for _, address := range []string{"/roles/new?platform=dagster", at + "/edit"} {
		if status, _, _ := d.ask("bo", address, nil); status != http.StatusForbidden {
			t.Errorf("bo at %s: status %d", address, status)
		}
		if status, _, _ := d.ask("zoe", address, nil); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("zoe at %s: status %d", address, status)
		}
	}
	has(t, d.see("olga", "/roles?platform=dbt"), "has no custom roles.")
	sent.Set("platform", "dbt")
	d.refused("olga", "/roles/new", sent, http.StatusForbidden)
}

// TestAPlanWithoutCustomRoles : there is no way to make one, and the reason stands there.
func TestAPlanWithoutCustomRoles(t *testing.T) {
	d := newTeamDesk(t)
	plan := "starter"
	d.As("ada", client.ServiceUserDelete{ServiceUser: "ci"}, client.TeamDelete{Team: "data"}) // it has neither
	d.As("ada", client.PlatformUpdate{Platform: "dagster", Plan: &plan})
	has(t, d.see("ada", "/roles"), "The plan starter has no custom roles.", "disabled")
	d.refused("ada", "/roles/new", url.Values{"platform": {"dagster"}, "role": {"mine"}, "at": {"deployment"}, "permission": {"runs.launch"}}, http.StatusForbidden)
}

// TestTheMatrixIsExportedAsItIsShown : and a row leads to who has it.
func TestTheMatrixIsExportedAsItIsShown(t *testing.T) {
	d := newTeamDesk(t)
	page := d.see("ada", "/roles?platform=dagster")
	has(t, page, `href="/access?can=dagster.runs.launch"`, "/roles/export/csv?differences=no&amp;platform=dagster")
	all := d.rows("/roles/export/csv?platform=dagster&one=viewer&other=launcher&differences=no")
	different := d.rows("/roles/export/csv?platform=dagster&one=viewer&other=launcher&differences=yes")
	if len(different) < 2 || len(all) <= len(different) {
		t.Errorf("%d lines of all, %d of those that differ", len(all), len(different))
	}
	two := d.rows("/roles/export/csv?platform=dagster&one=viewer&other=launcher")
	if len(two[0]) != 5 || two[0][3] != "Viewer" || two[0][4] != "Launcher" {
		t.Errorf("the columns are %v", two[0])
	}
	for _, line := range two[1:] {
		if line[3] == line[4] {
			t.Errorf("a line in which they do not differ: %v", line)
		}
	}
	has(t, d.see("ada", "/roles?platform=dagster&one=viewer&other=launcher&differences=no"), "are the same", "<code>runs.view</code>")
}

// rows are a file that Ada exports.
func (d *teamDesk) rows(address string) [][]string {
	d.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(d.see("ada", address))).ReadAll()
	if err != nil || len(rows) == 0 {
		d.t.Fatalf("%s: %d lines: %v", address, len(rows), err)
	}
	return rows
}

// TestChoosingAnotherBaseKeepsWhatWasTyped : and saves nothing; the key Enter, for which the browser takes that button, means the role.
func TestChoosingAnotherBaseKeepsWhatWasTyped(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("ada", "/roles/new?platform=dagster"), `name="was" value="deployment "`, `name="choose" value="yes" formnovalidate`)
	sent := url.Values{"platform": {"dagster"}, "was": {"deployment "}, "at": {"deployment"}, "base": {"launcher"}, "choose": {"yes"}, "role": {"releaser"}, "description": {"Reloads things"},
		"icon": {"rocket"}, "permission": {"code_locations.reload"}}
	kept := func(text string) {
		t.Helper()
		has(t, text, `value="launcher" selected`, "by Launcher", `value="releaser"`, `value="Reloads things"`, `value="rocket"`, `value="code_locations.reload" checked`, `name="was" value="deployment launcher"`)
	}
	kept(d.refused("ada", "/roles/new", sent, http.StatusOK))
	sent.Set("was", "deployment launcher")
	d.save("ada", "/roles/new", sent)
	r := d.Now().Role("dagster", "releaser")
	edit := "/roles/dagster/" + r.ID + "/edit"
	text := d.refused("ada", edit, url.Values{"was": {"deployment launcher"}, "base": {"viewer"}, "choose": {"yes"}, "role": {"deployer"}, "description": {"Deploys"}, "permission": {"runs.launch"}}, http.StatusOK)
	has(t, text, "<h1>Edit releaser</h1>", `value="viewer" selected`, `value="deployer"`, `value="Deploys"`, `value="runs.launch" checked`)
	d.refused("zoe", edit, url.Values{"choose": {"yes"}}, http.StatusForbidden)
}
