package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
)

// everySettings are the pages of the organization's settings.
var everySettings = []string{"general", "signin", "providers", "provisioning", "plan", "switches", "danger"}

// TestWhoSeesWhichSettings : each page is there for who holds a right to it, listed for them and nobody else.
func TestWhoSeesWhichSettings(t *testing.T) {
	d := newTeamDesk(t)
	for who, sees := range map[string]string{"olga": "general signin providers provisioning plan switches danger", "aud": "general signin providers provisioning plan switches danger",
		"ada": "general plan switches", "dan": "general plan switches", "bo": "", "zoe": ""} {
		for _, name := range everySettings {
			status, text, _ := d.ask(who, "/settings/"+name, nil)
			if shown := strings.Contains(" "+sees+" ", " "+name+" "); shown != (status == http.StatusOK) || !shown && status != http.StatusForbidden {
				t.Errorf("%s at %s: status %d", who, name, status)
			}
			for _, other := range everySettings {
				if listed := strings.Contains(text, `href="/settings/`+other+`"`); listed && !strings.Contains(" "+sees+" ", " "+other+" ") {
					t.Errorf("%s at %s finds a link to %s", who, name, other)
				}
			}
		}
	}
	for who, want := range map[string]string{"olga": "/settings/signin", "ada": "/settings/general"} {
		has(t, d.see(who, "/settings"), `href="`+want+`" aria-current="page"`)
	}
	if status, _, _ := d.ask("bo", "/settings", nil); status != http.StatusForbidden {
		t.Errorf("bo at the settings: status %d", status)
	}
	has(t, d.see("olga", "/settings/general"), "acme", "https://access.acme.test/o/acme/signin", "olga@acme.test", "ada@acme.test", "Organization Admin", "None is open")
	hasNot(t, d.see("ada", "/settings/general"), "olga@acme.test", "Owner", "dan@acme.test", "admins-of-dbt")
	hasNot(t, d.see("ada", "/settings/plan"), "dbt")
	hasNot(t, d.see("ada", "/settings/switches"), "dbt", "Passwords")
}

// newProvider adds a provider in Olga's name by the pages, and returns its address.
func (d *teamDesk) newProvider(name string) (id, address string) {
	d.t.Helper()
	_, location := d.save("olga", "/settings/providers/new", url.Values{"name": {name}, "issuer": {"https://" + strings.ToLower(name) + ".acme.test"}, "client_id": {"bailiwick"},
		"scopes": {"email, profile"}, "groups_claim": {"groups"}})
	status, _, address := d.ask("olga", location, nil)
	if status != http.StatusSeeOther {
		d.t.Fatalf("after adding, %s has status %d", location, status)
	}
	address, _, _ = strings.Cut(address, "?")
	return strings.TrimPrefix(address, "/settings/providers/"), address
}

// tested notes that Olga has signed in with a provider.
func (d *teamDesk) tested(id string) {
	d.t.Helper()
	if _, err := d.Changes.ProviderTested(d.t.Context(), "acme", change.Actor{Subject: d.Subject("olga"), Via: "test"}, id, ""); err != nil {
		d.t.Fatal(err)
	}
}

