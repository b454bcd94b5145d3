package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"bailiwick/client"
	"bailiwick/internal/gate"
)

const (
	// reportEvery is how often activity is sent, and so the most that a crash loses.
	reportEvery = time.Second
	// slowestReport is the longest wait before a batch that was not acknowledged is sent again.
	slowestReport = 15 * time.Second
	// mostLines bounds the different things that wait to be sent. What there is no room for is counted.
	mostLines = 20_000
	// lastWords is how long a gate that stops tries to send what is left.
	lastWords = 5 * time.Second
)

// A line is what is counted together: the same thing of the same subject, with the same outcome, in one minute.
type line struct {
	subject, operation, resource, result string
	minute                               int64
}

// reports are what was done and refused, until the server has said that it is kept.
type reports struct {
	sending sync.Mutex // one batch at a time is under way

	mu      sync.Mutex
	lines   map[line]*client.GateActivity
	dropped int64
	unsent  *client.GateBatch // whose outcome is not known
}

func newReports() *reports {
	return &reports{lines: map[line]*client.GateActivity{}}
}

// Record tells what was done or refused. It does not block.
func (a *Authority) Record(did gate.Activity) {
	result := "refused"
	if did.Allowed {
		result = "allowed"
	}
	key := line{did.Subject.String(), did.Operation, did.Resource, result, did.At.Unix() / 60}
	a.told.mu.Lock()
	defer a.told.mu.Unlock()
	if known := a.told.lines[key]; known != nil {
		known.Count++
		return
	}
	if len(a.told.lines) >= mostLines {
		a.told.dropped++
		return
	}
	a.told.lines[key] = &client.GateActivity{At: did.At.UTC(), Subject: key.subject, Operation: key.operation, Resource: key.resource, Result: result,
		Reason: did.Reason, Revision: did.Revision, Took: max(0, did.Duration.Microseconds()), Count: 1, Request: did.Request}
}

// Dropped returns how many things there was no room for that the server was not told of yet.
func (a *Authority) Dropped() int64 {
	a.told.mu.Lock()
	defer a.told.mu.Unlock()
	return a.told.dropped
}

// report sends what was recorded until the context ends, and then what is left.
func (a *Authority) report(ctx context.Context) {
	wait := reportEvery
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
			defer cancel()
			if err := a.Flush(last); err != nil {
				a.Log.LogAttrs(ctx, slog.LevelError, "activity was lost: the server could not be told before the gate stopped", slog.Any("error", err))
			}
			return
		case <-time.After(wait):
		}
		if err := a.Flush(ctx); err != nil {
			if wait == reportEvery {
				a.Log.LogAttrs(ctx, slog.LevelWarn, "the server could not be told what was done; it is tried again", slog.Any("error", err))
			}
			wait = min(2*wait, slowestReport)
			continue
		}
		wait = reportEvery
	}
}

// Flush sends what was recorded. A batch whose outcome is not known is sent again as it is, under its own id, before anything else.
func (a *Authority) Flush(ctx context.Context) error {
	a.told.sending.Lock()
	defer a.told.sending.Unlock()
	for {
		batch := a.told.batch()
		if batch == nil {
			return nil
		}
		within, cancel := context.WithTimeout(ctx, askWithin)
		kept, err := a.Client.SendGateActivity(within, *batch)
		cancel()
		var known *client.Error
		switch {
		case err == nil && kept.Refused > 0:
			a.Log.LogAttrs(ctx, slog.LevelWarn, "the server does not keep all that the gate told", slog.Int("refused", kept.Refused))
		case errors.As(err, &known) && known.Kind == client.Invalid: // it will never be taken
			a.Log.LogAttrs(ctx, slog.LevelError, "the server refuses what the gate told", slog.Any("error", err))
			a.told.lose(int64(len(batch.Activity)))
			continue
		case err != nil:
			return err
		}
		a.told.acknowledged()
	}
}

// batch is the batch to send next: the one that was not acknowledged, or a new one; nil where there is nothing to tell.
func (r *reports) batch() *client.GateBatch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unsent != nil || len(r.lines) == 0 && r.dropped == 0 {
		return r.unsent
	}
	r.unsent = &client.GateBatch{Batch: rand.Text(), Activity: []client.GateActivity{}, Dropped: r.dropped}
	r.dropped = 0
	for key, told := range r.lines {
		if len(r.unsent.Activity) == client.MaxGateBatch {
			break
		}
		r.unsent.Activity = append(r.unsent.Activity, *told)
		delete(r.lines, key)
	}
	return r.unsent
}

func (r *reports) acknowledged() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsent = nil
}

// lose gives a batch up.
func (r *reports) lose(lines int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped += lines + r.unsent.Dropped
	r.unsent = nil
}

// Discovered tells the server which code locations a deployment has now.
func (a *Authority) Discovered(ctx context.Context, deployment string, locations []string) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	return asked(a.Client.SendGateDiscovered(ctx, client.GateDiscovered{Deployment: deployment, Locations: locations}))
}
