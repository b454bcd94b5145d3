package change

import (
	"context"
	"time"
)

// recoveryPause is how long a link that was asked for is given to arrive: meanwhile no other one is made, so that nobody's
// mailbox is filled by a stranger.
const recoveryPause = 5 * time.Minute

// Recover mails a link for a new password to the user with an e-mail, where there is such a user who has a password and there
// is mail. It does not say whether it did. The letter goes to the address that the directory has, whoever asked.
func (s *Service) Recover(ctx context.Context, organization, email, request string) error {
	actor := Actor{Rule: RuleRecovery, Via: "signin", Request: request}
	_, err := s.do(ctx, organization, actor, How{}, "link.recover", func(j *judge) error { return j.recover(email) })
	return err
}

func (j *judge) recover(email string) error {
	u := j.now().UserByEmail(email)
	if u == nil || u.Inactive || u.Password == "" || !PasswordsAllowed(j.now()) || !j.canMail(u) {
		return nil
	}
	for _, l := range j.now().LinksOf(u.ID) {
		if l.Purpose == LinkReset && j.at.Before(l.Opened.Add(recoveryPause)) {
			return nil
		}
	}
	l, secret, err := j.newLink(u, LinkReset, "")
	if err != nil {
		return err
	}
	j.letter(u, Letter{Kind: LinkReset, Secret: secret, Until: untilOf(l)})
	return nil
}
