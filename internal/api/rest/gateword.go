package rest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/feed"
	"bailiwick/internal/history"
	"bailiwick/internal/signin"
)

var (
	batchID = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)
	// gateOperation is what a gate's operations are called: nothing that could be taken for one of the server's own.
	gateOperation = regexp.MustCompile(`^dagster\.[A-Za-z0-9_.*-]{1,100}$`)
)

const (
	// oldestActivity and newestActivity bound the times of what a gate tells of, and mostOften how often something was done.
	oldestActivity = 24 * time.Hour
	newestActivity = time.Minute
	mostOften      = 1_000_000
)

// keepGateActivity keeps what a gate has let through and refused. It is told of the gate's own deployments only, and of people
// who exist; what is not is left out and counted, so that one strange line does not hold up the others for ever.
func keepGateActivity(a *asking) (any, error) {
	r, err := body[client.GateBatch](a)
	if err != nil {
		return nil, err
	}
	if _, err := a.gateMay(a.now, "activity.write"); err != nil {
		return nil, err
	}
	switch {
	case !batchID.MatchString(r.Batch):
		return nil, invalid("batch", "it cannot be the id of a batch").Rather("16 to 64 letters and digits, chosen at random")
	case len(r.Activity) > client.MaxGateBatch:
		return nil, invalid("activity", "there are %d", len(r.Activity)).Rather("at most %d in a batch", client.MaxGateBatch)
	case r.Dropped < 0:
		return nil, invalid("dropped", "it is below 0")
	}
	found := client.GateBatchKept{Batch: r.Batch}
	var kept []history.Activity
	for i := range r.Activity {
		if line, is := a.activityOf(&r.Activity[i]); is {
			kept = append(kept, line)
		}
	}
	found.Kept, found.Refused = len(kept), len(r.Activity)-len(kept)
	if r.Dropped > 0 {
		kept = append(kept, a.gatesOwn("gate.dropped", "the gate had no room for all that it had to tell", r.Dropped))
	}
	if found.Refused > 0 {
		kept = append(kept, a.gatesOwn("gate.activity", "the gate told of what is not its to tell", int64(found.Refused)))
	}
	if len(kept) == 0 {
		return found, nil
	}
	found.Again, err = a.History.Keep(a.lasting(), a.caller.Organization, a.caller.Token+" "+r.Batch, kept)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the activity could not be written").Rather("send the batch again")
	}
	return found, nil
}

// gatesOwn is an activity of the gate itself.
func (a *asking) gatesOwn(operation, reason string, times int64) history.Activity {
	return history.Activity{At: a.moment, Subject: a.caller.Subject.String(), Operation: operation, Resource: strings.Join(a.caller.Scopes, " "), Result: "refused",
		Reason: reason, Count: times, Via: "gate", Request: a.id}
}

// activityOf judges one thing that a gate tells of.
func (a *asking) activityOf(r *client.GateActivity) (history.Activity, bool) {
	at := r.At
	if at.After(a.moment) && at.Before(a.moment.Add(newestActivity)) {
		at = a.moment
	}
	if _, exists := a.subjectOf(r.Subject); !exists || !a.ofGate(r.Resource) || a.now.Platform(access.SlugOf(r.Resource)).Model.KindOf(r.Resource) == "" || !gateOperation.MatchString(r.Operation) ||
		!slices.Contains([]string{"allowed", "refused"}, r.Result) || at.After(a.moment) || at.Before(a.moment.Add(-oldestActivity)) ||
		r.Count < 0 || r.Count > mostOften || r.Took < 0 || r.Took > oldestActivity.Microseconds() || r.Revision < 0 || r.Revision > a.now.Revision {
		return history.Activity{}, false
	}
	return history.Activity{At: at, Subject: r.Subject, Operation: r.Operation, Resource: r.Resource, Result: r.Result, Reason: redact(r.Reason),
		Count: r.Count, Via: "gate", Request: redact(r.Request), Revision: r.Revision, Took: time.Duration(r.Took) * time.Microsecond}, true
}

