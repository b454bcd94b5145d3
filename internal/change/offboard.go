package change

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

func (j *judge) deactivate(c client.UserDeactivate) error {
	u, err := j.offboarded("user", c.User, c.Do())
	if err != nil {
		return err
	}
	if u.Inactive {
		return fault.New(fault.Conflict, "%s is deactivated already", u.Email).In("user")
	}
	j.loseAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	if err := j.offboard(u, c.Do(), c.KeepTokens); err != nil {
		return err
	}
	return j.emit(&event.UserDeactivated{User: u.ID})
}

func (j *judge) reactivate(c client.UserReactivate) error {
	u, err := j.offboarded("user", c.User, c.Do())
	if err != nil {
		return err
	}
	if !u.Inactive {
		return fault.New(fault.Conflict, "%s is active already", u.Email).In("user")
	}
	j.gainAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	return j.emit(&event.UserReactivated{User: u.ID})
}

func (j *judge) removeUser(c client.UserRemove) error {
	u, err := j.offboarded("user", c.User, c.Do())
	if err != nil {
		return err
	}
	j.loseAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	if err := j.offboard(u, c.Do(), c.KeepTokens); err != nil {
		return err
	}
	j.forget(u.Password)
	return j.emit(&event.UserRemoved{User: u.ID})
}

// offboarded finds a user whom the actor may deactivate, reactivate or remove.
func (j *judge) offboarded(field, text, do string) (*state.User, error) {
	if err := j.identity("users.manage", do); err != nil {
		return nil, err
	}
	j.people = true
	return j.user(field, text)
}

// offboard ends for good what lets a user in, and what they made that lets others in and know the secret of; the receipt lists
// each thing. Identities stay: they are the provider's word about who somebody is.
func (j *judge) offboard(u *state.User, do string, keep []string) error {
	ended, err := j.leaveSessions(u)
	if err != nil {
		return err
	}
	for _, l := range j.now().LinksOf(u.ID) {
		ended = append(ended, describeLink(l))
		if err := j.endLink(l); err != nil {
			return err
		}
	}
	for _, l := range j.linksShownTo(u) {
		e := describeLink(l)
		e.Description += ", of " + j.now().Readable(l.User)
		ended = append(ended, e)
		if err := j.endLink(l); err != nil {
			return err
		}
	}
	own, made := j.tokensOf(u)
	for _, id := range keep {
		if !slices.ContainsFunc(made, func(t *state.Token) bool { return t.Token == id }) {
			return fault.New(fault.Invalid, "%q is no token that %s made for a service user or an agent", id, u.Email).In("keep_tokens").By("keep_tokens").
				Rather("name only such tokens: a person's own always end")
		}
	}
	for _, t := range slices.Concat(own, made) {
		revoked, err := j.endToken(t, keep)
		if err != nil {
			return err
		}
		for _, t := range revoked {
			ended = append(ended, j.describeToken(t, u))
		}
	}
	j.ended(do, u.ID, ended...)
	j.results[len(j.results)-1].Reminder = j.reminder(u)
	return nil
}

// linksShownTo lists the links of others whose secret a user was shown, and that could still be used.
func (j *judge) linksShownTo(u *state.User) []*state.Link {
	h := access.Subject{Kind: access.User, ID: u.ID}
	var list []*state.Link
	for id := range j.now().Users() {
		for _, l := range j.now().LinksOf(id) {
			if id != u.ID && l.ShownTo == h.String() && l.Open(j.at) {
				list = append(list, l)
			}
		}
	}
	return list
}

// tokensOf lists a user's own tokens that are good, and those that the user made for others.
func (j *judge) tokensOf(u *state.User) (own, made []*state.Token) {
	h := access.Subject{Kind: access.User, ID: u.ID}
	for _, t := range j.now().Tokens() {
		switch {
		case !lives(t, j.at):
		case t.Holder == h:
			own = append(own, t)
		case t.By == h.String():
			made = append(made, t)
		}
	}
	return own, made
}

// endToken revokes a token, and the one that it follows in a rotation, which is only good until then. It lists what it ended.
func (j *judge) endToken(t *state.Token, keep []string) ([]*state.Token, error) {
	var ended []*state.Token
	for lives(t, j.at) && !slices.Contains(keep, t.Token) {
		if now := j.now().Token(t.Token); now.Ended {
			break // by the end of its successor
		}
		if err := j.emit(&event.TokenRevoked{Token: t.Token, By: j.actor.String()}); err != nil {
			return nil, err
		}
		ended = append(ended, t)
		t = j.now().Token(t.Replaces)
	}
	return ended, nil
}

// describeToken names a token that ends with a user, for people.
func (j *judge) describeToken(t *state.Token, u *state.User) client.Ended {
	text := t.Kind + " token"
	if t.Description != "" {
		text += fmt.Sprintf(" %q", t.Description)
	}
	if t.Last != "" {
		text += ", ending in " + t.Last
	}
	if t.Holder.ID != u.ID {
		text += ", of " + j.now().Readable(t.Holder.String())
	}
	return client.Ended{Kind: "token", ID: t.Token, Description: text}
}

// reminder says which identity providers still know a user, so far as that can be known here; "" where there is none.
func (j *judge) reminder(u *state.User) string {
	var names []string
	knows := "still knows the person"
	for _, i := range j.now().IdentitiesOf(u.ID) {
		if p := j.now().Provider(i.Provider); p != nil && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		knows = "may know the person"
		for _, p := range j.now().Providers() {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	provisions := j.now().Settings[SettingProvisioning] == "on"
	switch {
	case len(names) > 1:
		return fmt.Sprintf("each of the identity providers %s %s: remove them there as well", strings.Join(names, ", "), knows)
	case len(names) == 1:
		return fmt.Sprintf("the identity provider %s %s: remove them there as well", names[0], knows)
	case provisions:
		return "the identity provider that provisions people still knows the person: remove them there as well, or they come back"
	}
	return ""
}
