package e2e

import (
	"context"
	"net/url"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"bailiwick/client"
)

// tab presses one of the tabs or lists of the page itself.
func (b *browser) tab(text string) {
	b.t.Helper()
	b.load("the tab "+text, chromedp.Click(chromedp.Search(`//main//nav//a[normalize-space(.)="`+text+`"]`), chromedp.NodeVisible))
}

// changes presses the last button of a form with a text, looks at its review and saves what was reviewed.
func (b *browser) changes(button, save string, review ...string) {
	b.t.Helper()
	b.pressLast(button)
	b.sees(review...)
	b.confirms()
	b.pressLast(save)
}

// roleOf is what a holder has of their own at a place, and in which environments they write with it.
func (s *server) roleOf(to, place string) string {
	s.t.Helper()
	page, err := s.as(toured.token).Grants(s.t.Context(), client.GrantQuery{To: to})
	if err != nil {
		s.t.Fatal(err)
	}
	text := ""
	for _, g := range page.Grants {
		if g.On == place {
			text += g.Role
			for _, e := range slices.Sorted(slices.Values(g.Environments)) {
				text += " " + e
			}
		}
	}
	return text
}

// gave fails unless a holder was given just that at a place.
func (s *server) gave(to, place, want string) {
	s.t.Helper()
	if got := s.roleOf(to, place); got != want {
		s.t.Fatalf("%s has %q on %s, want %q", to, got, place, want)
	}
}

// withAstro attaches Astro as its page of May 2022 has it, which is seed 004's, to the demo for as long as the test runs: Ada owns
// it, Paula may view its workspace lab.
func (s *server) withAstro() {
	s.t.Helper()
	s.change(toured.token, client.PlatformAttach{Platform: "astro", Model: "astro-2022"})
	s.t.Cleanup(func() {
		if _, err := s.as(toured.token).Change(context.WithoutCancel(s.t.Context()), client.Changing{}, client.PlatformDetach{Platform: "astro"}); err != nil {
			s.t.Error(err)
		}
	})
	s.change(toured.token, client.GrantAdd{Grant: client.Grant{To: "user:" + anAdministrator, Role: "organization_owner", On: "astro"}})
	s.change(toured.token, client.ResourceCreate{Resource: "astro/lab"}, client.MemberAdd{User: aViewer, Platform: "astro"})
	s.change(toured.token, client.ResourceCreate{Resource: "astro/lab/training"}, client.GrantAdd{Grant: client.Grant{To: "user:" + aViewer, Role: "workspace_viewer", On: "astro/lab"}})
}

// givesTo comes from the Access tab of a place to the roles of which somebody gets one there.
func (b *browser) givesTo(button, field, who string) {
	b.t.Helper()
	b.press(button)
	b.reads(button, field, "Choose the role")
	b.fill("who", who)
	b.press("Choose the role")
}

// TestConsoleAstroPeopleHaveOneOrganizationRole is seed 004's "Update Organization Roles": the People tab, its Members table, and
// those who are not in it because they were invited only.
func TestConsoleAstroPeopleHaveOneOrganizationRole(t *testing.T) {
	s := console(t)
	b, viewer := s.visits(anAdministrator), s.visits(aViewer)
	s.withAstro()
	paula := s.person(aViewer)

	b.at(s, "/platforms/astro/tree")
	b.reads("Astro", "Workspaces", "People", "Create workspace")
	b.tab("People")
	b.reads("People", "Workspaces", "People", "Members", "Invited", "Invite member", "Name", "Organization role", "Workspace role", "PR Paula Reyes", "Edit Paula Reyes")
	b.sees("Organization Member", "lab", "Viewer")
	b.misses("Wilma Frost")
	b.press("Invite member")
	b.reads("Add new user", "User email", "Platforms", "Add user")
	b.fill("email", "wilma@acme.test")
	b.fill("name", "Wilma Frost")
	b.chooses("Astro astro")
	b.changes("Add user", "Add user", "wilma@acme.test")
	defer s.change(toured.token, client.UserRemove{User: "wilma@acme.test"})
	b.at(s, "/platforms/astro/people")
	b.misses("Wilma Frost") // "they haven't yet been invited to a Workspace"
	b.tab("Invited")
	b.reads("People", "Members", "Invited", "Organization role", "Workspace role", "WF Wilma Frost", "Edit Wilma Frost")

	// "Find the user in the table and click the Edit button next to their entry."
	b.tab("Members")
	b.press("Edit Paula Reyes")
	b.reads("Edit user role", "User role", "Organization Member", "Organization Billing Admin", "Organization Owner", "Save")
	b.chooses("Organization Billing Admin")
	b.changes("Save", "Save", "Gained", "paula@acme.test", "1 person")
	b.reads("People", "Members", "Organization role", "PR Paula Reyes")
	b.sees("Organization Billing Admin")
	s.gave("user:"+paula, "astro", "organization_billing_admin")
	b.press("Edit Paula Reyes")
	b.chooses("Organization Owner")
	b.changes("Save", "Save", "Gained", "decides about others")
	s.gave("user:"+paula, "astro", "organization_owner") // "a single Organization role"
	b.press("Edit Paula Reyes")
	b.reads("Edit user role", "User role", "Save", "Remove role")
	b.changes("Remove role", "Save", "Lost", "paula@acme.test", "1 person")
	s.gave("user:"+paula, "astro", "")

	// A member views "Organization details and user membership", and updates nothing of it.
	viewer.at(s, "/platforms/astro/people")
	viewer.reads("People", "Members", "Invited", "Invite member", "Organization role", "Workspace role", "PR Paula Reyes")
	viewer.disabled("Invite member", "You may not")
	if slices.Contains(viewer.labels(), "Edit Paula Reyes") {
		t.Error("a member can edit roles")
	}
	s.refuses(viewer, "/users/"+paula+"/role?on=astro", url.Values{"role": {"organization_owner"}})
	s.refuses(viewer, "/users/add", url.Values{"email": {"eve@acme.test"}, "on": {"astro"}})
	s.gave("user:"+paula, "astro", "")
}

