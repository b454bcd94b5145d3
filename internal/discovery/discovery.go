package discovery

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
)

const (
	// goneAfter is how long a code location has to be missing before that is noted: servers of code restart, and a history full of
	// comings and goings says nothing.
	goneAfter = 10 * time.Minute
	// lookEvery is how often it is looked whether something has been missing for so long, or can be written now that could not be.
	lookEvery = time.Minute
)

// Options are the server's parts, all of which are needed.
type Options struct {
	Engine  *decide.Engine
	Changes *change.Service
	Log     *slog.Logger
}

// A Service is told what gates see, and notes it. It is safe for concurrent use.
type Service struct {
	Options

	mu   sync.Mutex
	told map[where]*sighting
}

type where struct{ organization, deployment string }

// A sighting is what was told last of a deployment.
type sighting struct {
	writing sync.Mutex // one at a time tells the facts
	seen    []string
	missing map[string]time.Time // paths, and since when
	wrong   string               // what was logged last, so that it is logged once
}

// New makes a Service. Whoever makes it runs Run beside it.
func New(o Options) *Service { return &Service{Options: o, told: map[where]*sighting{}} }

// Told takes what code locations a deployment's upstream has now. What cannot be written now is tried again by Run.
func (s *Service) Told(ctx context.Context, organization, deployment string, locations []string) {
	at := where{organization, deployment}
	s.mu.Lock()
	one := s.told[at]
	if one == nil {
		one = &sighting{missing: map[string]time.Time{}}
		s.told[at] = one
	}
	s.mu.Unlock()
	one.writing.Lock()
	defer one.writing.Unlock()
	one.seen = slices.Clone(locations)
	s.note(ctx, at, one)
}

// Run notes what has been missing for long, until the context ends.
func (s *Service) Run(ctx context.Context) {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			s.Look(ctx)
		}
	}
}

// Look notes now what Run notes every minute.
func (s *Service) Look(ctx context.Context) {
	s.mu.Lock()
	told := maps.Clone(s.told)
	s.mu.Unlock()
	for at, one := range told {
		one.writing.Lock()
		s.note(ctx, at, one)
		one.writing.Unlock()
	}
}

// note tells the facts what a deployment's upstream has, and what it has lacked for long. The caller holds writing.
func (s *Service) note(ctx context.Context, at where, one *sighting) {
	gone := s.missing(at, one)
	left, err := s.Changes.Discovered(ctx, at.organization, change.Discovery{Deployment: at.deployment, Seen: one.seen, Gone: gone})
	wrong := ""
	switch {
	case err != nil && ctx.Err() != nil:
		return
	case err != nil:
		wrong = err.Error()
	case len(left) > 0:
		wrong = "they cannot be resources, or there are too many"
	}
	if wrong != one.wrong && wrong != "" {
		s.Log.WarnContext(ctx, "code locations of a deployment were not added: its own roles judge them", "deployment", at.deployment, "locations", len(left),
			"unknown", fault.Is(err, fault.NotFound), "why", wrong)
	}
	one.wrong = wrong
}

// missing follows what the facts have and the upstream does not, and returns what has been so for long.
func (s *Service) missing(at where, one *sighting) map[string]time.Time {
	st, err := s.Engine.Current(at.organization)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, raw := range one.seen {
		seen[at.deployment+"/"+access.EncodeName(raw)] = true
	}
	before, now := one.missing, s.Engine.Now()
	one.missing = map[string]time.Time{}
	gone := map[string]time.Time{}
	for path := range st.Beneath(at.deployment) {
		if seen[path] || strings.Contains(path[len(at.deployment)+1:], "/") {
			continue
		}
		since, known := before[path]
		if !known {
			since = now
		}
		one.missing[path] = since
		if now.Sub(since) >= goneAfter {
			gone[path] = since
		}
	}
	return gone
}
