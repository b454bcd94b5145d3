package cli

import (
	"fmt"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type userLinkCommand struct {
	userArgs
	Reset bool `help:"For another password. Without it: for the first one."`
	Mail  bool `help:"Send it to the person as well."`
}

// Help is printed below the usage.
func (userLinkCommand) Help() string {
	return `Prints the link to the standard output, once, and everything else to the standard error. It works once: seven days for the
first password, an hour for another one. A new link ends the one before it. Hand it over where nobody else reads it: whoever
opens it first chooses the password. Where you may not give everything that the person has, it is not shown, and goes by mail.

Examples:
  bailiwick user link bo@acme.test
  bailiwick user link bo@acme.test --reset --mail`
}

// Run opens a link.
func (c userLinkCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	link := client.NewLink{Purpose: "activation", Mail: c.Mail}
	if c.Reset {
		link.Purpose = "reset"
	}
	if c.DryRun && s.output == "table" {
		return c.change(s, "", client.LinkOpen{User: c.User, Purpose: link.Purpose, Mail: link.Mail})
	}
	how := changing(c.DryRun, c.ChangeID)
	opened, err := server.client.OpenLink(server.ctx, c.User, link, how)
	if err != nil {
		return unknown(err, how)
	}
	if s.output != "table" {
		return s.object(opened)
	}
	sent := ""
	if opened.Mailed {
		sent = " It was sent by mail."
	}
	if opened.Address == "" {
		_, _ = fmt.Fprintf(s.Stderr, "Link %s for %s, good until %s.%s It is not shown: you may not give everything that they have.\n", opened.ID, c.User, minute(opened.Until), sent)
		return nil
	}
	_, _ = fmt.Fprintf(s.Stderr, "Link %s for %s, good once, until %s.%s It is shown once:\n", opened.ID, c.User, minute(opened.Until), sent)
	s.printf("%s\n", opened.Address)
	return nil
}

type userEndLinkCommand struct {
	changeFlags
	Link string `arg:"" help:"Its id: lnk_…, as user show prints it."`
}

// Help is printed below the usage.
func (userEndLinkCommand) Help() string { return "Example:\n  bailiwick user end-link lnk_abc" }

// Run withdraws a link.
func (c userEndLinkCommand) Run(s *session) error {
	return c.change(s, "The link is withdrawn.", client.LinkEnd{Link: c.Link})
}

type userUnlinkCommand struct {
	changeFlags
	Identity string `arg:"" help:"Its id: idn_…, as user show prints it."`
}

// Help is printed below the usage.
func (userUnlinkCommand) Help() string {
	return "Somebody else's sessions end with it.\n\nExample:\n  bailiwick user unlink idn_abc"
}

// Run ends a binding.
func (c userUnlinkCommand) Run(s *session) error {
	return c.change(s, "The account at the provider is bound to nobody.", client.IdentityUnlink{Identity: c.Identity})
}

// waysIn prints how somebody gets in; nothing where it may not be seen.
func (s *session) waysIn(in *client.SignIn) {
	if in == nil {
		return
	}
	text := s.style.Warn("no way in")
	if len(in.Ways) > 0 {
		text = strings.Join(in.Ways, ", ")
	}
	s.printf("\nsigns in by: %s\n", text)
	table := terminal.Table{Indent: "  ", Width: s.width()}
	for _, i := range in.Identities {
		table.Add(i.ID, "account at "+orText(i.ProviderName, i.Provider), i.Email, "since "+day(i.Since))
	}
	for _, l := range in.Links {
		table.Add(l.ID, "link for "+l.Purpose, "", "until "+minute(l.Until))
	}
	if len(table.Rows) > 0 {
		s.printf("%s", table.Render(s.style))
	}
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
