package e2e

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bailiwick/client"
)

// follows clicks the first link or button with a text inside a part of the page.
func (b *browser) follows(part, text string) {
	b.t.Helper()
	inside := `(//` + part + `//*[self::a or self::button][starts-with(normalize-space(.), "` + text + `")])[1]`
	b.load("follow "+text, chromedp.Click(chromedp.Search(inside), chromedp.NodeVisible))
}

// selects chooses a value in a list of the page's own.
func (b *browser) selects(name, value string) {
	b.t.Helper()
	if got := b.script(`(() => { const e = document.querySelector('main select[name="` + name + `"]'); e.value = "` + value + `"; e.dispatchEvent(new Event("change", {bubbles: true})); return e.value })()`); got != value {
		b.t.Fatalf("%s cannot be %q on %s", name, value, b.describe())
	}
}

// ticks clicks the box of a value.
func (b *browser) ticks(value string) {
	b.t.Helper()
	b.do("tick "+value, chromedp.Click(chromedp.CSS(`main input[value="`+value+`"]`), chromedp.NodeVisible))
}

// titled fails unless the page has a title.
func (b *browser) titled(title string) {
	b.t.Helper()
	if got := b.script(`document.querySelector("h1").innerText`); got != title {
		b.t.Fatalf("the page is %q, not %q: %s", got, title, b.describe())
	}
}

// shownOnce is the secret of a token that was made just now. It is gone with the page that shows it.
func (b *browser) shownOnce() string {
	b.t.Helper()
	b.titled("Your new token")
	b.sees("This is shown here once and never again.")
	secret := b.script(`document.querySelector("#new-token").textContent`)
	if !regexp.MustCompile(`^bwk_[a-z]+_\S{20,}$`).MatchString(secret) {
		b.t.Fatalf("%q is no secret", secret)
	}
	b.press("I stored it")
	if strings.Contains(b.script(`document.documentElement.outerHTML`), secret) {
		b.t.Fatal("the secret is on the page after its own")
	}
	b.do("back", func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, _ = back(ctx, t) // the browser has kept nothing to show: it asks whether to send the form once more
		return none, nil
	})
	if strings.Contains(b.script(`document.documentElement.outerHTML`), secret) {
		b.t.Fatal("the button Back shows the secret again")
	}
	return secret
}

// lets tells whether a token is let in.
func (s *server) lets(secret string) bool {
	s.t.Helper()
	_, err := s.as(secret).Whoami(s.t.Context())
	return err == nil
}

// program is the address of a service user of the demo.
func (s *server) program(name string) string {
	s.t.Helper()
	found, err := s.as(toured.token).ServiceUsers(s.t.Context(), client.ServiceUserQuery{Query: name})
	if err != nil || len(found.ServiceUsers) != 1 {
		s.t.Fatalf("%s: %v %v", name, found.ServiceUsers, err)
	}
	return "/service-users/" + found.ServiceUsers[0].ID
}

