package change

import (
	"context"
	"errors"
	"regexp"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// Setup is what the one-time setup link asks for: a new organization and its first owner.
type Setup struct {
	Organization, Name, Email string
	Password                  string // id of the secret that has its hash: "sec_…"; "" for nobody who signs in with one
}

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

// SetUp uses the setup link up and makes the organization with its first owner and a token of theirs, in one transaction:
// whatever cuts it off, either there is an owner or the link was not used. The result is the new organization's.
func (s *Service) SetUp(ctx context.Context, hash string, what Setup, request string) (Result, error) {
	if !organizationName.MatchString(what.Organization) {
		return Result{}, fault.New(fault.Invalid, "%q cannot be an organization's name", what.Organization).In("organization").
			Rather("use lower-case letters, digits and hyphens, beginning with a letter")
	}
	if _, err := (&judge{edit: state.Empty("").Edit()}).address("email", what.Email); err != nil {
		return Result{}, err
	}
	s.sending.RLock() // Close waits
	defer s.sending.RUnlock()
	select {
	case <-s.closed:
		return Result{}, fault.New(fault.Unavailable, "the server is stopping")
	default:
	}
	actor := Actor{Rule: RuleSetup, Via: "setup", Request: request}
	for range attempts {
		made, err := s.useLink(context.WithoutCancel(ctx), actor, hash, what)
		if !errors.Is(err, journal.ErrConflict) {
			return made, err
		}
		if err := s.engine.CatchUp(ctx, decide.Server); err != nil {
			return Result{}, err
		}
	}
	return Result{}, fault.New(fault.Conflict, "somebody else was quicker %d times", attempts).By("revision").Rather("try again")
}

// useLink is one attempt of SetUp. Of two at once one conflicts: both move the server's own journal on.
func (s *Service) useLink(ctx context.Context, actor Actor, hash string, what Setup) (Result, error) {
	base, err := s.engine.Current(decide.Server)
	if err != nil {
		return Result{}, err
	}
	use := &request{ctx: ctx, actor: actor, how: How{ID: newID("chg_")}, do: func(j *judge) error {
		if len(s.engine.Organizations()) > 0 {
			return fault.New(fault.Conflict, "there is an organization already, and setup is closed for good").By("setup")
		}
		if j.base.Setup == "" || j.base.Setup != hash || !j.at.Before(j.base.SetupUntil) {
			return fault.New(fault.NotFound, "there is no such setup link, or it was used, or its time is over").By("setup").
				Rather("restart the server for another one, if nobody has used it")
		}
		return j.emit(&event.SetupUsed{})
	}}
	create := &request{ctx: ctx, actor: actor, how: How{ID: newID("chg_")}, do: func(j *judge) error { return j.create(what) }}
	used, err := s.judge(base, use)
	if err == nil {
		_, err = s.judge(state.Empty(what.Organization), create)
	}
	if err != nil {
		s.Refused.Add(1)
		return Result{}, err
	}
	if _, err := s.journal.AppendTogether(ctx, part(decide.Server, base.Revision, use), part(what.Organization, 0, create)); err != nil {
		return Result{}, err
	}
	s.Made.Add(1)
	s.engine.Publish(used)
	return create.result, s.engine.Add(ctx, what.Organization)
}

func part(organization string, expected int64, r *request) journal.Part {
	return journal.Part{Organization: organization, Expected: expected, Changes: []journal.Change{{Organization: organization, ID: r.how.ID,
		Actor: r.actor.String(), Via: r.actor.Via, Request: r.actor.Request, At: r.at, Epoch: r.result.After.Epoch, Entries: r.entries}}}
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
	if what.Password != "" {
		if err := j.emit(&event.PasswordSet{User: id, Secret: what.Password}); err != nil {
			return err
		}
	}
	if err := j.byRule(RuleSetup, func() error { return j.give(access.Grant{To: first, Role: owner, On: accessfile.Directory}) }); err != nil {
		return err
	}
	return j.seatToken(first, "made at setup")
}

// seatToken makes the token with which an owner comes in who has no other way: at setup, and after a restore.
func (j *judge) seatToken(of access.Subject, description string) error {
	secret, hash, last, err := j.service.options.Mint("user")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "no secret could be made")
	}
	ev := &event.TokenIssued{Token: newID(state.TokenPrefix), Number: j.number(), Kind: "user", Subject: of.String(), Hash: hash, Last: last,
		Description: description, Expires: event.Micros(j.at.Add(SetupTokenLife)), By: j.actor.String()}
	j.made("token.issue", ev.Token, ev.Number)
	j.results[len(j.results)-1].Secret = secret
	return j.emit(ev)
}
