package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// The session cookie's names. A browser takes a "__Host-" cookie only over https, only with Path=/ and without Domain, so
// that no other host and no page over http can set it. Only a server on a loopback address without https uses the other.
const (
	secureCookie = "__Host-bwk_session"
	plainCookie  = "bwk_session"
)

// CookieName is the name of the cookie for an audience: "" is our own origin, else a gate's. Cookies are not kept apart by
// port, so each gate's has a name of its own.
func CookieName(audience string, secure bool) string {
	name := plainCookie
	if secure {
		name = secureCookie
	}
	if audience == "" {
		return name
	}
	sum := sha256.Sum256([]byte(audience))
	return name + "_" + hex.EncodeToString(sum[:4])
}

// cookie carries a session's secret to the browser. It has no end of its own: the server knows when a session is over.
func (s *Sessions) cookie(audience, value string) *http.Cookie {
	if audience != "" {
		return GateCookie(audience, value)
	}
	return newCookie(audience, value, s.options.Secure)
}

// GateCookie carries the secret of a session at a gate's origin to the browser.
func GateCookie(origin, value string) *http.Cookie {
	return newCookie(origin, value, strings.HasPrefix(origin, "https:"))
}

func newCookie(audience, value string, secure bool) *http.Cookie {
	return &http.Cookie{Name: CookieName(audience, secure), Value: value, Path: "/", Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// NoCookie takes our own session cookie away from the browser.
func (s *Sessions) NoCookie() *http.Cookie {
	c := s.cookie("", "")
	c.MaxAge = -1
	return c
}

// cookieIn returns the value of a cookie and how often it is there. Of two, one may be what another host planted: nobody
// knows which. It allocates nothing, which Request.Cookies does.
func cookieIn(header http.Header, name string) (value string, times int) {
	for _, line := range header["Cookie"] {
		for more := true; more; {
			var part string
			part, line, more = strings.Cut(line, ";")
			if key, v, found := strings.Cut(strings.Trim(part, " \t"), "="); found && key == name {
				value, times = v, times+1
			}
		}
	}
	return value, times
}
