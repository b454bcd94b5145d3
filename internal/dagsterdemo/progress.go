package dagsterdemo

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// stroke is the time between two pictures on a terminal.
const stroke = 120 * time.Millisecond

// A progress tells how far something is: on a terminal on one line that moves, elsewhere line by line.
type progress struct {
	out      io.Writer
	terminal bool
	what     string
	total    int

	mu   sync.Mutex
	now  string
	done int
	tick int

	over, gone chan struct{}
}

func newProgress(out io.Writer, terminal bool, what string, total int) *progress {
	p := &progress{out: out, terminal: terminal, what: what, total: total, over: make(chan struct{}), gone: make(chan struct{})}
	if !terminal {
		close(p.gone)
		return p
	}
	go p.move()
	return p
}

// next says what comes next of the total.
func (p *progress) next(name string) {
	p.mu.Lock()
	p.done++
	text := fmt.Sprintf("%d of %d, %s", p.done, p.total, name)
	p.mu.Unlock()
	p.says(text)
}

// says shows what is being done.
func (p *progress) says(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = text
	if !p.terminal {
		_, _ = fmt.Fprintf(p.out, "%s: %s\n", p.what, text)
	}
}

// end wipes the line that moved, or says that it is over.
func (p *progress) end() {
	close(p.over)
	<-p.gone
	if !p.terminal {
		_, _ = fmt.Fprintf(p.out, "%s: done\n", p.what)
	}
}

func (p *progress) move() {
	defer close(p.gone)
	again := time.NewTicker(stroke)
	defer again.Stop()
	pictures := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	for {
		p.mu.Lock()
		_, _ = fmt.Fprintf(p.out, "\r%c %s: %s, %d s\x1b[K", pictures[p.tick%len(pictures)], p.what, p.now, p.tick*int(stroke/time.Millisecond)/1000)
		p.tick++
		p.mu.Unlock()
		select {
		case <-p.over:
			_, _ = fmt.Fprint(p.out, "\r\x1b[K")
			return
		case <-again.C:
		}
	}
}
