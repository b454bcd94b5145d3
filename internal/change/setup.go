package change

import (
	"context"
	"regexp"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// Setup is what the one-time setup link asks for: a new organization and its first owner.
type Setup struct{ Organization, Name, Email string }

// SetupTokenLife is how long the token that setup shows is good for.
const SetupTokenLife = 90 * 24 * time.Hour

// owner is the role that governs the directory.
const owner = "owner"

var organizationName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// OpenSetup opens a setup link, which closes any other one. It is refused once there is an organization.
func (s *Service) OpenSetup(ctx context.Context, hash string, until time.Time) error {
	if err := s.engine.Add(ctx, decide.Server); err != nil {
		return err
	}
	_, err := s.do(ctx, decide.Server, Actor{Rule: RuleSetup, Via: "setup"}, How{}, "setup.open", func(j *judge) error {
		if j.base.SetupDone || len(s.engine.Organizations()) > 0 {
			return fault.New(fault.Conflict, "there is an organization already, and setup is closed for good").By("setup")
		}
		return j.emit(&event.SetupOpened{Hash: hash, Until: event.Micros(until)})
	})
	return err
}

// SetUp uses the setup link up: it makes the organization with its first owner and a token of theirs. The link is used
// first, so that of two who try at once one fails. The result is the new organization's.
func (s *Service) SetUp(ctx context.Context, hash string, what Setup, request string) (Result, error) {
	if !organizationName.MatchString(what.Organization) {
		return Result{}, fault.New(fault.Invalid, "%q cannot be an organization's name", what.Organization).In("organization").
			Rather("use lower-case letters, digits and hyphens, beginning with a letter")
	}
	if _, err := (&judge{edit: state.Empty("").Edit()}).address("email", what.Email); err != nil {
		return Result{}, err
	}
	actor := Actor{Rule: RuleSetup, Via: "setup", Request: request}
	_, err := s.do(ctx, decide.Server, actor, How{}, "setup.use", func(j *judge) error {
		if len(s.engine.Organizations()) > 0 {
			return fault.New(fault.Conflict, "there is an organization already, and setup is closed for good").By("setup")
		}
		if j.base.Setup == "" || j.base.Setup != hash || !j.at.Before(j.base.SetupUntil) {
			return fault.New(fault.NotFound, "there is no such setup link, or it was used, or its time is over").By("setup").
				Rather("restart the server for another one, if nobody has used it")
		}
		return j.emit(&event.SetupUsed{})
	})
	if err != nil {
		return Result{}, err
	}
	return s.Create(ctx, actor, what)
}

// Create makes an organization with its first owner. Only setup, the demo and tests do: doors have no way to call it.
func (s *Service) Create(ctx context.Context, actor Actor, what Setup) (Result, error) {
	if err := s.engine.Add(ctx, what.Organization); err != nil {
		return Result{}, err
	}
	return s.do(ctx, what.Organization, actor, How{}, "organization.create", func(j *judge) error {
		if j.base.Revision > 0 {
			return fault.New(fault.Conflict, "there is an organization %q already", what.Organization).In("organization")
		}
		return j.create(what)
	})
}

func (j *judge) create(what Setup) error {
	hash, err := rolemodel.EditionHash("bailiwick")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the directory's own edition is missing")
	}
	address, err := j.address("email", what.Email)
	if err != nil {
		return err
	}
	if err := j.emit(&event.OrganizationCreated{Name: what.Organization}); err != nil {
		return err
	}
	if err := j.emit(&event.PlatformAttached{Slug: accessfile.Directory, Edition: "bailiwick", Hash: hash}); err != nil {
		return err
	}
	id, err := j.newUser("user.add", address, what.Name)
	if err != nil {
		return err
	}
	first := access.Subject{Kind: access.User, ID: id}
	if err := j.byRule(RuleSetup, func() error { return j.give(access.Grant{To: first, Role: owner, On: accessfile.Directory}) }); err != nil {
		return err
	}
	return j.seatToken(first, "made at setup")
}

// seatToken makes the token with which an owner comes in who has no other way: at setup, and after a restore.
func (j *judge) seatToken(of access.Subject, description string) error {
	secret, hash, last, err := j.mint("user")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "no secret could be made")
	}
	ev := &event.TokenIssued{Token: newID(state.TokenPrefix), Number: j.number(), Kind: "user", Subject: of.String(), Hash: hash, Last: last,
		Description: description, Expires: event.Micros(j.at.Add(SetupTokenLife))}
	j.made("token.issue", ev.Token, ev.Number)
	j.results[len(j.results)-1].Secret = secret
	return j.emit(ev)
}
