package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"bailiwick/internal/fault"
)

// maxSeen bounds what memory remembers. Each entry took a cookie of ours, so nobody gets there by accident.
const maxSeen = 100_000

// memory remembers what was used, for one replica.
type memory struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]time.Time
}

func (m *memory) once(_ context.Context, hash string, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if end, used := m.seen[hash]; used && now.Before(end) {
		return false, nil
	}
	if len(m.seen) >= maxSeen {
		for h, end := range m.seen {
			if !now.Before(end) {
				delete(m.seen, h)
			}
		}
		if len(m.seen) >= maxSeen {
			return false, fault.New(fault.Unavailable, "too many sign-ins at once").Rather("try again in some minutes")
		}
	}
	m.seen[hash] = until
	return true, nil
}

// hashOf makes what Once is asked about: kinds are kept apart, and nothing can be read back from it.
func hashOf(kind string, parts ...string) string {
	h := sha256.New()
	h.Write([]byte("bailiwick oidc " + kind))
	for _, part := range parts {
		h.Write([]byte{0})
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
