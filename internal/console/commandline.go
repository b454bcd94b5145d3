package console

import (
	"net/http"
	"net/url"
	"strconv"

	"bailiwick/internal/signin"
)

// commandLineContent asks whether a command line may act as somebody.
type commandLineContent struct {
	Asked signin.LoginRequest
	State string
	Who   string
}

// maxLoginState bounds what a command line has brought back to it, in bytes.
const maxLoginState = 128

// askedLogin reads what a command line asks for. Where the browser is sent is an address of this machine, or it is refused.
func askedLogin(said url.Values) (asked signin.LoginRequest, state string, err error) {
	asked = signin.LoginRequest{Challenge: said.Get("challenge"), To: said.Get("to"), Name: said.Get("name"), Days: 30}
	if text := said.Get("days"); text != "" {
		if asked.Days, err = strconv.Atoi(text); err != nil {
			asked.Days = 0
		}
	}
	state = said.Get("state")
	if len(state) > maxLoginState {
		state = ""
	}
	return asked, state, asked.Check()
}

// showCommandLine asks whether a command line may act as the caller. To look at it changes nothing.
func (p *pages) showCommandLine(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	asked, state, err := askedLogin(r.URL.Query())
	if err != nil {
		p.failed(w, r, "This command line cannot be let in", err)
		return
	}
	st, err := p.Engine.View(caller.Organization)
	if err != nil {
		p.failed(w, r, "This command line cannot be let in", err)
		return
	}
	c := commandLineContent{Asked: asked, State: state}
	if u := st.User(caller.Subject.ID); u != nil {
		c.Who = u.Email
	}
	p.show(w, r, http.StatusOK, "commandline", p.dress(page{Title: "Let a command line act as you?", Sends: "http://" + asked.To, Content: c}, caller.Organization, caller))
}

// letCommandLine sends the browser back to the command line, with a code that only it can use; or with a no.
func (p *pages) letCommandLine(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	asked, state, err := askedLogin(r.PostForm)
	if err != nil {
		p.failed(w, r, "This command line cannot be let in", err)
		return
	}
	answer := url.Values{"state": {state}}
	if r.PostForm.Get("answer") == "yes" {
		code, err := p.Desk.Sessions.IssueLogin(r.Context(), caller, asked)
		if err != nil {
			p.failed(w, r, "This command line cannot be let in", err)
			return
		}
		answer.Set("code", code.Reveal())
	} else {
		answer.Set("refused", "true")
	}
	http.Redirect(w, r, "http://"+asked.To+"/signed-in?"+answer.Encode(), http.StatusSeeOther)
}
