package console_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/console"
	"bailiwick/internal/orgtest"
)

// teamDesk is a console in front of acme, with browsers of its people.
type teamDesk struct {
	*orgtest.Organization
	t       *testing.T
	mux     *http.ServeMux
	routes  []console.Route
	cookies map[string]*http.Cookie
}

func newTeamDesk(t *testing.T) *teamDesk {
	t.Helper()
	w := orgtest.New(t, orgtest.Options{})
	o := w.Create("acme")
	o.Furnish("dagster/staging", "dagster/prod/billing", "dagster/prod/branch:feature-1")
	routes, err := console.New(console.Options{Engine: w.Engine, Changes: w.Changes, Reader: w.Reader, Desk: w.Desk, History: w.History, CursorKey: w.Key, Log: w.Log,
		TokensUsed: func(context.Context, string) (map[string]time.Time, error) { return nil, nil },
		External:   &url.URL{Scheme: "https", Host: "access.acme.test"}, Unset: func() bool { return false },
		About: func(context.Context) (string, netip.Addr) { return "req_1", netip.Addr{} }})
	if err != nil {
		t.Fatal(err)
	}
	d := &teamDesk{Organization: o, t: t, mux: http.NewServeMux(), routes: routes, cookies: map[string]*http.Cookie{}}
	for _, r := range routes {
		d.mux.Handle(r.Pattern, r.Handler)
	}
	return d
}

// ask sends a request of somebody's browser: a form where there is one.
func (d *teamDesk) ask(who, address string, form url.Values) (status int, text, location string) {
	d.t.Helper()
	if d.cookies[who] == nil {
		d.cookies[who] = d.SignIn(who).Cookie
	}
	r := httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address, http.NoBody)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, "https://access.acme.test"+address, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.AddCookie(d.cookies[who])
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

// see is a page that somebody may see.
func (d *teamDesk) see(who, address string) string {
	d.t.Helper()
	status, text, _ := d.ask(who, address, nil)
	if status != http.StatusOK {
		d.t.Fatalf("%s at %s: status %d\n%s", who, address, status, text)
	}
	return text
}

var sealField = regexp.MustCompile(`name="reviewed" value="([^"]+)"`)

// save sends a form and then, having seen the review, saves it, with the typed confirmation where one is asked for.
func (d *teamDesk) save(who, address string, form url.Values) (review, location string) {
	d.t.Helper()
	before := d.Now().Revision
	status, review, _ := d.ask(who, address, form)
	found := sealField.FindStringSubmatch(review)
	if status != http.StatusOK || found == nil {
		d.t.Fatalf("%s at %s with %v: status %d and no review\n%s", who, address, form, status, review)
	}
	if now := d.Now().Revision; now != before {
		d.t.Fatalf("%s at %s: the review changed revision %d to %d", who, address, before, now)
	}
	form.Set("reviewed", html.UnescapeString(found[1]))
	form.Set("word", "acme")
	status, text, location := d.ask(who, address, form)
	if status != http.StatusSeeOther {
		d.t.Fatalf("%s at %s with %v: status %d\n%s", who, address, form, status, text)
	}
	return review, location
}

// refused sends a form that is refused, and changes nothing.
func (d *teamDesk) refused(who, address string, form url.Values, want int) string {
	d.t.Helper()
	before := d.Now().Revision
	status, text, _ := d.ask(who, address, form)
	if now := d.Now().Revision; status != want || now != before || sealField.MatchString(text) {
		d.t.Errorf("%s at %s with %v: status %d, want %d; revision %d, before %d", who, address, form, status, want, now, before)
	}
	return text
}

func has(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func hasNot(t *testing.T, text string, others ...string) {
	t.Helper()
	for _, other := range others {
		if strings.Contains(text, other) {
			t.Errorf("it says %q", other)
		}
	}
}

func TestTeamsAreThoseThatTheCallerMaySee(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("olga", "/teams"), ">data<", ">admins-of-dbt<", "2 teams", "1 person", "<span>dagster/prod</span> <b>Editor</b>", `href="/teams/new"`, `href="/teams" aria-current="page"`)
	ada := d.see("ada", "/teams")
	has(t, ada, ">data<", `href="/teams/new"`)
	hasNot(t, ada, "Account Admin")
	audited := d.see("aud", "/teams")
	has(t, audited, ">data<", "<button disabled aria-describedby=\"noteam\"", "You may not create teams")
	hasNot(t, audited, `href="/teams/new"`)
	has(t, d.see("olga", "/teams?query=DAT"), ">data<", "1 team<")
	has(t, d.see("olga", "/teams?query=nothing"), "No team is called so")

	team := "/teams/" + d.Now().TeamByName("data").ID
	for _, address := range []string{"/teams", "/teams/new", team + "/members"} {
		text := d.refused("zoe", address, nil, http.StatusForbidden)
		hasNot(t, text, `href="/teams"`, ">data<", "bo@acme.test")
	}
	dbt := "/teams/" + d.Now().TeamByName("admins-of-dbt").ID
	seen := strings.Contains(d.see("ada", "/teams"), ">admins-of-dbt<")
	if status, text, _ := d.ask("ada", dbt+"/members", nil); seen != (status == http.StatusOK) || !seen && status != http.StatusNotFound {
		t.Errorf("ada at a team of dbt, which is in her list: %v: %d %s", seen, status, text)
	}
	d.refused("olga", "/teams/team_nobody/members", nil, http.StatusNotFound)
	d.As("ada", client.MemberAdd{User: d.User("dan").ID, Platform: "dagster"})
	has(t, d.see("dan", team+"/members"), "bo@acme.test") // by one of the two platforms that he sees
}

