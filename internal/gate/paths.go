package gate

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"bailiwick/internal/fault"
)

// A target is a request's path, taken apart once, in the one form in which it may be written. Starlette decodes a path before
// it looks for a route and Go's clients and proxies clean it, so that "/%67raphql", "//graphql" and "/x/..%2fgraphql" are
// different things to different programs; here they are nothing.
type target struct {
	segments []string // decoded, those of the gate's prefix left out; the last is "" after a slash at the end
	slashes  bool     // one of them has a slash within, which Starlette would take for one between
	query    string   // as it came
}

func misread(wrong, right string) error {
	return fault.New(fault.Invalid, "%s", wrong).Rather("%s", right).By("gate.path")
}

// readTarget reads the request line's target, of which nothing was cleaned yet. Errors are Invalid.
func readTarget(line string) (target, error) {
	path, query, _ := strings.Cut(line, "?")
	if !strings.HasPrefix(path, "/") {
		return target{}, misread("the request names a whole address, or no path", "send the path alone")
	}
	if strings.ContainsAny(line, "#") || strings.ContainsAny(path, ";\\") {
		return target{}, misread("the path has a character that programs read differently", "leave out ; \\ and #")
	}
	t := target{query: query}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		decoded, err := segment(part)
		if err != nil {
			return target{}, err
		}
		if decoded == "" && i < len(parts)-1 {
			return target{}, misread("the path has two slashes in a row", "write one")
		}
		t.slashes = t.slashes || strings.Contains(decoded, "/")
		t.segments = append(t.segments, decoded)
	}
	return t, nil
}

// segment decodes one step of a path. What need not be encoded must not be.
func segment(part string) (string, error) {
	for i := range len(part) {
		if c := part[i]; c <= ' ' || c >= 0x7f {
			return "", misread("the path has a character that must be encoded", "encode what is not ASCII")
		}
		if part[i] == '%' && i+2 < len(part) {
			if c, err := url.PathUnescape(part[i : i+3]); err == nil && unreserved(c[0]) {
				return "", misread("the path has "+part[i:i+3]+" for "+c, "write it plainly")
			}
		}
	}
	decoded, err := url.PathUnescape(part)
	if err != nil || !utf8.ValidString(decoded) {
		return "", misread("the path is not well encoded", "encode UTF-8")
	}
	for step := range strings.SplitSeq(decoded, "/") {
		if step == "." || step == ".." || step == "" && decoded != "" {
			return "", misread("the path has a step that is "+quoted(step), "write the path that is meant")
		}
	}
	if strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return "", misread("the path has a control character or a backslash", "")
	}
	return decoded, nil
}

func quoted(step string) string { return `"` + step + `"` }

// unreserved tells whether a byte never needs to be encoded (RFC 3986 2.3).
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// within takes the prefix off; false if the path is not there.
func (t target) within(prefix string) (target, bool) {
	for step := range strings.SplitSeq(strings.TrimPrefix(prefix, "/"), "/") {
		if step == "" {
			continue
		}
		if len(t.segments) == 0 || t.segments[0] != step {
			return t, false
		}
		t.segments = t.segments[1:]
	}
	return t, true
}

// join writes segments as the one path that they are.
func join(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}
