package gate

import (
	"context"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// lobby is an office at which people sign in with codes. A session's secret is its user's name.
type lobby struct {
	*office

	mu    sync.Mutex
	codes map[string]string // code → "name state origin" it was made for; used up by a try
	left  []string
}

func newLobby(t testing.TB) *lobby {
	return &lobby{office: &office{snapshot: company(t), narrow: map[string]signin.Caller{}}, codes: map[string]string{}}
}

func (l *lobby) issue(code, name, state, origin string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes[code] = name + " " + state + " " + origin
}

func (l *lobby) Enter(_ context.Context, origin, code, state string) (*http.Cookie, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, whose, _ := strings.Cut(l.codes[code], " ")
	delete(l.codes, code)
	if name == "" || whose != state+" "+origin {
		return nil, fault.New(fault.Unauthenticated, "this code does not work")
	}
	secure := strings.HasPrefix(origin, "https:")
	return &http.Cookie{Name: signin.CookieName(origin, secure), Value: name, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}, nil
}

func (l *lobby) Leave(_ context.Context, c *Caller) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = append(l.left, c.Name)
	return nil
}

// browser is one that opens pages, and keeps their cookies.
type browser struct {
	t      testing.TB
	d      *door
	client *http.Client
}

func (d *door) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := d.Client()
	return &browser{t, d, &http.Client{Transport: client.Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// open opens a page. Headers come in pairs, in place of those of a navigation.
func (b *browser) open(method, path string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.d.URL+path, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	request.Header.Set("Sec-Fetch-Mode", "navigate")
	request.Header.Set("Sec-Fetch-Dest", "document")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	kept := httptest.NewRecorder()
	maps.Copy(kept.Header(), answer.Header)
	kept.WriteHeader(answer.StatusCode)
	if _, err := kept.Body.ReadFrom(answer.Body); err != nil {
		b.t.Fatal(err)
	}
	return kept
}

// sentOff opens a page without a session, and returns the state that the server is told.
func (b *browser) sentOff(path string) (state string) {
	b.t.Helper()
	answer := b.open(http.MethodGet, path)
	to, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || answer.Code != http.StatusSeeOther || to.Query().Get("state") == "" {
		b.t.Fatalf("%s: %d to %q, %v\n%s", path, answer.Code, to, err, answer.Body)
	}
	return to.Query().Get("state")
}

// signedIn takes a browser through the sign-in.
func (b *browser) signedIn(l *lobby, name string) {
	b.t.Helper()
	l.issue("code-"+name, name+"@acme.test", b.sentOff("/"), b.d.URL)
	if answer := b.open(http.MethodGet, ownPrefix+"signin?code=code-"+name); answer.Code != http.StatusSeeOther {
		b.t.Fatalf("%s does not get in: %d\n%s", name, answer.Code, answer.Body)
	}
}

func openLobby(t testing.TB, change ...func(*Options)) (*door, *lobby) {
	t.Helper()
	l := newLobby(t)
	d := open(t, append(change, func(o *Options) { o.Authority = l })...)
	return d, l
}

func TestABrowserIsTakenThroughTheSignInToWhereItWasGoing(t *testing.T) {
	d, l := openLobby(t)
	b := d.browser(t)
	answer := b.open(http.MethodGet, "/runs?status=FAILURE&q=a%20b")
	to, _ := url.Parse(answer.Header().Get("Location"))
	if answer.Code != http.StatusSeeOther || to.Scheme+"://"+to.Host+to.Path != "https://bailiwick.acme.test/gate/signin" || to.Query().Get("gate") != "prod" {
		t.Fatalf("%d to %s", answer.Code, to)
	}
	if strings.Contains(to.String(), "FAILURE") || answer.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the server is told where the browser was: %s %v", to, answer.Header())
	}
	l.issue("c1", "viewer@acme.test", to.Query().Get("state"), d.URL)
	answer = b.open(http.MethodGet, ownPrefix+"signin?code=c1")
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/runs?status=FAILURE&q=a%20b" || answer.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%d to %q", answer.Code, answer.Header().Get("Location"))
	}
	if answer = b.open(http.MethodGet, "/runs"); answer.Code != http.StatusOK || len(d.upstream.took()) != 1 {
		t.Fatalf("signed in: %d %s", answer.Code, answer.Body)
	}
	for _, heard := range d.upstream.took() {
		if heard.header.Get("Cookie") != "" {
			t.Errorf("the upstream gets %s", heard.header)
		}
	}
	if strings.Contains(d.log.String(), "c1") {
		t.Errorf("the code is in the log: %s", d.log)
	}
}

