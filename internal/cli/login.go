package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type loginCommand struct {
	At string `arg:"" optional:"" name:"url" help:"The server's address; --server, where left out."`
}

// Help is printed below the usage.
func (loginCommand) Help() string {
	return `Without --token, a page of the server asks in the browser whether this command line may act as you; saying yes makes a token,
which ends by itself after the days that you choose there, stands in your account's list and can be revoked at any time.
Server and token are kept in the user's configuration folder, in a file that nobody else may read. The commands after this
need neither --server nor --token.

Examples:
  bailiwick login https://bailiwick.acme.test                            # by the browser of this machine
  bailiwick login --server https://bailiwick.acme.test --token @-        # paste the token, then Ctrl-D
  bailiwick login --server https://bailiwick.acme.test --token @token.txt`
}

// loginAnswer is what login prints.
type loginAnswer struct {
	Server       string `json:"server"`
	Organization string `json:"organization"`
	Subject      string `json:"subject"`
	File         string `json:"file"`
}

// Run keeps the server and the token that it knows.
func (l loginCommand) Run(s *session) error {
	to := pair{Server: s.flags.Server, Token: s.flags.Token}
	if l.At != "" {
		to.Server = l.At
	}
	if to.Server == "" {
		return wrong("no server is named", "write bailiwick login URL")
	}
	var err error
	if to.Token == "" {
		to.Token, err = s.byBrowser(to.Server)
	} else {
		to.Token, err = s.secret(to.Token)
	}
	if err != nil {
		return err
	}
	c, err := s.connect(to)
	if err != nil {
		return err
	}
	ctx, stop := s.context()
	defer stop()
	who, err := c.Whoami(ctx)
	if err != nil {
		return err
	}
	to.Server = c.Server()
	path, err := s.keep(to)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(loginAnswer{Server: to.Server, Organization: who.Organization, Subject: who.Subject, File: path})
	}
	s.printf("%s of %s at %s. The token is kept in %s.\n", who.Subject, who.Organization, to.Server, path)
	s.glass(who.BreakGlass)
	return nil
}

type whoamiCommand struct{}

// Help is printed below the usage.
func (whoamiCommand) Help() string {
	return `Prints who the token's owner is, of which organization, and what they hold.

Example:
  bailiwick whoami`
}

// Run asks the server.
func (whoamiCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	who, err := server.client.Whoami(server.ctx)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(who)
	}
	name := ""
	if who.Name != "" {
		name = " (" + who.Name + ")"
	}
	s.printf("%s%s of %s at %s, by token %s\n", s.style.Strong(who.Subject), name, who.Organization, server.client.Server(), tokenName(who.Token))
	s.printf("%s", s.held(who.Grants))
	s.glass(who.BreakGlass)
	return nil
}

// glass warns of accesses that an operator opened.
func (s *session) glass(open []client.BreakGlass) {
	for _, g := range open {
		text := "An operator opened a break-glass access"
		if g.User != "" {
			text += fmt.Sprintf(" for %s (%s: %q)", g.User, g.Operator, g.Reason)
		}
		_, _ = fmt.Fprintln(s.Stderr, s.style.Warn(fmt.Sprintf("warning: %s, until %s.", text, minute(g.Until))))
	}
}

// minute writes a moment for people.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// tokenName says a token without its secret.
func tokenName(t client.Token) string {
	return strings.TrimSpace(fmt.Sprintf("%s …%s %s", t.ID, t.Last, t.Description))
}

// held tables what somebody holds.
func (s *session) held(grants []client.HeldGrant) string {
	table := terminal.Table{Header: []string{"ROLE", "ON", "THROUGH"}, Width: s.width()}
	for _, g := range grants {
		table.Add(g.Role, g.On+window(g.Grant), owner(g.Via))
	}
	if len(table.Rows) == 0 {
		return "no grants\n"
	}
	return table.Render(s.style)
}
