package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

// held are a user's grants, as "role on resource, by way of".
func (s *server) held(token, user string) []string {
	s.t.Helper()
	u, err := s.as(token).User(s.t.Context(), user, client.Reading{})
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, g := range u.Grants {
		all = append(all, strings.TrimSpace(g.Role+" on "+g.On+" "+g.Via))
	}
	slices.Sort(all)
	return all
}

func (s *server) holds(token, user string, want ...string) {
	s.t.Helper()
	if got := s.held(token, user); !slices.Equal(got, want) {
		s.t.Errorf("%s has %q, want %q", user, got, want)
	}
}

// byTheProvider signs somebody in by a button of the sign-in page, in a browser.
func (b *browser) byTheProvider(s *server, name string, who account) {
	b.t.Helper()
	b.open(s.url + "o/acme/signin")
	b.press("Continue with " + name)
	b.prove(who)
}

func TestPeopleSignInWithAProviderInABrowser(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	s.change(owner, client.TeamCreate{Team: "data"}, client.GrantAdd{Grant: client.Grant{To: "team:data", Role: "launcher", On: "dagster/prod"}})
	ann := known("ann", "engineers")
	first := newIDP(t, s, ann)
	settings := first.settings("Acme ID")
	settings.Teams = []client.GroupTeam{{Group: "engineers", Team: "data"}}
	id := s.addProvider(owner, settings)

	// The first sign-in makes her, with the default role and what her groups come to.
	b := newBrowser(t)
	b.open(s.url + "account")
	b.press("Continue with Acme ID")
	wrong := ann
	wrong.Password = "no"
	b.prove(wrong)
	if at := b.where(); !strings.HasPrefix(at, "/login/username") {
		t.Fatalf("the provider let her in with a wrong password: %s", at)
	}
	b.prove(ann)
	if at := b.where(); at != "/account" {
		t.Fatalf("after the sign-in she is at %s:\n%s", at, b.describe())
	}
	b.sees("Your account", "Ann Lee", "ann@acme.test", "Launcher", "Acme ID", "With Acme ID, as ann@acme.test")
	s.holds(owner, "ann@acme.test", "launcher on dagster/prod team:data", "viewer on dagster/prod")
	if c := b.cookies()["bwk_session"]; !c.HTTPOnly || c.SameSite != "Lax" {
		t.Errorf("the session's cookie is %+v", c)
	}
	if all := b.cookies(); len(all) != 2 { // the session's, and by which the browser is known
		t.Errorf("the way to the provider leaves cookies: %+v", all)
	}

	// Her groups are what the provider says now, and her own grants stay.
	ann.Groups = &[]string{}
	first.put(ann)
	b.byTheProvider(s, "Acme ID", ann)
	s.holds(owner, "ann@acme.test", "viewer on dagster/prod")

	// A second provider knows nobody here, until she says herself who she is there.
	there := known("ann", "engineers")
	there.ID, there.Password = "another-id", "another-pass"
	second := newIDP(t, s, there)
	other := second.settings("Partner ID")
	other.Create = false
	otherID := s.addProvider(owner, other)
	stranger := newBrowser(t)
	stranger.byTheProvider(s, "Partner ID", there)
	stranger.sees("You are not signed in")
	if stranger.session() != nil {
		t.Error("the same address at another provider is let in")
	}
	b.open(s.url + "account")
	b.press("Add Partner ID")
	b.prove(there)
	b.sees("Your account", "With Acme ID, as ann@acme.test", "With Partner ID, as ann@acme.test")
	stranger.byTheProvider(s, "Partner ID", there)
	stranger.sees("Welcome, Ann Lee")

	// Signing out ends the session here, and the one at the provider.
	stolen := b.session()
	b.signOut()
	b.arrives("/signed-out")
	b.sees("You are signed out")
	if status, _ := s.with(stolen, http.MethodGet, "account", nil); status != http.StatusSeeOther {
		t.Errorf("the session lives on: %d", status)
	}
	if b.session() != nil {
		t.Error("the browser still has the session")
	}

	// Whoever signs out at the provider is signed out here: both of her sessions, each begun with another provider.
	b.byTheProvider(s, "Acme ID", ann)
	b.sees("Welcome, Ann Lee")
	token := first.loggedOut(ann)
	address := "o/acme/signin/" + id + "/signout"
	if status, _ := s.post("o/acme/signin/"+otherID+"/signout", nil, url.Values{"logout_token": {token}}); status != http.StatusBadRequest {
		t.Errorf("another provider ends the session: %d", status)
	}
	b.open(s.url + "account")
	b.sees("Your account")
	if status, said := s.post(address, nil, url.Values{"logout_token": {token}}); status != http.StatusOK {
		t.Errorf("the provider's sign-out was answered with %d %s", status, said)
	}
	b.open(s.url + "account")
	b.sees("Sign in to acme")
	if status, _ := s.post(address, nil, url.Values{"logout_token": {token}}); status != http.StatusBadRequest {
		t.Errorf("the same token counts twice: %d", status)
	}

	// Who is deactivated stays outside, whatever the provider says.
	s.change(owner, client.UserDeactivate{User: "ann@acme.test"})
	b.byTheProvider(s, "Acme ID", ann)
	b.sees("You are not signed in")
	b.misses("deactivated")
}