// TestSignOnIsEnforcedAfterATest : what leaves people nothing but a provider is locked, with its reason, and refused by the
// server all the same, until a test sign-in has succeeded with an enabled one as it is.
func TestSignOnIsEnforcedAfterATest(t *testing.T) {
	d := newTeamDesk(t)
	enforce, off := url.Values{"sign_on": {"enforced"}}, url.Values{"local_users": {"off"}}
	locked := func(why string) {
		t.Helper()
		has(t, d.see("olga", "/settings/signin"), `value="enforced" disabled aria-describedby="locked"`, `value="off" disabled aria-describedby="locked"`, why)
		d.refused("olga", "/settings/signin", enforce, http.StatusUnprocessableEntity)
		d.refused("olga", "/settings/signin", off, http.StatusUnprocessableEntity)
	}
	locked("There is no identity provider yet")
	id, address := d.newProvider("Acme")
	locked("No identity provider is enabled")
	has(t, d.see("olga", address), `href="/account/test/`+id+`"`, `target="_blank"`, "Locked until a test sign-in succeeds")
	d.save("olga", address+"/enabled", url.Values{"enabled": {"on"}})
	locked("No test sign-in has succeeded")
	d.tested(id)
	page := d.see("olga", "/settings/signin")
	hasNot(t, page, `aria-describedby="locked"`, `id="locked"`)
	hasNot(t, d.see("olga", address), "Locked until")

	// Another client is another connection: what was tested is not what is there.
	d.save("olga", address+"/connection", url.Values{"name": {"Acme"}, "issuer": {"https://acme.acme.test"}, "client_id": {"other"}, "scopes": {"email profile"}, "groups_claim": {"groups"}})
	locked("No test sign-in has succeeded")
	d.tested(id)
	d.Do(client.IdentityLink{User: "olga@acme.test", Provider: id, Subject: "olga"})
	for _, who := range []string{"ada", "dan"} {
		d.Do(client.IdentityLink{User: who + "@acme.test", Provider: id, Subject: who})
	}
	for _, who := range []string{"ada", "bo", "zoe"} {
		d.refused(who, "/settings/signin", enforce, http.StatusForbidden)
	}
	d.refused("aud", "/settings/signin", enforce, http.StatusForbidden)
	review, location := d.save("olga", "/settings/signin", enforce)
	has(t, review, "Passwords and links let nobody in", "no account at a provider yet")
	has(t, d.see("olga", location), `value="enforced" checked`, "Saved.")
	// And now the only way in stays.
	for path, form := range map[string]url.Values{"/enabled": {"enabled": {"off"}}, "/remove": {}, "/secret": {"client_secret": {"another-secret"}}} {
		has(t, d.refused("olga", address+path, form, http.StatusUnprocessableEntity), "only way in")
	}
}

// TestSessionLengths : both lengths are changed at once, in an order in which they do not contradict each other.
func TestSessionLengths(t *testing.T) {
	d := newTeamDesk(t)
	for _, lengths := range [][2]string{{"15m0s", "8h0m0s"}, {"24h0m0s", "168h0m0s"}, {"30m0s", "12h0m0s"}} {
		d.save("olga", "/settings/signin", url.Values{"session_idle": {lengths[0]}, "session_absolute": {lengths[1]}})
		if idle, absolute := change.SessionTimes(d.Now()); idle.String() != lengths[0] || absolute.String() != lengths[1] {
			t.Errorf("sessions last %v and %v, want %v", idle, absolute, lengths)
		}
	}
	has(t, d.see("olga", "/settings/signin"), `value="30m0s" selected>30 minutes`, `value="12h0m0s" selected>12 hours`)
	has(t, d.refused("olga", "/settings/signin", url.Values{"session_idle": {"30m0s"}}, http.StatusUnprocessableEntity), "That is how it is already.")
	d.refused("olga", "/settings/signin", url.Values{"session_idle": {"1s"}}, http.StatusUnprocessableEntity)
	d.refused("ada", "/settings/signin", url.Values{"session_idle": {"1h0m0s"}}, http.StatusForbidden)
}

// TestAClientSecretIsNeverShown : it is kept, sealed, and in no page afterwards, neither of who gave it nor where it was refused.
func TestAClientSecretIsNeverShown(t *testing.T) {
	d := newTeamDesk(t)
	_, address := d.newProvider("Acme")
	id := strings.TrimPrefix(address, "/settings/providers/")
	const secret = "a-very-secret-text"
	form := url.Values{"client_secret": {secret}}
	status, text, location := d.ask("olga", address+"/secret", form)
	if status != http.StatusSeeOther || strings.Contains(text, secret) {
		t.Fatalf("the secret is not kept: status %d\n%s", status, text)
	}
	kept := d.Now().Provider(id).Secret
	stored, found, err := d.Journal.Secret(t.Context(), "acme", kept)
	if err != nil || !found || strings.Contains(string(stored), secret) {
		t.Fatalf("it is kept as %q, found %v: %v", stored, found, err)
	}
	for _, page := range []string{location, address, "/settings/providers", "/settings/signin"} {
		hasNot(t, d.see("olga", page), secret, kept)
	}
	hasNot(t, d.see("olga", "/audit"), secret)
	has(t, d.see("olga", location), "It is not shown again")
	for _, bad := range []string{"", " with spaces around ", strings.Repeat("x", 4097), "two\nlines"} {
		hasNot(t, d.refused("olga", address+"/secret", url.Values{"client_secret": {bad}}, http.StatusUnprocessableEntity), "two\nlines", "with spaces around")
	}
	for who, want := range map[string]int{"aud": http.StatusForbidden, "ada": http.StatusForbidden, "zoe": http.StatusForbidden} {
		hasNot(t, d.refused(who, address+"/secret", url.Values{"client_secret": {"a-secret-of-somebody-else"}}, want), "a-secret-of-somebody-else")
	}
	if d.Now().Provider(id).Secret != kept {
		t.Error("the secret is another one")
	}
	// Another issuer is not sent it.
	review, _ := d.save("olga", address+"/connection", url.Values{"name": {"Acme"}, "issuer": {"https://elsewhere.test"}, "client_id": {"bailiwick"}})
	has(t, review, "The client secret is forgotten")
	if p := d.Now().Provider(id); p.Secret != "" || p.Issuer != "https://elsewhere.test" {
		t.Errorf("the provider is %+v", p.ProviderPut)
	}
}

