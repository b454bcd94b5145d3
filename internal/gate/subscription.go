package gate

import (
	"context"
	"time"

	"bailiwick/internal/gate/dagster"
)

// rejudging bounds the judging of one socket's subscriptions.
const rejudging = 5 * time.Second

// note keeps a subscription under the client's name for it. It is known where the name is in use, and full where there are too
// many.
func (s *socket) note(id string, sub *subscription) (known, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] != nil {
		return true, false
	}
	if len(s.open) >= mostSubscriptions {
		return false, true
	}
	s.open[id] = sub
	return false, false
}

// allow lets a subscription run that was judged. It is false where the facts changed meanwhile: whoever watches over them passed by
// and left it to the one who judges.
func (s *socket) allow(sub *subscription) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.running, sub.stale = !sub.stale, false
	return sub.running
}

// forget drops a subscription, and tells whether there was one.
func (s *socket) forget(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.open[id] != nil
	delete(s.open, id)
	return known
}

func (s *socket) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[id] != nil
}

// operations are those of the running subscriptions. The others are judged by whoever asked for them, once more.
func (s *socket) operations() []dagster.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []dagster.Operation
	for _, sub := range s.open {
		if sub.running {
			all = append(all, sub.operations...)
		} else {
			sub.stale = true
		}
	}
	return all
}

// judge judges operations, and before them whether the caller still sees the deployment.
func (s *socket) judge(ctx context.Context, operations []dagster.Operation) (verdict, error) {
	v, err := s.gate.judgeTargets(ctx, s.caller, part{name: "graphql"}, dagster.Target{Permission: viewing, Kind: dagster.Deployment})
	if err != nil || !v.allowed {
		return v, err
	}
	return s.gate.judge(ctx, s.caller, operations)
}

// rejudge judges what is open on new facts. A socket on which anything is not allowed any more is closed: the client opens another,
// and asks for what it still may have.
func (s *socket) rejudge(ctx context.Context) {
	judging, cancel := context.WithTimeout(ctx, rejudging)
	defer cancel()
	began := s.gate.Now()
	v, err := s.judge(judging, s.operations())
	if ctx.Err() != nil {
		return // the gate stops, and says so itself
	}
	if err == nil && v.allowed {
		return
	}
	if err == nil {
		err = s.still(ctx) // who was deactivated has not lost a role: he has gone
	}
	if err != nil {
		go s.end(closing(err))
		return
	}
	s.record(v, began)
	go s.end(lostAccess, v.reason.String())
}