func TestAttack056AProviderThatIsDisabledInTheMiddle(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	ann := known("ann")
	i := newIDP(t, s, ann, known("eve"))
	settings := i.settings("Acme ID")
	id := s.addProvider(owner, settings)
	b := newBrowser(t)
	b.byTheProvider(s, "Acme ID", ann)
	b.sees("Welcome, Ann Lee")

	late := newBrowser(t)
	late.open(s.url + "o/acme/signin")
	late.press("Continue with Acme ID")
	settings.Enabled = false
	s.setProvider(owner, id, settings)
	late.prove(ann) // she began before it
	late.sees("You are not signed in")
	if late.session() != nil {
		t.Error("a provider that is off lets somebody in who had begun before")
	}
	late.open(s.url + "o/acme/signin")
	late.misses("Acme ID")
	if status := late.open(s.url + "o/acme/signin/" + id); status != http.StatusNotFound {
		t.Errorf("its address was answered with %d", status)
	}
	if status, _ := s.post("o/acme/signin/"+id+"/signout", nil, url.Values{"logout_token": {i.loggedOut(ann)}}); status == http.StatusOK {
		t.Error("a provider that is off ends sessions")
	}
}

func TestAttack055AnAddressIsNotAPerson(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	s.change(owner, client.UserAdd{NewUser: client.NewUser{Email: "nat@acme.test"}})
	s.password(owner, "ana@acme.test")
	ann := known("ann")
	i := newIDP(t, s, ann)
	id := s.addProvider(owner, i.settings("Acme ID"))
	if _, at, page, err := i.through(s, id, ann); err != nil || at != "/" {
		t.Fatalf("ann is at %s: %v\n%s", at, err, page)
	}
	refused := func(what string, who account) {
		t.Helper()
		i.put(who)
		status, at, page, err := i.through(s, id, who)
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusUnauthorized || at != "/signin/callback" || !strings.Contains(page, "You are not signed in") {
			t.Errorf("%s: %d at %s\n%s", what, status, at, page)
		}
		for _, word := range []string{"password,", "deactivated", "verif", "bound", "signed in before"} {
			if strings.Contains(page, word) {
				t.Errorf("%s: the page says %q:\n%s", what, word, page)
			}
		}
	}
	mallory := func(address string, verified bool) account {
		m := known("mallory")
		m.Email, m.Verified = address, verified
		return m
	}
	refused("an administrator's address", mallory("olga@acme.test", true))
	refused("the address of somebody with a password", mallory("ana@acme.test", true))
	refused("… in other letters", mallory("ANA@acme.test", true))
	refused("an address that nobody verified, of somebody who was added", mallory("nat@acme.test", false))
	refused("one with a letter that only looks like a k", mallory("nat@acme.\u212aest", true))
	refused("two addresses", mallory("nat@acme.test@evil.test", true))
	refused("no address", mallory("", true))

	// An address with a letter of another alphabet is somebody else's, who is nobody yet.
	m := mallory("n\u0430t@acme.test", true)
	i.put(m)
	if _, at, page, err := i.through(s, id, m); err != nil || at != "/" || strings.Contains(page, "nat@acme.test") {
		t.Errorf("who looks like nat is at %s: %v\n%s", at, err, page)
	}

	// Ann takes another's address at the provider, and stays Ann.
	ann.Email = "olga@acme.test"
	i.put(ann)
	_, at, page, err := i.through(s, id, ann)
	if err != nil || at != "/" || !strings.Contains(page, "ann@acme.test") || strings.Contains(page, "Olga") {
		t.Errorf("ann with olga's address is at %s: %v\n%s", at, err, page)
	}
	// Who was added and has no way in yet is who the provider says, once.
	nat := known("nat")
	i.put(nat)
	if _, at, page, err := i.through(s, id, nat); err != nil || at != "/" {
		t.Errorf("nat is at %s: %v\n%s", at, err, page)
	}
	second := known("second")
	second.Email = "nat@acme.test"
	refused("the address of somebody who is bound to another account", second)
}

