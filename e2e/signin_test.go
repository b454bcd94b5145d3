package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
)

func TestSettingUpAndOnesOwnAccountInABrowser(t *testing.T) {
	s := serve(t, folder(t))
	b := newBrowser(t)
	b.open(s.url + "setup#" + s.secret())
	if got := b.value("secret"); got != s.secret() {
		t.Fatalf("the page did not take the secret out of the link: %q", got)
	}
	if at := b.where(); at != "/setup" {
		t.Errorf("the secret stays in the address: %s", at)
	}
	b.fill("organization", "acme")
	b.fill("name", "Olga Owner")
	b.fill("email", "olga@acme.test")
	b.fill("password", "short")
	b.do("the browser's own check off", validated)
	if status := b.press("Create the organization"); status != http.StatusUnprocessableEntity {
		t.Errorf("a short password was answered with %d", status)
	}
	b.sees("12")
	b.fill("password", good)
	b.press("Create the organization")
	b.sees("acme", "olga@acme.test", "bwk_user_")
	if c := b.session(); c != nil {
		t.Error("setting up signs in, and nobody has proved anything yet")
	}
	b.press("Sign in")
	b.try("olga@acme.test", good)
	b.sees("Welcome, Olga Owner", "Get going", "1 of 5 done", "Invite a teammate")
	b.open(s.url + "account")
	b.sees("Your account", "Olga Owner", "acme", "Owner", "this one", "password", "Chrome", "made at setup")

	// A token of one's own: shown once, it works, and it is over when it is revoked.
	secret := b.ownToken("laptop")
	if who, err := s.as(secret).Whoami(t.Context()); err != nil || who.Subject != "user:olga@acme.test" {
		t.Fatalf("the token %q: %v %v", secret, who.Subject, err)
	}
	b.open(s.url + "account")
	b.misses(secret)
	b.sees("laptop", "…"+secret[len(secret)-4:])
	b.press("Revoke the token …" + secret[len(secret)-4:])
	b.sees("(laptop)", "refused from now on")
	b.pressLast("Revoke token")
	b.sees("Your account")
	b.misses("laptop")
	if _, err := s.as(secret).Whoami(t.Context()); err == nil {
		t.Error("the revoked token still works")
	}

	// A second browser: each ends the other's session, and not its own.
	other := newBrowser(t)
	other.signIn(s, "olga@acme.test", good)
	b.open(s.url + "account")
	if n := strings.Count(b.text(), "End\n") + strings.Count(b.text(), "End the session"); n == 0 {
		t.Fatalf("the other session is not there: %s", b.text())
	}
	b.press("End the session")
	b.sees("this one")
	other.open(s.url + "account")
	if at := other.where(); !strings.HasPrefix(at, "/o/acme/signin?next=") {
		t.Errorf("the ended session is at %s", at)
	}
	other.try("olga@acme.test", good)
	if at := other.where(); at != "/account" {
		t.Errorf("after the sign-in one is at %s and not where one was going", at)
	}
	b.open(s.url + "account")
	b.press("End all others")
	other.open(s.url + "account")
	other.sees("Sign in to acme")
	b.open(s.url + "account")
	b.sees("Your account")
}

func TestALinkFromALetterBeginsAnAccountInABrowser(t *testing.T) {
	post := t.TempDir()
	s := serveAt(t, "localhost", "--mail-folder", post)
	owner := s.setUp()
	s.change(owner, client.UserAdd{NewUser: client.NewUser{Email: "ana@acme.test", Name: "Ana Ames"}})
	invited := mailed(t, post, "ana@acme.test", "Choose a password").link()
	if !strings.HasPrefix(invited, s.url+"activate#bwk_link_") {
		t.Fatalf("the link is %s", invited)
	}
	b := newBrowser(t)
	b.open(invited)
	b.sees("Welcome")
	if at := b.where(); at != "/activate" {
		t.Errorf("the secret stays in the address: %s", at)
	}
	b.fill("password", good)
	b.fill("again", another)
	b.press("Begin")
	b.sees("The two passwords differ.")
	b.fill("password", "ana ames acme")
	b.fill("again", "ana ames acme")
	b.press("Begin")
	b.sees("password")
	b.fill("password", good)
	b.fill("again", good)
	b.press("Begin")
	b.sees("Welcome, Ana Ames")
	b.open(s.url + "account")
	b.sees("Your account", "Ana Ames", "one-time link")

	// It works once.
	thief := newBrowser(t)
	thief.open(invited)
	thief.fill("password", another)
	thief.fill("again", another)
	if status := thief.press("Begin"); status != http.StatusNotFound {
		t.Errorf("a used link was answered with %d", status)
	}
	thief.sees("of no use")

	// A new password ends every session.
	s.change(owner, client.LinkOpen{User: "ana@acme.test", Purpose: "reset", Mail: true})
	reset := mailed(t, post, "ana@acme.test", "new password").link()
	there := newBrowser(t)
	there.open(reset)
	there.sees("A new password")
	there.fill("password", another)
	there.fill("again", another)
	there.press("Save and sign in")
	there.sees("Welcome, Ana Ames")
	b.open(s.url + "account")
	b.sees("Sign in to acme")
	b.try("ana@acme.test", good)
	b.sees("do not belong together")
	b.try("ana@acme.test", another)
	b.sees("Your account")
}

