package console_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bailiwick/internal/console"
)

// tried tells whether a route is asked in these tests: those of identity providers need one.
func tried(r *console.Route) bool {
	return !strings.Contains(r.Pattern, "{provider}") && !strings.Contains(r.Pattern, "/signin/callback")
}

// filled is a pattern's address with something real in each of its gaps.
func (d *teamDesk) filled(r *console.Route) (method, address string) {
	method, path, _ := strings.Cut(r.Pattern, " ")
	with := map[string]string{"user": d.User("bo").ID, "team": d.Now().TeamByName("data").ID, "platform": "dagster", "role": "viewer", "organization": "acme"}
	path = regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(gap string) string {
		if value := with[strings.Trim(gap, "{}")]; value != "" {
			return value
		}
		return "something"
	})
	return method, strings.ReplaceAll(path, "{$}", "")
}

// send sends a request as it is, from somebody's browser or, where who is empty, from one in which nobody is signed in.
func (d *teamDesk) send(who string, r *http.Request) (w *httptest.ResponseRecorder) {
	d.t.Helper()
	if who != "" {
		if d.cookies[who] == nil {
			d.cookies[who] = d.SignIn(who).Cookie
		}
		r.AddCookie(d.cookies[who])
	}
	w = httptest.NewRecorder()
	defer func() { // these tests' server lacks what no form of another site ever gets to
		if why := recover(); why != nil {
			d.t.Errorf("%s %s was let through, and then: %v", r.Method, r.URL.Path, why)
		}
	}()
	d.mux.ServeHTTP(w, r)
	return w
}

// form is a request that carries a form.
func form(address string, values url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://access.acme.test"+address, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestAttack103NoFormOfTheConsoleIsAnotherSitesToSend : not one of them, however the browser says where it comes from, whatever the body
// calls itself. Nothing that is read changes anything, and no answer is another origin's to read.
func TestAttack103NoFormOfTheConsoleIsAnotherSitesToSend(t *testing.T) {
	d := newTeamDesk(t)
	d.SignIn("olga")
	before, posts := d.Now().Revision, 0
	for i := range d.routes {
		method, address := d.filled(&d.routes[i])
		if !tried(&d.routes[i]) {
			continue
		}
		if method == http.MethodGet {
			r := httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address+"?team=eve&user=eve&email=eve@evil.test&reviewed=1&remove=yes", http.NoBody)
			r.Header.Set("Origin", "https://evil.example")
			w := d.send("olga", r)
			if got := w.Header().Get("Access-Control-Allow-Origin") + w.Header().Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("GET %s may be read by another origin: %s", address, got)
			}
			continue
		}
		posts++
		for _, says := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
			{"Origin": "https://evil.example", "Content-Type": "text/plain"}, {"Sec-Fetch-Site": "cross-site", "Content-Type": "multipart/form-data; boundary=x"},
			{"Sec-Fetch-Site": "cross-site", "X-HTTP-Method-Override": "GET"}} {
			r := form(address, url.Values{"team": {"eve"}, "email": {"eve@evil.test"}, "role": {"admin"}, "remove": {"yes"}})
			for name, value := range says {
				r.Header.Set(name, value)
			}
			if w := d.send("olga", r); w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
				t.Errorf("POST %s with %v: %d", address, says, w.Code)
			}
		}
	}
	if posts < 10 {
		t.Errorf("only %d forms were tried", posts)
	}
	if now := d.Now().Revision; now != before {
		t.Errorf("something changed: revision %d, not %d", now, before)
	}
}

// TestAttack058NobodyIsSignedInByAnotherSite : no form of another site signs the attacker in here. (A provider's way back that this browser
// did not begin is tried in package oidc.)
func TestAttack058NobodyIsSignedInByAnotherSite(t *testing.T) {
	d := newTeamDesk(t)
	for _, address := range []string{"/o/acme/signin", "/activate", "/reset", "/break-glass"} {
		r := form(address, url.Values{"email": {"eve@acme.test"}, "password": {"the attacker's own"}, "again": {"the attacker's own"}, "secret": {"bwk_link_x"}})
		r.Header.Set("Origin", "https://evil.example")
		if w := d.send("", r); w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s by another site: %d with cookies %v", address, w.Code, w.Result().Cookies())
		}
	}
}

