package state

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"bailiwick/event"
)

// A Webhook is an endpoint that what happens is delivered to.
type Webhook struct {
	event.WebhookPut
	Since time.Time // when it was made
	// Disabled is when it was given up because it failed for long; zero otherwise.
	Disabled time.Time
}

// Webhook returns a webhook by opaque id, or nil.
func (s *State) Webhook(id string) *Webhook { return s.webhooks[id] }

// Webhooks returns the webhooks, the oldest first.
func (s *State) Webhooks() []*Webhook {
	return slices.SortedFunc(maps.Values(s.webhooks), func(a, b *Webhook) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Webhook, b.Webhook))
	})
}

// foldWebhook folds what concerns webhooks; it answers false for other events.
func (e *Edit) foldWebhook(ev event.Event, at time.Time) (bool, error) {
	var next map[string]*Webhook
	switch ev := ev.(type) {
	case *event.WebhookPut:
		next = e.s.copyWebhooks()
		made := &Webhook{WebhookPut: *ev, Since: at}
		if old := next[ev.Webhook]; old != nil {
			made.Since = old.Since
			if !ev.Enabled {
				made.Disabled = old.Disabled
			}
		}
		next[ev.Webhook] = made
	case *event.WebhookRemoved:
		next = e.s.copyWebhooks()
		if next[ev.Webhook] == nil {
			return true, missing("webhook", ev.Webhook)
		}
		delete(next, ev.Webhook)
	case *event.WebhookDisabled:
		next = e.s.copyWebhooks()
		old := next[ev.Webhook]
		if old == nil {
			return true, missing("webhook", ev.Webhook)
		}
		disabled := *old
		disabled.Enabled, disabled.Disabled = false, at
		next[ev.Webhook] = &disabled
	default:
		return false, nil
	}
	e.s.webhooks = next
	return true, nil
}

func (s *State) copyWebhooks() map[string]*Webhook {
	next := maps.Clone(s.webhooks)
	if next == nil {
		next = map[string]*Webhook{}
	}
	return next
}

func (d *dump) webhooks() {
	for _, w := range d.s.Webhooks() {
		d.row(Row{At: w.Since, Event: &w.WebhookPut})
		if !w.Disabled.IsZero() {
			d.row(Row{At: w.Disabled, Event: &event.WebhookDisabled{Webhook: w.Webhook, Since: event.Micros(w.Disabled)}})
		}
	}
}
