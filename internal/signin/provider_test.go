package signin

import (
	"testing"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
)

const acmeID = "idp_aaaaaaaaaaaaaaaaaaaaaaaaaa"

// TestASessionEndsWithItsProvider : who came in on a provider's word is out when nobody believes it any more.
func TestASessionEndsWithItsProvider(t *testing.T) {
	on := event.ProviderPut{Provider: acmeID, Name: "Acme ID", Issuer: "https://id.acme.test", ClientID: "bailiwick", Enabled: true}
	off := on
	off.Enabled = false
	for what, end := range map[string]event.Event{"off": &off, "removed": &event.ProviderRemoved{Provider: acmeID}} {
		h := newHall(t, SessionOptions{Secure: true})
		h.append("acme", &on)
		opened, err := h.sessions.Open(t.Context(), "acme", ana, byProvider+acmeID, From{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		other := h.signIn("acme")
		h.good(opened.Cookie)
		h.append("acme", end)
		h.dead(what, opened.Cookie)
		h.another().dead(what+", on another server", opened.Cookie)
		h.good(other.Cookie)
	}
}

// TestWhoTestsAProvider : a test shows what the mappings would do, and is for who administers sign-in.
func TestWhoTestsAProvider(t *testing.T) {
	c := newCounter(t)
	c.append("acme", &event.ProviderPut{Provider: acmeID, Name: "Acme ID", Issuer: "https://id.acme.test", ClientID: "bailiwick"})
	caller := c.good(c.signIn("acme").Cookie)
	if _, _, err := c.desk.StartTest(t.Context(), caller, acmeID, "/"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v", err)
	}
}

// TestWhichOrganizationsThereAreIsNotTold : the way to a provider is closed alike where there is no such organization.
func TestWhichOrganizationsThereAreIsNotTold(t *testing.T) {
	c := newCounter(t)
	_, _, here := c.desk.Start(t.Context(), "acme", acmeID, "/")
	_, _, nowhere := c.desk.Start(t.Context(), "nowhere", acmeID, "/")
	if here == nil || nowhere == nil || here.Error() != nowhere.Error() || fault.Of(here) != fault.Of(nowhere) {
		t.Errorf("%v, and of an organization that is not there: %v", here, nowhere)
	}
}
