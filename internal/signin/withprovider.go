package signin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/oidc"
	"bailiwick/internal/state"
)

// sealed is what client secrets are sealed as.
const sealed = "client_secret"

// An Arrival is what came of a sign-in at a provider.
type Arrival struct {
	Entered *Entered // nil for a test, and where an account was linked
	Next    string   // a local path
	// Claims are what the provider sent, for the administrator who tests it; Signed is what a sign-in would come to.
	Claims []oidc.Claim
	Signed change.Signed
	Linked bool
}

// byProvider begins the method of a session that an identity provider let in.
const byProvider = "provider:"

// ProviderOf returns the opaque id of the identity provider that a session's method names.
func ProviderOf(method string) (id string, by bool) { return strings.CutPrefix(method, byProvider) }

// Purposes of a way to a provider and back.
const (
	toSignIn = "sign_in"
	toLink   = "link"
	toTest   = "test"
)

// Start begins a sign-in at a provider: where to send the browser, and the cookie that it keeps meanwhile. A test and a
// link need somebody who is signed in.
func (d *Desk) Start(ctx context.Context, organization, provider, next string) (string, *http.Cookie, error) {
	return d.start(ctx, organization, provider, next, toSignIn, nil)
}

// StartLink begins to link an account at a provider to the caller's.
func (d *Desk) StartLink(ctx context.Context, caller *Caller, provider, next string) (string, *http.Cookie, error) {
	return d.start(ctx, caller.Organization, provider, next, toLink, caller)
}

// StartTest begins a test of a provider, which may be off yet: for who administers how people sign in. What a test shows is
// theirs to see.
func (d *Desk) StartTest(ctx context.Context, caller *Caller, provider, next string) (string, *http.Cookie, error) {
	st, err := d.Engine.Current(caller.Organization)
	if err != nil {
		return "", nil, err
	}
	if !change.GovernsIdentities(st, caller.actor(From{}), "signin.manage", st.Moment(d.Engine.Now())) {
		return "", nil, fault.New(fault.Forbidden, "you may not test how people sign in").By("permission").
			Rather("it needs signin.manage at org, or the top role on every attached platform")
	}
	return d.start(ctx, caller.Organization, provider, next, toTest, caller)
}

func (d *Desk) start(ctx context.Context, organization, provider, next, purpose string, caller *Caller) (string, *http.Cookie, error) {
	p, err := d.provider(organization, provider, purpose == toTest)
	if err != nil {
		return "", nil, err
	}
	request := purpose
	if caller != nil {
		request += " " + caller.Session
	}
	return d.Party.Start(ctx, p, oidc.Flow{Organization: organization, Next: next, Test: purpose == toTest, Request: request})
}

// provider is an identity provider as the protocol sees it. One that is off lets nobody in, and can be tested.
func (d *Desk) provider(organization, id string, off bool) (oidc.Provider, error) {
	st, err := d.Engine.Current(organization)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return oidc.Provider{}, err
	}
	var p *state.Provider
	if err == nil { // which organizations there are is not told: there is no provider in one that is not
		p = st.Provider(id)
	}
	if p == nil || !p.Enabled && !off {
		return oidc.Provider{}, fault.New(fault.NotFound, "there is no such identity provider, or it is off").By("provider").Rather("go back and choose another way to sign in")
	}
	found := oidc.Provider{ID: p.Provider, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes, GroupsClaim: p.GroupsClaim}
	if p.Secret != "" {
		found.ClientSecret = func(ctx context.Context) (string, error) { return d.clientSecret(ctx, organization, p.Secret) }
	}
	return found, nil
}

func (d *Desk) clientSecret(ctx context.Context, organization, id string) (string, error) {
	kept, found, err := d.Journal.Secret(ctx, organization, id)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", fault.New(fault.Unavailable, "the client secret of the identity provider is missing").Rather("an administrator writes it again")
	}
	text, err := d.Seal.Open(sealed, organization, id, kept)
	return string(text), err
}

// KeepClientSecret seals and keeps a provider's client secret, and returns the id by which a provider names it.
func (d *Desk) KeepClientSecret(ctx context.Context, organization, text string) (string, error) {
	id := secretPrefix + randomText()
	closed, err := d.Seal.Seal(sealed, organization, id, []byte(text))
	if err != nil {
		return "", err
	}
	return id, d.Journal.PutSecret(ctx, organization, id, closed)
}

