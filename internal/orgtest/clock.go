package orgtest

import (
	"sync/atomic"
	"time"
)

// A Clock runs with the real time, or stands still at one that was given; a test can move either. Its methods may be called
// by many at once.
type Clock struct {
	stands time.Time    // zero: it runs
	ahead  atomic.Int64 // nanoseconds
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	from := c.stands
	if from.IsZero() {
		from = time.Now()
	}
	return from.Add(time.Duration(c.ahead.Load()))
}

// Pass moves the clock from where it is.
func (c *Clock) Pass(d time.Duration) { c.ahead.Add(int64(d)) }

// Set puts the clock so far ahead of the real time, or of where it began to stand; negative: behind.
func (c *Clock) Set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }
