package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bailiwick/client"
)

// clientSecret is what the program and the tests' providers share.
const clientSecret = "the-client-secret-of-the-tests"

// local lets the program connect to the tests' providers, which are on loopback.
var local = []string{"--providers-networks", "127.0.0.0/8,::1/128"}

// A builder builds the provider that somebody else wrote, from its own module, for the first test that needs it.
type builder struct {
	once sync.Once
	path string
	said []byte
	err  error
}

func (b *builder) build(folder string) {
	b.path = filepath.Join(folder, "provider")
	build := exec.Command("go", "build", "-o", b.path, ".")
	build.Dir = "provider"
	b.said, b.err = build.CombinedOutput()
}

// An account is somebody at a provider.
type account struct {
	ID       string    `json:"id"`
	Username string    `json:"username"`
	Password string    `json:"password"`
	Email    string    `json:"email"`
	Verified bool      `json:"email_verified"`
	First    string    `json:"first"`
	Last     string    `json:"last"`
	Groups   *[]string `json:"groups,omitempty"`
}

// known is an account whose address the provider has verified.
func known(name string, groups ...string) account {
	first := strings.ToUpper(name[:1]) + name[1:]
	return account{ID: "id-" + name, Username: name, Password: "pass-" + name, Email: name + "@acme.test", Verified: true, First: first, Last: "Lee", Groups: &groups}
}

// An idp is a running provider.
type idp struct {
	t      *testing.T
	issuer string
}

// newIDP starts a provider that knows a server and some people.
func newIDP(t *testing.T, s *server, people ...account) *idp {
	t.Helper()
	idpProgram.once.Do(func() { idpProgram.build(filepath.Dir(program)) })
	if idpProgram.err != nil {
		t.Fatalf("%v\n%s", idpProgram.err, idpProgram.said)
	}
	text, err := json.Marshal(map[string]any{"users": people, "clients": []map[string]any{
		{"id": "bailiwick", "secret": clientSecret, "redirects": []string{s.url + "signin/callback"}, "signed_out": []string{s.url + "signed-out"}}}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "provider.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(idpProgram.path, "-config", config)
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
	return &idp{t: t, issuer: strings.TrimSpace(line)}
}

// put adds somebody, or says something else of them.
func (i *idp) put(who account) {
	i.t.Helper()
	text, err := json.Marshal(who)
	if err != nil {
		i.t.Fatal(err)
	}
	if status, said, err := send(i.t.Context(), http.MethodPut, i.issuer+"test/users/"+who.ID, "", string(text)); err != nil || status != http.StatusOK {
		i.t.Fatalf("%d %s %v", status, said, err)
	}
}

// loggedOut is what the provider sends to a server when somebody has signed out there.
func (i *idp) loggedOut(who account) string {
	i.t.Helper()
	answer, err := http.PostForm(i.issuer+"test/logout-token", url.Values{"client": {"bailiwick"}, "subject": {who.ID}})
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	token, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		i.t.Fatalf("%d %s %v", answer.StatusCode, token, err)
	}
	return string(token)
}

// settings are a provider's, enabled, for people whom nobody has to add.
func (i *idp) settings(name string) client.ProviderSettings {
	return client.ProviderSettings{Name: name, Issuer: i.issuer, ClientID: "bailiwick", Scopes: []string{"profile", "email"}, GroupsClaim: "groups",
		Create: true, Join: []string{"dagster"}, Enabled: true}
}

// addProvider adds a provider by the API and returns its id.
func (s *server) addProvider(token string, p client.ProviderSettings) string {
	s.t.Helper()
	secret := clientSecret
	if _, err := s.as(token).AddProvider(s.t.Context(), client.ProviderBody{ProviderSettings: p, ClientSecret: &secret}, client.Changing{}); err != nil {
		s.t.Fatal(err)
	}
	all, err := s.as(token).Providers(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, known := range all.Providers {
		if known.Name == p.Name {
			return known.ID
		}
	}
	s.t.Fatalf("there is no provider %s", p.Name)
	return ""
}

// setProvider says something else of a provider.
func (s *server) setProvider(token, id string, p client.ProviderSettings) {
	s.t.Helper()
	if _, err := s.as(token).SetProvider(s.t.Context(), id, client.ProviderBody{ProviderSettings: p}, client.Changing{}); err != nil {
		s.t.Fatal(err)
	}
}

// prove fills in the provider's own page, in a browser.
func (b *browser) prove(who account) int {
	b.t.Helper()
	b.fill("username", who.Username)
	b.fill("password", who.Password)
	return b.press("Login")
}

// through signs somebody in through a provider without a browser, as fast as it goes, and returns where that ended.
func (i *idp) through(s *server, provider string, who account) (status int, at, page string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return 0, "", "", err
	}
	c := &http.Client{Jar: jar, Timeout: patience}
	login, err := c.Get(s.url + "o/acme/signin/" + provider)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = login.Body.Close() }()
	if !strings.HasPrefix(login.Request.URL.String(), i.issuer) {
		text, err := io.ReadAll(login.Body)
		return login.StatusCode, login.Request.URL.Path, string(text), err
	}
	done, err := c.PostForm(i.issuer+"login/username", url.Values{"id": {login.Request.URL.Query().Get("authRequestID")}, "username": {who.Username}, "password": {who.Password}})
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = done.Body.Close() }()
	text, err := io.ReadAll(done.Body)
	return done.StatusCode, done.Request.URL.Path, string(text), err
}
