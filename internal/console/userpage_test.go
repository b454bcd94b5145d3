package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/orgtest"
)

// TestOverridesSayWhereTheyComeFrom : who gave each, when and until when, what it raises; removing one says what becomes of the role.
func TestOverridesSayWhereTheyComeFrom(t *testing.T) {
	d := newTeamDesk(t)
	d.base("zoe", "viewer")
	until := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	d.As("ada", client.GrantAdd{Grant: client.Grant{To: "user:zoe@acme.test", Role: "launcher", On: "dagster/prod/etl", Until: &until}}, orgtest.Grant("user:zoe@acme.test", "editor", "dagster/prod/billing"))
	roles := "/users/" + d.User("zoe").ID + "/roles"
	text := d.see("ada", roles)
	has(t, text, "2 override(s)", `popovertarget="over-dagster/prod"`, "instead of Viewer", "until 1 May 2031 12:00 UTC", "no expiry", "by ada@acme.test", "Remove override", "Edit user role")
	own := d.see("zoe", "/users/"+d.User("zoe").ID+"/roles")
	hasNot(t, own, "by ada@acme.test", "Remove override")
	review := d.review("ada", d.roleAt("zoe", "dagster/prod/etl"), url.Values{"remove": {"yes"}})
	has(t, review, "Remove the override on etl?", "Zoe falls from Launcher to Viewer on etl.", ">Save</button>")
}

// TestOverridesAreDisabledByEdition : Edit user role next to a code location is not there where nothing can be more permissive, and
// the reason is. In the edition of 2023 an Editor is that already.
func TestOverridesAreDisabledByEdition(t *testing.T) {
	d := newTeamDesk(t)
	d.Do(client.PlatformAttach{Platform: "cloud", Model: "dagster-cloud-2023"}, client.ResourceCreate{Resource: "cloud/prod"}, client.ResourceCreate{Resource: "cloud/prod/etl"},
		orgtest.Grant("user:ada@acme.test", "organization_admin", "cloud"), client.MemberAdd{User: "zoe@acme.test", Platform: "cloud"},
		client.GrantsReplace{To: "user:zoe@acme.test", On: "cloud/prod", Role: "editor"})
	has(t, d.see("ada", "/users/"+d.User("zoe").ID+"/roles"), "Editor on prod already: no override is more permissive.")
	d.refused("ada", d.roleAt("zoe", "cloud/prod/etl"), url.Values{"role": {"admin"}}, http.StatusUnprocessableEntity)
	has(t, d.see("ada", "/users/"+d.User("ada").ID+"/roles"), "Organization Admin already: no role is more permissive.")
}

// TestAddedPeopleAreGivenRoles : whoever adds somebody comes to that person's roles; Add new user is a menu where service users can
// be added as well.
func TestAddedPeopleAreGivenRoles(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.see("ada", "/users"), `popovertarget="adding"`, `href="/users/add"`, `href="/service-users/add"`)
	_, location := d.save("ada", "/users/add", url.Values{"email": {"nia@acme.test"}, "on": {"dagster"}})
	if want := "/users/" + d.User("nia").ID + "/roles"; location != want {
		t.Errorf("then to %s, want %s", location, want)
	}
	d.As("ada", client.GrantsReplace{To: "user:bo@acme.test", On: "dagster/prod", Role: "admin"})
	hasNot(t, d.see("bo", "/users"), `popovertarget="adding"`)
}

// TestSavedListsOfUsers : each shows who belongs in it, and what nobody may see has no list.
func TestSavedListsOfUsers(t *testing.T) {
	d := newTeamDesk(t)
	d.base("zoe", "viewer")
	d.As("ada", orgtest.Grant("user:zoe@acme.test", "editor", "dagster/prod/etl"))
	d.Token("dan", client.NewToken{})
	for only, who := range map[string][]string{
		"administrators": {"olga", "ada", "dan", "!bo", "!zoe"},
		"overrides":      {"zoe", "!ada", "!bo"},
		"never":          {"bo", "zoe"},
		"provider":       {"!olga", "!ada", "!bo"},
		"dormant":        {"!olga", "!bo"},
	} {
		text := d.see("olga", "/users?only="+only)
		has(t, text, `only=`+only+`" aria-current="page"`)
		_, list, _ := strings.Cut(text, `id="list"`)
		for _, name := range who {
			name, not := strings.CutPrefix(name, "!")
			if strings.Contains(list, name+"@acme.test</small>") == not {
				t.Errorf("%s in the list %s: %v", name, only, !not)
			}
		}
	}
	d.Clock.Pass(dormantFor)
	clear(d.cookies) // sessions are over
	has(t, d.see("olga", "/users?only=dormant"), "bo@acme.test")
	has(t, d.see("olga", "/users"), ">1<span class=\"hidden\"> tokens of Dan")
	ada := d.see("ada", "/users")
	hasNot(t, ada, "only=never", "only=dormant", "Last active")
	d.refused("ada", "/users?only=never", nil, http.StatusNotFound)
	d.refused("olga", "/users?only=nothing", nil, http.StatusNotFound)
}

