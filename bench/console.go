package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

const (
	consoleCallers = 2                      // people who look at once
	consoleTurn    = 600 * time.Millisecond // how long a kind of page is asked for, and
	consoleLeast   = 100                    // how many are fetched at least
	consoleOf      = 40                     // pages of a kind: other people, teams, searches
	consoleLimit   = 100                    // ms
)

// A look is a kind of page of the console, and the addresses of some of that kind.
type look struct {
	what      string
	addresses []string
}

// measureConsole measures how long the pages of the console take over HTTP, of a server with W: for its owner, who sees everything, and for
// an administrator, who sees one platform.
func measureConsole(b *bench) error {
	var cookies []*http.Cookie
	var looks []look
	return served(func(folder string) (err error) {
		cookies, looks, err = b.visitors(folder)
		return err
	}, func(ours *process) error { return b.everyPage(ours, cookies, looks) })
}

func (b *bench) everyPage(ours *process, cookies []*http.Cookie, looks []look) error {
	first, err := ours.look(cookies[0], looks[0].addresses) // the server is reading the journal for the audit log
	if err != nil {
		return err
	}
	b.value("console: "+looks[0].what+", the first after a start", float64(first[len(first)-1]), "ms")
	var slowest time.Duration
	for _, l := range looks {
		shown := false
		for i, who := range []string{"", ", to who sees one platform"} {
			took, err := ours.look(cookies[i], l.addresses)
			switch last := i == len(cookies)-1; {
			case errors.Is(err, errAnswer) && (shown || !last): // not theirs to see
				continue
			case err != nil:
				return fmt.Errorf("%s%s: %w", l.what, who, err)
			}
			shown = true
			p99 := took[(len(took)*99-1)/100]
			slowest = max(slowest, p99)
			b.value("console: "+l.what+who+", p99", float64(p99), "ms").atMost(consoleLimit)
		}
	}
	b.value("console: the slowest page, p99", float64(slowest), "ms")
	return nil
}

// visitors imports W, opens a session of its owner and one of an administrator of the platform, and says what they look at.
func (b *bench) visitors(folder string) (cookies []*http.Cookie, looks []look, err error) {
	text, err := b.w.accessFile()
	if err != nil {
		return nil, nil, err
	}
	p, err := openProduct(folder)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := errors.Join(p.create(), p.apply(text)); err != nil {
		return nil, nil, err
	}
	st, err := p.engine.Current(acme)
	if err != nil {
		return nil, nil, err
	}
	who := []string{p.owner.Subject.ID, ""}
	for _, g := range st.GrantsAt(platform) {
		if g.Role == orgAdmin && g.To.Kind == access.User {
			who[1] = g.To.ID
		}
	}
	sessions := signin.NewSessions(p.engine, p.journal, signin.SessionOptions{})
	for _, user := range who {
		opened, err := sessions.Open(context.Background(), acme, user, signin.ByPassword, signin.From{Address: netip.MustParseAddr("127.0.0.1")}, time.Time{})
		if err != nil {
			return nil, nil, err
		}
		cookies = append(cookies, opened.Cookie)
	}
	return cookies, b.looks(st), nil
}

// looks are the kinds of pages, and where some of each are.
func (b *bench) looks(st *state.State) []look {
	// of is some addresses of a kind, made from people, teams or places.
	var people, emails, teams []string
	for _, u := range st.Users() {
		people, emails = append(people, u.ID), append(emails, u.Email)
	}
	for _, t := range st.Teams() {
		teams = append(teams, t.ID)
	}
	of := func(names []string, address func(name string) string) (list []string) {
		for i := range min(consoleOf, len(names)) {
			list = append(list, address(url.QueryEscape(names[i*len(names)/min(consoleOf, len(names))])))
		}
		return list
	}
	on := func(path string) func(string) string { return func(name string) string { return path + name } }
	everyUser := func(rest string) []string {
		return of(people, func(id string) string { return "/users/" + id + rest })
	}
	return []look{
		{"home", []string{"/"}},
		{"users", []string{"/users", "/users?platform=" + platform}},
		{"users, searched", of(emails, func(email string) string { return "/users?query=" + email[:len("person-00000")] })},
		{"a person", everyUser("/roles")},
		{"a person, one deployment open", everyUser("/roles?open=" + url.QueryEscape(b.w.deployments[0]))},
		{"the form of a role", everyUser("/role?on=" + url.QueryEscape(b.w.deployments[0]))},
		{"teams", []string{"/teams", "/teams?query=1"}},
		{"a team's members", of(teams, func(id string) string { return "/teams/" + id + "/members" })},
		{"a team's roles", of(teams, func(id string) string { return "/teams/" + id + "/roles?platform=" + platform })},
		{"service users", []string{"/service-users"}},
		{"platforms", []string{"/platforms"}},
		{"a platform", []string{"/platforms/" + platform + "/tree", "/platforms/" + platform + "/tree?query=location-01"}},
		{"a deployment", of(b.w.deployments, on("/platforms/"+platform+"/resource?path="))},
		{"roles", []string{"/roles?platform=" + platform, "/roles?platform=" + platform + "&one=viewer&other=admin"}},
		{"a role", of(ladder, on("/roles/"+platform+"/"))},
		{"who can, in a location", of(b.w.locations, on("/access?can="+platform+".runs.launch&on="))},
		{"who can, in a deployment", of(b.w.deployments, on("/access?can="+platform+".deployments.view&on="))},
		{"what somebody can, everywhere", of(emails, on("/access?who="))},
		{"why", of(emails, on("/access?can="+platform+".runs.launch&on="+url.QueryEscape(b.w.locations[7])+"&who="))},
		{"tokens", []string{"/tokens"}},
		{"the audit log", []string{"/audit", "/audit?action=grant.*", "/audit?target=" + url.QueryEscape("user:"+emails[len(emails)/2])}},
		{"settings", []string{"/settings/general", "/settings/plan", "/settings/signin", "/settings/danger"}},
		{"search everywhere", of(emails, func(email string) string { return "/search?query=" + email[:len("person-0000")] })},
		{"your account", []string{"/account"}},
	}
}

// look asks for pages with several callers at once, and returns what each took, sorted.
func (p *process) look(cookie *http.Cookie, addresses []string) ([]time.Duration, error) {
	requests := make([][]byte, 0, len(addresses))
	for _, a := range addresses {
		requests = append(requests, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\n\r\n", a, p.address, cookie.Name, cookie.Value))
	}
	took, errs := make([][]time.Duration, consoleCallers), make([]error, consoleCallers)
	var all sync.WaitGroup
	until := time.Now().Add(consoleTurn)
	for i := range consoleCallers {
		all.Go(func() {
			c, err := dial(p.address)
			if err != nil {
				errs[i] = err
				return
			}
			took[i], errs[i] = c.keepAsking(requests, i*len(requests)/consoleCallers, until, consoleLeast/consoleCallers)
			errs[i] = errors.Join(errs[i], c.Close())
		})
	}
	all.Wait()
	if err := cmp.Or(errs...); err != nil {
		return nil, err
	}
	each := slices.Concat(took...)
	slices.Sort(each)
	return each, nil
}
