package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"bailiwick/internal/fault"
)

// Access says whom a route answers.
type Access uint8

// The kinds of access. Unstated is the zero value, and stops the start.
const (
	Unstated Access = iota
	Public          // anybody, also without a name
	SignedIn        // whom the route's door recognises; the door refuses everybody else
)

// A Route is one address that the server answers.
type Route struct {
	Pattern   string // method and path, as http.ServeMux has it: "POST /access/v1/evaluation"
	Operation string // what somebody calls: "decisions.ask"; permissions, refusals and the log go by it
	Access    Access
	MaxBody   int64 // in bytes; 0 for the limit of the configuration
	Long      bool  // a stream or an upload: no limit of time; its context ends when the server stops
	Early     bool  // answered also while there is no organization yet
	Quiet     bool  // answers below 400 are logged at debug: probes, and decisions, which are counted elsewhere
	Handler   http.Handler
}

// check says what a route lacks.
func (r Route) check() error {
	method, path, both := strings.Cut(r.Pattern, " ")
	switch {
	case !both || method == "" || !strings.HasPrefix(path, "/"):
		return fault.New(fault.Internal, "the route %q does not name method and path", r.Pattern)
	case r.Operation == "":
		return fault.New(fault.Internal, "the route %q names no operation", r.Pattern)
	case r.Access != Public && r.Access != SignedIn:
		return fault.New(fault.Internal, "the route %q does not say whether it is public", r.Pattern)
	case r.Handler == nil:
		return fault.New(fault.Internal, "the route %q has no handler", r.Pattern)
	}
	return nil
}

// newMux checks the routes and enters them. A route that does not say what it is stops the start.
func newMux(routes []Route, shell *shell) (mux *http.ServeMux, err error) {
	mux = http.NewServeMux()
	for _, route := range routes {
		if err := route.check(); err != nil {
			return nil, err
		}
		if err := enter(mux, route, shell); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

// enter turns the panic, with which ServeMux refuses a pattern, into an error.
func enter(mux *http.ServeMux, route Route, shell *shell) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Internal, "the route %q cannot be entered: %v", route.Pattern, r)
		}
	}()
	mux.Handle(route.Pattern, &endpoint{Route: route, shell: shell})
	return nil
}

// An endpoint is a route with the limits around it.
type endpoint struct {
	Route
	shell *shell
}

// ServeHTTP notes which route was found, and bounds body and time.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	about := RequestOf(r.Context())
	about.route = &e.Route
	limit := e.MaxBody
	if limit == 0 {
		limit = int64(e.shell.config.LimitsBody)
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if e.Quiet && !e.Long {
		e.Handler.ServeHTTP(w, r) // probes and decisions bound themselves; the connection's own deadlines hold
		return
	}
	setHeaders(w.Header(), e.shell.pages)
	ctx, cancel := e.bounded(w, r.Context())
	defer cancel()
	e.Handler.ServeHTTP(w, r.WithContext(ctx))
}

// bounded is the context of a request: a time for most, the life of the server for streams.
func (e *endpoint) bounded(w http.ResponseWriter, ctx context.Context) (context.Context, context.CancelFunc) {
	if !e.Long {
		return context.WithTimeout(ctx, e.shell.config.LimitsRequest)
	}
	control := http.NewResponseController(w)
	// Errors mean that the connection knows no deadlines, and then it has none to lift.
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(e.shell.stopping, cancel)
	return ctx, func() { forget(); cancel() }
}

// checkPath refuses every spelling of a path but one, before anything is looked up by it: what stands in front of us,
// we, and what we forward to must not read three different things (attack 91).
func checkPath(uri string) error {
	path, _, _ := strings.Cut(uri, "?")
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("the request's target is not a path")
	}
	if strings.Contains(path, "//") {
		return fmt.Errorf("the path has an empty segment")
	}
	if decoded, err := url.PathUnescape(path); err != nil || !utf8.ValidString(decoded) {
		return fmt.Errorf("the path is not UTF-8")
	} else if _, err := url.PathUnescape(decoded); err == nil && strings.Contains(decoded, "%") {
		return fmt.Errorf("the path is escaped twice")
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "." || segment == ".." {
			return fmt.Errorf("the path has a dot segment")
		}
		if err := checkSegment(segment); err != nil {
			return err
		}
	}
	return nil
}

// checkSegment reads a segment whose escapes are known to be whole.
func checkSegment(s string) error {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			decoded := unhex(s[i+1])<<4 | unhex(s[i+2])
			if isUnreserved(decoded) || decoded == '/' || decoded == '\\' || decoded < ' ' || decoded == 0x7f {
				return fmt.Errorf("the path escapes a letter, a slash or a control character")
			}
			i += 2
		case c <= ' ' || c >= 0x7f || c == '\\' || c == ';' || c == '#':
			return fmt.Errorf("the path has a character that must not stand in it")
		}
	}
	return nil
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// isUnreserved tells whether RFC 3986 lets a character stand in a path unescaped, always.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
