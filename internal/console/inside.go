package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// An asking is one request for a page of the console, by somebody who is signed in.
type asking struct {
	*pages
	w      http.ResponseWriter
	r      *http.Request
	caller *signin.Caller
	now    *state.State
	at     time.Time
	view   *sight.View
	began  string // the page on which a change began; "" where there is none
}

// inside is a page of the console. An error that it returns is shown in place of it.
func (p *pages) inside(pattern, operation string, answer func(*asking) error) Route {
	return p.mine(pattern, operation, func(w http.ResponseWriter, r *http.Request, caller *signin.Caller) { p.ask(w, r, caller, answer) })
}

// ask lets a page of the console answer somebody who is signed in.
func (p *pages) ask(w http.ResponseWriter, r *http.Request, caller *signin.Caller, answer func(*asking) error) {
	current := p.Engine.Current
	if r.Method == http.MethodGet { // what only shows may be as old as the operator allows
		current = p.Engine.View
	}
	now, err := current(caller.Organization)
	if err != nil {
		p.failed(w, r, "This cannot be shown now", err)
		return
	}
	a := &asking{pages: p, w: w, r: r, caller: caller, now: now, at: now.Moment(p.Engine.Now())}
	a.view = sight.Of(now, a.principal(), a.at)
	if err := answer(a); err != nil {
		a.refused(err)
	}
}

// actor is the caller as package change knows callers, and what refusals may tell them of.
func (a *asking) actor() change.Actor { return a.view.Actor() }

// principal is who the caller is.
func (a *asking) principal() change.Actor {
	id, _ := a.About(a.r.Context())
	return change.Actor{Subject: a.caller.Subject, Emergency: a.caller.Emergency, Via: "console", Request: id}
}

// asker asks about the present for the caller.
func (a *asking) asker() *inquiry.Asker {
	return &inquiry.Asker{Caller: a.caller, View: a.view, Now: a.now, State: a.now, At: a.at}
}

// query is a parameter of the address.
func (a *asking) query(name string) string { return strings.TrimSpace(a.r.URL.Query().Get(name)) }

// perPage is how many lines of a list are shown at once.
const perPage = 50

// page reads which page of a list is asked for. The question is what the list depends on.
func (a *asking) page(question ...string) (paging.Page, error) {
	return a.cursors.Page("after", a.query("after"), perPage, append([]string{a.caller.Organization}, question...)...)
}

// render shows a page of the console. The part is the entry of the navigation that it belongs to.
func (a *asking) render(status int, part, name string, c page) {
	c.Part, c.Places = part, a.places(part)
	c = a.dress(c, a.caller.Organization, a.caller)
	if c.Me != nil {
		c.Me.Menu = a.menu()
	}
	a.show(a.w, a.r, status, name, c)
}

// refused shows an error in place of the page that was asked for.
func (a *asking) refused(err error) {
	text, status := a.problem(a.r, err)
	title := "This was not done"
	switch {
	case fault.Is(err, fault.Forbidden) && a.r.Method == http.MethodGet:
		title = "This is not yours to see"
	case fault.Is(err, fault.NotFound):
		title = "There is no such page"
	case a.r.Method == http.MethodGet:
		title = "This cannot be shown"
	}
	back := link{Address: "/", Text: "Home", Quiet: true}
	if a.began != "" {
		back = link{Address: a.began, Text: "Back", Quiet: true}
	}
	a.render(status, "", "message", page{Title: title, Problem: text, Content: message{Links: []link{back}}})
}

// A place is an entry of the navigation.
type place struct {
	Address, Name, Icon string
	Key                 string // typed after g, it leads there
	Here                bool
}

// places is the navigation: at most eight entries, and only what there is and the caller may look at.
func (a *asking) places(part string) []place {
	all := []place{{Address: "/", Name: "Home", Icon: "house", Key: "h"}}
	if !a.view.None() {
		all = append(all, place{Address: "/users", Name: "Users", Icon: "user", Key: "u"})
		all = append(all, place{Address: "/teams", Name: "Teams", Icon: "users", Key: "t"})
		if a.serviceUsersExist() {
			all = append(all, place{Address: "/service-users", Name: "Service users", Icon: "bot", Key: "s"})
		}
		all = append(all, place{Address: "/platforms", Name: "Platforms", Icon: "layers", Key: "p"})
	}
	if !a.view.None() {
		all = append(all, place{Address: "/roles", Name: "Roles", Icon: "shield", Key: "r"})
	}
	all = append(all, place{Address: "/access", Name: "Access", Icon: "network", Key: "a"})
	if _, err := a.asker().AuditWithin(); err == nil {
		all = append(all, place{Address: "/audit", Name: "Audit log", Icon: "scroll-text", Key: "l"})
	}
	for i := range all {
		all[i].Here = all[i].Address == part
	}
	return all
}

// An entry of the user menu.
type entry struct {
	Address, Name, Icon string
	Beneath             bool // it belongs to the one above
}

// menu is the user menu: what is the caller's own, and where the organization is administered. An entry is there when its page
// is, and the caller may look at it.
func (a *asking) menu() []entry {
	all := []entry{{Address: "/account", Name: "Your account", Icon: "user"}, {Address: "/account#tokens", Name: "Your tokens", Icon: "key-round"}}
	if a.view.None() {
		return all
	}
	beneath := []entry{{Address: "/users", Name: "Users", Icon: "user", Beneath: true}, {Address: "/teams", Name: "Teams", Icon: "users", Beneath: true}}
	if a.answers["/tokens"] {
		beneath = append(beneath, entry{Address: "/tokens", Name: "Tokens", Icon: "key-round", Beneath: true})
	}
	beneath = append(beneath, entry{Address: "/platforms", Name: "Deployments", Icon: "layers", Beneath: true})
	settings := entry{Address: beneath[0].Address, Name: "Organization Settings", Icon: "settings"}
	if a.seesSettings() {
		settings.Address = "/settings"
	}
	return append(append(all, settings), beneath...)
}

// seesSettings tells whether there is a page of the organization's settings that the caller may look at.
func (a *asking) seesSettings() bool {
	return len(a.settingsTabs("")) > 0
}

// initials stand for a person in the user menu.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if letters = append(letters, unicode.ToUpper([]rune(word)[0])); len(letters) == 2 {
			break
		}
	}
	return string(letters)
}

// with is an address with parameters, without those that are empty: what filters and pages lead to.
func with(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// do carries out commands as the caller, on the state that the caller was shown if expected is not 0.
func (a *asking) do(how change.How, commands ...client.Command) (change.Result, error) {
	return a.Changes.Do(a.r.Context(), a.caller.Organization, a.actor(), how, commands...)
}
