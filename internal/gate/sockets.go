package gate

import (
	"bytes"
	"context"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"bailiwick/internal/fault"
)

const (
	// rejudgeEvery is how soon a right counts no more that ends by the clock. What ends by a change does not wait for it.
	rejudgeEvery = time.Second
	// leaving is how long a gate that stops waits for its clients to close.
	leaving = 2 * time.Second
	// stopping is what they are told.
	stopping = "the gate stops"
)

// How a socket is closed for reasons of the gate's own: 44xx as in HTTP.
const (
	wrongMessage websocket.StatusCode = 4400
	nobody       websocket.StatusCode = 4401
	lostAccess   websocket.StatusCode = 4403
)

// closing says how a socket ends whose caller is not let through any more.
func closing(err error) (websocket.StatusCode, string) {
	switch fault.Of(err) {
	case fault.Unauthenticated:
		return nobody, "your session or token was ended"
	case fault.Forbidden:
		return lostAccess, err.Error()
	case fault.Unavailable:
		return websocket.StatusTryAgainLater, "the gate cannot tell what you may do now"
	}
	return websocket.StatusInternalError, "the gate failed"
}

// short cuts a text to what fits into the end of a socket.
func short(text string) string {
	const most = 123
	if len(text) <= most {
		return text
	}
	text = text[:most]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

// sockets are a gate's open ones.
type sockets struct {
	pinging time.Duration // how long a client is left alone
	sending time.Duration // how long a client may take for one message

	mu      sync.Mutex
	open    map[*socket]struct{}
	stopped bool
	buffers sync.Pool
}

func newSockets() *sockets {
	return &sockets{pinging: 30 * time.Second, sending: 30 * time.Second, open: map[*socket]struct{}{}}
}

// add notes a socket. It is false when the gate stops.
func (l *sockets) add(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		l.open[s] = struct{}{}
	}
	return !l.stopped
}

func (l *sockets) remove(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s)
}

func (l *sockets) all() []*socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*socket, 0, len(l.open))
	for s := range l.open {
		list = append(list, s)
	}
	return list
}

// follow judges what is open on each new state of the facts, and every second, because rights end by the clock as well. When the
// context ends it closes all.
func (l *sockets) follow(ctx context.Context, authority Authority) {
	for known := int64(0); ctx.Err() == nil; {
		wait, cancel := context.WithTimeout(ctx, rejudgeEvery)
		revision, err := authority.Changed(wait, known)
		if err != nil {
			<-wait.Done() // also where it is known at once that nothing is known
		} else {
			known = revision
		}
		cancel()
		for _, s := range l.all() {
			if ctx.Err() == nil {
				s.rejudge(ctx)
			}
		}
	}
	l.stop()
}

// stop ends all sockets, and takes no more.
func (l *sockets) stop() {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	var ending sync.WaitGroup
	for _, s := range l.all() {
		ending.Go(func() { s.end(websocket.StatusGoingAway, stopping) })
	}
	ended := make(chan struct{})
	go func() { ending.Wait(); close(ended) }()
	timer := time.NewTimer(leaving)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C: // the library gives clients that do not answer some seconds more
	}
}

// buffer is for one message of the upstream.
func (l *sockets) buffer() *bytes.Buffer {
	if b, ok := l.buffers.Get().(*bytes.Buffer); ok {
		return b
	}
	return &bytes.Buffer{}
}

func (l *sockets) recycle(b *bytes.Buffer) {
	if b.Cap() <= maxKept {
		b.Reset()
		l.buffers.Put(b)
	}
}
