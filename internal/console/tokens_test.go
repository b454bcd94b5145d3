package console_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

var (
	onceField   = regexp.MustCompile(`name="once" value="([^"]+)"`)
	secretField = regexp.MustCompile(`bwk_[a-z]+_[A-Za-z0-9_-]{20,}`)
)

// make sends a form and, having seen its review, the same again, as saving does. It returns the page that shows the secret.
func (d *teamDesk) make(who, address string, form url.Values) (review, shown string) {
	d.t.Helper()
	status, review, _ := d.ask(who, address, form)
	seal := sealField.FindStringSubmatch(review)
	if status != http.StatusOK || seal == nil {
		d.t.Fatalf("%s at %s with %v: status %d and no review\n%s", who, address, form, status, review)
	}
	form.Set("reviewed", html.UnescapeString(seal[1]))
	form.Set("word", "acme")
	status, shown, _ = d.ask(who, address, form)
	if status != http.StatusCreated {
		d.t.Fatalf("%s at %s with %v: status %d\n%s", who, address, form, status, shown)
	}
	return review, shown
}

// newest is the token that was made last.
func (d *teamDesk) newest() *state.Token {
	var last *state.Token
	for _, t := range d.Now().Tokens() {
		if last == nil || t.Number > last.Number {
			last = t
		}
	}
	return last
}

// tokenForm is a form for a token as its page offers it.
func (d *teamDesk) tokenForm(who, holder string, more url.Values) url.Values {
	page := d.see(who, "/tokens/new?for="+url.QueryEscape(holder))
	form := url.Values{"for": {holder}, "once": {onceField.FindStringSubmatch(page)[1]}, "description": {"nightly"}, "expires": {"90"}}
	for name, values := range more {
		form[name] = values
	}
	return form
}

// shownOnce checks that a secret is on the page that made it, and on no page, in no address and in no row of the audit log after that.
func (d *teamDesk) shownOnce(who, shown string) {
	d.t.Helper()
	secrets := secretField.FindAllString(shown, -1)
	if len(secrets) != 1 {
		d.t.Fatalf("%d secrets on the page\n%s", len(secrets), shown)
	}
	t := d.newest()
	if !strings.HasSuffix(secrets[0], t.Last) {
		d.t.Errorf("the secret is not the newest token's, which ends in %s", t.Last)
	}
	for _, address := range []string{"/tokens", "/tokens/" + t.Token + "/details", "/account", "/audit", "/tokens/new"} {
		if _, text, _ := d.ask(who, address, nil); strings.Contains(text, secrets[0]) {
			d.t.Errorf("the secret is at %s", address)
		}
	}
	if err := d.History.Flush(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	found, err := d.History.Trail().List(context.Background(), d.Now(), history.Query{Limit: 200})
	if err != nil || len(found.Rows) == 0 {
		d.t.Fatalf("%d rows: %v", len(found.Rows), err)
	}
	for i := range found.Rows {
		if strings.Contains(found.Rows[i].Details+string(found.Rows[i].Facts), secrets[0]) {
			d.t.Errorf("the secret is in the audit log: %s", found.Rows[i].Details)
		}
	}
}

// TestTokensAreMadeForOneself : less than everything by default, ending, and shown once.
func TestTokensAreMadeForOneself(t *testing.T) {
	d := newTeamDesk(t)
	me := "user:" + d.User("bo").ID
	page := d.see("bo", "/tokens/new")
	has(t, page, "A token for you", `value="dagster/prod" selected`, `value="dagster:viewer" selected`, `value="90" selected`)
	hasNot(t, page, `value="never"`, `<optgroup label="Service users"`, "service_user:")
	form := d.tokenForm("bo", me, url.Values{"kind": {"user"}, "on": {"dagster/prod"}, "as": {"dagster:viewer"}})
	before := d.Now().Revision
	_, shown := d.make("bo", "/tokens/new", form)
	has(t, shown, "shown here once and never again", "I stored it", "data-copies")
	d.shownOnce("bo", shown)
	made := d.newest()
	if made.Kind != "user" || made.Holder != d.Subject("bo") || len(made.Scopes) != 1 || made.Scopes[0] != "dagster/prod" || len(made.Permissions) == 0 || made.Expires == 0 {
		t.Errorf("the token is %+v", made)
	}
	if now := d.Now().Revision; now == before {
		t.Fatal("nothing was made")
	}
	before = d.Now().Revision
	status, again, _ := d.ask("bo", "/tokens/new", form) // the browser sends the form once more
	if status != http.StatusUnprocessableEntity || d.Now().Revision != before || secretField.MatchString(again) {
		t.Errorf("sent again: status %d, revision %d, before %d", status, d.Now().Revision, before)
	}
	has(t, again, "made already")
	has(t, d.see("bo", "/tokens"), "nightly", "dagster/prod", "1 token of yours")
	has(t, d.see("bo", "/tokens/"+made.Token+"/details"), "dagster.runs.view", "Rotate token", "Revoke token")
}

// TestTheAccountListsOnesTokens : they are made in one place by everybody, whoever sees nobody else too, and end after a review.
func TestTheAccountListsOnesTokens(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("zoe", "/account"), `href="/tokens/new"`, "None yet.")
	_, shown := d.make("zoe", "/tokens/new", d.tokenForm("zoe", "user:"+d.User("zoe").ID, url.Values{"kind": {"user"}, "description": {"laptop"}}))
	d.shownOnce("zoe", shown)
	d.Token("bo", client.NewToken{Description: "of bo"})
	made := d.newest()
	for _, t := range d.Now().Tokens() {
		if t.Holder == d.Subject("zoe") {
			made = t
		}
	}
	page := d.see("zoe", "/account")
	has(t, page, "laptop", "…"+made.Last, `action="/tokens/`+made.Token+`/revoke"`)
	hasNot(t, page, "of bo", `name="days"`)
	d.refused("zoe", "/account/tokens", url.Values{"description": {"whole"}, "days": {"7"}}, http.StatusNotFound)

	review, location := d.save("zoe", "/tokens/"+made.Token+"/revoke", url.Values{"from": {"account"}})
	has(t, review, "Whatever signs in with it as you is refused", `href="/account"`)
	if location != "/account" || !d.Now().Token(made.Token).Ended {
		t.Errorf("it leads to %s, and the token is %+v", location, d.Now().Token(made.Token))
	}
	hasNot(t, d.see("zoe", "/account"), "laptop")
}

