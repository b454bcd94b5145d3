package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what an error means to whoever called.
type Kind uint8

// The kinds. Internal is the zero value: an error that nobody classified is ours.
const (
	Internal        Kind = iota // a defect or a failure of ours
	Invalid                     // the request is wrong and will stay wrong
	Unauthenticated             // nobody known asks
	Forbidden                   // somebody known asks, and may not
	NotFound                    // there is no such thing, or none that the caller may know of
	Conflict                    // it clashes with what is there now
	Unavailable                 // not now; the same request may succeed again
)

// String returns the kind's stable name, as doors print it: "invalid", "forbidden" and so on.
func (k Kind) String() string {
	return [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not_found", "conflict", "unavailable"}[k]
}

// An Error says what was wrong, where, by which rule, and what would be right. Empty parts are left out of its text.
type Error struct {
	Kind  Kind
	Field string // the argument or field: "grants[3].role"
	Rule  string // stable name of the rule: "last_administrator"
	Wrong string // what is wrong, as a sentence without a full stop
	Right string // what would be right, likewise
	Err   error  // the cause, for logs; never shown to a caller from outside
}

// Error writes the parts that a caller may see: FIELD: wrong; right (rule NAME).
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Wrong)
	if e.Right != "" {
		b.WriteString("; " + e.Right)
	}
	if e.Rule != "" {
		b.WriteString(" (rule " + e.Rule + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; the format says what is wrong.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Wrong: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a kind with a cause.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Wrong: fmt.Sprintf(format, args...), Err: err}
}

// In names the field.
func (e *Error) In(field string) *Error { e.Field = field; return e }

// By names the rule.
func (e *Error) By(rule string) *Error { e.Rule = rule; return e }

// Rather says what would be right.
func (e *Error) Rather(format string, args ...any) *Error {
	e.Right = fmt.Sprintf(format, args...)
	return e
}

// Of returns the kind of an error: that of the first *Error in its chain, else Internal.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether an error is of a kind. No error is of none.
func Is(err error, kind Kind) bool { return err != nil && Of(err) == kind }
