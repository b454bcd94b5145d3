package mail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/seal"
)

const (
	// batch letters, each for at most sendTime, fit into the lease: no letter is still on its way when somebody else may
	// claim it.
	batch    = 8
	sendTime = 30 * time.Second
	lease    = 5 * time.Minute

	firstRetry = 30 * time.Second
	maxRetry   = time.Hour
	// giveUp is how long a letter is tried.
	giveUp = 24 * time.Hour
	// keepDead is how long a letter that was given up is counted.
	keepDead = 7 * 24 * time.Hour

	lookEvery = 5 * time.Second
	purpose   = "letter"
	maxWhy    = 300
)

// OutboxOptions are what an Outbox works with; all are required.
type OutboxOptions struct {
	Journal *journal.Journal
	Ring    *seal.Ring
	Writer  *Writer
	Sender  Sender
	Now     func() time.Time
	Log     *slog.Logger
}

// An Outbox keeps letters until they are sent. It is safe for concurrent use; several may work on one journal.
type Outbox struct {
	OutboxOptions
	wake chan struct{}
}

// NewOutbox makes an Outbox. Whoever makes it runs Run beside it.
func NewOutbox(o OutboxOptions) *Outbox {
	return &Outbox{OutboxOptions: o, wake: make(chan struct{}, 1)}
}

// waiting is what the journal keeps of a letter, sealed.
type waiting struct {
	Queued time.Time `json:"queued"`
	Kind   Kind      `json:"kind"`
	To     Address   `json:"to"`
	Data   Data      `json:"data"`
}

// Queue keeps a letter until it is sent, and returns its id.
func (o *Outbox) Queue(ctx context.Context, organization string, l Letter) (string, error) {
	if err := l.check(); err != nil {
		return "", err
	}
	id, now := "ltr_"+strings.ToLower(rand.Text()), o.Now()
	body, err := json.Marshal(waiting{Queued: now, Kind: l.Kind, To: l.To, Data: l.Data})
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "a letter cannot be kept")
	}
	sealed, err := o.Ring.Seal(purpose, organization, id, body)
	if err != nil {
		return "", err
	}
	if err := o.Journal.QueueLetter(ctx, journal.Letter{Organization: organization, ID: id, Body: sealed, Due: now}); err != nil {
		return "", err
	}
	select {
	case o.wake <- struct{}{}:
	default: // it is awake
	}
	return id, nil
}

