package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type loginCommand struct{}

// Help is printed below the usage.
func (loginCommand) Help() string {
	return `Asks the server whose token it is, and keeps both in the user's configuration folder, in a file that nobody else
may read. The commands after this need neither --server nor --token.

Examples:
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
func (loginCommand) Run(s *session) error {
	to := pair{Server: s.flags.Server, Token: s.flags.Token}
	switch {
	case to.Server == "":
		return wrong("no server is named", "write --server URL")
	case to.Token == "":
		return wrong("no token is given", "write --token @- and paste it, or --token @FILE")
	}
	var err error
	if to.Token, err = s.secret(to.Token); err != nil {
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