func TestATeamIsCreatedFilledAndDeleted(t *testing.T) {
	d := newTeamDesk(t)
	form := url.Values{"team": {"growth"}, "members": {"bo@acme.test, \n ada@acme.test"}}
	d.refused("bo", "/teams/new", form, http.StatusForbidden)
	d.refused("aud", "/teams/new", form, http.StatusForbidden)
	has(t, d.refused("olga", "/teams/new", url.Values{"team": {"data"}}, http.StatusUnprocessableEntity), "There is a team", `value="data"`)
	has(t, d.refused("olga", "/teams/new", url.Values{"team": {"a"}, "members": {"nobody@acme.test"}}, http.StatusUnprocessableEntity), "nobody@acme.test")
	review, location := d.save("olga", "/teams/new", form)
	has(t, review, "Create the team growth?", "Create team")
	if location != "/teams?query=growth" {
		t.Errorf("then to %s", location)
	}
	team := d.Now().TeamByName("growth")
	if team == nil || team.Members != 2 {
		t.Fatalf("the team is %+v", team)
	}
	members := "/teams/" + team.ID + "/members"
	has(t, d.see("olga", members), "ada@acme.test", "bo@acme.test", "2 people", "Add members", "Delete team")

	d.save("olga", members+"/remove", url.Values{"member": {d.User("ada").ID}})
	hasNot(t, d.see("olga", members), "ada@acme.test")
	d.save("olga", members, url.Values{"members": {"zoe@acme.test"}})
	has(t, d.see("olga", members), "zoe@acme.test")
	has(t, d.refused("olga", members, url.Values{"members": {" "}}, http.StatusUnprocessableEntity), "Say who it is")
	has(t, d.refused("olga", members, url.Values{"members": {"nobody@acme.test"}}, http.StatusUnprocessableEntity), `value="nobody@acme.test"`)

	d.save("olga", "/teams/"+team.ID+"/delete", url.Values{})
	if d.Now().TeamByName("growth") != nil {
		t.Error("the team is still there")
	}
}

// TestWhatIsDisabledForATeamIsRefused : the buttons that an auditor sees disabled, and says why, do nothing.
func TestWhatIsDisabledForATeamIsRefused(t *testing.T) {
	d := newTeamDesk(t)
	team := "/teams/" + d.Now().TeamByName("data").ID
	text := d.see("aud", team+"/members")
	has(t, text, "You may not change this team", `disabled aria-describedby="nodelete"`, `disabled aria-describedby="nomembers"`, `disabled aria-describedby="noadding"`)
	d.refused("aud", team+"/members", url.Values{"members": {"zoe@acme.test"}}, http.StatusForbidden)
	d.refused("aud", team+"/members/remove", url.Values{"member": {d.User("bo").ID}}, http.StatusForbidden)
	d.refused("aud", team+"/delete", url.Values{}, http.StatusForbidden)
	hasNot(t, d.see("ada", team+"/members"), "disabled")
	review, _ := d.save("ada", team+"/delete", url.Values{})
	has(t, review, "Delete data?", "Lost", "bo")
}

