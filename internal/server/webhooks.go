package server

import (
	"context"

	"bailiwick/internal/webhook"
)

// openWebhooks begins to deliver what happens to the endpoints that organizations have named, and reads the journals for the
// audit log before anybody asks.
func (p *product) openWebhooks() {
	p.webhooks = webhook.New(webhook.Options{Journal: p.journal, Engine: p.engine, Changes: p.changes, Trail: p.history.Trail(), Ring: p.ring,
		Now: p.engine.Now, Log: p.log, Networks: p.config.WebhooksNetworks, Agent: "bailiwick/" + p.version})
	p.background.Go(func() { p.webhooks.Run(p.alive()) })
	p.background.Go(func() { p.warm(p.alive()) })
}

// warm reads each organization's journal once. A failure is no harm: whoever asks first reads it then.
func (p *product) warm(ctx context.Context) {
	for _, organization := range p.engine.Organizations() {
		st, err := p.engine.Current(organization)
		if err == nil {
			err = p.history.Trail().Warm(ctx, st)
		}
		if err != nil && ctx.Err() == nil {
			p.log.Warn("the journal could not be read for the audit log; it is read when somebody asks", "organization", organization, "error", err)
		}
	}
}
