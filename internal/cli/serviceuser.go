package cli

import (
	"fmt"
	"strconv"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type serviceUserCommand struct {
	List   serviceUserListCommand   `cmd:"" help:"List accounts for programs."`
	Add    serviceUserAddCommand    `cmd:"" help:"Add an account for a program."`
	Remove serviceUserRemoveCommand `cmd:"" help:"Remove one, with its grants and tokens."`
}

type serviceUserListCommand struct {
	atTime
	pageFlags
	Query string `arg:"" optional:"" help:"Part of a name."`
}

// Help is printed below the usage.
func (serviceUserListCommand) Help() string { return "Example:\n  bailiwick service-user list" }

// Run lists service users.
func (c serviceUserListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	all := client.ServiceUsers{ServiceUsers: []client.ServiceUser{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		found, err := server.client.ServiceUsers(server.ctx, client.ServiceUserQuery{Query: c.Query, Page: page, Reading: server.reading})
		all.ServiceUsers, all.Total, all.Facts = append(all.ServiceUsers, found.ServiceUsers...), found.Total, found.Facts
		return len(found.ServiceUsers), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"NAME", "ID", "GRANTS", "TOKENS", "FOR"}}
	for _, u := range all.ServiceUsers {
		table.Add(u.Name, u.ID, strconv.Itoa(u.Grants), s.tokenCount(u.Tokens), u.Description)
	}
	s.list(table, all.Total, all.Next, "service user")
	return nil
}

type serviceUserAddCommand struct {
	changeFlags
	Name        string      `arg:"" help:"Its unique name."`
	Description string      `placeholder:"TEXT" help:"What it is for."`
	Token       bool        `name:"make-token" help:"Make a token for it in the same change. Its secret is printed once."`
	Expires     client.When `placeholder:"TIME" help:"When that token ends by itself."`
}

// Help is printed below the usage.
func (serviceUserAddCommand) Help() string {
	return `A service user signs in with tokens only: it is of no use until there is one. --make-token makes one at once and prints its
secret to the standard output, once, and everything else to the standard error. On a terminal it is offered.

Examples:
  bailiwick service-user add ci --description "deploys" --make-token > ci.token
  bailiwick service-user add reports`
}

// Run adds a service user.
func (c serviceUserAddCommand) Run(s *session) error {
	later := fmt.Sprintf("bailiwick token issue service_user:%s", c.Name)
	if !c.Token && !c.DryRun && s.InTerminal && s.output == "table" {
		c.Token = s.yes("A service user is of no use until it has a token. Make one at once?")
	}
	commands := []client.Command{client.ServiceUserCreate{ServiceUser: c.Name, Description: c.Description}}
	if !c.Token {
		return c.change(s, c.Name+" is there, and of no use until it has a token:  "+later, commands...)
	}
	token := client.NewToken{Kind: "svc", Subject: "service_user:" + c.Name, Description: c.Description}
	switch {
	case c.Expires.Revision != 0:
		return wrong("--expires is a moment, not a revision", "write 2027-01-31 or 2027-01-31T12:00:00Z")
	case !c.Expires.IsZero():
		token.Expires = &c.Expires.Time
	}
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	how := changing(c.DryRun, c.ChangeID)
	change, err := server.client.Change(server.ctx, how, append(commands, client.TokenIssue{NewToken: token})...)
	if err != nil {
		return unknown(err, how)
	}
	secret := ""
	for _, r := range change.Results {
		secret += r.Secret
	}
	switch {
	case s.output != "table":
		return s.object(change)
	case secret == "":
		s.printf("%s", s.difference(change.Difference, false))
		s.outcome(change)
		return nil
	}
	_, _ = fmt.Fprintf(s.Stderr, "%s is there. This is the secret of its token, which is shown once and kept nowhere:\n", c.Name)
	s.printf("%s\n", secret)
	return nil
}

type serviceUserRemoveCommand struct {
	changeFlags
	Name string `arg:"" help:"Its name, or its id."`
}

// Help is printed below the usage.
func (serviceUserRemoveCommand) Help() string {
	return "Its grants and tokens end with it.\n\nExample:\n  bailiwick service-user remove ci --dry-run"
}

// Run removes a service user.
func (c serviceUserRemoveCommand) Run(s *session) error {
	name := strings.TrimPrefix(c.Name, "service_user:")
	return c.change(s, name+" is removed.", client.ServiceUserDelete{ServiceUser: name})
}
