package cli

import (
	"bufio"
	"fmt"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

// offboardArgs is what the commands take that end somebody's access.
type offboardArgs struct {
	userArgs
	KeepToken []string `name:"keep-token" placeholder:"ID" help:"A token that they made for a service user or an agent, and that goes on working."`
	Yes       bool     `short:"y" help:"Do not ask."`
}

type userDeactivateCommand struct{ offboardArgs }

// Help is printed below the usage.
func (userDeactivateCommand) Help() string {
	return `Sessions, links and tokens end at once and for good, those as well that they made for service users and agents; grants stay
written and count again after user reactivate. On a terminal it shows what ends, and asks.

Examples:
  bailiwick user deactivate bo@acme.test --dry-run
  bailiwick user deactivate bo@acme.test --keep-token tok_abc`
}

// Run deactivates.
func (c userDeactivateCommand) Run(s *session) error { return c.offboard(s, false) }

type userRemoveCommand struct{ offboardArgs }

// Help is printed below the usage.
func (userRemoveCommand) Help() string {
	return `Removes a person from the directory with grants and memberships; sessions, links and tokens end, those as well that they made
for service users and agents. On a terminal it shows what ends, and asks.

Example:
  bailiwick user remove bo@acme.test --dry-run`
}

// Run removes.
func (c userRemoveCommand) Run(s *session) error { return c.offboard(s, true) }

// offboard shows what would end, asks on a terminal, and ends it. What was shown is what is done: where the organization was
// changed in between, nothing is.
func (c offboardArgs) offboard(s *session, remove bool) error {
	var command client.Command = client.UserDeactivate{User: c.User, KeepTokens: c.KeepToken}
	verb, done := "Deactivate", c.User+" is deactivated."
	if remove {
		command, verb, done = client.UserRemove{User: c.User, KeepTokens: c.KeepToken}, "Remove", c.User+" is removed."
	}
	if c.Yes || c.DryRun || !s.InTerminal || s.output != "table" {
		return c.change(s, done, command)
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	would, err := server.client.Change(server.ctx, client.Changing{DryRun: true}, command)
	if err != nil {
		return err
	}
	if would.Changed {
		s.printf("%s", s.difference(would.Difference, false))
	}
	s.receipts(would)
	if !s.yes(fmt.Sprintf("%s %s on %s?", verb, s.style.Strong(c.User), server.client.Server())) {
		return wrong("nothing was changed", "")
	}
	how := changing(false, c.ChangeID)
	how.ExpectedRevision = would.Revision
	change, err := server.client.Change(server.ctx, how, command)
	if err != nil {
		return unknown(err, how)
	}
	s.printf("%s\n", done)
	s.receipts(change)
	s.outcome(change)
	return nil
}

// yes asks on the terminal. Anything but yes is no.
func (s *session) yes(question string) bool {
	s.printf("%s Only \"yes\" does. ", question)
	line, _ := bufio.NewReader(s.Stdin).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

// receipts prints what a change ended, thing by thing, and what is left for people to do.
func (s *session) receipts(change client.Change) {
	head := "Ended"
	if change.DryRun {
		head = "Would end"
	}
	for _, r := range change.Results {
		if len(r.Ended) > 0 {
			table := terminal.Table{Indent: "  ", Width: s.width()}
			for _, e := range r.Ended {
				table.Add(e.Kind, e.ID, e.Description)
			}
			s.printf("%s\n%s", s.style.Strong(head), table.Render(s.style))
		}
		if r.Reminder != "" {
			s.printf("%s\n", s.style.Warn("Remember: "+r.Reminder+"."))
		}
	}
}
