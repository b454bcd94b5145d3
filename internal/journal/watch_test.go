package journal_test

import (
	"context"
	"testing"
	"time"

	"bailiwick/internal/journal"
)

// arrives waits for a head of at least a revision.
func arrives(t *testing.T, heads <-chan journal.Head, revision int64) journal.Head {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case head, open := <-heads:
			if !open {
				t.Fatalf("the channel closed before revision %d", revision)
			}
			if head.Revision >= revision {
				return head
			}
		case <-limit:
			t.Fatalf("revision %d did not arrive", revision)
		}
	}
}

// TestWatch: the head now, then each change by this journal or another.
func TestWatch(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		ctx, cancel := context.WithCancel(t.Context())
		other := s.again(journal.Options{Now: time.Now, ReadOnly: true})
		here, err := s.Watch(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		there, err := other.Watch(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		if arrives(t, here, 0).Revision != 0 || arrives(t, there, 0).Revision != 0 {
			t.Error("the empty journal's head is revision 0")
		}
		before := other.LastContact() // before there is anything to hear of: it may be heard at once
		head := s.fill(1)
		select { // at once: it is in the channel before Append returns
		case got := <-here:
			if got != head {
				t.Errorf("%+v, want %+v", got, head)
			}
		default:
			t.Error("an append of this process was not delivered at once")
		}
		if got := arrives(t, there, 1); got != head {
			t.Errorf("%+v, want %+v", got, head)
		}
		if !other.LastContact().After(before) {
			t.Error("the contact is not newer")
		}
		s.fill(5) // nobody receives: the newest remains
		if got := <-here; got.Revision != 6 {
			t.Errorf("revision %d, want the newest, 6", got.Revision)
		}
		arrives(t, there, 6)
		cancel()
		if _, open := <-here; open {
			t.Error("a head after the end")
		}
		last, err := s.Watch(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		arrives(t, last, 6)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, open := <-last; open {
			t.Error("a head of a closed journal")
		}
	})
}
