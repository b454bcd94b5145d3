package change

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// SignOn is what an identity provider said of somebody, once everything about its answer was checked.
type SignOn struct {
	Provider      string // id
	Issuer        string
	Subject       string
	Email         string
	EmailVerified bool // by the provider, for this account
	Name          string
	Groups        []string
	HasGroups     bool   // false where the claim was missing, which is not the same as being in no group
	Test          bool   // tells what would happen, also with a provider that is not enabled, and does nothing
	Request       string // id of the request
}

// Signed is what came of a sign-on.
type Signed struct {
	User         string            // opaque id; of a test that would create somebody, of nobody
	Created      bool              // the user was unknown until now
	Linked       bool              // the account was bound to the user just now
	Joined, Left []string          // teams, by name
	Licenses     map[string]string // that were set, by platform
	Skipped      []string          // what the mappings ask for and no rule may do, for people to read
	Result
}

func (s *Signed) skip(format string, args ...any) {
	s.Skipped = append(s.Skipped, fmt.Sprintf(format, args...))
}

func (s *Signed) license(slug, name string) {
	if s.Licenses == nil {
		s.Licenses = map[string]string{}
	}
	s.Licenses[slug] = name
}

// SignOn finds, binds or creates the user that an account at an identity provider belongs to, makes their teams and licenses
// what the provider's groups say, and lets the platforms' rules about first sign-ins act: all in one change. It writes
// nothing where nothing is to be changed. Whoever may not sign in gets an Unauthenticated error; what it says is for the
// log, and for outside there is one text.
func (s *Service) SignOn(ctx context.Context, organization string, in SignOn) (Signed, error) {
	var out Signed
	result, err := s.do(ctx, organization, Actor{Rule: RuleSignOn, Via: "signin", Request: in.Request}, How{DryRun: in.Test}, "sign_on", func(j *judge) error {
		out = Signed{} // it may be judged more than once
		return j.signOn(&in, &out)
	})
	if err != nil {
		return Signed{}, err
	}
	out.Result = result
	return out, nil
}

// noEntry refuses a sign-in.
func noEntry(rule, format string, args ...any) *fault.Error {
	return fault.New(fault.Unauthenticated, format, args...).By(rule)
}

func (j *judge) signOn(in *SignOn, out *Signed) error {
	p, err := j.vouching(in)
	if err != nil {
		return err
	}
	u, err := j.accountOf(p, in, out)
	if err != nil {
		return err
	}
	if u == nil {
		if u, err = j.createFor(p, in); err != nil {
			return err
		}
		out.Created, out.Linked = true, true
	}
	out.User = u.ID
	if in.Name != "" && u.Name == "" && name("name", in.Name) == nil {
		if err := j.emit(&event.UserChanged{User: u.ID, Profile: event.Profile{Email: u.Email, Name: in.Name}}); err != nil {
			return err
		}
	}
	if in.HasGroups {
		if err := j.follow(&p.ProviderPut, u.ID, in.Groups, out); err != nil {
			return err
		}
	}
	return j.signedIn(u.ID)
}

// vouching finds the provider that vouches for somebody.
func (j *judge) vouching(in *SignOn) (*state.Provider, error) {
	p := j.now().Provider(in.Provider)
	switch {
	case p == nil:
		return nil, noEntry("provider", "there is no provider %q here", in.Provider)
	case !p.Enabled && !in.Test:
		return nil, noEntry("provider", "the provider %q is not enabled", p.Name)
	case in.Issuer != p.Issuer:
		return nil, noEntry("issuer", "%q is not the issuer of the provider %q", in.Issuer, p.Name)
	}
	return p, subject(in.Subject)
}

// subject judges a provider's id of an account.
func subject(text string) error {
	if text != "" && len(text) <= maxName && utf8.ValidString(text) && strings.IndexFunc(text, invisible) < 0 {
		return nil
	}
	return noEntry("subject", "%q cannot be the id of an account", text)
}

// accountOf finds the user whom an account belongs to; nil where it belongs to nobody, and somebody may be created for it.
func (j *judge) accountOf(p *state.Provider, in *SignOn, out *Signed) (*state.User, error) {
	i := j.now().IdentityAt(in.Issuer, in.Subject)
	if i == nil {
		return j.unbound(p, in, out)
	}
	u := j.now().User(i.User)
	if u == nil || u.Inactive {
		return nil, noEntry("inactive", "%s is deactivated", j.now().Readable(i.User))
	}
	if i.Provider == p.Provider {
		return u, nil
	}
	// Another provider of the same issuer means the same account, unless it was switched off to keep its people out.
	other := j.now().Provider(i.Provider)
	if other != nil && !other.Enabled {
		return nil, noEntry("provider", "%s is bound at the provider %q, which is not enabled", u.Email, other.Name)
	}
	if other != nil {
		return u, nil
	}
	if err := j.emit(&event.IdentityUnlinked{Identity: i.Identity, User: u.ID}); err != nil {
		return nil, err
	}
	return u, j.bind(p, u.ID, event.Account{Issuer: in.Issuer, Subject: in.Subject, Email: i.Account.Email})
}

// unbound finds the user whom an account that is bound to nobody may be bound to: one who was added by hand, with that
// address, and has no way in of any kind yet. Everybody else's record has an owner, who binds the account while signed in.
func (j *judge) unbound(p *state.Provider, in *SignOn, out *Signed) (*state.User, error) {
	if !in.EmailVerified && !p.TrustEmail {
		return nil, noEntry("email_verified", "the provider %q did not verify the e-mail, and nobody is bound to the account", p.Name)
	}
	address, err := verified(in.Email)
	if err != nil {
		return nil, err
	}
	u := j.now().UserByEmail(address)
	if u == nil {
		return nil, nil
	}
	if u.Inactive {
		return nil, noEntry("inactive", "%s is deactivated", u.Email)
	}
	if way := j.wayOf(u); way != "" {
		return nil, noEntry("link", "%s has %s, and is not bound to the account: whoever is signed in as them can do that", u.Email, way)
	}
	for _, l := range j.now().LinksOf(u.ID) {
		if l.Purpose == LinkBreakGlass {
			continue
		}
		// Of two ways in, the one that was not taken would be anybody's who finds the letter.
		if err := j.emit(&event.LinkEnded{Link: l.Link}); err != nil {
			return nil, err
		}
	}
	out.Linked = true
	return u, j.bind(p, u.ID, event.Account{Issuer: in.Issuer, Subject: in.Subject, Email: address})
}

// wayOf names what shows that a record is somebody's already; "" where nothing does.
func (j *judge) wayOf(u *state.User) string {
	switch {
	case u.Password != "":
		return "a password"
	case len(u.SignedIn) > 0:
		return "signed in before"
	case len(j.now().IdentitiesOf(u.ID)) > 0:
		return "another account"
	}
	for range j.now().TokensOf(access.Subject{Kind: access.User, ID: u.ID}) {
		return "a token"
	}
	return ""
}

// verified returns the stored form of an address that a provider verified. It may differ from the stored form in the case of
// ASCII letters only: whoever owns K@… with a Kelvin sign does not own k@….
func verified(text string) (string, error) {
	lower := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
	stored, err := email.Normalize(text)
	if err != nil || stored != lower {
		return "", noEntry("email", "%q cannot be anybody's e-mail here", text)
	}
	return stored, nil
}

func (j *judge) bind(p *state.Provider, user string, account event.Account) error {
	return j.emit(&event.IdentityLinked{Identity: newID(identityPrefix), User: user, Provider: p.Provider, Account: account})
}
