package oidc

import (
	"net/url"
	"path"
	"strings"
)

// maxNext keeps the flow cookie small enough for every browser.
const maxNext = 1024

// LocalPath returns next if a browser takes it for a path on this very host, however the browser, a proxy or a router reads
// it, and "/" if there is any doubt.
func LocalPath(next string) string {
	if local(next) {
		return next
	}
	return "/"
}

// local is strict on purpose: browsers drop tabs and newlines, take \ for /, and trim what is not printable; proxies decode
// once or twice. What none of them would change is left.
func local(next string) bool {
	if next == "" || len(next) > maxNext || next[0] != '/' {
		return false
	}
	if strings.ContainsFunc(next, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '\\' || c == '#' }) {
		return false
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return false
	}
	// The decoded path is judged as strictly as the written one; an encoded % would be a second layer.
	if strings.ContainsFunc(u.Path, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' || c == '%' }) {
		return false
	}
	written, _, _ := strings.Cut(next, "?")
	return clean(u.Path) && strings.Count(written, "/") == strings.Count(u.Path, "/")
}

// clean tells that a path has no empty segment and none of dots; one slash at the end is allowed.
func clean(p string) bool {
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}
