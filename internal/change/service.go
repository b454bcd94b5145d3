package change

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// Options of a Service.
type Options struct {
	// Mint makes the secret of a token of a kind, with the hash and the last characters that are kept of it.
	Mint func(kind string) (secret, hash, last string, err error)
	// Refused is told of every change that was refused; nil for nobody.
	Refused func(organization string, a *Actor, operation string, err error)
	Logger  *slog.Logger // nil: slog.Default()
}

// A Service judges changes and carries them out. Changes of one organization are judged one after the other; those that
// wait while a commit is under way are committed together.
type Service struct {
	journal *journal.Journal
	engine  *decide.Engine
	options Options

	// sending is held for reading by whoever puts a request in a queue, so that after Close none is put where nobody looks.
	sending       sync.RWMutex
	Made, Refused atomic.Int64 // changes, since the start

	mu      sync.Mutex
	queues  map[string]chan *request
	closed  chan struct{}
	working sync.WaitGroup
}

// New returns a service that changes what the engine serves.
func New(j *journal.Journal, engine *decide.Engine, o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Service{journal: j, engine: engine, options: o, queues: map[string]chan *request{}, closed: make(chan struct{})}
}

// Close refuses further changes and waits for those under way.
func (s *Service) Close() {
	s.sending.Lock()
	close(s.closed)
	s.sending.Unlock()
	s.working.Wait()
}

// How says how a change is to be made.
type How struct {
	ID       string // unique id of the change; "" makes one
	DryRun   bool   // judge only, and compare
	Expected int64  // revision that the caller judged on; 0: any
	Compare  bool   // compare the effective access even if it is no dry run
	// AsStated gives nobody anything that the commands do not say: no default roles, no creator's role. For apply.
	AsStated bool
}

// A Result is what came of a change.
type Result struct {
	ID       string
	Before   *state.State
	After    *state.State // in a dry run, what would be
	At       time.Time    // the moment that it was judged for
	Revision int64
	Results  []client.Result
	Access   []access.Difference // where it was asked for, by opaque ids
}

// request is a change that waits for its turn.
type request struct {
	ctx      context.Context
	actor    Actor
	how      How
	do       func(*judge) error
	result   Result
	entries  []journal.Entry
	at       time.Time
	answered chan error
	name     string
	fresh    bool // its id was made here, just now
	// comparesItself is true where the caller compares Before and After for itself.
	comparesItself bool
}

// Do carries out commands as one change: all or none.
func (s *Service) Do(ctx context.Context, organization string, actor Actor, how How, commands ...client.Command) (Result, error) {
	return s.do(ctx, organization, actor, how, nameOf(commands), func(j *judge) error { return j.commands(commands) })
}

func nameOf(commands []client.Command) string {
	if len(commands) == 0 || commands[0] == nil {
		return "nothing"
	}
	return commands[0].Do()
}

func (s *Service) do(ctx context.Context, organization string, actor Actor, how How, name string, do func(*judge) error) (Result, error) {
	r := &request{ctx: ctx, actor: actor, how: how, do: do, name: name, answered: make(chan error, 1)}
	if r.fresh = r.how.ID == ""; r.fresh {
		r.how.ID = newID("chg_")
	}
	err := s.submit(organization, r)
	if err != nil {
		s.Refused.Add(1)
		if fault.Is(err, fault.Forbidden) && s.options.Refused != nil {
			s.options.Refused(organization, &actor, name, err)
		}
		return Result{}, err
	}
	if !r.how.DryRun {
		s.Made.Add(1)
	}
	return r.result, nil
}

func (s *Service) submit(organization string, r *request) error {
	st, err := s.engine.Current(organization)
	if err != nil {
		return err
	}
	if r.how.DryRun {
		_, err := s.judge(st, r)
		return err
	}
	if err := s.send(organization, r); err != nil {
		return err
	}
	// From here on the outcome is known only from the answer: it may be committed whatever the caller does.
	return <-r.answered
}

func (s *Service) send(organization string, r *request) error {
	s.sending.RLock()
	defer s.sending.RUnlock()
	select {
	case <-s.closed:
		return fault.New(fault.Unavailable, "the server is stopping")
	default:
	}
	select {
	case s.queue(organization) <- r:
		return nil
	case <-r.ctx.Done():
		return fault.Wrap(fault.Unavailable, r.ctx.Err(), "the change was given up before it was judged")
	}
}

