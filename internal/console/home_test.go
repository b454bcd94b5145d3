package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/history"
	"bailiwick/internal/orgtest"
)

// TestHomeOfAnOwner : the first page shows what an organization begins with, what there is and what happened last.
func TestHomeOfAnOwner(t *testing.T) {
	d := newTeamDesk(t)
	text := d.see("olga", "/")
	has(t, text, "Welcome, ", "Get going", "3 of 5 done", `href="/platforms">Connect a Dagster</a>`, `href="/teams/new">Create a team</a>`, `href="/tokens/new">Make a token</a>`,
		`<strong>6</strong>People`, `<strong>2</strong>Teams`, `<strong>2</strong>Platforms`, "Last changes", `href="/" aria-current="page"`, "Organization Settings", ">Deployments<")
	hasNot(t, text, "Everything is set up", "1 person is deactivated")

	d.Do(client.UserDeactivate{User: "zoe@acme.test"})
	until := d.Clock.Now().Add(72 * time.Hour)
	d.As("ada", client.GrantAdd{Grant: client.Grant{To: "team:data", Role: "launcher", On: "dagster/staging", Until: &until}})
	has(t, d.see("olga", "/"), `href="/users?inactive=only">1 person is deactivated</a>`, "1 person or team has a role that ends within 14 days", ">data</a>", `<strong>5</strong>People`)
}

// TestLastChangesAreChanges : what was only exported is for the audit log, however often.
func TestLastChangesAreChanges(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", orgtest.Grant("team:data", "launcher", "dagster/staging"))
	for range 40 {
		if err := d.Changes.Note(t.Context(), "acme", change.Actor{Subject: d.Subject("olga"), Via: "test"}, &event.Exported{What: "audit", Rows: 1}); err != nil {
			t.Fatal(err)
		}
	}
	text := d.see("olga", "/")
	has(t, text, "Ada gave team data the role Launcher on dagster/staging")
	hasNot(t, text, "exported")
	has(t, d.see("olga", "/audit"), "exported the audit log: 1 row<")
}

// TestHomeNamesAdministratorsWhoDoNothing : of those who did something within 90 days nothing is said.
func TestHomeNamesAdministratorsWhoDoNothing(t *testing.T) {
	d := newTeamDesk(t)
	hasNot(t, d.see("olga", "/"), "done nothing for 90 days")
	d.Clock.Pass(100 * 24 * time.Hour)
	clear(d.cookies)
	for _, who := range []string{"ada", "olga"} {
		d.History.Record("acme", history.Activity{Subject: d.Subject(who).String(), Operation: "sign_in", Result: "allowed", Via: "signin"})
	}
	if err := d.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := d.see("olga", "/")
	has(t, text, "administrator")
	_, concern, found := strings.Cut(text, "done nothing for 90 days")
	concern, _, _ = strings.Cut(concern, "</li>")
	if !found || !strings.Contains(concern, d.User("dan").ID) || strings.Contains(concern, d.User("ada").ID) || strings.Contains(concern, d.User("olga").ID) {
		t.Errorf("who did nothing for 90 days: %q\n%s", concern, text)
	}
}

// TestHomeOfOthers : whoever looks after some platforms is shown those, and whoever looks after nothing their own roles.
func TestHomeOfOthers(t *testing.T) {
	d := newTeamDesk(t)
	d.As("ada", client.GrantAdd{Grant: client.Grant{To: "user:" + d.User("bo").ID, Role: "launcher", On: "dagster/prod/etl"}})
	ada := d.see("ada", "/")
	has(t, ada, "Get going", `<strong>1</strong>Platform<`, "<strong>Connect a Dagster</strong>", `href="/teams/new"`)
	hasNot(t, ada, "zoe@acme.test", "dan@acme.test", `href="/settings/signin"`)

	bo := d.see("bo", "/")
	has(t, bo, "Welcome, ", "Your role", "Editor", "by the team data", "Launcher", "prod/etl", "given to you")
	hasNot(t, bo, "Get going", "Wants attention", "Last changes", "Ada", "Administrators")

	zoe := d.see("zoe", "/")
	has(t, zoe, "You have no roles yet")
	hasNot(t, zoe, "Get going", "Organization Settings", `href="/users"`, `href="/tokens"`)

	if status, _, to := d.stranger("/"); status != http.StatusSeeOther || to != "/o/acme/signin" {
		t.Errorf("a stranger at the first page: status %d, to %s", status, to)
	}
}

// TestTheChecklistIsGoneWhenAllIsDone : it is one line then.
func TestTheChecklistIsGoneWhenAllIsDone(t *testing.T) {
	d := newTeamDesk(t)
	d.Token("olga", client.NewToken{Description: "laptop"})
	d.Token("olga", client.NewToken{Kind: "gate", Subject: "service_user:ci", Scopes: []string{"dagster/prod"}})
	d.Do(client.ProviderPut{Name: "Acme ID", Issuer: "https://id.acme.test", ClientID: "x", Enabled: true})
	text := d.see("olga", "/")
	has(t, text, "<summary>", "Everything is set up")
	hasNot(t, text, "Get going", "To do: ")
}
