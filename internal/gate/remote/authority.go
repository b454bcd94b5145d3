package remote

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/feed"
	"bailiwick/internal/gate"
)

const (
	// DefaultBound is how old the facts may be that a gate decides on, where nothing else is said.
	DefaultBound = 2 * time.Second
	// LongestBound is how old they may be at most, whatever is said.
	LongestBound = time.Minute
	// askWithin bounds one question to the server.
	askWithin = 5 * time.Second
)

// Options are what an Authority works with. All fields are required but Bound.
type Options struct {
	Client *client.Client // with the gate's token
	Bound  time.Duration  // 0: DefaultBound
	Log    *slog.Logger
	Now    func() time.Time
}

// An Authority is what one token lets gates know. Gates of several deployments of one platform share it. It is safe for concurrent
// use.
type Authority struct {
	Options
	told *reports

	mu      sync.RWMutex
	mirror  feed.Mirror
	asOf    time.Time     // by the gate's clock: the facts are those of this moment, or newer ones
	at      time.Time     // the server's moment then
	trouble error         // why the feed is not followed now; nil
	moved   chan struct{} // closed at the next line that changes something
	memory  memory
	holds   map[*hold]struct{}
}

// New makes an Authority. It knows nothing until Run has heard from the server.
func New(o Options) (*Authority, error) {
	switch {
	case o.Client == nil || o.Log == nil || o.Now == nil:
		return nil, fault.New(fault.Internal, "a remote gate's authority needs a client, a log and a clock")
	case o.Bound == 0:
		o.Bound = DefaultBound
	case o.Bound < feed.BeatEvery+feed.BeatEvery/2 || o.Bound > LongestBound:
		return nil, fault.New(fault.Invalid, "facts cannot be bound to be %s old", o.Bound).In("bound").Rather("from %s to %s; %s where it is left out",
			feed.BeatEvery+feed.BeatEvery/2, LongestBound, DefaultBound)
	}
	return &Authority{Options: o, told: newReports(), moved: make(chan struct{}), memory: newMemory(), holds: map[*hold]struct{}{}}, nil
}

// At is the authority of the gate of one deployment.
func (a *Authority) At(deployment string) gate.Authority { return &at{a, deployment} }

// at is an Authority for one deployment.
type at struct {
	*Authority
	deployment string
}

// Run follows the feed and sends what was told, until the context ends.
func (a *Authority) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.follow(ctx) })
	all.Go(func() { a.report(ctx) })
	all.Go(func() { a.watch(ctx) })
	all.Wait()
}

// Facts returns what decisions are made on; Unavailable where they are older than the bound.
func (a *Authority) Facts(context.Context) (gate.Facts, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.facts()
}

// facts is Facts, for whoever holds mu.
func (a *Authority) facts() (gate.Facts, error) {
	now := a.Now()
	if age := now.Sub(a.asOf); a.mirror.Snapshot == nil || age > a.Bound {
		return gate.Facts{}, a.stale(age)
	}
	return gate.Facts{Snapshot: a.mirror.Snapshot, Revision: a.mirror.Revision, At: a.at.Add(max(0, now.Sub(a.asOf)))}, nil
}

func (a *Authority) stale(age time.Duration) error {
	if a.asOf.IsZero() || a.mirror.Snapshot == nil {
		return fault.Wrap(fault.Unavailable, a.trouble, "the gate has not heard from the server yet").By("staleness").Rather("try again; if it lasts, see the gate's log")
	}
	return fault.Wrap(fault.Unavailable, a.trouble, "the gate last heard from the server %s ago, and lets nothing through on facts older than %s", age.Round(time.Millisecond), a.Bound).
		By("staleness").Rather("try again; if it lasts, see the gate's log")
}

// Trouble tells why the feed is not followed now; nil where it is.
func (a *Authority) Trouble() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.trouble
}

// Platform is the slug of the platform that the server tells of; "" before it has told anything.
func (a *Authority) Platform() string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.mirror.Platform()
}

// Changed waits until the facts have another revision than one that is known: a higher one, but after a restore.
func (a *Authority) Changed(ctx context.Context, known int64) (int64, error) {
	for {
		a.mu.RLock()
		revision, moved, ready := a.mirror.Revision, a.moved, a.mirror.Snapshot != nil
		a.mu.RUnlock()
		if ready && revision != known {
			return revision, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return known, fault.Wrap(fault.Unavailable, ctx.Err(), "nothing has changed")
		}
	}
}

// active tells whether a subject is known, and may ask anything. The caller holds mu.
func (a *Authority) active(s access.Subject) bool {
	switch s.Kind {
	case access.User:
		u := a.mirror.User(s.ID)
		return u != nil && !u.Inactive
	case access.ServiceUser:
		return a.mirror.ServiceUser(s.ID) != nil
	case access.NoHolder, access.Agent, access.Team:
	}
	return false
}
