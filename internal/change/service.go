package change

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

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
	// MintLink makes the secret of a one-time link, with the hash that is kept of it; nil: there are no links.
	MintLink func() (secret, hash string, err error)
	// Letters is given what people are to be told, after the change that it is about is in the journal; nil: there is no mail.
	Letters func(organization string, letters []Letter)
	// Streams lists what a user has open: those who keep it open close it when the facts say that the user's sessions are over.
	Streams func(organization, user string) []client.Ended
	// LoopbackIssuers allows identity providers on this machine without TLS: for tests and the demo.
	LoopbackIssuers bool
	// Refused is told of every change that was refused, and what it was about: a path, or somebody by opaque id; "" where that
	// is not known. Nil for nobody.
	Refused func(organization string, a *Actor, operation, about string, err error)
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
	DryRun   bool   // judge only
	Expected int64  // revision that the caller judged on; 0: any
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
	after    aftermath
	answered chan error
	name     string
	doing    client.Command // the one that was refused, where that is known
	fresh    bool           // its id was made here, just now
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
			s.options.Refused(organization, &actor, name, s.about(organization, r), err)
		}
		return Result{}, err
	}
	if !r.how.DryRun {
		s.Made.Add(1)
		s.settle(organization, r)
	}
	return r.result, nil
}

// about says what a refused change was about.
func (s *Service) about(organization string, r *request) string {
	st, err := s.engine.Current(organization)
	if err != nil {
		return ""
	}
	return aboutOf(st, r.doing)
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
