package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// homeContent is the first page.
type homeContent struct {
	Steps    []step
	Done     int // of those
	Left     int
	Figures  []figure
	Concerns []concern
	Latest   []latestLine
	Log      bool // the audit log is the caller's to read
	Mine     []ownPlatform
}

// A latestLine is a line of the audit log.
type latestLine struct {
	Said string
	Time time.Time
}

// A step is something that a new organization does first.
type step struct {
	Title, Text string
	Address     string // where the caller does it; "" where they may not
	Done        bool
}

// A figure is how many there are of something.
type figure struct{ Number, Name, Address string }

// An ownPlatform is what somebody may do themselves on one platform.
type ownPlatform struct {
	Product, Slug, License string
	Roles                  []ownRole
}

// An ownRole is a role that somebody has: themselves, or by a team.
type ownRole struct{ Role, Where, Via, Until string }

// home shows the first page, or sends whoever is not signed in to do that.
func (p *pages) home(w http.ResponseWriter, r *http.Request) {
	caller, err := p.caller(w, r)
	if err != nil {
		http.Redirect(w, r, p.signInPage("/"), http.StatusSeeOther)
		return
	}
	p.ask(w, r, caller, (*asking).home)
}

// home greets the caller with what they look after; somebody who looks after nothing, with what they may do themselves.
func (a *asking) home() error {
	c, title := homeContent{}, "Welcome"
	u := a.now.User(a.caller.Subject.ID)
	if u != nil {
		title = "Welcome, " + called(u)
	}
	if !a.looksAfterOthers() {
		if u != nil {
			c.Mine = a.own(u)
		}
	} else {
		c.Steps = a.steps()
		for _, s := range c.Steps {
			if s.Done {
				c.Done++
			}
		}
		c.Left = len(c.Steps) - c.Done
		var err error
		if c.Figures, c.Concerns, err = a.overview(); err != nil {
			return err
		}
	}
	if err := a.latest(&c); err != nil {
		return err
	}
	a.render(http.StatusOK, "/", "home", page{Title: "Home", Heading: title, Content: c})
	return nil
}

// looksAfterOthers tells whether the caller sees everything, or can do something about others.
func (a *asking) looksAfterOthers() bool {
	_, noAdding := a.adding()
	return a.view.All() || noAdding == "" || a.mayOperate(access.OpMemberAdd) || a.createReason() == "" || a.view.GovernsIdentities("users.manage")
}

const (
	mostLatest = 5          // lines of the audit log that the first page has
	mostPages  = 3          // pages of it that are looked through for them
	exported   = "exported" // an action that changes nothing
)

// latest adds the last changes, where the caller may read the audit log. That they were shown is a line in it.
func (a *asking) latest(c *homeContent) error {
	within, err := a.asker().AuditWithin()
	if err != nil {
		return nil //nolint:nilerr // the page has no such part for this caller
	}
	q := history.Query{Within: within, Journal: true, Limit: 6 * mostLatest}
	for range mostPages {
		found, err := a.History.Trail().List(a.r.Context(), a.now, q)
		if err != nil {
			return err
		}
		for i := range found.Rows {
			row := &found.Rows[i]
			if len(c.Latest) < mostLatest && row.Action != exported && !strings.HasPrefix(row.Actor, "rule:") { // what follows from rules is for the log
				c.Latest = append(c.Latest, latestLine{a.said(row), row.Time})
			}
		}
		if q.Cursor = found.Next; q.Cursor == "" || len(c.Latest) == mostLatest {
			break
		}
	}
	a.note("audit.read", "allowed", "the last changes were shown on the first page")
	c.Log = true
	return nil
}

// steps are the five things to begin with. What is true already is found in the facts.
func (a *asking) steps() []step {
	_, noAdding := a.adding()
	counts := a.now.Counts()
	gate := step{Title: "Connect a Dagster", Text: "A gate in front of it asks here before anything is done.", Done: a.Gated != nil && a.Gated(a.caller.Organization) || a.hasToken(func(t *state.Token) bool { return t.Kind == "gate" })}
	if a.view.May(accessfile.Directory, "platforms.attach") {
		gate.Address = "/platforms"
	}
	mate := step{Title: "Invite a teammate", Text: "Somebody who can stand in for you.", Done: counts.Users > 1}
	if noAdding == "" {
		mate.Address = "/users/add"
	}
	team := step{Title: "Create a team", Text: "Roles given to a team come and go with its members.", Done: counts.Teams > 0}
	if a.createReason() == "" {
		team.Address = "/teams/new"
	}
	sso := step{Title: "Connect single sign-on", Text: "People sign in with the account that they have.", Done: slices.ContainsFunc(a.now.Providers(), func(p *state.Provider) bool { return p.Enabled })}
	if a.seesSettings() && a.view.GovernsIdentities("signin.manage") {
		sso.Address = "/settings/signin"
	}
	token := step{Title: "Make a token", Text: "For the command line and for programs that act for you.", Address: "/tokens/new",
		Done: a.hasToken(func(t *state.Token) bool { return t.Holder == a.caller.Subject })}
	return []step{gate, mate, team, sso, token}
}

// hasToken tells whether there is a token in force of a kind.
func (a *asking) hasToken(of func(*state.Token) bool) bool {
	for _, t := range a.now.Tokens() {
		if !t.Ended && (t.Expires == 0 || t.Expires > a.at.UnixMicro()) && of(t) {
			return true
		}
	}
	return false
}

// own lists what the caller may do, platform by platform, and how that came about.
func (a *asking) own(u *state.User) []ownPlatform {
	of := map[string]*ownPlatform{}
	for _, slug := range a.now.Slugs() {
		if p := a.now.Platform(slug); a.now.Concerns(u, slug, a.at) {
			of[slug] = &ownPlatform{Product: p.Model.Product, Slug: slug}
			if len(p.Model.Licenses) > 0 {
				of[slug].License = licenseTitle(p, u.Licenses[slug])
			}
		}
	}
	for _, g := range a.view.Mine(nil).Over(a.now).Held(a.caller.Subject, u.Teams) {
		slug := access.SlugOf(g.On)
		if of[slug] == nil || g.Until != nil && !a.at.Before(*g.Until) || g.From != nil && a.at.Before(*g.From) {
			continue
		}
		role := ownRole{Role: a.roleTitle(g), Where: strings.TrimPrefix(g.On, slug+"/")}
		if g.On == slug {
			role.Where = "everywhere"
		}
		if _, name, by := strings.Cut(g.Via, ":"); by {
			role.Via = name
		}
		if g.Until != nil {
			role.Until = g.Until.UTC().Format("2 Jan 2006")
		}
		of[slug].Roles = append(of[slug].Roles, role)
	}
	var list []ownPlatform
	for _, slug := range a.now.Slugs() {
		if own := of[slug]; own != nil && (len(own.Roles) > 0 || slug != accessfile.Directory) {
			slices.SortStableFunc(own.Roles, func(x, y ownRole) int { return cmp.Compare(x.Where, y.Where) })
			list = append(list, *own)
		}
	}
	return list
}
