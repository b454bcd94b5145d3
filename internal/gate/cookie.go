package gate

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bailiwick/internal/oidc"
	"bailiwick/internal/signin"
)

const (
	// stateFor is how long somebody may take to sign in at the server.
	stateFor = 10 * time.Minute
	// settledFor is how soon after a sign-in the next one is taken for a circle.
	settledFor = 20 * time.Second
	// settled is what the state's cookie says when the sign-in is done.
	settled = "done"
	// stateChars is the length of rand.Text.
	stateChars = 26
)

// cookies are those that a gate keeps in browsers. Their names are the origin's own, because cookies are not kept apart by port.
type cookies struct {
	origin         string // "https://dagster.acme.test"
	secure         bool
	session, state string // names
}

func newCookies(origin *url.URL) cookies {
	c := cookies{origin: origin.Scheme + "://" + origin.Host, secure: origin.Scheme == "https"}
	c.session = signin.CookieName(c.origin, c.secure)
	c.state = c.session + "_state"
	return c
}

// read returns the value of a cookie and how often it is there. Of two, one may be what another host planted.
func (c cookies) read(r *http.Request, name string) (value string, times int) {
	found := r.CookiesNamed(name)
	if len(found) == 0 {
		return "", 0
	}
	return found[0].Value, len(found)
}

func (c cookies) make(name, value string, life time.Duration) *http.Cookie {
	made := &http.Cookie{Name: name, Value: value, Path: "/", Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if life > 0 {
		made.MaxAge = int(life / time.Second)
	}
	return made
}

// begun is a sign-in: it is known by a state that only this browser has, and remembers where the browser wanted to go.
type begun struct{ state, path string }

// newBegun makes a sign-in. A path that a browser might take for another host's is forgotten.
func newBegun(path string) begun { return begun{state: rand.Text(), path: oidc.LocalPath(path)} }

// begun keeps a sign-in in the browser.
func (c cookies) begun(b begun) *http.Cookie {
	return c.make(c.state, b.state+"."+base64.RawURLEncoding.EncodeToString([]byte(b.path)), stateFor)
}

// settled takes the sign-in out of the browser, and leaves that there just was one.
func (c cookies) settled() *http.Cookie { return c.make(c.state, settled, settledFor) }

// none takes a cookie away.
func (c cookies) none(name string) *http.Cookie { return c.make(name, "", 0) }

// kept reads the sign-in that this browser began. The path is judged anew: whoever can write the cookie must not choose the host.
func (c cookies) kept(r *http.Request) (begun, bool) {
	value, times := c.read(r, c.state)
	state, path, whole := strings.Cut(value, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(path)
	if times != 1 || !whole || err != nil || len(state) != stateChars {
		return begun{}, false
	}
	return begun{state: state, path: oidc.LocalPath(string(decoded))}, true
}

// circling tells whether this browser finished a sign-in a moment ago.
func (c cookies) circling(r *http.Request) bool {
	value, _ := c.read(r, c.state)
	return value == settled
}

// sameOrigin tells whether a page of this gate sent a request. Browsers say so themselves: in Sec-Fetch-Site, or else in Origin,
// which they send with everything that may change something and with every web socket. A program sends neither, which is good
// enough where no page could have sent it like that; strict is for web sockets, which say nothing but Origin.
func (c cookies) sameOrigin(r *http.Request, strict bool) bool {
	origin, site := r.Header["Origin"], r.Header["Sec-Fetch-Site"]
	if len(origin) > 1 || len(site) > 1 || len(origin) == 1 && origin[0] != c.origin {
		return false
	}
	if len(site) == 1 && site[0] != "same-origin" && site[0] != "none" {
		return false
	}
	return len(origin) == 1 || !strict
}

// ownPage holds what a browser sends without being asked (its cookie, what its proxy vouches for) to pages of this gate: it is
// true of what changes nothing.
func (c cookies) ownPage(r *http.Request) bool {
	upgrade := len(r.Header["Upgrade"]) > 0
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return !upgrade || c.sameOrigin(r, true)
	}
	return c.sameOrigin(r, upgrade)
}
