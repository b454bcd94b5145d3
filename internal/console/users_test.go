package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/state"
)

// holds tells whether somebody has a role of their own at a place.
func (d *teamDesk) holds(who, role, on string) bool {
	for _, g := range d.Now().GrantsOf(d.Subject(who)) {
		if g.Role == role && g.On == on {
			return true
		}
	}
	return false
}

// roleAt is the address at which somebody's role at a place is edited.
func (d *teamDesk) roleAt(who, on string) string {
	return "/users/" + d.User(who).ID + "/role?on=" + url.QueryEscape(on)
}

// TestUserRoles : a person's page shows where their roles come from, and what is edited there is saved after its review.
func TestUserRoles(t *testing.T) {
	d := newTeamDesk(t)
	d.base("bo", "viewer")
	roles := "/users/" + d.User("bo").ID + "/roles"
	has(t, d.see("ada", roles), "Direct", "Via teams", "Effective", "by team data", "Edit user role", "All branch deployments", "2 code locations of prod", "Done", "Remove user")

	has(t, d.see("ada", d.roleAt("bo", "dagster/prod/etl")), "Launcher", "not more permissive than the role on prod", "Save")
	review, _ := d.save("ada", d.roleAt("bo", "dagster/prod/etl"), url.Values{"role": {"admin"}})
	has(t, review, "role <strong>Admin to Bo on dagster/prod/etl")
	if !d.holds("bo", "admin", "dagster/prod/etl") {
		t.Fatal("the override was not saved")
	}
	has(t, d.see("ada", roles), "1 override(s)")
	has(t, d.see("ada", d.roleAt("bo", "dagster/prod/etl")), "Remove override")
	d.save("ada", d.roleAt("bo", "dagster/prod/etl"), url.Values{"remove": {"yes"}})
	if d.holds("bo", "admin", "dagster/prod/etl") || !d.holds("bo", "viewer", "dagster/prod") {
		t.Error("removing the override took something else away, or nothing")
	}
}

// base gives somebody a role on prod in the place of what they have there.
func (d *teamDesk) base(who, role string) {
	d.t.Helper()
	d.As("ada", client.GrantsReplace{To: "user:" + d.User(who).ID, On: "dagster/prod", Role: role})
}

// TestChangingARoleKeepsOverridesThatStillRaiseIt : the others end, and the review says so.
func TestChangingARoleKeepsOverridesThatStillRaiseIt(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.GrantsReplace{To: "user:" + d.User("bo").ID, On: "dagster/prod", Role: "viewer",
		Locations: []client.LocationRole{{Name: "etl", Role: "launcher"}, {Name: "billing", Role: "admin"}}})
	review, _ := d.save("ada", d.roleAt("bo", "dagster/prod"), url.Values{"role": {"editor"}})
	has(t, review, "The overrides on etl end")
	if !d.holds("bo", "editor", "dagster/prod") || d.holds("bo", "viewer", "dagster/prod") || d.holds("bo", "launcher", "dagster/prod/etl") || !d.holds("bo", "admin", "dagster/prod/billing") {
		t.Error("the grants are not what was reviewed")
	}
	review, _ = d.save("ada", d.roleAt("bo", "dagster/prod"), url.Values{"role": {"admin"}})
	has(t, review, "Gained", "1 person")
	has(t, d.see("ada", "/users/"+d.User("bo").ID+"/roles"), "Admin on prod already: no override is more permissive.")
	for _, form := range []url.Values{nil, {"role": {"admin"}}} {
		if status, text, _ := d.ask("ada", d.roleAt("bo", "dagster/prod/etl"), form); status != http.StatusUnprocessableEntity {
			t.Errorf("an override above Admin: status %d\n%s", status, text)
		}
	}
}

