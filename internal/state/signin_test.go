package state

import (
	"fmt"
	"testing"
	"time"

	"bailiwick/event"
)

func TestWaysIn(t *testing.T) {
	s := folded(t, everything(t)...)
	ana, gone := id(UserPrefix, 1), id(UserPrefix, 3)
	if l := s.LinkByHash("l1"); !l.Open(s.At) || l.Open(time.UnixMicro(9e15)) || s.LinkByHash("l2") != nil || len(s.LinksOf(ana)) != 1 {
		t.Errorf("links: %+v, %d of ana", l, len(s.LinksOf(ana)))
	}
	if i := s.IdentityAt("https://id.acme.test", "1"); i == nil || i.User != ana || len(s.IdentitiesOf(ana)) != 1 {
		t.Errorf("identity: %+v", i)
	}
	if s.IdentityAt("https://id.acme.test", "3") != nil || s.LinkByHash("l3") != nil || len(s.IdentitiesOf(gone)) != 0 {
		t.Error("who was removed can still come in")
	}
	u := s.User(ana)
	if u.Password != "sec_1" || u.EndedBefore.IsZero() || !s.SessionEnded("ses_1") || s.SessionEnded("ses_2") {
		t.Errorf("user: %+v", u)
	}
	if !s.User(id(UserPrefix, 2)).EndedBefore.Equal(time.UnixMicro(10_000_000)) {
		t.Error("a deactivation ends no sessions")
	}
	if len(s.BreakGlass(s.At)) != 1 || len(s.BreakGlass(time.UnixMicro(9e15))) != 0 {
		t.Error("break-glass accesses do not end with their time")
	}
	if p := s.Provider("idp_1"); p == nil || p.Tested.IsZero() || len(s.Providers()) != 1 {
		t.Errorf("provider: %+v", p)
	}
	again := folded(t, append(everything(t), &event.ProviderPut{Provider: "idp_1", Name: "Company", Issuer: "https://id.acme.test", ClientID: "another"}, &event.IdentityUnlinked{Identity: "idn_1", User: ana})...)
	if !again.Provider("idp_1").Tested.IsZero() || again.IdentityAt("https://id.acme.test", "1") != nil {
		t.Error("a changed provider counts as tested, or an identity stays")
	}
}

// TestEndedSessionsAreForgotten : they are asked for no longer than they could have lasted.
func TestEndedSessionsAreForgotten(t *testing.T) {
	ana := id(UserPrefix, 1)
	events := []event.Event{&event.UserAdded{User: ana, Number: 1}}
	for i := range 3 * manySessions {
		events = append(events, &event.SessionEnded{Session: fmt.Sprint("ses_", i), User: ana, Until: int64(1_000_000 * (i + 10))})
	}
	s := folded(t, events...)
	if n := s.ended.Len(); n > manySessions+10 || !s.SessionEnded(fmt.Sprint("ses_", 3*manySessions-1)) {
		t.Errorf("%d are remembered", n)
	}
}
