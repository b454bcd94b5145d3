package feed

import (
	"context"
	"sync"
	"time"

	"bailiwick/client"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

const (
	// BeatEvery is how often a feed says that nothing has changed, so that whoever follows it knows that it would have heard.
	BeatEvery = 500 * time.Millisecond
	// remembered is how many states that were told are kept, for followers that come back: states share what did not change.
	remembered = 64
	// mostFollowers bounds the feeds of an organization that are followed at once.
	mostFollowers = 256
)

// A Source tells feeds as the state moves on. It is safe for concurrent use.
type Source struct {
	engine *decide.Engine

	mu        sync.Mutex
	told      map[string][]*state.State // by organization, the newest last
	followers map[string]int            // by organization
	lines     [8]made                   // of the last changes: gates of one platform are told the same
	next      int
}

// made is what differs between two states for a platform.
type made struct {
	from, to *state.State
	slug     string
	line     *client.GateFeed
}

// NewSource makes a Source of the organizations that an engine has.
func NewSource(engine *decide.Engine) *Source {
	return &Source{engine: engine, told: map[string][]*state.State{}, followers: map[string]int{}}
}

// A Follower is who is told of one platform.
type Follower struct {
	Organization, Platform string
	Known                  client.FeedQuery // what the follower knows already
	// Still judges by a new state whether the follower may go on.
	Still func(*state.State) error
	// Send sends a line, and does not keep it.
	Send func(*client.GateFeed) error
}

// Follow tells a follower until the context ends, sending fails, the platform is gone or Still refuses. Its error is never nil.
//
// The first line is a beat, sent at once: by it the follower knows how long each later line was under way at most.
func (s *Source) Follow(ctx context.Context, f Follower) error {
	if err := s.enter(f.Organization); err != nil {
		return err
	}
	defer s.leave(f.Organization)
	t := telling{Source: s, Follower: f, begun: s.engine.Now()}
	st, behind, err := t.current()
	if err != nil {
		return err
	}
	if st.Platform(f.Platform) == nil {
		return fault.New(fault.NotFound, "the platform %q is not attached", f.Platform).In("platform")
	}
	beat := view{st, f.Platform}.line(client.FeedBeat)
	beat.Revision, beat.Epoch = f.Known.Revision, f.Known.Epoch
	if err := t.send(beat, st, behind); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	for {
		if err := t.wait(ctx); err != nil {
			return err
		}
	}
}

func (s *Source) enter(organization string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.followers[organization] >= mostFollowers {
		return fault.New(fault.Unavailable, "%d gates follow already", mostFollowers).By("feeds").Rather("try again")
	}
	s.followers[organization]++
	return nil
}

func (s *Source) leave(organization string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followers[organization]--
}

// remember keeps a state that was told of.
func (s *Source) remember(st *state.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.told[st.Organization]
	if len(list) > 0 && list[len(list)-1].Revision >= st.Revision && list[len(list)-1].Epoch == st.Epoch {
		return
	}
	if list = append(list, st); len(list) > remembered {
		list = list[1:]
	}
	s.told[st.Organization] = list
}

// recall returns a state that was told of, or nil.
func (s *Source) recall(organization string, known client.FeedQuery) *state.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.told[organization] {
		if st.Revision == known.Revision && st.Epoch == known.Epoch && known.Revision > 0 {
			return st
		}
	}
	return nil
}

// between is Between, worked out once for all who follow the same platform.
func (s *Source) between(from, to *state.State, slug string) (*client.GateFeed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.lines {
		if m.from == from && m.to == to && m.slug == slug {
			return m.line, nil
		}
	}
	line, err := Between(from, to, slug)
	if err != nil {
		return nil, err
	}
	s.lines[s.next], s.next = made{from, to, slug, line}, (s.next+1)%len(s.lines)
	return line, nil
}

// A telling is one follower being told.
type telling struct {
	*Source
	Follower
	begun time.Time
	known *state.State
	last  time.Time // when the last line was sent
}

// current is the present state, with how long ago its journal was heard from, and judged.
func (t *telling) current() (*state.State, time.Duration, error) {
	behind, _ := t.engine.Fresh() // before the state: it is at least as new as that
	st, err := t.engine.Current(t.Organization)
	if err != nil {
		return nil, 0, err
	}
	return st, behind, t.Still(st)
}

// send sends a line with its times. The line itself may be others' too.
func (t *telling) send(line *client.GateFeed, st *state.State, behind time.Duration) error {
	own := *line
	own.At = st.Moment(t.engine.Now()).UTC()
	t.last = t.engine.Now()
	own.Elapsed, own.Behind = t.last.Sub(t.begun).Microseconds(), behind.Microseconds()
	return t.Send(&own)
}

// begin brings the follower from what he knows to the present.
func (t *telling) begin() error {
	st, behind, err := t.current()
	if err != nil {
		return err
	}
	var line *client.GateFeed
	if older := t.recall(t.Organization, t.Known); older != nil {
		line, err = t.between(older, st, t.Platform)
	} else {
		line, err = Full(st, t.Platform)
	}
	if err != nil {
		return err
	}
	t.known = st
	t.remember(st)
	return t.send(line, st, behind)
}

// wait waits for a change, or until it is time for a beat, and tells of it. While the server itself does not know how things are
// it says nothing, and the follower knows no more than it does.
func (t *telling) wait(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, BeatEvery-t.engine.Now().Sub(t.last))
	defer cancel()
	if _, err := t.engine.AtLeast(wait, t.Organization, t.known.Revision+1, 0); err != nil {
		<-wait.Done() // also where it is known at once that nothing is known
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	st, behind, err := t.current()
	switch {
	case err != nil && st == nil && fault.Is(err, fault.Unavailable):
		t.last = t.engine.Now()
		return nil
	case err != nil:
		return err
	case st == t.known:
		beat := view{st, t.Platform}.line(client.FeedBeat)
		return t.send(beat, st, behind)
	}
	line, err := t.between(t.known, st, t.Platform)
	if err != nil {
		return err
	}
	t.known = st
	t.remember(st)
	return t.send(line, st, behind)
}
