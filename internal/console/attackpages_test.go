package console_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bailiwick/client"
)

// crawl follows the links from the first page on, and returns the pages by their addresses.
func (d *teamDesk) crawl(who string) map[string]string {
	d.t.Helper()
	pages, queue := map[string]string{}, []string{"/", "/account", "/users", "/teams", "/platforms", "/roles", "/access", "/audit", "/tokens", "/service-users", "/settings",
		"/access?who=bo%40acme.test", "/access?can=dagster.runs.view&on=dagster%2Fprod", "/access?who=bo%40acme.test&can=dagster.runs.launch&on=dagster%2Fprod%2Fetl"}
	links := regexp.MustCompile(`(?:href|hx-get)="(/[^"#]*)`)
	for ; len(queue) > 0 && len(pages) < 120; queue = queue[1:] {
		at := queue[0]
		if _, seen := pages[at]; seen || strings.HasPrefix(at, "/files/") || strings.HasPrefix(at, "/api/") {
			continue
		}
		_, text, location := d.ask(who, at, nil)
		pages[at] = text
		if strings.HasPrefix(location, "/") {
			queue = append(queue, location)
		}
		for _, m := range links.FindAllStringSubmatch(text, -1) {
			queue = append(queue, html.UnescapeString(m[1]))
		}
	}
	return pages
}

var evils = []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `" autofocus onfocus="alert(1)`, `javascript:alert(1)`, `{{.}}</title><svg/onload=alert(1)>`}

var (
	quoted  = regexp.MustCompile(`="[^"]*"`)
	alive   = regexp.MustCompile(`(?i)<(?:style|iframe|object|embed|base|img|meta http-equiv)\b|<script>|<[^>]*[\s"']on[a-z]+\s*=|<[^>]*\s(?:style|srcdoc|hx-on\S*)\s*=`)
	leading = regexp.MustCompile(`(?i)(?:href|src|action|formaction)="\s*(?:javascript|data|vbscript):`)
	loading = regexp.MustCompile(`(?i)(?:<(?:script|link)[^>]*(?:src|href)|<[^>]*\ssrc)="([^"]*)"`)
)

// unsafe is what of a page none of ours ever has: scripts and styles of its own, handlers, what comes from elsewhere. The values of
// attributes, which our templates always quote, are no part of the page's own tags.
func unsafe(text string) string {
	if found := alive.FindString(quoted.ReplaceAllString(text, `=""`)); found != "" {
		return found
	}
	for _, m := range loading.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "/files/") {
			return m[0]
		}
	}
	return leading.FindString(text)
}

// TestAttack107NamesAreTextOnEveryPage : whatever somebody calls a person, a team, a role, a token or a reason, and whatever a browser calls
// itself, is shown and does nothing.
func TestAttack107NamesAreTextOnEveryPage(t *testing.T) {
	d := newTeamDesk(t)
	for i, evil := range evils {
		name := string(rune('a' + i))
		d.As("ada", client.UserAdd{NewUser: client.NewUser{Email: name + "@acme.test", Name: evil, On: []string{"dagster"}}})
		d.Do(client.ServiceUserCreate{ServiceUser: "svc-" + name, Description: evil}, client.TeamCreate{Team: "team " + name + evil, Members: []string{name + "@acme.test"}})
		d.Token("ada", client.NewToken{Description: evil})
		d.As("ada", client.RolePut{Platform: "dagster", Role: "role-" + name, At: "deployment", BasedOn: "viewer", Description: evil})
		r := httptest.NewRequest(http.MethodGet, "https://access.acme.test/users?query="+url.QueryEscape(evil)+"&platform="+url.QueryEscape(evil), http.NoBody)
		r.Header.Set("User-Agent", evil)
		if found := unsafe(d.send("ada", r).Body.String()); found != "" {
			t.Errorf("a search for %s: %q", evil, found)
		}
		for _, address := range []string{"/access?who=", "/audit?actor=", "/audit?target=", "/teams?query=", "/signin?next=", "/o/acme/signin?next=", "/roles?platform=dagster&one=", "/no/"} {
			_, text, _ := d.ask("ada", address+url.QueryEscape(evil), nil)
			if found := unsafe(text); found != "" {
				t.Errorf("%s%s: %q", address, evil, found)
			}
		}
		_, text, _ := d.ask("ada", "/users/add", url.Values{"email": {evil}, "name": {evil}, "on": {evil}})
		if found := unsafe(text); found != "" {
			t.Errorf("a form with %s: %q", evil, found)
		}
	}
	shown := 0
	for _, who := range []string{"ada", "olga"} {
		for address, text := range d.crawl(who) {
			if found := unsafe(text); found != "" {
				t.Errorf("%s has %q", address, found)
			}
			shown += strings.Count(text, "alert(1)")
		}
	}
	if shown < 2*len(evils) {
		t.Errorf("the names were on %d places only: nothing is proved", shown)
	}
}

