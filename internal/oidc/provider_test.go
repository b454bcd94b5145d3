package oidc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/oidc"
	"bailiwick/internal/reach"
)

// program is the provider that somebody else wrote, built from its own module.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "bailiwick-oidc")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "provider")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "../../e2e/provider"
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s\n%s", err, said)
		return 1
	}
	return m.Run()
}

// serve starts the provider and returns its issuer.
func serve(t *testing.T, config map[string]any) string {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "provider.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-config", path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, so it says so
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// site is as much of a server as a sign-in needs.
type site struct {
	*httptest.Server
	party    *oidc.Party
	provider oidc.Provider
	browser  *http.Client
	got      *oidc.SignOn
	err      error
}

func newSite(t *testing.T, thin bool, secret string) *site {
	t.Helper()
	s := &site{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /signin", func(w http.ResponseWriter, r *http.Request) {
		to, cookie, err := s.party.Start(r.Context(), s.provider, oidc.Flow{Organization: "o1", Next: "/people", Test: true})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.SetCookie(w, cookie)
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /signin/callback", func(w http.ResponseWriter, r *http.Request) {
		s.got, s.err = s.party.Finish(r.Context(), r, func(string, string) (oidc.Provider, error) { return s.provider, nil })
		http.SetCookie(w, s.party.Forget())
		_, _ = fmt.Fprint(w, "done")
	})
	mux.HandleFunc("GET /signed-out", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "signed out here") })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	redirect, out := s.URL+"/signin/callback", s.URL+"/signed-out"
	if secret == "" { // the example's public clients are native ones
		redirect = "http://localhost" + port + "/signin/callback"
	}
	issuer := serve(t, map[string]any{
		"thin": thin,
		"clients": []map[string]any{
			{"id": "bailiwick", "secret": secret, "redirects": []string{redirect}, "signed_out": []string{out}},
			{"id": "another", "secret": "other", "redirects": []string{redirect}},
		},
		"users": []map[string]any{
			{"id": "u1", "username": "ann", "password": "pass", "email": "ann@example.com", "email_verified": true, "first": "Ann", "last": "Lee", "groups": []string{"eng", "admins"}},
			{"id": "u2", "username": "ben", "password": "pass", "email": "ben@example.com", "first": "Ben", "last": "Ode"},
		},
	})
	s.provider = oidc.Provider{ID: "p1", Name: "Example", Issuer: issuer, ClientID: "bailiwick", GroupsClaim: "groups"}
	if secret != "" {
		s.provider.ClientSecret = func(context.Context) (string, error) { return secret, nil }
	}
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	signedOut, err := url.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	s.party, err = oidc.New(oidc.Options{
		Redirect: u, SignedOut: signedOut, Key: []byte(strings.Repeat("k", 32)), Now: time.Now,
		Reach: reach.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.fresh(t)
	return s
}

// fresh is a browser without cookies.
func (s *site) fresh(t *testing.T) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser = &http.Client{Jar: jar, Timeout: 10 * time.Second}
}

// signIn opens the sign-in in a browser and fills in the provider's form.
func (s *site) signIn(t *testing.T, name, password string) {
	t.Helper()
	s.got, s.err = nil, errors.New("the browser did not come back")
	// The cookie is the redirect's host's: a browser keeps 127.0.0.1 and localhost apart.
	page, at := s.fetch(t, s.home()+"/signin")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("no form at %s: %s", at, page)
	}
	answer, err := s.browser.PostForm(at.ResolveReference(&url.URL{Path: "/login/username"}).String(), url.Values{"username": {name}, "password": {password}, "id": {id[1]}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

func (s *site) home() string {
	if s.provider.ClientSecret == nil {
		return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	}
	return s.URL
}

func (s *site) fetch(t *testing.T, from string) (string, *url.URL) {
	t.Helper()
	answer, err := s.browser.Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), answer.Request.URL
}

func TestARealProviderSignsPeopleInAndOut(t *testing.T) {
	for name, shape := range map[string]struct {
		thin   bool
		secret string
	}{"everything in the token": {false, "secret"}, "user info only": {true, "secret"}, "a public client": {false, ""}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, shape.thin, shape.secret)
			s.signIn(t, "ann", "pass")
			if s.err != nil {
				t.Fatal(s.err)
			}
			if g := s.got; g.Issuer != s.provider.Issuer || g.Subject != "u1" || g.Email != "ann@example.com" || !g.EmailVerified || g.Name != "Ann Lee" ||
				!slices.Equal(g.Groups, []string{"admins", "eng"}) || !g.GroupsSent || g.Next != "/people" || g.Organization != "o1" || g.AuthTime.IsZero() || len(g.Claims) == 0 {
				t.Errorf("got %+v", g)
			}
			hint := s.got.IDToken
			s.signIn(t, "ben", "pass")
			if s.err != nil || s.got.Subject != "u2" || s.got.GroupsSent || s.got.EmailVerified {
				t.Errorf("got %+v %v", s.got, s.err)
			}
			s.signIn(t, "ann", "wrong")
			if s.got != nil {
				t.Errorf("got %+v", s.got)
			}
			if shape.secret != "" {
				to, err := s.party.EndSession(t.Context(), s.provider, hint)
				if err != nil {
					t.Fatal(err)
				}
				if page, at := s.fetch(t, to); page != "signed out here" {
					t.Errorf("signing out ends at %s: %s", at, page)
				}
			}
		})
	}
}

func TestARealProvidersRefusals(t *testing.T) {
	s := newSite(t, false, "secret")
	s.provider.ClientSecret = func(context.Context) (string, error) { return "wrong", nil }
	s.signIn(t, "ann", "pass")
	if !fault.Is(s.err, fault.Unauthenticated) || !strings.Contains(s.err.Error(), "secret") {
		t.Errorf("a wrong secret: %v", s.err)
	}
	s.provider.ClientSecret = func(context.Context) (string, error) { return "secret", nil }
	put, err := http.NewRequest(http.MethodPut, s.provider.Issuer+"test/users/u1", strings.NewReader(`{"id":"u1","username":"ann","password":"pass","groups":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(put)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	s.signIn(t, "ann", "pass")
	if s.err != nil || !s.got.GroupsSent || len(s.got.Groups) != 0 {
		t.Errorf("removed from every group: %+v %v", s.got, s.err)
	}
	for client, good := range map[string]bool{"bailiwick": true, "another": false} {
		answer, err := http.PostForm(s.provider.Issuer+"test/logout-token", url.Values{"client": {client}, "subject": {"u1"}})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.party.VerifyLogoutToken(t.Context(), s.provider, string(raw))
		if good != (err == nil) || good && out.Subject != "u1" {
			t.Errorf("a logout token for %s: %+v %v", client, out, err)
		}
	}
}

// TestARealProviderHoldsOnToPKCE: a code that was caught on its way is worth nothing without the browser that began.
func TestARealProviderHoldsOnToPKCE(t *testing.T) {
	s := newSite(t, false, "secret")
	var caught string
	s.browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/signin/callback" {
			caught = r.URL.Query().Get("code")
			return http.ErrUseLastResponse
		}
		return nil
	}
	s.signIn(t, "ann", "pass")
	s.fresh(t)
	s.browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if q := r.URL.Query(); r.URL.Path == "/signin/callback" {
			q.Set("code", caught)
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}
	s.signIn(t, "ben", "pass")
	if caught == "" || s.got != nil || !fault.Is(s.err, fault.Unauthenticated) {
		t.Errorf("code %q signed in %+v %v", caught, s.got, s.err)
	}
}
