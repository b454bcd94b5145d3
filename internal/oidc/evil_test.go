package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bailiwick/internal/fault"
	"bailiwick/internal/reach"
)

// began is when every test takes place.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a time that tests set.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(began.UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.nanos.Load()).UTC() }

func (c *clock) on(d time.Duration) { c.nanos.Add(int64(d)) }

// evil is a provider that says and signs whatever a test wants, over TLS, on loopback. It is honest until it is told not
// to be.
type evil struct {
	*httptest.Server
	t     *testing.T
	clock *clock
	key   crypto.Signer
	alg   jose.SignatureAlgorithm
	kid   string

	document func(d map[string]any)             // changes the discovery document
	claims   func(c map[string]any)             // changes the ID token
	user     map[string]any                     // the user info
	token    func(claims map[string]any) string // signs, if not honestly
	answer   func(w http.ResponseWriter) bool   // answers for the token endpoint
	jwks     func() any                         // the keys, if not the honest ones
	elsewise map[string]http.HandlerFunc        // answers other paths

	mu         sync.Mutex
	codes      map[string]url.Values // what was asked for, by code
	last       map[string]any        // the claims of the last token
	asked      map[string]int        // how often each path was asked
	lastPosted url.Values
}

func newEvil(t *testing.T, c *clock) *evil {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := &evil{
		t: t, clock: c, key: key, alg: jose.ES256, kid: "k1", codes: map[string]url.Values{}, asked: map[string]int{},
		elsewise: map[string]http.HandlerFunc{}, user: map[string]any{"sub": "s1"},
	}
	e.Server = httptest.NewTLSServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *evil) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.asked[r.URL.Path]++
	e.mu.Unlock()
	if other := e.elsewise[r.URL.Path]; other != nil {
		other(w, r)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		d := map[string]any{
			"issuer": e.URL, "authorization_endpoint": e.URL + "/authorize", "token_endpoint": e.URL + "/token",
			"jwks_uri": e.URL + "/keys", "userinfo_endpoint": e.URL + "/user", "end_session_endpoint": e.URL + "/out?x=1",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "PS256", "EdDSA", "HS256", "none"},
		}
		if e.document != nil {
			e.document(d)
		}
		e.write(w, d)
	case "/keys":
		if e.jwks != nil {
			e.write(w, e.jwks())
			return
		}
		e.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: e.key.Public(), KeyID: e.kid, Use: "sig", Algorithm: string(e.alg)}}})
	case "/token":
		e.redeem(w, r)
	case "/user":
		e.write(w, e.user)
	default:
		http.NotFound(w, r)
	}
}

func (e *evil) redeem(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	e.lastPosted = r.PostForm
	asked := e.codes[r.PostForm.Get("code")]
	delete(e.codes, r.PostForm.Get("code"))
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if e.answer != nil && e.answer(w) {
		return
	}
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if asked == nil || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"no\nsuch\u001b[31m code"}`))
		return
	}
	now := e.clock.now().Unix()
	c := map[string]any{
		"iss": e.URL, "sub": "s1", "aud": "client", "exp": now + 300, "iat": now, "nonce": asked.Get("nonce"),
		"email": "ann@example.com", "email_verified": true, "name": "Ann Lee", "sid": "session 1", "auth_time": now - 5,
	}
	if e.claims != nil {
		e.claims(c)
	}
	for name, value := range c {
		if value == nil {
			delete(c, name)
		}
	}
	e.mu.Lock()
	e.last = c
	e.mu.Unlock()
	sign := e.sign
	if e.token != nil {
		sign = e.token
	}
	e.write(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": sign(c)})
}

func (e *evil) sign(c map[string]any) string { return e.signWith(e.alg, e.key, e.kid, c) }

func (e *evil) signWith(alg jose.SignatureAlgorithm, key any, kid string, c map[string]any) string {
	e.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		e.t.Error(err)
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		e.t.Error(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		e.t.Error(err)
		return ""
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		e.t.Error(err)
	}
	return out
}

func (e *evil) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		e.t.Error(err)
	}
}

func (e *evil) count(path string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked[path]
}

// authorize is what the browser and the person do at the provider: the address to come back with.
func (e *evil) authorize(to string) url.Values {
	e.t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		e.t.Fatal(err)
	}
	code := rand.Text()
	e.mu.Lock()
	e.codes[code] = u.Query()
	e.mu.Unlock()
	return url.Values{"code": {code}, "state": {u.Query().Get("state")}}
}

func (e *evil) provider() Provider {
	return Provider{
		ID: "p1", Name: "Evil", Issuer: e.URL, ClientID: "client", GroupsClaim: "groups",
		ClientSecret: func(context.Context) (string, error) { return "hush", nil },
	}
}

var thisMachine = reach.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func roots(servers ...*evil) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, s := range servers {
		pool.AddCert(s.Certificate())
	}
	return pool
}

func newParty(t *testing.T, c *clock, change func(*Options), servers ...*evil) *Party {
	t.Helper()
	o := Options{
		Redirect: &url.URL{Scheme: "https", Host: "app.example", Path: "/signin/callback"}, Key: []byte(strings.Repeat("k", 32)),
		Now: c.now, Reach: thisMachine, Roots: roots(servers...), Timeout: 5 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// back is the callback that a browser makes.
func back(said url.Values, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://app.example/signin/callback?"+said.Encode(), http.NoBody)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func found(p Provider) func(string, string) (Provider, error) {
	return func(string, string) (Provider, error) { return p, nil }
}

// signIn goes the whole way.
func signIn(t *testing.T, p *Party, e *evil, provider Provider, flow Flow) (*SignOn, error) {
	t.Helper()
	to, cookie, err := p.Start(t.Context(), provider, flow)
	if err != nil {
		return nil, err
	}
	return p.Finish(t.Context(), back(e.authorize(to), cookie), found(provider))
}

// refused fails unless an error is a fault by a rule.
func refused(t *testing.T, err error, kind fault.Kind, rule string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Rule != rule {
		t.Errorf("want %s by %s, got %v", kind, rule, err)
	}
}

func newRSA(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
