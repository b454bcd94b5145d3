package cli

import (
	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type sessionCommand struct {
	List   sessionListCommand   `cmd:"" help:"List sessions that are open."`
	End    sessionEndCommand    `cmd:"" help:"End one session."`
	EndAll sessionEndAllCommand `cmd:"" name:"end-all" help:"End every session of a person."`
}

type sessionListCommand struct {
	pageFlags
	User string `arg:"" optional:"" help:"Only theirs: an e-mail, or an id. All that you may see, where left out: your own at least."`
}

// Help is printed below the usage.
func (sessionListCommand) Help() string {
	return "Examples:\n  bailiwick session list\n  bailiwick session list bo@acme.test"
}

// Run lists sessions.
func (c sessionListCommand) Run(s *session) error {
	server, err := s.remote(client.When{})
	if err != nil {
		return err
	}
	all := client.Sessions{Sessions: []client.Session{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		found, err := server.client.Sessions(server.ctx, client.SessionQuery{User: c.User, Page: page})
		all.Sessions, all.Total, all.Facts = append(all.Sessions, found.Sessions...), found.Total, found.Facts
		return len(found.Sessions), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"SESSION", "WHO", "BY", "FROM", "SINCE", "LAST SEEN", "UNTIL", "BROWSER"}}
	for _, one := range all.Sessions {
		how := one.How
		if one.Provider != "" {
			how = one.Provider
		}
		if one.Gate != "" {
			how += " at " + one.Gate
		}
		table.Add(one.ID, one.User, how, one.Address, minute(one.Since), minute(one.LastSeen), minute(one.Until), one.Agent)
	}
	s.list(table, all.Total, all.Next, "session")
	return nil
}

type sessionEndCommand struct {
	changeFlags
	Session string `arg:"" help:"Its id: ses_…, as session list prints it."`
}

// Help is printed below the usage.
func (sessionEndCommand) Help() string { return "Example:\n  bailiwick session end ses_abc" }

// Run ends a session.
func (c sessionEndCommand) Run(s *session) error {
	return c.change(s, "The session is over.", client.SessionEnd{Session: c.Session})
}

type sessionEndAllCommand struct{ userArgs }

// Help is printed below the usage.
func (sessionEndAllCommand) Help() string {
	return "Tokens go on working.\n\nExample:\n  bailiwick session end-all bo@acme.test --dry-run"
}

// Run ends every session of somebody.
func (c sessionEndAllCommand) Run(s *session) error {
	return c.change(s, c.User+" is signed out everywhere.", client.SessionsEnd{User: c.User})
}

type organizationCommand struct {
	Set organizationSetCommand `cmd:"" help:"Set one of the organization's switches."`
}

type organizationSetCommand struct {
	changeFlags
	Name  string `arg:"" help:"local_users, sign_on, provisioning, session_idle or session_absolute."`
	Value string `arg:"" help:"on or off; optional or enforced; a time such as 8h."`
}

// Help is printed below the usage.
func (organizationSetCommand) Help() string {
	return `local_users on|off            whether people may sign in with a password
sign_on optional|enforced      whether they must sign in with an identity provider; it needs one that somebody has tested
provisioning on|off            whether an identity provider writes people and teams by itself

Example:
  bailiwick organization set sign_on enforced --dry-run`
}

// Run sets a switch.
func (c organizationSetCommand) Run(s *session) error {
	return c.change(s, c.Name+" is "+c.Value+".", client.OrganizationSet{Name: c.Name, Value: c.Value})
}