// subjectOf finds a user or a service user by opaque id.
func (a *asking) subjectOf(text string) (access.Subject, bool) {
	kind, id, _ := strings.Cut(text, ":")
	switch s := (access.Subject{Kind: access.ParseHolderKind(kind), ID: id}); s.Kind {
	case access.User:
		return s, a.now.User(id) != nil
	case access.ServiceUser:
		return s, a.now.ServiceUser(id) != nil
	case access.NoHolder, access.Agent, access.Team:
	}
	return access.Subject{}, false
}

// askGateToken says whose a token is, to a gate that was sent it: who has the token knows that anyway.
func askGateToken(a *asking) (any, error) {
	r, err := body[client.GateToken](a)
	if err != nil {
		return nil, err
	}
	slug, err := a.gateMay(a.now, "feed.read")
	if err != nil {
		return nil, err
	}
	caller, err := a.Reader.Caller((&http.Request{Header: http.Header{"Authorization": {"Bearer " + r.Presented}}}).WithContext(a.r.Context()),
		signin.UserToken, signin.ServiceUserToken)
	if err != nil {
		return nil, notKnown(err)
	}
	if caller.Organization != a.caller.Organization || !caller.Reaches(slug) || !feed.Tells(a.now, slug, caller.Subject) {
		return nil, notKnown(fault.New(fault.Unauthenticated, "elsewhere"))
	}
	return client.GateSubject{Subject: caller.Subject.String(), Name: a.now.DisplayName(caller.Subject), Facts: a.facts(a.now)}, nil
}

// notKnown is the one answer about a token that does not work at a gate. It is no 401: the gate's own token does work.
func notKnown(err error) error {
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	return fault.New(fault.NotFound, "this token does not work on the gate's platform").In("presented").By("token")
}

// askGateName says who has an address that a proxy vouches for. A gate may ask only where the server's own configuration says that
// a proxy vouches for the callers of that deployment, and is told of members of its platform only: with a stolen token nobody
// finds out elsewhere who is there.
func askGateName(a *asking) (any, error) {
	r, err := body[client.GateName](a)
	if err != nil {
		return nil, err
	}
	slug, err := a.gateMay(a.now, "feed.read")
	if err != nil {
		return nil, err
	}
	if !a.ofGate(r.Deployment) || a.Vouched == nil || !a.Vouched(a.caller.Organization, r.Deployment) {
		return nil, fault.New(fault.Forbidden, "no proxy vouches for who comes to this gate").By("trusted_header").
			Rather("have people sign in; or give the gate identity: trusted_header in the server's configuration too")
	}
	address, err := email.Normalize(r.Email)
	if err != nil {
		return nil, missing("email", "member", "with this address")
	}
	u := a.now.UserByEmail(address)
	if u == nil || u.Inactive || !feed.Tells(a.now, slug, access.Subject{Kind: access.User, ID: u.ID}) {
		return nil, missing("email", "member", "with this address")
	}
	return client.GateSubject{Subject: access.Subject{Kind: access.User, ID: u.ID}.String(), Name: a.now.DisplayName(access.Holder{Kind: access.User, ID: u.ID}), Facts: a.facts(a.now)}, nil
}

// gateDiscovered takes which code locations a deployment has. What cannot be written now is tried again.
func gateDiscovered(a *asking) (any, error) {
	r, err := body[client.GateDiscovered](a)
	if err != nil {
		return nil, err
	}
	if _, err := a.gateMay(a.now, "activity.write"); err != nil {
		return nil, err
	}
	if !a.ofGate(r.Deployment) {
		return nil, fault.New(fault.Forbidden, "the gate is not one of this deployment").In("deployment").By("gate_scope")
	}
	a.Discovery.Told(a.lasting(), a.caller.Organization, r.Deployment, r.Locations)
	st, err := a.Engine.Current(a.caller.Organization)
	if err != nil {
		return nil, err
	}
	return a.facts(st), nil
}
