package change

import (
	"strings"
	"time"

	"bailiwick/internal/state"
)

// A Letter is something that a person is to be told by mail.
type Letter struct {
	Kind   string // "invited", "activation", "reset", "added", "break_glass"
	User   string // whom it is for, by opaque id
	Email  string
	Name   string
	Secret string    // of the link that it carries; "": it carries none
	Until  time.Time // the end of that link, or of the break-glass access
	By     string    // who caused it, for people to read
	About  string    // whose break-glass access it is, for people to read
	Reason string    // of a break-glass access
}

// canMail tells whether there is mail, and an address to send it to: an edition of one's own may have people without one.
func (j *judge) canMail(u *state.User) bool {
	return j.service.options.Letters != nil && strings.Contains(u.Email, "@")
}

// letter sends a letter to a user when the change is in the journal.
func (j *judge) letter(to *state.User, l Letter) {
	l.User, l.Email, l.Name = to.ID, to.Email, to.Name
	if l.By == "" && j.actor.Rule == "" { // a rule has no name that would say anything to people
		l.By = j.now().DisplayName(j.actor.Subject)
	}
	j.after.letters = append(j.after.letters, l)
}

// invite tells somebody who was just added, with a link where people sign in with passwords. It is no gain: what they have,
// the same change gave. A file that is applied says who is there, and not that they are to be written to.
func (j *judge) invite(user string) error {
	u := j.now().User(user)
	if j.how.AsStated || !j.canMail(u) {
		return nil
	}
	if !PasswordsAllowed(j.now()) {
		j.letter(u, Letter{Kind: "added"})
		return nil
	}
	l, secret, err := j.newLink(u, LinkActivation, "")
	if err != nil {
		return err
	}
	j.letter(u, Letter{Kind: "invited", Secret: secret, Until: untilOf(l)})
	return nil
}