// TestTokensHaveLimits : what is no choice of the form is refused as well.
func TestTokensHaveLimits(t *testing.T) {
	d := newTeamDesk(t)
	me := "user:" + d.User("bo").ID
	for name, more := range map[string]url.Values{
		"never ends":        {"kind": {"user"}, "expires": {"never"}},
		"ends in years":     {"kind": {"user"}, "expires": {"4000"}},
		"for nothing":       {"kind": {"user"}, "description": {" "}},
		"an unknown role":   {"kind": {"user"}, "as": {"dagster:king"}},
		"two platforms":     {"kind": {"user"}, "on": {"dbt"}, "as": {"dagster:viewer"}},
		"an unknown place":  {"kind": {"user"}, "on": {"dagster/nowhere"}},
		"another kind":      {"kind": {"svc"}},
		"no kind at all":    {"kind": {"king"}},
		"agents of nothing": {"for": {client.NewAgent}},
	} {
		t.Run(name, func(*testing.T) {
			d.refused("bo", "/tokens/new", d.tokenForm("bo", me, more), http.StatusUnprocessableEntity)
		})
	}
}

// TestTokensOfOthers : nobody makes another person's; a service user's and an agent's, whoever governs them.
func TestTokensOfOthers(t *testing.T) {
	d := newTeamDesk(t)
	ci := "service_user:" + d.service("ci").ID
	has(t, d.see("ada", "/tokens/new"), `<optgroup label="Service users"`, ">ci</option>", "A new agent")
	has(t, d.see("ada", "/tokens/new?for=user:"+d.User("bo").ID), "Nobody makes another person")
	d.refused("ada", "/tokens/new", url.Values{"for": {"user:" + d.User("bo").ID}, "kind": {"user"}, "description": {"his"}, "expires": {"7"}}, http.StatusForbidden)

	_, shown := d.make("ada", "/tokens/new", d.tokenForm("ada", ci, url.Values{"kind": {"svc"}, "expires": {"never"}}))
	d.shownOnce("ada", shown)
	if made := d.newest(); made.Kind != "svc" || made.Expires != 0 || made.Holder.ID != d.service("ci").ID {
		t.Errorf("the token is %+v", made)
	}
	d.refused("bo", "/tokens/new", url.Values{"for": {ci}, "kind": {"svc"}, "description": {"mine"}, "expires": {"7"}}, http.StatusForbidden)
	has(t, d.see("bo", "/tokens/new?for="+ci), "You may not make tokens for this service user")

	agents := d.see("ada", "/tokens/new?for="+url.QueryEscape(client.NewAgent))
	has(t, agents, "Deployments that it serves", `value="dagster" checked`, `value="dagster/prod"`)
	_, shown = d.make("ada", "/tokens/new", d.tokenForm("ada", client.NewAgent, url.Values{"on": {"dagster/prod"}, "description": {"in our cluster"}}))
	d.shownOnce("ada", shown)
	made := d.newest()
	if made.Kind != "agent" || d.Now().Agent(made.Holder.ID) == nil {
		t.Fatalf("the token is %+v", made)
	}
	grants := 0
	for _, g := range d.Now().GrantsOf(made.Holder) {
		if grants++; g.On != "dagster/prod" || g.Role != "agent" {
			t.Errorf("the agent holds %s on %s", g.Role, g.On)
		}
	}
	if grants != 1 {
		t.Errorf("the agent has %d grants", grants)
	}
	d.refused("bo", "/tokens/new", url.Values{"for": {client.NewAgent}, "on": {"dagster/prod"}, "description": {"mine"}, "expires": {"7"}}, http.StatusForbidden)
}

