package e2e

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"bailiwick/client"
)

// edits presses what edits a role at one place, by its label.
func (b *browser) edits(label, place string) {
	b.t.Helper()
	link := chromedp.Search(`//a[contains(concat(@href, "&"), "on=` + url.QueryEscape(place) + `&") and starts-with(normalize-space(.), "` + label + `") and not(ancestor::*[@popover])]`)
	if status := b.load(label+" on "+place, chromedp.Click(link, chromedp.NodeVisible)); status != http.StatusOK {
		b.t.Fatalf("%s on %s: %d %s", label, place, status, b.describe())
	}
}

// chooses clicks the choice with a text.
func (b *browser) chooses(text string) {
	b.t.Helper()
	b.do("choose "+text, chromedp.Click(chromedp.Search(`(//label[starts-with(normalize-space(.), "`+text+`")])[1]//input`), chromedp.NodeVisible))
}

// saves presses the button of a form and then that of its review, which it returns.
func (b *browser) saves(button string, review ...string) {
	b.t.Helper()
	b.press(button)
	b.sees(review...)
	b.pressLast(button)
}

// pressLast is press for the last of several: the review's own.
func (b *browser) pressLast(text string) {
	b.t.Helper()
	b.load("press "+text, chromedp.Click(chromedp.Search(`(//main//button[starts-with(normalize-space(.), "`+text+`")])[last()]`), chromedp.NodeVisible))
}

// confirms types the word that a review asks for, where it asks for one.
func (b *browser) confirms() {
	b.t.Helper()
	if b.script(`String(!!document.querySelector("[name=word]"))`) == "true" {
		b.fill("word", "acme")
	}
}

// holding tells what somebody has of their own at a place.
func (s *server) holding(user, place string) string {
	s.t.Helper()
	page, err := s.as(toured.token).Grants(s.t.Context(), client.GrantQuery{To: "user:" + user})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, g := range page.Grants {
		if g.On == place {
			return g.Role
		}
	}
	return ""
}

// keys sends keys to the page, one after the other.
func (b *browser) keys(names ...string) {
	b.t.Helper()
	codes := map[string]int64{"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, " ": 32}
	for _, name := range names {
		text := map[string]string{"Enter": "\r", " ": " "}[name]
		b.do("key "+name, func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
			for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
				p := input.DispatchKeyEventParams{Type: kind, Key: name, Code: strings.Replace(name, " ", "Space", 1), WindowsVirtualKeyCode: codes[name]}
				if kind == input.DispatchKeyEventTypeKeyDown {
					p.Text = text
				}
				if _, err = cdp.Call(ctx, t, input.DispatchKeyEvent, p); err != nil {
					return none, err
				}
			}
			return none, nil
		})
	}
}

// TestConsoleAUserIsAddedEditedAndRemoved is the flow of seeds 000 and 002, in their words.
func TestConsoleAUserIsAddedEditedAndRemoved(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/users")
	b.reads("Users", "Add new user")
	b.adds()
	b.reads("Add new user", "User email", "Add user")
	b.fill("email", "nora@acme.test")
	b.chooses("Dagster+")
	b.saves("Add user", "nora@acme.test")
	b.sees("nora@acme.test")
	nora := s.person("nora@acme.test")

	// Roles: a deployment's is the default of its code locations; an override raises it in one of them.
	b.at(s, "/users/"+nora+"/roles")
	b.reads("Roles", "Where", "Direct", "Via teams", "Effective", "prod", "Edit user role", "All branch deployments", "Edit user role", "Done", "Remove user")
	b.edits("Edit user role", "dagster/prod")
	b.reads("Edit user role", "User role", "Viewer", "Launcher", "Editor", "Admin", "Save")
	b.chooses("Launcher")
	b.saves("Save", "Gained", "1 person")
	if got := s.holding(nora, "dagster/prod"); got != "launcher" {
		t.Fatalf("nora has %q on prod", got)
	}
	b.toggles("prod")
	b.edits("Edit user role", "dagster/prod/etl")
	b.chooses("Editor")
	b.saves("Save", "Gained")
	if got := s.holding(nora, "dagster/prod/etl"); got != "editor" {
		t.Fatalf("nora has %q on prod/etl", got)
	}
	b.edits("Edit user role", "dagster/branch:*")
	b.chooses("Viewer")
	b.saves("Save", "All branch deployments")
	if got := s.holding(nora, "dagster/branch:*"); got != "viewer" {
		t.Fatalf("nora has %q on all branch deployments", got)
	}
	b.overrides(s, nora)

	b.edits("Edit user role", "dagster/prod/etl")
	b.reads("Edit user role", "User role", "Save", "Remove override")
	b.press("Remove override")
	b.sees("Lost", "1 person")
	b.pressLast("Save")
	if got := s.holding(nora, "dagster/prod/etl"); got != "" {
		t.Fatalf("nora still has %q on prod/etl", got)
	}
	b.press("Done")
	b.reads("Users", "Add new user")

	b.at(s, "/users?query=nora%40acme.test")
	b.press("Edit")
	b.press("Remove user")
	b.sees("Remove nora@acme.test?", "Lost")
	b.confirms()
	b.pressLast("Remove user")
	b.at(s, "/users?query=nora%40acme.test")
	b.misses("nora@acme.test")
}