// TestConsoleAWorkspaceHasItsAccess is seed 004's "Update Workspace Roles": "Workspace Admins can set user roles via the Access tab".
func TestConsoleAWorkspaceHasItsAccess(t *testing.T) {
	s := console(t)
	b, viewer := s.visits(anAdministrator), s.visits(aViewer)
	s.withAstro()
	rosa := s.person("rosa@acme.test")

	b.at(s, "/platforms/astro/resource?path=astro%2Flab")
	b.reads("lab", "Deployments", "Access", "Workspace settings", "Create deployment", "Deployment", "training")
	b.tab("Access")
	b.reads("lab", "Access", "Add member", "Name", "Workspace role", "How", "AB Ada Byrne", "PR Paula Reyes")
	b.givesTo("Add member", "User email", "rosa@acme.test")
	b.reads("Edit user role", "User role", "Workspace Viewer", "Workspace Editor", "Workspace Admin", "Save")
	b.chooses("Workspace Viewer")
	b.changes("Save", "Save", "Gained", "rosa@acme.test", "1 person")
	b.reads("lab", "Access", "Workspace role", "RK Rosa Klein", "Edit the role of Rosa Klein")
	s.gave("user:"+rosa, "astro/lab", "workspace_viewer")
	b.press("Edit the role of Rosa Klein")
	b.chooses("Workspace Editor")
	b.changes("Save", "Save", "Gained", "1 person")
	b.sees("Workspace Editor")
	s.gave("user:"+rosa, "astro/lab", "workspace_editor")
	b.press("Edit the role of Rosa Klein")
	b.reads("Edit user role", "User role", "Save", "Remove role")
	b.changes("Remove role", "Save", "Lost", "rosa@acme.test", "1 person")
	b.reads("lab", "Access", "Add member", "Workspace role")
	b.misses("Rosa Klein")
	s.gave("user:"+rosa, "astro/lab", "")

	// "View Workspace users" is a viewer's; "Update user roles and information" is not.
	viewer.at(s, "/platforms/astro/resource?path=astro%2Flab&show=access")
	viewer.reads("lab", "Access", "Add member", "Name", "Workspace role", "PR Paula Reyes")
	viewer.disabled("Add member", "You may not give roles here")
	s.refuses(viewer, "/users/"+rosa+"/role?on=astro%2Flab", url.Values{"role": {"workspace_viewer"}})
	s.gave("user:"+rosa, "astro/lab", "")
}

// TestConsoleAWorkspaceGivesATeamItsRole : as Astro has it since it has teams.
func TestConsoleAWorkspaceGivesATeamItsRole(t *testing.T) {
	s, b := administrates(t)
	const place, page = "airflow/ops", "/platforms/airflow/resource?path=airflow%2Fops&show=access"
	team := "team:" + s.team("marketing-data")
	defer s.change(toured.token, client.GrantsReplace{To: team, On: place})
	b.at(s, page)
	b.reads("ops", "Deployments", "Access", "People", "Teams", "Service users", "Add member", "Name", "Workspace role", "How")
	b.tab("Teams")
	b.reads("ops", "Teams", "Add team", "Name", "Workspace role", "How", "operations", "platform")
	b.givesTo("Add team", "Team", "marketing-data")
	b.reads("Edit team role", "Role", "No role", "Workspace Accessor", "Workspace Member", "Workspace Author", "Workspace Operator", "Workspace Owner", "Save")
	b.chooses("Workspace Member")
	b.changes("Save", "Save", "Gained", "3 people")
	s.gave(team, place, "workspace_member")
	b.at(s, page+"&who=team")
	b.reads("ops", "Teams", "Workspace role", "marketing-data", "Edit the role of marketing-data")
	b.press("Edit the role of marketing-data")
	b.chooses("Workspace Operator")
	b.changes("Save", "Save", "Gained", "3 people")
	s.gave(team, place, "workspace_operator")
	b.at(s, page+"&who=team")
	b.press("Edit the role of marketing-data")
	b.chooses("No role")
	b.changes("Save", "Save", "Lost", "3 people")
	s.gave(team, place, "")

	// What Ada is not: an owner of the organization, or of another workspace.
	b.at(s, "/platforms/airflow/resource?path=airflow%2Fml&show=access&who=team")
	b.disabled("Add team", "You may not give roles here")
	s.refuses(b, "/teams/"+s.team("marketing-data")+"/roles/edit", url.Values{"on": {"airflow/ml"}, "role": {"workspace_member"}})
	s.gave(team, "airflow/ml", "")
}

