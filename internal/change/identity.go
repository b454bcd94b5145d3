package change

import (
	"context"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

const identityPrefix = "idn_"

// LinkIdentity binds the caller to an account that they have just signed in to at a provider.
func (s *Service) LinkIdentity(ctx context.Context, organization string, actor Actor, in SignOn) (Result, error) {
	return s.do(ctx, organization, actor, How{}, "identity.link", func(j *judge) error {
		if j.actor.Rule != "" || j.actor.Subject.Kind != access.User || j.actor.Within != nil {
			return fault.New(fault.Forbidden, "only a person binds an account to themselves, and not with a narrowed token").By("own_identity").Rather("sign in first")
		}
		if j.actor.Emergency {
			return emergency("a way in of one's own")
		}
		in.Test = false // what is not enabled binds nobody
		p, err := j.vouching(&in)
		if err != nil {
			return err
		}
		return j.link(p, j.actor.Subject.ID, event.Account{Issuer: in.Issuer, Subject: in.Subject, Email: in.Email})
	})
}

func (j *judge) linkIdentity(c client.IdentityLink) error {
	if err := j.identity("users.manage", c.Do()); err != nil {
		return err
	}
	u, err := j.user("user", c.User)
	if err != nil {
		return err
	}
	p := j.now().Provider(c.Provider)
	if p == nil {
		return fault.New(fault.NotFound, "there is no provider %q", c.Provider).In("provider")
	}
	if subject(c.Subject) != nil {
		return fault.New(fault.Invalid, "%q cannot be the id of an account", c.Subject).In("subject").Rather("copy it from the provider")
	}
	j.gainAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	return j.link(p, u.ID, event.Account{Issuer: p.Issuer, Subject: c.Subject, Email: c.Email})
}

func (j *judge) link(p *state.Provider, user string, account event.Account) error {
	if len(account.Email) > maxName {
		return fault.New(fault.Invalid, "the e-mail is too long").In("email")
	}
	if i := j.now().IdentityAt(account.Issuer, account.Subject); i != nil {
		if i.User == user {
			return fault.New(fault.Conflict, "the account is bound to this user already").In("subject")
		}
		return fault.New(fault.Conflict, "the account is bound to somebody").In("subject").By("identity").Rather("end that binding first")
	}
	j.people = true
	id := newID(identityPrefix)
	j.made("identity.link", id, 0)
	return j.emit(&event.IdentityLinked{Identity: id, User: user, Provider: p.Provider, Account: account})
}

func (j *judge) unlinkIdentity(c client.IdentityUnlink) error {
	i := j.now().Identity(c.Identity)
	own := i != nil && j.self(i.User)
	if !own {
		if err := j.identity("users.manage", c.Do()); err != nil {
			return err
		}
	}
	if i == nil {
		return fault.New(fault.NotFound, "there is no identity %q", c.Identity).In("identity")
	}
	j.people = true
	if err := j.emit(&event.IdentityUnlinked{Identity: i.Identity, User: i.User}); err != nil || own {
		return err
	}
	j.loseAll(access.Holder{Kind: access.User, ID: i.User}, "", true)
	return j.emit(&event.SessionsEnded{User: i.User})
}

// ProviderTested notes that somebody signed in with a provider as it is now, on the word of who administers sign-in and has
// just tried it. User is whose account it was; "" where it is nobody's yet.
func (s *Service) ProviderTested(ctx context.Context, organization string, actor Actor, provider, user string) (Result, error) {
	return s.do(ctx, organization, actor, How{}, "provider.tested", func(j *judge) error {
		if err := j.identity("signin.manage", "provider.tested"); err != nil {
			return err
		}
		if j.now().Provider(provider) == nil {
			return fault.New(fault.NotFound, "there is no provider %q", provider).In("provider")
		}
		if user == "" {
			user = j.actor.Subject.ID
		} else if u := j.now().User(user); u == nil || u.Inactive {
			return fault.New(fault.NotFound, "there is no user %q", user).In("user")
		}
		return j.emit(&event.ProviderTested{Provider: provider, User: user})
	})
}
