package oidc

import (
	"net/url"
	"strings"
	"testing"
)

func TestAttack057AnOpenRedirect(t *testing.T) {
	for _, next := range []string{
		"", "evil", "//evil", "///evil", "/\\evil", "\\/evil", "\\\\evil", "/\t/evil", "\t//evil", " //evil", "/\n/evil", "/\r\nSet-Cookie: a=b",
		"https://evil", "https:evil", "https:/evil", "javascript:alert(1)", "data:text/html,x", "//evil@app.example", "/%2fevil", "/%2Fevil",
		"/%5cevil", "/%5Cevil", "/%0d%0aSet-Cookie:a", "/%09/evil", "/%00", "/%252fevil", "/%25", "/.//evil", "/..//evil", "/a/..//evil", "/a//b",
		"/./a", "/../a", "/a/%2e%2e/b", "/%2e/a", "/%2e%2e", "/a#//evil", "/\x00", "/\x7f", "/\u2215evil", "/\uff0fevil", "/a b", "/%", "/%zz", "?//evil", "#", "/a#b", "/a?b\\c",
		"/" + strings.Repeat("a", maxNext), "http://app.example/a", "/.", "/..", "/a/.",
	} {
		if got := LocalPath(next); got != "/" {
			t.Errorf("LocalPath(%q) = %q", next, got)
		}
	}
	for _, next := range []string{"/", "/people", "/people/", "/people?q=a%20b&next=https://x.example//y", "/a/b.c/~d", "/a:b", "/@me", "/caf%C3%A9", "/a%20b", "/?x"} {
		if got := LocalPath(next); got != next {
			t.Errorf("LocalPath(%q) = %q", next, got)
		}
	}
}

func TestAttack057ASignInEndsAtALocalPath(t *testing.T) {
	c := newClock()
	e := newEvil(t, c)
	p := newParty(t, c, nil, e)
	for next, want := range map[string]string{"//evil": "/", "": "/", "/" + strings.Repeat("a", 1<<20): "/", "/people": "/people"} {
		if s, err := signIn(t, p, e, e.provider(), Flow{Next: next}); err != nil || s.Next != want {
			t.Errorf("%.20q: %+v %v", next, s, err)
		}
	}
}

// FuzzLocalPath holds what is let through against Go's own reading and that of browsers, also after a proxy has decoded it.
func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/a?b", "//evil", "/\\evil", "/%2f", "/\t/x", "/a/../b", "/%25%32%66", "/a?%0d%0a", "/@x:1"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://app.example/signin/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := LocalPath(next)
		if got != next && got != "/" {
			t.Fatalf("%q became %q", next, got)
		}
		if LocalPath(got) != got {
			t.Fatalf("%q is not stable", got)
		}
		u, err := base.Parse(got)
		if err != nil || u.Host != "app.example" || u.Scheme != "https" || u.User != nil || u.Fragment != "" {
			t.Fatalf("Go reads %q as %v %v", got, u, err)
		}
		decoded := got
		for range 3 {
			if host := browserHost(decoded); host != "" {
				t.Fatalf("a browser takes %q, from %q, to host %q", decoded, next, host)
			}
			written, _, _ := strings.Cut(decoded, "?")
			if decoded, err = url.PathUnescape(written); err != nil {
				break
			}
		}
		if strings.ContainsAny(got, "\r\n\t\x00\\") {
			t.Fatalf("%q would break a header", got)
		}
	})
}

// browserHost reads a reference as the URL standard of browsers says, relative to a page of https, and returns the host if
// it names another one: controls and blanks at both ends are dropped, tabs and newlines everywhere; \ is /; any number of
// slashes begins a host; so does a scheme, with or without slashes.
func browserHost(ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(ref)
	if scheme, rest, found := strings.Cut(ref, ":"); found && isScheme(scheme) {
		return scheme + ":" + strings.TrimLeft(rest, "/")
	}
	if strings.HasPrefix(ref, "//") {
		return strings.TrimLeft(ref, "/") + "?"
	}
	return ""
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return s != ""
}
