package signin

import (
	"context"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/password"
	"bailiwick/internal/state"
)

// linkOf finds the organization of a link's secret, and its hash. A secret that is no link costs a lookup like any other.
func (d *Desk) linkOf(secret string) (organization, hash string, err error) {
	if !wellFormed(linkPrefix, secret) {
		return "", "", change.NoSuchLink()
	}
	hash = HashOf(secret)
	for _, name := range d.Engine.Organizations() {
		st, err := d.Engine.Current(name)
		if err != nil {
			return "", "", err
		}
		if st.LinkByHash(hash) != nil {
			return name, hash, nil
		}
	}
	return "", "", change.NoSuchLink()
}

// UseLink uses a one-time link to choose a password, and signs in. A password that is refused leaves the link as it is.
func (d *Desk) UseLink(ctx context.Context, secret, text string, from From) (*Entered, error) {
	organization, hash, err := d.linkOf(secret)
	if err != nil {
		return nil, err
	}
	user, purpose, err := d.Changes.CheckLink(organization, hash)
	if err != nil {
		return nil, err
	}
	if purpose == change.LinkBreakGlass {
		return nil, change.NoSuchLink()
	}
	if err := d.choose(ctx, organization, change.SetPassword{User: user, LinkHash: hash, Request: from.Request}, text); err != nil {
		return nil, err
	}
	return d.enter(ctx, organization, user, ByLink, from, time.Time{})
}

// Recover has a link for a new password mailed to somebody who has forgotten theirs. The answer, and the time that it takes, are
// the same for everybody; asking counts as a try that failed.
func (d *Desk) Recover(organization, address string, from From) error {
	try := d.try(organization, address, "", from)
	if wait, ok := d.Attempts.Allow(try); !ok {
		return tooMany(wait)
	}
	d.recovering.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), recoverWithin)
		defer cancel()
		if err := d.Changes.Recover(ctx, organization, account(address), from.Request); err != nil && !fault.Is(err, fault.NotFound) {
			d.Log.WarnContext(ctx, "a link that was asked for could not be made", "organization", organization, "error", err)
		}
	})
	return nil
}

// ChangePassword gives the caller another password, who proves the present one. Every session of theirs ends; the answer
// is a new one.
func (d *Desk) ChangePassword(ctx context.Context, caller *Caller, old, text string, from From) (*Entered, error) {
	st, err := d.Engine.Current(caller.Organization)
	if err != nil {
		return nil, err
	}
	u := st.User(caller.Subject.ID)
	if u == nil || u.Password == "" {
		return nil, fault.New(fault.Conflict, "there is no password to change").Rather("ask an administrator for a link that makes one")
	}
	again, err := d.prove(ctx, caller.Organization, u.ID, u.Email, old, from)
	if err != nil {
		return nil, err
	}
	if err := d.choose(ctx, caller.Organization, change.SetPassword{User: again.ID, Proven: again.Password, Request: from.Request}, text); err != nil {
		return nil, err
	}
	return d.enter(ctx, caller.Organization, again.ID, ByPassword, from, time.Time{})
}

// prove judges the password of somebody who is signed in: guesses count as they do at the door. It returns the user whose
// password it is, as they were then.
func (d *Desk) prove(ctx context.Context, organization, user, address, text string, from From) (*state.User, error) {
	u, why, err := d.attempt(ctx, d.try(organization, address, user, from), address, text)
	switch {
	case err != nil:
		return nil, err
	case why != "":
		return nil, fault.New(fault.Forbidden, "this is not your present password").In("old").By("password")
	}
	return u, nil
}

// choose judges, hashes and keeps a new password. The hash lies under its id before the history names it; one that no
// history names is swept up.
func (d *Desk) choose(ctx context.Context, organization string, what change.SetPassword, text string) error {
	st, err := d.Engine.Current(organization)
	if err != nil {
		return err
	}
	if u := st.User(what.User); u != nil {
		if err := password.Check(text, u.Email, u.Name, organization); err != nil {
			return err
		}
	}
	if what.Secret, err = d.keepPassword(ctx, organization, text); err != nil {
		return err
	}
	_, err = d.Changes.SetPassword(ctx, organization, what)
	return err
}

func (d *Desk) keepPassword(ctx context.Context, organization, text string) (string, error) {
	phc, err := d.Hasher.Hash(ctx, text)
	if err != nil {
		return "", err
	}
	id := secretPrefix + randomText()
	return id, d.Journal.PutSecret(ctx, organization, id, []byte(phc))
}

// BreakGlass uses a break-glass link: a session of at most the link's time, as the person whom the operator named.
func (d *Desk) BreakGlass(ctx context.Context, secret string, from From) (*Entered, error) {
	organization, hash, err := d.linkOf(secret)
	if err != nil {
		return nil, err
	}
	user, until, err := d.Changes.UseBreakGlass(ctx, organization, hash, from.Request)
	if err != nil {
		return nil, err
	}
	return d.enter(ctx, organization, user, ByBreakGlass, from, until)
}

// SetUp uses the setup link: the organization with its first owner, who has a password then, and a token.
func (d *Desk) SetUp(ctx context.Context, secret string, what change.Setup, text string, from From) (change.Result, error) {
	if err := password.Check(text, what.Email, what.Name, what.Organization); err != nil {
		return change.Result{}, err
	}
	// Before anything is hashed or kept: anybody can send this form.
	server, err := d.Engine.Current(decide.Server)
	if err != nil {
		return change.Result{}, err
	}
	if err := CheckSetup(secret, server.Setup, server.SetupUntil, server.SetupDone, server.Moment(d.Engine.Now())); err != nil {
		return change.Result{}, err
	}
	if what.Password, err = d.keepPassword(ctx, what.Organization, text); err != nil {
		return change.Result{}, err
	}
	return d.Changes.SetUp(ctx, HashOf(secret), what, from.Request)
}

// recoverWithin bounds what goes on after Recover has answered.
const recoverWithin = 10 * time.Second

// sweepAfter is how long a secret may lie that no history names: its change may be under way.
const sweepAfter = time.Hour

// Sweep drops secrets that no history names any more, sessions and tickets whose time is over.
func (d *Desk) Sweep(ctx context.Context) error {
	now := d.Engine.Now()
	for _, organization := range d.Engine.Organizations() {
		kept, err := d.Journal.SecretIDs(ctx, organization)
		if err != nil {
			return err
		}
		st, err := d.Engine.Current(organization)
		if err != nil {
			return err
		}
		for _, u := range st.Users() {
			delete(kept, u.Password)
		}
		for _, p := range st.Providers() {
			delete(kept, p.Secret)
		}
		for _, w := range st.Webhooks() {
			for _, s := range w.Secrets {
				delete(kept, s.Secret)
			}
		}
		for id, made := range kept {
			if made.Add(sweepAfter).Before(now) {
				if err := d.Journal.DropSecret(ctx, organization, id); err != nil {
					return err
				}
			}
		}
	}
	if err := d.Journal.PruneTickets(ctx, now); err != nil {
		return err
	}
	return d.Journal.PruneSessions(ctx, now)
}
