package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bailiwick/internal/fault"
)

// bent signs in at a provider whose tokens were bent, and expects a refusal.
func bent(t *testing.T, rule string, bend func(c map[string]any)) {
	t.Helper()
	c := newClock()
	e := newEvil(t, c)
	e.claims = bend
	e.document = func(d map[string]any) { delete(d, "userinfo_endpoint") } // which would notice another subject as well
	_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
	refused(t, err, fault.Unauthenticated, rule)
}

func TestAttack051TheAudienceIsMissingOrAnothers(t *testing.T) {
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = nil })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = "another" })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = []string{} })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = "client2" })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = "Client" })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = []string{"client", "another"} })
	bent(t, "oidc_audience", func(c map[string]any) { c["aud"] = []string{"client", "another"}; c["azp"] = "another" })
	bent(t, "oidc_audience", func(c map[string]any) { c["azp"] = "another" })
	// The library takes a name in any case: only the exact one may count.
	bent(t, "oidc_audience", func(c map[string]any) { c["AUD"] = "client"; c["aud"] = nil })
	bent(t, "oidc_audience", func(c map[string]any) { c["aUD"] = "client"; c["aud"] = "another" })

	c := newClock()
	e := newEvil(t, c)
	e.claims = func(c map[string]any) { c["aud"] = []string{"another", "client"}; c["azp"] = "client" }
	if _, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{}); err != nil {
		t.Errorf("several audiences, authorized for us: %v", err)
	}
}