func TestATeamsRoleIsEditedAsTheCallerMay(t *testing.T) {
	d := newTeamDesk(t)
	team := "/teams/" + d.Now().TeamByName("data").ID
	edit := team + "/roles/edit"
	has(t, d.see("ada", team+"/roles"), "prod", "Editor", "All branch deployments", "Edit team role", "Show 2 beneath")
	has(t, d.see("ada", team+"/roles?platform=dagster&open=dagster/prod"), "etl", "billing", "Hide 2 beneath")
	audited := d.see("aud", team+"/roles")
	has(t, audited, "You may not give teams roles here.")
	hasNot(t, audited, `href="`+edit)
	d.refused("aud", edit, url.Values{"on": {"dagster/prod"}, "role": {"admin"}}, http.StatusForbidden)
	d.refused("zoe", team+"/roles", nil, http.StatusForbidden)
	d.refused("ada", edit+"?on=dagster/nowhere", nil, http.StatusNotFound)
	d.refused("ada", edit+"?on=org", nil, http.StatusNotFound)
	d.refused("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"editor"}}, http.StatusUnprocessableEntity)

	d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"viewer"}})
	has(t, d.see("ada", edit+"?on=dagster/prod/etl"), "Not more permissive than Viewer, which the team has on prod.")
	d.save("ada", edit, url.Values{"on": {"dagster/prod/etl"}, "role": {"launcher"}})
	d.save("ada", edit, url.Values{"on": {"dagster/prod/billing"}, "role": {"editor"}})
	has(t, d.see("ada", team+"/roles"), "2 overrides", "<span>etl</span> <b>Launcher</b>")
	review, _ := d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"launcher"}})
	has(t, review, "removed: role <strong>Launcher to team data on dagster/prod/etl")
	has(t, d.see("ada", team+"/roles"), "1 override<", "<span>billing</span> <b>Editor</b>")
	d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"admin"}})
	has(t, d.see("ada", team+"/roles?platform=dagster&open=dagster/prod"), "The team has Admin on prod, the most permissive role already.")
	d.refused("ada", edit, url.Values{"on": {"dagster/prod/etl"}, "role": {"admin"}}, http.StatusUnprocessableEntity)
	review, location := d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {""}})
	has(t, review, "Lost", "bo")
	if want := team + "/roles?platform=dagster"; location != want {
		t.Errorf("then to %s, want %s", location, want)
	}
	hasNot(t, d.see("ada", team+"/roles"), "<b>Admin</b>")
}

func TestATeamHoldsSeveralPermissionSetsForEnvironments(t *testing.T) {
	d := newTeamDesk(t)
	edit := "/teams/" + d.Now().TeamByName("admins-of-dbt").ID + "/roles/edit"
	has(t, d.see("dan", edit+"?on=dbt/core"), "Permission sets", "Environments that it may write in", "production")
	d.save("dan", edit, url.Values{"on": {"dbt/core"}, "role": {"developer", "analyst"}, "environment": {"staging"}})
	has(t, d.see("dan", strings.TrimSuffix(edit, "/edit")+"?platform=dbt"), "<b>Developer</b>", "<b>Analyst</b>", "writes in staging")
	d.save("dan", edit, url.Values{"on": {"dbt/core"}, "role": {"analyst"}})
	hasNot(t, d.see("dan", strings.TrimSuffix(edit, "/edit")+"?platform=dbt"), "<b>Developer</b>")
}

func TestACustomRoleRaisesTheOneThatItIsBasedOn(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.RolePut{Platform: "dagster", Role: "releaser", At: "deployment", BasedOn: "launcher", Permissions: []string{"code_locations.reload"}})
	edit := "/teams/" + d.Now().TeamByName("data").ID + "/roles/edit"
	d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"launcher"}})
	text := d.see("ada", edit+"?on=dagster/prod/etl")
	has(t, text, "Not more permissive than Launcher")
	if _, own, _ := strings.Cut(text, `value="releaser"`); strings.Contains(own, "Not more permissive") || own == "" {
		t.Error("releaser is launcher and more, and cannot be chosen")
	}
	d.save("ada", edit, url.Values{"on": {"dagster/prod/etl"}, "role": {"releaser"}})
}

// TestATeamsRoleLeadsBackToWhereItWasOpened : the place's list of who has access, where that was it. An address is no answer to that.
func TestATeamsRoleLeadsBackToWhereItWasOpened(t *testing.T) {
	d := newTeamDesk(t)
	team := "/teams/" + d.Now().TeamByName("data").ID
	edit := team + "/roles/edit"
	tab := "/platforms/dagster/resource?path=dagster%2Fprod&show=access&who=team"
	has(t, d.see("ada", tab), html.EscapeString(edit+"?from=access&on=dagster%2Fprod"))
	has(t, d.see("ada", edit+"?from=access&on=dagster/prod"), `name="from" value="access"`, `href="`+html.EscapeString(tab)+`">Cancel`)
	review, location := d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {"viewer"}, "from": {"access"}})
	if has(t, review, `href="`+html.EscapeString(tab)+`">Cancel`); location != tab {
		t.Errorf("then to %s, want %s", location, tab)
	}
	if _, _, to := d.ask("ada", "/platforms/dagster/give?path=dagster/prod&to=team&who=data", nil); to != edit+"?from=access&on=dagster%2Fprod" {
		t.Errorf("giving leads to %s", to)
	}
	own := team + "/roles?platform=dagster"
	for i, from := range []string{"", "https://evil.test/", "//evil.test", "/settings"} {
		hasNot(t, d.see("ada", edit+"?on=dagster/prod&from="+url.QueryEscape(from)), `href="`+from+`">Cancel`)
		_, location := d.save("ada", edit, url.Values{"on": {"dagster/prod"}, "role": {[]string{"launcher", "editor"}[i%2]}, "from": {from}})
		if location != own {
			t.Errorf("from %q it leads to %s", from, location)
		}
	}
}