const dormantFor = 91 * 24 * time.Hour

// TestHowSomebodyGetsIn : whoever administers people sees it and changes it; an auditor sees it; nobody else does.
func TestHowSomebodyGetsIn(t *testing.T) {
	d := newTeamDesk(t)
	d.SignIn("bo")
	page := "/users/" + d.User("bo").ID + "/signin"
	has(t, d.see("olga", page), "1 session", "End all", "Deactivate user", "Last use", "Dagster&#43;")
	audited := d.see("aud", page)
	has(t, audited, "You may look at this only", `disabled aria-describedby="nochange"`)
	d.refused("ada", page, nil, http.StatusForbidden)
	for _, act := range []string{"/sessions/end", "/deactivate", "/reactivate"} {
		for _, who := range []string{"aud", "ada", "bo"} {
			if act == "/sessions/end" && who == "bo" {
				continue // his own
			}
			d.refused(who, strings.TrimSuffix(page, "/signin")+act, url.Values{}, http.StatusForbidden)
		}
	}
	d.save("olga", strings.TrimSuffix(page, "/signin")+"/sessions/end", url.Values{})
	has(t, d.see("olga", page), "Not signed in anywhere.")
	review, _ := d.save("olga", strings.TrimSuffix(page, "/signin")+"/deactivate", url.Values{})
	has(t, review, "Deactivate Bo?", "Lost", "1 person")
	if !d.User("bo").Inactive {
		t.Fatal("he is active")
	}
	has(t, d.see("olga", page), "Reactivate user", "A deactivated person cannot sign in.")
	d.save("olga", strings.TrimSuffix(page, "/signin")+"/reactivate", url.Values{})
	if d.User("bo").Inactive {
		t.Error("he is not active again")
	}
}

// TestSomebodysHistory : the sentences about a person, for whoever may read the audit log.
func TestSomebodysHistory(t *testing.T) {
	d := newTeamDesk(t)
	page := "/users/" + d.User("bo").ID + "/history"
	has(t, d.see("olga", page), "created team data with Bo", "/audit?target=user%3Abo%40acme.test")
	hasNot(t, d.see("olga", "/users/"+d.User("ada").ID+"/history"), "created team data with Bo")
	has(t, d.see("olga", "/users/"+d.User("ada").ID+"/history?by=them"), "created team data with Bo")
	d.refused("bo", page, nil, http.StatusForbidden)
	hasNot(t, d.see("bo", "/users/"+d.User("bo").ID+"/roles"), "/history")
}

// TestRemovingSaysFromWhat : whoever administers a platform only removes people from that one; and who still has the person.
func TestRemovingSaysFromWhat(t *testing.T) {
	d := newTeamDesk(t)
	const reminder = "Remember that the identity provider still has this person."
	review, _ := d.save("ada", "/users/"+d.User("bo").ID+"/remove", url.Values{})
	has(t, review, "Remove Bo from Dagster&#43;?", "They stay in the organization")
	hasNot(t, review, reminder)
	if u := d.User("bo"); len(u.On) != 0 {
		t.Errorf("he is still on %v", u.On)
	}
	d.As("ada", client.MemberAdd{User: "bo@acme.test", Platform: "dagster"})
	d.Do(client.OrganizationSet{Name: "provisioning", Value: "on"})
	review, _ = d.save("ada", "/users/"+d.User("bo").ID+"/remove", url.Values{})
	has(t, review, "They stay in the organization", reminder)
	review, _ = d.save("olga", "/users/"+d.User("bo").ID+"/remove", url.Values{})
	has(t, review, "Remove Bo?", reminder)
	if d.Now().UserByEmail("bo@acme.test") != nil {
		t.Error("he is still there")
	}
}

func TestATeamIsRenamed(t *testing.T) {
	d := newTeamDesk(t)
	team := "/teams/" + d.Now().TeamByName("data").ID
	has(t, d.refused("ada", team+"/rename", url.Values{"name": {"data"}}, http.StatusUnprocessableEntity), "That is its name already.")
	d.refused("ada", team+"/rename", url.Values{"name": {""}}, http.StatusUnprocessableEntity)
	d.refused("aud", team+"/rename", url.Values{"name": {"growth"}}, http.StatusForbidden)
	has(t, d.see("aud", team+"/members"), `disabled aria-describedby="norename"`)
	review, _ := d.save("ada", team+"/rename", url.Values{"name": {"growth"}})
	has(t, review, "Rename data to growth?")
	if d.Now().TeamByName("growth") == nil {
		t.Error("it has its old name")
	}
}
