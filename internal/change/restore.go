package change

import (
	"context"
	"slices"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
)

// Restored begins a new epoch of an organization that was read from a backup: what was revoked since must not live again,
// so every token is suspended but those that are kept, by id or description. Where an owner is named by e-mail, they get a
// new token, which is in the result: otherwise perhaps nobody could sign in.
func (s *Service) Restored(ctx context.Context, organization string, keep []string, ownerEmail string) (Result, error) {
	return s.do(ctx, organization, Actor{Rule: RuleRestore, Via: "restore"}, How{}, "restore", func(j *judge) error {
		j.epoch = max(j.base.Epoch, 1) + 1
		if err := j.emit(&event.EpochStarted{Epoch: j.epoch, Reason: "restore"}); err != nil {
			return err
		}
		for id, t := range j.base.Tokens() {
			if t.Ended || slices.Contains(keep, id) || t.Description != "" && slices.Contains(keep, t.Description) {
				continue
			}
			if err := j.emit(&event.TokenSuspended{Token: id, By: j.actor.String()}); err != nil {
				return err
			}
		}
		for _, u := range j.base.Users() {
			for _, l := range j.base.LinksOf(u.ID) {
				if err := j.emit(&event.LinkEnded{Link: l.Link}); err != nil {
					return err
				}
			}
		}
		if ownerEmail == "" {
			return nil
		}
		return j.ownersToken(ownerEmail)
	})
}

// ownersToken makes a token for an owner on the word of the operator, who holds the data folder anyway.
func (j *judge) ownersToken(address string) error {
	u, err := j.user("owner", address)
	if err != nil {
		return err
	}
	h := access.Subject{Kind: access.User, ID: u.ID}
	if u.Inactive || j.now().Holds(access.Grant{To: h, Role: owner, On: "org"}) == nil {
		return fault.New(fault.Invalid, "%s is no active owner", address).In("owner").Rather("name somebody who is")
	}
	return j.seatToken(h, "made by restore")
}