// TestConsoleAServiceUserIsAddedEditedAndRemoved : by somebody who manages service users and nothing else. Whoever gives roles gives this one
// its role; she does not, and a service user with roles elsewhere is not hers.
func TestConsoleAServiceUserIsAddedEditedAndRemoved(t *testing.T) {
	s := console(t)
	b := s.visits(aManager)
	b.at(s, "/")
	b.follows(`nav[@id="places"]`, "Service users")
	b.reads("Service users", "Add new service user", "Service user", "Roles", "Tokens", "Last used", "Added")
	b.press("Add new service user")
	b.reads("Add new service user", "Name", "Description", "Add service user")
	b.fill("name", "night-loader")
	b.fill("description", "loads at night")
	b.saves("Add service user", "Add the service user night-loader?")
	at := s.program("night-loader")
	b.follows("main", "night-loader")
	b.reads("night-loader", "Roles", "Where", "Direct", "Via teams", "Effective", "Edit user role", "Tokens", "Create a token", "Name and description", "Name", "Description", "Save", "Done", "Remove service user")
	b.disabled("Edit user role", "You may not give roles here.")
	s.refuses(b, at+"/role?on=dagster%2Fstaging", url.Values{"role": {"viewer"}})

	b.press("Create a token")
	b.reads("Create a token", "A token for night-loader", "What for", "Where it may be used", "Ends after", "Create token")
	b.fill("description", "nightly load")
	b.saves("Create token", "Create the token?", "Whoever has it can do, until it ends or is revoked, all that night-loader can do.")
	secret := b.shownOnce()
	if !s.lets(secret) {
		t.Error("the service user's token is not let in")
	}
	b.at(s, at+"/roles")
	b.fill("name", "evening-loader")
	b.saves("Save", "Save night-loader?")
	b.titled("evening-loader")

	ada := s.visits(anAdministrator)
	ada.at(s, at+"/roles")
	for _, role := range []string{"Viewer", "Launcher"} {
		ada.edits("Edit user role", "dagster/staging")
		ada.chooses(role)
		ada.saves("Save", "Gained", "service user evening-loader")
		ada.sees(role)
	}
	b.at(s, at+"/roles")
	b.sees("Launcher")
	s.refuses(b, at+"/role?on=dagster%2Fstaging", url.Values{"role": {"admin"}})
	s.refuses(b, at+"/role?on=dagster%2Fstaging", url.Values{"remove": {"yes"}})
	b.at(s, at+"/roles") // its role would be taken away with it, or given
	b.disabled("Remove service user", "You may not remove this service user: it has Launcher on dagster/staging, which you may not take away.")
	b.sees("You may not make tokens for this service user: it has Launcher on dagster/staging, which you may not give.")
	s.refuses(b, at+"/remove", url.Values{})
	ada.edits("Edit user role", "dagster/staging")
	ada.press("Remove role")
	ada.sees("Lost", "service user evening-loader")
	ada.pressLast("Save")

	ci := s.program("ci")
	b.at(s, ci+"/roles")
	b.disabled("Save", "You may not manage this service user")
	b.disabled("Remove service user", "You may not manage this service user")
	s.refuses(b, ci+"/edit", url.Values{"name": {"mine"}})
	s.refuses(b, ci+"/remove", url.Values{})
	s.refuses(b, "/tokens/new", url.Values{"for": {"service_user:" + strings.TrimPrefix(ci, "/service-users/")}, "kind": {"svc"}, "description": {"mine"}, "expires": {"7"}})

	ada.press("Remove service user")
	ada.sees("Remove evening-loader?", "1 token ends at once, and whatever signs in with it is refused", "(nightly load)")
	ada.press("Cancel")
	b.at(s, at+"/roles")
	b.press("Remove service user")
	b.sees("Remove evening-loader?", "1 token ends at once, and whatever signs in with it is refused", "(nightly load)")
	if !s.lets(secret) {
		t.Error("the token has ended with the review")
	}
	b.pressLast("Remove service user")
	b.titled("Service users")
	b.misses("evening-loader")
	if s.lets(secret) {
		t.Error("the token of a service user that is gone is let in")
	}
}

// TestConsoleATokenIsCreatedRotatedAndRevoked : from the menu of *Add new user*, which offers a human and a service user, to one's own token:
// less than everything, ending, and shown once.
func TestConsoleATokenIsCreatedRotatedAndRevoked(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/users")
	b.adds()
	b.titled("Add new user")
	b.press("Cancel")
	b.do("Add new user", chromedp.Click(chromedp.Search(`//button[starts-with(normalize-space(.), "Add new user")]`), chromedp.NodeVisible))
	b.follows(`*[@id="adding"]`, "Service user")
	b.titled("Add new service user")

	b.at(s, "/tokens")
	b.reads("Tokens", "Create a token", "Token", "Whose", "Scope", "Created", "Last used", "Expires")
	b.press("Create a token")
	b.reads("Create a token", "Whose token", "Choose", "A token for you", "What for", "Where it may be used", "What it may do there", "Ends after", "Create token", "Cancel")
	if strings.Contains(b.script(`document.querySelector("main select[name=expires]").innerText`), "never") {
		t.Error("a person's token may never end")
	}
	b.fill("description", "walk of the console")
	b.selects("on", "dagster/prod")
	b.selects("as", "dagster:viewer")
	b.selects("expires", "30")
	b.saves("Create token", "Create the token?", "can do within what you chose.")
	first := b.shownOnce()
	if !s.lets(first) {
		t.Error("the new token is not let in")
	}
	b.at(s, "/tokens?holder="+url.QueryEscape(anAdministrator))
	b.follows("main", "walk of the console")
	b.reads("walk of the console", "What it is", "Created", "Last used", "Expires", "Where", "Permissions", "Description", "Save", "Rotate", "The old one stays good for", "Rotate token", "Revoke this token", "Revoke token")
	b.sees("dagster/prod")
	old := b.where()
	b.selects("overlap", "0")
	b.saves("Rotate token", "Rotate", "The old one ends at once: whatever still uses it is refused.")
	second := b.shownOnce()
	if second == first || s.lets(first) || !s.lets(second) {
		t.Error("rotating has not put a new token in the place of the old one")
	}
	b.at(s, old)
	b.disabled("Rotate token", "The token is of no use any more.")
	b.press("a newer token")
	b.press("Revoke token")
	b.sees("Revoke", "(walk of the console)", "is refused from now on, and it cannot be brought back.", "No role changes")
	b.pressLast("Revoke token")
	b.titled("Tokens")
	if s.lets(second) {
		t.Error("a token that was revoked is let in")
	}
}

