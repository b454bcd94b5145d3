package journal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

func TestOneWorkerAtATimeHasAWebhook(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		ctx, begin := t.Context(), journal.WebhookState{Epoch: 2, Revision: 5}
		claim := func(id string, now time.Time) (journal.WebhookState, bool) {
			t.Helper()
			state, claimed, err := s.ClaimWebhook(ctx, "acme", id, begin, now, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return state, claimed
		}
		first, claimed := claim("whk_a", start)
		if want := (journal.WebhookState{Epoch: 2, Revision: 5, Due: start.Add(time.Minute)}); !claimed || first != want {
			t.Errorf("%+v %v", first, claimed)
		}
		if _, claimed := claim("whk_a", start.Add(59*time.Second)); claimed {
			t.Error("two have it at once")
		}
		if _, claimed := claim("whk_b", start); !claimed {
			t.Error("another webhook is held back")
		}
		begin.Revision = 99 // counts where nobody has begun, and nowhere else
		if again, claimed := claim("whk_a", start.Add(time.Minute)); !claimed || again.Revision != 5 {
			t.Errorf("after the lease: %+v %v", again, claimed)
		}
		failing := journal.WebhookState{Epoch: 2, Revision: 7, Delivered: 2, Failures: 3, Failing: start, Due: start.Add(time.Hour)}
		if err := s.PutWebhook(ctx, "acme", "whk_a", failing); err != nil {
			t.Fatal(err)
		}
		all, err := s.Webhooks(ctx, "acme")
		if diff := cmp.Diff(failing, all["whk_a"]); diff != "" || err != nil || len(all) != 2 {
			t.Error(diff, err, all)
		}
		if _, claimed := claim("whk_a", start.Add(59*time.Minute)); claimed {
			t.Error("it is not due")
		}
		if err := s.RetryWebhook(ctx, "acme", "whk_a"); err != nil {
			t.Fatal(err)
		}
		if again, claimed := claim("whk_a", start); !claimed || again.Failures != 0 || !again.Failing.IsZero() || again.Revision != 7 || again.Delivered != 2 {
			t.Errorf("after retry: %+v %v", again, claimed)
		}
		if others, err := s.Webhooks(ctx, "other"); err != nil || len(others) != 0 {
			t.Errorf("%v %v", others, err)
		}
	})
}

func TestTheLastDeliveriesAreKept(t *testing.T) {
	engines(t, func(t *testing.T, s *store) {
		ctx := t.Context()
		log := func(webhook string, i int) journal.Delivery {
			t.Helper()
			d := journal.Delivery{At: start.Add(time.Duration(i) * time.Second), Message: fmt.Sprint("msg_", i), Type: "grant.added", Attempt: 1 + i, Status: 500, Error: "no ✓", Took: 1234 * time.Microsecond}
			if err := s.LogDelivery(ctx, "acme", webhook, d); err != nil {
				t.Fatal(err)
			}
			return d
		}
		var want []journal.Delivery
		for i := range 103 {
			want = append([]journal.Delivery{log("whk_a", i)}, want...)
		}
		log("whk_a", 102) // the same once more
		other := log("whk_b", 0)
		got, err := s.Deliveries(ctx, "acme", "whk_a")
		if diff := cmp.Diff(want[:100], got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		wantFault(t, s.LogDelivery(ctx, "acme", "whk_a", journal.Delivery{At: start, Error: strings.Repeat("\x00", 3)}), fault.Invalid, nil)
		if _, _, err := s.ClaimWebhook(ctx, "acme", "whk_a", journal.WebhookState{}, start, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.DropWebhook(ctx, "acme", "whk_a"); err != nil {
			t.Fatal(err)
		}
		got, err = s.Deliveries(ctx, "acme", "whk_a")
		if all, failed := s.Webhooks(ctx, "acme"); err != nil || failed != nil || len(got)+len(all) != 0 {
			t.Errorf("after it is dropped: %v %v %v %v", got, all, err, failed)
		}
		if got, err = s.Deliveries(ctx, "acme", "whk_b"); err != nil || cmp.Diff([]journal.Delivery{other}, got) != "" {
			t.Errorf("another's: %v %v", got, err)
		}
	})
}
