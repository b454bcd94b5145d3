package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/dagstertest"
	"bailiwick/internal/oracle"
)

// A gated is the real program with a gate before the deployment prod and one before a branch deployment, both in front of one
// real Dagster, and everybody who asks.
type gated struct {
	*server
	ground
	judge
	t       *testing.T
	owner   string // Olga's token, who owns the organization and administers Dagster
	gates   map[string]*entrance
	callers []caller
}

// An entrance is one gate.
type entrance struct {
	deployment string
	origin     string // without a slash at the end
	brake      *brake // nil: none
}

// freeAddress is an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return free.Addr().String()
}

// newGated starts the program with its gates and a brake behind each, and makes the callers.
func newGated(t *testing.T, d *dagstertest.Dagster, all []caller) *gated {
	t.Helper()
	return startGated(t, d, all, true)
}

// newPlain is newGated with nothing between the gates and Dagster.
func newPlain(t *testing.T, d *dagstertest.Dagster, all []caller) *gated {
	t.Helper()
	return startGated(t, d, all, false)
}

func startGated(t *testing.T, d *dagstertest.Dagster, all []caller, braked bool) *gated {
	t.Helper()
	g := &gated{t: t, ground: ground{t: t, d: d, ended: map[string][]string{}}, gates: map[string]*entrance{}, callers: all, judge: judge{oracle.New(facts(all))}}
	var config strings.Builder
	config.WriteString("log: {level: warn}\ngates:\n")
	for i, deployment := range []string{prod, branch} {
		e, upstream := &entrance{deployment: deployment}, d.URL()
		if braked {
			e.brake = newBrake(t, d.URL())
			upstream = e.brake.URL
		}
		address := freeAddress(t)
		e.origin = "http://" + address
		g.gates[deployment] = e
		fmt.Fprintf(&config, "  - {name: gate-%d, origin: %q, listen: %q, deployment: %q, upstream: %q}\n", i, e.origin, address, deployment, upstream)
	}
	file := filepath.Join(t.TempDir(), "bailiwick.yaml")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	// The server has another host than its gates: browsers give cookies to every port of a host.
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	g.server = launch(t, "serve", folder(t), "--config", file, "--listen", "127.0.0.1:"+port, "--url", "http://localhost:"+port)
	g.people()
	return g
}

// people makes the organization: first the people, who sign in and make their tokens, and then what they hold.
func (g *gated) people() {
	g.t.Helper()
	g.owner = g.setUp()
	g.change(g.owner, client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ResourceCreate{Resource: prod},
		client.ResourceCreate{Resource: prod + "/etl"}, client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: branch},
		client.GrantAdd{Grant: client.Grant{To: "user:olga@acme.test", Role: "organization_admin", On: "dagster"}})
	for _, e := range g.gates { // they open when there is an organization
		eventually(g.t, "open gate of "+e.deployment, func() bool {
			status, _, err := send(g.t.Context(), http.MethodGet, e.origin+"/.bailiwick/health", "", "")
			return err == nil && status == http.StatusOK
		})
	}
	for i := range g.callers {
		g.credential(&g.callers[i], i)
	}
	if slices.ContainsFunc(g.callers, func(c caller) bool { return strings.HasPrefix(c.name, onlyCaller) }) {
		for _, p := range permissionsAsked() {
			g.change(g.owner, client.RolePut{Platform: "dagster", Role: onlyRole(p), At: "deployment", Permissions: []string{p}})
		}
	}
	g.discovered()
	for i, c := range g.callers {
		g.holds(c, i)
	}
	for i, c := range g.callers {
		g.end(c, i)
	}
}

// discovered waits until the gates have told the server which code locations there are. It knew one of the four.
func (g *gated) discovered() {
	g.t.Helper()
	eventually(g.t, "code location that the gates found", func() bool {
		all, err := g.as(g.owner).Resources(g.t.Context(), "dagster", client.ResourceQuery{Page: client.Page{Limit: 100}})
		if err != nil {
			g.t.Fatal(err)
		}
		for _, path := range []string{prod + "/etl", prod + "/reports", branch + "/etl", branch + "/reports"} {
			if !slices.ContainsFunc(all.Resources, func(r client.Resource) bool { return r.Resource == path }) {
				return false
			}
		}
		return true
	})
}

// holds gives a caller what it is to hold.
func (g *gated) holds(c caller, i int) {
	g.t.Helper()
	to := map[string]string{"": "user:" + address(i) + "@acme.test", "session": "user:" + address(i) + "@acme.test", "svc": "service_user:" + address(i)}[c.kind]
	if to == "" {
		return
	}
	if c.team {
		to = "team:" + address(i)
		g.change(g.owner, client.TeamCreate{Team: address(i), Members: []string{address(i) + "@acme.test"}})
	}
	for _, one := range c.grants {
		g.change(g.owner, client.GrantAdd{Grant: client.Grant{To: to, Role: one.role, On: one.on}})
	}
}