// TestConsoleACustomRoleIsCreatedEditedAndDeleted : from a built-in role, with the confirmation of who gains and who loses what.
func TestConsoleACustomRoleIsCreatedEditedAndDeleted(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/roles?platform=dagster")
	b.reads("Roles", "Compare", "with", "Create role", "What each role contains", "Custom roles")
	b.follows("main", "Launcher")
	b.press("Create role from this")
	b.reads("Create a role", "Type", "Based on", "Choose", "Name", "Description", "Icon", "Permissions", "Create role", "Cancel")
	b.sees("What Launcher contains is in the role already")
	if base := b.script(`document.querySelector("main select[name=base]").value`); base != "launcher" {
		t.Errorf("it is based on %q", base)
	}
	b.fill("role", "night-releaser")
	b.ticks("code_locations.reload")
	b.saves("Create role", "Create the role night-releaser?", "Nobody holds it yet.")
	b.titled("Roles")
	b.follows("main", "night-releaser")
	b.reads("night-releaser", "Edit role", "Create role from this", "Who holds it", "What it contains", "Delete this role", "Delete role")
	b.sees("custom role, based on Launcher")
	at := b.where()

	s.change(toured.token, client.GrantsReplace{To: "user:uma@acme.test", On: "dagster/dev", Role: "night-releaser"})
	b.press("Edit role")
	b.reads("Edit night-releaser", "Based on", "Name", "Description", "Icon", "Permissions", "Save")
	b.fill("role", "night-deployer")
	b.ticks("code_locations.reload")
	b.ticks("deployments.edit_settings")
	b.saves("Save", "Save the role night-releaser?", "It gets deployments.edit_settings.", "It gives up code_locations.reload.", "It is called night-deployer from now on.",
		"Lost", "Gained", "1 person", "uma@acme.test")
	b.titled("night-deployer")
	b.sees("uma@acme.test")
	b.disabled("Delete role", "It is held: take it from each holder first")
	s.refuses(b, at+"/delete", url.Values{})
	s.change(toured.token, client.GrantsReplace{To: "user:uma@acme.test", On: "dagster/dev"})
	b.at(s, at)
	b.press("Delete role")
	b.sees("Delete the role night-deployer?", "Nobody holds it. It cannot be brought back.")
	b.pressLast("Delete role")
	b.titled("Roles")
	b.misses("night-deployer", "night-releaser")
}

// chosen is what is chosen for AuthZEN of a platform.
func (b *browser) chosen(platform string) string {
	b.t.Helper()
	return b.script(`document.querySelector('form[action="/settings/switches/` + platform + `"]:has([value="authzen"]) select').value`)
}