// TestAttack048TheGatesCookiesAreItsOwn : nothing that the upstream's pages run reads or widens them, and each gate's are apart.
func TestAttack048TheGatesCookiesAreItsOwn(t *testing.T) {
	l := newLobby(t)
	names := map[string]bool{}
	for _, origin := range []string{"https://dagster.acme.test", "https://dagster.acme.test:8443", "http://127.0.0.1:4000"} {
		at, _ := url.Parse(origin)
		d := open(t, func(o *Options) { o.Authority, o.Origin = l, at })
		send := func(path string, cookies ...*http.Cookie) []*http.Cookie {
			r := httptest.NewRequest(http.MethodGet, origin+path, http.NoBody)
			r.RequestURI, r.URL.Scheme, r.URL.Host = path, "", ""
			r.Header.Set("Accept", "text/html")
			for _, c := range cookies {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			d.gate.ServeHTTP(w, r)
			set := w.Result().Cookies()
			if len(set) == 0 {
				t.Fatalf("%s sets no cookie: %d\n%s", path, w.Code, w.Body)
			}
			to, _ := url.Parse(w.Header().Get("Location"))
			l.issue("c", "viewer@acme.test", to.Query().Get("state"), origin)
			return set
		}
		state := send("/runs")
		both := append(state, send(ownPrefix+"signin?code=c", state...)...)
		if len(both) != 3 || both[2].Name != both[0].Name || both[2].Value == both[0].Value {
			t.Fatalf("%s sets %v", origin, both)
		}
		for _, c := range both {
			secure := at.Scheme == "https"
			if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || strings.HasPrefix(c.Name, "__Host-") != secure {
				t.Errorf("%s: %s", origin, c)
			}
			if c.Name == signin.CookieName("", secure) {
				t.Errorf("%s sets the server's own cookie: %s", origin, c)
			}
		}
		names[both[0].Name], names[both[1].Name] = true, true
	}
	if len(names) != 6 {
		t.Errorf("three gates have the cookies %v", names)
	}
}

// TestAttack048AGateIsNotTheServersOrigin : what the upstream's pages run would be the console's.
func TestAttack048AGateIsNotTheServersOrigin(t *testing.T) {
	d, _ := openLobby(t)
	for _, signIn := range []string{d.URL + "/gate/signin", "http://acme.test/gate/signin", "https://bailiwick.acme.test/?gate=x", "https://a@b.test/"} {
		o := d.gate.Options
		o.SignIn, _ = url.Parse(signIn)
		if _, err := New(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", signIn, err)
		}
	}
	for _, origin := range []string{"", "http://dagster.acme.test", "https://dagster.acme.test/", "https://", "ftp://127.0.0.1"} {
		o := d.gate.Options
		o.Origin, _ = url.Parse(origin)
		if _, err := New(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", origin, err)
		}
	}
	o := d.gate.Options
	o.Trusted = &Trusted{}
	if _, err := New(o); !fault.Is(err, fault.Invalid) {
		t.Errorf("two ways in: %v", err)
	}
}

// TestAttack057NobodyIsSentToAnotherHost : neither by where he was going, nor by a cookie that says so.
func TestAttack057NobodyIsSentToAnotherHost(t *testing.T) {
	d, l := openLobby(t)
	for _, path := range []string{"//evil.test", `/\evil.test`, "/%2F/evil.test", "/%5Cevil.test", "/%09/evil.test", "/%0d%0aSet-Cookie:a=b", "/x/..//evil.test",
		"https://evil.test/", "https:evil.test", "///evil.test", "/.//evil.test", ""} {
		planted := d.gate.cookies.begun(begun{state: strings.Repeat("A", stateChars), path: path})
		l.issue("c", "viewer@acme.test", signin.HashOf(strings.Repeat("A", stateChars)), d.URL)
		got := d.do(t, "", http.MethodGet, ownPrefix+"signin?code=c", "", "Cookie", planted.String())
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/" {
			t.Errorf("%q: %d to %q", path, got.status, got.header.Get("Location"))
		}
		if b := newBegun(path); b.path != "/" {
			t.Errorf("%q is remembered as %q", path, b.path)
		}
	}
}

