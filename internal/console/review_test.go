package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestAReviewIsGroupedByPerson : whoever gains or loses at many places is there once, without the kind of a person, and whoever
// decides about others comes first.
func TestAReviewIsGroupedByPerson(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.TeamJoin{Team: "data", Members: []string{"ada@acme.test"}}, orgtest.Grant("team:data", "editor", "dagster/staging"))
	_, review, _ := strings.Cut(d.review("ada", "/teams/"+d.Now().TeamByName("data").ID+"/delete", url.Values{}), `id="lost"`)
	has(t, review, "1 person", "<strong>dagster</strong> (prod, staging):", "<strong>dagster/prod</strong> (billing, etl):")
	if n := strings.Count(review, ">Bo</a></strong> <small>bo@acme.test</small>"); n != 1 {
		t.Errorf("bo is there %d times", n)
	}
	hasNot(t, review, "<strong>user:", "name=\"word\"")

	review = d.review("olga", "/users/"+d.User("ada").ID+"/remove", url.Values{})
	has(t, review, "decides about others", `class="worst"`, "name=\"word\"")
}

// TestAReviewSaysPermissionsByTheirTitles : few at once, many beneath a summary; and a change in the names that people know.
func TestAReviewSaysPermissionsByTheirTitles(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.RolePut{Platform: "dagster", Role: "reloader", At: "deployment", BasedOn: "viewer", Permissions: []string{"code_locations.reload"}},
		client.TeamCreate{Team: "on call"}, d.Adding("eva", "dagster"))
	edit := "/teams/" + d.Now().TeamByName("on call").ID + "/roles/edit"
	d.As("ada", client.TeamJoin{Team: "on call", Members: []string{"eva@acme.test"}})
	has(t, d.review("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"reloader"}}), "Reload code locations <small>code_locations.reload</small>",
		"added: role <strong>reloader to team on call on dagster/prod</strong>")
	has(t, d.review("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"editor"}}), "schedules.*", "permissions</summary>", "<small>runs.launch</small></li>")
}

// review is what is shown of a change before it is made.
func (d *teamDesk) review(who, address string, form url.Values) string {
	d.t.Helper()
	status, text, _ := d.ask(who, address, form)
	if status != http.StatusOK || !sealField.MatchString(text) {
		d.t.Fatalf("%s at %s: status %d and no review\n%s", who, address, status, text)
	}
	return text
}

// TestAPolicyTestThatFailsIsNamed : also where it is about somebody whom the change removes.
func TestAPolicyTestThatFailsIsNamed(t *testing.T) {
	d := newTeamDesk(t)
	d.Do(client.TestsSet{Tests: []client.Test{{Who: "user:bo@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod", Allowed: true}}})
	for who, address := range map[string]string{"ada": "/teams/" + d.Now().TeamByName("data").ID + "/delete", "olga": "/users/" + d.User("bo").ID + "/remove"} {
		text := d.refused(who, address, url.Values{}, http.StatusUnprocessableEntity)
		back, _, _ := strings.Cut(address, "/delete")
		back, _, _ = strings.Cut(back, "/remove")
		has(t, text, "user:bo@acme.test can ", "runs.launch on dagster/prod", "does not hold after the change", `href="`+back+`/`, ">Back</a>")
		hasNot(t, text, "user:usr_")
	}
}

// TestChipsCountWhatARoleIsBasedOn : a custom role that adds one thing to another is more than that one.
func TestChipsCountWhatARoleIsBasedOn(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.RolePut{Platform: "dagster", Role: "releaser", At: "deployment", BasedOn: "launcher", Permissions: []string{"code_locations.reload"}},
		orgtest.Grant("user:ada@acme.test", "releaser", "dagster/prod"), orgtest.Grant("user:ada@acme.test", "launcher", "dagster/staging"))
	list := d.see("ada", "/users?query=ada@")
	if one, other := strings.Index(list, "<b>releaser</b>"), strings.Index(list, "<b>Launcher</b>"); one < 0 || other >= 0 && one > other {
		t.Errorf("releaser is at %d, Launcher at %d\n%s", one, other, list)
	}
}

// TestTheFirstAdministratorOnlyIsSeated : whoever may seat a platform's first administrator is offered that role while there is
// none, and not afterwards.
func TestTheFirstAdministratorOnlyIsSeated(t *testing.T) {
	d := newTeamDesk(t)
	edit := "/teams/" + d.Now().TeamByName("data").ID + "/roles/edit"
	seat := url.Values{"on": {"dbt"}, "role": {"account_admin"}}
	has(t, d.see("olga", edit+"?on=dbt"), `value="account_admin"`)
	hasNot(t, d.see("olga", edit+"?on=dbt"), "You may not give teams roles here.") // Dan has no way to sign in
	d.review("olga", edit, seat)
	d.Token("dan", client.NewToken{})
	has(t, d.see("olga", edit+"?on=dbt"), "You may not give teams roles here.")
	d.refused("olga", edit, seat, http.StatusForbidden)
}
