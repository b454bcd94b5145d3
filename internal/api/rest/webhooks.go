package rest

import (
	"context"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/journal"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// manages tells whether the caller may say where everything that happens is sent.
func (a *asking) manages() bool { return change.MayWebhooks(a.now, a.actor(), a.moment) }

// webhooks lists them to whoever may read everything.
func webhooks(a *asking) (any, error) {
	if !a.view().All() {
		return nil, sight.Forbidden("where things are sent is not yours to see", "it needs audit.read at org, which owner and auditor have")
	}
	states, err := a.Webhooks.States(a.r.Context(), a.caller.Organization)
	if err != nil {
		return nil, err
	}
	found := client.Webhooks{Webhooks: []client.Webhook{}}
	for _, w := range a.now.Webhooks() {
		found.Webhooks = append(found.Webhooks, a.webhook(w, states))
	}
	found.Facts = a.facts(a.now)
	return found, nil
}

func (a *asking) webhook(w *state.Webhook, states map[string]journal.WebhookState) client.Webhook {
	shown := client.Webhook{ID: w.Webhook, WebhookSettings: client.WebhookSettings{URL: w.URL, Description: w.Description, Types: w.Types, Personal: w.Personal,
		Enabled: w.Enabled}, Created: w.Since.UTC(), Disabled: inquiry.Known(w.Disabled)}
	for _, s := range w.Secrets {
		if s.Until == 0 || a.moment.UnixMicro() < s.Until {
			shown.Keys++
		}
	}
	if s, begun := states[w.Webhook]; begun {
		shown.Behind, shown.Delivered, shown.Failures, shown.Failing = max(a.now.Revision-s.Revision, 0), s.Delivered, s.Failures, inquiry.Known(s.Failing)
		if s.Failures > 0 {
			shown.Retry = inquiry.Known(s.Due)
		}
	}
	return shown
}

// addWebhook makes a webhook. Its key is kept before the change that names it, and dropped where the change is refused.
func addWebhook(a *asking) (any, error) {
	r, err := body[client.WebhookSettings](a)
	if err != nil {
		return nil, err
	}
	return a.withKey(func(how change.How, key string) (change.Result, error) { return a.putWebhook(how, "", key, r) })
}

func setWebhook(a *asking) (any, error) {
	r, err := body[client.WebhookSettings](a)
	if err != nil {
		return nil, err
	}
	id := a.r.PathValue("webhook")
	return a.onWebhook(func(ctx context.Context, how change.How) (change.Result, error) {
		old := a.now.Webhook(id)
		result, err := a.putWebhook(how, id, "", r)
		if err == nil && !how.DryRun && r.Enabled && old != nil && (!old.Enabled || old.URL != r.URL) {
			err = a.Webhooks.Retry(ctx, a.caller.Organization, id)
		}
		return result, err
	})
}

func (a *asking) putWebhook(how change.How, id, key string, r client.WebhookSettings) (change.Result, error) {
	if a.manages() { // who may not is refused by package change, and learns nothing of networks
		if err := a.Webhooks.Reaches(r.URL); err != nil {
			return change.Result{}, err
		}
	}
	return a.Changes.PutWebhook(a.r.Context(), a.caller.Organization, a.actor(), how, change.Webhook{ID: id, URL: r.URL, Description: r.Description,
		Types: r.Types, Personal: r.Personal, Enabled: r.Enabled, Secret: key})
}

func removeWebhook(a *asking) (any, error) {
	id := a.r.PathValue("webhook")
	return a.onWebhook(func(ctx context.Context, how change.How) (change.Result, error) {
		old := a.now.Webhook(id)
		result, err := a.Changes.RemoveWebhook(ctx, a.caller.Organization, a.actor(), how, id)
		if err == nil && !how.DryRun && old != nil {
			err = a.Webhooks.Forget(a.lasting(), a.caller.Organization, old)
		}
		return result, err
	})
}

// maxOverlap is how long an old key signs at most.
const maxOverlap = 30 * 24 * time.Hour

func rotateWebhook(a *asking) (any, error) {
	r, err := body[client.WebhookRotation](a)
	if err != nil {
		return nil, err
	}
	if r.Overlap < 0 || r.Overlap > int64(maxOverlap/time.Second) {
		return nil, invalid("overlap", "it is not between 0 and %d seconds", int64(maxOverlap/time.Second))
	}
	return a.withKey(func(how change.How, key string) (change.Result, error) {
		return a.Changes.RotateWebhook(a.r.Context(), a.caller.Organization, a.actor(), how, a.r.PathValue("webhook"), key, a.moment.Add(time.Duration(r.Overlap)*time.Second))
	})
}

// withKey carries out a change that names a new key, and shows the secret: here and never again.
func (a *asking) withKey(do func(how change.How, key string) (change.Result, error)) (any, error) {
	var secret, id string
	made, err := a.onWebhook(func(ctx context.Context, how change.How) (result change.Result, err error) {
		// First judged without it: nobody who may not change webhooks has anything kept here.
		dry := how
		dry.DryRun, id = true, "sec_none_yet"
		if result, err = do(dry, id); err != nil || how.DryRun {
			return result, err
		}
		if secret, id, err = a.Webhooks.Keep(ctx, a.caller.Organization); err != nil {
			return result, err
		}
		result, err = do(how, id)
		if err != nil && !outcomeUnknown(err) {
			_ = a.Webhooks.Drop(a.lasting(), a.caller.Organization, id) // what nobody names is swept up later
		}
		if err == nil && result.After == nil {
			err = fault.New(fault.Conflict, "this change was made already, and its secret was shown then").In("change_id").Rather("rotate the webhook with a new id")
		}
		return result, err
	})
	if made, is := made.(client.MadeWebhook); is && err == nil {
		made.Secret = secret
		return made, nil
	}
	return made, err
}

// onWebhook carries out a change of a webhook.
func (a *asking) onWebhook(do func(ctx context.Context, how change.How) (change.Result, error)) (any, error) {
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	how, err := howOf(asked)
	if err != nil {
		return nil, err
	}
	result, err := do(a.r.Context(), how)
	if err != nil {
		return nil, a.changeError(err)
	}
	made := client.MadeWebhook{DryRun: asked.DryRun}
	of := result.Before
	if !asked.DryRun {
		made.ChangeID, of = result.ID, result.After
	}
	if !asked.DryRun && len(result.Results) > 0 {
		made.ID = result.Results[0].ID
	}
	if of == nil {
		of = &state.State{Revision: result.Revision, Epoch: a.now.Epoch}
	}
	made.Facts = a.facts(of)
	return made, nil
}

// managed finds a webhook for somebody who may say where things are sent.
func (a *asking) managed() (*state.Webhook, error) {
	if !a.manages() || a.caller.Emergency {
		return nil, sight.Forbidden("webhooks are not yours to change", "it needs audit.read and platforms.attach at org, which owners have")
	}
	id := a.r.PathValue("webhook")
	if w := a.now.Webhook(id); w != nil {
		return w, nil
	}
	return nil, fault.New(fault.NotFound, "there is no webhook %q", id).In("webhook")
}

func testWebhook(a *asking) (any, error) {
	w, err := a.managed()
	if err != nil {
		return nil, err
	}
	d, err := a.Webhooks.Test(a.r.Context(), a.caller.Organization, w)
	if err != nil {
		return nil, err
	}
	a.record("allowed", "a test message was sent to "+w.Webhook)
	return delivery(&d), nil
}

func delivery(d *journal.Delivery) client.Delivery {
	return client.Delivery{Time: d.At.UTC(), Message: d.Message, Type: d.Type, Attempt: d.Attempt, Status: d.Status, Error: d.Error, Milliseconds: d.Took.Milliseconds()}
}

func deliveries(a *asking) (any, error) {
	if !a.view().All() {
		return nil, sight.Forbidden("where things are sent is not yours to see", "it needs audit.read at org, which owner and auditor have")
	}
	id := a.r.PathValue("webhook")
	if a.now.Webhook(id) == nil {
		return nil, fault.New(fault.NotFound, "there is no webhook %q", id).In("webhook")
	}
	all, err := a.Webhooks.Deliveries(a.r.Context(), a.caller.Organization, id)
	if err != nil {
		return nil, err
	}
	found := client.Deliveries{Deliveries: []client.Delivery{}}
	for i := range all {
		found.Deliveries = append(found.Deliveries, delivery(&all[i]))
	}
	found.Facts = a.facts(a.now)
	return found, nil
}
