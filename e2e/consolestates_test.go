package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bailiwick/client"
)

// faultless fails unless axe finds nothing on the page that is open, in both themes.
func (b *browser) faultless(script, what string) {
	b.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		for _, v := range b.violations(script, theme == "dark") {
			for _, n := range v.Nodes {
				b.t.Errorf("%s, %s: %s (%s)\n%s\n%s", what, theme, v.Help, v.ID, n.HTML, n.FailureSummary)
			}
		}
	}
}

// stands looks at the page as it is at this moment: axe finds nothing, nothing is cut off on a telephone and on a desk, and pictures are kept.
func (b *browser) stands(script, what string) {
	b.t.Helper()
	b.keeps(what)
	for _, width := range []int64{400, 1440} {
		b.wide(width)
		if bad := b.script(fits); bad != "" {
			b.t.Errorf("%s at %d px:\n%s", what, width, bad)
		}
	}
	b.faultless(script, what)
}

// TestConsoleIsForEverybodyWithFewRights : axe finds nothing on the pages of an editor, on which much is disabled or missing.
func TestConsoleIsForEverybodyWithFewRights(t *testing.T) {
	s, script := console(t), axe(t)
	b := s.visits(anEditor)
	seen := map[string]bool{}
	for _, path := range s.pagesOf(b) {
		if k := kind(path); !seen[k] {
			seen[k] = true
			b.goes(s, path)
			b.faultless(script, path)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d kinds of pages were looked at", len(seen))
	}
}

// TestConsoleIsForEverybodyWhenSomethingIsOpen : menus, lists, boxes, reviews, refusals and secrets, which no link alone leads to.
func TestConsoleIsForEverybodyWhenSomethingIsOpen(t *testing.T) {
	script := axe(t)
	s, b := administrates(t)
	is := func(what string) func() bool { return func() bool { return b.script(`String(`+what+`)`) == "true" } }
	tom := s.person("tom@acme.test")

	b.at(s, "/users/"+tom+"/roles?open=dagster%2Fprod")
	b.do("open the overrides", chromedp.Focus(chromedp.CSS(".overrides > button")))
	eventually(t, "list of overrides", is(`document.querySelector(".overrides [popover]").matches(":popover-open")`))
	b.stands(script, "state overrides")

	b.at(s, "/users")
	b.do("open the user menu", chromedp.Click(chromedp.CSS(".avatar"), chromedp.NodeVisible))
	eventually(t, "user menu", is(`document.querySelector("#mine").matches(":popover-open")`))
	b.stands(script, "state user menu")

	b.at(s, "/users")
	b.do("open Add new user", chromedp.Click(chromedp.CSS(`[popovertarget="adding"]`), chromedp.NodeVisible))
	eventually(t, "menu of Add new user", is(`document.querySelector("#adding").matches(":popover-open")`))
	b.stands(script, "state add menu")

	b.at(s, "/users")
	b.script(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true})), ""`)
	eventually(t, "search everywhere", is(`document.querySelector("#palette").open && !!document.querySelector("#hits .hit")`))
	b.stands(script, "state palette")
	b.do("type", chromedp.SendKeys(chromedp.CSS("#seek"), "prod"))
	eventually(t, "what is found", is(`document.querySelector("#hits").dataset.query === "prod"`))
	b.stands(script, "state palette found")

	b.at(s, "/users")
	b.script(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "?", shiftKey: true, bubbles: true})), ""`)
	eventually(t, "shortcuts", is(`document.querySelector("#shortcuts").open`))
	b.stands(script, "state shortcuts")

	b.at(s, "/users/"+tom+"/role?on=dagster%2Fprod")
	b.chooses("Admin")
	b.press("Save")
	b.sees("The policy test", "does not hold after the change")
	b.stands(script, "state refused by a policy test")
	b.at(s, "/users/"+s.person("uma@acme.test")+"/role?on=dagster%2Fprod")
	b.chooses("Admin")
	b.press("Save")
	b.sees("Gained", "1 person")
	b.do("open what is beneath", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("main details").forEach(d => { d.open = true })`))
	b.stands(script, "review role")
	b.at(s, "/users/"+s.person("hugo@acme.test")+"/roles")
	b.press("Remove user")
	b.sees("Lost")
	b.stands(script, "review removal")
	s.change(toured.token, client.TeamCreate{Team: "short-lived", Members: []string{"uma@acme.test", "sven@acme.test"}}, client.GrantsReplace{To: "team:short-lived", On: "dagster/dev", Role: "launcher"})
	b.at(s, "/teams/"+s.team("short-lived")+"/members")
	b.press("Delete team")
	b.sees("Lost", "2 people")
	b.stands(script, "review team deletion")
	b.pressLast("Delete team")

	b.at(s, "/users/"+s.person(anAdministrator)+"/roles?open=dagster%2Fprod")
	b.disabled("Edit user role", "Organization Admin already: no role is more permissive.")
	b.stands(script, "state disabled")

	b.at(s, "/users/add")
	b.fill("email", "nobody")
	b.chooses("Dagster+")
	b.do("the browser's own check off", validated)
	if status := b.press("Add user"); status != http.StatusUnprocessableEntity {
		t.Errorf("what is no address: %d", status)
	}
	b.stands(script, "state form with an error")

	b.at(s, "/tokens/new")
	b.fill("description", "for the picture")
	b.press("Create token")
	b.stands(script, "review token")
	b.pressLast("Create token")
	b.titled("Your new token")
	b.stands(script, "state token secret")
}

// TestConsolePagesOutsideAreForEverybody : what one meets before one is signed in, or on the way there, and the pages of identity providers.
func TestConsolePagesOutsideAreForEverybody(t *testing.T) {
	script := axe(t)
	s := serve(t, folder(t), append(local, "--mail-folder", t.TempDir())...)
	b := newBrowser(t)
	b.open(s.url + "setup#" + s.secret())
	b.stands(script, "outside setup")
	b.fill("organization", "acme")
	b.fill("name", "Olga Owner")
	b.fill("email", "olga@acme.test")
	b.fill("password", "short")
	b.do("the browser's own check off", validated)
	b.press("Create the organization")
	b.stands(script, "outside setup with an error")
	b.fill("password", good)
	b.press("Create the organization")
	b.sees("bwk_user_")
	b.stands(script, "outside setup done")
	owner := b.script(`document.body.innerText.match(/bwk_user_\S+/)[0]`)

	b.open(s.url + "o/acme/signin")
	b.stands(script, "outside sign-in")
	b.try("olga@acme.test", "wrong wrong wrong wrong")
	b.stands(script, "outside sign-in with an error")
	b.open(s.url + "o/acme/forgotten")
	b.stands(script, "outside forgotten")
	b.fill("email", "olga@acme.test")
	b.press("Send")
	b.sees("Look into your mailbox")
	b.stands(script, "outside mailbox")
	b.open(s.url + "reset#" + s.change(owner, client.LinkOpen{User: "olga@acme.test", Purpose: "reset"})[0].Secret)
	b.stands(script, "outside reset")
	b.fill("password", good)
	b.fill("again", another)
	b.press("Save and sign in")
	b.sees("The two passwords differ.")
	b.stands(script, "outside reset with an error")
	b.open(s.url + "activate#bwk_link_none")
	b.stands(script, "outside activate")
	b.open(s.url + "break-glass#bwk_glass_none")
	b.stands(script, "outside break-glass")
	b.press("Break the glass")
	b.stands(script, "outside break-glass refused")

	mia := known("mia")
	mia.Groups = &[]string{}
	settings := newIDP(t, s, mia).settings("Acme ID")
	settings.Join = nil
	id := s.addProvider(owner, settings)
	b.open(s.url + "o/acme/signin")
	b.stands(script, "outside sign-in with a provider")
	b.try("olga@acme.test", good)
	for name, path := range map[string]string{"list": "", "new": "/new", "one": "/" + id} {
		b.at(s, "/settings/providers"+path)
		b.stands(script, "provider "+name)
	}
	b.at(s, "/account/password")
	b.stands(script, "inside password")
	b.goes(s, "/denied")
	b.sees("This is not yours to see", "What you may do")
	b.stands(script, "inside denied")
	b.at(s, "/cli/signin?"+url.Values{"challenge": {strings.Repeat("a", 43)}, "to": {"127.0.0.1:45001"}, "name": {"a-laptop"}, "state": {"x"}}.Encode())
	b.stands(script, "outside command line")
	b.goes(s, "/cli/signin?to=evil.example:80")
	b.stands(script, "outside command line refused")
	b.goes(s, "/gate/signin?gate=none&state=x")
	b.stands(script, "outside no gate")
	b.at(s, "/")
	b.stands(script, "inside new organization")
	b.signOut()
	b.arrives("/signed-out")
	b.stands(script, "outside signed out")
}
