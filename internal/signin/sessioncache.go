package signin

import (
	"context"
	"log/slog"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/journal"
)

// mostSecrets bounds the memory: a session in use costs less than 2 KiB.
const mostSecrets = 1 << 15

// find returns the session of a secret, from memory or the journal; nil where there is none.
func (s *Sessions) find(ctx context.Context, secret *digest, text string) (*live, error) {
	s.mu.RLock()
	l := s.bySecret[*secret]
	s.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	if !wellFormed(sessionPrefix, text) {
		return nil, nil
	}
	organization, row, found, err := s.journal.SessionByHash(ctx, hashOf(secret))
	if err != nil || !found {
		return nil, err
	}
	return s.keep(organization, &row, *secret), nil
}

// byName returns a session by its id; nil where there is none.
func (s *Sessions) byName(ctx context.Context, organization, id string) (*live, error) {
	s.mu.RLock()
	l := s.byID[sessionID{organization, id}]
	s.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	row, found, err := s.journal.SessionByID(ctx, organization, id)
	if err != nil || !found {
		return nil, err
	}
	return s.take(organization, &row), nil
}

// keep remembers a session, and by which secret it was found.
func (s *Sessions) keep(organization string, row *journal.Session, secret digest) *live {
	l := s.take(organization, row)
	s.remember(l, secret)
	return l
}

// take remembers a session's row. There is one live for all of a session's secrets.
func (s *Sessions) take(organization string, row *journal.Session) *live {
	fresh := &live{organization: organization}
	fresh.compared.Store(-1)
	fresh.set(row)
	fresh.read.Store(s.engine.Now().UnixMicro())
	id := sessionID{organization, row.ID}
	s.mu.Lock()
	l := s.byID[id]
	if l == nil {
		s.byID[id] = fresh // with its row: nobody may take it for gone
	}
	s.mu.Unlock()
	if l == nil {
		return fresh
	}
	l.changing.Lock()
	defer l.changing.Unlock()
	l.set(row)
	return l
}

func (s *Sessions) remember(l *live, secret digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bySecret) >= s.most {
		s.shrink()
	}
	s.bySecret[secret] = l
}

// reread reads a session's row again where it was not read for so long. An error leaves the old row: how long old facts
// may be used is the engine's to say.
func (s *Sessions) reread(ctx context.Context, l *live, now time.Time, every time.Duration) {
	last := l.read.Load()
	if age := now.UnixMicro() - last; age >= 0 && age < every.Microseconds() || !l.read.CompareAndSwap(last, now.UnixMicro()) && every > 0 {
		return
	}
	l.changing.Lock()
	defer l.changing.Unlock()
	r := l.row.Load()
	if r == nil {
		return
	}
	row, found, err := s.journal.SessionByID(ctx, l.organization, r.ID)
	switch {
	case err != nil:
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "a session could not be read again", slog.String("session", r.ID), slog.Any("error", err))
	case !found:
		l.row.Store(nil)
	default:
		l.set(&row)
	}
}

// shrink makes room: what is over goes first, then whatever comes. The caller holds mu.
func (s *Sessions) shrink() {
	s.sweep(s.engine.Now())
	for secret, l := range s.bySecret {
		if len(s.bySecret) < s.most-s.most/8 {
			return
		}
		s.forget(secret, l)
	}
}

// sweep forgets the sessions that are over and the secrets that were replaced. The caller holds mu.
func (s *Sessions) sweep(now time.Time) {
	used := map[*live]bool{}
	for secret, l := range s.bySecret {
		r := l.row.Load()
		if r == nil || !r.holds(&secret, now) || !now.Before(r.Until) || now.Sub(time.UnixMicro(l.seen.Load())) >= change.UsualSessionIdle {
			s.forget(secret, l)
			continue
		}
		used[l] = true
		if r.Parent != "" {
			used[s.byID[sessionID{l.organization, r.Parent}]] = true
		}
	}
	for id, l := range s.byID {
		if !used[l] {
			s.drop(id, l)
		}
	}
}

// forget takes a secret out of memory, with its session. The caller holds mu.
func (s *Sessions) forget(secret digest, l *live) {
	delete(s.bySecret, secret)
	if r := l.row.Load(); r != nil && secret == r.now {
		s.drop(sessionID{l.organization, r.ID}, l)
	}
}

func (s *Sessions) drop(id sessionID, l *live) {
	if s.byID[id] != l {
		return
	}
	delete(s.byID, id)
	if seen := l.seen.Load(); seen != l.flushed.Load() {
		note(s.late, id, time.UnixMicro(seen).UTC())
	}
}

// Run writes last uses every few seconds until the context ends, and then once more.
func (s *Sessions) Run(ctx context.Context) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushEvery)
			defer cancel()
			s.flush(last)
			return
		}
	}
}

// pending takes the last uses that are not written yet.
func (s *Sessions) pending() map[string]map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.engine.Now())
	uses := s.late
	s.late = map[string]map[string]time.Time{}
	for id, l := range s.byID {
		seen := l.seen.Load()
		if l.flushed.Swap(seen) != seen {
			note(uses, id, time.UnixMicro(seen).UTC())
		}
	}
	return uses
}

// note keeps the later use.
func note(uses map[string]map[string]time.Time, id sessionID, at time.Time) {
	if uses[id.organization] == nil {
		uses[id.organization] = map[string]time.Time{}
	}
	if at.After(uses[id.organization][id.id]) {
		uses[id.organization][id.id] = at
	}
}

// flush writes what is pending. What fails is tried again the next time.
func (s *Sessions) flush(ctx context.Context) {
	for organization, seen := range s.pending() {
		if err := s.journal.TouchSessions(ctx, organization, seen); err != nil {
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "the last use of sessions could not be written", slog.String("organization", organization), slog.Any("error", err))
			s.again(organization, seen)
		}
	}
}

func (s *Sessions) again(organization string, seen map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range seen {
		note(s.late, sessionID{organization, id}, at)
	}
}