func TestAttack060TheFirstSignInGivesTheDefaultAndNoMore(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	s.change(owner, client.ResourceCreate{Resource: "dagster/lab"}, client.ResourceCreate{Resource: "dagster/secret"},
		client.ResourceUpdate{Resource: "dagster/lab", Settings: map[string]string{"sso_default_role": "editor"}},
		client.ResourceUpdate{Resource: "dagster/secret", Settings: map[string]string{"sso_default_role": "no_access"}})
	ann, ben := known("ann", "organization_admin", "owner", "admins"), known("ben")
	i := newIDP(t, s, ann, ben)
	settings := i.settings("Acme ID")
	id := s.addProvider(owner, settings)
	if _, at, page, err := i.through(s, id, ann); err != nil || at != "/" {
		t.Fatalf("ann is at %s: %v\n%s", at, err, page)
	}
	s.holds(owner, "ann@acme.test", "editor on dagster/lab", "viewer on dagster/prod")

	// Where every default is no access, there is nothing to come in for.
	for _, on := range []string{"lab", "prod"} {
		s.change(owner, client.ResourceUpdate{Resource: "dagster/" + on, Settings: map[string]string{"sso_default_role": "no_access"}})
	}
	if status, _, _, err := i.through(s, id, ben); err != nil || status != http.StatusUnauthorized {
		t.Errorf("ben, who would get nothing: %d %v", status, err)
	}
	// And where nobody is made, people are added first.
	s.change(owner, client.ResourceUpdate{Resource: "dagster/prod", Settings: map[string]string{"sso_default_role": "viewer"}})
	settings.Create, settings.Join = false, nil
	s.setProvider(owner, id, settings)
	if status, _, _, err := i.through(s, id, ben); err != nil || status != http.StatusUnauthorized {
		t.Errorf("ben, whom nobody added: %d %v", status, err)
	}
	if _, err := s.as(owner).User(t.Context(), "ben@acme.test", client.Reading{}); err == nil {
		t.Error("ben exists although he was refused")
	}
	s.change(owner, client.UserAdd{NewUser: client.NewUser{Email: "ben@acme.test", On: []string{"dagster"}}})
	if _, at, page, err := i.through(s, id, ben); err != nil || at != "/" {
		t.Errorf("ben is at %s: %v\n%s", at, err, page)
	}
	s.holds(owner, "ben@acme.test", "viewer on dagster/prod")
}

func TestSignOnIsTestedBeforeItIsEnforced(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	s.password(owner, "olga@acme.test")
	s.password(owner, "ana@acme.test")
	olga := known("olga", "engineers")
	i := newIDP(t, s, olga)
	settings := i.settings("Acme ID")
	settings.Enabled = false
	id := s.addProvider(owner, settings)
	enforce := client.OrganizationSet{Name: "sign_on", Value: "enforced"}
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, enforce); err == nil {
		t.Fatal("sign-on is enforced, and nobody can sign on")
	}

	b := newBrowser(t)
	b.signIn(s, "olga@acme.test", good)
	b.open(s.url + "account/test/" + id)
	b.prove(olga)
	b.sees("does not work yet") // her account is nobody's yet
	settings.Enabled = true
	s.setProvider(owner, id, settings)
	b.open(s.url + "account")
	b.press("Add Acme ID")
	b.prove(olga)
	b.sees("With Acme ID, as olga@acme.test")
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, enforce); err == nil {
		t.Fatal("sign-on is enforced, and it was never tested")
	}
	b.open(s.url + "account/test/" + id)
	b.prove(olga)
	b.sees("The identity provider works", "olga@acme.test", "groups", "engineers")
	s.change(owner, enforce)

	b.open(s.url + "account")
	b.signOut()
	b.open(s.url + "o/acme/signin")
	b.misses("Password")
	if status, page := s.post("o/acme/signin", nil, url.Values{"email": {"ana@acme.test"}, "password": {good}}); status != http.StatusUnauthorized {
		t.Errorf("a password was answered with %d\n%s", status, page)
	}
	b.press("Continue with Acme ID")
	b.prove(olga)
	b.sees("Welcome, Olga")
	if _, err := s.as(owner).SetProvider(t.Context(), id, client.ProviderBody{ProviderSettings: func() client.ProviderSettings { p := settings; p.Enabled = false; return p }()}, client.Changing{}); err == nil {
		t.Error("the only way in can be switched off")
	}
}
