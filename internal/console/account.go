package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
	Name, Email, Organization, NewToken string
	Roles                               []roleLine
	Sessions                            []sessionLine
	Others, Password                    bool
	Tokens                              []tokenLine
	Ways                                []string
	Linkable                            []button
}

type roleLine struct{ Platform, Role string }

type sessionLine struct {
	ID, Method, Agent, Address, Gate string
	Started, Seen                    time.Time
	Here                             bool
}

type tokenLine struct {
	ID, Kind, Last, Description, Ends, Used string
	Narrowed                                bool
}

func (p *pages) account(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	p.showAccount(w, r, caller, http.StatusOK, "", "")
}

func (p *pages) showAccount(w http.ResponseWriter, r *http.Request, caller *signin.Caller, status int, problem, secret string) {
	st, err := p.Engine.Current(caller.Organization)
	if err != nil {
		p.failed(w, r, "Your account", err)
		return
	}
	u := st.User(caller.Subject.ID)
	if u == nil {
		p.failed(w, r, "Your account", fault.New(fault.NotFound, "you are not in the directory any more"))
		return
	}
	c := accountContent{Name: u.Name, Email: u.Email, Organization: caller.Organization, NewToken: secret, Password: u.Password != ""}
	at := st.Moment(p.Engine.Now())
	for _, slug := range st.Slugs() {
		if e, _ := st.Access.Effective(caller.Subject, slug, at); len(e.Roles) > 0 {
			c.Roles = append(c.Roles, roleLine{Platform: slug, Role: strings.Join(e.Roles, ", ")})
		}
	}
	if err := p.listSessions(r, caller, st, &c); err != nil {
		p.failed(w, r, "Your account", err)
		return
	}
	if err := p.listTokens(r, caller, st, at, &c); err != nil {
		p.failed(w, r, "Your account", err)
		return
	}
	listWays(st, u, &c)
	p.show(w, r, status, "account", p.dress(page{Title: "Your account", Wide: true, Problem: problem, Content: c}, caller.Organization, caller))
}

func (p *pages) listSessions(r *http.Request, caller *signin.Caller, st *state.State, c *accountContent) error {
	open, err := p.Desk.ListSessions(r.Context(), caller.Organization, caller.Subject.ID)
	if err != nil {
		return err
	}
	for _, s := range open {
		line := sessionLine{ID: s.ID, Method: methodInWords(st, s.Method), Agent: browser(s.Agent), Address: s.Address, Gate: s.Gate,
			Started: s.Started, Seen: s.Seen, Here: s.ID == caller.Session}
		c.Sessions = append(c.Sessions, line)
		c.Others = c.Others || !line.Here
	}
	return nil
}

func (p *pages) listTokens(r *http.Request, caller *signin.Caller, st *state.State, at time.Time, c *accountContent) error {
	used, err := p.TokensUsed(r.Context(), caller.Organization)
	if err != nil {
		return err
	}
	for t := range st.TokensOf(caller.Subject) {
		if t.Ended || t.Expires != 0 && t.Expires <= at.UnixMicro() {
			continue
		}
		line := tokenLine{ID: t.Token, Kind: t.Kind, Last: t.Last, Description: t.Description, Ends: "never", Used: "never",
			Narrowed: len(t.Permissions)+len(t.Scopes) > 0}
		if t.Expires != 0 {
			line.Ends = time.UnixMicro(t.Expires).UTC().Format("2 Jan 2006")
		}
		if last, ok := used[t.Token]; ok {
			line.Used = last.UTC().Format("2 Jan 15:04")
		}
		c.Tokens = append(c.Tokens, line)
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

func (p *pages) makeToken(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	if err != nil || days < 1 || days > 365 {
		p.showAccount(w, r, caller, http.StatusUnprocessableEntity, "A token ends after 1 to 365 days.", "")
		return
	}
	ends := p.Engine.Now().AddDate(0, 0, days)
	result, err := p.do(r, caller, client.TokenIssue{NewToken: client.NewToken{Kind: "user", Description: r.PostForm.Get("description"), Expires: &ends}})
	if err != nil {
		text, status := p.problem(r, err)
		p.showAccount(w, r, caller, status, text, "")
		return
	}
	p.showAccount(w, r, caller, http.StatusOK, "", result.Results[0].Secret)
}

func (p *pages) revokeToken(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	p.then(w, r, caller, client.TokenRevoke{Token: r.PathValue("token")})
}

func (p *pages) endSession(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	p.then(w, r, caller, client.SessionEnd{Session: r.PathValue("session")})
}

// endOthers ends every other session of the caller's.
func (p *pages) endOthers(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	open, err := p.Desk.ListSessions(r.Context(), caller.Organization, caller.Subject.ID)
	if err != nil {
		p.failed(w, r, "This was not done", err)
		return
	}
	var commands []client.Command
	for _, s := range open {
		if s.ID != caller.Session {
			commands = append(commands, client.SessionEnd{Session: s.ID})
		}
	}
	p.then(w, r, caller, commands...)
}

// then carries out commands and shows the account again.
func (p *pages) then(w http.ResponseWriter, r *http.Request, caller *signin.Caller, commands ...client.Command) {
	if _, err := p.do(r, caller, commands...); err != nil {
		text, status := p.problem(r, err)
		p.showAccount(w, r, caller, status, text, "")
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (p *pages) do(r *http.Request, caller *signin.Caller, commands ...client.Command) (change.Result, error) {
	id, _ := p.About(r.Context())
	return p.Changes.Do(r.Context(), caller.Organization, change.Actor{Subject: caller.Subject, Emergency: caller.Emergency, Via: "console", Request: id}, change.How{}, commands...)
}
