package signin

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// flushEvery is how often last uses are written, and at most how much of them a crash loses.
const flushEvery = 10 * time.Second

// A sighting is where a token was found, and when it was used last.
type sighting struct {
	organization, token string
	used                atomic.Int64 // microseconds since 1970 UTC
	flushed             atomic.Int64
}

func (s *sighting) use(now time.Time) { s.used.Store(now.UnixMicro()) }

// pending returns the last uses that are not written yet, by organization and token, and what to call when they are.
func (r *Reader) pending() (uses map[string]map[string]time.Time, written func()) {
	uses = map[string]map[string]time.Time{}
	var marks []func()
	r.tokens.Range(func(_, kept any) bool {
		s := kept.(*sighting)
		used := s.used.Load()
		if used == s.flushed.Load() {
			return true
		}
		if uses[s.organization] == nil {
			uses[s.organization] = map[string]time.Time{}
		}
		uses[s.organization][s.token] = time.UnixMicro(used).UTC()
		marks = append(marks, func() { s.flushed.Store(used) })
		return true
	})
	return uses, func() {
		for _, mark := range marks {
			mark()
		}
	}
}

// Run writes last uses every few seconds until the context ends, and then once more.
func (r *Reader) Run(ctx context.Context) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushEvery)
			defer cancel()
			r.flush(last)
			return
		}
	}
}

// flush writes what is pending. What fails is tried again the next time.
func (r *Reader) flush(ctx context.Context) {
	uses, written := r.pending()
	if len(uses) == 0 {
		return
	}
	for organization, tokens := range uses {
		if err := r.journal.TouchTokens(ctx, organization, tokens); err != nil {
			r.log.LogAttrs(ctx, slog.LevelWarn, "the last use of tokens could not be written", slog.String("organization", organization), slog.Any("error", err))
			return
		}
	}
	written()
}
