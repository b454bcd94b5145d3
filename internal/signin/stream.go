package signin

import (
	"context"
	"slices"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/fault"
)

// rejudgeEvery is how soon a stream ends whose caller's time is over. What ends a caller by a change does not wait for it.
const rejudgeEvery = time.Second

// A Stream is an answer that stays open, and whose it is.
type Stream struct {
	Subject        access.Subject
	Token, Session string // one of them
	Since          time.Time
}

// streams are the open ones, by organization.
type streams struct {
	mu   sync.Mutex
	open map[string]map[*held]struct{}
}

type held struct {
	caller *Caller
	since  time.Time
	end    context.CancelCauseFunc
}

// Hold watches over an answer that stays open. The context it returns ends, with the cause, as soon as what let the caller
// in does not any more: the token or session was ended, its time is over, the subject was deactivated, or nobody knows
// because the journal was not heard from for too long. Whoever holds calls release at the end, and before each thing that
// was asked for later than the rest asks Still.
func (r *Reader) Hold(ctx context.Context, c *Caller) (until context.Context, release func()) {
	until, end := context.WithCancelCause(ctx)
	h := &held{caller: c, since: r.engine.Now(), end: end}
	r.streams.mu.Lock()
	if r.streams.open == nil {
		r.streams.open = map[string]map[*held]struct{}{}
	}
	all := r.streams.open[c.Organization]
	if all == nil {
		all = map[*held]struct{}{}
		r.streams.open[c.Organization] = all
		go r.watch(context.WithoutCancel(ctx), c.Organization)
	}
	all[h] = struct{}{}
	r.streams.mu.Unlock()
	// After it was noted: what ends him from here on ends the stream.
	if err := r.Still(ctx, c); err != nil {
		r.letGo(h, err)
	}
	return until, func() { r.letGo(h, context.Canceled) }
}

// letGo ends a stream.
func (r *Reader) letGo(h *held, why error) {
	r.streams.mu.Lock()
	delete(r.streams.open[h.caller.Organization], h)
	r.streams.mu.Unlock()
	h.end(why)
}

// watch judges an organization's streams anew after each change, and every so often, until there is none.
func (r *Reader) watch(ctx context.Context, organization string) {
	for {
		var revision int64
		if st, err := r.engine.Current(organization); err == nil {
			revision = st.Revision
		}
		for _, h := range r.heldBy(organization) {
			if err := r.Still(ctx, h.caller); err != nil {
				r.letGo(h, err)
			}
		}
		if r.none(organization) {
			return
		}
		wait, cancel := context.WithTimeout(ctx, rejudgeEvery)
		_, err := r.engine.AtLeast(wait, organization, revision+1, 0)
		if err != nil {
			<-wait.Done() // also where it is known at once that nothing is known
		}
		cancel()
	}
}

func (r *Reader) heldBy(organization string) []*held {
	r.streams.mu.Lock()
	defer r.streams.mu.Unlock()
	list := make([]*held, 0, len(r.streams.open[organization]))
	for h := range r.streams.open[organization] {
		list = append(list, h)
	}
	return list
}

// none tells whether an organization has no stream, and then forgets that it had any: the next one begins a watch.
func (r *Reader) none(organization string) bool {
	r.streams.mu.Lock()
	defer r.streams.mu.Unlock()
	if len(r.streams.open[organization]) > 0 {
		return false
	}
	delete(r.streams.open, organization)
	return true
}

// Streams lists a subject's open streams, oldest first.
func (r *Reader) Streams(organization string, subject access.Subject) []Stream {
	var list []Stream
	for _, h := range r.heldBy(organization) {
		if h.caller.Subject == subject {
			list = append(list, Stream{Subject: subject, Token: h.caller.Token, Session: h.caller.Session, Since: h.since})
		}
	}
	slices.SortFunc(list, func(a, b Stream) int { return a.Since.Compare(b.Since) })
	return list
}

// Still judges a caller anew, without counting it as a use: whether what let him in still does.
func (r *Reader) Still(ctx context.Context, c *Caller) error {
	st, err := r.engine.Current(c.Organization)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return refused()
		}
		return err
	}
	moment := st.Moment(r.engine.Now())
	if c.Kind == VouchedKind {
		if vouchedStill(st, c.Subject.ID, c.since) != "" {
			return nobodyActive()
		}
		return nil
	}
	if c.live == nil {
		if token := st.Token(c.Token); token == nil || judge(st, token, c.Kind, moment) != "" {
			return refused()
		}
		return nil
	}
	_, _, why := r.sessions.judge(ctx, c.live, st, moment)
	if why == "idle" || why == "parent" { // another server may have seen him
		r.sessions.reread(ctx, c.live, r.engine.Now(), 0)
		_, _, why = r.sessions.judge(ctx, c.live, st, moment)
	}
	if why != "" {
		return refusedSession()
	}
	return nil
}