// TestWhatAnAgentServesIsEdited : deployments are added and taken away, at least one stays, and only whoever may connect agents does it.
func TestWhatAnAgentServesIsEdited(t *testing.T) {
	d := newTeamDesk(t)
	_, shown := d.make("ada", "/tokens/new", d.tokenForm("ada", client.NewAgent, url.Values{"on": {"dagster/prod"}, "description": {"in our cluster"}}))
	d.shownOnce("ada", shown)
	agent := d.newest()
	serves := func() string {
		var on []string
		for _, g := range d.Now().GrantsOf(agent.Holder) {
			on = append(on, g.Role+" "+g.On)
		}
		slices.Sort(on)
		return strings.Join(on, ", ")
	}
	at := "/tokens/" + agent.Token
	has(t, d.see("ada", at+"/details"), "Deployments that it serves", `value="dagster/prod" checked>`, `value="dagster/staging">`, "Save deployments")
	review, location := d.save("ada", at+"/serves", url.Values{"on": {"dagster/staging", "dagster/branch:*"}})
	has(t, review, "Save what in our cluster serves?", "Gained", "Lost", "from here alone: staging, All branch deployments.", ">agent in our cluster<")
	if got := serves(); location != at+"/details" || got != "agent dagster/branch:*, agent dagster/staging" {
		t.Errorf("it serves %s; it leads to %s", got, location)
	}
	has(t, d.see("ada", at+"/details"), `value="dagster/prod">`, `value="dagster/staging" checked>`, `value="dagster/branch:*" checked>`)
	has(t, d.refused("ada", at+"/serves", url.Values{"on": {"dagster/nowhere"}}, http.StatusUnprocessableEntity), "The agent would serve nothing")
	d.refused("ada", at+"/serves", url.Values{"on": {"dagster/staging", "dagster/branch:*"}}, http.StatusSeeOther)
	d.refused("bo", at+"/serves", url.Values{"on": {"dagster/prod"}}, http.StatusNotFound)
	_, own := d.Token("ada", client.NewToken{Description: "laptop"})
	hasNot(t, d.see("ada", "/tokens/"+own+"/details"), "Deployments that it serves")
	d.refused("ada", "/tokens/"+own+"/serves", url.Values{"on": {"dagster/prod"}}, http.StatusNotFound)

	audited := d.see("aud", at+"/details") // who reads everything changes nothing
	has(t, audited, `value="dagster/staging" checked disabled`, "You may not change what an agent serves", `<button class="quiet" disabled aria-describedby="noserves">Save deployments`)
	hasNot(t, audited, `value="dagster/prod"`)
	d.refused("aud", at+"/serves", url.Values{"on": {"dagster/prod"}}, http.StatusForbidden)
}

// TestAKeeperOfServiceUsersMakesTheirTokens : with a custom role, as far as what they hold themselves reaches.
func TestAKeeperOfServiceUsersMakesTheirTokens(t *testing.T) {
	d := newTeamDesk(t)
	d.keeper()
	d.As("bo", client.ServiceUserCreate{ServiceUser: "night"})
	night := "service_user:" + d.service("night").ID
	has(t, d.see("bo", "/tokens/new"), ">night</option>")
	_, shown := d.make("bo", "/tokens/new", d.tokenForm("bo", night, url.Values{"kind": {"svc"}}))
	d.shownOnce("bo", shown)
	if made := d.newest(); made.Holder.ID != d.service("night").ID {
		t.Errorf("the token is %+v", made)
	}
}

