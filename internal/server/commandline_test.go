package server

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// send sends a form to a page as a browser with a session, and follows no redirect.
func (d *doors) send(method, address, secret, origin string, form url.Values) (status int, header http.Header, body string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+address, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	r.AddCookie(&http.Cookie{Name: signin.CookieName("", false), Value: secret})
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

// TestACommandLineIsLetIn goes the whole way: the page, the yes, the code on this machine, and the token.
func TestACommandLineIsLetIn(t *testing.T) {
	d, _ := openDoors(t)
	const verifier = "what only the command line that asked knows"
	asked := url.Values{"challenge": {signin.HashOf(verifier)}, "to": {"127.0.0.1:41234"}, "name": {"bailiwick login on <b>laptop</b>"}, "state": {"the state"}}
	secret := d.session("acme", time.Time{}).Secret.Reveal()
	status, header, page := d.send("GET", "/cli/signin?"+asked.Encode(), secret, "", nil)
	if status != http.StatusOK || !strings.Contains(page, "annabel@acme.test") || strings.Contains(page, "<b>laptop") || !strings.Contains(page, "127.0.0.1:41234") ||
		!strings.HasSuffix(header.Get("Content-Security-Policy"), " http://127.0.0.1:41234") {
		t.Fatalf("%d %s %s", status, header.Get("Content-Security-Policy"), page)
	}
	if status, header, _ := d.send("GET", "/cli/signin?"+asked.Encode(), "", "", nil); status != http.StatusSeeOther || !strings.Contains(header.Get("Location"), "next=%2Fcli%2Fsignin%3F") {
		t.Errorf("who is not signed in: %d %s", status, header.Get("Location"))
	}

	form := func(change func(url.Values)) url.Values {
		f := url.Values{"answer": {"yes"}, "days": {"7"}}
		for name, value := range asked {
			f[name] = value
		}
		change(f)
		return f
	}
	for what, c := range map[string]struct {
		origin string
		form   url.Values
		status int
	}{
		"from another site": {"https://evil.test", form(func(url.Values) {}), http.StatusForbidden},
		"to another host":   {d.base, form(func(f url.Values) { f.Set("to", "evil.test:80") }), http.StatusUnprocessableEntity},
		"for ever":          {d.base, form(func(f url.Values) { f.Set("days", "9999") }), http.StatusUnprocessableEntity},
		"said in no number": {d.base, form(func(f url.Values) { f.Set("days", "x") }), http.StatusUnprocessableEntity},
	} {
		if status, header, _ := d.send("POST", "/cli/signin", secret, c.origin, c.form); status != c.status || header.Get("Location") != "" {
			t.Errorf("%s: %d %s", what, status, header.Get("Location"))
		}
	}
	_, header, _ = d.send("POST", "/cli/signin", secret, d.base, form(func(f url.Values) { f.Set("answer", "no") }))
	if got := header.Get("Location"); got != "http://127.0.0.1:41234/signed-in?refused=true&state=the+state" {
		t.Errorf("a no leads to %q", got)
	}
	status, header, _ = d.send("POST", "/cli/signin", secret, d.base, form(func(url.Values) {}))
	to, err := url.Parse(header.Get("Location"))
	if err != nil || status != http.StatusSeeOther || to.Scheme != "http" || to.Host != "127.0.0.1:41234" || to.Path != "/signed-in" || to.Query().Get("state") != "the state" {
		t.Fatalf("a yes leads to %v, %d %v", to, status, err)
	}

	c, err := client.New(d.base, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	issued, err := c.Login(t.Context(), client.LoginExchange{Code: to.Query().Get("code"), Verifier: verifier})
	if err != nil || issued.Token.Subject != "user:annabel@acme.test" || issued.Token.Description != "bailiwick login on <b>laptop</b>" || issued.Token.Expires == nil {
		t.Fatalf("%+v %v", issued, err)
	}
	if left := issued.Token.Expires.Sub(d.p.engine.Now()).Hours(); left < 6.9*24 || left > 7*24 {
		t.Errorf("it lasts %v hours", left)
	}
	if again, err := c.Login(t.Context(), client.LoginExchange{Code: to.Query().Get("code"), Verifier: verifier}); err == nil || again.Secret != "" {
		t.Errorf("a code works twice: %+v", again)
	}
	with, err := client.New(d.base, client.Options{Token: issued.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if who, err := with.Whoami(t.Context()); err != nil || who.Subject != "user:annabel@acme.test" || who.Token.ID != issued.Token.ID {
		t.Errorf("%+v %v", who, err)
	}
	if _, _, account := d.send("GET", "/account", secret, "", nil); !strings.Contains(account, "bailiwick login on &lt;b&gt;laptop") {
		t.Error("the token is not in the account's list")
	}
	if _, err := d.p.desk.Sessions.TakeLogin(t.Context(), to.Query().Get("code"), verifier); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}
