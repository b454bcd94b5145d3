package signin

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// A Caller is who sends a request: a subject of an organization, by a session, or by a token that may narrow what the
// subject can do. A Caller that is in use must not be changed; the slices are the state's.
type Caller struct {
	Organization string
	Subject      access.Subject
	Token        string // opaque id; "" with a session, and of whom a proxy vouches for
	Session      string // opaque id; "" with a token, and of whom a proxy vouches for
	Kind         Kind
	// Permissions narrow to these, each with its platform ("dagster.runs.view"); empty: all of the subject's.
	Permissions []string
	// Scopes narrow to what is at or beneath these paths; empty: everywhere.
	Scopes  []string
	Expires time.Time // zero: never
	// Emergency is true of a break-glass session.
	Emergency bool
	// Renewed, where it is set, is the session's new cookie. The door puts it on its answer, whatever the answer is: the
	// cookie of the request works for ten seconds more.
	Renewed *http.Cookie

	live  *live     // the session
	since time.Time // when somebody was vouched for
}

// Allows tells whether the token lets through a permission, named with its platform, at a path. It gives nothing: the
// subject must hold the permission as well. Whatever cannot be understood is not let through.
func (c *Caller) Allows(permission, path string) bool {
	if len(c.Permissions) > 0 && !slices.Contains(c.Permissions, permission) {
		return false
	}
	if len(c.Scopes) == 0 {
		return true
	}
	asked, err := access.SplitPath(path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(c.Scopes, func(scope string) bool { return covers(scope, asked) })
}

// covers tells whether a path is at or beneath a scope. A "*" in the scope stands for one segment of its kind, and for
// itself. The platforms' own rules about "*" scopes do not count here: a token can only be narrower for it.
func covers(scope string, asked []access.Segment) bool {
	segments, err := access.SplitPath(scope)
	if err != nil || len(segments) > len(asked) {
		return false
	}
	for i, s := range segments {
		if s != asked[i] && (!s.Star || s.Prefix != asked[i].Prefix) {
			return false
		}
	}
	return true
}

// Reaches tells whether the token lets anything through on a platform.
func (c *Caller) Reaches(slug string) bool {
	at := func(text, mark string) bool { return strings.HasPrefix(text, slug+mark) }
	permitted := len(c.Permissions) == 0 || slices.ContainsFunc(c.Permissions, func(p string) bool { return at(p, ".") })
	return permitted && (len(c.Scopes) == 0 || slices.ContainsFunc(c.Scopes, func(s string) bool { return s == slug || at(s, "/") }))
}

// Narrowed tells whether the token leaves out anything of what its subject can do.
func (c *Caller) Narrowed() bool { return len(c.Permissions) > 0 || len(c.Scopes) > 0 }

// String names the caller for logs, by opaque ids.
func (c *Caller) String() string {
	return strings.Join([]string{c.Organization, c.Subject.String(), c.Token + c.Session}, " ")
}
