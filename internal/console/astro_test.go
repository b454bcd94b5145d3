package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// newAstroDesk has Astro besides, of an edition: Ana owns it, Bo administers the workspace ml and nothing else, Vera may view it,
// and Cleo is a member who is in no workspace yet. Olga made
// the workspaces, and administers them.
func newAstroDesk(t *testing.T, edition, admin, viewer string) *teamDesk {
	t.Helper()
	d := newTeamDesk(t)
	d.Do(client.PlatformAttach{Platform: "airflow", Model: edition}, client.ResourceCreate{Resource: "airflow/ml"}, client.ResourceCreate{Resource: "airflow/ml/training"}, client.ResourceCreate{Resource: "airflow/bi"},
		d.Adding("ana", "airflow"), d.Adding("vera", "airflow"), d.Adding("cleo", "airflow"), orgtest.Grant("user:ana@acme.test", "organization_owner", "airflow"),
		orgtest.Grant("user:bo@acme.test", admin, "airflow/ml"), orgtest.Grant("user:vera@acme.test", viewer, "airflow/ml"))
	return d
}

func TestPeopleHasMembersAndInvited(t *testing.T) {
	d := newAstroDesk(t, "astro-2022", "workspace_admin", "workspace_viewer")
	has(t, d.see("ana", "/platforms/airflow/tree"), ">Workspaces<", `href="/platforms/airflow/people">People<`)
	text := d.see("ana", "/platforms/airflow/people")
	inOrder(t, text, `aria-current="page">People<`, `aria-current="page">Members<`, ">Invited<", "Invite member", "3 people", ">Organization role<", ">Workspace role<",
		"bo@acme.test", "Organization Member", "<span>ml</span> <b>Admin</b>", `/role?from=people&amp;on=airflow">Edit<`, "vera@acme.test", "<b>Viewer</b>")
	hasNot(t, text, "cleo@acme.test", "zoe@acme.test")
	invited := d.see("ana", "/platforms/airflow/people?list=invited")
	inOrder(t, invited, `aria-current="page">Invited<`, "2 people", "ana@acme.test", "Organization Owner", "cleo@acme.test", "has not signed in yet")
	hasNot(t, invited, "bo@acme.test")
	has(t, d.see("ana", "/platforms/airflow/people?query=VERA"), "1 person")
	has(t, d.see("ana", "/platforms/airflow/people?query=cleo"), "Nobody in this list is called so.")

	for _, who := range []string{"bo", "vera", "cleo"} { // members see the list, and change nobody's organization role
		text := d.see(who, "/platforms/airflow/people")
		has(t, text, `<button type="button" disabled>`, "3 people")
		hasNot(t, text, "on=airflow\"")
		d.refused(who, d.roleAt("vera", "airflow"), url.Values{"role": {"organization_owner"}}, http.StatusForbidden)
	}
	d.refused("zoe", "/platforms/airflow/people", nil, http.StatusForbidden)
	d.refused("dan", "/platforms/airflow/people", nil, http.StatusNotFound)
	d.save("ana", d.roleAt("vera", "airflow"), url.Values{"role": {"organization_billing_admin"}})
	has(t, d.see("ana", "/platforms/airflow/people"), "Organization Billing Admin")
}

func TestAWorkspaceHasItsAccess(t *testing.T) {
	d := newAstroDesk(t, "astro-2022", "workspace_admin", "workspace_viewer")
	page := "/platforms/airflow/resource?path=airflow/ml"
	inOrder(t, d.see("vera", page), ">Platforms<", `aria-current="page">Deployments<`, ">Access<", ">Workspace settings<", "<strong>training</strong>")
	text := d.see("bo", page+"&show=access")
	inOrder(t, text, `aria-current="page">Access<`, "Add member", "3 people", ">Workspace role<", "bo@acme.test", "Workspace Admin", "Direct", ">Edit<", "vera@acme.test", "Workspace Viewer", "Direct", ">Edit<")
	hasNot(t, text, "who=team", "who=service_user") // in 2022 people alone have roles
	viewed := d.see("vera", page+"&show=access")
	has(t, viewed, "You may not give roles here", `<button type="button" disabled>`)
	hasNot(t, viewed, ">Edit<")

	give := "/platforms/airflow/give?path=airflow/ml&to=user&who=cleo@acme.test"
	_, _, location := d.ask("bo", give, nil)
	if location != strings.Replace(d.roleAt("cleo", "airflow/ml"), "?", "?from=access&", 1) {
		t.Fatalf("adding a member leads to %q", location)
	}
	if _, back := d.save("bo", location, url.Values{"role": {"workspace_editor"}}); back != "/platforms/airflow/resource?path=airflow%2Fml&show=access&who=user" {
		t.Errorf("then to %s", back)
	}
	has(t, d.see("bo", page+"&show=access"), "cleo@acme.test", "Workspace Editor", "4 people")
	has(t, d.see("ana", "/platforms/airflow/people"), "cleo@acme.test")
	d.save("bo", location, url.Values{"remove": {"yes"}})
	hasNot(t, d.see("bo", page+"&show=access"), "cleo@acme.test")

	has(t, d.see("bo", "/platforms/airflow/resource?path=airflow/bi&show=access"), "You may not give roles here", "1 person")
	d.refused("bo", "/platforms/airflow/give?path=airflow/bi&to=user&who=cleo@acme.test", nil, http.StatusForbidden)
	d.refused("bo", d.roleAt("cleo", "airflow/bi"), url.Values{"role": {"workspace_editor"}}, http.StatusForbidden)
	d.refused("vera", give, nil, http.StatusForbidden)
	d.refused("vera", d.roleAt("cleo", "airflow/ml"), url.Values{"role": {"workspace_editor"}}, http.StatusForbidden)
}

func TestEverybodyCreatesAWorkspaceAndAdministersIt(t *testing.T) {
	d := newAstroDesk(t, "astro-2022", "workspace_admin", "workspace_viewer")
	d.save("cleo", "/platforms/airflow/create", url.Values{"under": {"airflow"}, "kind": {"workspace"}, "name": {"lab"}})
	inOrder(t, d.see("cleo", "/platforms/airflow/resource?path=airflow/lab&show=access"), "Add member", "cleo@acme.test", "Workspace Admin")
}

func TestAWorkspaceGivesRolesToTeamsAndServiceUsersToo(t *testing.T) {
	d := newAstroDesk(t, "astro-2024", "workspace_owner", "workspace_member")
	page := "/platforms/airflow/resource?path=airflow/ml&show=access"
	inOrder(t, d.see("bo", page), ">People<", ">Teams<", ">Service users<", "Add member", ">Workspace role<", "ana@acme.test", "Workspace Owner")
	has(t, d.see("bo", page+"&who=team"), "Add team", "Nobody of them has access here.")
	_, _, location := d.ask("bo", "/platforms/airflow/give?path=airflow/ml&to=team&who=data", nil)
	d.save("bo", location, url.Values{"on": {"airflow/ml"}, "role": {"workspace_author"}})
	inOrder(t, d.see("bo", page+"&who=team"), "1 team<", "<strong>data</strong>", "Workspace Author", "Direct", ">Edit<")
	has(t, d.see("vera", page+"&who=service_user"), "You may not give roles here")
}
