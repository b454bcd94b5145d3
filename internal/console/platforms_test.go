package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// inOrder tells whether a page says some things one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("it does not say %q, or not after what comes before it in %q:\n%s", part, parts, text)
			return
		}
		rest = after
	}
}

func TestPlatformsAreThoseThatTheCallerMaySee(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("olga", "/platforms"), `href="/platforms/dagster/tree"`, `href="/platforms/dbt/tree"`, "dagster-plus", "2 deployments", "2 code locations", "1 branch deployment", "1 project", "no limit",
		">Deployments<", ">Groups<", ">Licenses<")
	ada := d.see("ada", "/platforms")
	has(t, ada, `href="/platforms/dagster/tree"`)
	hasNot(t, ada, "dbt")
	for _, address := range []string{"/platforms/dbt/tree", "/platforms/nothing/tree", "/platforms/dbt/resource?path=dbt/core", "/platforms/dagster/resource?path=dbt/core", "/platforms/dbt/groups", "/platforms/dbt/licenses",
		"/platforms/dagster/groups", "/platforms/dagster/licenses", "/platforms/dagster/resource?path=dagster/nowhere"} {
		d.refused("ada", address, nil, http.StatusNotFound)
	}
	d.refused("olga", "/platforms/org/tree", nil, http.StatusNotFound)
	for _, address := range []string{"/platforms", "/platforms/dagster/tree", "/platforms/dagster/resource?path=dagster/prod", "/platforms/dbt/licenses", "/platforms/dbt/groups"} {
		hasNot(t, d.refused("zoe", address, nil, http.StatusForbidden), `href="/platforms"`, "prod")
	}
}

func TestAPlatformShowsWhatIsOnItAndItsSettings(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.ResourceUpdate{Resource: "dagster/staging", Settings: map[string]string{"sso_default_role": "launcher"}})
	text := d.see("ada", "/platforms/dagster/tree")
	has(t, text, `<a href="/platforms/dagster/resource?path=dagster%2Fprod"><strong>prod</strong></a> <small>Deployment</small>`, "Code locations <span", "<strong>etl</strong>", "<strong>billing</strong>",
		"Branch deployments <span", "<strong>feature-1</strong>", "<span>sso default role</span> <b>launcher</b>")
	has(t, d.see("ada", "/platforms/dagster/tree?query=ETL"), "<strong>dagster/prod/etl</strong>")
	has(t, d.see("ada", "/platforms/dagster/tree?query=nothing"), "Nothing is called so.")
}

// TestAPlatformsTreeIsPaged : what does not fit on a page is on the next one, each once.
func TestAPlatformsTreeIsPaged(t *testing.T) {
	d := newTeamDesk(t)
	var commands []client.Command
	for i := range 60 {
		commands = append(commands, client.ResourceCreate{Resource: "dagster/d" + string(rune('a'+i/10)) + string(rune('0'+i%10))}, client.ResourceCreate{Resource: "dagster/prod/l" + string(rune('a'+i/10)) + string(rune('0'+i%10))})
	}
	d.As("ada", commands...)
	for _, address := range []string{"/platforms/dagster/tree", "/platforms/dagster/resource?path=dagster/prod&show=code_location"} {
		seen, pages := map[string]int{}, 0
		for next := address; next != "" && pages < 9; pages++ {
			text := d.see("ada", next)
			next = ""
			for _, part := range strings.Split(text, "<strong>")[1:] {
				if name, _, _ := strings.Cut(part, "<"); len(name) == 3 && strings.ContainsAny(name[:1], "dl") {
					seen[name]++
				}
			}
			if _, after, found := strings.Cut(text, `class="pages"><a class="button quiet" href="`); found {
				next, _, _ = strings.Cut(after, `"`)
				next = strings.ReplaceAll(next, "&amp;", "&")
			}
		}
		if pages != 2 || len(seen) < 60 {
			t.Errorf("%s has %d pages with %d of 60", address, pages, len(seen))
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s shows %s %d times", address, name, n)
			}
		}
	}
}

const prodPage = "/platforms/dagster/resource?path=dagster/prod"

