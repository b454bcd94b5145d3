package cli

import (
	"fmt"
	"time"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type grantCommand struct {
	List   grantListCommand   `cmd:"" help:"List grants."`
	Add    grantAddCommand    `cmd:"" help:"Give a role."`
	Remove grantRemoveCommand `cmd:"" help:"Take a role away."`
}

type grantListCommand struct {
	atTime
	pageFlags
	To       string `placeholder:"HOLDER" help:"Only those of this holder: user:ana@acme.test, team:data, service_user:ci."`
	On       string `placeholder:"RESOURCE" help:"Only those at this scope."`
	Under    string `placeholder:"RESOURCE" help:"Only those at this scope or beneath."`
	Role     string `help:"Only those of this role."`
	Platform string `help:"Only those of this platform."`
}

// Help is printed below the usage.
func (grantListCommand) Help() string {
	return `Examples:
  bailiwick grant list --to team:data
  bailiwick grant list --under dagster/prod --role admin`
}

// Run lists grants.
func (c grantListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	query := client.GrantQuery{To: subjectOf(c.To), On: c.On, Under: c.Under, Role: c.Role, Platform: c.Platform, Reading: server.reading}
	all := client.Grants{Grants: []client.Grant{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		query.Page = page
		found, err := server.client.Grants(server.ctx, query)
		all.Grants, all.Total, all.Facts = append(all.Grants, found.Grants...), found.Total, found.Facts
		return len(found.Grants), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"TO", "ROLE", "ON"}}
	for _, g := range all.Grants {
		table.Add(g.To, g.Role, g.On+window(g))
	}
	s.list(table, all.Total, all.Next, "grant")
	return nil
}

// grantArgs says one grant.
type grantArgs struct {
	changeFlags
	Holder       string      `arg:"" help:"To whom: user:ana@acme.test, ana@acme.test, team:data, service_user:ci."`
	Role         string      `arg:"" help:"The role: editor."`
	Scope        string      `arg:"" help:"Where: a path such as dagster/prod, or dbt/*."`
	Environments []string    `placeholder:"CATEGORY" help:"dbt: the environment categories that it is for."`
	From         client.When `placeholder:"TIME" help:"In force from this moment."`
	Until        client.When `placeholder:"TIME" help:"In force until just before this moment."`
}

func (c grantArgs) grant() (client.Grant, error) {
	grant := client.Grant{To: subjectOf(c.Holder), Role: c.Role, On: c.Scope, Environments: c.Environments}
	for _, end := range []struct {
		flag string
		said client.When
		into **time.Time
	}{{"--from", c.From, &grant.From}, {"--until", c.Until, &grant.Until}} {
		switch {
		case end.said.Revision != 0:
			return grant, wrong(fmt.Sprintf("%s is a moment, not a revision", end.flag), "write 2027-01-31 or 2027-01-31T12:00:00Z")
		case !end.said.IsZero():
			*end.into = &end.said.Time
		}
	}
	return grant, nil
}

type grantAddCommand struct{ grantArgs }

// Help is printed below the usage.
func (grantAddCommand) Help() string {
	return `Examples:
  bailiwick grant add team:data editor dagster/prod --dry-run
  bailiwick grant add service_user:ci launcher dagster/prod --until 2027-01-31
  bailiwick grant add team:data analyst dbt/jaffle --environments staging,development`
}

// Run adds a grant.
func (c grantAddCommand) Run(s *session) error {
	grant, err := c.grant()
	if err != nil {
		return err
	}
	return c.change(s, fmt.Sprintf("%s is %s on %s.", grant.To, grant.Role, grant.On), client.GrantAdd{Grant: grant})
}

type grantRemoveCommand struct{ grantArgs }

// Help is printed below the usage.
func (grantRemoveCommand) Help() string {
	return `Takes exactly the grant away that the words say; bailiwick grant list prints them.

Example:
  bailiwick grant remove team:data editor dagster/prod --dry-run`
}

// Run removes a grant.
func (c grantRemoveCommand) Run(s *session) error {
	grant, err := c.grant()
	if err != nil {
		return err
	}
	return c.change(s, fmt.Sprintf("%s is no longer %s on %s.", grant.To, grant.Role, grant.On), client.GrantRemove{Grant: grant})
}