// TestAttack058ACodeCountsInTheBrowserThatBegan : nobody signs a victim's browser in as himself.
func TestAttack058ACodeCountsInTheBrowserThatBegan(t *testing.T) {
	d, l := openLobby(t)
	attacker, victim := d.browser(t), d.browser(t)
	state := attacker.sentOff("/runs")
	for what, prepare := range map[string]func(){"no sign-in": func() {}, "a sign-in of its own": func() { victim.sentOff("/runs") }} {
		prepare()
		l.issue("stolen", "editor@acme.test", state, d.URL)
		answer := victim.open(http.MethodGet, ownPrefix+"signin?code=stolen")
		if answer.Code != http.StatusForbidden || !strings.Contains(answer.Body.String(), "<a href=\"/") {
			t.Errorf("%s: %d\n%s", what, answer.Code, answer.Body)
		}
		if answer = victim.open(http.MethodGet, "/runs"); answer.Code != http.StatusSeeOther || len(d.upstream.took()) != 0 {
			t.Errorf("%s: the victim is signed in: %d", what, answer.Code)
		}
	}
	// Who is signed in already stays who he is.
	victim = d.browser(t)
	victim.signedIn(l, "viewer")
	l.issue("stolen", "editor@acme.test", state, d.URL)
	if answer := victim.open(http.MethodGet, ownPrefix+"signin?code=stolen"); answer.Code != http.StatusSeeOther || len(answer.Header()["Set-Cookie"]) != 0 {
		t.Errorf("signed in: %d %v", answer.Code, answer.Header())
	}
}

func TestACodeThatDoesNotWorkLeadsToAPageAndNotInACircle(t *testing.T) {
	d, l := openLobby(t)
	b := d.browser(t)
	b.sentOff("/runs?a=1")
	answer := b.open(http.MethodGet, ownPrefix+"signin?code=wrong")
	if answer.Code != http.StatusForbidden || !strings.Contains(answer.Body.String(), `<a href="/runs?a=1">Sign in again`) {
		t.Fatalf("%d\n%s", answer.Code, answer.Body)
	}
	// The session is nobody's at once, as if the browser had not kept it.
	l.issue("c", "gone@acme.test", b.sentOff("/runs"), d.URL)
	if answer = b.open(http.MethodGet, ownPrefix+"signin?code=c"); answer.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", answer.Code, answer.Body)
	}
	if answer = b.open(http.MethodGet, "/runs"); answer.Code != http.StatusUnauthorized || !strings.Contains(answer.Body.String(), "Sign in again") {
		t.Fatalf("sent in a circle: %d\n%s", answer.Code, answer.Body)
	}
	b.sentOff("/runs") // who wants to, can
}

func TestSigningOutEndsTheSessionHere(t *testing.T) {
	d, l := openLobby(t)
	b := d.browser(t)
	b.signedIn(l, "viewer")
	if answer := b.open(http.MethodGet, ownPrefix+"signout"); answer.Code != http.StatusOK || len(l.left) != 0 || !strings.Contains(answer.Body.String(), `method="post"`) {
		t.Fatalf("%d %v\n%s", answer.Code, l.left, answer.Body)
	}
	for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.test"}, {"Origin", "null"}, {"X-None", "no origin"}} {
		if answer := b.open(http.MethodPost, ownPrefix+"signout", from...); answer.Code != http.StatusForbidden || len(l.left) != 0 {
			t.Errorf("%v signs somebody out: %d", from, answer.Code)
		}
	}
	if answer := b.open(http.MethodPost, ownPrefix+"signout", "Origin", d.URL); answer.Code != http.StatusOK || len(l.left) != 1 || l.left[0] != "viewer@acme.test" {
		t.Fatalf("%d %v\n%s", answer.Code, l.left, answer.Body)
	}
	b.sentOff("/runs")
}