// TestProvidersMapGroups : groups come to teams, never to administrators, and a preview says what a sign-in would come to.
func TestProvidersMapGroups(t *testing.T) {
	d := newTeamDesk(t)
	id, address := d.newProvider("Acme")
	form := url.Values{"group": {"engineers"}, "team": {"quiet"}}
	d.Do(client.TeamCreate{Team: "quiet"})
	has(t, d.refused("olga", address+"/groups", url.Values{"group": {"engineers"}}, http.StatusUnprocessableEntity), "either a team or a license")
	has(t, d.refused("olga", address+"/groups", url.Values{"group": {"admins"}, "team": {"admins-of-dbt"}}, http.StatusUnprocessableEntity), "administers dbt")
	for _, who := range []string{"aud", "ada", "bo"} {
		d.refused(who, address+"/groups", form, http.StatusForbidden)
	}
	d.save("olga", address+"/groups", form)
	has(t, d.see("olga", address), "<code>engineers</code>", ">quiet<", "0 people now")
	has(t, d.see("olga", address+"?groups=engineers,others"), "They have to be added first", "Into the team <strong>quiet</strong>")
	has(t, d.see("olga", address+"?groups=nothing&user=zoe@acme.test"), "Nothing would change.")
	has(t, d.see("olga", address+"?user=nobody@acme.test"), "nobody@acme.test")
	hasNot(t, d.see("aud", address+"?groups=engineers"), "They have to be added first")
	d.save("olga", address+"/groups", url.Values{"remove": {"yes"}, "group": {"engineers"}, "team": {d.Now().TeamByName("quiet").ID}})
	if n := len(d.Now().Provider(id).Teams); n != 0 {
		t.Errorf("%d mappings are left", n)
	}
}

// TestAProviderIsAddedAndRemoved : each by who may, after a review that says what is lost.
func TestAProviderIsAddedAndRemoved(t *testing.T) {
	d := newTeamDesk(t)
	form := url.Values{"name": {"Acme"}, "issuer": {"https://id.acme.test"}, "client_id": {"bailiwick"}}
	for _, who := range []string{"aud", "ada", "zoe"} {
		d.refused(who, "/settings/providers/new", nil, http.StatusForbidden)
		d.refused(who, "/settings/providers/new", form, http.StatusForbidden)
	}
	has(t, d.see("aud", "/settings/providers"), "You may look, and not change this", "disabled")
	has(t, d.refused("olga", "/settings/providers/new", url.Values{"name": {"Acme"}, "issuer": {"http://id.acme.test"}, "client_id": {"x"}}, http.StatusUnprocessableEntity), `value="http://id.acme.test"`, "cannot be an issuer")
	id, address := d.newProvider("Acme")
	d.Do(client.IdentityLink{User: "bo@acme.test", Provider: id, Subject: "bo"})
	has(t, d.see("aud", address), "You may look, and not change this", "https://access.acme.test/signin/callback")
	d.refused("aud", address+"/remove", url.Values{}, http.StatusForbidden)
	d.refused("ada", address, nil, http.StatusForbidden)
	d.refused("olga", "/settings/providers/idp_nothing", nil, http.StatusNotFound)
	review, location := d.save("olga", address+"/remove", url.Values{})
	has(t, review, "1 person is bound to an account there and cannot sign in with it any more.")
	has(t, d.see("olga", location), "No identity provider yet")
}

