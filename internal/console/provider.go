package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/internal/oidc"
	"bailiwick/internal/signin"
)

func (p *pages) toProvider(w http.ResponseWriter, r *http.Request) {
	to, cookie, err := p.Desk.Start(r.Context(), r.PathValue("organization"), r.PathValue("provider"), r.URL.Query().Get("next"))
	p.leaveFor(w, r, to, cookie, err)
}

func (p *pages) linkProvider(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	to, cookie, err := p.Desk.StartLink(r.Context(), caller, r.PathValue("provider"), "/account")
	p.leaveFor(w, r, to, cookie, err)
}

func (p *pages) testProvider(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	to, cookie, err := p.Desk.StartTest(r.Context(), caller, r.PathValue("provider"), providerAddress(r.PathValue("provider")))
	p.leaveFor(w, r, to, cookie, err)
}

// The addresses that begin something at a provider in the name of who is signed in.
const (
	linkAddress = "/account/link/"
	testAddress = "/account/test/"
)

// deliberate refuses to begin what another site asked for: whose account a provider finds in the browser is not ours to know,
// and it would be bound to the person who is signed in here. A form would not do, because its answer leads elsewhere.
func (p *pages) deliberate(answer func(http.ResponseWriter, *http.Request, *signin.Caller)) func(http.ResponseWriter, *http.Request, *signin.Caller) {
	return func(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "same-origin", "none", "": // none: typed by hand; "": a browser that does not say
			answer(w, r, caller)
		default:
			p.show(w, r, http.StatusForbidden, "message", page{Title: "This was not done", Content: message{
				Lines: []string{"Another site asked for it. If you want it, begin on your account's page."}, Links: []link{{Address: "/account", Text: "Your account"}}}})
		}
	}
}

// afterSignIn is where to go after a sign-in: never to where something is begun, or another site's link would begin it.
func afterSignIn(next string) string {
	next = oidc.LocalPath(next)
	if strings.HasPrefix(next, linkAddress) || strings.HasPrefix(next, testAddress) {
		return "/account"
	}
	return next
}

func (p *pages) leaveFor(w http.ResponseWriter, r *http.Request, to string, cookie *http.Cookie, err error) {
	if err != nil {
		p.failed(w, r, "The identity provider cannot be reached", err)
		return
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// fromProvider is where every identity provider sends browsers back to.
func (p *pages) fromProvider(w http.ResponseWriter, r *http.Request) {
	caller, err := p.caller(w, r)
	if err != nil {
		caller = nil // which is as it should be: who comes in is not in yet
	}
	http.SetCookie(w, p.Desk.Party.Forget())
	arrival, err := p.Desk.Finish(r.Context(), r, caller, p.from(r))
	switch {
	case arrival != nil && len(arrival.Claims) > 0 && caller != nil:
		p.ask(w, r, caller, func(a *asking) error {
			a.tested(arrival, err)
			return nil
		})
	case err != nil:
		p.failed(w, r, "You are not signed in", err)
	case arrival.Entered != nil:
		p.enter(w, r, arrival.Entered, arrival.Next)
	default:
		http.Redirect(w, r, arrival.Next, http.StatusSeeOther)
	}
}

// testedContent is what a provider sent, and what a sign-in would have come to.
type testedContent struct {
	Back    string
	Works   bool
	Created bool
	Joined  []string
	Left    []string
	Skipped []string
	Claims  []claimLine
}

// A claimLine is something that a provider said. What decides nothing here is masked: it may be of use elsewhere.
type claimLine struct {
	oidc.Claim
	Masked bool
}

// tested shows what came of a test.
func (a *asking) tested(arrival *signin.Arrival, failed error) {
	c := testedContent{Back: arrival.Next, Works: failed == nil, Created: arrival.Signed.Created, Joined: arrival.Signed.Joined, Left: arrival.Signed.Left, Skipped: arrival.Signed.Skipped}
	shown := page{Title: "The identity provider works", Notice: "Sign-on through it can be enforced now, once it is enabled."}
	if failed != nil {
		shown.Title, shown.Notice = "The identity provider does not work yet", ""
		shown.Problem, _ = a.problem(a.r, failed)
	}
	plain := []string{"iss", "aud", "email", "email_verified", "name", "preferred_username"}
	if p := a.now.Provider(strings.TrimPrefix(arrival.Next, providersAddress)); p != nil {
		plain = append(plain, p.GroupsClaim)
	}
	for _, claim := range arrival.Claims {
		line := claimLine{Claim: claim, Masked: !slices.Contains(plain, claim.Name)}
		if line.Masked {
			line.Value = ""
		}
		c.Claims = append(c.Claims, line)
	}
	shown.Content = c
	a.settingsPage(http.StatusOK, "/settings/providers", "settingstested", shown)
}

// backChannel hears from a provider that somebody has signed out there. It is called by a server, not by a browser: what it
// sends is a signed token, and nothing else is believed.
func (p *pages) backChannel(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	err := p.Desk.BackChannel(r.Context(), r.PathValue("organization"), r.PathValue("provider"), r.PostForm.Get("logout_token"), p.from(r))
	if err != nil {
		p.Log.InfoContext(r.Context(), "a provider's sign-out was refused", "error", err)
		http.Error(w, "the logout token is not accepted", http.StatusBadRequest)
	}
}
