package oidc

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"bailiwick/internal/fault"
)

func TestALogoutTokenCountsOnceAndOnlyAsOne(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	token := func(bend func(map[string]any)) string {
		now := c.now().Unix()
		claims := map[string]any{
			"iss": e.URL, "aud": "client", "sub": "s1", "sid": "session 1", "iat": now, "exp": now + 120, "jti": "j1",
			"events": map[string]any{logoutEvent: map[string]any{}},
		}
		if bend != nil {
			bend(claims)
		}
		return e.sign(claims)
	}
	raw := token(nil)
	out, err := p.VerifyLogoutToken(t.Context(), e.provider(), raw)
	if err != nil || *out != (Logout{Issuer: e.URL, Subject: "s1", SessionID: "session 1"}) {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = p.VerifyLogoutToken(t.Context(), e.provider(), raw)
	refused(t, err, fault.Unauthenticated, "oidc_replay")

	for name, c := range map[string]struct {
		rule string
		bend func(map[string]any)
	}{
		"another audience":   {"oidc_audience", func(c map[string]any) { c["aud"] = "another" }},
		"another issuer":     {"oidc_issuer", func(c map[string]any) { c["iss"] = "https://other.example" }},
		"over":               {"oidc_time", func(c map[string]any) { c["exp"] = c["iat"].(int64) - 60 }},
		"never over":         {"oidc_time", func(c map[string]any) { c["iat"] = began.Add(-2 * time.Hour).Unix() }},
		"no event":           {"oidc_token", func(c map[string]any) { delete(c, "events") }},
		"another event":      {"oidc_token", func(c map[string]any) { c["events"] = map[string]any{"x": 1} }},
		"an event of text":   {"oidc_logout", func(c map[string]any) { c["events"] = map[string]any{logoutEvent: "x"} }},
		"an event of null":   {"oidc_logout", func(c map[string]any) { c["events"] = map[string]any{logoutEvent: nil} }},
		"an event by a case": {"oidc_logout", func(c map[string]any) { c["Events"] = c["events"]; delete(c, "events") }},
		"a nonce":            {"oidc_token", func(c map[string]any) { c["nonce"] = "n" }},
		"nobody":             {"oidc_token", func(c map[string]any) { delete(c, "sub"); delete(c, "sid") }},
		"no id":              {"oidc_token", func(c map[string]any) { delete(c, "jti") }},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.VerifyLogoutToken(t.Context(), e.provider(), token(func(into map[string]any) { into["jti"] = name; c.bend(into) }))
			refused(t, err, fault.Unauthenticated, c.rule)
		})
	}
	// Neither passes for the other.
	s, err := signIn(t, p, e, e.provider(), Flow{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.VerifyLogoutToken(t.Context(), e.provider(), s.IDToken)
	refused(t, err, fault.Unauthenticated, "oidc_token")
	e.token = func(map[string]any) string { return token(nil) }
	_, err = signIn(t, p, e, e.provider(), Flow{})
	refused(t, err, fault.Unauthenticated, "oidc_nonce")
}

func TestEndSessionSendsOnlyWhatIsFixed(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, func(o *Options) { o.SignedOut = &url.URL{Scheme: "https", Host: "app.example", Path: "/signed-out"} }, e)
	to, err := p.EndSession(t.Context(), e.provider(), "hint")
	if err != nil {
		t.Fatal(err)
	}
	if want := e.URL + "/out?client_id=client&id_token_hint=hint&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fsigned-out&x=1"; to != want {
		t.Errorf("to %s\nwant %s", to, want)
	}
	without := newEvil(t, c)
	without.document = func(d map[string]any) { delete(d, "end_session_endpoint") }
	if to, err := newParty(t, c, nil, without).EndSession(t.Context(), without.provider(), ""); to != "" || err != nil {
		t.Errorf("%q %v", to, err)
	}
}

func TestMemoryForgetsWhatIsOver(t *testing.T) {
	c := newClock()
	m := &memory{now: c.now, seen: map[string]time.Time{}}
	once := func(hash string) bool {
		first, err := m.once(t.Context(), hash, c.now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	if !once("a") || once("a") || !once("b") {
		t.Error("once is not once")
	}
	for i := range maxSeen - 2 {
		m.seen[strconv.Itoa(i)] = c.now().Add(time.Minute)
	}
	if _, err := m.once(t.Context(), "c", c.now()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("it grows without end: %v", err)
	}
	c.on(time.Minute)
	if !once("c") || len(m.seen) != 1 {
		t.Errorf("%d are remembered", len(m.seen))
	}
}