// TestAttack115NoFrameNoForeignScriptNoPageWithout : every answer of the console forbids frames, scripts and styles of others and in the
// page, and no page loads anything from elsewhere.
func TestAttack115NoFrameNoForeignScriptNoPageWithout(t *testing.T) {
	d := newTeamDesk(t)
	for i := range d.routes {
		method, address := d.filled(&d.routes[i])
		if method != http.MethodGet || !tried(&d.routes[i]) {
			continue
		}
		r := httptest.NewRequest(method, "https://access.acme.test"+address, http.NoBody)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := d.send("olga", r)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || len(w.Body.String()) < 200 {
			continue // files, redirects
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s %s: the policy lacks %s: %q", method, address, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http:") {
			t.Errorf("%s %s: the policy is %q", method, address, policy)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s %s: %v", method, address, w.Header())
		}
	}
	for address, text := range d.crawl("olga") {
		if found := unsafe(text); found != "" {
			t.Errorf("%s has %q", address, found)
		}
	}
}

// TestAttack113NobodySeesTheConsoleAsSomebodyElse : there is no viewing as another, and what other servers take for it does nothing here.
func TestAttack113NobodySeesTheConsoleAsSomebodyElse(t *testing.T) {
	d := newTeamDesk(t)
	for i := range d.routes {
		for _, word := range []string{"impersonat", "view-as", "viewas", "sudo", "become", "assume", "masquerad"} {
			if strings.Contains(strings.ToLower(d.routes[i].Pattern+d.routes[i].Operation), word) {
				t.Errorf("%s: who sees as another is to be in the audit log; this test knows nothing of that", d.routes[i].Pattern)
			}
		}
	}
	get := func(address string, more map[string]string, cookies ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address, http.NoBody)
		for name, value := range more {
			r.Header.Set(name, value)
		}
		for _, name := range cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: d.User("olga").ID})
		}
		return d.send("bo", r)
	}
	olga := d.User("olga").ID
	own := get("/account", nil).Body.String()
	for _, name := range []string{"X-Forwarded-User", "X-Forwarded-Email", "X-Remote-User", "Remote-User", "X-Impersonate-User", "Impersonate-User", "X-Sudo", "X-Act-As", "X-User-Id", "X-Original-User", "Bailiwick-User", "On-Behalf-Of", "X_Forwarded_User"} {
		for _, value := range []string{"olga@acme.test", olga, "user:" + olga} {
			if got := get("/account", map[string]string{name: value}).Body.String(); got != own {
				t.Errorf("%s: %s changes the page", name, value)
			}
		}
	}
	for _, query := range []string{"as", "user", "sudo", "impersonate", "view_as", "who", "subject"} {
		if got := get("/account?"+query+"="+olga, nil).Body.String(); got != own {
			t.Errorf("?%s= changes the page", query)
		}
		if w := get("/audit?"+query+"="+olga, nil); w.Code != http.StatusForbidden {
			t.Errorf("bo reads the audit log by ?%s=: %d", query, w.Code)
		}
	}
	if got := get("/account", nil, "user", "bwk_user", "impersonate", "as", "sudo").Body.String(); got != own {
		t.Error("a cookie changes the page")
	}
}