// TestAttack050TheHostHeaderPoisonsNoLink: what a request calls the server is in no letter and in no address that an
// administrator copies.
func TestAttack050TheHostHeaderPoisonsNoLink(t *testing.T) {
	post := t.TempDir()
	s := serveAt(t, "localhost", "--mail-folder", post)
	owner := s.setUp()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"api/v1/changes", strings.NewReader(
		`{"commands":[{"do":"user.add","email":"ana@acme.test"},{"do":"link.open","user":"ana@acme.test","purpose":"activation","mail":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	for name, value := range map[string]string{"Authorization": "Bearer " + owner, "Content-Type": "application/json", "X-Forwarded-Host": "evil.example",
		"X-Forwarded-Proto": "https", "Forwarded": "host=evil.example", "Origin": "http://evil.example", "Referer": "http://evil.example/"} {
		r.Header.Set(name, value)
	}
	answer, err := once().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		mailed(t, post, "ana@acme.test", "Choose a password")
	}
	// Nor in what is mailed for a request that says nothing wrong.
	s.change(owner, client.UserAdd{NewUser: client.NewUser{Email: "bo@acme.test"}})
	mailed(t, post, "bo@acme.test", "Choose a password")
	for _, l := range letters(t, post) {
		if strings.Contains(l.Text+l.HTML, "evil") || !strings.HasPrefix(l.link(), s.url+"activate#") {
			t.Errorf("a letter leads to %s:\n%s", l.link(), l.Text)
		}
	}
}

func TestAttack049TheSameAnswerAndALockOutThatIsNoWeapon(t *testing.T) {
	s := serve(t, folder(t))
	owner, _ := s.settle()
	s.password(owner, "ana@acme.test")
	known := newBrowser(t)
	known.signIn(s, "ana@acme.test", good)
	known.signOut()

	// Whatever is wrong, the answer is the same.
	stranger := newBrowser(t)
	stranger.open(s.url + "o/acme/signin")
	var answers []string
	for _, who := range []string{"ana@acme.test", "nobody@acme.test", "bo@acme.test"} { // wrong, unknown, without a password
		if status := stranger.try(who, another); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", who, status)
		}
		answers = append(answers, stranger.text())
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Errorf("the answers differ:\n%s", strings.Join(answers, "\n---\n"))
	}

	// Guessing makes the guesser wait, however the address is written, and the right password is not looked at meanwhile.
	guess := func(email, password string) string {
		_, page := s.post("o/acme/signin", nil, url.Values{"email": {email}, "password": {password}})
		return page
	}
	eventually(t, "refusal of the right password", func() bool { // the wait begins with a second, which may be over at once
		for range 30 {
			if strings.Contains(guess("ana@acme.test", another), "too many tries") {
				break
			}
		}
		return strings.Contains(guess("ana@acme.test", good), "too many tries") && strings.Contains(guess(" ANA@acme.test", good), "too many tries")
	})

	// Ana's own browser is known: she comes in at once.
	known.signIn(s, "ana@acme.test", good)
	known.sees("Welcome, Ana Ames")
}

func TestAttack047SigningOutEndsTheServersSession(t *testing.T) {
	s := serve(t, folder(t))
	owner, _ := s.settle()
	s.password(owner, "ana@acme.test")
	b := newBrowser(t)
	b.signIn(s, "ana@acme.test", good)
	stolen := b.session()
	if status, _ := s.with(stolen, http.MethodGet, "account", nil); status != http.StatusOK {
		t.Fatalf("the cookie does not work elsewhere: %d", status)
	}
	b.signOut()
	b.sees("You are signed out")
	if c := b.session(); c != nil {
		t.Errorf("the browser still has %v", c)
	}
	if status, to := s.with(stolen, http.MethodGet, "account", nil); status != http.StatusSeeOther || !strings.Contains(to, "/signin") {
		t.Errorf("the cookie lives on: %d %s", status, to)
	}
	// The page that the browser still has in its memory is not shown again.
	b.do("back", back)
	b.misses("Ana Ames")
}

func TestAttack046ASessionIsNotFixed(t *testing.T) {
	s := serve(t, folder(t))
	owner, _ := s.settle()
	s.password(owner, "ana@acme.test")
	s.password(owner, "bo@acme.test")
	thief := newBrowser(t)
	thief.signIn(s, "bo@acme.test", good)
	planted := thief.session()

	// Bo leaves his own session in Ana's browser. She signs in there, and has a session of her own.
	b := newBrowser(t)
	b.plant(s.url, planted.Name, planted.Value)
	b.signIn(s, "ana@acme.test", good)
	b.sees("Ana Ames")
	if b.session().Value == planted.Value {
		t.Error("Ana's session is the one that Bo planted")
	}
	thief.open(s.url + "account")
	thief.misses("Ana Ames")
	thief.sees("Sign in to acme") // the session that the browser had before has ended

	// One who signs in again has a new session, and what was made up is none.
	before := b.session().Value
	b.signIn(s, "ana@acme.test", good)
	if b.session().Value == before {
		t.Error("the session's secret stayed the same at a sign-in")
	}
	made := newBrowser(t)
	made.plant(s.url, planted.Name, "bwk_session_"+strings.Repeat("a", 49))
	made.signIn(s, "ana@acme.test", good)
	if strings.Contains(made.session().Value, "aaaaaaaa") {
		t.Error("the server took over a session that somebody made up")
	}

	// More rights, another secret: what was seen before does not have them.
	before = b.session().Value
	s.change(owner, client.GrantAdd{Grant: client.Grant{To: "user:ana@acme.test", Role: "owner", On: "org"}})
	b.open(s.url + "account")
	if b.session().Value == before {
		t.Error("the session's secret stayed the same when the rights changed")
	}
	b.sees("Your account", "Owner")
}

func TestAttack048ACookieIsForThisServerAlone(t *testing.T) {
	check := func(b *browser, name, path, page string, secure bool) {
		t.Helper()
		c, has := b.cookies()[name]
		if want := (cookie{Name: name, Value: c.Value, Domain: c.Domain, Path: path, SameSite: "Lax", HTTPOnly: true, Secure: secure}); !has || c != want {
			t.Errorf("the browser keeps %+v, want %+v", b.cookies(), want)
		}
		if strings.HasPrefix(c.Domain, ".") {
			t.Errorf("the cookie is for %s and what is beneath it", c.Domain)
		}
		if seen := b.script(`document.cookie`); seen != "" {
			t.Errorf("a script on %s sees %q", page, seen)
		}
		for name := range b.cookies() {
			if !strings.HasPrefix(strings.TrimPrefix(name, "__Host-"), "bwk_") {
				t.Errorf("there is a cookie %s", name)
			}
		}
	}
	t.Run("http on loopback", func(t *testing.T) {
		s := serve(t, folder(t))
		owner, _ := s.settle()
		s.password(owner, "ana@acme.test")
		b := newBrowser(t)
		b.signIn(s, "ana@acme.test", good)
		check(b, "bwk_session", "/", "account", false)
	})
	t.Run("https", func(t *testing.T) {
		cert, key := selfSigned(t)
		s := serve(t, folder(t), "--tls-cert", cert, "--tls-key", key)
		b := newBrowser(t)
		b.trust()
		b.open(s.url + "setup#" + s.secret())
		for name, text := range map[string]string{"organization": "acme", "name": "Olga Owner", "email": "olga@acme.test", "password": good} {
			b.fill(name, text)
		}
		b.press("Create the organization")
		b.signIn(s, "olga@acme.test", good)
		check(b, "__Host-bwk_session", "/", "account", true)
		if _, has := b.cookies()["bwk_session"]; has {
			t.Error("there is a cookie without its prefix as well")
		}
	})
}

func TestAttack103AnotherSitesFormDoesNothing(t *testing.T) {
	s := serve(t, folder(t))
	owner, _ := s.settle()
	s.password(owner, "ana@acme.test")
	b := newBrowser(t)
	b.signIn(s, "ana@acme.test", good)
	evil := site(t, `<form method="post" action="`+s.url+`tokens/new"><input name="kind" value="user"><input name="description" value="stolen"><input name="expires" value="365"><button>Win</button></form>
<form method="post" action="`+s.url+`signout"><button>Lose</button></form>`)
	b.open(evil)
	if status := b.press("Win"); status != http.StatusForbidden {
		t.Errorf("another site's form was answered with %d", status)
	}
	b.sees("Another site asked for it")
	b.open(evil)
	if status := b.press("Lose"); status != http.StatusForbidden {
		t.Errorf("another site signs people out: %d", status)
	}
	b.open(s.url + "account")
	b.sees("Your account")
	b.misses("stolen")
}

func TestAttack022AndTheOpenPageOfADeactivatedUser(t *testing.T) {
	post := t.TempDir()
	s := serve(t, folder(t), "--mail-folder", post)
	owner, _ := s.settle()
	s.password(owner, "ana@acme.test")
	b, open := newBrowser(t), newBrowser(t)
	b.signIn(s, "ana@acme.test", good)
	open.signIn(s, "ana@acme.test", good)
	open.open(s.url + "tokens/new")
	open.fill("description", "a way back in")
	secret := s.change(owner, client.LinkOpen{User: "ana@acme.test", Purpose: "reset"})[0].Secret

	done := s.change(owner, client.UserDeactivate{User: "ana@acme.test"})
	var kinds []string
	for _, e := range done[0].Ended {
		kinds = append(kinds, e.Kind)
	}
	if got := strings.Join(kinds, " "); strings.Count(got, "session") != 3 || strings.Count(got, "link") != 1 { // the third is the activation's
		t.Errorf("the receipt lists %v", done[0].Ended)
	}
	b.open(s.url + "account")
	b.sees("Sign in to acme")
	if status := open.press("Create token"); status != http.StatusUnauthorized {
		t.Errorf("the form of a page that was open was answered with %d", status)
	}
	open.misses("bwk_user_")
	if status, _ := s.post("reset", nil, map[string][]string{"secret": {secret}, "password": {another}, "again": {another}}); status != http.StatusNotFound {
		t.Errorf("the link lives on: %d", status)
	}
	b.try("ana@acme.test", good)
	b.sees("do not belong together")
	s.change(owner, client.UserReactivate{User: "ana@acme.test"})
	b.open(s.url + "account")
	b.sees("Sign in to acme") // what ended stays ended
	b.try("ana@acme.test", good)
	b.sees("Your account")
}

func TestAttack127BreakGlassIsLoudAndEnds(t *testing.T) {
	post, data := t.TempDir(), folder(t)
	s := serve(t, data, "--mail-folder", post)
	owner, _ := s.settle()
	s.password(owner, "bo@acme.test")
	bo := newBrowser(t)
	bo.signIn(s, "bo@acme.test", good)

	printed := must(t, "break-glass", "ana@acme.test", "--data", data, "--url", strings.TrimSuffix(s.url, "/"), "--reason", "the provider is down")
	link := ""
	for _, word := range strings.Fields(printed) {
		if strings.Contains(word, "/break-glass#") {
			link = word
		}
	}
	if link == "" {
		t.Fatalf("no link: %s", printed)
	}
	mailed(t, post, "olga@acme.test", "Emergency sign-in")

	b := newBrowser(t)
	b.open(link)
	if at := b.where(); at != "/break-glass" {
		t.Errorf("the secret stays in the address: %s", at)
	}
	b.press("Break the glass")
	b.sees("Welcome, Ana Ames", "Break-glass access is open", "the provider is down")
	bo.open(s.url + "account")
	bo.sees("Break-glass access is open", "Ana Ames", "the provider is down")
	stranger := newBrowser(t)
	stranger.open(s.url + "o/acme/signin")
	stranger.sees("Break-glass access is open")
	stranger.misses("Ana", "the provider is down")

	// It works once, and is no way to another password or token that would outlive it.
	again := newBrowser(t)
	again.open(link)
	if status := again.press("Break the glass"); status != http.StatusNotFound {
		t.Errorf("a used link was answered with %d", status)
	}

	stolen := b.session()
	must(t, "break-glass", "ana@acme.test", "--data", data, "--end")
	eventually(t, "end of the access", func() bool {
		status, _ := s.with(stolen, http.MethodGet, "account", nil)
		return status == http.StatusSeeOther
	})
	b.open(s.url + "account")
	b.sees("Sign in to acme")
	for _, page := range []*browser{b, bo, stranger} {
		page.open(s.url + "account")
		page.misses("Break-glass access is open")
	}
}

// ownToken makes a token that can do all that whoever is signed in can, from the account's page on, and returns its secret.
func (b *browser) ownToken(description string) string {
	b.t.Helper()
	b.press("Create a token")
	b.fill("description", description)
	b.selects("on", "everything")
	if b.script(`String(!!document.querySelector("[name=as]"))`) == "true" { // somebody without a role has nothing to choose from
		b.selects("as", "everything")
	}
	b.saves("Create token", "all that")
	b.titled("Your new token")
	secret := b.script(`document.querySelector("#new-token").textContent`)
	b.press("I stored it")
	return secret
}
