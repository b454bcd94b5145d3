package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	patience  = time.Second            // what takes longer says that it is at work
	stroke    = 120 * time.Millisecond // between two pictures
	barLength = 20
)

// working runs do, and while it runs for longer than a second shows on a terminal that it does: a bar that moves, what
// is being done, and for how long. It leaves nothing behind on the screen.
func (s *session) working(what string, do func()) {
	if !s.ErrTerminal {
		do()
		return
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		showProgress(s.Stderr, what, patience, stroke, done)
	}()
	do()
	close(done)
	<-gone
}

// showProgress draws until done is closed, and then wipes its line.
func showProgress(w io.Writer, what string, patience, stroke time.Duration, done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-time.After(patience):
	}
	began := time.Now().Add(-patience)
	tick := time.NewTicker(stroke)
	defer tick.Stop()
	for n := 0; ; n++ {
		bar := []rune(strings.Repeat("░", barLength))
		for i := range 5 {
			bar[(n+i)%barLength] = '█'
		}
		_, _ = fmt.Fprintf(w, "\r%s %s, %d s\x1b[K", string(bar), what, int(time.Since(began).Seconds()))
		select {
		case <-done:
			_, _ = fmt.Fprint(w, "\r\x1b[K")
			return
		case <-tick.C:
		}
	}
}