// adds goes from the list of users to the form for a new one, through the menu of human and service user.
func (b *browser) adds() {
	b.t.Helper()
	b.do("Add new user", chromedp.Click(chromedp.Search(`//button[starts-with(normalize-space(.), "Add new user")]`), chromedp.NodeVisible))
	b.reads("Add new user", "User", "Service user")
	b.load("User", chromedp.Click(chromedp.Search(`//*[@popover]//a[@href="/users/add"]`), chromedp.NodeVisible))
}

// toggles opens the list of what is beneath a place, if it is not open.
func (b *browser) toggles(place string) {
	b.t.Helper()
	b.script(`(() => { const d = [...document.querySelectorAll("details")].find(d => d.querySelector("summary").innerText.includes("code location") && d.querySelector("summary").innerText.includes("` + place + `")); if (d && !d.open) d.querySelector("summary").click(); return "" })()`)
}

// overrides looks at the list of overrides by hover, by focus and by click; each of them opens it, and Escape closes it.
func (b *browser) overrides(s *server, user string) {
	b.t.Helper()
	open := func() bool {
		return b.script(`String([...document.querySelectorAll(".overrides")].some(o => [...o.querySelectorAll("a")].some(a => a.checkVisibility({visibilityProperty: true, opacityProperty: true}))))`) == "true"
	}
	fresh := func() {
		b.at(s, "/users/"+user+"/roles?open=dagster%2Fstaging")
		if open() {
			b.t.Error("the list of overrides is open before anybody asked for it")
		}
	}
	at := func() (float64, float64) {
		p := result(b, "the place of the link", chromedp.Evaluate[struct{ X, Y float64 }](`(() => { const e = document.querySelector(".overrides button"); e.scrollIntoView({block: "nearest"}); const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2} })()`))
		return p.X, p.Y
	}
	fresh()
	b.sees("1 override(s)")
	x, y := at()
	b.do("hover", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-1, y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	eventually(b.t, "list of overrides under the mouse", open)
	b.do("away", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 1, 1))
	fresh()
	b.do("focus", chromedp.Focus(chromedp.CSS(".overrides button")))
	eventually(b.t, "list of overrides at the focus", open)
	fresh()
	x, y = at()
	b.do("click", chromedp.MouseClickXY(x, y))
	eventually(b.t, "list of overrides after a click", open)
	b.sees("etl", "Editor", "Edit user role")
	b.at(s, "/users/"+user+"/roles?open=dagster%2Fprod")
}

// TestConsoleWhatCannotBeOverriddenSaysWhy is the rule of seeds 000 and 001: where the role is the most permissive already, Edit user role is
// disabled next to a code location, with its reason as text, and the server refuses it all the same.
func TestConsoleWhatCannotBeOverriddenSaysWhy(t *testing.T) {
	s, b := administrates(t)
	s.change(toured.token, client.UserAdd{NewUser: client.NewUser{Email: "otto@acme.test", On: []string{"dagster"}}})
	otto := s.person("otto@acme.test")
	s.change(toured.token, client.GrantsReplace{To: "user:" + otto, On: "dagster/prod", Role: "admin"})
	b.at(s, "/users/"+otto+"/roles?open=dagster%2Fprod")
	b.sees("Admin on prod already: no override is more permissive.")
	b.disabled("Edit user role", "Admin on prod already")
	s.refuses(b, "/users/"+otto+"/role?on=dagster%2Fprod%2Fetl", url.Values{"role": {"editor"}})

	ada := s.person(anAdministrator)
	b.at(s, "/users/"+ada+"/roles?open=dagster%2Fprod")
	b.disabled("Edit user role", "Organization Admin already: no role is more permissive.")
	s.refuses(b, "/users/"+ada+"/role?on=dagster%2Fprod%2Fetl", url.Values{"role": {"editor"}})
}

// disabled fails unless a button with a label is disabled and says why beside it.
func (b *browser) disabled(label, why string) {
	b.t.Helper()
	if b.script(`String([...document.querySelectorAll("button:disabled")].some(e => e.innerText.trim().startsWith("`+label+`") && (e.parentElement.innerText.includes("`+why+`") || (e.getAttribute("aria-describedby") || "").split(" ").some(i => i && document.getElementById(i).innerText.includes("`+why+`")))))`) != "true" {
		b.t.Errorf("%q is not disabled because %q on %s", label, why, b.describe())
	}
}

