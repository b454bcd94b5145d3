package console

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

//go:embed pages
var pageFiles embed.FS

//go:embed files
var fileFiles embed.FS

// Options are what the pages need from the server. All fields are required but Demo and Heavy.
type Options struct {
	Engine  *decide.Engine
	Changes *change.Service
	Reader  *signin.Reader
	Desk    *signin.Desk
	// TokensUsed returns when tokens of an organization were last used, by opaque id.
	TokensUsed func(ctx context.Context, organization string) (map[string]time.Time, error)
	// External is the server's own address. Links are made from it and never from what a request says.
	External *url.URL
	// Unset tells whether there is no organization yet.
	Unset func() bool
	// About returns the id of a request and the address that it comes from, seen past the trusted proxies.
	About func(ctx context.Context) (id string, from netip.Addr)
	// History shows what happened.
	History *history.Recorder
	// CursorKey is a secret of at least 32 bytes that all replicas share: places in lists are sealed with it.
	CursorKey []byte
	// Heavy bounds the questions whose cost grows with the organization: what all doors share. Nil: its own.
	Heavy *inquiry.Heavy
	// Gates are the origins of gates by name.
	Gates map[string]string
	// Gated tells whether some gate of an organization is configured. Nil: none is.
	Gated func(organization string) bool
	// Demo lists people as whom anybody may look around, by e-mail; nil outside of a demo.
	Demo []Person
	Log  *slog.Logger
}

// A Person is somebody as whom a demo can be looked at.
type Person struct{ Email, Name, About string }

// A Route is one address that the pages answer.
type Route struct {
	Pattern   string // method and path, as http.ServeMux has it
	Operation string
	SignedIn  bool // only with a session: the others are anybody's
	Early     bool // answered also while there is no organization yet
	Quiet     bool
	MaxBody   int64 // in bytes
	Handler   http.Handler
}

// maxForm bounds what a form sends, in bytes.
const maxForm = 16 << 10

// pages answer.
type pages struct {
	Options
	templates *template.Template
	guard     *http.CrossOriginProtection
	cursors   *paging.Cursors
	policy    string
	answers   map[string]bool // addresses without parts that vary, of pages that there are
}

// New returns the pages' routes. It fails where an option is missing.
func New(o Options) ([]Route, error) {
	if o.Engine == nil || o.Changes == nil || o.Reader == nil || o.Desk == nil || o.TokensUsed == nil || o.External == nil || o.Unset == nil || o.About == nil || o.Log == nil || o.History == nil {
		return nil, fault.New(fault.Internal, "the pages lack an option")
	}
	if o.Heavy == nil {
		o.Heavy = inquiry.NewHeavy()
	}
	templates, err := parsePages()
	if err != nil {
		return nil, err
	}
	cursors, err := paging.New(o.CursorKey, "console")
	if err != nil {
		return nil, err
	}
	p := &pages{Options: o, templates: templates, guard: http.NewCrossOriginProtection(), cursors: cursors, policy: policyOf(o.Gates), answers: map[string]bool{}}
	routes := p.routes()
	for i := range routes {
		if address, is := strings.CutPrefix(routes[i].Pattern, "GET "); is {
			p.answers[address] = true
		}
	}
	return routes, nil
}

// parsePages reads the templates.
func parsePages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{"icon": icon, "counted": counted, "initials": initials, "with": with, "pieces": pieces}).ParseFS(pageFiles, "pages/*.html")
}

// A page is what the templates show.
type page struct {
	Title, Problem, Notice, Organization string
	Heading                              string // where it says something else than the title
	Demo                                 bool
	Part                                 string  // the entry of the navigation that the page belongs to
	Places                               []place // the navigation; none outside of the console
	Searching                            bool    // the page is the search itself
	Sends                                string  // origin that its form leads to besides our own
	Me                                   *me
	Glass                                []glass
	Content                              any
}

// me is who is signed in.
type me struct {
	Name, Email string
	Menu        []entry
}

