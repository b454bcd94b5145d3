package graphql

import (
	"context"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// An asking is one operation being answered: who asks, the facts by which they are judged, and how they change something.
type asking struct {
	*door
	id         string // of the request
	caller     *signin.Caller
	address    string // name of the deployment in the address; "" at the organization's
	moment     time.Time
	judged     *state.State // the present one when the operation began, by which the caller may see or not
	view       *sight.View  // what the caller may see
	dry        bool         // changes are judged and compared, and not made
	mutation   sync.Mutex   // fields of a mutation are answered one after the other; this holds it
	planned    []client.Command
	now        *state.State // as judged, or after the change that this operation made last
	comparison *client.Change
}

// actor is the caller as package change knows callers, and what refusals may tell them of.
func (a *asking) actor() change.Actor { return a.view.Actor() }

// principal is who the caller is. A token that does not narrow is nil there.
func (a *asking) principal() change.Actor {
	actor := change.Actor{Subject: a.caller.Subject, Emergency: a.caller.Emergency, Via: "graphql", Request: a.id}
	if a.caller.Narrowed() {
		actor.Within = a.caller.Allows
	}
	return actor
}

// present is the facts of now: after the changes that this operation has made, or in a dry run would have made.
func (a *asking) present() *state.State {
	a.mutation.Lock()
	defer a.mutation.Unlock()
	return a.now
}

// sight is what the caller sees of the facts of now.
func (a *asking) sight() *sight.Sight { return a.view.Over(a.present()) }

// at is what the caller sees of the facts of a moment, and that moment; nil is now. Who may see what is judged by the present.
func (a *asking) at(ctx context.Context, when *client.When) (*sight.Sight, time.Time, error) {
	if when == nil || when.IsZero() {
		return a.sight(), a.moment, nil
	}
	if when.Revision == 0 && !when.Time.Before(a.moment) {
		return a.sight(), when.Time, nil
	}
	done, err := a.Heavy.Take(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer done()
	st, err := a.Engine.Past(ctx, a.caller.Organization, decide.When{Revision: when.Revision, Time: when.Time})
	if err != nil {
		return nil, time.Time{}, err
	}
	at := when.Time
	if when.Revision != 0 {
		at = st.At
	}
	return a.view.Over(st), at, nil
}

// dagster is the platform that Dagster+'s names are about. The error is NotFound.
func (a *asking) dagster() (*state.Platform, error) {
	if p := dagsterOf(a.present()); p != nil {
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "no platform with Dagster's kinds is attached to this organization").In("platform").
		Rather("attach one, or ask about other platforms under bailiwick")
}

// A deployment is one of Dagster's, full or branch.
type deployment struct {
	*state.Resource
	platform *state.Platform
	name     string
	branch   bool
}

// deployments lists all deployments of the platform that Dagster+'s names are about, branch deployments too, by path.
func (a *asking) deployments() ([]deployment, error) {
	p, err := a.dagster()
	if err != nil {
		return nil, err
	}
	var list []deployment
	for path, r := range a.present().Resources(p.Slug) {
		segments, err := access.SplitPath(path)
		if err != nil {
			continue
		}
		kind, err := p.Model.PathKind(segments[1:])
		if err != nil || kind.Name != "deployment" && kind.Name != "branch_deployment" {
			continue
		}
		list = append(list, deployment{Resource: r, platform: p, name: segments[len(segments)-1].Name, branch: kind.Name == "branch_deployment"})
	}
	return list, nil
}

// deployment finds a deployment by its number; without one, that of the address. The error is NotFound.
func (a *asking) deployment(number *int) (*deployment, error) {
	list, err := a.deployments()
	if err != nil {
		return nil, err
	}
	for i := range list {
		if number != nil && int64(list[i].Number) == int64(*number) || number == nil && a.address != "" && list[i].name == a.address {
			return &list[i], nil
		}
	}
	if number == nil && a.address == "" {
		return nil, fault.New(fault.Invalid, "this is about one deployment, and the address names none").In("deployment").
			Rather("send it to /DEPLOYMENT/graphql")
	}
	return nil, fault.New(fault.NotFound, "there is no such deployment").In("deployment").Rather("one of those that the field deployments lists")
}
