package signin

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/rolemodel"
)

// A hall is a house with sessions.
type hall struct {
	*house
	sessions *Sessions
}

const console = "https://console.acme.test"

func newHall(t testing.TB, o SessionOptions) *hall { return newHallOn(t, file(t), o) }

func newHallOn(t testing.TB, address string, o SessionOptions) *hall {
	h := &hall{house: newHouseOn(t, address)}
	o.Logger = slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.sessions = NewSessions(h.engine, h.journal, o)
	h.reader.WithSessions(h.sessions)
	return h
}

func (h *hall) signIn(organization string) *Opened {
	h.t.Helper()
	from := From{Address: netip.MustParseAddr("192.0.2.7"), Agent: "Fire\x00fox\xff\n" + strings.Repeat("x", 400), Request: "req-1"}
	opened, err := h.sessions.Open(h.t.Context(), organization, ana, ByPassword, from, time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	return opened
}

func withCookie(method string, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(method, console+"/api/v1/whoami", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// ask sends a request with a session to a door that takes sessions.
func (h *hall) ask(c *http.Cookie) (*Caller, error) {
	return h.reader.Caller(withCookie(http.MethodGet, c), SessionKind, UserToken)
}

func (h *hall) good(c *http.Cookie) *Caller {
	h.t.Helper()
	caller, err := h.ask(c)
	if err != nil {
		h.t.Fatal(err)
	}
	return caller
}

func (h *hall) dead(what string, c *http.Cookie) {
	h.t.Helper()
	if _, err := h.ask(c); !fault.Is(err, fault.Unauthenticated) || err.Error() != refusedSession().Error() {
		h.t.Errorf("%s: %v, want the refusal of a session", what, err)
	}
}

// another is a second server on the same journal's database; its memory is empty.
func (h *hall) another() *hall {
	second := &hall{house: &house{t: h.t, journal: h.journal, engine: h.engine}}
	second.sessions = NewSessions(h.engine, h.journal, h.sessions.options)
	second.reader = NewReader(h.engine, h.journal, slog.New(slog.DiscardHandler)).WithSessions(second.sessions)
	return second
}

func TestSessionsAreFoundInTheirOrganization(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	for _, organization := range []string{"acme", "other"} {
		opened := h.signIn(organization)
		for _, server := range []*hall{h, h.another()} {
			got := server.good(opened.Cookie)
			if got.Organization != organization || got.Subject != (access.Subject{Kind: access.User, ID: ana}) || got.Session != opened.Session.ID ||
				got.Token != "" || got.Kind != SessionKind || got.Narrowed() || got.Renewed != nil || !got.Expires.Equal(h.now().Add(24*time.Hour)) {
				t.Errorf("%+v", got)
			}
		}
		if a := opened.Session.Agent; len(a) > 256 || !strings.HasPrefix(a, "Firefoxx") {
			t.Errorf("the browser calls itself %q", a)
		}
		kept, err := h.journal.SessionsOf(t.Context(), organization, ana)
		if err != nil || len(kept) != 1 || kept[0] != opened.Session || strings.Contains(fmt.Sprint(kept), opened.Cookie.Value[12:30]) {
			t.Errorf("kept %+v, %v", kept, err)
		}
	}
	if strings.Contains(h.log.String(), "bwk_session_") {
		t.Errorf("a secret is in the log:\n%s", h.log.String())
	}
	if _, err := h.sessions.Open(t.Context(), "acme", "usr_nobody", ByPassword, From{}, time.Time{}); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a session of nobody: %v", err)
	}
}

// TestOnlyDoorsThatSaySoTakeSessions : and a token's text cannot claim to be a session.
func TestOnlyDoorsThatSaySoTakeSessions(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	c := h.signIn("acme").Cookie
	for _, kinds := range [][]Kind{nil, {UserToken}, {ServiceUserToken, UserToken}} {
		_, err := h.reader.Caller(withCookie(http.MethodGet, c), kinds...)
		if !fault.Is(err, fault.Unauthenticated) || Challenge(err) != realm {
			t.Errorf("a session at a door for %v: %v, %s", kinds, err, Challenge(err))
		}
		if _, err := h.reader.Viewer(withCookie(http.MethodGet, c), kinds...); err == nil {
			t.Errorf("a session at a view for %v", kinds)
		}
	}
	if _, err := h.reader.Caller(withToken(c.Value), SessionKind, UserToken); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a session's secret as a token: %v", err)
	}
	if _, _, _, err := Mint(SessionKind); err == nil {
		t.Error("a token of the kind session was made")
	}
	if _, err := h.reader.Caller(httptest.NewRequest(http.MethodGet, "/", nil), SessionKind); Challenge(err) != realm {
		t.Errorf("nothing presented: %v", err)
	}
}

// TestTheHeaderAloneCounts : a cookie never steps in for a token that does not work.
func TestTheHeaderAloneCounts(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	c := h.signIn("acme").Cookie
	text, id := h.issue("acme", ServiceUserToken, "service_user:"+bot, nil)
	r := withCookie(http.MethodPost, c)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Authorization", "Bearer "+text)
	if got, err := h.reader.Caller(r, SessionKind, ServiceUserToken); err != nil || got.Token != id || got.Session != "" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, header := range []string{"", "Bearer x", "Basic YTpi", "Bearer " + c.Value} {
		r := withCookie(http.MethodGet, c)
		r.Header["Authorization"] = []string{header}
		if got, err := h.reader.Caller(r, SessionKind, ServiceUserToken); err == nil {
			t.Errorf("%q: the cookie stepped in: %+v", header, got)
		}
	}
}

// TestAttack022ADisabledUserKeepsNoSession : whatever ends one, it ends at once, on every server, and nobody is told why.
func TestAttack022ADisabledUserKeepsNoSession(t *testing.T) { onBoth(t, aDisabledUserKeepsNoSession) }

func aDisabledUserKeepsNoSession(t *testing.T, newHall func(testing.TB, SessionOptions) *hall) {
	for what, end := range map[string]func(h *hall, o *Opened){
		"subject": func(h *hall, _ *Opened) { h.append("acme", &event.UserDeactivated{User: ana}) },
		"removed": func(h *hall, _ *Opened) { h.append("acme", &event.UserRemoved{User: ana}) },
		"reactivated": func(h *hall, _ *Opened) {
			h.append("acme", &event.UserDeactivated{User: ana})
			h.pass(time.Minute)
			h.append("acme", &event.UserReactivated{User: ana})
		},
		"ended": func(h *hall, _ *Opened) { h.append("acme", &event.SessionsEnded{User: ana}) },
		"one": func(h *hall, o *Opened) {
			h.append("acme", &event.SessionEnded{User: ana, Session: o.Session.ID, Until: event.Micros(o.Session.Until)})
		},
		"idle": func(h *hall, _ *Opened) { h.pass(8 * time.Hour) },
		"over": func(h *hall, o *Opened) {
			for range 23 {
				h.pass(time.Hour)
				h.good(o.Cookie)
			}
			h.pass(time.Hour)
		},
		"over, and the clock set back": func(h *hall, _ *Opened) {
			h.pass(25 * time.Hour)
			h.append("acme", &event.TeamCreated{Team: "team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Number: 99, Name: "late"})
			h.pass(-25 * time.Hour)
		},
		"dropped": func(h *hall, o *Opened) {
			if err := h.journal.DropSessions(h.t.Context(), "acme", o.Session.ID); err != nil {
				h.t.Fatal(err)
			}
			h.pass(rereadEvery)
		},
	} {
		h := newHall(t, SessionOptions{Secure: true})
		opened, elsewhere := h.signIn("acme"), h.signIn("other")
		h.good(opened.Cookie)
		end(h, opened)
		h.dead(what, opened.Cookie)
		h.another().dead(what+", on another server", opened.Cookie)
		if what == "subject" || what == "ended" || what == "one" {
			h.good(elsewhere.Cookie)
		}
		if !strings.Contains(h.log.String(), "a session was refused") {
			t.Errorf("%s: nothing in the log", what)
		}
	}
	h := newHall(t, SessionOptions{Secure: true})
	c := *h.signIn("acme").Cookie
	for _, text := range []string{"", "x", c.Value + "x", c.Value[:len(c.Value)-1], newSecret(sessionPrefix).Reveal(), `"` + c.Value + `"`, strings.ToLower(c.Value)} {
		c.Value = text
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", c.Name+"="+text)
		if _, err := h.reader.Caller(r, SessionKind); !fault.Is(err, fault.Unauthenticated) || err.Error() != refusedSession().Error() {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestASignInAfterTheEndIsGood : also in the very microsecond.
func TestASignInAfterTheEndIsGood(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	h.append("acme", &event.SessionsEnded{User: ana})
	h.good(h.signIn("acme").Cookie)
}

// TestAttack046SessionsAreNotFixed : a sign-in never takes over what the browser had, and a change of rights renews the secret.
func TestAttack046SessionsAreNotFixed(t *testing.T) { onBoth(t, sessionsAreNotFixed) }

func sessionsAreNotFixed(t *testing.T, newHall func(testing.TB, SessionOptions) *hall) {
	h := newHall(t, SessionOptions{Secure: true})
	first, second := h.signIn("acme"), h.signIn("acme")
	if first.Session.ID == second.Session.ID || first.Cookie.Value == second.Cookie.Value {
		t.Fatal("two sign-ins share a session")
	}
	if got := h.good(first.Cookie); got.Renewed != nil {
		t.Error("renewed without a reason")
	}
	h.append("acme", &event.TeamCreated{Team: "team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Number: 99, Name: "red"})
	if got := h.good(first.Cookie); got.Renewed != nil {
		t.Error("renewed by a change that is none of the user's rights")
	}
	h.pass(time.Second)
	h.promote()
	renewed := h.renewed(first)
	h.good(renewed)
	if got := h.good(first.Cookie); got.Renewed != nil {
		t.Error("who has the old secret got a new one")
	}
	h.another().good(first.Cookie)
	h.append("acme", &event.TeamLeft{Team: "team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Members: []string{ana}})
	if got := h.good(first.Cookie); got.Renewed != nil {
		t.Error("who has the old secret got a new one after another change")
	}
	renewed = h.renewed(&Opened{Cookie: renewed})
	h.dead("the secret from two changes before", first.Cookie)
	h.append("acme", &event.TeamJoined{Team: "team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Members: []string{ana}})
	h.pass(time.Second)
	first.Cookie, renewed = renewed, h.renewed(&Opened{Cookie: renewed})
	h.pass(10*time.Second - 1*time.Microsecond)
	h.good(first.Cookie)
	h.pass(time.Microsecond)
	h.dead("the secret from before the change", first.Cookie)
	h.good(renewed)
	h.another().good(renewed)
	if strings.Contains(h.log.String(), "bwk_session_") {
		t.Error("a secret is in the log")
	}
}

// promote makes the user more than he was.
func (h *hall) promote() {
	hash, err := rolemodel.EditionHash("bailiwick")
	if err != nil {
		h.t.Fatal(err)
	}
	h.append("acme", &event.TeamJoined{Team: "team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Members: []string{ana}},
		&event.PlatformAttached{Slug: "org", Edition: "bailiwick", Hash: hash},
		&event.GrantAdded{Grant: event.Grant{To: "team:team_aaaaaaaaaaaaaaaaaaaaaaaaaa", Role: "owner", On: "org"}, Number: 100})
}

// renewed asks many times at once with a session whose rights have changed: one gets the new cookie.
func (h *hall) renewed(o *Opened) *http.Cookie {
	h.t.Helper()
	var (
		mu   sync.Mutex
		all  []*http.Cookie
		done sync.WaitGroup
	)
	for range 8 {
		done.Go(func() {
			caller, err := h.ask(o.Cookie)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				h.t.Error(err)
			} else if caller.Renewed != nil {
				all = append(all, caller.Renewed)
			}
		})
	}
	done.Wait()
	if len(all) != 1 || all[0].Value == o.Cookie.Value || all[0].Name != o.Cookie.Name || !all[0].HttpOnly || !all[0].Secure {
		h.t.Fatalf("renewed: %v", all)
	}
	return all[0]
}

// TestAttack047LogoutEndsTheServersSession : the cookie that was copied before it is of no use after it.
func TestAttack047LogoutEndsTheServersSession(t *testing.T) { onBoth(t, logoutEndsTheServersSession) }

func logoutEndsTheServersSession(t *testing.T, newHall func(testing.TB, SessionOptions) *hall) {
	h := newHall(t, SessionOptions{Secure: true})
	opened, other := h.signIn("acme"), h.signIn("acme")
	h.good(opened.Cookie)
	h.append("acme", &event.SessionEnded{Session: opened.Session.ID, User: ana, Until: event.Micros(opened.Session.Until)})
	h.dead("before the row is gone", opened.Cookie)
	if err := h.journal.DropSessions(t.Context(), "acme", opened.Session.ID); err != nil {
		t.Fatal(err)
	}
	h.dead("after", opened.Cookie)
	h.good(other.Cookie)
	if gone := h.sessions.NoCookie(); gone.Name != opened.Cookie.Name || gone.MaxAge >= 0 || gone.Value != "" || gone.Path != "/" || !gone.Secure {
		t.Errorf("the cookie is taken away by %v", gone)
	}
	desk := NewDesk(DeskOptions{Engine: h.engine, Journal: h.journal, Sessions: h.sessions})
	if list, err := desk.ListSessions(t.Context(), "acme", ana); err != nil || len(list) != 1 || list[0].ID != other.Session.ID {
		t.Errorf("listed %v, %v", list, err)
	}
}

// TestAttack048CookiesAreForThisHostAlone : and of two nobody knows who set which.
func TestAttack048CookiesAreForThisHostAlone(t *testing.T) {
	for secure, name := range map[bool]string{true: "__Host-bwk_session", false: "bwk_session"} {
		h := newHall(t, SessionOptions{Secure: secure})
		c := h.signIn("acme").Cookie
		text := c.String()
		if c.Name != name || c.Secure != secure || !strings.HasSuffix(text, "; Path=/; HttpOnly"+map[bool]string{true: "; Secure"}[secure]+"; SameSite=Lax") ||
			strings.Contains(text, "Domain") {
			t.Errorf("%s", text)
		}
		h.good(c)
		again, plain := *c, *c
		plain.Name = map[bool]string{true: "bwk_session", false: "__Host-bwk_session"}[secure]
		if _, err := h.reader.Caller(withCookie(http.MethodGet, c, &again), SessionKind); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("two cookies: %v", err)
		}
		two := withCookie(http.MethodGet, c)
		two.Header["Cookie"] = append(two.Header["Cookie"], name+"=planted")
		if _, err := h.reader.Caller(two, SessionKind); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("two headers: %v", err)
		}
		if _, err := h.reader.Caller(withCookie(http.MethodGet, &plain), SessionKind); Challenge(err) != realm {
			t.Errorf("the other name: %v", err)
		}
		many := withCookie(http.MethodGet, &http.Cookie{Name: "a", Value: "b"}, &plain, c, &http.Cookie{Name: "x" + name, Value: "y"})
		if _, err := h.reader.Caller(many, SessionKind); err != nil {
			t.Errorf("among others: %v", err)
		}
	}
}

// TestAttack103PagesOfOthersDoNothing : one guard for every door that takes sessions.
func TestAttack103PagesOfOthersDoNothing(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	c := h.signIn("acme").Cookie
	for _, x := range []struct {
		method, site, origin, upgrade string
		ok                            bool
	}{
		{"POST", "same-origin", console, "", true},
		{"POST", "none", "", "", true},
		{"POST", "", "", "", true},
		{"POST", "", console, "", true},
		{"POST", "cross-site", "https://evil.test", "", false},
		{"POST", "same-site", "https://dagster.acme.test", "", false},
		{"POST", "", "https://evil.test", "", false},
		{"POST", "", "null", "", false},
		{"DELETE", "cross-site", "", "", false},
		{"PUT", "", "https://console.acme.test.evil.test", "", false},
		{"GET", "cross-site", "https://evil.test", "", true},
		{"GET", "cross-site", "https://evil.test", "websocket", false},
		{"GET", "", "https://evil.test", "websocket", false},
		{"GET", "same-origin", console, "websocket", true},
	} {
		r := withCookie(x.method, c)
		for name, value := range map[string]string{"Sec-Fetch-Site": x.site, "Origin": x.origin, "Upgrade": x.upgrade} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		caller, viewer := fault.Kind(0), fault.Kind(0)
		_, err := h.reader.Caller(r, SessionKind)
		if err != nil {
			caller = fault.Of(err)
		}
		if _, err := h.reader.Viewer(r, SessionKind); err != nil {
			viewer = fault.Of(err)
		}
		if (err == nil) != x.ok || caller != viewer || !x.ok && caller != fault.Forbidden {
			t.Errorf("%+v: %v", x, err)
		}
	}
}
