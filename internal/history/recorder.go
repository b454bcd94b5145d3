package history

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/internal/journal"
)

const (
	// flushEvery is how often activity is written, and so the most that a crash loses.
	flushEvery = time.Second
	// maxHeld bounds the lines that wait to be written, maxSubjects those who are counted, and maxEach the different lines of
	// one subject in one minute. What is beyond is counted in a line for everything else: nobody fills memory or disk by asking
	// for more and more things that they may not have (attack 129).
	maxHeld     = 10_000
	maxSubjects = 10_000
	maxEach     = 100
	// rest stands for everything else, in the place of an operation and a resource.
	rest = "*"
)

// Activity is something that was done or refused without changing anything.
type Activity = journal.Activity

// A Recorder gathers activity and writes it every second. It is safe for concurrent use.
type Recorder struct {
	journal *journal.Journal
	now     func() time.Time
	log     *slog.Logger

	mu     sync.Mutex
	held   map[line]*Activity
	minute time.Time
	lines  map[who]int // different lines of each subject in the minute

	writing sync.Mutex            // one flush at a time
	unsent  map[string][]Activity // batches whose writing failed, by organization

	trail *Trail

	anonymous atomic.Int64
	stop      chan struct{}
	once      sync.Once
	running   sync.WaitGroup
}

type who struct{ organization, subject string }

// A line is what is counted together.
type line struct {
	who
	operation, resource, result string
	minute                      int64
}

// New makes a recorder that writes to a journal until Close.
func New(j *journal.Journal, now func() time.Time, log *slog.Logger) *Recorder {
	r := &Recorder{journal: j, now: now, log: log, held: map[line]*Activity{}, lines: map[who]int{}, unsent: map[string][]Activity{}, stop: make(chan struct{}), trail: NewTrail(j)}
	r.running.Go(r.run)
	return r
}

// Trail returns what shows the history that the recorder adds to.
func (r *Recorder) Trail() *Trail { return r.trail }

// Anonymous counts a refusal of somebody unknown. It leaves no line: whoever has no name could write as many as they like.
func (r *Recorder) Anonymous() { r.anonymous.Add(1) }

// AnonymousRefusals returns how many there were.
func (r *Recorder) AnonymousRefusals() int64 { return r.anonymous.Load() }

// Record takes one activity. Equal ones of a subject, an operation, a resource and a minute are counted together; how long it took,
// and on which facts it was decided, is the first one's.
func (r *Recorder) Record(organization string, a Activity) {
	if a.At.IsZero() {
		a.At = r.now()
	}
	a = cleaned(a)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(organization, a)
}

// cleaned is an activity in the form in which it is kept.
func cleaned(a Activity) Activity {
	a.Count = max(a.Count, 1)
	a.At, a.Took = a.At.UTC().Truncate(time.Microsecond), max(a.Took, 0)
	for _, text := range []*string{&a.Subject, &a.Operation, &a.Resource, &a.Result, &a.Reason, &a.Via, &a.Request} {
		*text = tidy(*text)
	}
	return a
}

// keptFor is how long the key of a batch is remembered: nobody sends one again after that.
const keptFor = 48 * time.Hour

// Keep writes activity that somebody else has gathered, at once. A batch that comes again under its key is not kept again.
func (r *Recorder) Keep(ctx context.Context, organization, key string, batch []Activity) (again bool, err error) {
	for i := range batch {
		batch[i] = cleaned(batch[i])
	}
	return r.journal.LogActivityOnce(ctx, organization, key, r.now().Add(keptFor), batch)
}

func (r *Recorder) add(organization string, a Activity) {
	minute := a.At.Truncate(time.Minute)
	if minute.After(r.minute) {
		r.minute, r.lines = minute, map[who]int{}
	}
	key := line{who: who{organization, a.Subject}, operation: a.Operation, resource: a.Resource, result: a.Result, minute: minute.Unix()}
	if kept := r.held[key]; kept != nil {
		kept.Count += a.Count
		return
	}
	counted, known := r.lines[key.who]
	switch {
	case a.Subject == rest: // the last resort: a line for each organization and result
	case len(r.held) >= maxHeld, !known && len(r.lines) >= maxSubjects:
		a.Subject, a.Operation, a.Resource, a.Reason, a.Request, a.Revision, a.Took = rest, rest, rest, "", "", 0, 0
		r.add(organization, a)
		return
	case counted >= maxEach && a.Operation != rest:
		a.Operation, a.Resource, a.Reason, a.Request, a.Revision, a.Took = rest, rest, "", "", 0, 0
		r.add(organization, a)
		return
	default:
		r.lines[key.who]++
	}
	r.held[key] = &a
}

func (r *Recorder) run() {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := r.Flush(context.Background()); err != nil {
				r.log.Error("activity could not be written; it is tried again", "error", err)
			}
		case <-r.stop:
			return
		}
	}
}

// Close writes what is left. The recorder is of no use afterwards.
func (r *Recorder) Close() error {
	r.once.Do(func() { close(r.stop) })
	r.running.Wait()
	r.trail.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return r.Flush(ctx)
}

// Flush writes what was recorded so far. What cannot be written is kept and sent again as it is, so that it is kept once
// also where the outcome of the first time is unknown; meanwhile new activity waits, within its bounds.
func (r *Recorder) Flush(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.send(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	held := r.held
	r.held = map[line]*Activity{}
	r.mu.Unlock()
	for key, a := range held {
		r.unsent[key.organization] = append(r.unsent[key.organization], *a)
	}
	return r.send(ctx)
}

func (r *Recorder) send(ctx context.Context) error {
	var failed []error
	for organization, batch := range r.unsent {
		if _, err := r.journal.LogActivity(ctx, organization, batch); err != nil {
			failed = append(failed, err)
			continue
		}
		delete(r.unsent, organization)
	}
	return errors.Join(failed...)
}
