package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// accountContent is what somebody sees of their own account.
type accountContent struct {
	Name, Email, Organization string
	Roles                     []roleLine
	Sessions                  []sessionLine
	Others, Password          bool
	Tokens                    []tokenRow // that work
	Ways                      []string
	Linkable                  []button
}

type roleLine struct{ Platform, Role string }

type sessionLine struct {
	ID, Method, Agent, Address, Gate string
	Started, Seen                    time.Time
	Here                             bool
}

// account shows the caller's own account, as it is at this moment.
func (a *asking) account() error { return a.showAccount(http.StatusOK, "") }

func (a *asking) showAccount(status int, problem string) error {
	st, err := a.Engine.Current(a.caller.Organization)
	if err != nil {
		return err
	}
	u := st.User(a.caller.Subject.ID)
	if u == nil {
		return fault.New(fault.NotFound, "you are not in the directory any more")
	}
	c := accountContent{Name: u.Name, Email: u.Email, Organization: a.caller.Organization, Password: u.Password != ""}
	at := st.Moment(a.Engine.Now())
	for _, slug := range st.Slugs() {
		if e, _ := st.Access.Effective(a.caller.Subject, slug, at); len(e.Roles) > 0 {
			c.Roles = append(c.Roles, roleLine{Platform: st.Platform(slug).Model.Product, Role: strings.Join(titles(st.Platform(slug), e.Roles), ", ")})
		}
	}
	if err := a.listSessions(st, &c); err != nil {
		return err
	}
	tokens, _, err := a.tokensOf(a.caller.Subject)
	if err != nil {
		return err
	}
	c.Tokens = slices.DeleteFunc(tokens, func(t tokenRow) bool { return t.State != "active" })
	listWays(st, u, &c)
	a.render(status, "", "account", page{Title: "Your account", Problem: problem, Content: c})
	return nil
}

// titles are what people call roles of a platform.
func titles(p *state.Platform, names []string) []string {
	list := slices.Clone(names)
	for i, name := range list {
		if r := p.Model.Role(name); r != nil && r.Title != "" {
			list[i] = r.Title
		}
	}
	return list
}

func (a *asking) listSessions(st *state.State, c *accountContent) error {
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, a.caller.Subject.ID)
	if err != nil {
		return err
	}
	for _, s := range open {
		line := sessionLine{ID: s.ID, Method: methodInWords(st, s.Method), Agent: browser(s.Agent), Address: s.Address, Gate: s.Gate,
			Started: s.Started, Seen: s.Seen, Here: s.ID == a.caller.Session}
		c.Sessions = append(c.Sessions, line)
		c.Others = c.Others || !line.Here
	}
	return nil
}

// listWays says how somebody can sign in, and which ways they could add.
func listWays(st *state.State, u *state.User, c *accountContent) {
	if u.Password != "" {
		way := "With a password"
		if !change.PasswordsAllowed(st) {
			way += " (off in this organization)"
		}
		c.Ways = append(c.Ways, way)
	}
	var linked []string
	for _, i := range st.IdentitiesOf(u.ID) {
		if pr := st.Provider(i.Provider); pr != nil {
			c.Ways = append(c.Ways, "With "+pr.Name+", as "+i.Account.Email)
			linked = append(linked, pr.Provider)
		}
	}
	for _, pr := range st.Providers() {
		if pr.Enabled && !slices.Contains(linked, pr.Provider) {
			c.Linkable = append(c.Linkable, button{Name: pr.Name, Address: "/account/link/" + url.PathEscape(pr.Provider)})
		}
	}
	if len(c.Ways) == 0 {
		c.Ways = []string{"With a token only"}
	}
}

func methodInWords(st *state.State, method string) string {
	if id, by := signin.ProviderOf(method); by {
		if pr := st.Provider(id); pr != nil {
			return pr.Name
		}
		return "an identity provider"
	}
	switch method {
	case signin.ByPassword:
		return "password"
	case signin.ByLink:
		return "one-time link"
	case signin.ByBreakGlass:
		return "break-glass"
	}
	return method
}

// browser shortens what a browser says of itself to what people recognise.
func browser(agent string) string {
	for _, known := range []struct{ mark, name string }{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}} {
		if strings.Contains(agent, known.mark) {
			return known.name
		}
	}
	if agent == "" {
		return "unknown"
	}
	return "another browser"
}

func (a *asking) endSession() error {
	return a.then(client.SessionEnd{Session: a.r.PathValue("session")})
}

// endOthers ends every other session of the caller's.
func (a *asking) endOthers() error {
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, a.caller.Subject.ID)
	if err != nil {
		return err
	}
	var commands []client.Command
	for _, s := range open {
		if s.ID != a.caller.Session {
			commands = append(commands, client.SessionEnd{Session: s.ID})
		}
	}
	return a.then(commands...)
}

// then carries out commands and shows the account again.
func (a *asking) then(commands ...client.Command) error {
	if _, err := a.do(change.How{}, commands...); err != nil {
		text, status := a.problem(a.r, err)
		return a.showAccount(status, text)
	}
	http.Redirect(a.w, a.r, "/account", http.StatusSeeOther)
	return nil
}