// TestConsoleOrganizationSettings : each of its places by the user menu; what is locked says why and is refused; something is switched, and back.
func TestConsoleOrganizationSettings(t *testing.T) {
	s, b := administrates(t)
	b.at(s, "/")
	for _, to := range [][2]string{{"Users", "Users"}, {"Teams", "Teams"}, {"Tokens", "Tokens"}, {"Deployments", "Platforms"}, {"Organization Settings", "Sign-in"}} {
		b.do("open the user menu", chromedp.Click(chromedp.CSS(".avatar"), chromedp.NodeVisible))
		b.reads("Your account", "Your tokens", "Organization Settings", "Users", "Teams", "Tokens", "Deployments", "Sign out")
		b.follows(`*[@id="mine"]`, to[0])
		b.titled(to[1])
	}
	b.reads("Ways to sign in", "Passwords", "Allowed", "Off", "Single sign-on", "Optional", "Enforced", "Sessions", "Ends unused after", "Ends in any case after", "Save", "Identity providers", "One-time links")
	b.sees("Off and Enforced are locked. There is no identity provider yet, so nobody could sign in any more.")
	for name, value := range map[string]string{"local_users": "off", "sign_on": "enforced"} {
		if why := b.script(`(() => { const e = document.querySelector('main input[name="` + name + `"][value="` + value + `"]'); return e.disabled ? document.getElementById(e.getAttribute("aria-describedby")).innerText : "" })()`); !strings.Contains(why, "locked") {
			t.Errorf("%s of %s can be chosen: %q", value, name, why)
		}
		s.refuses(b, "/settings/signin", url.Values{name: {value}})
	}

	b.follows(`nav[@aria-label="Organization settings"]`, "Switches")
	b.titled("Switches")
	b.sees("You may look, and not change this: it takes airflow.billing.update.")
	s.refuses(b, "/settings/switches/airflow", url.Values{"name": {"authzen"}, "value": {"on"}})
	was := b.chosen("dbt")
	for _, to := range []string{map[string]string{"on": "off", "off": "on"}[was], was} {
		b.script(fmt.Sprintf(`document.querySelector('form[action="/settings/switches/dbt"]:has([value="authzen"]) select').value = %q, ""`, to))
		b.press("Change AuthZEN of dbt")
		b.sees("Set authzen of dbt Cloud Enterprise to "+to+"?", "Nobody's access changes.")
		b.pressLast("Save")
		b.sees("Saved.")
		if got := b.chosen("dbt"); got != to {
			t.Errorf("AuthZEN of dbt is %q, not %q", got, to)
		}
	}
}

// TestConsoleOverridesCloseWithEscape : whether the focus is on the button that opened them or has gone on into them, it is on the button then.
func TestConsoleOverridesCloseWithEscape(t *testing.T) {
	s, b := administrates(t)
	is := func(what string) bool { return b.script(`String(`+what+`)`) == "true" }
	const list, button = `document.querySelector(".overrides [popover]")`, `document.querySelector(".overrides > button")`
	for _, tabs := range []int{0, 1} {
		b.at(s, "/users/"+s.person("tom@acme.test")+"/roles?open=dagster%2Fprod")
		b.sees("1 override(s)")
		b.do("to the button", chromedp.Focus(chromedp.CSS(".overrides > button")))
		eventually(t, "list of overrides at the focus", func() bool { return is(list + `.matches(":popover-open")`) })
		for range tabs {
			b.keys("Tab")
			eventually(t, "focus inside the list", func() bool { return is(list + `.contains(document.activeElement)`) })
		}
		b.keys("Escape")
		eventually(t, "end of the list of overrides", func() bool { return !is(list + `.matches(":popover-open")`) })
		if !is(`document.activeElement === ` + button) {
			t.Errorf("after %d of the key Tab and Escape the focus is not on the button", tabs)
		}
		b.keys("Enter")
		eventually(t, "list of overrides after Enter", func() bool { return is(list + `.matches(":popover-open")`) })
	}
}

// TestConsoleARoleIsGivenWithoutScripts : a form, its review, and the same to take it away.
func TestConsoleARoleIsGivenWithoutScripts(t *testing.T) {
	s, b := administrates(t)
	uma := s.person("uma@acme.test")
	b.scripts(false)
	b.at(s, "/users/"+uma+"/roles")
	if b.script(`typeof window.htmx`) != "undefined" {
		t.Fatal("scripts run")
	}
	b.edits("Edit user role", "dagster/dev")
	b.reads("Edit user role", "User role", "Viewer", "Save", "Cancel")
	b.chooses("Viewer")
	b.saves("Save", "Save the role of Uma Shetty on dev?", "Gained", "1 person", "uma@acme.test")
	if got := s.holding(uma, "dagster/dev"); got != "viewer" {
		t.Fatalf("uma has %q on dev", got)
	}
	b.edits("Edit user role", "dagster/dev")
	b.press("Remove role")
	b.sees("Take the role of Uma Shetty on dev away?", "Lost", "1 person", "uma@acme.test")
	b.pressLast("Save")
	if got := s.holding(uma, "dagster/dev"); got != "" {
		t.Fatalf("uma still has %q on dev", got)
	}
}
