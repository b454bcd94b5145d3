package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
)

// The guide "Managing users" of Dagster+, as its readers follow it: over the API, and with what people see in a browser.

func TestSeed002AddingAUser(t *testing.T) {
	post := t.TempDir()
	s := serve(t, folder(t), "--mail-folder", post)
	owner, _ := s.settle()
	ctx := t.Context()
	s.change(owner, client.ResourceCreate{Resource: "dagster/staging"}, client.ResourceCreate{Resource: "dagster/staging/etl"}, client.ResourceCreate{Resource: "dagster/lab"},
		client.ResourceUpdate{Resource: "dagster/lab", Settings: map[string]string{"sso_default_role": "editor"}},
		client.TeamCreate{Team: "data"}, client.GrantAdd{Grant: client.Grant{To: "team:data", Role: "launcher", On: "dagster/prod"}})

	// "Organization Admins can add": Ana is one.
	s.password(owner, "ana@acme.test")
	admin := newBrowser(t)
	admin.signIn(s, "ana@acme.test", good)
	admin.open(s.url + "account")
	ana := s.as(admin.ownToken("adding people"))
	if _, err := ana.AddUser(ctx, client.NewUser{Email: "uma@acme.test", Name: "Uma", On: []string{"dagster"}}, client.Changing{}); err != nil {
		t.Fatal(err)
	}
	// "By default, users will be granted Viewer permissions on each deployment", where sso_default_role says nothing else.
	s.holds(owner, "uma@acme.test", "editor on dagster/lab", "viewer on dagster/prod", "viewer on dagster/staging")
	if s.allowed(owner, "uma@acme.test", "runs.launch") || !s.allowed(owner, "uma@acme.test", "code_locations.view") {
		t.Error("a viewer of prod launches runs, or does not see code locations")
	}

	// "After the user is created, they will be notified via email."
	letter := mailed(t, post, "uma@acme.test", "Choose a password for acme")
	if !strings.Contains(letter.Text, "ana@acme.test added you to acme") {
		t.Errorf("the letter does not say who: %s", letter.Text)
	}
	uma := newBrowser(t)
	uma.open(letter.link())
	uma.fill("password", good)
	uma.fill("again", good)
	uma.press("Begin")
	uma.sees("Welcome, Uma", "Viewer")

	// "Adding users to teams": the most permissive role of the teams' and one's own.
	s.change(owner, client.TeamJoin{Team: "data", Members: []string{"uma@acme.test"}})
	if !s.allowed(owner, "uma@acme.test", "runs.launch") {
		t.Error("a launcher by her team does not launch runs")
	}
	// "Assigning user roles": for a deployment, for a code location, and for all branch deployments.
	s.change(owner, client.GrantAdd{Grant: client.Grant{To: "user:uma@acme.test", Role: "editor", On: "dagster/staging/etl"}},
		client.GrantAdd{Grant: client.Grant{To: "user:uma@acme.test", Role: "launcher", On: "dagster/branch:*"}})
	s.holds(owner, "uma@acme.test", "editor on dagster/lab", "editor on dagster/staging/etl", "launcher on dagster/branch:*", "launcher on dagster/prod team:data",
		"viewer on dagster/prod", "viewer on dagster/staging")

	// "If SCIM provisioning is enabled … Adding users will be disabled"; service users are not concerned.
	s.change(owner, client.OrganizationSet{Name: "provisioning", Value: "on"})
	if _, err := ana.AddUser(ctx, client.NewUser{Email: "val@acme.test", On: []string{"dagster"}}, client.Changing{}); err == nil || !strings.Contains(err.Error(), "provision") {
		t.Errorf("somebody is added while provisioning is on: %v", err)
	}
	s.change(owner, client.ServiceUserCreate{ServiceUser: "nightly"})
	// "If using Google, users must be added before they can log in."
	_, err := s.as(owner).AddProvider(ctx, client.ProviderBody{ProviderSettings: client.ProviderSettings{Name: "Google", Issuer: "https://accounts.google.com", ClientID: "x",
		Create: true, Join: []string{"dagster"}}}, client.Changing{})
	if err == nil || !strings.Contains(err.Error(), "add users first") {
		t.Errorf("Google makes people: %v", err)
	}
}

