package console

import (
	"net/http"
	"net/url"

	"bailiwick/internal/fault"
	"bailiwick/internal/oidc"
	"bailiwick/internal/signin"
)

// signInPage is where to sign in, and where to go after that.
func (p *pages) signInPage(next string) string {
	query := ""
	if next = oidc.LocalPath(next); next != "/" {
		query = "?next=" + url.QueryEscape(next)
	}
	if all := p.Engine.Organizations(); len(all) == 1 {
		return "/o/" + url.PathEscape(all[0]) + "/signin" + query
	}
	return "/signin" + query
}

// chooseOrganization asks for the organization, where there are several. Which there are is not told.
func (p *pages) chooseOrganization(w http.ResponseWriter, r *http.Request) {
	next := oidc.LocalPath(r.URL.Query().Get("next"))
	named := r.URL.Query().Get("organization")
	if named == "" && len(p.Engine.Organizations()) == 1 {
		http.Redirect(w, r, p.signInPage(next), http.StatusSeeOther)
		return
	}
	if named != "" {
		http.Redirect(w, r, "/o/"+url.PathEscape(named)+"/signin?next="+url.QueryEscape(next), http.StatusSeeOther)
		return
	}
	p.show(w, r, http.StatusOK, "organization", page{Title: "Sign in", Content: struct{ Organization string }{}})
}

// signInContent is what the sign-in page shows.
type signInContent struct {
	Organization, Action, Next, Email string
	Recover                           string // address; "" where nothing is mailed
	Local                             bool
	Providers                         []button
	People                            []Person
}

type button struct{ Name, Address string }

func (p *pages) showSignIn(w http.ResponseWriter, r *http.Request) {
	p.signInForm(w, r, http.StatusOK, r.URL.Query().Get("next"), "", "")
}

// signInForm shows the form. An organization that is not there has one as well, on which nobody can sign in.
func (p *pages) signInForm(w http.ResponseWriter, r *http.Request, status int, next, address, problem string) {
	organization := r.PathValue("organization")
	c := signInContent{Organization: organization, Action: "/o/" + url.PathEscape(organization) + "/signin", Next: oidc.LocalPath(next), Email: address, People: p.Demo}
	ways, err := p.Desk.Ways(organization)
	if fault.Is(err, fault.NotFound) {
		ways, err = signin.Ways{Local: true, Recover: p.Desk.Mail}, nil
	}
	if err != nil {
		p.failed(w, r, "Sign in", err)
		return
	}
	c.Local = ways.Local
	if ways.Recover {
		c.Recover = "/o/" + url.PathEscape(organization) + "/forgotten"
	}
	for _, way := range ways.Providers {
		c.Providers = append(c.Providers, button{Name: way.Name, Address: c.Action + "/" + url.PathEscape(way.ID) + "?next=" + url.QueryEscape(c.Next)})
	}
	p.show(w, r, status, "signin", p.dress(page{Title: "Sign in to " + organization, Problem: problem, Content: c}, organization, nil))
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	address, next := r.PostForm.Get("email"), r.PostForm.Get("next")
	opened, err := p.Desk.Password(r.Context(), r.PathValue("organization"), address, r.PostForm.Get("password"), p.from(r))
	if err != nil {
		text, status := p.problem(r, err)
		p.signInForm(w, r, status, next, address, text)
		return
	}
	p.enter(w, r, opened, next)
}

func (p *pages) showForgotten(w http.ResponseWriter, r *http.Request) {
	organization := r.PathValue("organization")
	p.show(w, r, http.StatusOK, "forgotten", p.dress(page{Title: "Forgotten password", Content: signInContent{Organization: organization,
		Action: "/o/" + url.PathEscape(organization) + "/forgotten"}}, organization, nil))
}

// forgotten says the same to everybody: who has an account here is nobody else's business.
func (p *pages) forgotten(w http.ResponseWriter, r *http.Request) {
	organization := r.PathValue("organization")
	if err := p.Desk.Recover(organization, r.PostForm.Get("email"), p.from(r)); err != nil {
		p.failed(w, r, "Forgotten password", err)
		return
	}
	p.show(w, r, http.StatusOK, "message", p.dress(page{Title: "Look into your mailbox", Content: message{Lines: []string{
		"If somebody with this e-mail has a password here, a letter with a link is on its way. The link works once, within an hour.",
		"No letter? An administrator of " + organization + " can make a link as well."}, Links: []link{{Address: "/o/" + url.PathEscape(organization) + "/signin", Text: "Back to the sign-in page", Quiet: true}}}}, organization, nil))
}

// enter sends somebody who has just signed in to where they were going.
func (p *pages) enter(w http.ResponseWriter, r *http.Request, opened *signin.Entered, next string) {
	// Of the session that this browser had until now nobody has the secret any more.
	if old, err := p.Reader.Caller(r, signin.SessionKind); err == nil && old.Session != opened.Session.ID {
		if err := p.Desk.SignOut(r.Context(), old, p.from(r)); err != nil {
			p.Log.WarnContext(r.Context(), "the session of before could not be ended", "error", err)
		}
	}
	for _, c := range opened.Cookies {
		http.SetCookie(w, c)
	}
	http.Redirect(w, r, afterSignIn(next), http.StatusSeeOther)
}

// signOut ends the session here, and sends the browser on to the provider's own sign-out. That is not a redirect: browsers hold
// where a form's answer leads to against the page's policy, and end there.
func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	leave := ""
	if caller, err := p.caller(w, r); err == nil {
		leave = p.Desk.Leave(r.Context(), caller)
		if err := p.Desk.SignOut(r.Context(), caller, p.from(r)); err != nil {
			p.failed(w, r, "You are still signed in", err)
			return
		}
	}
	http.SetCookie(w, p.Desk.Sessions.NoCookie())
	if leave == "" {
		http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
		return
	}
	w.Header().Set("Refresh", "0; url="+leave)
	p.show(w, r, http.StatusOK, "message", page{Title: "You are signed out here", Content: message{
		Lines: []string{"Your identity provider may still know this browser."}, Links: []link{{Address: leave, Text: "Sign out there as well"}}}})
}

func (p *pages) signedOut(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "message", page{Title: "You are signed out", Content: message{
		Lines: []string{"Your session has ended here and cannot be used again."}, Links: []link{{Address: "/signin", Text: "Sign in again"}}}})
}

// denied says no where there is no better page to say it on.
func (a *asking) denied() error {
	c := message{Lines: []string{"You are signed in, and no role of yours allows it. Whoever administers the platform can give you one that does."},
		Links: []link{{Address: "/account", Text: "Your account", Quiet: true}}}
	if u := a.now.User(a.caller.Subject.ID); u != nil {
		c.Links = append([]link{{Address: question{Who: "user:" + u.Email}.address(), Text: "What you may do"}}, c.Links...)
	}
	a.render(http.StatusForbidden, "", "message", page{Title: "This is not yours to see", Content: c})
	return nil
}

func (p *pages) demoSignIn(w http.ResponseWriter, r *http.Request) {
	opened, err := p.Desk.Demonstrate(r.Context(), r.PostForm.Get("user"), p.from(r))
	if err != nil {
		p.failed(w, r, "Nobody signed in", err)
		return
	}
	p.enter(w, r, opened, r.PostForm.Get("next"))
}