func TestADeploymentHasItsCodeLocations(t *testing.T) {
	d := newTeamDesk(t)
	text := d.see("bo", prodPage)
	inOrder(t, text, ">Platforms<", ">Dagster&#43;<", "dagster/prod", `aria-current="page">Code locations<`, ">Branch deployments<", ">Access<", ">Deployment settings<", "2 code locations", "<strong>billing</strong>", "<strong>etl</strong>")
	hasNot(t, text, "<strong>feature-1</strong>")
	has(t, d.see("bo", prodPage+"&show=branch_deployment"), "<strong>feature-1</strong>", "1 branch deployment")
	has(t, d.see("bo", prodPage+"&query=ETL"), "<strong>etl</strong>", "1 code location<")
	has(t, d.see("bo", prodPage+"&query=nothing"), "Nothing is called so.")
	inOrder(t, d.see("bo", "/platforms/dagster/resource?path=dagster/prod/etl"), ">prod<", `aria-current="page">Access<`, ">Code location settings<")
}

func TestADeploymentShowsWhoHasAccess(t *testing.T) {
	d := newTeamDesk(t)
	text := d.see("ada", prodPage+"&show=access")
	inOrder(t, text, `aria-current="page">People<`, ">Teams<", ">Service users<", "Give a role", "2 people", "ada@acme.test", "<b>Organization Admin</b>", "From organization", "bo@acme.test", "<b>Editor</b>", "By team data")
	has(t, text, `href="/users/`+d.User("bo").ID+`/role?from=access&amp;on=dagster%2Fprod"`)
	hasNot(t, text, "zoe@acme.test", "dan@acme.test")
	has(t, d.see("ada", prodPage+"&show=access&query=BO"), "1 person", "bo@acme.test")
	teams := d.see("ada", prodPage+"&show=access&who=team")
	inOrder(t, teams, "Give a team a role", "1 team<", "<strong>data</strong>", "1 person", "<b>Editor</b>", "Direct", "Edit")
	inOrder(t, d.see("ada", prodPage+"&show=access&who=service_user"), "1 service user", "<strong>ci</strong>", "<b>Viewer</b>", "Direct")
	has(t, d.see("ada", "/platforms/dagster/resource?path=dagster/prod/etl&show=access&who=team"), "<b>Editor</b>", "From prod")
	hasNot(t, d.see("ada", "/platforms/dagster/resource?path=dagster/prod/branch:feature-1&show=access"), "bo@acme.test")

	viewed := d.see("bo", prodPage+"&show=access")
	has(t, viewed, "You may not give roles here", `<button type="button" disabled>`)
	hasNot(t, viewed, "/role?")
	d.refused("bo", "/platforms/dagster/give?path=dagster/prod&to=user&who=zoe@acme.test", nil, http.StatusForbidden)
}

func TestGivingARoleLeadsToTheRoleThatIsEdited(t *testing.T) {
	d := newTeamDesk(t)
	give := "/platforms/dagster/give?path=dagster/staging&to="
	has(t, d.see("ada", give+"user"), "User email", "Choose the role")
	has(t, d.see("ada", give+"team"), `value="data"`)
	for who, want := range map[string]string{"user&who=BO@acme.test": strings.Replace(d.roleAt("bo", "dagster/staging"), "?", "?from=access&", 1), "team&who=data": "/teams/" + d.Now().TeamByName("data").ID + "/roles/edit?from=access&on=dagster%2Fstaging"} {
		if status, text, location := d.ask("ada", give+who, nil); status != http.StatusSeeOther || location != want {
			t.Errorf("%s: %d to %q, want %q\n%s", who, status, location, want, text)
		}
	}
	has(t, d.refused("ada", give+"user&who=zoe@acme.test", nil, http.StatusUnprocessableEntity), "There is nobody of that name whom you may see.", `href="/users/add"`)
}

