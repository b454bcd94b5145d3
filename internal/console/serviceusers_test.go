package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/state"
)

// keeper makes Bo a holder of service_users.manage by a custom role, and of nothing else that governs.
func (d *teamDesk) keeper() {
	d.t.Helper()
	d.As("ada", client.RolePut{Platform: "dagster", Role: "robot-keeper", At: "organization", Permissions: []string{"service_users.manage"}},
		client.GrantAdd{Grant: client.Grant{To: "user:" + d.User("bo").ID, Role: "robot-keeper", On: "dagster"}})
}

// service is a service user by name.
func (d *teamDesk) service(name string) *state.ServiceUser { return d.Now().ServiceUserByName(name) }

// TestServiceUsersAreAddedEditedAndRemoved : by an administrator and by a holder of service_users.manage alike.
func TestServiceUsersAreAddedEditedAndRemoved(t *testing.T) {
	for _, who := range []string{"ada", "bo"} {
		t.Run(who, func(t *testing.T) {
			d := newTeamDesk(t)
			d.keeper()
			has(t, d.see(who, "/service-users"), "Add new service user", `href="/service-users" aria-current="page"`, "<strong>ci</strong>", "<b>Viewer</b>")
			has(t, d.see(who, "/service-users/add"), "Name", "Description")
			review, location := d.save(who, "/service-users/add", url.Values{"name": {"night"}, "description": {"deploys at night"}})
			has(t, review, "Add the service user night?")
			has(t, d.see(who, location), "night", "deploys at night")
			u := d.service("night")
			if u == nil {
				t.Fatal("no service user was added")
			}
			if text := d.refused(who, "/service-users/add", url.Values{"name": {"night"}}, http.StatusUnprocessableEntity); true {
				has(t, text, "There is a service user", `value="night"`)
			}
			at := "/service-users/" + u.ID
			has(t, d.see(who, at+"/roles"), "Create a token", "Remove service user", "Effective", `value="deploys at night"`)
			d.save(who, at+"/edit", url.Values{"name": {"evening"}, "description": {"deploys earlier"}})
			if u = d.service("evening"); u == nil || u.Description != "deploys earlier" {
				t.Fatalf("it was not edited: %+v", u)
			}
			review, _ = d.save(who, at+"/remove", url.Values{})
			has(t, review, "Remove evening?", "Remove service user")
			if d.service("evening") != nil {
				t.Error("it was not removed")
			}
		})
	}
}

// TestServiceUsersRolesAreEditedAsAPersonsAre : by whoever may give roles, and not by a holder of service_users.manage.
func TestServiceUsersRolesAreEditedAsAPersonsAre(t *testing.T) {
	d := newTeamDesk(t)
	d.keeper()
	ci := d.service("ci")
	role := "/service-users/" + ci.ID + "/role?on=" + url.QueryEscape("dagster/prod")
	has(t, d.see("ada", "/service-users/"+ci.ID+"/roles"), "Edit user role", "/service-users/"+ci.ID+"/role?on=")
	has(t, d.see("olga", "/service-users/"+ci.ID+"/roles"), " by olga@acme.test")
	hasNot(t, d.see("bo", "/service-users/"+ci.ID+"/roles"), " by olga@acme.test")
	has(t, d.see("ada", role), "<strong>ci</strong>", "Launcher", "Save")
	_, location := d.save("ada", role, url.Values{"role": {"launcher"}})
	if location != "/service-users/"+ci.ID+"/roles?open=dagster%2Fprod" {
		t.Errorf("it leads to %s", location)
	}
	held := map[string]bool{}
	for _, g := range d.Now().GrantsOf(access.Subject{Kind: access.ServiceUser, ID: ci.ID}) {
		held[g.Role+" "+g.On] = true
	}
	if !held["launcher dagster/prod"] || held["viewer dagster/prod"] {
		t.Errorf("it holds %v", held)
	}
	hasNot(t, d.see("bo", "/service-users/"+ci.ID+"/roles"), "/role?on=")
	d.refused("bo", role, url.Values{"role": {"admin"}}, http.StatusForbidden)
}

// TestRemovingAServiceUserSaysWhatEnds : who loses what, and which tokens.
func TestRemovingAServiceUserSaysWhatEnds(t *testing.T) {
	d := newTeamDesk(t)
	_, id := d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "nightly"})
	review, _ := d.save("ada", "/service-users/"+d.service("ci").ID+"/remove", url.Values{})
	has(t, review, "1 token ends at once", "(nightly)", ">1 service user</span>", "Lost", "to service user ci on ")
	if !d.Now().Token(id).Ended {
		t.Error("the token lives")
	}
}

