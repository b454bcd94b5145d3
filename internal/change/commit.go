package change

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// groupSize bounds what one commit takes with it.
const groupSize = 256

func gather(first *request, q chan *request) []*request {
	group := []*request{first}
	for len(group) < groupSize {
		select {
		case r := <-q:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// attempts bounds how often a group is judged anew because somebody else was quicker.
const attempts = 20

// commit judges each request on the one before it and appends what came of them in one transaction.
func (s *Service) commit(organization string, group []*request) {
	ctx := context.Background()
	for try := range attempts {
		group = s.known(ctx, organization, group, try > 0)
		base, err := s.engine.Current(organization)
		if err != nil {
			answer(group, err)
			return
		}
		now, changes, judged, ids := base, []journal.Change(nil), []*request(nil), map[string]bool{}
		var again []*request // the same change once more: what it gets is known when this group is in the journal
		for _, r := range group {
			if ids[r.how.ID] {
				again = append(again, r)
				continue
			}
			next, err := s.judge(now, r)
			if err != nil {
				r.answered <- err
				continue
			}
			judged = append(judged, r) // one that came to nothing too: it was judged on rows that are not yet written
			if len(r.entries) == 0 {
				continue
			}
			now, ids[r.how.ID] = next, true
			changes = append(changes, journal.Change{Organization: organization, ID: r.how.ID, Actor: r.actor.String(),
				Via: r.actor.Via, Request: r.actor.Request, At: r.at, Epoch: now.Epoch, Entries: r.entries})
		}
		if len(changes) == 0 {
			answer(judged, nil)
			return
		}
		_, err = s.journal.Append(ctx, organization, base.Revision, changes...)
		switch {
		case err == nil:
			s.engine.Publish(now)
			answer(judged, nil)
			if len(again) > 0 {
				s.commit(organization, again)
			}
			return
		case errors.Is(err, journal.ErrConflict), errors.Is(err, journal.ErrDuplicate):
			group = slices.Concat(judged, again)
			time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))) // or two replicas keep step with each other
			if err := s.engine.CatchUp(ctx, organization); err != nil {
				answer(group, err)
				return
			}
		default:
			answer(slices.Concat(judged, again), err)
			return
		}
	}
	answer(group, fault.New(fault.Conflict, "somebody else was quicker %d times", attempts).By("revision").Rather("try again"))
}

func answer(group []*request, err error) {
	for _, r := range group {
		r.answered <- err
	}
}

// known answers requests whose change is in the journal already, and returns the others. An id is looked up only where the
// caller chose it.
func (s *Service) known(ctx context.Context, organization string, group []*request, all bool) []*request {
	rest := group[:0:0]
	for _, r := range group {
		if r.fresh && !all {
			rest = append(rest, r)
			continue
		}
		last, found, err := s.done(ctx, organization, r)
		switch {
		case err != nil:
			r.answered <- err
		case found:
			r.result = Result{ID: r.how.ID, Revision: last}
			if !r.fresh {
				r.after = aftermath{} // whoever made the change first has seen to it
			}
			r.answered <- nil
		default:
			rest = append(rest, r)
		}
	}
	return rest
}

// done looks for a change in the journal. One of somebody else's is no answer to this request.
func (s *Service) done(ctx context.Context, organization string, r *request) (last int64, found bool, err error) {
	first, last, found, err := s.journal.Find(ctx, organization, r.how.ID)
	if err != nil || !found {
		return 0, false, err
	}
	err = s.journal.Read(ctx, organization, first-1, first, func(row *journal.Record) error {
		if row.Actor == r.actor.String() {
			return nil
		}
		return fault.New(fault.Conflict, "there is a change %q already, and it is somebody else's", r.how.ID).In("change_id").By("change_id").Rather("choose another id")
	})
	return last, true, err
}

// An aftermath is what is to be done when a change is in the journal, and only then. The facts hold without it: what it drops
// lets nobody in any more.
type aftermath struct {
	letters  []Letter
	sessions []string // rows to drop
	secrets  []string
}

func (s *Service) settle(organization string, r *request) {
	ctx := context.WithoutCancel(r.ctx)
	if len(r.after.sessions) > 0 {
		s.complain(organization, "dropping ended sessions", s.journal.DropSessions(ctx, organization, r.after.sessions...))
	}
	if len(r.after.secrets) > 0 {
		s.complain(organization, "dropping old secrets", s.journal.DropSecret(ctx, organization, r.after.secrets...))
	}
	if len(r.after.letters) > 0 {
		s.options.Letters(organization, r.after.letters)
	}
}

func (s *Service) complain(organization, what string, err error) {
	if err != nil {
		s.options.Logger.Warn(what+" failed", slog.String("organization", organization), slog.Any("error", err))
	}
}