func TestAProgramIsToldInTheShapeThatItReads(t *testing.T) {
	d, _ := openLobby(t)
	for _, c := range []struct{ method, path, token, challenge string }{
		{http.MethodPost, "/graphql", "", `Bearer realm="bailiwick"`},
		{http.MethodGet, "/graphql?query=%7Bversion%7D", "", `Bearer realm="bailiwick"`},
		{http.MethodGet, "/server_info", "gone", `Bearer realm="bailiwick", error="invalid_token"`},
		{http.MethodGet, "/graphql", "", `Bearer realm="bailiwick"`},
	} {
		got := d.do(t, c.token, c.method, c.path, "", "Accept", "application/json")
		if got.status != http.StatusUnauthorized || got.header.Get("Www-Authenticate") != c.challenge || !strings.HasPrefix(got.body, `{"data":null,"errors":[{"`) {
			t.Errorf("%s %s: %d %q %s", c.method, c.path, got.status, got.header.Get("Www-Authenticate"), got.body)
		}
	}
	if got := d.do(t, "", http.MethodGet, ownPrefix+"health", ""); got.status != http.StatusOK || got.body != "ok\n" {
		t.Errorf("health: %d %s", got.status, got.body)
	}
}

// TestTheHeaderCountsBeforeTheCookie : whoever sent it meant it.
func TestTheHeaderCountsBeforeTheCookie(t *testing.T) {
	d, l := openLobby(t)
	session := d.gate.cookies.session + "=editor@acme.test"
	if got := d.do(t, "gone", http.MethodGet, "/runs", "", "Cookie", session); got.status != http.StatusUnauthorized {
		t.Errorf("the cookie steps in: %d", got.status)
	}
	if got := d.do(t, "gone", http.MethodGet, "/runs", "", "Cookie", session, "Accept", "text/html"); got.status != http.StatusUnauthorized || got.header.Get("Location") != "" {
		t.Errorf("sent to the sign-in with a token: %d", got.status)
	}
	if got := d.do(t, "viewer", http.MethodPost, "/graphql", `{"query":"mutation{setNuxSeen}"}`, "Cookie", session, "Content-Type", "application/json"); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, told := range l.told() {
		if told.Subject.ID != "viewer@acme.test" {
			t.Errorf("it was %s", told.Subject)
		}
	}
	for what, cookies := range map[string]string{"two": session + "; " + session, "none": "a=b"} {
		if got := d.do(t, "", http.MethodGet, "/runs", "", "Cookie", cookies); got.status != http.StatusUnauthorized {
			t.Errorf("%s cookies: %d", what, got.status)
		}
	}
}

// TestPagesOfOtherOriginsChangeNothing : a browser sends the cookie with what they make it send.
func TestPagesOfOtherOriginsChangeNothing(t *testing.T) {
	d, _ := openLobby(t)
	session := d.gate.cookies.session + "=editor@acme.test"
	for _, c := range []struct {
		header, value string
		status        int
	}{
		{"Origin", d.URL, http.StatusOK}, {"Sec-Fetch-Site", "same-origin", http.StatusOK}, {"Sec-Fetch-Site", "none", http.StatusOK}, {"X-None", "", http.StatusOK},
		{"Origin", "https://evil.test", http.StatusForbidden}, {"Origin", "null", http.StatusForbidden}, {"Origin", strings.Replace(d.URL, "http:", "https:", 1), http.StatusForbidden},
		{"Origin", d.URL + "0", http.StatusForbidden}, {"Sec-Fetch-Site", "same-site", http.StatusForbidden}, {"Sec-Fetch-Site", "cross-site", http.StatusForbidden},
	} {
		got := d.do(t, "", http.MethodPost, "/graphql", `{"query":"mutation{setNuxSeen}"}`, "Cookie", session, "Content-Type", "application/json", c.header, c.value)
		reached := len(d.upstream.took())
		if got.status != c.status || (reached == 1) != (c.status == http.StatusOK) {
			t.Errorf("%s: %s: %d, reached %d\n%s", c.header, c.value, got.status, reached, got.body)
		}
	}
}

// TestARenewedSessionReachesTheBrowser : whatever the answer is; the old secret soon does not work.
func TestARenewedSessionReachesTheBrowser(t *testing.T) {
	d, _ := openLobby(t)
	session := d.gate.cookies.session + "=renewed@acme.test"
	for _, path := range []string{"/runs", "/graphql?query=%7Bversion%7D", "/logs/a/b", "/nowhere.txt"} {
		got := d.do(t, "", http.MethodGet, path, "", "Cookie", session)
		if !strings.HasPrefix(got.header.Get("Set-Cookie"), "renewed=1") {
			t.Errorf("%s: %d, %v", path, got.status, got.header)
		}
	}
}
