package change

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
	"bailiwick/internal/state"
)

// RuleWebhooks gives up what failed for long.
const RuleWebhooks = "webhooks"

const (
	webhookPrefix = "whk_"
	manyWebhooks  = 50
	maxURL        = 2048
)

// A Webhook is what is said of an endpoint.
type Webhook struct {
	ID          string // "" makes a new one
	URL         string
	Description string
	Types       []string // of events, "grant.*" for all that begin so; empty: all
	Personal    bool
	Enabled     bool
	// Secret is the id under which the key of a new one is kept, sealed.
	Secret string
}

// MayWebhooks tells whether an actor may say where everything that happens is sent: that is to read it all, now and later, and to
// tie another system to the organization. So it takes audit.read and platforms.attach at org, which owners have.
func MayWebhooks(st *state.State, actor Actor, at time.Time) bool {
	j := &judge{actor: &actor, base: st, at: at}
	return j.mayDirectory("audit.read") && j.mayDirectory("platforms.attach")
}

func (j *judge) webhooks(operation string) error {
	if j.actor.Emergency {
		return emergency("a webhook")
	}
	if j.mayDirectory("audit.read") && j.mayDirectory("platforms.attach") {
		return nil
	}
	return fault.New(fault.Forbidden, "%s is not allowed to do %s", j.who(), operation).By("permission").
		Rather("it needs audit.read and platforms.attach at %s, which owners have", accessfile.Directory)
}

// PutWebhook makes a webhook, or replaces what was said of one, its keys apart.
func (s *Service) PutWebhook(ctx context.Context, organization string, actor Actor, how How, w Webhook) (Result, error) {
	return s.do(ctx, organization, actor, how, "webhook.put", func(j *judge) error {
		if err := j.webhooks("webhook.put"); err != nil {
			return err
		}
		next := &event.WebhookPut{Webhook: w.ID, URL: w.URL, Description: w.Description, Types: w.Types, Personal: w.Personal, Enabled: w.Enabled}
		if w.ID == "" {
			if len(j.now().Webhooks()) >= manyWebhooks {
				return fault.New(fault.Conflict, "there are %d webhooks already", manyWebhooks).Rather("remove one")
			}
			next.Webhook, next.Secrets = newID(webhookPrefix), []event.WebhookSecret{{Secret: w.Secret}}
		} else {
			old, err := j.webhook(w.ID)
			if err != nil {
				return err
			}
			next.Secrets = old.Secrets
		}
		if err := judgeWebhook(next); err != nil {
			return err
		}
		j.made("webhook.put", next.Webhook, 0)
		return j.emit(next)
	})
}

func (j *judge) webhook(id string) (*state.Webhook, error) {
	if w := j.now().Webhook(id); w != nil {
		return w, nil
	}
	return nil, fault.New(fault.NotFound, "there is no webhook %q", id).In("webhook")
}

func judgeWebhook(w *event.WebhookPut) error {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Opaque != "" || len(w.URL) > maxURL || strings.IndexFunc(w.URL, invisible) >= 0 ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback.Is(u.Hostname())) {
		return fault.New(fault.Invalid, "%q cannot be the address of a webhook", w.URL).In("url").By("url").Rather("write https:// with a host")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(w.URL, "#") {
		return fault.New(fault.Invalid, "the address of a webhook stands in the history for ever, and this one has a user, a query or a fragment").In("url").By("url").
			Rather("write it without; the signature tells who sends")
	}
	if len(w.Description) > maxName || strings.IndexFunc(w.Description, invisible) >= 0 {
		return fault.New(fault.Invalid, "the description is too long, or has control characters").In("description")
	}
	for _, t := range w.Types {
		if !slices.ContainsFunc(event.Types(), func(known string) bool { return MatchesType(t, known) }) {
			return fault.New(fault.Invalid, "there is no event %q", t).In("types").Rather("write types such as grant.added, or grant.* for all that begin so")
		}
	}
	return nil
}

// MatchesType tells whether a pattern, "grant.added" or "grant.*", means a type of event.
func MatchesType(pattern, kind string) bool {
	start, many := strings.CutSuffix(pattern, "*")
	return pattern == kind || many && strings.HasPrefix(kind, start)
}

// RotateWebhook gives a webhook another key, kept under an id. Deliveries are signed with the ones before as well until a moment.
func (s *Service) RotateWebhook(ctx context.Context, organization string, actor Actor, how How, id, secret string, until time.Time) (Result, error) {
	return s.do(ctx, organization, actor, how, "webhook.rotate", func(j *judge) error {
		if err := j.webhooks("webhook.rotate"); err != nil {
			return err
		}
		old, err := j.webhook(id)
		if err != nil {
			return err
		}
		next := old.WebhookPut
		next.Secrets = []event.WebhookSecret{{Secret: secret}}
		for _, before := range old.Secrets {
			if before.Until == 0 || before.Until > event.Micros(until) {
				before.Until = event.Micros(until)
			}
			if event.Time(before.Until).After(j.at) && len(next.Secrets) < 4 {
				next.Secrets = append(next.Secrets, before)
			}
		}
		j.made("webhook.rotate", id, 0)
		return j.emit(&next)
	})
}

// RemoveWebhook ends a webhook for good.
func (s *Service) RemoveWebhook(ctx context.Context, organization string, actor Actor, how How, id string) (Result, error) {
	return s.do(ctx, organization, actor, how, "webhook.remove", func(j *judge) error {
		if err := j.webhooks("webhook.remove"); err != nil {
			return err
		}
		if _, err := j.webhook(id); err != nil {
			return err
		}
		j.made("webhook.remove", id, 0)
		return j.emit(&event.WebhookRemoved{Webhook: id})
	})
}

// DisableWebhook gives a webhook up that has failed since a moment, so many times. One that is off already stays as it is.
func (s *Service) DisableWebhook(ctx context.Context, organization, id string, since time.Time, failures int) error {
	_, err := s.do(ctx, organization, Actor{Rule: RuleWebhooks, Via: "webhook"}, How{}, "webhook.disable", func(j *judge) error {
		if w := j.now().Webhook(id); w == nil || !w.Enabled {
			return nil
		}
		return j.emit(&event.WebhookDisabled{Webhook: id, Since: event.Micros(since), Tries: failures})
	})
	return err
}
