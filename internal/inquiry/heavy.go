package inquiry

import (
	"context"

	"bailiwick/internal/fault"
)

// heavyAtOnce bounds how many questions are worked on at once whose cost grows with the organization.
const heavyAtOnce = 4

// A Heavy bounds how many questions are worked on at once whose cost grows with the organization: everybody's access to
// something, the past, a text in the whole history. All doors of a server share one. It is safe for concurrent use.
type Heavy struct{ places chan struct{} }

// NewHeavy makes one with all its places free.
func NewHeavy() *Heavy { return &Heavy{places: make(chan struct{}, heavyAtOnce)} }

// Take waits for a place, and returns how to give it back. The error is Unavailable: the context ended before a place was free.
func (h *Heavy) Take(ctx context.Context) (done func(), err error) {
	select {
	case h.places <- struct{}{}:
		return func() { <-h.places }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "the server is busy with other questions of this size").Rather("try again")
	}
}