// TestProvisioningIsSwitched : by who may, and after a warning of what it comes to.
func TestProvisioningIsSwitched(t *testing.T) {
	d := newTeamDesk(t)
	on := url.Values{"provisioning": {"on"}}
	d.refused("aud", "/settings/provisioning", on, http.StatusForbidden)
	d.refused("ada", "/settings/provisioning", on, http.StatusForbidden)
	has(t, d.see("aud", "/settings/provisioning"), "You may look, and not change this", "Provisioning is off", "adding people")
	review, location := d.save("olga", "/settings/provisioning", on)
	has(t, review, "nobody new can come at all", "the last administrator of each platform stays")
	has(t, d.see("olga", location), "Provisioning is on", "What was refused")
	d.save("olga", "/settings/provisioning", url.Values{"provisioning": {"off"}})
	if d.Now().Settings[change.SettingProvisioning] != "off" {
		t.Error("provisioning is still on")
	}
}

// TestPlansAndSwitches : who may change a platform's plan, seats and switches does so after a review; others look, or do not.
func TestPlansAndSwitches(t *testing.T) {
	d := newTeamDesk(t)
	page := d.see("ada", "/settings/plan")
	has(t, page, "dagster-plus", "not limited by a plan", "<strong>2</strong> used, no limit", "The role Launcher", "Roles on a code location", "Custom roles", `action="/settings/plan/dagster"`)
	audited := d.see("aud", "/settings/plan")
	has(t, audited, "it takes dagster.billing.manage", "Developer")
	hasNot(t, audited, `action="/settings/plan/`)
	seats := url.Values{"plan": {"pro"}, "seats": {"2"}}
	d.refused("aud", "/settings/plan/dagster", seats, http.StatusForbidden)
	d.refused("dan", "/settings/plan/dagster", seats, http.StatusNotFound)
	d.refused("zoe", "/settings/plan/dagster", seats, http.StatusNotFound)
	d.save("ada", "/settings/plan/dagster", seats)
	has(t, d.see("ada", "/settings/plan"), "<strong>2</strong> of 2 used", "<meter")
	for _, bad := range []url.Values{seats, {"plan": {"starter"}, "seats": {"2"}}, {"seats": {"1"}}, {"seats": {"many"}}, {"seats": {"-1"}}, {"plan": {"gold"}, "seats": {"2"}}} {
		d.refused("ada", "/settings/plan/dagster", bad, http.StatusUnprocessableEntity)
	}
	d.save("ada", "/settings/plan/dagster", url.Values{"plan": {"pro"}, "seats": {""}})
	if n := d.Now().Platform("dagster").Seats; n != 0 {
		t.Errorf("%d seats", n)
	}

	has(t, d.see("ada", "/settings/switches"), "Branch scope", `value="parent_access" selected`, "SSO default role is set on each deployment")
	for _, name := range []string{"branch_scope", "authzen"} {
		why := `aria-describedby="no-dagster-` + name + `"`
		inOrder(t, d.see("aud", "/settings/switches"), `<select name="value" disabled `+why, `<button class="quiet" disabled `+why+">Change", `id="no-dagster-`+name+`"`)
	}
	scope := url.Values{"name": {"branch_scope"}, "value": {"everywhere"}}
	d.refused("aud", "/settings/switches/dagster", scope, http.StatusForbidden)
	d.refused("dan", "/settings/switches/dagster", scope, http.StatusNotFound)
	d.refused("ada", "/settings/switches/dagster", url.Values{"name": {"branch_scope"}, "value": {"nowhere"}}, http.StatusUnprocessableEntity)
	d.save("ada", "/settings/switches/dagster", scope)
	d.save("ada", "/settings/switches/dagster", url.Values{"name": {"authzen"}, "value": {"on"}})
	if p := d.Now().Platform("dagster"); p.Settings["branch_scope"] != "everywhere" || !p.Authzen {
		t.Errorf("the platform is %+v", p.PlatformAttached)
	}
}

