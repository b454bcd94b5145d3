package decide_test

import (
	"path/filepath"
	"testing"
	"time"

	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// Nothing is decided on facts that may be out of date; what only shows may be as old as the operator allows.
func TestStaleFactsDecideNothing(t *testing.T) {
	j, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bailiwick.db"), journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	for _, c := range []struct {
		reads time.Duration
		shown bool
	}{{time.Hour, true}, {0, false}} {
		e, err := decide.Open(t.Context(), j, decide.Options{Staleness: time.Nanosecond, StaleReads: c.reads})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Add(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Current("acme"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("views as old as %s: a decision got %v, want Unavailable", c.reads, err)
		}
		if _, err := e.View("acme"); (err == nil) != c.shown {
			t.Errorf("views as old as %s: a view got %v", c.reads, err)
		}
		e.Close()
	}
}