func TestAttack052TwoIssuersAreMixedUp(t *testing.T) {
	c := newClock()
	honest, e := newEvil(t, c), newEvil(t, c)
	p := newParty(t, c, nil, honest, e)

	t.Run("a token of another issuer", func(t *testing.T) {
		bent(t, "oidc_issuer", func(c map[string]any) { c["iss"] = "https://honest.example" })
		bent(t, "oidc_issuer", func(c map[string]any) { c["ISS"] = c["iss"]; c["iss"] = nil })
	})
	t.Run("the answer says who sent it", func(t *testing.T) {
		// The browser goes to the evil one, which passes it on to the honest one, whose code comes back.
		to, cookie, err := p.Start(t.Context(), e.provider(), Flow{})
		if err != nil {
			t.Fatal(err)
		}
		said := e.authorize(to)
		said.Set("iss", honest.URL)
		_, err = p.Finish(t.Context(), back(said, cookie), found(e.provider()))
		refused(t, err, fault.Unauthenticated, "oidc_issuer")
		if e.count("/token") != 0 {
			t.Error("the evil provider got the honest one's code")
		}
	})
	t.Run("the answer leaves out who sent it", func(t *testing.T) {
		honest.document = func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = true }
		_, err := signIn(t, p, honest, honest.provider(), Flow{})
		refused(t, err, fault.Unauthenticated, "oidc_issuer")
	})
	t.Run("discovery names another", func(t *testing.T) {
		third := newEvil(t, c)
		third.document = func(d map[string]any) { d["issuer"] = honest.URL }
		_, _, err := newParty(t, c, nil, third).Start(t.Context(), third.provider(), Flow{})
		refused(t, err, fault.Unavailable, "oidc_issuer")
	})
	t.Run("a token that another provider signed", func(t *testing.T) {
		e.token = func(c map[string]any) string { c["iss"] = honest.URL; return e.signWith(e.alg, e.key, e.kid, c) }
		honest.document = func(d map[string]any) { d["token_endpoint"] = e.URL + "/token" }
		to, cookie, err := newParty(t, c, nil, honest, e).Start(t.Context(), honest.provider(), Flow{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = newParty(t, c, nil, honest, e).Finish(t.Context(), back(e.authorize(to), cookie), found(honest.provider()))
		refused(t, err, fault.Unauthenticated, "oidc_signature")
	})
}

func TestAttack053AlgorithmNoneOrShared(t *testing.T) {
	c := newClock()
	plain := func(header string, claims map[string]any, sign string) string {
		text, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(text) + "." + sign
	}
	for name, token := range map[string]func(e *evil, c map[string]any) string{
		"none": func(_ *evil, c map[string]any) string { return plain(`{"alg":"none"}`, c, "") },
		"None": func(_ *evil, c map[string]any) string { return plain(`{"alg":"None"}`, c, "") },
		"HS256 with the public key": func(e *evil, c map[string]any) string {
			key, err := json.Marshal(jose.JSONWebKey{Key: e.key.Public(), KeyID: e.kid})
			if err != nil {
				t.Fatal(err)
			}
			return e.signWith(jose.HS256, key, e.kid, c)
		},
		"HS256 with the client's secret": func(e *evil, c map[string]any) string {
			return e.signWith(jose.HS256, []byte("hush hush hush hush hush hush hush hush"), e.kid, c)
		},
	} {
		e := newEvil(t, c)
		e.token = func(c map[string]any) string { return token(e, c) }
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		if refused(t, err, fault.Unauthenticated, "oidc_algorithm"); t.Failed() {
			t.Fatal(name)
		}
	}
	t.Run("a key in the token's header", func(t *testing.T) {
		e := newEvil(t, c)
		e.token = func(c map[string]any) string {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: newEd(t)}, &jose.SignerOptions{EmbedJWK: true})
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(c)
			signed, err := signer.Sign(text)
			if err != nil {
				t.Fatal(err)
			}
			out, _ := signed.CompactSerialize()
			return out
		}
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		refused(t, err, fault.Unauthenticated, "oidc_signature")
	})
	t.Run("a shared key among the keys", func(t *testing.T) {
		e := newEvil(t, c)
		e.jwks = func() any {
			return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: []byte(strings.Repeat("s", 32)), KeyID: "k1"}}}
		}
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		if !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
	})
	t.Run("an algorithm that is not announced", func(t *testing.T) {
		e := newEvil(t, c)
		e.document = func(d map[string]any) { d["id_token_signing_alg_values_supported"] = []string{"RS256"} }
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		refused(t, err, fault.Unauthenticated, "oidc_algorithm")
	})
	t.Run("only what cannot be trusted is announced", func(t *testing.T) {
		e := newEvil(t, c)
		e.document = func(d map[string]any) { d["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} }
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		refused(t, err, fault.Unavailable, "oidc_algorithm")
	})
	t.Run("a key by another name", func(t *testing.T) {
		e := newEvil(t, c)
		e.jwks = func() any { return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: e.key.Public(), KeyID: "k2"}}} }
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		refused(t, err, fault.Unauthenticated, "oidc_signature")
	})
	t.Run("a key for something else", func(t *testing.T) {
		e := newEvil(t, c)
		e.jwks = func() any {
			return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: e.key.Public(), KeyID: "k1", Use: "enc"}, {Key: newEd(t).Public(), KeyID: "k2"}}}
		}
		_, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{})
		refused(t, err, fault.Unauthenticated, "oidc_signature")
	})
}

func TestAttack053AStormOfUnknownKeys(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	if _, err := signIn(t, p, e, e.provider(), Flow{}); err != nil {
		t.Fatal(err)
	}
	c.on(2 * time.Minute)
	other := newEd(t)
	storm := func() {
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				now := c.now().Unix()
				_, err := p.VerifyLogoutToken(t.Context(), e.provider(), e.signWith(jose.EdDSA, other, "unheard of", map[string]any{
					"iss": e.URL, "aud": "client", "sub": "s1", "iat": now, "exp": now + 60, "jti": "j",
					"events": map[string]any{logoutEvent: struct{}{}},
				}))
				refused(t, err, fault.Unauthenticated, "oidc_signature")
			})
		}
		all.Wait()
	}
	storm()
	if n := e.count("/keys"); n != 2 {
		t.Errorf("the keys were fetched %d times; want once at the beginning and once for the storm", n)
	}
	c.on(59 * time.Second)
	storm()
	if n := e.count("/keys"); n != 2 {
		t.Errorf("the keys were fetched %d times within a minute", n-1)
	}
	// A provider that changes its keys is followed after the minute.
	e.key, e.kid = other, "k2"
	e.alg = jose.EdDSA
	c.on(2 * time.Second)
	if _, err := signIn(t, p, e, e.provider(), Flow{}); err != nil {
		t.Errorf("new keys: %v", err)
	}
}

