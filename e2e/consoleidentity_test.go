package e2e

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"bailiwick/client"
)

// TestConsoleNobodyIsAddedByHandWhileProvisioningIsOn is seed 002's "you'll need to add new users in your identity provider (IdP). Adding users
// will be disabled": switched on and off by its page, disabled with its reason, refused all the same. Service users are added as before.
func TestConsoleNobodyIsAddedByHandWhileProvisioningIsOn(t *testing.T) {
	s, b := administrates(t)
	t.Cleanup(func() {
		if _, err := s.as(toured.token).Change(context.WithoutCancel(t.Context()), client.Changing{}, client.OrganizationSet{Name: "provisioning", Value: "off"}); err != nil {
			t.Error(err)
		}
	})
	b.at(s, "/settings/provisioning")
	b.sees("Provisioning is off", "People and teams are kept by hand")
	b.changes("Turn on", "Turn on", "Turn provisioning on?", "Nobody adds people by hand from then on", "Nobody's access changes.")
	b.sees("Provisioning is on")

	const why = "People are added by the identity provider while provisioning is on. Add them there."
	b.at(s, "/users")
	b.disabled("Add new user", why)
	if status := b.open(s.url + "users/add"); status != http.StatusForbidden {
		t.Errorf("the form for a new user: %d", status)
	}
	for _, platform := range []string{"dagster", "dbt", "airflow"} {
		s.refuses(b, "/users/add", url.Values{"email": {"eve@acme.test"}, "on": {platform}})
	}
	if _, err := s.as(toured.token).User(t.Context(), "eve@acme.test", client.Reading{}); err == nil {
		t.Error("somebody was added by hand")
	}
	b.at(s, "/users")
	b.press("Add a service user")
	b.titled("Add new service user")

	// Whoever provisions people has those too who never signed in with it.
	b.at(s, "/users/"+s.person("hugo@acme.test")+"/roles")
	b.press("Remove user")
	b.sees("Remove Hugo Brandt?", "Remember that the identity provider still has this person.")

	b.at(s, "/settings/provisioning")
	b.changes("Turn off", "Turn off", "Turn provisioning off?")
	b.at(s, "/users")
	b.adds()
}

// TestConsoleARemovalRemindsOfTheProvider is seed 002's "Removing the user in Dagster+ doesn't remove them from the IdP", before it is done, by an
// Organization Admin. Of somebody whom no provider has it says nothing.
func TestConsoleARemovalRemindsOfTheProvider(t *testing.T) {
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	mia := known("mia")
	s.addProvider(owner, newIDP(t, s, mia).settings("Acme ID"))
	newBrowser(t).byTheProvider(s, "Acme ID", mia)
	s.password(owner, "ana@acme.test")
	b := newBrowser(t)
	b.signIn(s, "ana@acme.test", good)

	b.at(s, "/users/"+s.whose(owner, "bo@acme.test")+"/roles")
	b.press("Remove user")
	b.sees("Remove Bo Lund?")
	b.misses("still has this person")

	b.at(s, "/users?query=mia%40acme.test")
	b.sees("Acme ID")
	b.press("Edit")
	b.press("Remove user")
	b.sees("Remove Mia Lee?", "Remember that Acme ID still has this person. Remove them there too, or they can come back by signing in.", "Lost", "1 person")
	b.pressLast("Remove user")
	b.titled("Users")
	b.misses("mia@acme.test")
}