// TestTheDangerZone : each thing that cannot be undone takes its right and its typed words.
func TestTheDangerZone(t *testing.T) {
	d := newTeamDesk(t)
	for _, path := range []string{"/settings/danger/sessions", "/settings/danger/erase", "/settings/danger/detach/dagster"} {
		for _, who := range []string{"aud", "ada", "zoe"} {
			d.refused(who, path, url.Values{"confirm": {"acme"}, "person": {"acme"}, "at": {"1"}}, http.StatusForbidden)
		}
	}
	hasNot(t, d.see("aud", "/settings/danger"), "End every session", "Detach", "Erase")

	d.see("bo", "/account")
	has(t, d.see("olga", "/settings/danger"), "sessions open besides yours", "Type <strong>dagster</strong> to confirm", "people lose what they have there")
	d.refused("olga", "/settings/danger/sessions", url.Values{"confirm": {"other"}}, http.StatusUnprocessableEntity)
	d.see("bo", "/account")
	if status, _, _ := d.ask("olga", "/settings/danger/sessions", url.Values{"confirm": {"acme"}}); status != http.StatusSeeOther {
		t.Errorf("ending every session: status %d", status)
	}
	has(t, d.see("olga", "/settings/danger?done=sessions"), "Every session but yours here has ended.", "Nobody else is signed in now.")
	if status, _, _ := d.ask("bo", "/account", nil); status == http.StatusOK {
		t.Error("bo is still signed in")
	}

	d.refused("olga", "/settings/danger/detach/dbt", url.Values{"confirm": {"dagster"}}, http.StatusUnprocessableEntity)
	d.refused("olga", "/settings/danger/detach/org", url.Values{"confirm": {"org"}}, http.StatusNotFound)
	review, _ := d.save("olga", "/settings/danger/detach/dbt", url.Values{"confirm": {"dbt"}})
	has(t, review, "1 person loses what they have there", "dan@acme.test")
	if d.Now().Platform("dbt") != nil {
		t.Error("dbt is still attached")
	}
}

// TestExportFromTheDangerZone : the file is for who sees everything, and the history says who took it.
func TestExportFromTheDangerZone(t *testing.T) {
	d := newTeamDesk(t)
	d.refused("ada", "/settings/danger/export", url.Values{}, http.StatusForbidden)
	before := d.Now().Revision
	status, text, _ := d.ask("aud", "/settings/danger/export", url.Values{})
	if status != http.StatusOK || !strings.Contains(text, "organization: acme") || !strings.Contains(text, "bo@acme.test") {
		t.Fatalf("status %d\n%s", status, text)
	}
	if d.Now().Revision != before+1 {
		t.Error("the history does not say that the export was taken")
	}
}

// TestErasingAPerson : who was removed is found in the directory of a moment, and what was personal is gone for good.
func TestErasingAPerson(t *testing.T) {
	d := newTeamDesk(t)
	id := d.User("bo").ID
	here := time.Now().UTC().Add(time.Second).Format("2006-01-02T15:04:05")
	form := url.Values{"person": {"bo@acme.test"}, "confirm": {"bo@acme.test"}, "at": {here}}
	has(t, d.refused("olga", "/settings/danger/erase", form, http.StatusUnprocessableEntity), "still in the directory", `value="bo@acme.test"`)
	at := d.Now().At.UTC().Format(time.RFC3339Nano)
	d.Do(client.UserRemove{User: id})
	form.Set("at", at)
	for _, bad := range []url.Values{{"person": {"bo@acme.test"}, "at": {at}}, {"person": {"bo@acme.test"}, "confirm": {"bo@acme.test"}}, {"person": {"nobody@acme.test"}, "confirm": {"nobody@acme.test"}, "at": {at}},
		{"person": {"bo@acme.test"}, "confirm": {"bo@acme.test"}, "at": {"2020-01-01T00:00"}}} {
		d.refused("olga", "/settings/danger/erase", bad, http.StatusUnprocessableEntity)
	}
	if status, text, _ := d.ask("olga", "/settings/danger/erase", form); status != http.StatusSeeOther {
		t.Fatalf("status %d\n%s", status, text)
	}
	hasNot(t, d.see("olga", "/audit"), "bo@acme.test")
}

// TestBreakGlassIsShownAndEnded : who opened it and why is for who sees everything.
func TestBreakGlassIsShownAndEnded(t *testing.T) {
	d := newTeamDesk(t)
	if _, err := d.Changes.BreakGlass(t.Context(), "acme", "olga@acme.test", "root", "ticket 4711"); err != nil {
		t.Fatal(err)
	}
	page := d.see("olga", "/settings/general")
	has(t, page, "root, an operator of the server", "ticket 4711", "End it now")
	hasNot(t, d.see("aud", "/settings/general"), "End it now")
	link := regexp.MustCompile(`name="link" value="([^"]+)"`).FindStringSubmatch(page)[1]
	hasNot(t, d.see("ada", "/settings/general"), link)
	d.refused("ada", "/settings/glass/end", url.Values{"link": {link}}, http.StatusForbidden)
	if status, text, _ := d.ask("olga", "/settings/glass/end", url.Values{"link": {link}}); status != http.StatusSeeOther {
		t.Fatalf("status %d\n%s", status, text)
	}
	if open := d.Now().BreakGlass(time.Now()); len(open) != 0 {
		t.Errorf("%d are open", len(open))
	}
}
