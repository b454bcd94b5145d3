package home

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

const (
	// goneAfter is how long a code location has to be missing before that is noted: servers of code restart, and a history full of
	// comings and goings says nothing.
	goneAfter = 10 * time.Minute
	// lookEvery is how often it is looked whether something has been missing for so long, or can be written now that could not be.
	lookEvery = time.Minute
)

// sightings are what gates were told last by their upstreams, by deployment.
type sightings struct {
	mu   sync.Mutex
	told map[string]*sighting
}

type sighting struct {
	writing sync.Mutex // one at a time tells the facts
	seen    []string
	missing map[string]time.Time // paths, and since when
	wrong   string               // what was logged last, so that it is logged once
}

func newSightings() sightings { return sightings{told: map[string]*sighting{}} }

// Discovered takes what code locations a deployment's upstream has now. What cannot be written now is tried again by Run.
func (h *Home) Discovered(ctx context.Context, deployment string, locations []string) error {
	h.mu.Lock()
	s := h.told[deployment]
	if s == nil {
		s = &sighting{missing: map[string]time.Time{}}
		h.told[deployment] = s
	}
	h.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	s.seen = slices.Clone(locations)
	h.note(ctx, deployment, s)
	return nil
}

// Run notes what has been missing for long, until the context ends.
func (h *Home) Run(ctx context.Context) {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			h.Look(ctx)
		}
	}
}

// Look notes now what Run notes every minute.
func (h *Home) Look(ctx context.Context) {
	h.mu.Lock()
	told := maps.Clone(h.told)
	h.mu.Unlock()
	for deployment, s := range told {
		s.writing.Lock()
		h.note(ctx, deployment, s)
		s.writing.Unlock()
	}
}

// note tells the facts what a deployment's upstream has, and what it has lacked for long. The caller holds writing.
func (h *Home) note(ctx context.Context, deployment string, s *sighting) {
	gone := h.missing(deployment, s)
	left, err := h.Changes.Discovered(ctx, h.Organization, change.Discovery{Deployment: deployment, Seen: s.seen, Gone: gone})
	wrong := ""
	switch {
	case err != nil && ctx.Err() != nil:
		return
	case err != nil:
		wrong = err.Error()
	case len(left) > 0:
		wrong = "they cannot be resources, or there are too many"
	}
	if wrong != s.wrong && wrong != "" {
		h.Log.WarnContext(ctx, "code locations of a deployment were not added: its own roles judge them", "deployment", deployment, "locations", len(left),
			"unknown", fault.Is(err, fault.NotFound), "why", wrong)
	}
	s.wrong = wrong
}

// missing follows what the facts have and the upstream does not, and returns what has been so for long.
func (h *Home) missing(deployment string, s *sighting) map[string]time.Time {
	st, err := h.now()
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, raw := range s.seen {
		seen[deployment+"/"+access.EncodeName(raw)] = true
	}
	before, now := s.missing, h.Engine.Now()
	s.missing = map[string]time.Time{}
	gone := map[string]time.Time{}
	for path := range st.Beneath(deployment) {
		if seen[path] || strings.Contains(path[len(deployment)+1:], "/") {
			continue
		}
		since, known := before[path]
		if !known {
			since = now
		}
		s.missing[path] = since
		if now.Sub(since) >= goneAfter {
			gone[path] = since
		}
	}
	return gone
}
