package history

import (
	"context"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// verifiedFor is how long a verification is not made again.
const verifiedFor = time.Minute

// A Verification is what came of computing an organization's chain again, in this process.
type Verification struct {
	Since  time.Time // when it was begun
	Done   bool      // it is at its end
	Report journal.Report
	Failed error // it could not be read
}

// Verify begins to compute an organization's chain again in the background, as the command verify does, against the checkpoints
// that are kept with it. Ended is closed at its end. One is made at a time, and none again within a minute; Unavailable: another
// organization's is being made.
func (t *Trail) Verify(organization string, now time.Time) (ended <-chan struct{}, err error) {
	select {
	case <-t.closed:
		return nil, fault.New(fault.Unavailable, "the server is stopping")
	default:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v := t.verified[organization]; v != nil && (!v.Done || now.Sub(v.Since) < verifiedFor) {
		return v.ended, nil
	}
	for _, v := range t.verified {
		if !v.Done {
			return nil, fault.New(fault.Unavailable, "another journal is being verified").Rather("try again in a minute")
		}
	}
	v := &verifying{Verification: Verification{Since: now}, ended: make(chan struct{})}
	t.verified[organization] = v
	t.running.Go(func() { t.verify(organization, v) })
	return v.ended, nil
}

// A verifying is a verification that may not be at its end.
type verifying struct {
	Verification
	ended chan struct{}
}

func (t *Trail) verify(organization string, v *verifying) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-t.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	report, err := t.journal.Verify(ctx, organization, journal.VerifyOptions{})
	t.mu.Lock()
	defer t.mu.Unlock()
	v.Report, v.Failed, v.Done = report, err, true
	close(v.ended)
}

// Verified returns the newest verification of an organization, which may not be at its end; false where none was begun.
func (t *Trail) Verified(organization string) (Verification, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.verified[organization]
	if v == nil {
		return Verification{}, false
	}
	return v.Verification, true
}