// Run sends letters until the context ends.
func (o *Outbox) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var pruned time.Time
	for ctx.Err() == nil {
		claimed, err := o.Flush(ctx)
		if err != nil && ctx.Err() == nil {
			o.Log.LogAttrs(ctx, slog.LevelWarn, "letters cannot be sent: the outbox cannot be read; it is tried again", slog.Any("error", err))
		}
		if now := o.Now(); now.Sub(pruned) >= time.Hour {
			if err := o.Journal.PruneLetters(ctx, now.Add(-keepDead)); err == nil {
				pruned = now
			}
		}
		if claimed == batch {
			continue
		}
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// Flush tries the letters that are due, at most a batch of them, and returns how many it claimed.
func (o *Outbox) Flush(ctx context.Context) (claimed int, err error) {
	until := o.Now().Add(lease)
	letters, err := o.Journal.ClaimLetters(ctx, o.Now(), lease, batch)
	if err != nil {
		return 0, err
	}
	for _, kept := range letters {
		select {
		case <-ctx.Done():
			return len(letters), nil // the rest is due again after the lease
		default:
		}
		if o.Now().Add(sendTime).After(until) {
			break // likewise
		}
		o.try(ctx, kept)
	}
	return len(letters), nil
}

// try sends one letter, and notes what came of it.
func (o *Outbox) try(ctx context.Context, kept journal.Letter) {
	l, queued, err := o.open(kept)
	if err != nil {
		o.failed(ctx, kept, "", time.Time{}, err)
		return
	}
	last := queued.Add(giveUp)
	if l.carriesLink() && l.Data.Until.Before(last) {
		last = l.Data.Until
	}
	now := o.Now()
	if !now.Before(last) {
		o.failed(ctx, kept, l.Kind, time.Time{}, fault.New(fault.Invalid, "%s", latest(kept.LastError, "its time is over")))
		return
	}
	m, err := o.Writer.Write(kept.ID, queued, l)
	if err == nil {
		sending, cancel := context.WithTimeout(ctx, sendTime)
		err = o.Sender.Send(sending, m)
		cancel()
	}
	switch {
	case err == nil:
		// Noted also where the server is stopping: else the letter is sent twice.
		if err := o.Journal.LetterSent(context.WithoutCancel(ctx), kept.Organization, kept.ID); err != nil {
			o.Log.LogAttrs(ctx, slog.LevelWarn, "a letter was sent and that could not be noted; it may be sent again", about(kept, l.Kind, slog.Any("error", err))...)
		}
	case ctx.Err() != nil: // stopped on the way: whether it arrived is not known; it is due again after the lease
	case fault.Is(err, fault.Unavailable):
		due := o.Now().Add(backoff(kept.Attempts))
		if !due.Before(last) {
			due = time.Time{}
		}
		o.failed(ctx, kept, l.Kind, due, hide(err, l))
	default:
		o.failed(ctx, kept, l.Kind, time.Time{}, hide(err, l))
	}
}

func (o *Outbox) open(kept journal.Letter) (Letter, time.Time, error) {
	body, err := o.Ring.Open(purpose, kept.Organization, kept.ID, kept.Body)
	if err != nil {
		return Letter{}, time.Time{}, err
	}
	var w waiting
	if err := json.Unmarshal(body, &w); err != nil {
		return Letter{}, time.Time{}, fault.New(fault.Internal, "a letter in the outbox cannot be read") // the cause might quote it
	}
	return Letter{Kind: w.Kind, To: w.To, Data: w.Data}, w.Queued, nil
}

// failed notes a failure; without a time the letter is given up.
func (o *Outbox) failed(ctx context.Context, kept journal.Letter, kind Kind, due time.Time, why error) {
	text := clean(why.Error(), maxWhy)
	if due.IsZero() {
		o.Log.LogAttrs(ctx, slog.LevelError, "a letter was given up", about(kept, kind, slog.String("why", text))...)
	} else {
		o.Log.LogAttrs(ctx, slog.LevelWarn, "a letter was not sent; it is tried again", about(kept, kind, slog.String("why", text), slog.Time("due", due))...)
	}
	if err := o.Journal.LetterFailed(context.WithoutCancel(ctx), kept.Organization, kept.ID, due, text); err != nil {
		o.Log.LogAttrs(ctx, slog.LevelWarn, "a letter's failure could not be noted; it is tried again after its lease", about(kept, kind, slog.Any("error", err))...)
	}
}

// about names a letter in the log: neither to whom it is nor what it carries.
func about(kept journal.Letter, kind Kind, more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{slog.String("organization", kept.Organization), slog.String("letter", kept.ID), slog.String("kind", string(kind)),
		slog.Int("attempts", kept.Attempts)}, more...)
}

// hide takes the address and the secret out of what a mail server said.
func hide(err error, l Letter) error {
	text := err.Error()
	for _, private := range []string{l.Data.Secret, l.To.Email, strings.ToLower(l.To.Email), l.To.Name} {
		if private != "" {
			text = strings.ReplaceAll(text, private, "…")
		}
	}
	return fault.New(fault.Of(err), "%s", text)
}

func latest(before, now string) string {
	if before == "" {
		return now
	}
	return now + "; the last failure: " + before
}

// backoff is the wait after a number of attempts: doubled each time, and a fifth more or less, so that a mail server that
// comes back does not get everything in one second.
func backoff(attempts int) time.Duration {
	wait := firstRetry
	for range attempts - 1 {
		if wait *= 2; wait >= maxRetry {
			wait = maxRetry
			break
		}
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*mathrand.Float64()))
}
