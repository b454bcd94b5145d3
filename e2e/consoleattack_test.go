package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
)

// TestAttack050ARecoveryLinkInTheConsole : a used or guessed link is of no use, and the page for a new one does not say who is known, nor
// does anything of it have the host that the request named.
func TestAttack050ARecoveryLinkInTheConsole(t *testing.T) {
	s := console(t)
	post := func(path string, form url.Values) (status int, text string, cookies []*http.Cookie) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-Host", "evil.example")
		answer, err := once().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var body strings.Builder
		if err := answer.Write(&body); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, strings.SplitN(body.String(), "\r\n\r\n", 2)[1] + answer.Header.Get("Location"), answer.Cookies()
	}
	s.password(toured.token, "quentin@acme.test")
	secret := s.change(toured.token, client.LinkOpen{User: "quentin@acme.test", Purpose: "reset"})[0].Secret
	use := func(secret string) (int, string, []*http.Cookie) {
		return post("reset", url.Values{"secret": {secret}, "password": {good}, "again": {good}})
	}
	for _, guess := range []string{secret[:len(secret)-1], secret + "x", strings.ToUpper(secret), "bwk_link_", ""} {
		if status, _, cookies := use(guess); status < 400 || len(cookies) > 0 {
			t.Errorf("the guess %q: %d", guess, status)
		}
	}
	if status, text, _ := use(secret); status != http.StatusSeeOther || strings.Contains(text, "evil") {
		t.Fatalf("the link itself: %d %s", status, text)
	}
	if status, _, cookies := use(secret); status != http.StatusNotFound || len(cookies) > 0 {
		t.Errorf("the link again: %d", status)
	}
	var pages []string
	for _, email := range []string{"quentin@acme.test", "nobody@acme.test"} {
		status, text, _ := post("o/acme/forgotten", url.Values{"email": {email}})
		pages = append(pages, strings.ReplaceAll(text, email, "…")+itoa(status))
		if strings.Contains(text, "evil") {
			t.Errorf("the page has the host of the request:\n%s", text)
		}
	}
	if pages[0] != pages[1] {
		t.Errorf("the page says who is known:\n%s\n%s", pages[0], pages[1])
	}
}

// TestAttack057SigningInLeadsNobodyElsewhere : after a sign-in one is on this server, wherever the form says that one was going.
func TestAttack057SigningInLeadsNobodyElsewhere(t *testing.T) {
	s := console(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example/", "/%2fevil.example", "/\t/evil.example", "javascript:alert(1)",
		"/users\r\nSet-Cookie: stolen=1", "/users%0d%0aSet-Cookie:%20stolen=1", "///evil.example", "http:/evil.example", "@evil.example"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"demo/signin", strings.NewReader(url.Values{"user": {aViewer}, "next": {next}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := once().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		to := answer.Header.Get("Location")
		// As a browser reads it: a backslash is a slash, and tabs and line breaks are nothing.
		read := strings.NewReplacer(`\`, "/", "\t", "", "\r", "", "\n", "").Replace(to)
		if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(read, "/") || strings.HasPrefix(read, "//") || strings.Contains(strings.Join(answer.Header.Values("Set-Cookie"), " "), "stolen") {
			t.Errorf("%q leads to %q (%d)", next, to, answer.StatusCode)
		}
	}
}
