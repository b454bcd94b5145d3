package oidc

import (
	"context"
	"crypto"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bailiwick/internal/fault"
)

func TestASignInGoesAllTheWay(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	e.claims = func(c map[string]any) { c["groups"] = []string{"b", "a", "b"} }
	to, cookie, err := p.Start(t.Context(), e.provider(), Flow{Organization: "o1", Next: "/people?x=1", Request: "r", Test: true})
	if err != nil {
		t.Fatal(err)
	}
	if cookie.Name != "__Host-bwk_flow" || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" ||
		cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 {
		t.Errorf("the flow cookie is %v", cookie)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("scope") != "openid profile email" || q.Get("redirect_uri") != "https://app.example/signin/callback" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || q.Get("response_type") != "code" {
		t.Errorf("the provider is asked %v", q)
	}
	for _, secret := range []string{q.Get("state"), q.Get("nonce"), "people"} {
		if strings.Contains(cookie.Value, secret) {
			t.Errorf("the cookie shows %q", secret)
		}
	}
	asked := ""
	s, err := p.Finish(t.Context(), back(e.authorize(to), cookie), func(organization, provider string) (Provider, error) {
		asked = organization + "/" + provider
		return e.provider(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked != "o1/p1" || s.Organization != "o1" || s.Provider != "p1" || s.Issuer != e.URL || s.Subject != "s1" || s.Email != "ann@example.com" ||
		!s.EmailVerified || s.Name != "Ann Lee" || !slices.Equal(s.Groups, []string{"a", "b"}) || !s.GroupsSent || s.Next != "/people?x=1" ||
		!s.Test || s.Request != "r" || s.SessionID != "session 1" || !s.AuthTime.Equal(began.Add(-5*time.Second)) || s.IDToken == "" {
		t.Errorf("the sign-in says %+v", s)
	}
	if e.lastPosted.Get("client_secret") != "" {
		t.Error("the secret is sent twice, or in the body")
	}
	hidden := 0
	for _, claim := range s.Claims {
		if strings.Contains(claim.Value, q.Get("nonce")) {
			t.Errorf("the test shows %v", claim)
		}
		if claim.Value == "[hidden]" {
			hidden++
		}
	}
	if hidden != 2 { // nonce, sid
		t.Errorf("the test shows %v", s.Claims)
	}
	if gone := p.Forget(); gone.MaxAge != -1 || gone.Name != cookie.Name {
		t.Errorf("forgetting sends %v", gone)
	}
}

func TestEveryTrustedAlgorithmIsRead(t *testing.T) {
	c := newClock()
	wide := newRSA(t, 2048)
	for alg, key := range map[jose.SignatureAlgorithm]crypto.Signer{jose.RS256: wide, jose.PS256: wide, jose.EdDSA: newEd(t)} {
		e := newEvil(t, c)
		e.alg, e.key = alg, key
		if _, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{}); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
	e := newEvil(t, c)
	t.Setenv("GODEBUG", "rsa1024min=0")
	e.alg, e.key = jose.RS256, newRSA(t, 1024)
	_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("a short key: %v", err)
	}
}

func TestGroupsAreReadInEveryShape(t *testing.T) {
	many := make([]string, maxGroups+1)
	for i := range many {
		many[i] = strings.Repeat("g", i%100+1)
	}
	for name, c := range map[string]struct {
		claims, user map[string]any
		want         []string
		sent, bad    bool
	}{
		"missing":            {},
		"empty":              {claims: map[string]any{"groups": []string{}}, sent: true},
		"one text":           {claims: map[string]any{"groups": "a b"}, want: []string{"a b"}, sent: true},
		"at user info":       {user: map[string]any{"groups": []string{"u"}}, want: []string{"u"}, sent: true},
		"token comes first":  {claims: map[string]any{"groups": []string{"t"}}, user: map[string]any{"groups": []string{"u"}}, want: []string{"t"}, sent: true},
		"another case":       {claims: map[string]any{"Groups": []string{"admins"}}},
		"numbers":            {claims: map[string]any{"groups": []int{1}}, bad: true},
		"null among them":    {claims: map[string]any{"groups": []any{"a", nil}}, bad: true},
		"empty name":         {claims: map[string]any{"groups": []string{""}}, bad: true},
		"control characters": {claims: map[string]any{"groups": []string{"a\u202eb"}}, bad: true},
		"too many":           {claims: map[string]any{"groups": many}, bad: true},
		"overage":            {claims: map[string]any{"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.example"}}}, bad: true},
		"hasgroups":          {claims: map[string]any{"hasgroups": true}, bad: true},
		"distributed":        {user: map[string]any{"_claim_names": map[string]any{"groups": "src1"}}, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			e := newEvil(t, clock)
			e.claims = func(into map[string]any) {
				for k, v := range c.claims {
					into[k] = v
				}
			}
			for k, v := range c.user {
				e.user[k] = v
			}
			s, err := signIn(t, newParty(t, clock, nil, e), e, e.provider(), Flow{})
			if c.bad {
				refused(t, err, fault.Unauthenticated, "oidc_groups")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(s.Groups, c.want) || s.GroupsSent != c.sent {
				t.Errorf("groups %q sent %v", s.Groups, s.GroupsSent)
			}
		})
	}
}

func TestEmailAndItsProofComeFromOneDocument(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	e.claims = func(c map[string]any) { c["email"] = nil } // but email_verified stays
	e.user["email"] = "boss@example.com"
	s, err := signIn(t, p, e, e.provider(), Flow{})
	if err != nil || s.Email != "boss@example.com" || s.EmailVerified {
		t.Errorf("%+v %v", s, err)
	}
	e.user["email_verified"] = "true"
	if s, err := signIn(t, p, e, e.provider(), Flow{}); err != nil || !s.EmailVerified {
		t.Errorf("%+v %v", s, err)
	}
	e.claims = func(c map[string]any) {
		c["email_verified"] = nil
		c["Email_Verified"] = true
		c["EMAIL"] = "boss@example.com"
	}
	if s, err := signIn(t, p, e, e.provider(), Flow{}); err != nil || s.EmailVerified || s.Email != "ann@example.com" {
		t.Errorf("another case of a claim's name counts: %+v %v", s, err)
	}
	e.claims, e.user = func(c map[string]any) { c["email"] = nil }, map[string]any{"sub": "s2", "email": "boss@example.com"}
	_, err = signIn(t, p, e, e.provider(), Flow{})
	refused(t, err, fault.Unauthenticated, "oidc_subject")
}

func TestAProviderThatChangedMeanwhileIsRefused(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	gone := errors.New("the database is away")
	for name, lookup := range map[string]func() (Provider, error){
		"disabled":       func() (Provider, error) { return Provider{}, fault.New(fault.Forbidden, "it is disabled") },
		"deleted":        func() (Provider, error) { return Provider{}, fault.New(fault.NotFound, "there is none") },
		"another client": func() (Provider, error) { o := e.provider(); o.ClientID = "other"; return o, nil },
		"another issuer": func() (Provider, error) { o := e.provider(); o.Issuer += "/"; return o, nil },
		"another one":    func() (Provider, error) { o := e.provider(); o.ID = "p2"; return o, nil },
		"not known":      func() (Provider, error) { return Provider{}, gone },
	} {
		to, cookie, err := p.Start(t.Context(), e.provider(), Flow{Organization: "o1"})
		if err != nil {
			t.Fatal(err)
		}
		before := e.count("/token")
		_, err = p.Finish(t.Context(), back(e.authorize(to), cookie), func(string, string) (Provider, error) { return lookup() })
		if name == "not known" {
			if !errors.Is(err, gone) {
				t.Errorf("%s: %v", name, err)
			}
		} else {
			refused(t, err, fault.Unauthenticated, "oidc_provider")
		}
		if e.count("/token") != before {
			t.Errorf("%s: the code was used", name)
		}
	}
}

func TestAProvidersErrorsAreToldInOneCleanLine(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	for code, kind := range map[string]fault.Kind{"access_denied": fault.Unauthenticated, "server_error": fault.Unavailable} {
		to, cookie, err := p.Start(t.Context(), e.provider(), Flow{})
		if err != nil {
			t.Fatal(err)
		}
		said := e.authorize(to)
		said.Del("code")
		said.Set("error", code)
		said.Set("error_description", "no\r\nSet-Cookie: a\x1b[31m "+strings.Repeat("x", 5000))
		_, err = p.Finish(t.Context(), back(said, cookie), found(e.provider()))
		refused(t, err, kind, "oidc_answer")
		if text := err.Error(); len(text) > 600 || strings.ContainsAny(text, "\r\n\x1b") || !strings.Contains(text, code) || !strings.Contains(text, "Evil") {
			t.Errorf("it says %q", text)
		}
	}
	e.answer = func(w http.ResponseWriter) bool {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		return true
	}
	_, err := signIn(t, p, e, e.provider(), Flow{})
	refused(t, err, fault.Unauthenticated, "oidc_answer")
	if !strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "hush") {
		t.Errorf("it says %q", err)
	}
}

