package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// tokenContent is one token, and what can be done with it.
type tokenContent struct {
	tokenRow
	Maker                                      string
	DescribeReason, RevokeReason, RotateReason string // why the caller cannot; "" where they can
	Once                                       string // id of the change that rotating makes
	Serves                                     []servedPlace
	ServesReason                               string
}

// token finds the token that a page is about. One that is not the caller's to see is not there.
func (a *asking) token() (*state.Token, *sight.Sight, error) {
	s := a.view.OfTokens().Over(a.now)
	t := a.now.Token(a.r.PathValue("token"))
	if t == nil || t.Holder != a.caller.Subject && (s.None() || !s.SeesSubject(t.Holder)) {
		return nil, nil, fault.New(fault.NotFound, "there is no such token that you may see").Rather("look for it in the list of tokens")
	}
	return t, s, nil
}

// showToken shows one token.
func (a *asking) showToken() error {
	t, s, err := a.token()
	if err != nil {
		return err
	}
	return a.tokenPage(t, s, http.StatusOK, nil)
}

func (a *asking) tokenPage(t *state.Token, s *sight.Sight, status int, problem error) error {
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return err
	}
	c := tokenContent{tokenRow: a.tokenRow(s, t, used), RevokeReason: a.revokeReason(t), RotateReason: a.issueReason(t.Kind, t.Holder), Once: once()}
	c.Maker = a.whom(c.MadeBy).Name
	if t.Holder.Kind == access.Agent {
		c.Serves, c.ServesReason = a.served(t.Holder)
	}
	if t.By != a.caller.Subject.String() && t.Holder != a.caller.Subject {
		c.DescribeReason = c.RevokeReason
	}
	if c.State != "active" {
		c.RotateReason = "The token is of no use any more. Create a new one."
	} else if c.ReplacedBy != "" {
		c.RotateReason = "It was rotated already. Rotate the token that took its place."
	}
	return a.filled(status, "/tokens", "token", cmp.Or(t.Description, c.KindTitle+" "+c.Prefix+"…"+c.Last), c, problem)
}

// describeToken saves what a token is called in lists.
func (a *asking) describeToken() error {
	t, s, err := a.token()
	if err != nil {
		return err
	}
	at := tokenPath(t.Token)
	err = a.propose(proposal{Title: "Save the description?", Save: "Save", Part: "/tokens", Back: at, Then: at,
		Commands: []client.Command{client.TokenDescribe{Token: t.Token, Description: strings.TrimSpace(a.r.PostForm.Get("description"))}}})
	if mendable(err) {
		return a.tokenPage(t, s, http.StatusUnprocessableEntity, err)
	}
	return err
}

// revokeToken ends a token, after its prompt: who loses what.
func (a *asking) revokeToken() error {
	t, s, err := a.token()
	if err != nil {
		return err
	}
	row := a.tokenRow(s, t, nil)
	p := proposal{Title: "Revoke " + row.named() + "?", Save: "Revoke token", Danger: true, Part: "/tokens", Back: tokenPath(t.Token), Then: "/tokens",
		Commands: []client.Command{client.TokenRevoke{Token: t.Token}}}
	if a.r.PostForm.Get("from") == "account" {
		p.Back, p.Then = "/account", "/account"
	}
	whose := row.Who
	if t.Holder == a.caller.Subject {
		whose = "you"
	}
	p.Warning = "Whatever signs in with it as " + whose + " is refused from now on, and it cannot be brought back. "
	switch left := a.others(t); {
	case t.Holder.Kind == access.User:
		p.Warning += "No role changes, and signing in to these pages goes on."
	case left == 0:
		p.Warning += "It is the only one that works: " + whose + " keeps its roles and can do nothing with them until it gets another token."
	default:
		p.Warning += whose + " keeps its roles and has " + counted(left, "other token that works", "other tokens that work") + "."
	}
	err = a.propose(p)
	if mendable(err) {
		return a.tokenPage(t, s, http.StatusUnprocessableEntity, err)
	}
	return err
}

// rotateToken makes a token in place of another one, which stays good for a while where that is asked for.
func (a *asking) rotateToken() error {
	t, s, err := a.token()
	if err != nil {
		return err
	}
	hours, err := strconv.Atoi(a.r.PostForm.Get("overlap"))
	if err != nil || hours < 0 || time.Duration(hours)*time.Hour > change.MaxOverlap {
		err = fault.New(fault.Invalid, "that is no overlap").Rather("choose one of the list, seven days at most")
		return a.tokenPage(t, s, http.StatusUnprocessableEntity, err)
	}
	row := a.tokenRow(s, t, nil)
	p := proposal{Title: "Rotate " + row.named() + "?", Save: "Rotate token", Part: "/tokens", Back: tokenPath(t.Token), ID: a.onceOf(), Made: a.secretOf("Your new token"),
		Warning:  "The old one ends at once: whatever still uses it is refused.",
		Commands: []client.Command{client.TokenRotate{Token: t.Token, Overlap: hours * int(time.Hour/time.Second)}}}
	if hours > 0 {
		p.Warning = "The old one stays good for " + counted(hours, "hour", "hours") + ", in which the new one can be put in its place. Then it ends."
		if hours%24 == 0 {
			p.Warning = strings.Replace(p.Warning, counted(hours, "hour", "hours"), counted(hours/24, "day", "days"), 1)
		}
	}
	err = plainly(a.propose(p), a.issueReason(t.Kind, t.Holder))
	if mendable(err) {
		return a.tokenPage(t, s, http.StatusUnprocessableEntity, err)
	}
	return err
}

func tokenPath(id string) string { return "/tokens/" + id + "/details" }

// secretContent of a token that was made just now: the only page that ever has it.
type newSecretContent struct {
	client.Token
	Secret, KindTitle, Who, WhoAddress string
}

// secretOf shows a token that was made with its secret: here and never again. A form that was sent twice has made one token, and
// its secret was shown then.
func (a *asking) secretOf(title string) func(change.Result) error {
	return func(r change.Result) error {
		for _, made := range r.Results {
			if made.Secret == "" || r.After == nil {
				continue
			}
			t := r.After.Token(made.ID)
			c := newSecretContent{Token: inquiry.ShowToken(sight.Whole(r.After), t, a.at, nil), Secret: made.Secret, KindTitle: kindTitle(t.Kind)}
			a.now = r.After
			c.Who, c.WhoAddress = a.whoHolds(t.Holder)
			a.render(http.StatusCreated, "/tokens", "tokensecret", page{Title: title, Content: c})
			return nil
		}
		return fault.New(fault.Conflict, "this token was made already, and its secret was shown then").Rather("revoke it and make another one if the secret was not stored")
	}
}

// nameNew names the agent that a change would make by what it is: its id is another one each time that the change is judged, and a
// review must stay the same.
func (a *asking) nameNew(d *client.Difference) {
	for i := range d.Access {
		if id, is := strings.CutPrefix(d.Access[i].Subject, access.Agent.String()+":"); is && a.now.Agent(id) == nil {
			d.Access[i].Subject = access.Agent.String() + ":that is new"
		}
	}
}