// glass is a break-glass access that is open.
type glass struct {
	User, Reason string
	Until        time.Time
}

// policyOf is what a page of ours may load and send: its own files, and forms to ourselves. A sign-in that began at a gate
// ends there, and browsers hold that against the page with the form.
func policyOf(gates map[string]string) string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action " +
		strings.Join(append([]string{"'self'"}, slices.Sorted(maps.Values(gates))...), " ")
}

// show answers with a page.
func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, name string, c page) {
	c.Demo = p.Demo != nil
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, name+".html", c); err != nil {
		p.Log.ErrorContext(r.Context(), "a page cannot be shown", "page", name, "error", err)
		http.Error(w, "the page cannot be shown; the server's log says why", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	policy := p.policy
	if c.Sends != "" {
		policy += " " + c.Sends
	}
	h.Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // an error means that the browser has gone
}

// dress fills what every page of an organization shows.
func (p *pages) dress(c page, organization string, caller *signin.Caller) page {
	c.Organization = organization
	st, err := p.Engine.View(organization)
	if err != nil {
		return c
	}
	if caller != nil {
		if u := st.User(caller.Subject.ID); u != nil {
			c.Me = &me{Name: called(u), Email: u.Email}
		}
	}
	for _, g := range st.BreakGlass(st.Moment(p.Engine.Now())) {
		open := glass{User: "somebody who is gone", Until: time.UnixMicro(g.Until).UTC()}
		if caller != nil {
			open.Reason = g.Emergency.Reason
		}
		if u := st.User(g.User); u != nil && caller != nil {
			open.User = called(u)
		} else if caller == nil {
			open.User = "somebody"
		}
		c.Glass = append(c.Glass, open)
	}
	return c
}

// called is a user's name, or what else they go by.
func called(u *state.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.Email
}

// from says where a request comes from.
func (p *pages) from(r *http.Request) signin.From {
	id, address := p.About(r.Context())
	return signin.From{Address: address, Agent: r.UserAgent(), Request: id, Device: p.Desk.Device(r)}
}

// problem is what a page says of an error. What went wrong inside is for the log.
func (p *pages) problem(r *http.Request, err error) (text string, status int) {
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return sentences(err), http.StatusUnauthorized
	case fault.Is(err, fault.Forbidden):
		return sentences(err), http.StatusForbidden
	case fault.Is(err, fault.NotFound):
		return sentences(err), http.StatusNotFound
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		return sentences(err), http.StatusUnprocessableEntity
	case fault.Is(err, fault.Unavailable):
		return sentences(err), http.StatusServiceUnavailable
	}
	id, _ := p.About(r.Context())
	p.Log.ErrorContext(r.Context(), "a page failed", "error", err, "request", id)
	return "Something went wrong here; the server's log has more under the request " + id + ".", http.StatusInternalServerError
}

// sentences say what an error says to people: what is wrong, and what would be right. Fields and rules are for programs.
func sentences(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var all []string
	for _, part := range []string{e.Wrong, e.Right} {
		if part != "" {
			first, n := utf8.DecodeRuneInString(part)
			if word, _, _ := strings.Cut(part, " "); !strings.Contains(word, "@") { // an address stays as it is written
				first = unicode.ToUpper(first)
			}
			all = append(all, string(first)+part[n:]+".")
		}
	}
	return strings.Join(all, " ")
}

// message shows a few lines.
type message struct {
	Lines []string
	Facts []fact
	Links []link
}

// A fact is a line of a list with two columns.
type fact struct{ Name, Value string }

type link struct {
	Address, Text string
	Quiet         bool
}

func (p *pages) failed(w http.ResponseWriter, r *http.Request, title string, err error) {
	text, status := p.problem(r, err)
	p.show(w, r, status, "message", page{Title: title, Problem: text, Content: message{Links: []link{{Address: "/signin", Text: "To the sign-in page"}}}})
}