// TestAKeeperOfServiceUsersSeesTheirTokens : on their page, in the list and in the review of a removal; and of people's tokens none but their own.
func TestAKeeperOfServiceUsersSeesTheirTokens(t *testing.T) {
	d := newTeamDesk(t)
	d.keeper()
	d.As("bo", client.ServiceUserCreate{ServiceUser: "night"})
	_, of := d.Token("bo", client.NewToken{Kind: "svc", Subject: "service_user:night", Description: "nightly"})
	_, ada := d.Token("ada", client.NewToken{Description: "of ada"})
	d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "deploys"})
	night := "/service-users/" + d.service("night").ID
	has(t, d.see("bo", night+"/roles"), "nightly", `href="/tokens/`+of+`/details"`)
	has(t, d.see("bo", "/service-users/"+d.service("ci").ID+"/roles"), "deploys")
	has(t, d.see("bo", "/tokens"), "nightly", "deploys", "Whose: e-mail or name")
	hasNot(t, d.see("bo", "/tokens"), "of ada")
	has(t, d.see("bo", "/tokens/"+of+"/details"), "nightly")
	if status, _, _ := d.ask("bo", "/tokens/"+ada+"/details", nil); status != http.StatusNotFound {
		t.Errorf("a person's token: status %d", status)
	}
	hasNot(t, d.see("bo", "/users/"+d.User("ada").ID+"/roles"), "of ada", "/tokens?holder=")
	review, _ := d.save("bo", night+"/remove", url.Values{})
	has(t, review, "1 token ends at once", "(nightly)")
}

// TestWhatAKeeperMayNotTakeAwayIsNotOffered : a service user with roles that somebody may not give is not theirs to remove or to make tokens for.
// The page says why, by names, and the server refuses in the same words.
func TestWhatAKeeperMayNotTakeAwayIsNotOffered(t *testing.T) {
	d := newTeamDesk(t)
	d.keeper()
	_, token := d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "deploys"})
	ci := "service_user:" + d.service("ci").ID
	at := "/service-users/" + d.service("ci").ID
	const remove = "You may not remove this service user: it has Viewer on dagster/prod, which you may not take away."
	const issue = "You may not make tokens for this service user: it has Viewer on dagster/prod, which you may not give."
	page := d.see("bo", at+"/roles")
	has(t, page, remove, issue, `class="danger" disabled aria-describedby="noremove"`, `<button class="quiet">Save</button>`)
	hasNot(t, page, "/tokens/new?for=")
	has(t, d.refused("bo", at+"/remove", url.Values{}, http.StatusForbidden), remove)
	has(t, d.refused("bo", "/tokens/new", url.Values{"for": {ci}, "kind": {"svc"}, "description": {"mine"}, "expires": {"7"}}, http.StatusForbidden), issue)
	has(t, d.see("bo", "/tokens/"+token+"/details"), issue)
	has(t, d.refused("bo", "/tokens/"+token+"/rotate", url.Values{"overlap": {"0"}}, http.StatusForbidden), issue)
	hasNot(t, d.see("bo", "/tokens/new"), ">ci</option>")
	d.save("bo", at+"/edit", url.Values{"name": {"cd"}})
	hasNot(t, d.see("ada", at+"/roles"), " disabled")

	// What the page has no words for is said to the caller, too, and not of them by their address.
	other := d.refused("bo", at+"/role?on=dagster%2Fprod", url.Values{"role": {"admin"}}, http.StatusForbidden)
	has(t, other, "You may not give or take", "(service_user:cd)")
	hasNot(t, strings.ToLower(other), "user:bo@acme.test may")
}

// TestServiceUsersAreNotEverybodys : a viewer sees them and is offered nothing; whoever sees nobody sees none.
func TestServiceUsersAreNotEverybodys(t *testing.T) {
	d := newTeamDesk(t)
	ci := "/service-users/" + d.service("ci").ID
	has(t, d.see("bo", "/service-users"), "You may not add service users", "not yours to see")
	hasNot(t, d.see("bo", "/service-users"), `href="/service-users/add"`)
	page := d.see("bo", ci+"/roles")
	has(t, page, "You may not manage this service user", "Its tokens are not yours to see")
	hasNot(t, page, "/tokens/new?for", "/role?on=")
	d.refused("bo", "/service-users/add", url.Values{"name": {"mine"}}, http.StatusForbidden)
	d.refused("bo", ci+"/edit", url.Values{"name": {"mine"}}, http.StatusForbidden)
	d.refused("bo", ci+"/remove", url.Values{}, http.StatusForbidden)
	for _, address := range []string{"/service-users", ci + "/roles", "/service-users/add"} {
		status, text, _ := d.ask("zoe", address, nil)
		if status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("zoe at %s: status %d", address, status)
		}
		hasNot(t, text, `href="/service-users"`, ">ci<")
	}
	d.refused("zoe", ci+"/remove", url.Values{}, http.StatusNotFound)
}
