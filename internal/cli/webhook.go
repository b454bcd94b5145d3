package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type webhookCommand struct {
	List       webhookListCommand       `cmd:"" help:"List webhooks and how they fare."`
	Add        webhookAddCommand        `cmd:"" help:"Have what happens delivered to an address, signed."`
	Remove     webhookRemoveCommand     `cmd:"" help:"Remove one for good."`
	Enable     webhookEnableCommand     `cmd:"" help:"Deliver again, from where it stopped."`
	Disable    webhookDisableCommand    `cmd:"" help:"Deliver nothing until it is enabled. Nothing is lost meanwhile."`
	Rotate     webhookRotateCommand     `cmd:"" help:"Give it another secret."`
	Test       webhookTestCommand       `cmd:"" help:"Send it a message of the type webhook.test."`
	Deliveries webhookDeliveriesCommand `cmd:"" help:"List the last tries to deliver."`
}

type webhookListCommand struct{}

// Help is printed below the usage.
func (webhookListCommand) Help() string { return "Example:\n  bailiwick webhook list" }

// Run lists webhooks.
func (webhookListCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all, err := server.client.Webhooks(server.ctx)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"WEBHOOK", "STATE", "BEHIND", "DELIVERED", "TYPES", "NAMES", "ADDRESS"}}
	for i := range all.Webhooks {
		w := &all.Webhooks[i]
		types, names := "all", "ids only"
		if len(w.Types) > 0 {
			types = strings.Join(w.Types, ", ")
		}
		if w.Personal {
			names = "names"
		}
		table.Add(w.ID, s.webhookState(w), strconv.FormatInt(w.Behind, 10), strconv.FormatInt(w.Delivered, 10), types, names, w.URL)
	}
	s.list(table, len(all.Webhooks), "", "webhook")
	return nil
}

func (s *session) webhookState(w *client.Webhook) string {
	switch {
	case w.Disabled != nil:
		return s.style.Bad("given up " + minute(*w.Disabled))
	case !w.Enabled:
		return s.style.Warn("disabled")
	case w.Failures > 0 && w.Retry != nil:
		return s.style.Warn(fmt.Sprintf("failed %d times, again %s", w.Failures, minute(*w.Retry)))
	}
	return s.style.Good("enabled")
}

type webhookAddCommand struct {
	changeFlags
	URL         string   `arg:"" help:"An https address, without credentials in it."`
	Types       []string `name:"type" placeholder:"TYPE" help:"Only these events: grant.added, or grant.* for all that begin so."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	Personal    bool     `help:"Send names as well. Whoever gets them has to forget them when somebody is erased here."`
}

// Help is printed below the usage.
func (webhookAddCommand) Help() string {
	return `Prints the secret alone on the standard output, once: the receiver checks signatures with it (docs/audit.md).

Examples:
  bailiwick webhook add https://siem.acme.test/bailiwick > secret.txt
  bailiwick webhook add https://hooks.acme.test/grants --type 'grant.*' --type token.issued`
}

// Run adds a webhook.
func (c webhookAddCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	made, err := server.client.AddWebhook(server.ctx, client.WebhookSettings{URL: c.URL, Description: c.Description, Types: c.Types, Personal: c.Personal, Enabled: true}, how)
	return s.webhooked(made, unknown(err, how), "The webhook "+made.ID+" is there.")
}

// webhooked prints what came of a change of a webhook: a secret alone on the standard output.
func (s *session) webhooked(made client.MadeWebhook, err error, done string) error {
	switch {
	case err != nil:
		return err
	case s.output != "table":
		return s.object(made)
	case made.DryRun:
		s.printf("It could be done; nothing was changed.\n")
		return nil
	case made.Secret == "":
		s.printf("%s\n", done)
		return nil
	}
	s.printf("%s\n", made.Secret)
	_, err = fmt.Fprintf(s.Stderr, "%s The secret above is shown this once.\n", done)
	return err
}

// webhookArgs is what the commands about one webhook take.
type webhookArgs struct {
	Webhook string `arg:"" help:"Its id: whk_…, as webhook list prints it."`
}

type webhookRemoveCommand struct {
	changeFlags
	webhookArgs
}

// Help is printed below the usage.
func (webhookRemoveCommand) Help() string { return "Example:\n  bailiwick webhook remove whk_abc" }

