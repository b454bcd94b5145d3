package home

import (
	"context"
	"log/slog"
	"net/http"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/discovery"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/history"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// Options are the server's parts, all of which are needed, and whose gates these are.
type Options struct {
	Organization string
	Engine       *decide.Engine
	Reader       *signin.Reader
	Sessions     *signin.Sessions // those that the Reader takes
	History      *history.Recorder
	Changes      *change.Service
	Discovery    *discovery.Service
	Log          *slog.Logger
}

// A Home answers all gates of one organization. It is safe for concurrent use.
type Home struct{ Options }

// New makes a Home.
func New(o Options) *Home { return &Home{o} }

// Discovered takes what code locations a deployment's upstream has now.
func (h *Home) Discovered(ctx context.Context, deployment string, locations []string) error {
	h.Discovery.Told(ctx, h.Organization, deployment, locations)
	return nil
}

// Facts are the present ones, or Unavailable where the journal was not heard from within the bound.
func (h *Home) Facts(_ context.Context) (gate.Facts, error) {
	st, err := h.now()
	if err != nil {
		return gate.Facts{}, err
	}
	return gate.Facts{Snapshot: st.Access, Revision: st.Revision, At: st.Moment(h.Engine.Now())}, nil
}

// now is the organization's state. One that is gone is Unavailable: it may be that it was not restored yet.
func (h *Home) now() (*state.State, error) {
	st, err := h.Engine.Current(h.Organization)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Unavailable, "there is no organization %q yet", h.Organization).By("gate.organization")
	}
	return st, err
}

// Changed waits until the facts have a revision above one that is known, and returns theirs.
func (h *Home) Changed(ctx context.Context, known int64) (int64, error) {
	st, err := h.Engine.AtLeast(ctx, h.Organization, known+1, 0)
	if err != nil {
		return 0, err
	}
	return st.Revision, nil
}

// BySession judges the secret of a session at a gate's origin.
func (h *Home) BySession(ctx context.Context, origin, secret string) (*gate.Caller, error) {
	c, err := h.Sessions.ForGate(ctx, h.Organization, origin, secret)
	return h.named(c, err)
}

// ByToken judges a request's Authorization header: tokens of users and service users of the organization, and no cookie. Another
// organization's does not work here, and the answer does not say that it works elsewhere.
func (h *Home) ByToken(r *http.Request) (*gate.Caller, error) {
	c, err := h.Reader.Caller(r, signin.UserToken, signin.ServiceUserToken)
	if err == nil && c.Organization != h.Organization {
		err = fault.New(fault.Unauthenticated, "this token does not work").By("token").Rather("a token of this organization")
	}
	return h.named(c, err)
}

// ByName is the active user with an e-mail address that a trusted proxy vouches for.
func (h *Home) ByName(_ context.Context, email string) (*gate.Caller, error) {
	c, err := h.Reader.Vouched(h.Organization, email)
	return h.named(c, err)
}

// named adds the name that runs are tagged with.
func (h *Home) named(c *signin.Caller, err error) (*gate.Caller, error) {
	if err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			h.History.Anonymous()
		}
		return nil, err
	}
	st, err := h.now()
	if err != nil {
		return nil, err
	}
	name := ""
	switch c.Subject.Kind {
	case access.User:
		if u := st.User(c.Subject.ID); u != nil {
			name = u.Email
		}
	case access.ServiceUser:
		if u := st.ServiceUser(c.Subject.ID); u != nil {
			name = u.Name
		}
	case access.NoHolder, access.Team, access.Agent:
	}
	if name == "" { // between the judging and now he has gone
		return nil, fault.New(fault.Unauthenticated, "whoever asked is no longer there").By("subject")
	}
	return &gate.Caller{Caller: c, Name: name}, nil
}

// Enter exchanges the code that a browser brought for the cookie of a session at the gate's origin.
func (h *Home) Enter(ctx context.Context, origin, code, browser string) (*http.Cookie, error) {
	opened, err := h.Sessions.ExchangeCode(ctx, h.Organization, code, origin, browser)
	if err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			h.History.Anonymous()
		}
		return nil, err
	}
	h.History.Record(h.Organization, SignedIn(opened.User, origin, ""))
	return opened.Cookie, nil
}

// SignedIn is the line of somebody's signing in at a gate.
func SignedIn(user, origin, request string) history.Activity {
	return history.Activity{Subject: access.Subject{Kind: access.User, ID: user}.String(), Operation: "gate.sign_in", Resource: origin,
		Result: "allowed", Via: "gate", Request: request}
}

// Leave ends the caller's session. Who has none has nothing to end.
func (h *Home) Leave(ctx context.Context, c *gate.Caller) error {
	if c.Session == "" {
		return nil
	}
	return h.Changes.SignOut(ctx, h.Organization, c.Subject.ID, c.Session, c.Expires, "")
}

// Hold watches over an answer that stays open.
func (h *Home) Hold(ctx context.Context, c *gate.Caller) (until context.Context, release func()) {
	return h.Reader.Hold(ctx, c.Caller)
}

// Record keeps what was done or refused, beside the journal.
func (h *Home) Record(a gate.Activity) { h.History.Record(h.Organization, ActivityOf(&a)) }

// ActivityOf is a gate's activity as the audit log keeps it.
func ActivityOf(a *gate.Activity) history.Activity {
	result := "refused"
	if a.Allowed {
		result = "allowed"
	}
	return history.Activity{At: a.At, Subject: a.Subject.String(), Operation: a.Operation, Resource: a.Resource, Result: result, Reason: a.Reason,
		Via: "gate", Request: a.Request, Revision: a.Revision, Took: a.Duration}
}