func TestSeed002AServiceUserAndItsToken(t *testing.T) {
	s := serve(t, folder(t))
	owner, _ := s.settle()
	seats := 4 // olga, ana, bo, and one more
	s.change(owner, client.PlatformUpdate{Platform: "dagster", Seats: &seats})
	s.change(owner, client.ServiceUserCreate{ServiceUser: "deployer", Description: "deploys from CI"},
		client.GrantAdd{Grant: client.Grant{To: "service_user:deployer", Role: "editor", On: "dagster/prod"}})

	// Its name is unique, and there are as many as one likes: none takes a seat.
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, client.ServiceUserCreate{ServiceUser: "deployer"}); err == nil {
		t.Error("two service users have one name")
	}
	for i := range 20 {
		s.change(owner, client.ServiceUserCreate{ServiceUser: "robot-" + itoa(i)}, client.GrantAdd{Grant: client.Grant{To: "service_user:robot-" + itoa(i), Role: "viewer", On: "dagster/prod"}})
	}
	if _, err := s.as(owner).AddUser(t.Context(), client.NewUser{Email: "uma@acme.test", On: []string{"dagster"}}, client.Changing{}); err != nil {
		t.Errorf("the last seat is taken: %v", err)
	}
	if _, err := s.as(owner).AddUser(t.Context(), client.NewUser{Email: "val@acme.test", On: []string{"dagster"}}, client.Changing{}); err == nil || !strings.Contains(err.Error(), "seat") {
		t.Errorf("one user too many: %v", err)
	}

	// "Cannot log in to the UI or be members of a team."
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, client.LinkOpen{User: "deployer", Purpose: "activation"}); err == nil {
		t.Error("a service user gets a link for a password")
	}
	if status, _ := s.post("o/acme/signin", nil, url.Values{"email": {"deployer"}, "password": {good}}); status != http.StatusUnauthorized {
		t.Errorf("a service user at the sign-in page: %d", status)
	}
	s.change(owner, client.TeamCreate{Team: "data"})
	if _, err := s.as(owner).Change(t.Context(), client.Changing{}, client.TeamJoin{Team: "data", Members: []string{"deployer"}}); err == nil {
		t.Error("a service user joins a team")
	}

	// "Service users cannot do anything without a token."
	list, err := s.as(owner).ServiceUsers(t.Context(), client.ServiceUserQuery{Query: "deployer"})
	if err != nil || list.Total != 1 || list.ServiceUsers[0].Tokens == nil || *list.ServiceUsers[0].Tokens != 0 {
		t.Fatalf("%+v %v", list, err)
	}
	made, err := s.as(owner).IssueToken(t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:deployer", Description: "CI"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	who, err := s.as(made.Secret).Whoami(t.Context())
	if err != nil || who.Subject != "service_user:deployer" || len(who.Grants) != 1 {
		t.Errorf("%+v %v", who, err)
	}
	// A browser takes it for nothing.
	if status, _ := s.with(&http.Cookie{Name: "bwk_session", Value: made.Secret}, http.MethodGet, "account", nil); status != http.StatusSeeOther {
		t.Errorf("a token as a cookie: %d", status)
	}
	s.change(owner, client.ServiceUserDelete{ServiceUser: "deployer"})
	if _, err := s.as(made.Secret).Whoami(t.Context()); err == nil {
		t.Error("the token outlives its service user")
	}
}

func TestSeed002RemovingAUser(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	ann := known("ann")
	i := newIDP(t, s, ann)
	s.addProvider(owner, i.settings("Acme ID"))
	b := newBrowser(t)
	b.byTheProvider(s, "Acme ID", ann)
	b.open(s.url + "account")
	b.sees("Your account")
	secret := b.ownToken("laptop")
	stolen := b.session()

	done := s.change(owner, client.UserRemove{User: "ann@acme.test"})[0]
	kinds := map[string]int{}
	for _, e := range done.Ended {
		kinds[e.Kind]++
	}
	if kinds["session"] != 1 || kinds["token"] != 1 {
		t.Errorf("the receipt: %+v", done.Ended)
	}
	// "Removing the user in Dagster+ doesn't remove them from the IdP."
	if !strings.Contains(done.Reminder, "Acme ID still knows the person") {
		t.Errorf("the reminder: %q", done.Reminder)
	}
	if _, err := s.as(secret).Whoami(t.Context()); err == nil {
		t.Error("the token outlives its person")
	}
	if status, _ := s.with(stolen, http.MethodGet, "account", nil); status != http.StatusSeeOther {
		t.Errorf("the session outlives its person: %d", status)
	}
	b.open(s.url + "account")
	b.sees("Sign in to acme")
	if _, err := s.as(owner).User(t.Context(), "ann@acme.test", client.Reading{}); err == nil {
		t.Error("the removed user is still there")
	}
}