func TestAPublicClientSendsNoSecret(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	provider := e.provider()
	provider.ClientSecret = nil
	if _, err := signIn(t, newParty(t, c, nil, e), e, provider, Flow{}); err != nil {
		t.Fatal(err)
	}
	if e.lastPosted.Get("client_id") != "client" || e.lastPosted.Has("client_secret") {
		t.Errorf("posted %v", e.lastPosted)
	}
	provider.ClientSecret = func(context.Context) (string, error) { return "hush", nil }
	e.document = func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"} }
	if _, err := signIn(t, newParty(t, c, nil, e), e, provider, Flow{}); err != nil {
		t.Fatal(err)
	}
	if e.lastPosted.Get("client_secret") != "hush" {
		t.Errorf("posted %v", e.lastPosted)
	}
}

func TestRedirectDecidesTheCookie(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, func(o *Options) { o.Redirect = &url.URL{Scheme: "http", Host: "localhost:8080", Path: "/cb"} }, e)
	_, cookie, err := p.Start(t.Context(), e.provider(), Flow{})
	if err != nil || cookie.Name != "bwk_flow" || cookie.Secure || !cookie.HttpOnly {
		t.Errorf("%v %v", cookie, err)
	}
	for _, o := range []Options{
		{Redirect: &url.URL{Scheme: "http", Host: "app.example"}, Now: c.now, Key: make([]byte, 32)},
		{Redirect: &url.URL{Scheme: "https", Host: "app.example"}, Now: c.now, Key: make([]byte, 31)},
		{Redirect: &url.URL{Scheme: "https", Host: "app.example"}, Key: make([]byte, 32)},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v makes a party", o)
		}
	}
}