// TestTokensAreRotated : the old one stays good for as long as was asked for, and no longer.
func TestTokensAreRotated(t *testing.T) {
	d := newTeamDesk(t)
	_, id := d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "nightly"})
	at := "/tokens/" + id
	review, shown := d.make("ada", at+"/rotate", url.Values{"overlap": {"24"}, "once": {"chg_a"}})
	has(t, review, "stays good for 1 day")
	d.shownOnce("ada", shown)
	old := d.Now().Token(id)
	if left := time.UnixMicro(old.Expires).Sub(d.Clock.Now()); old.Ended || left < 23*time.Hour || left > 25*time.Hour {
		t.Errorf("the old token lasts %v", left)
	}
	has(t, d.see("ada", at+"/details"), "It was rotated already", "a newer token")
	d.refused("ada", at+"/rotate", url.Values{"overlap": {"24"}}, http.StatusUnprocessableEntity)
	d.refused("ada", "/tokens/"+d.newest().Token+"/rotate", url.Values{"overlap": {"2000"}}, http.StatusUnprocessableEntity)
	d.refused("bo", at+"/rotate", url.Values{"overlap": {"1"}}, http.StatusNotFound)
	d.make("ada", "/tokens/"+d.newest().Token+"/rotate", url.Values{"overlap": {"0"}})
}

// TestTokensAreRevoked : own ones by everybody, others' by whoever may, after it was said what that means.
func TestTokensAreRevoked(t *testing.T) {
	d := newTeamDesk(t)
	_, own := d.Token("bo", client.NewToken{Description: "laptop"})
	_, ci := d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci"})
	d.refused("bo", "/tokens/"+ci+"/revoke", url.Values{}, http.StatusNotFound)
	d.refused("zoe", "/tokens/"+own+"/revoke", url.Values{}, http.StatusNotFound)
	review, location := d.save("bo", "/tokens/"+own+"/revoke", url.Values{})
	has(t, review, "Revoke bwk_user_", "(laptop)", "refused from now on")
	if location != "/tokens" || !d.Now().Token(own).Ended {
		t.Error("the own token lives")
	}
	review, _ = d.save("ada", "/tokens/"+ci+"/revoke", url.Values{})
	has(t, review, "It is the only one that works")
	if !d.Now().Token(ci).Ended {
		t.Error("the service user's token lives")
	}
	d.refused("ada", "/tokens/"+ci+"/revoke", url.Values{}, http.StatusUnprocessableEntity)
	_, other := d.Token("bo", client.NewToken{Description: "desk"})
	d.save("ada", "/tokens/"+other+"/describe", url.Values{"description": {"the desk"}})
	has(t, d.see("ada", "/tokens"), "the desk", "Bo")
}

// TestTokensAreFiltered : what is asked for is in the address, and whoever sees their own only has nothing else.
func TestTokensAreFiltered(t *testing.T) {
	d := newTeamDesk(t)
	d.Token("bo", client.NewToken{Description: "of bo"})
	d.Token("ada", client.NewToken{Kind: "svc", Subject: "service_user:ci", Description: "of ci"})
	soon := d.Clock.Now().Add(24 * time.Hour)
	d.Token("ada", client.NewToken{Description: "of ada", Expires: &soon})
	has(t, d.see("ada", "/tokens"), "of bo", "of ci", "of ada", "soon")
	for address, wants := range map[string][2]string{
		"/tokens?kind=svc":            {"of ci", "of bo"},
		"/tokens?holder=bo@acme.test": {"of bo", "of ci"},
		"/tokens?holder=ci":           {"of ci", "of ada"},
		"/tokens?expiring=14":         {"of ada", "of bo"},
		"/tokens?unused=60":           {"No token is like that", "of bo"},
	} {
		page := d.see("ada", address)
		has(t, page, wants[0])
		hasNot(t, page, "<strong>"+wants[1])
	}
	if status, _, _ := d.ask("ada", "/tokens?holder=nobody", nil); status != http.StatusNotFound {
		t.Errorf("a holder who is not there: status %d", status)
	}
	own := d.see("bo", "/tokens")
	has(t, own, "of bo")
	hasNot(t, own, "of ci", "of ada", "Whose: e-mail")
	hasNot(t, d.see("zoe", "/tokens"), "of bo", "of ci", "of ada")
	d.Clock.Pass(61 * 24 * time.Hour)
	d.cookies = map[string]*http.Cookie{}
	has(t, d.see("ada", "/tokens?unused=60"), "of bo", "unused 60 days")
}
