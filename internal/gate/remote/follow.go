package remote

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http/httptrace"
	"time"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/feed"
)

const (
	// silence is how long the server may say nothing until the connection is taken for dead.
	silence = 4 * feed.BeatEvery
	// firstRetry and lastRetry are how long the gate waits before it asks again.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
	// measured is how long the clocks of both sides are taken to go alike. After that the feed is followed anew.
	measured = 10 * time.Minute
)

var errMeasure = errors.New("the clocks are to be compared anew")

// follow follows the feed until the context ends.
func (a *Authority) follow(ctx context.Context) {
	wait := firstRetry
	for ctx.Err() == nil {
		heard, err := a.listen(ctx)
		if errors.Is(err, errMeasure) {
			continue
		}
		if heard {
			wait = firstRetry
		}
		a.note(ctx, err)
		pause := wait/2 + rand.N(wait/2) //nolint:gosec // so that gates do not ask all at once
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		wait = min(2*wait, lastRetry)
	}
}

// note keeps why the feed is not followed, and logs it once for each reason.
func (a *Authority) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	known := a.trouble
	a.trouble = err
	a.mu.Unlock()
	if known == nil || err == nil || known.Error() != err.Error() {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "the server's feed is not followed; it is tried again", slog.Any("error", err))
	}
}

// A line is judged by two clocks: sent is when the gate sent its question, after which the server wrote its first line.
type clocks struct {
	sent  time.Time
	first int64 // what the first line said had elapsed, in microseconds
	begun bool
}

// listen follows one answer of the server.
func (a *Authority) listen(ctx context.Context) (heard bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dead := time.AfterFunc(askWithin, func() { cancel(errors.New("the server went silent")) })
	defer dead.Stop()
	c := clocks{sent: a.Now()}
	trace := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { c.sent = a.Now() }})
	a.mu.RLock()
	known := client.FeedQuery{Revision: a.mirror.Revision, Epoch: a.mirror.Epoch}
	if a.mirror.Snapshot == nil {
		known = client.FeedQuery{}
	}
	a.mu.RUnlock()
	err = a.Client.GateFeed(trace, known, func(line *client.GateFeed) error {
		received := a.Now()
		dead.Reset(silence)
		if !c.begun { // says only when the server began to write
			c.begun, c.first = true, line.Elapsed
			dead.Reset(askWithin) // all facts may take longer
			return nil
		}
		heard = true
		if err := a.take(line, c.writtenAt(line, received)); err != nil {
			return err
		}
		if received.Sub(c.sent) > measured {
			return errMeasure
		}
		return nil
	})
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	return heard, err
}

// writtenAt is the earliest moment, by the gate's clock, at which a line can have been written: a proxy may have held it up.
func (c *clocks) writtenAt(line *client.GateFeed, received time.Time) time.Time {
	written := c.sent.Add(time.Duration(line.Elapsed-c.first) * time.Microsecond)
	if written.After(received) {
		written = received
	}
	return written
}

// take takes a line into account: what it changes counts from here on for everything.
func (a *Authority) take(line *client.GateFeed, written time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, epoch := a.mirror.Revision, a.mirror.Epoch
	if err := a.mirror.Take(line); err != nil {
		return err
	}
	a.memory.cut(line)
	if asOf := written.Add(-time.Duration(line.Behind) * time.Microsecond); asOf.After(a.asOf) {
		a.asOf, a.at = asOf, line.At
	}
	a.trouble = nil
	if line.Kind != client.FeedBeat || was != line.Revision || epoch != line.Epoch {
		close(a.moved)
		a.moved = make(chan struct{})
	}
	return nil
}

// asked turns an error of a question to the server into one for the gate's caller; nil stays nil.
func asked(err error) error {
	if err == nil {
		return nil
	}
	var known *client.Error
	if errors.As(err, &known) {
		switch known.Kind {
		case client.NotFound:
			return fault.Wrap(fault.NotFound, err, "%s", known.Message)
		case client.Unauthenticated:
			if known.Rule != "token" && known.Rule != "no_credentials" { // else the gate's own token does not work
				return fault.Wrap(fault.Unauthenticated, err, "%s", known.Message).By(known.Rule).Rather("%s", known.Right)
			}
		case client.Forbidden:
			return fault.Wrap(fault.Forbidden, err, "%s", known.Message).By(known.Rule).Rather("%s", known.Right)
		}
	}
	return fault.Wrap(fault.Unavailable, err, "the server cannot be asked now").By("server").Rather("try again; if it lasts, see the gate's log")
}