// TestRolesAreNotEverybodysToEdit : whoever may not give a role finds no way to, and is refused without one. Whoever may see
// nothing of a person does not learn that there is one.
func TestRolesAreNotEverybodysToEdit(t *testing.T) {
	d := newTeamDesk(t)
	d.base("bo", "viewer")
	before := d.Now().Revision
	for _, who := range []string{"bo", "dan", "zoe"} {
		for _, form := range []url.Values{nil, {"role": {"admin"}}, {"remove": {"yes"}}} {
			if status, _, _ := d.ask(who, d.roleAt("ada", "dagster/prod"), form); status != http.StatusForbidden && status != http.StatusNotFound {
				t.Errorf("%s edits a role: status %d for %v", who, status, form)
			}
		}
		if status, _, _ := d.ask(who, "/users/add", url.Values{"email": {"eve@acme.test"}, "on": {"dagster"}}); status != http.StatusForbidden {
			t.Errorf("%s adds somebody: status %d", who, status)
		}
	}
	for _, who := range []string{"dan", "zoe"} {
		if status, text, _ := d.ask(who, "/users/"+d.User("ada").ID+"/roles", nil); status != http.StatusNotFound || strings.Contains(text, "Ada") {
			t.Errorf("%s sees ada: status %d", who, status)
		}
	}
	if text := d.see("bo", "/users/"+d.User("bo").ID+"/roles"); strings.Contains(text, "/role?on=") {
		t.Error("bo finds a way to edit roles")
	}
	for _, on := range []string{"dagster/nowhere", "dagster/nowhere/branch:*", "dagster/prod/", "nothing", ""} {
		if status, _, _ := d.ask("ada", d.roleAt("bo", on), url.Values{"role": {"viewer"}}); status != http.StatusNotFound {
			t.Errorf("a role at %q: status %d", on, status)
		}
	}
	if now := d.Now().Revision; now != before {
		t.Errorf("something changed: revision %d, not %d", now, before)
	}
}

// TestAddNewUser : whoever is added is there, with what new members get; while provisioning is on nobody is added by hand.
func TestAddNewUser(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("ada", "/users"), "Add new user", `href="/users/add"`)
	has(t, d.see("ada", "/users/add"), "User email", "Dagster&#43;", "Add user")
	form := url.Values{"email": {"new@acme.test"}, "name": {"Nia New"}, "on": {"dagster"}}
	d.save("ada", "/users/add", form)
	var u *state.User
	if u = d.Now().UserByEmail("new@acme.test"); u == nil || u.Name != "Nia New" || len(u.On) != 1 {
		t.Fatalf("nobody was added, or not so: %+v", u)
	}
	if status, text, _ := d.ask("ada", "/users/add", url.Values{"email": {"nobody"}, "on": {"dagster"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, `value="nobody"`) {
		t.Errorf("what is no address: status %d\n%s", status, text)
	}
	d.Do(client.OrganizationSet{Name: "provisioning", Value: "on"})
	has(t, d.see("ada", "/users"), "People are added by the identity provider while provisioning is on")
	form.Set("email", "later@acme.test")
	if status, _, _ := d.ask("ada", "/users/add", form); status != http.StatusForbidden || d.Now().UserByEmail("later@acme.test") != nil {
		t.Errorf("somebody was added while provisioning is on: status %d", status)
	}
}

// TestUsersOfAPlatform : whoever sees one platform has the list of its people, and of nobody else.
func TestUsersOfAPlatform(t *testing.T) {
	d := newTeamDesk(t)
	list := d.see("dan", "/users")
	has(t, list, "dan@acme.test")
	hasNot(t, list, "zoe@acme.test", "Every platform", `href="/users/`+d.User("bo").ID)
	d.As("ada", client.MemberAdd{User: d.User("dan").ID, Platform: "dagster"}) // and two platforms one after the other
	has(t, d.see("dan", "/users"), `value="dagster" selected`)
	has(t, d.see("dan", "/users?platform=dbt"), `value="dbt" selected`)
	has(t, d.see("olga", "/users"), "zoe@acme.test", "Every platform")
}
