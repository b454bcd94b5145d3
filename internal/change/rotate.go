package change

import (
	"time"

	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// MaxOverlap is the longest that a token stays good beside the one that takes its place.
const MaxOverlap = 7 * 24 * time.Hour

// rotateToken makes a token in place of another one. Whoever may issue such a token may rotate it. The new one is narrowed as
// the old one is.
func (j *judge) rotateToken(c client.TokenRotate) error {
	old, err := j.rotatable(c)
	if err != nil {
		return err
	}
	next := &event.TokenIssued{Token: newID(state.TokenPrefix), Number: j.number(), Kind: old.Kind, Subject: old.Subject, Description: old.Description,
		Permissions: old.Permissions, Scopes: old.Scopes, By: j.actor.String(), Replaces: old.Token}
	switch {
	case c.Expires != nil && !c.Expires.After(j.at):
		return fault.New(fault.Invalid, "the token would have expired already").In("expires")
	case c.Expires != nil:
		next.Expires = event.Micros(*c.Expires)
	case old.Expires != 0:
		next.Expires = event.Micros(j.at.Add(event.Time(old.Expires).Sub(old.Issued)))
	}
	if err := j.giveSecret(c.Do(), next); err != nil {
		return err
	}
	if c.Overlap == 0 {
		_, err := j.endToken(old, nil)
		return err
	}
	end := event.Micros(j.at.Add(time.Duration(c.Overlap) * time.Second))
	for _, earlier := range []int64{old.Expires, next.Expires} {
		if earlier != 0 {
			end = min(end, earlier)
		}
	}
	return j.emit(&event.TokenShortened{Token: old.Token, Expires: end})
}

// rotatable finds the token that the actor may rotate.
func (j *judge) rotatable(c client.TokenRotate) (*state.Token, error) {
	t, err := j.token(c.Token)
	if err != nil {
		return nil, err
	}
	if err := j.mayIssue(t.Kind, t.Holder); err != nil {
		return nil, err
	}
	if c.Overlap < 0 || c.Overlap > int(MaxOverlap/time.Second) {
		return nil, fault.New(fault.Invalid, "an overlap of %d seconds", c.Overlap).In("overlap").By("overlap").Rather("at most %d, which is seven days", int(MaxOverlap/time.Second))
	}
	dead := fault.New(fault.Conflict, "the token is of no use any more, and nothing takes its place").In("token").By("rotation").Rather("issue a new one")
	switch {
	case !lives(t, j.at):
		return nil, dead
	case j.successor(t) != nil:
		return nil, fault.New(fault.Conflict, "the token was rotated already").In("token").By("rotation").Rather("rotate %s, which took its place", j.successor(t).Token)
	}
	return t, nil
}

// successor returns the good token that took another one's place, or nil.
func (j *judge) successor(of *state.Token) *state.Token {
	for t := range j.now().TokensOf(of.Holder) {
		if t.Replaces == of.Token && lives(t, j.at) {
			return t
		}
	}
	return nil
}

// giveSecret makes a token's secret, but not in a dry run, and issues it.
func (j *judge) giveSecret(do string, ev *event.TokenIssued) (err error) {
	secret := ""
	if !j.how.DryRun {
		if secret, ev.Hash, ev.Last, err = j.service.options.Mint(ev.Kind); err != nil {
			return fault.Wrap(fault.Internal, err, "no secret could be made")
		}
	}
	if ev.Kind == "user" {
		j.people = true
	}
	j.made(do, ev.Token, ev.Number)
	j.results[len(j.results)-1].Secret = secret
	return j.emit(ev)
}