// TestAttack104TheConsoleHasNoSocket : no address of it becomes one, whoever asks from wherever.
func TestAttack104TheConsoleHasNoSocket(t *testing.T) {
	d := newTeamDesk(t)
	server := httptest.NewServer(d.mux)
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	d.SignIn("olga")
	d.ask("olga", "/account", nil)
	for i := range d.routes {
		method, address := d.filled(&d.routes[i])
		if method != http.MethodGet || !tried(&d.routes[i]) {
			continue
		}
		for _, origin := range []string{"https://evil.example", "https://access.acme.test"} {
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+address, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin} {
				r.Header.Set(name, value)
			}
			r.AddCookie(d.cookies["olga"])
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusSwitchingProtocols || answer.Header.Get("Sec-WebSocket-Accept") != "" || strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
				t.Errorf("%s becomes a socket for %s: %d", address, origin, answer.StatusCode)
			}
		}
	}
	policy := d.send("olga", httptest.NewRequest(http.MethodGet, "https://access.acme.test/account", http.NoBody)).Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "connect-src 'self';") || strings.Contains(policy, "ws") {
		t.Errorf("pages may open sockets: %q", policy)
	}
}

// TestAttack114NobodyIsSeenByWhoMayNotSeeThem : on no page of the console, by following links, searching, or by trying addresses.
func TestAttack114NobodyIsSeenByWhoMayNotSeeThem(t *testing.T) {
	d := newTeamDesk(t)
	secret := map[string]string{} // addresses of people that somebody may not see, by who looks
	d.As("ada", client.UserAdd{NewUser: client.NewUser{Email: "hidden-in-dagster@acme.test", Name: "Hilda Hidden", On: []string{"dagster"}}})
	d.Do(client.UserAdd{NewUser: client.NewUser{Email: "hidden-in-org@acme.test", Name: "Hans Hidden"}})
	secret["zoe"], secret["dan"], secret["bo"] = "hidden-in-", "hidden-in-", "hidden-in-org"
	for who, hidden := range secret {
		for address, text := range d.crawl(who) {
			if strings.Contains(text, hidden) {
				t.Errorf("%s sees %s on %s", who, hidden, address)
			}
		}
		for _, address := range []string{"/users?query=hidden", "/users?query=Hilda", "/teams?query=hidden", "/access?can=dagster.runs.view&on=dagster%2Fprod", "/search?query=hidden", "/users?platform=dagster&query=hidden", "/users?platform=org"} {
			if _, text, _ := d.ask(who, address, nil); strings.Contains(strings.ReplaceAll(text, html.EscapeString(address), ""), hidden+"@") || strings.Contains(text, "Hans Hidden") {
				t.Errorf("%s finds %s with %s", who, hidden, address)
			}
		}
		// Somebody who is there and somebody who is not are answered alike.
		for _, path := range []string{"/users/%s/roles", "/users/%s/role?on=dagster%%2Fprod"} {
			there := strings.Replace(path, "%s", d.User("hidden-in-org").ID, 1)
			not := strings.Replace(path, "%s", "usr_aaaaaaaaaaaaaaaaaaaaaaaaaa", 1)
			a, one, _ := d.ask(who, strings.ReplaceAll(there, "%%", "%"), nil)
			b, other, _ := d.ask(who, strings.ReplaceAll(not, "%%", "%"), nil)
			if a != b || one != other || !slices.Contains([]int{http.StatusNotFound, http.StatusForbidden}, a) {
				t.Errorf("%s learns from %s who is there: %d and %d", who, path, a, b)
			}
		}
	}
}
