package client

import (
	"fmt"
	"net/http"
	"strings"
)

// The kinds of error, and the statuses that they travel with.
const (
	Invalid         = "invalid"         // 400: the request is wrong and will stay wrong
	Unauthenticated = "unauthenticated" // 401: nobody known asks
	Forbidden       = "forbidden"       // 403: somebody known asks, and may not
	NotFound        = "not_found"       // 404: there is no such thing, or none that the caller may know of
	Conflict        = "conflict"        // 409: it clashes with what is there now
	Unavailable     = "unavailable"     // 503: not now; the same request may succeed again
	Internal        = "internal"        // 500: a defect or a failure of the server's
)

// Status returns the HTTP status of a kind of error; that of Internal where the kind is not known.
func Status(kind string) int {
	switch kind {
	case Invalid:
		return http.StatusBadRequest
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ErrorAnswer is the body of every answer whose status is 400 or above.
type ErrorAnswer struct {
	Error Error `json:"error"`
}

// An Error is what the server answered in place of what was asked for.
type Error struct {
	Kind     string    `json:"kind"`               // one of the constants above
	Message  string    `json:"message"`            // what is wrong, as a sentence without a full stop
	Field    string    `json:"field,omitempty"`    // the field of the request: "commands[3].role"
	Rule     string    `json:"rule,omitempty"`     // stable name of the rule: "last_administrator"
	Right    string    `json:"right,omitempty"`    // what would be right
	Problems []Problem `json:"problems,omitempty"` // of an access file: each one with its place

	Status    int    `json:"-"` // HTTP status
	RequestID string `json:"-"` // X-Request-ID, by which the server's log names the request
}

// Error writes FIELD: wrong; right (rule NAME), or every problem of a file on a line of its own.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Right != "" {
		b.WriteString("; " + e.Right)
	}
	if e.Rule != "" {
		b.WriteString(" (rule " + e.Rule + ")")
	}
	if e.Kind == Internal && e.RequestID != "" {
		fmt.Fprintf(&b, " (the server's log tells more about request %s)", e.RequestID)
	}
	for _, problem := range e.Problems {
		b.WriteString("\n" + problem.String())
	}
	return b.String()
}

// A Problem is one thing that is wrong with an access file, or one reason for which the server would refuse it.
type Problem struct {
	Kind  string `json:"kind"`            // kind of error: "invalid" (the file), "forbidden" (the caller), "conflict" (the state)
	Place string `json:"place,omitempty"` // "FILE:LINE:COLUMN"
	Path  string `json:"path,omitempty"`  // of the key or value: "grants[3].role"
	Wrong string `json:"wrong"`
	Right string `json:"right,omitempty"`
	Rule  string `json:"rule,omitempty"` // stable name: "last_administrator", "may_give"
}

// String writes PLACE: path: what is wrong; what would be right (rule NAME).
func (p Problem) String() string {
	var b strings.Builder
	for _, part := range []string{p.Place, p.Path} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(p.Wrong)
	if p.Right != "" {
		b.WriteString("; " + p.Right)
	}
	if p.Rule != "" {
		b.WriteString(" (rule " + p.Rule + ")")
	}
	return b.String()
}