// TestConsoleATeamIsCreatedEditedAndDeleted is the flow of seed 000 about teams.
func TestConsoleATeamIsCreatedEditedAndDeleted(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/teams")
	b.reads("Teams", "Create a team")
	b.press("Create a team")
	b.reads("Create a team", "Team name", "Members", "Create team")
	b.fill("team", "night-shift")
	b.fill("members", "sven@acme.test")
	b.saves("Create team", "night-shift")
	b.at(s, "/teams?query=night-shift")
	b.press("night-shift")
	b.reads("night-shift", "Members", "Roles", "Add members", "User email", "Delete team")
	b.sees("Sven Dahl")
	b.fill("members", "uma@acme.test")
	b.saves("Add members", "uma@acme.test")
	b.sees("Uma Shetty")
	b.load("the tab Roles", chromedp.Click(chromedp.Search(`//main//nav//a[starts-with(normalize-space(.), "Roles")]`), chromedp.NodeVisible))
	b.at(s, b.where()+"?platform=dagster")
	b.edits("Edit team role", "dagster/dev")
	b.chooses("Launcher")
	b.saves("Save", "Gained", "2 people")
	b.sees("Launcher")
	b.press("Delete team")
	b.sees("Delete", "night-shift", "Lost", "2 people")
	b.confirms()
	b.pressLast("Delete team")
	b.at(s, "/teams?query=night-shift")
	b.sees("No team is called so")
}

// TestConsoleWhatOthersMayNotIsDisabledAndRefused : as a deployment admin, an editor, a viewer, and somebody who manages service users.
// What they may not do is disabled, says why, and is refused by the server as well.
func TestConsoleWhatOthersMayNotIsDisabledAndRefused(t *testing.T) {
	s := console(t)
	tom := s.person("tom@acme.test")
	team := s.team("marketing-data")
	for _, who := range []string{aDeploymentHead, anEditor, aViewer, aManager} {
		t.Run(strings.Split(who, "@")[0], func(t *testing.T) {
			s := console(t)
			b := s.visits(who)
			b.at(s, "/users?platform=dagster")
			if who == aDeploymentHead { // "Admins can add users"
				b.adds()
				b.reads("Add new user", "User email", "Add user")
			} else {
				b.disabled("Add new user", "You may not add people to any platform.")
				s.refuses(b, "/users/add", url.Values{"email": {"eve@acme.test"}, "on": {"dagster"}})
			}
			b.at(s, "/users/"+tom+"/roles")
			b.disabled("Edit user role", "You may not give roles here.")
			head := who == aDeploymentHead // who is Account Admin of dbt as well: he removes people from there, makes groups and reads the log
			if !head {
				b.misses("Remove user")
			}
			s.refuses(b, "/users/"+tom+"/role?on=dagster%2Fdev", url.Values{"role": {"admin"}})
			s.refuses(b, "/users/"+tom+"/role?on=dagster%2Fprod", url.Values{"remove": {"yes"}})
			if !head {
				s.refuses(b, "/users/"+tom+"/remove", url.Values{})
			} else if _, page := s.post("users/"+tom+"/remove", b.session(), url.Values{}); !strings.Contains(page, "from dbt") {
				t.Errorf("an Account Admin of dbt removes people from more than dbt:\n%s", page)
			}
			b.at(s, "/teams")
			if !head {
				b.disabled("Create a team", "You may not create teams")
				s.refuses(b, "/teams/new", url.Values{"team": {"of-eve"}})
			}
			b.at(s, "/teams/"+team+"/members")
			b.disabled("Delete team", "")
			s.refuses(b, "/teams/"+team+"/delete", url.Values{})
			s.refuses(b, "/teams/"+team+"/members", url.Values{"members": {who}})
			b.at(s, "/teams/"+team+"/roles?platform=dagster")
			form := url.Values{"on": {"dagster/dev"}, "role": {"editor"}}
			if who == aDeploymentHead { // "Admin users can modify teams only in deployments where they're an Admin"
				b.edits("Edit team role", "dagster/dev")
				b.reads("Edit team role", "Role", "Viewer", "Save")
				form.Set("on", "dagster")
				form.Set("role", "organization_admin")
			} else {
				b.disabled("Edit team role", "")
			}
			s.refuses(b, "/teams/"+team+"/roles/edit", form)
			if status, _ := s.with(b.session(), http.MethodGet, "audit", nil); !head && status == http.StatusOK {
				t.Errorf("%s reads the audit log", who)
			}
		})
	}
	if s.holding(tom, "dagster/prod") != "viewer" {
		t.Error("something of Tom's has changed")
	}
}

// team is the opaque id of a team of the demo.
func (s *server) team(name string) string {
	s.t.Helper()
	x, err := s.as(toured.token).Team(s.t.Context(), name, client.Reading{})
	if err != nil {
		s.t.Fatal(err)
	}
	return x.ID
}
