package decide

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// DefaultStaleness is the longest time since the last successful look at the journal's head for which decisions are given.
const DefaultStaleness = 2 * time.Second

// Options of an Engine. The zero value is for production.
type Options struct {
	Clock     func() time.Time // nil: time.Now
	Staleness time.Duration    // 0: DefaultStaleness; negative: no bound, for a journal that nobody else writes
	// StaleReads is how old the state may be for views (lists, exports) when the journal cannot be reached. Decisions and
	// changes never use it.
	StaleReads time.Duration
	Logger     *slog.Logger // nil: slog.Default()
}

// An Engine holds the current state of every organization. Its methods may be called by many at once; reading the
// current state takes no lock.
type Engine struct {
	journal   *journal.Journal
	clock     func() time.Time
	staleness time.Duration
	forViews  time.Duration
	log       *slog.Logger
	orgs      atomic.Pointer[map[string]*organization]
	adding    sync.Mutex
	alive     func() context.Context // ends with the engine
	stop      context.CancelFunc
	following sync.WaitGroup

	Allowed, Denied atomic.Int64 // decisions given, by answer
}

type organization struct {
	name      string
	current   atomic.Pointer[state.State]
	advance   sync.Mutex // one at a time moves current
	published chan struct{}
	saved     atomic.Int64 // revision of the last snapshot written
}

// Open loads every organization of a journal and begins to follow it. It fails where a row cannot be understood.
func Open(ctx context.Context, j *journal.Journal, o Options) (*Engine, error) {
	e := &Engine{journal: j, clock: o.Clock, staleness: o.Staleness, forViews: o.StaleReads, log: o.Logger}
	if e.clock == nil {
		e.clock = time.Now
	}
	if e.staleness == 0 {
		e.staleness = DefaultStaleness
	}
	if e.log == nil {
		e.log = slog.Default()
	}
	e.orgs.Store(&map[string]*organization{})
	names, err := j.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	following, stop := context.WithCancel(context.Background())
	e.alive, e.stop = func() context.Context { return following }, stop
	for _, name := range names {
		if err := e.Add(ctx, name); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

// Close stops following and writes a snapshot of what is worth one.
func (e *Engine) Close() {
	e.stop()
	e.following.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, o := range *e.orgs.Load() {
		e.save(ctx, o, o.current.Load(), closingRows)
	}
}

// Add begins to serve an organization, also one that has no journal yet.
func (e *Engine) Add(ctx context.Context, name string) error {
	e.adding.Lock()
	defer e.adding.Unlock()
	if (*e.orgs.Load())[name] != nil {
		return nil
	}
	st, saved, err := load(ctx, e.journal, name, 0)
	if err != nil {
		return err
	}
	o := &organization{name: name, published: make(chan struct{})}
	o.saved.Store(saved)
	o.current.Store(st)
	next := maps.Clone(*e.orgs.Load())
	next[name] = o
	e.orgs.Store(&next)
	return e.follow(e.alive(), o)
}

// Discover begins to serve the organizations that the journal has and the engine does not know: another replica made them.
func (e *Engine) Discover(ctx context.Context) error {
	names, err := e.journal.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := e.Add(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Server is the chain of the server's own facts. It is kept like an organization's, and is none.
const Server = "_server"

// Organizations returns the names of all organizations, sorted.
func (e *Engine) Organizations() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(*e.orgs.Load())), func(name string) bool { return name == Server })
}

// Now is the engine's clock.
func (e *Engine) Now() time.Time { return e.clock() }

// Current returns the state to decide on. It is Unavailable when the journal was not heard from within the bound.
func (e *Engine) Current(name string) (*state.State, error) { return e.within(name, e.staleness) }

// View returns the state to show: as Current, but as old as the operator allows for views.
func (e *Engine) View(name string) (*state.State, error) {
	return e.within(name, max(e.staleness, e.forViews))
}

func (e *Engine) within(name string, bound time.Duration) (*state.State, error) {
	o := (*e.orgs.Load())[name]
	if o == nil {
		return nil, fault.New(fault.NotFound, "there is no such organization")
	}
	if age, fresh := e.Fresh(); !fresh && age > bound {
		return nil, fault.New(fault.Unavailable, "the journal was last read %s ago, and nothing is answered from facts older than %s", age.Round(time.Millisecond), bound).
			By("staleness").Rather("try again; if it lasts, see to the database")
	}
	return o.current.Load(), nil
}

// Fresh returns how long ago the journal was last heard from, and whether that is within the bound.
func (e *Engine) Fresh() (time.Duration, bool) {
	age := time.Since(e.journal.LastContact())
	return age, e.staleness < 0 || age <= e.staleness
}

// AtLeast returns a state that knows a revision of an epoch, and waits for it as long as the context allows. Epoch 0 is any.
func (e *Engine) AtLeast(ctx context.Context, name string, revision, epoch int64) (*state.State, error) {
	for {
		o := (*e.orgs.Load())[name]
		if o == nil {
			return nil, fault.New(fault.NotFound, "there is no such organization")
		}
		o.advance.Lock()
		wake := o.published
		o.advance.Unlock()
		st, err := e.Current(name)
		switch {
		case err != nil:
			return nil, err
		case epoch != 0 && epoch != st.Epoch:
			return nil, fault.New(fault.Conflict, "epoch %d is not the present one, %d: the server was restored", epoch, st.Epoch).
				By("epoch").Rather("forget the revisions of the other epoch and ask again")
		case st.Revision >= revision:
			return st, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "revision %d is not known here yet; the newest is %d", revision, st.Revision).By("at_least")
		}
	}
}

// Publish makes a state the current one, if it is newer, and wakes who waits for it.
func (e *Engine) Publish(st *state.State) {
	o := (*e.orgs.Load())[st.Organization]
	o.advance.Lock()
	defer o.advance.Unlock()
	e.publish(o, st)
}

func (e *Engine) publish(o *organization, st *state.State) {
	if st.Revision <= o.current.Load().Revision {
		return
	}
	o.current.Store(st)
	close(o.published)
	o.published = make(chan struct{})
}

// CatchUp reads what the journal has beyond the current state.
func (e *Engine) CatchUp(ctx context.Context, name string) error {
	o := (*e.orgs.Load())[name]
	if o == nil {
		return fault.New(fault.NotFound, "there is no such organization")
	}
	o.advance.Lock()
	defer o.advance.Unlock()
	st, err := tail(ctx, e.journal, o.current.Load(), 0)
	if err != nil {
		return err
	}
	e.publish(o, st)
	return nil
}

// follow keeps an organization up to date until the context ends.
func (e *Engine) follow(ctx context.Context, o *organization) error {
	heads, err := e.journal.Watch(ctx, o.name)
	if err != nil {
		return err
	}
	e.following.Go(func() {
		for head := range heads {
			if head.Revision > o.current.Load().Revision {
				if err := e.CatchUp(ctx, o.name); err != nil && !errors.Is(err, context.Canceled) {
					e.log.Error("reading the journal's tail failed", "organization", o.name, "error", err)
				}
			}
			if ctx.Err() == nil { // else Close does it
				e.save(ctx, o, o.current.Load(), savingRows)
			}
		}
	})
	return nil
}