// Run removes a webhook.
func (c webhookRemoveCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	made, err := server.client.RemoveWebhook(server.ctx, c.Webhook, how)
	return s.webhooked(made, unknown(err, how), "The webhook is removed.")
}

type webhookEnableCommand struct {
	changeFlags
	webhookArgs
}

// Help is printed below the usage.
func (webhookEnableCommand) Help() string { return "Example:\n  bailiwick webhook enable whk_abc" }

// Run enables a webhook.
func (c webhookEnableCommand) Run(s *session) error {
	return s.turn(c.changeFlags, c.Webhook, true, "Deliveries go on where they stopped.")
}

type webhookDisableCommand struct {
	changeFlags
	webhookArgs
}

// Help is printed below the usage.
func (webhookDisableCommand) Help() string { return "Example:\n  bailiwick webhook disable whk_abc" }

// Run disables a webhook.
func (c webhookDisableCommand) Run(s *session) error {
	return s.turn(c.changeFlags, c.Webhook, false, "Nothing is delivered any more.")
}

// turn turns a webhook on or off.
func (s *session) turn(flags changeFlags, id string, on bool, done string) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all, err := server.client.Webhooks(server.ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all.Webhooks, func(w client.Webhook) bool { return w.ID == id })
	if i < 0 {
		return wrong(fmt.Sprintf("there is no webhook %q", id), "bailiwick webhook list has them all")
	}
	settings := all.Webhooks[i].WebhookSettings
	settings.Enabled = on
	how := changing(flags.DryRun, flags.ChangeID)
	how.ExpectedRevision = all.Revision
	made, err := server.client.SetWebhook(server.ctx, id, settings, how)
	return s.webhooked(made, unknown(err, how), done)
}

type webhookRotateCommand struct {
	changeFlags
	webhookArgs
	Overlap time.Duration `default:"24h" placeholder:"TIME" help:"How long the old secret signs as well: at most 720h."`
}

// Help is printed below the usage.
func (webhookRotateCommand) Help() string {
	return "Prints the new secret alone on the standard output, once.\n\nExample:\n  bailiwick webhook rotate whk_abc --overlap 1h > secret.txt"
}

// Run rotates a webhook's secret.
func (c webhookRotateCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	made, err := server.client.RotateWebhook(server.ctx, c.Webhook, client.WebhookRotation{Overlap: int64(c.Overlap / time.Second)}, how)
	return s.webhooked(made, unknown(err, how), "The webhook has a new secret.")
}

type webhookTestCommand struct{ webhookArgs }

// Help is printed below the usage.
func (webhookTestCommand) Help() string {
	return "Exit code: 0 it was taken, 1 it was not, 2 for an error.\n\nExample:\n  bailiwick webhook test whk_abc"
}

// Run tests a webhook.
func (c webhookTestCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	found, err := server.client.TestWebhook(server.ctx, c.Webhook)
	if err != nil {
		return err
	}
	s.decided(found.Error == "")
	switch {
	case s.output != "table":
		return s.object(found)
	case found.Error == "":
		s.printf("%s after %d ms, with status %d\n", s.style.Good("taken"), found.Milliseconds, found.Status)
	default:
		s.printf("%s: %s\n", s.style.Bad("not taken"), found.Error)
	}
	return nil
}

type webhookDeliveriesCommand struct{ webhookArgs }

// Help is printed below the usage.
func (webhookDeliveriesCommand) Help() string {
	return "Example:\n  bailiwick webhook deliveries whk_abc"
}

// Run lists deliveries.
func (c webhookDeliveriesCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all, err := server.client.WebhookDeliveries(server.ctx, c.Webhook)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"TIME", "TYPE", "TRY", "STATUS", "TOOK", "MESSAGE", "ERROR"}}
	for _, d := range all.Deliveries {
		status := s.style.Good(strconv.Itoa(d.Status))
		if d.Error != "" {
			status = s.style.Bad(strconv.Itoa(d.Status))
		}
		table.Add(d.Time.UTC().Format("2006-01-02 15:04:05"), d.Type, strconv.Itoa(d.Attempt), status, fmt.Sprintf("%d ms", d.Milliseconds), d.Message, d.Error)
	}
	s.list(table, len(all.Deliveries), "", "try")
	return nil
}
