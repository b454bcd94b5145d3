package remote

import (
	"context"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/signin"
)

// rejudgeEvery is how soon something open ends whose caller's time is over, or about whom nobody knows. What the feed tells
// does not wait for it.
const rejudgeEvery = 250 * time.Millisecond

// A hold watches over one thing that stays open.
type hold struct {
	caller         *gate.Caller
	secret, origin string // of a session
	end            context.CancelCauseFunc
	judged         int64 // the revision at which the server last said that the session is good
	asking         bool
}

// Hold watches over an answer that stays open.
func (a *Authority) Hold(ctx context.Context, c *gate.Caller) (until context.Context, release func()) {
	until, end := context.WithCancelCause(ctx)
	h := &hold{caller: c, end: end}
	a.mu.Lock()
	h.judged = a.mirror.Revision
	if v := a.memory.visits[a.memory.sessions[c.Session]]; v != nil && c.Session != "" {
		h.secret, h.origin = v.secret, v.origin
	} else if c.Session != "" {
		h.judged = 0 // cut between being found and being held: it is asked about
	}
	a.holds[h] = struct{}{}
	a.mu.Unlock()
	a.judgeHold(until, h)
	return until, func() { a.letGo(h, context.Canceled) }
}

func (a *Authority) letGo(h *hold, why error) {
	a.mu.Lock()
	delete(a.holds, h)
	a.mu.Unlock()
	h.end(why)
}

// watch judges what is open anew after each change, and every so often.
func (a *Authority) watch(ctx context.Context) {
	for {
		a.mu.RLock()
		moved := a.moved
		list := make([]*hold, 0, len(a.holds))
		for h := range a.holds {
			list = append(list, h)
		}
		a.mu.RUnlock()
		for _, h := range list {
			a.judgeHold(ctx, h)
		}
		select {
		case <-ctx.Done():
			return
		case <-moved:
		case <-time.After(rejudgeEvery):
		}
	}
}

// judgeHold ends a hold whose caller is not let in any more. Where only the server knows, it is asked beside the others.
func (a *Authority) judgeHold(ctx context.Context, h *hold) {
	a.mu.Lock()
	err := a.still(h.caller)
	if h.caller.Kind == signin.VouchedKind && a.memory.ended[h.caller.Subject.ID] > h.judged {
		err = signin.RefusedSession() // whoever ended all sessions of theirs meant this one too
	}
	ask := err == nil && h.caller.Session != "" && !h.asking && h.judged < max(a.memory.all, a.memory.cuts[h.caller.Subject.ID])
	h.asking = h.asking || ask
	a.mu.Unlock()
	switch {
	case err != nil:
		a.letGo(h, err)
	case ask:
		go a.askAgain(ctx, h)
	}
}

// still judges by what is known here. The caller holds mu.
func (a *Authority) still(c *gate.Caller) error {
	facts, err := a.facts()
	if err != nil {
		return err
	}
	if c.Token != "" {
		if t := a.mirror.TokenByID(c.Token); t == nil || t.Subject != c.Subject.String() || !a.works(t, facts.At) {
			return signin.RefusedToken()
		}
		return nil
	}
	if !c.Expires.IsZero() && !facts.At.Before(c.Expires) {
		return signin.RefusedSession()
	}
	if u := a.mirror.User(c.Subject.ID); u != nil && u.Inactive {
		return signin.RefusedSession()
	}
	if c.Kind == signin.VouchedKind && !a.active(c.Subject) {
		return signin.RefusedSession()
	}
	return nil
}

// askAgain asks the server whether a session is good still.
func (a *Authority) askAgain(ctx context.Context, h *hold) {
	a.mu.RLock()
	revision := a.mirror.Revision
	a.mu.RUnlock()
	var err error = fault.New(fault.Unavailable, "the session is not known here any more")
	if h.secret != "" {
		_, err = a.BySession(ctx, h.origin, h.secret)
	}
	if err != nil {
		a.letGo(h, err)
		return
	}
	a.mu.Lock()
	h.judged, h.asking = revision, false
	a.mu.Unlock()
}
