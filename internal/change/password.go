package change

import (
	"context"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// SetPassword is a new password of a user, by the user. The caller has kept its hash and gives the id.
type SetPassword struct {
	User   string
	Secret string // where the hash is kept: "sec_…"
	// LinkHash is the hash of the link that allows it. Without one, Proven names the password that the caller saw proven, which
	// has to be the present one still.
	LinkHash string
	Proven   string
	Request  string
}

// SetPassword sets a password, ends every session of the user, and with a link every link of theirs. What was kept of the old
// password is dropped. If it fails, what Secret names is of no use to anybody.
func (s *Service) SetPassword(ctx context.Context, organization string, p SetPassword) (Result, error) {
	actor := Actor{Subject: access.Subject{Kind: access.User, ID: p.User}, Via: "signin", Request: p.Request}
	return s.do(ctx, organization, actor, How{}, "password.set", func(j *judge) error { return j.setPassword(p) })
}

func (j *judge) setPassword(p SetPassword) error {
	u, err := j.setter(p)
	if err != nil {
		return err
	}
	if p.Secret == "" || p.Secret == u.Password {
		return fault.New(fault.Internal, "the new password has no place of its own")
	}
	if err := j.emit(&event.PasswordSet{User: u.ID, Secret: p.Secret}); err != nil {
		return err
	}
	j.forget(u.Password)
	_, err = j.endSessionsOf(u)
	return err
}

// setter finds the user and judges what allows them a new password. A link is used up, and the others end.
func (j *judge) setter(p SetPassword) (*state.User, error) {
	if p.LinkHash == "" {
		if err := j.present(); err != nil {
			return nil, err
		}
		u := j.now().User(p.User)
		if p.Proven == "" || p.Proven != u.Password {
			return nil, fault.New(fault.Forbidden, "the present password was not proven").By("password").Rather("give it, or use a link")
		}
		return u, j.needPasswords()
	}
	used, err := usable(j.now(), p.LinkHash, j.at)
	if err == nil && (used.User != p.User || used.Purpose == LinkBreakGlass) {
		err = NoSuchLink() // the same words: nobody learns that the link is good for something else
	}
	if err != nil {
		return nil, err
	}
	if err := j.emit(&event.LinkUsed{Link: used.Link}); err != nil {
		return nil, err
	}
	for _, l := range j.now().LinksOf(p.User) {
		if err := j.endLink(l); err != nil {
			return nil, err
		}
	}
	return j.now().User(p.User), nil
}

// clearPassword takes a password away: one's own, or as the loss of a way in that an administrator of identities causes.
func (j *judge) clearPassword(c client.PasswordClear) error {
	u, err := j.selfOr(c.User, c.Do())
	if err != nil {
		return err
	}
	if u.Password == "" {
		return fault.New(fault.Conflict, "%s has no password", u.Email).In("user")
	}
	if !j.self(u.ID) {
		j.loseAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	}
	if err := j.emit(&event.PasswordCleared{User: u.ID}); err != nil {
		return err
	}
	j.forget(u.Password)
	ended, err := j.endSessionsOf(u)
	if err != nil {
		return err
	}
	for _, l := range j.now().LinksOf(u.ID) {
		if l.Purpose == LinkBreakGlass {
			continue
		}
		ended = append(ended, describeLink(l))
		if err := j.endLink(l); err != nil {
			return err
		}
	}
	j.ended(c.Do(), u.ID, ended...)
	return nil
}

// forget drops what a secret's id names when the change is in the journal.
func (j *judge) forget(secret string) {
	if secret != "" {
		j.after.secrets = append(j.after.secrets, secret)
	}
}