func TestResourcesAreCreatedByThoseWhoMay(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", orgtest.Grant("user:bo@acme.test", "admin", "dagster/staging")) // of one deployment only
	form := func(under, kind, name string) url.Values {
		return url.Values{"under": {under}, "kind": {kind}, "name": {name}}
	}
	d.As("ada", d.Adding("val", "dagster"))
	has(t, d.see("bo", "/platforms/dagster/tree"), "You may not create deployments here.", "Create deployments")
	has(t, d.see("val", prodPage), "You may not create code locations here.")
	d.refused("bo", "/platforms/dagster/create", form("dagster", "deployment", "mine"), http.StatusForbidden)
	d.refused("val", "/platforms/dagster/create", form("dagster/prod", "code_location", "mine"), http.StatusForbidden)
	staging := "/platforms/dagster/resource?path=dagster/staging"
	has(t, d.see("bo", staging), "Create code location")
	has(t, d.see("bo", "/platforms/dagster/create?under=dagster/staging&kind=code_location"), ">Name<", "Create code location")
	review, location := d.save("bo", "/platforms/dagster/create", form("dagster/staging", "code_location", "a/b"))
	has(t, review, "Create the code location a/b?")
	if d.Now().Resource("dagster/staging/a%2Fb") == nil || location != "/platforms/dagster/resource?path=dagster%2Fstaging&show=code_location" {
		t.Errorf("it was not created, or then to %s", location)
	}
	has(t, d.see("bo", location), "<strong>a/b</strong>")
	d.save("bo", "/platforms/dagster/create", form("dagster/staging", "branch_deployment", "fix-2"))
	if d.Now().Resource("dagster/staging/branch:fix-2") == nil {
		t.Error("the branch deployment was not created")
	}
	has(t, d.refused("ada", "/platforms/dagster/create", form("dagster", "deployment", "prod"), http.StatusUnprocessableEntity), "there already", `value="prod"`)
	d.refused("ada", "/platforms/dagster/create", form("dagster", "code_location", "x"), http.StatusNotFound)
	has(t, d.see("ada", "/platforms/dagster/create?under=dagster&kind=deployment"), "Begin with the roles of", ">staging<")
	review, _ = d.save("ada", "/platforms/dagster/create", url.Values{"under": {"dagster"}, "kind": {"deployment"}, "name": {"dev"}, "copy": {"dagster/prod"}})
	has(t, review, "Gained", "bo")
}

func TestADeploymentsSettingsAreChangedByThoseWhoMay(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", orgtest.Grant("user:bo@acme.test", "admin", "dagster/staging"))
	settings := func(path string) string {
		return "/platforms/dagster/resource?show=settings&path=" + url.QueryEscape(path)
	}
	set := func(path, value string) url.Values {
		return url.Values{"path": {path}, "sso_default_role": {value}}
	}
	inOrder(t, d.see("bo", settings("dagster/staging")), "sso_default_role", "Default (Viewer)", "Launcher", "Save", "Delete deployment", "You may not delete it.")
	d.save("bo", "/platforms/dagster/resource", set("dagster/staging", "launcher"))
	if got := d.Now().Resource("dagster/staging").Settings["sso_default_role"]; got != "launcher" {
		t.Errorf("the setting is %q", got)
	}
	has(t, d.refused("bo", "/platforms/dagster/resource", set("dagster/staging", "launcher"), http.StatusUnprocessableEntity), "That is what it has already.")
	d.As("ada", d.Adding("val", "dagster"))
	has(t, d.see("val", settings("dagster/prod")), "You may not change this setting.", "<select name=\"sso_default_role\" disabled>")
	d.refused("val", "/platforms/dagster/resource", set("dagster/prod", "admin"), http.StatusForbidden)
	d.refused("bo", "/platforms/dagster/resource", url.Values{"path": {"dagster/staging"}, "name": {"other"}}, http.StatusForbidden)
	d.refused("bo", "/platforms/dagster/delete", url.Values{"path": {"dagster/staging"}}, http.StatusForbidden)
	_, location := d.save("ada", "/platforms/dagster/resource", url.Values{"path": {"dagster/staging"}, "name": {"test"}})
	if d.Now().Resource("dagster/test") == nil || location != "/platforms/dagster/resource?path=dagster%2Ftest&show=settings" {
		t.Errorf("it was not renamed, or then to %s", location)
	}
	review, location := d.save("ada", "/platforms/dagster/delete", url.Values{"path": {"dagster/test"}})
	has(t, review, "Delete the deployment test?", "Lost", "bo", "Nothing is deleted at the product itself.")
	if d.Now().Resource("dagster/test") != nil || location != "/platforms/dagster/tree" {
		t.Errorf("it is still there, or then to %s", location)
	}
}
