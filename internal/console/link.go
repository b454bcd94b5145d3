package console

import (
	"net/http"

	"bailiwick/internal/change"
)

// passwordContent is what the pages show on which a password is chosen.
type passwordContent struct {
	Lead, Action, Secret, Button string
	Old                          bool
}

// linkPage is the page of the link at hand: an activation and a new password differ in their words.
func linkPage(r *http.Request, secret, problem string) page {
	c := passwordContent{Lead: "Choose a password to begin. The link works once.", Action: "/activate", Secret: secret, Button: "Begin"}
	title := "Welcome"
	if r.URL.Path == "/reset" {
		c.Lead, c.Action, c.Button = "Choose a new password. The link works once, and wherever you are signed in, that ends.", "/reset", "Save and sign in"
		title = "A new password"
	}
	return page{Title: title, Problem: problem, Content: c}
}

func (p *pages) showLink(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "password", linkPage(r, "", ""))
}

func (p *pages) useLink(w http.ResponseWriter, r *http.Request) {
	secret := r.PostForm.Get("secret")
	if differ(r) {
		p.show(w, r, http.StatusUnprocessableEntity, "password", linkPage(r, secret, "The two passwords differ."))
		return
	}
	opened, err := p.Desk.UseLink(r.Context(), secret, r.PostForm.Get("password"), p.from(r))
	if err != nil {
		text, status := p.problem(r, err)
		p.show(w, r, status, "password", linkPage(r, secret, text))
		return
	}
	p.enter(w, r, opened, "/")
}

func differ(r *http.Request) bool { return r.PostForm.Get("password") != r.PostForm.Get("again") }

func (a *asking) showPassword() error { return a.passwordForm(http.StatusOK, "") }

func (a *asking) passwordForm(status int, problem string) error {
	a.render(status, "", "password", page{Title: "Change your password", Problem: problem, Content: passwordContent{
		Lead: "Wherever else you are signed in, that ends.", Action: "/account/password", Button: "Save", Old: true}})
	return nil
}

func (a *asking) changePassword() error {
	if differ(a.r) {
		return a.passwordForm(http.StatusUnprocessableEntity, "The two passwords differ.")
	}
	opened, err := a.Desk.ChangePassword(a.r.Context(), a.caller, a.r.PostForm.Get("old"), a.r.PostForm.Get("password"), a.from(a.r))
	if err != nil {
		text, status := a.problem(a.r, err)
		return a.passwordForm(status, text)
	}
	a.enter(a.w, a.r, opened, "/account")
	return nil
}

type secretContent struct{ Secret string }

func (p *pages) showGlass(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "glass", page{Title: "Break-glass access", Content: secretContent{}})
}

func (p *pages) breakGlass(w http.ResponseWriter, r *http.Request) {
	opened, err := p.Desk.BreakGlass(r.Context(), r.PostForm.Get("secret"), p.from(r))
	if err != nil {
		text, status := p.problem(r, err)
		p.show(w, r, status, "glass", page{Title: "Break-glass access", Problem: text, Content: secretContent{}})
		return
	}
	p.enter(w, r, opened, "/")
}

// setupContent is what the setup page shows.
type setupContent struct {
	Secret, Organization, Name, Email string
	Done                              *finished
}

type finished struct{ Organization, Email, Secret, Server, SignIn string }

// whileUnset answers that there is no such page from the moment that there is an organization.
func (p *pages) whileUnset(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.Unset() {
			http.NotFound(w, r)
			return
		}
		next(w, r)
	}
}

func (p *pages) showSetup(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "setup", page{Title: "Set up Bailiwick", Content: setupContent{}})
}

func (p *pages) useSetup(w http.ResponseWriter, r *http.Request) {
	c := setupContent{Secret: r.PostForm.Get("secret"), Organization: r.PostForm.Get("organization"), Name: r.PostForm.Get("name"), Email: r.PostForm.Get("email")}
	result, err := p.Desk.SetUp(r.Context(), c.Secret, change.Setup{Organization: c.Organization, Name: c.Name, Email: c.Email}, r.PostForm.Get("password"), p.from(r))
	if err != nil {
		text, status := p.problem(r, err)
		p.show(w, r, status, "setup", page{Title: "Set up Bailiwick", Problem: text, Content: c})
		return
	}
	done := &finished{Organization: c.Organization, Email: c.Email, Server: p.External.String(), SignIn: p.signInPage("/")}
	for _, made := range result.Results {
		if made.Secret != "" {
			done.Secret = made.Secret
		}
	}
	p.show(w, r, http.StatusOK, "setup", page{Title: "Bailiwick is set up", Content: setupContent{Done: done}})
}