// end ends the tokens that are to have ended.
func (g *gated) end(c caller, i int) {
	g.t.Helper()
	switch c.ended {
	case "revoked":
		all, err := g.as(g.owner).Tokens(g.t.Context(), client.TokenQuery{Subject: "user:" + address(i) + "@acme.test"})
		if err != nil || len(all.Tokens) != 1 {
			g.t.Fatalf("the token of %s: %v %v", c.name, all.Tokens, err)
		}
		g.change(g.owner, client.TokenRevoke{Token: all.Tokens[0].ID})
	case "expired":
		eventually(g.t, "end of a token", func() bool {
			_, err := g.as(c.secret).Whoami(g.t.Context())
			return err != nil
		})
	}
}

// begins adds somebody, who takes up the one-time link and has a session at the server.
func (g *gated) begins(name string) *http.Client {
	t := g.t
	t.Helper()
	g.change(g.owner, client.UserAdd{NewUser: client.NewUser{Email: name + "@acme.test", Name: name}})
	secret := g.change(g.owner, client.LinkOpen{User: name + "@acme.test", Purpose: "activation"})[0].Secret
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.PostForm(g.url+"activate", url.Values{"secret": {secret}, "password": {good}, "again": {good}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("the activation of %s: %s", name, answer.Status)
	}
	return browser
}

// ownToken makes a token as the person whose session it is.
func (g *gated) ownToken(session *http.Client, n client.NewToken) string {
	t := g.t
	t.Helper()
	body, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+"api/v1/tokens", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", strings.TrimSuffix(g.url, "/"))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := session.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := dig(t, text, "secret").(string)
	if secret == "" {
		t.Fatalf("no token: %s %s", answer.Status, text)
	}
	return secret
}

func address(i int) string { return fmt.Sprintf("caller%d", i) }

// credential makes the caller and what it shows.
func (g *gated) credential(c *caller, i int) {
	g.t.Helper()
	issue := func(kind, subject string) client.Result {
		return g.change(g.owner, client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: subject}})[0]
	}
	switch c.kind {
	case "nothing":
	case "garbage":
		c.secret = "bwk_user_" + strings.Repeat("x", 49)
	case "svc", "scim", "gate":
		g.change(g.owner, client.ServiceUserCreate{ServiceUser: address(i)})
		c.secret = issue(c.kind, "service_user:"+address(i)).Secret
	case "agent":
		agent := g.change(g.owner, client.AgentCreate{Description: c.name})[0].ID
		c.secret = issue("agent", "agent:"+agent).Secret
		g.change(g.owner, client.GrantAdd{Grant: client.Grant{To: "agent:" + agent, Role: "agent", On: "dagster"}})
	default:
		session := g.begins(address(i))
		if c.kind == "session" {
			c.sessions = g.enter(session)
			return
		}
		n := client.NewToken{Kind: "user", Scopes: c.scopes}
		for _, p := range c.narrow {
			n.Permissions = append(n.Permissions, "dagster."+p)
		}
		if c.ended == "expired" {
			soon := time.Now().Add(2 * time.Second)
			n.Expires = &soon
		}
		c.secret = g.ownToken(session, n)
	}
}

// enter goes the browser's way into each gate: to the server and back with a code. It returns the cookies by deployment.
func (g *gated) enter(browser *http.Client) map[string]*http.Cookie {
	g.t.Helper()
	cookies := map[string]*http.Cookie{}
	for deployment, e := range g.gates {
		at, way := e.origin+"/", ""
		for range 4 {
			r, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, at, http.NoBody)
			if err != nil {
				g.t.Fatal(err)
			}
			r.Header.Set("Accept", "text/html")
			r.Header.Set("Sec-Fetch-Dest", "document")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			answer, err := browser.Do(r)
			if err != nil {
				g.t.Fatal(err)
			}
			_ = answer.Body.Close()
			way += at + " " + answer.Status + "\n"
			for _, c := range answer.Cookies() {
				if strings.HasPrefix(at, e.origin) && c.HttpOnly && !strings.HasSuffix(c.Name, "_state") {
					cookies[deployment] = c
				}
			}
			to, err := answer.Location()
			if err != nil {
				break
			}
			at = to.String()
		}
		if cookies[deployment] == nil {
			g.t.Fatalf("no session at the gate of %s by this way:\n%s", deployment, way)
		}
	}
	return cookies
}