// TestConsoleADbtGroupGetsPermissionSets is seed 003: permission sets "can be granted to dbt Cloud groups which are then in turn
// granted to users", in its order, for projects, with the environments in which R* becomes W.
func TestConsoleADbtGroupGetsPermissionSets(t *testing.T) {
	s := console(t)
	b, viewer := s.visits(anAdministrator), s.visits(aViewer)
	b.at(s, "/platforms/dbt/groups")
	b.reads("Groups", "Projects", "Groups", "Licenses", "Create group", "Group", "Members", "Permission sets", "analytics", "platform")
	b.press("Create group")
	b.fill("team", "dbt-helpers")
	b.fill("members", "margaret@acme.test, chloe@acme.test")
	b.changes("Create group", "Create group", "dbt-helpers")
	group := s.team("dbt-helpers")
	defer s.change(toured.token, client.TeamDelete{Team: group})
	b.at(s, "/platforms/dbt/groups?query=dbt-helpers")
	b.press("dbt-helpers")
	page := b.where()
	b.reads("dbt-helpers", "2 members", "Permission sets", "Add permission set", "Permission set", "What each permission set contains", "Projects",
		"Environment write access", "All environments", "Development", "Staging", "Production", "General", "Add permission set")
	b.sees("This group has no permission set")
	sets := b.script(`[...document.querySelectorAll("[name=set] optgroup")].map(g => g.label + ": " + [...g.children].map(o => o.text).join(", ")).join("; ")`)
	if want := "Account roles: Account Admin, Billing admin, Manage marketplace apps, Project creator, Security admin, Viewer; " +
		"Project roles: Admin, Analyst, Database admin, Developer, Git Admin, Job admin, Job runner, Job viewer, Metadata (Discovery API only), Semantic Layer, Stakeholder, Team admin, Webhook"; sets != want {
		t.Errorf("the permission sets are\n%s\nwant\n%s", sets, want)
	}

	b.do("choose Analyst on finance", chromedp.SetValue(named("set"), "analyst"), chromedp.SetValue(named("on"), "dbt/finance"))
	b.chooses("Staging")
	b.changes("Add permission set", "Save", "Give dbt-helpers the permission set Analyst?", "Gained", "1 person", "chloe@acme.test") // Margaret has the whole account
	b.reads("dbt-helpers", "Permission sets", "Permission set", "Projects", "Environment write access", "Analyst", "Change where Analyst on finance writes", "Remove Analyst on finance", "Add permission set")
	b.sees("finance", "Staging")
	s.gave("team:"+group, "dbt/finance", "analyst staging")

	b.do("open Change", chromedp.Click(chromedp.Search(`//summary[starts-with(normalize-space(.), "Change")]`), chromedp.NodeVisible))
	b.chooses("Production")
	b.changes("Save", "Save", "Change where dbt-helpers writes with Analyst?", "Gained", "chloe@acme.test")
	b.sees("Staging, Production")
	s.gave("team:"+group, "dbt/finance", "analyst production staging")

	// Paula has Developer on one project: R in Groups.
	viewer.at(s, page)
	viewer.sees("You may not give permission sets", "You may not give or take this permission set.")
	s.refuses(viewer, "/platforms/dbt/group", url.Values{"group": {group}, "set": {"analyst"}, "on": {"dbt/marketing"}})
	viewer.at(s, "/platforms/dbt/groups")
	viewer.disabled("Create group", "You may not create groups")

	b.changes("Remove Analyst on finance", "Remove permission set", "Take the permission set Analyst from dbt-helpers?", "Lost", "1 person", "chloe@acme.test")
	b.sees("This group has no permission set")
	s.gave("team:"+group, "dbt/finance", "")
	s.gave("team:"+group, "dbt/marketing", "")
}

