package console_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// newDbtDesk has dbt with two projects besides: Paul is Admin of core by a group, Vera may view the account, Dev is in a group
// without permission sets. Dan administers the account.
func newDbtDesk(t *testing.T) *teamDesk {
	t.Helper()
	d := newTeamDesk(t)
	d.As("dan", client.ResourceCreate{Resource: "dbt/growth"}, client.ResourceCreate{Resource: "dbt/core/prod", Category: "production"})
	for _, who := range []string{"paul", "vera", "dev"} {
		d.As("dan", d.Adding(who, "dbt"), client.LicenseSet{User: who + "@acme.test", Platform: "dbt", License: "developer"})
	}
	d.As("dan", client.TeamCreate{Team: "core-admins", Members: []string{"paul@acme.test"}}, client.TeamCreate{Team: "viewers", Members: []string{"vera@acme.test"}}, client.TeamCreate{Team: "devs", Members: []string{"dev@acme.test"}})
	d.As("dan", orgtest.Grant("team:core-admins", "admin", "dbt/core"), orgtest.Grant("team:viewers", "account_viewer", "dbt"))
	return d
}

func (d *teamDesk) groupPage(name string) string {
	return "/platforms/dbt/group?group=" + d.Now().TeamByName(name).ID
}

// sets are the permission sets of a group, as ROLE ON ENVIRONMENTS.
func (d *teamDesk) sets(name string) (list []string) {
	for _, g := range d.Now().GrantsOf(access.Holder{Kind: access.Team, ID: d.Now().TeamByName(name).ID}) {
		text := g.Role + " " + g.On
		for _, e := range g.Environments {
			text += " " + e
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

func (d *teamDesk) rowOf(name, role string) string {
	text := d.see("dan", d.groupPage(name))
	_, after, _ := strings.Cut(text, "<strong>"+role+"</strong>")
	_, after, _ = strings.Cut(after, `name="row" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return html.UnescapeString(value)
}

func TestGroupsHavePermissionSets(t *testing.T) {
	d := newDbtDesk(t)
	text := d.see("dan", "/platforms/dbt/groups")
	inOrder(t, text, ">Projects<", `aria-current="page">Groups<`, ">Licenses<", "Create group", ">Group<", ">Members<", ">Permission sets<", "admins-of-dbt", "<b>Account Admin</b>", "core-admins", "<span>core</span> <b>Admin</b>", "viewers", "<b>Viewer</b>", "devs", "none")
	has(t, d.see("dan", "/platforms/dbt/groups?query=CORE"), "1 group<")
	inOrder(t, d.see("dan", d.groupPage("core-admins")), "1 member", ">Permission set<", ">Projects<", ">Environment write access<", "<strong>Admin</strong> <small>Project</small>", "core",
		"Add permission set", `label="Account roles"`, "Account Admin", "Billing admin", "Manage marketplace apps", "Project creator", "Security admin", "Viewer",
		`label="Project roles"`, "Admin", "Analyst", "Database admin", "Developer", "Git Admin", "Job admin", "Job runner", "Job viewer", "Metadata (Discovery API only)", "Semantic Layer", "Stakeholder", "Team admin", "Webhook",
		"All projects", "core", "growth", "Environment write access", "All environments", "Development", "Staging", "Production", "General", "Analyst, Database admin, Developer, Git Admin, Team admin")
	viewed := d.see("vera", d.groupPage("core-admins"))
	has(t, viewed, "You may not give permission sets", "You may not give or take this permission set.")
	hasNot(t, viewed, `name="remove"`, "<select")
}

func TestAGroupGetsAndLosesPermissionSets(t *testing.T) {
	d := newDbtDesk(t)
	group := d.Now().TeamByName("devs").ID
	add := func(set, on string, environments ...string) url.Values {
		return url.Values{"group": {group}, "set": {set}, "on": {on}, "environment": environments}
	}
	for _, who := range []string{"vera", "dev"} {
		if status, _, _ := d.ask(who, "/platforms/dbt/group", add("developer", "dbt/core")); status != http.StatusForbidden {
			t.Errorf("%s: status %d", who, status)
		}
	}
	d.refused("ada", "/platforms/dbt/group", add("developer", "dbt/core"), http.StatusNotFound)
	review, location := d.save("dan", "/platforms/dbt/group", add("developer", "dbt/*", "all", "staging"))
	has(t, review, "Give devs the permission set Developer?", "Gained", "dev", "<li>Environment credentials: write <small>environment_credentials.write</small></li>")
	if location != d.groupPage("devs") {
		t.Errorf("then to %s", location)
	}
	d.save("dan", "/platforms/dbt/group", add("account_viewer", "dbt/core", "staging")) // an account role is for the account
	d.save("dan", "/platforms/dbt/group", add("developer", "dbt/growth", "staging"))
	if got, want := d.sets("devs"), []string{"account_viewer dbt", "developer dbt/* all", "developer dbt/growth staging"}; !slices.Equal(got, want) {
		t.Fatalf("the group has %q, want %q", got, want)
	}
	inOrder(t, d.see("dan", d.groupPage("devs")), "The account", "All projects", "All environments", "growth", "Staging")
	row := d.rowOf("devs", "Developer")
	d.save("dan", "/platforms/dbt/group", url.Values{"group": {group}, "row": {row}, "environment": {"production", "other"}})
	has(t, d.see("dan", d.groupPage("devs")), "Production, General")
	has(t, d.refused("dan", "/platforms/dbt/group", url.Values{"group": {group}, "row": {row}, "remove": {"yes"}}, http.StatusUnprocessableEntity), "does not have that permission set any more")
	row = d.rowOf("devs", "Developer")
	d.refused("vera", "/platforms/dbt/group", url.Values{"group": {group}, "row": {row}, "remove": {"yes"}}, http.StatusForbidden)
	review, _ = d.save("dan", "/platforms/dbt/group", url.Values{"group": {group}, "row": {row}, "remove": {"yes"}})
	has(t, review, "Take the permission set Developer from devs?", "Lost")
	if got, want := d.sets("devs"), []string{"account_viewer dbt", "developer dbt/growth staging"}; !slices.Equal(got, want) {
		t.Errorf("the group has %q, want %q", got, want)
	}
	for _, bad := range []url.Values{add("", "dbt/core"), add("developer", "dbt/nowhere"), add("developer", "dagster/prod"), add("developer", "dbt/core", "moon")} {
		d.refused("dan", "/platforms/dbt/group", bad, http.StatusUnprocessableEntity)
	}
}

// TestAProjectsAdminGivesSetsOfThatProject : and of no other, and none of the account.
func TestAProjectsAdminGivesSetsOfThatProject(t *testing.T) {
	d := newDbtDesk(t)
	group := d.Now().TeamByName("devs").ID
	text := d.see("paul", d.groupPage("devs"))
	has(t, text, `<option value="developer">Developer`, `<option value="account_admin" disabled>`)
	d.save("paul", "/platforms/dbt/group", url.Values{"group": {group}, "set": {"analyst"}, "on": {"dbt/core"}, "environment": {"production"}})
	for _, bad := range []url.Values{{"set": {"analyst"}, "on": {"dbt/growth"}}, {"set": {"analyst"}, "on": {"dbt/*"}}, {"set": {"account_viewer"}}} {
		bad.Set("group", group)
		d.refused("paul", "/platforms/dbt/group", bad, http.StatusForbidden)
	}
	inOrder(t, d.see("paul", "/platforms/dbt/resource?path=dbt/core&show=access&who=team"), ">People<", ">Groups<", "Add group", ">Permission sets<", "devs", "Analyst (writes in Production)", "Direct")
	has(t, d.see("paul", "/platforms/dbt/resource?path=dbt/core&show=access"), "People have permission sets as members of groups.", "paul@acme.test", "By team core-admins")
}

func TestLicensesSayWhatTheyDo(t *testing.T) {
	d := newDbtDesk(t)
	seats := 6
	d.As("dan", client.PlatformUpdate{Platform: "dbt", Seats: &seats})
	text := d.see("dan", "/platforms/dbt/licenses")
	inOrder(t, text, `aria-current="page">Licenses<`, "always overrides their assigned permission set", "License type", ">Developer<", "The person has what their groups give.",
		">Read-Only<", "Read-Only license: replaces what the person&#39;s groups give with Stakeholder on all projects.", ">IT<", "replaces what the person&#39;s groups give with Security admin on the account and Billing admin on the account.",
		">No license<", "Nothing on dbt Cloud Enterprise", "Seats: <strong>4</strong> used of <strong>6</strong>", "Assign a license", "4 people", ">Groups<", "dan@acme.test", "Nobody changes their own license.", "paul@acme.test", "Developer", "core-admins")
	hasNot(t, text, "License mapping") // how people sign in is not Dan's to see
	has(t, d.see("olga", "/platforms/dbt/licenses"), "License mapping", "No group of an identity provider gives a license.", `href="/settings/providers"`)
	id, address := d.newProvider("Okta")
	d.save("olga", address+"/groups", url.Values{"group": {"engineers"}, "license": {"dbt developer"}})
	inOrder(t, d.see("olga", "/platforms/dbt/licenses"), "License mapping", `<a href="/settings/providers/`+id+`">Okta</a>`, "engineers", "Developer", `href="/settings/providers"`)
	viewed := d.see("vera", "/platforms/dbt/licenses")
	has(t, viewed, "You may not assign licenses.")
	hasNot(t, viewed, "/platforms/dbt/license?user")
	has(t, d.see("dan", "/platforms/dbt/licenses?license=read_only"), "Nobody is like that.")
}

func TestALicenseIsAssigned(t *testing.T) {
	d := newDbtDesk(t)
	dev, dan := d.User("dev").ID, d.User("dan").ID
	form := "/platforms/dbt/license"
	inOrder(t, d.see("dan", form+"?user="+dev), "License of", "License type", "Developer", "Read-Only", "IT", "No license", "Save")
	inOrder(t, d.see("dan", form), "User email", "License type", "Developer", "Read-Only", "IT", "Assign license")
	for _, who := range []string{"vera", "dev"} {
		d.refused(who, form, url.Values{"user": {d.User("paul").ID}, "license": {"it"}}, http.StatusForbidden)
	}
	d.refused("dan", form, url.Values{"user": {dan}, "license": {"it"}}, http.StatusForbidden)
	d.refused("dan", form, url.Values{"email": {"dan@acme.test"}, "license": {"it"}}, http.StatusForbidden)
	d.refused("ada", form, url.Values{"user": {dev}, "license": {"it"}}, http.StatusNotFound)
	d.refused("dan", form, url.Values{"user": {dev}, "license": {"moon"}}, http.StatusUnprocessableEntity)
	d.refused("dan", form, url.Values{"user": {dev}, "license": {"developer"}}, http.StatusUnprocessableEntity)
	review, location := d.save("dan", form, url.Values{"user": {d.User("paul").ID}, "license": {"read_only"}})
	has(t, review, "Give", "the license Read-Only?", "replaces what the person&#39;s groups give", "Lost", "paul")
	if got := d.User("paul").Licenses["dbt"]; got != "read_only" || location != "/platforms/dbt/licenses" {
		t.Errorf("the license is %q, then to %s", got, location)
	}
	has(t, d.see("dan", "/platforms/dbt/licenses?license=read_only"), "paul@acme.test", "replaced by the license")
	has(t, d.see("dan", "/platforms/dbt/resource?path=dbt/growth&show=access"), "paul@acme.test", "By the Read-Only license")
	d.save("dan", form, url.Values{"user": {d.User("paul").ID}, "license": {"none"}})
	if got := d.User("paul").Licenses["dbt"]; got != "" {
		t.Errorf("the license is %q", got)
	}
}

// TestAGroupIsCreatedInTheWordsOfItsProduct : title, fields, buttons and errors say group, and so does where it leads.
func TestAGroupIsCreatedInTheWordsOfItsProduct(t *testing.T) {
	d := newDbtDesk(t)
	has(t, d.see("dan", "/platforms/dbt/groups"), `href="/teams/new?platform=dbt"`)
	text := d.see("dan", "/teams/new?platform=dbt")
	inOrder(t, text, `href="/platforms" aria-current="page"`, "<h1>Create a group</h1>", "A group holds permission sets for its members.", "Group name", "Create group", `href="/platforms/dbt/groups"`)
	hasNot(t, text, "team<", "Team name", "A team")
	form := func(name string) url.Values { return url.Values{"platform": {"dbt"}, "team": {name}} }
	taken := d.refused("dan", "/teams/new", form("devs"), http.StatusUnprocessableEntity)
	has(t, taken, "<h1>Create a group</h1>", "There is a group &#34;devs&#34; already.")
	hasNot(t, taken, "a team")
	review, location := d.save("dan", "/teams/new", form("helpers"))
	has(t, review, "Create the group helpers?", ">Create group</button>", "added: group <strong>helpers</strong>")
	if location != "/platforms/dbt/groups?query=helpers" {
		t.Errorf("then to %s", location)
	}
	viewed := d.see("vera", "/platforms/dbt/groups")
	has(t, viewed, "You may not create groups")
	has(t, d.see("vera", "/teams/new?platform=dbt"), "You may not create groups", "disabled")
	has(t, d.see("ada", "/teams/new?platform=dagster"), "Create a team", "Team name") // its product has teams
	has(t, d.see("ada", "/teams/new?platform=dbt"), "Create a team")                  // not hers to see
}
