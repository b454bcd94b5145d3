package gate

import (
	"net"
	"net/http"
	"strings"

	"bailiwick/internal/fault"
)

// checkHeaders refuses names with "_": CGI and WSGI servers take Remote_User for Remote-User. Errors are Invalid.
func checkHeaders(header http.Header) error {
	for name := range header {
		if strings.Contains(name, "_") {
			return fault.New(fault.Invalid, "a header's name has an underscore, which some servers read as a hyphen").Rather("write a hyphen").By("gate.header")
		}
	}
	return nil
}

// upstreamHeader makes the headers of a request to the upstream from a client's: what is on the list, and where it came from. Nothing
// else goes on: no cookie (Dagster has none, and the gate's are nobody else's business), no credential, no header that names a
// person or an address, no override of the method.
func (g *Gate) upstreamHeader(r *http.Request) http.Header {
	h := http.Header{}
	for _, name := range [...]string{"Accept", "Accept-Language", "User-Agent", "Traceparent", "Tracestate"} {
		copyHeader(h, r.Header, name)
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		h.Set("X-Forwarded-For", host)
	}
	h.Set("X-Forwarded-Host", g.Origin.Host)
	h.Set("X-Forwarded-Proto", g.Origin.Scheme)
	return h
}

func copyHeader(to, from http.Header, name string) {
	if values := from[name]; len(values) > 0 {
		to[name] = values
	}
}

// copyConditions adds those by which a client asks for what it does not have yet. They are for what is the same for everybody.
func copyConditions(to, from http.Header) {
	for _, name := range [...]string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		copyHeader(to, from, name)
	}
}

// clientHeader makes the headers of an answer from the upstream's. Cookies, rights of other origins and other addresses are not on
// the list: the gate's origin is not the upstream's to speak for.
func (g *Gate) clientHeader(from http.Header, status int, kind answerKind) http.Header {
	h := http.Header{}
	for _, name := range [...]string{
		"Accept-Ranges", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Range", "Content-Security-Policy",
		"Content-Type", "Date", "Feature-Policy", "Location", "Permissions-Policy", "Referrer-Policy", "Retry-After", "Vary", "X-Dagster-Call-Counts",
	} {
		copyHeader(h, from, name)
	}
	if location := h.Get("Location"); location != "" {
		h.Set("Location", g.relative(location))
	}
	good := status == http.StatusOK || status == http.StatusPartialContent || status == http.StatusNotModified
	if good && (kind == fixed || kind == fingerprint) {
		copyHeader(h, from, "Etag")
		copyHeader(h, from, "Last-Modified")
	}
	vary := h["Vary"]
	secure(h)
	h["Vary"] = append(h["Vary"], vary...)
	switch {
	case good && kind == fingerprint:
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	case good && kind == fixed:
		h.Set("Cache-Control", "private, no-cache")
	case kind == active:
		// Dagster shows notebooks in a frame of its own page. No script of theirs runs in the gate's origin.
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'")
		h.Set("X-Frame-Options", "SAMEORIGIN")
	}
	return h
}

// secure sets what every answer has: nobody else keeps it, frames it, or takes it for something else.
func secure(h http.Header) {
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if h.Get("Referrer-Policy") == "" {
		h.Set("Referrer-Policy", "same-origin")
	}
	h.Set("Vary", "Cookie, Authorization")
}

// relative turns an address of the upstream into one that is the gate's as well.
func (g *Gate) relative(location string) string {
	if rest, ok := strings.CutPrefix(location, g.Upstream.Scheme+"://"+g.Upstream.Host); ok && strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
		return rest
	}
	return location
}