// TestConsoleADbtLicenseIsAssignedAndRemoved is seed 003's "The user's license type always overrides their assigned permission set".
func TestConsoleADbtLicenseIsAssignedAndRemoved(t *testing.T) {
	s := console(t)
	b, viewer := s.visits(anAdministrator), s.visits(aViewer)
	nils := s.person("nils@acme.test")
	b.at(s, "/platforms/dbt/licenses")
	b.reads("Licenses", "Projects", "Groups", "Licenses", "License types", "License type", "People", "Developer", "Read-Only", "IT", "No license", "Assign a license", "Person", "License type", "Groups")
	b.sees("The user's license type always overrides their assigned permission set.")
	b.press("Assign a license")
	b.reads("Assign a license", "User email", "License type", "Developer", "Read-Only", "IT", "Assign license")
	b.fill("email", "nils@acme.test")
	b.chooses("Developer")
	b.changes("Assign license", "Assign license", "the license Developer?")
	b.at(s, "/platforms/dbt/licenses?query=nils")
	b.reads("Licenses", "Person", "License type", "Groups", "NB Nils Berg", "Change the license of Nils Berg")
	b.press("Change the license of Nils Berg")
	b.reads("License of Nils Berg", "License type", "Developer", "Read-Only", "IT", "No license", "Save")
	b.chooses("Read-Only")
	b.changes("Save", "Assign license", "Give Nils Berg the license Read-Only?", "Gained", "nils@acme.test", "1 person")
	b.at(s, "/platforms/dbt/licenses?license=read_only")
	b.reads("Licenses", "Person", "License type", "NB Nils Berg")

	viewer.at(s, "/platforms/dbt/licenses")
	viewer.disabled("Assign a license", "You may not assign licenses.")
	s.refuses(viewer, "/platforms/dbt/license", url.Values{"user": {nils}, "license": {"it"}})

	b.press("Change the license of Nils Berg")
	b.chooses("No license")
	b.changes("Save", "Remove license", "Take the license of Nils Berg away?", "Lost", "nils@acme.test", "1 person")
	b.at(s, "/platforms/dbt/licenses?query=nils")
	b.sees("Nobody is like that.") // nothing else of his is on dbt
	if u, err := s.as(toured.token).User(t.Context(), nils, client.Reading{}); err != nil || len(u.Licenses) != 0 {
		t.Errorf("Nils has the licenses %v: %v", u.Licenses, err)
	}
}

// TestConsoleADeploymentHasItsTabsAndAccess : a deployment of Dagster with what lies beneath it, and who may do what there.
func TestConsoleADeploymentHasItsTabsAndAccess(t *testing.T) {
	s := console(t)
	b, viewer := s.visits(anAdministrator), s.visits(aViewer)
	hugo := s.person("hugo@acme.test")
	const place, page = "dagster/prod", "/platforms/dagster/resource?path=dagster%2Fprod"
	defer s.change(toured.token, client.GrantsReplace{To: "user:" + hugo, On: place})
	b.at(s, page)
	b.reads("prod", "Code locations", "Branch deployments", "Access", "Deployment settings", "Create code location", "Code location", "etl", "exports", "finance", "ingest", "ml", "reports")
	b.tab("Branch deployments")
	b.reads("prod", "Code locations", "Branch deployments", "Access", "Create branch deployment", "Branch deployment", "hotfix-88")
	b.tab("Access")
	b.reads("prod", "Code locations", "Branch deployments", "Access", "People", "Teams", "Service users", "Give a role", "Name", "Role", "How")
	b.givesTo("Give a role", "User email", "hugo@acme.test")
	b.reads("Edit user role", "User role", "Viewer", "Launcher", "Editor", "Admin", "Save")
	b.chooses("Launcher") // a viewer by his team
	b.changes("Save", "Save", "Gained", "hugo@acme.test", "1 person")
	s.gave("user:"+hugo, place, "launcher")
	b.at(s, page+"&show=access&query=hugo")
	b.reads("prod", "Access", "Role", "How", "HB Hugo Brandt", "Edit the role of Hugo Brandt")
	b.sees("Launcher", "Direct")
	b.press("Edit the role of Hugo Brandt")
	b.chooses("Editor")
	b.changes("Save", "Save", "Gained", "hugo@acme.test")
	s.gave("user:"+hugo, place, "editor")

	viewer.at(s, page+"&show=access")
	viewer.disabled("Give a role", "You may not give roles here")
	s.refuses(viewer, "/users/"+hugo+"/role?on=dagster%2Fprod", url.Values{"role": {"admin"}})

	b.at(s, page+"&show=access&query=hugo")
	b.press("Edit the role of Hugo Brandt")
	b.changes("Remove role", "Save", "Lost", "hugo@acme.test", "1 person")
	s.gave("user:"+hugo, place, "")
}
