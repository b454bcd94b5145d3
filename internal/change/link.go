package change

import (
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

const linkPrefix = "lnk_"

func (j *judge) openLink(c client.LinkOpen) error {
	u, err := j.linked(c)
	if err != nil {
		return err
	}
	h := access.Holder{Kind: access.User, ID: u.ID}
	if c.Purpose == LinkReset || !j.onlyDefaults(h) {
		j.gainAll(h, "", true)
	}
	shown := j.mayGiveAll(h)
	if (c.Mail || !shown) && !j.canMail(u) {
		if !shown {
			return fault.New(fault.Forbidden, "%s may not give everything that %s has, and so the link is not shown; there is no mail to send it by", j.who(), u.Email).
				By("link_shown").Rather("have somebody open it who may")
		}
		return fault.New(fault.Conflict, "there is no mail to send the link by").In("mail").By("mail").Rather("leave mail out, and hand the link over yourself")
	}
	to := ""
	if shown {
		to = j.actor.String()
	}
	l, secret, err := j.newLink(u, c.Purpose, to)
	if err != nil {
		return err
	}
	j.made(c.Do(), l.Link, 0)
	if shown {
		j.results[len(j.results)-1].Secret = secret
	}
	if c.Mail || !shown {
		j.letter(u, Letter{Kind: c.Purpose, Secret: secret, Until: untilOf(l)})
	}
	return nil
}

// linked finds the person for whom the actor may open a link of the purpose.
func (j *judge) linked(c client.LinkOpen) (*state.User, error) {
	if j.actor.Within != nil {
		return nil, fault.New(fault.Forbidden, "a token that is narrowed opens no links").By("narrowed").Rather("sign in with one that is not")
	}
	if err := j.identity("users.manage", c.Do()); err != nil {
		return nil, err
	}
	if c.Purpose != LinkActivation && c.Purpose != LinkReset {
		return nil, fault.New(fault.Invalid, "there are no links for %q", c.Purpose).In("purpose").Rather("one of activation, reset")
	}
	if err := j.needPasswords(); err != nil {
		return nil, err
	}
	u, err := j.user("user", c.User)
	switch {
	case err != nil:
		return nil, err
	case u.Inactive:
		return nil, fault.New(fault.Conflict, "%s is deactivated", u.Email).In("user").By("inactive").Rather("reactivate them first")
	case c.Purpose == LinkActivation && u.Password != "":
		return nil, fault.New(fault.Conflict, "%s has a password already", u.Email).In("purpose").By("purpose").Rather("open a link to reset it")
	case c.Purpose == LinkReset && u.Password == "":
		return nil, fault.New(fault.Conflict, "%s has no password yet", u.Email).In("purpose").By("purpose").Rather("open a link for activation")
	}
	return u, nil
}

// onlyDefaults tells whether a person holds nothing but what the platforms' default roles give to every member.
func (j *judge) onlyDefaults(h access.Holder) bool {
	for _, l := range j.linesOf(h, "", true) {
		r := j.now().Resource(l.On)
		if r == nil || l.through != "" || len(l.Environments) > 0 || !l.From.IsZero() || !l.Until.IsZero() {
			return false
		}
		if role, _ := defaultRole(j.now().Platform(access.SlugOf(l.On)).Model, r); role == "" || role != l.Role {
			return false
		}
	}
	return true
}

// mayGiveAll tells whether the actor may give everything that somebody has.
func (j *judge) mayGiveAll(h access.Holder) bool {
	if j.actor.Within != nil {
		return false
	}
	lines := j.linesOf(h, "", true)
	for i := range lines {
		if j.mayGive(&lines[i]) != nil {
			return false
		}
	}
	return true
}

// newLink opens a link for a user, and ends those of the same purpose. A dry run makes no secret. ShownTo is who will see it, if
// that is anybody but the user.
func (j *judge) newLink(u *state.User, purpose, shownTo string) (l *event.LinkOpened, secret string, err error) {
	for _, old := range j.now().LinksOf(u.ID) {
		if old.Purpose == purpose {
			if err := j.endLink(old); err != nil {
				return nil, "", err
			}
		}
	}
	life := map[string]time.Duration{LinkActivation: ActivationLife, LinkReset: ResetLife, LinkBreakGlass: BreakGlassLife}[purpose]
	l = &event.LinkOpened{Link: newID(linkPrefix), User: u.ID, Purpose: purpose, Until: event.Micros(j.at.Add(life)), ShownTo: shownTo}
	if !j.how.DryRun {
		if j.service.options.MintLink == nil {
			return nil, "", fault.New(fault.Unavailable, "this server makes no links")
		}
		if secret, l.Hash, err = j.service.options.MintLink(); err != nil {
			return nil, "", fault.Wrap(fault.Internal, err, "no secret could be made")
		}
	}
	return l, secret, j.emit(l)
}

// endLink withdraws a link. With an unused break-glass link the access that it would open ends.
func (j *judge) endLink(l *state.Link) error {
	if err := j.emit(&event.LinkEnded{Link: l.Link}); err != nil {
		return err
	}
	if l.Purpose != LinkBreakGlass {
		return nil
	}
	return j.emit(&event.BreakGlassEnded{Link: l.Link})
}

func (j *judge) withdrawLink(c client.LinkEnd) error {
	l := j.now().Link(c.Link)
	if l == nil {
		if err := j.identity("users.manage", c.Do()); err != nil {
			return err
		}
		return fault.New(fault.NotFound, "there is no link %q that could still be used", c.Link).In("link")
	}
	if !j.self(l.User) {
		if err := j.identity("users.manage", c.Do()); err != nil {
			return err
		}
	}
	j.ended(c.Do(), c.Link, describeLink(l))
	return j.endLink(l)
}

func describeLink(l *state.Link) client.Ended {
	words := map[string]string{LinkActivation: "activation link", LinkReset: "link to reset the password", LinkBreakGlass: "break-glass link"}
	return client.Ended{Kind: "link", ID: l.Link, Description: words[l.Purpose] + ", good until " + minute(untilOf(&l.LinkOpened))}
}

func untilOf(l *event.LinkOpened) time.Time { return event.Time(l.Until) }

// minute writes a moment for people to read.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// CheckLink finds whose link has a hash, and whether it could be used now. Whatever is wrong with it, the refusal is the same.
func (s *Service) CheckLink(organization, hash string) (user, purpose string, err error) {
	st, err := s.engine.Current(organization)
	if err != nil {
		return "", "", err
	}
	l, err := usable(st, hash, st.Moment(s.engine.Now()))
	if err != nil {
		return "", "", err
	}
	return l.User, l.Purpose, nil
}

// NoSuchLink is the one answer to every link that does not work.
func NoSuchLink() error {
	return fault.New(fault.NotFound, "this link is of no use: it was used or withdrawn, its time is over, or there never was one").
		By("link").Rather("ask for another one")
}

// usable finds a link that lets its user in at a moment.
func usable(st *state.State, hash string, at time.Time) (*state.Link, error) {
	dead := NoSuchLink()
	if hash == "" {
		return nil, dead
	}
	l := st.LinkByHash(hash)
	if !l.Open(at) {
		return nil, dead
	}
	u := st.User(l.User)
	switch {
	case u == nil || u.Inactive:
		return nil, dead
	case l.Purpose == LinkBreakGlass && glassOf(st, l.Link, at) == nil, l.Purpose != LinkBreakGlass && !PasswordsAllowed(st):
		return nil, dead
	}
	return l, nil
}
