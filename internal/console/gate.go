package console

import (
	"net/http"
	"net/url"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// gateSignIn sends somebody who is signed in back to a gate, with a code that the gate exchanges. Where to is looked up by
// the gate's name: an address that a request brings is never gone to.
func (p *pages) gateSignIn(w http.ResponseWriter, r *http.Request, caller *signin.Caller) {
	query := r.URL.Query()
	origin, known := p.Gates[query.Get("gate")]
	state := query.Get("state")
	if !known {
		p.failed(w, r, "There is no such gate", fault.New(fault.NotFound, "there is no gate of that name").Rather("begin at the address of the tool that you want to use"))
		return
	}
	code, err := p.Desk.Sessions.IssueCode(r.Context(), caller, origin, state)
	if err != nil {
		p.failed(w, r, "You were not signed in to the tool", err)
		return
	}
	to := origin + "/.bailiwick/signin?" + url.Values{"code": {code.Reveal()}}.Encode()
	http.Redirect(w, r, to, http.StatusSeeOther)
}