// TestAttack057TheConsoleSendsNobodyElsewhere : what is asked for after the sign-in is a page of this server or none.
func TestAttack057TheConsoleSendsNobodyElsewhere(t *testing.T) {
	d := newTeamDesk(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example/", "/%2fevil.example", "/\t/evil.example", "/%09/evil.example",
		"javascript:alert(1)", "/users\r\nSet-Cookie: bwk_session=x", "/users%0d%0aSet-Cookie:%20x=y", "///evil.example", "/users@evil.example", "http:/evil.example", ".evil.example", "@evil.example"} {
		for _, address := range []string{"/o/acme/signin?next=" + url.QueryEscape(next), "/signin?next=" + url.QueryEscape(next)} {
			w := d.send("", httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address, http.NoBody))
			elsewhere(t, next, w)
			for _, m := range regexp.MustCompile(`(?:href|action|formaction|content|name="next" value)="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
				if to := html.UnescapeString(m[1]); leavesFor(to) {
					t.Errorf("%q leads from %s to %s", next, address, to)
				}
			}
		}
	}
	// Nor by what the request calls the server.
	r := httptest.NewRequest(http.MethodGet, "https://access.acme.test/users", http.NoBody)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	elsewhere(t, "the host", d.send("", r))
}

// leavesFor tells whether a browser that follows an address, or is sent on by it after the sign-in, is then on another host.
func leavesFor(to string) bool {
	u, err := url.Parse(to)
	return err != nil || u.Host != "" && u.Host != "access.acme.test" || u.Scheme != "" && u.Scheme != "https" || u.Opaque != "" || strings.ContainsAny(to, "\t\r\n\\") || strings.HasPrefix(to, "//") ||
		u.Query().Get("next") != "" && leavesFor(u.Query().Get("next"))
}

// elsewhere fails if an answer leads to another host, or has a header that was slipped into it.
func elsewhere(t *testing.T, why string, w *httptest.ResponseRecorder) {
	t.Helper()
	if to := w.Header().Get("Location"); leavesFor(to) {
		t.Errorf("%q leads to %q", why, to)
	}
	for _, c := range w.Result().Cookies() {
		if c.Value == "x" {
			t.Errorf("%q sets the cookie %s", why, c.Name)
		}
	}
}

// TestAttack105AFormHasItsOwnFieldsAndNoOthers : fields that a form does not have give nothing.
func TestAttack105AFormHasItsOwnFieldsAndNoOthers(t *testing.T) {
	d := newTeamDesk(t)
	more := url.Values{"isAdmin": {"true"}, "admin": {"on"}, "role": {"organization_admin"}, "roles": {"owner"}, "organization": {"other"}, "orgId": {"1"}, "source": {"scim"}, "active": {"false"},
		"id": {d.User("olga").ID}, "user": {d.User("olga").ID}, "do": {"grant.add"}, "commands": {`[{"do":"grant.add","to":"user:eve@acme.test","role":"owner","on":"org"}]`}, "via": {"setup"}, "expected": {"0"},
		"grants": {"owner"}, "teams": {"data"}, "subject": {"user:" + d.User("olga").ID}, "kind": {"svc"}}
	with := func(values url.Values) url.Values {
		for name, value := range more {
			if !values.Has(name) {
				values[name] = value
			}
		}
		return values
	}
	d.save("ada", "/users/add", with(url.Values{"email": {"eve@acme.test"}, "on": {"dagster"}}))
	eve := d.Now().UserByEmail("eve@acme.test")
	if eve == nil || eve.Inactive || len(eve.Teams) > 0 {
		t.Fatalf("eve is %+v", eve)
	}
	for _, g := range d.Now().GrantsOf(d.Subject("eve")) {
		if g.Role != "viewer" {
			t.Errorf("eve has %s on %s", g.Role, g.On)
		}
	}
	d.save("ada", "/teams/new", with(url.Values{"team": {"of-eve"}}))
	team := d.Now().TeamByName("of-eve")
	if team == nil || team.Members > 0 || team.ID == d.User("olga").ID {
		t.Fatalf("the team is %+v", team)
	}
	d.make("bo", "/tokens/new", with(url.Values{"description": {"mine"}, "expires": {"7"}, "kind": {"user"}}))
	if made := d.newest(); made.Description != "mine" || made.Holder != d.Subject("bo") || made.Kind != "user" || made.By != d.Subject("bo").String() {
		t.Errorf("bo made %+v", made)
	}
}