// queue returns the organization's queue, with somebody who works on it.
func (s *Service) queue(organization string) chan *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[organization]
	if q == nil {
		q = make(chan *request, 64)
		s.queues[organization] = q
		s.working.Go(func() { s.work(organization, q) })
	}
	return q
}

func (s *Service) work(organization string, q chan *request) {
	for {
		select {
		case first := <-q:
			s.commit(organization, gather(first, q))
		case <-s.closed:
			for {
				select {
				case r := <-q:
					r.answered <- fault.New(fault.Unavailable, "the server is stopping")
				default:
					return
				}
			}
		}
	}
}

// groupSize bounds what one commit takes with it.
const groupSize = 256

func gather(first *request, q chan *request) []*request {
	group := []*request{first}
	for len(group) < groupSize {
		select {
		case r := <-q:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// attempts bounds how often a group is judged anew because somebody else was quicker.
const attempts = 20

// commit judges each request on the one before it and appends what came of them in one transaction.
func (s *Service) commit(organization string, group []*request) {
	ctx := context.Background()
	for try := range attempts {
		group = s.known(ctx, organization, group, try > 0)
		base, err := s.engine.Current(organization)
		if err != nil {
			answer(group, err)
			return
		}
		now, changes, judged, ids := base, []journal.Change(nil), []*request(nil), map[string]bool{}
		var again []*request // the same change once more: what it gets is known when this group is in the journal
		for _, r := range group {
			if ids[r.how.ID] {
				again = append(again, r)
				continue
			}
			next, err := s.judge(now, r)
			if err != nil {
				r.answered <- err
				continue
			}
			judged = append(judged, r) // one that came to nothing too: it was judged on rows that are not yet written
			if len(r.entries) == 0 {
				continue
			}
			now, ids[r.how.ID] = next, true
			changes = append(changes, journal.Change{Organization: organization, ID: r.how.ID, Actor: r.actor.String(),
				Via: r.actor.Via, Request: r.actor.Request, At: r.at, Epoch: now.Epoch, Entries: r.entries})
		}
		if len(changes) == 0 {
			answer(judged, nil)
			return
		}
		_, err = s.journal.Append(ctx, organization, base.Revision, changes...)
		switch {
		case err == nil:
			s.engine.Publish(now)
			answer(judged, nil)
			if len(again) > 0 {
				s.commit(organization, again)
			}
			return
		case errors.Is(err, journal.ErrConflict), errors.Is(err, journal.ErrDuplicate):
			group = slices.Concat(judged, again)
			time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))) // or two replicas keep step with each other
			if err := s.engine.CatchUp(ctx, organization); err != nil {
				answer(group, err)
				return
			}
		default:
			answer(slices.Concat(judged, again), err)
			return
		}
	}
	answer(group, fault.New(fault.Conflict, "somebody else was quicker %d times", attempts).By("revision").Rather("try again"))
}

func answer(group []*request, err error) {
	for _, r := range group {
		r.answered <- err
	}
}

// known answers requests whose change is in the journal already, and returns the others. An id is looked up only where the
// caller chose it.
func (s *Service) known(ctx context.Context, organization string, group []*request, all bool) []*request {
	rest := group[:0:0]
	for _, r := range group {
		if r.fresh && !all {
			rest = append(rest, r)
			continue
		}
		last, found, err := s.done(ctx, organization, r)
		switch {
		case err != nil:
			r.answered <- err
		case found:
			r.result = Result{ID: r.how.ID, Revision: last}
			r.answered <- nil
		default:
			rest = append(rest, r)
		}
	}
	return rest
}

// done looks for a change in the journal. One of somebody else's is no answer to this request.
func (s *Service) done(ctx context.Context, organization string, r *request) (last int64, found bool, err error) {
	first, last, found, err := s.journal.Find(ctx, organization, r.how.ID)
	if err != nil || !found {
		return 0, false, err
	}
	err = s.journal.Read(ctx, organization, first-1, first, func(row *journal.Record) error {
		if row.Actor == r.actor.String() {
			return nil
		}
		return fault.New(fault.Conflict, "there is a change %q already, and it is somebody else's", r.how.ID).In("change_id").By("change_id").Rather("choose another id")
	})
	return last, true, err
}