func TestAttack054TheNonceIsMissingOrReplayed(t *testing.T) {
	bent(t, "oidc_nonce", func(c map[string]any) { c["nonce"] = nil })
	bent(t, "oidc_nonce", func(c map[string]any) { c["nonce"] = "" })
	bent(t, "oidc_nonce", func(c map[string]any) { c["nonce"] = "another" })
	bent(t, "oidc_nonce", func(c map[string]any) { c["NONCE"] = c["nonce"]; c["nonce"] = nil })

	// A token of an earlier sign-in of the same person.
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	s, err := signIn(t, p, e, e.provider(), Flow{})
	if err != nil {
		t.Fatal(err)
	}
	e.token = func(map[string]any) string { return s.IDToken }
	_, err = signIn(t, p, e, e.provider(), Flow{})
	refused(t, err, fault.Unauthenticated, "oidc_nonce")
}

func TestAttack054TheStateIsMissingOrReplayed(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	start := func() (url.Values, *http.Cookie) {
		to, cookie, err := p.Start(t.Context(), e.provider(), Flow{})
		if err != nil {
			t.Fatal(err)
		}
		return e.authorize(to), cookie
	}
	finish := func(said url.Values, cookie *http.Cookie) error {
		_, err := p.Finish(t.Context(), back(said, cookie), found(e.provider()))
		return err
	}
	for name, bend := range map[string]func(url.Values){
		"none":    func(v url.Values) { v.Del("state") },
		"empty":   func(v url.Values) { v.Set("state", "") },
		"another": func(v url.Values) { v.Set("state", "x"+v.Get("state")[1:]) },
	} {
		said, cookie := start()
		bend(said)
		if refused(t, finish(said, cookie), fault.Unauthenticated, "oidc_flow"); t.Failed() {
			t.Fatal(name)
		}
	}
	said, cookie := start()
	said.Add("state", "x")
	refused(t, finish(said, cookie), fault.Unauthenticated, "oidc_answer")

	said, cookie = start()
	if err := finish(said, cookie); err != nil {
		t.Fatal(err)
	}
	again := e.authorize(e.URL + "/authorize?state=" + said.Get("state"))
	refused(t, finish(again, cookie), fault.Unauthenticated, "oidc_replay")

	// Many at once: one goes on.
	said, cookie = start()
	var all sync.WaitGroup
	var mu sync.Mutex
	good := 0
	for range 20 {
		all.Go(func() {
			if finish(said, cookie) == nil {
				mu.Lock()
				good++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if good != 1 || e.count("/token") != 2 {
		t.Errorf("%d of 20 equal callbacks went on; the provider was asked %d times", good, e.count("/token"))
	}

	// Late, and with a cookie from the future.
	said, cookie = start()
	c.on(flowLife)
	refused(t, finish(said, cookie), fault.Unauthenticated, "oidc_flow")
	said, cookie = start()
	c.on(-time.Hour)
	refused(t, finish(said, cookie), fault.Unauthenticated, "oidc_flow")
}

func TestAttack054ACodeWithoutItsProof(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	// Somebody's code, caught on its way, is put into a flow of one's own: the proof does not fit it.
	victim, _, err := p.Start(t.Context(), e.provider(), Flow{})
	if err != nil {
		t.Fatal(err)
	}
	caught := e.authorize(victim).Get("code")
	to, cookie, err := p.Start(t.Context(), e.provider(), Flow{})
	if err != nil {
		t.Fatal(err)
	}
	said := e.authorize(to)
	said.Set("code", caught)
	_, err = p.Finish(t.Context(), back(said, cookie), found(e.provider()))
	refused(t, err, fault.Unauthenticated, "oidc_answer")
	if strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("it says %q", err)
	}
}

func TestAttack054TimesAndTokensThatDoNotFit(t *testing.T) {
	at := func(d time.Duration) int64 { return began.Add(d).Unix() }
	bent(t, "oidc_time", func(c map[string]any) { c["exp"] = at(-time.Minute) })
	bent(t, "oidc_time", func(c map[string]any) { c["exp"] = nil })
	bent(t, "oidc_time", func(c map[string]any) { c["iat"] = nil })
	bent(t, "oidc_time", func(c map[string]any) { c["nbf"] = "soon" })
	bent(t, "oidc_time", func(c map[string]any) { c["iat"] = at(61 * time.Second) })
	bent(t, "oidc_time", func(c map[string]any) { c["iat"] = at(-61 * time.Second) })
	bent(t, "oidc_time", func(c map[string]any) { c["nbf"] = at(61 * time.Second) })
	bent(t, "oidc_at_hash", func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" })
	bent(t, "oidc_subject", func(c map[string]any) { c["sub"] = "" })
	bent(t, "oidc_subject", func(c map[string]any) { c["Sub"] = c["sub"]; c["sub"] = nil })
	bent(t, "oidc_subject", func(c map[string]any) { c["sub"] = "a\x00b" })
	bent(t, "oidc_subject", func(c map[string]any) { c["sub"] = strings.Repeat("x", 256) })

	c := newClock()
	e := newEvil(t, c)
	sum := sha256.Sum256([]byte("access"))
	e.claims = func(c map[string]any) {
		c["exp"], c["iat"], c["nbf"] = at(-59*time.Second), at(59*time.Second), at(59*time.Second)
		c["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	if _, err := signIn(t, newParty(t, c, nil, e), e, e.provider(), Flow{}); err != nil {
		t.Errorf("clocks less than a minute apart: %v", err)
	}
}

func TestAttack058SigningSomebodyInAsAnother(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	start := func(party *Party) (url.Values, *http.Cookie) {
		to, cookie, err := party.Start(t.Context(), e.provider(), Flow{})
		if err != nil {
			t.Fatal(err)
		}
		return e.authorize(to), cookie
	}
	attackers, _ := start(p)
	_, victims := start(p)
	foreign := newParty(t, c, func(o *Options) { o.Key = []byte(strings.Repeat("x", 32)) }, e)
	strange, forged := start(foreign)
	flipped := *victims
	flipped.Value = victims.Value[:40] + map[bool]string{true: "A", false: "B"}[victims.Value[40] != 'A'] + victims.Value[41:]
	for name, try := range map[string]*http.Request{
		"no cookie":                  back(attackers),
		"the victim's own cookie":    back(attackers, victims),
		"a cookie of another server": back(strange, forged),
		"a changed cookie":           back(attackers, &flipped),
		"a cookie by another name":   back(attackers, &http.Cookie{Name: "bwk_flow", Value: victims.Value}),
		"an empty cookie":            back(attackers, &http.Cookie{Name: victims.Name, Value: ""}),
	} {
		_, err := p.Finish(t.Context(), try, found(e.provider()))
		if err == nil {
			t.Errorf("%s: signed in", name)
			continue
		}
		refused(t, err, fault.Unauthenticated, "oidc_flow")
	}
	post := back(attackers, victims)
	post.Method = http.MethodPost
	_, err := p.Finish(t.Context(), post, found(e.provider()))
	refused(t, err, fault.Unauthenticated, "oidc_answer")
	if e.count("/token") != 0 {
		t.Error("a code was used")
	}
	// None of the tries may have ended the honest sign-ins.
	said, cookie := start(p)
	if _, err := p.Finish(t.Context(), back(said, &http.Cookie{Name: cookie.Name, Value: "x"}, cookie), found(e.provider())); err != nil {
		t.Error(err)
	}
}