// Finish ends what Start began: it judges what the provider sent back, and lets the person in. The caller is who is signed
// in at that browser already, or nil.
func (d *Desk) Finish(ctx context.Context, r *http.Request, caller *Caller, from From) (*Arrival, error) {
	on, err := d.Party.Finish(ctx, r, func(organization, id string) (oidc.Provider, error) { return d.provider(organization, id, true) })
	if err != nil {
		d.Log.InfoContext(ctx, "a sign-in at a provider failed", "why", err.Error(), "request", from.Request)
		return nil, err
	}
	what := change.SignOn{Provider: on.Provider, Issuer: on.Issuer, Subject: on.Subject, Email: on.Email, EmailVerified: on.EmailVerified, Name: on.Name,
		Groups: on.Groups, HasGroups: on.GroupsSent, Test: on.Test, Request: from.Request}
	arrival := &Arrival{Next: on.Next, Claims: on.Claims}
	switch {
	case on.Request == toSignIn:
		if _, err := d.newest(ctx, on.Organization); err != nil {
			return nil, err
		}
		if arrival.Signed, err = d.Changes.SignOn(ctx, on.Organization, what); err != nil {
			d.refused(ctx, on.Organization, arrival.Signed.User, from, err.Error())
			return nil, notLetIn(err, from)
		}
		arrival.Entered, err = d.open(ctx, on.Organization, arrival.Signed.User, byProvider+on.Provider, from, time.Time{})
		return arrival, err
	case caller == nil || caller.Organization != on.Organization || on.Request != toLink+" "+caller.Session && on.Request != toTest+" "+caller.Session:
		// Whoever began it is not who ended it: otherwise an account could be linked to somebody else's session.
		return nil, fault.New(fault.Unauthenticated, "the session that began this is over").By("session").Rather("sign in and begin again")
	case on.Test:
		if arrival.Signed, err = d.Changes.SignOn(ctx, on.Organization, what); err != nil {
			return arrival, err
		}
		_, err = d.Changes.ProviderTested(ctx, on.Organization, caller.actor(from), on.Provider, caller.Subject.ID)
		return arrival, err
	}
	arrival.Linked = true
	_, err = d.Changes.LinkIdentity(ctx, on.Organization, caller.actor(from), what)
	return arrival, err
}

// notLetIn is the one answer to somebody whom a provider knows and the organization does not let in. Why is in the log: who is
// here, and how they get in, is not for whoever has an account there.
func notLetIn(err error, from From) error {
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	return fault.New(fault.Unauthenticated, "this account does not let you in here").By("sign_in").
		Rather("ask an administrator, or whoever runs the server: its log says why, under the request %s", from.Request)
}

// actor is the caller as package change knows an actor.
func (c *Caller) actor(from From) change.Actor {
	return change.Actor{Subject: c.Subject, Emergency: c.Emergency, Via: "signin", Request: from.Request}
}

// Leave is where to send a browser whose session at a provider should end as well; "" for nowhere.
func (d *Desk) Leave(ctx context.Context, caller *Caller) string {
	if caller.live == nil {
		return ""
	}
	id, by := "", false
	if r := caller.live.row.Load(); r != nil {
		id, by = ProviderOf(r.Method)
	}
	if !by {
		return ""
	}
	p, err := d.provider(caller.Organization, id, false)
	if err != nil {
		return ""
	}
	to, err := d.Party.EndSession(ctx, p, "")
	if err != nil {
		d.Log.InfoContext(ctx, "the provider's own sign-out is not known", "error", err)
	}
	return to
}

// BackChannel believes a provider that somebody has signed out there, and ends all their sessions here.
func (d *Desk) BackChannel(ctx context.Context, organization, provider, token string, from From) error {
	p, err := d.provider(organization, provider, false)
	if err != nil {
		return err
	}
	out, err := d.Party.VerifyLogoutToken(ctx, p, token)
	if err != nil {
		return err
	}
	st, err := d.Engine.Current(organization)
	if err != nil {
		return err
	}
	identity := st.IdentityAt(out.Issuer, out.Subject)
	if identity == nil || identity.Provider != provider {
		return nil // nobody here: which is what the provider wants
	}
	actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: identity.User}, Via: "provider", Request: from.Request}
	_, err = d.Changes.Do(ctx, organization, actor, change.How{}, client.SessionsEnd{User: identity.User})
	return err
}
