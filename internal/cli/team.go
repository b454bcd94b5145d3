package cli

import (
	"fmt"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type teamCommand struct {
	List         teamListCommand         `cmd:"" help:"List teams."`
	Show         teamShowCommand         `cmd:"" help:"Show a team's members and grants."`
	Create       teamCreateCommand       `cmd:"" help:"Create a team."`
	Rename       teamRenameCommand       `cmd:"" help:"Give a team another name."`
	Delete       teamDeleteCommand       `cmd:"" help:"Delete a team, with its grants."`
	AddMember    teamAddMemberCommand    `cmd:"" name:"add-member" help:"Make people members of a team."`
	RemoveMember teamRemoveMemberCommand `cmd:"" name:"remove-member" help:"End memberships of a team."`
}

type teamListCommand struct {
	atTime
	pageFlags
	Query string `arg:"" optional:"" help:"Part of a name."`
}

// Help is printed below the usage.
func (teamListCommand) Help() string { return "Example:\n  bailiwick team list" }

// Run lists teams.
func (c teamListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	all := client.Teams{Teams: []client.Team{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		found, err := server.client.Teams(server.ctx, client.TeamQuery{Query: c.Query, Page: page, Reading: server.reading})
		all.Teams, all.Total, all.Facts = append(all.Teams, found.Teams...), found.Total, found.Facts
		return len(found.Teams), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"TEAM", "MEMBERS", "GRANTS"}}
	for _, team := range all.Teams {
		table.Add(team.Name, fmt.Sprint(team.Members), fmt.Sprint(team.Grants))
	}
	s.list(table, all.Total, all.Next, "team")
	return nil
}

type teamShowCommand struct {
	atTime
	Team string `arg:"" help:"A name, or an id."`
}

// Help is printed below the usage.
func (teamShowCommand) Help() string { return "Example:\n  bailiwick team show data" }

// Run shows one team.
func (c teamShowCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	team, err := server.client.Team(server.ctx, c.Team, server.reading)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(team)
	}
	s.printf("%s  %s\n\n", s.style.Strong(team.Name), s.style.Faint(team.ID))
	people := &terminal.Table{Header: []string{"MEMBER", "NAME"}}
	for _, member := range team.Members {
		people.Add(s.person(member.Email, member.Active), member.Name)
	}
	s.list(people, len(team.Members), "", "member")
	s.printf("\n")
	grants := &terminal.Table{Header: []string{"ROLE", "ON"}}
	for _, g := range team.Grants {
		grants.Add(g.Role, g.On+window(g))
	}
	s.list(grants, len(team.Grants), "", "grant")
	return nil
}

type teamCreateCommand struct {
	changeFlags
	Team    string   `arg:"" help:"Its name."`
	Members []string `arg:"" optional:"" help:"E-mails or ids."`
}

// Help is printed below the usage.
func (teamCreateCommand) Help() string {
	return "Example:\n  bailiwick team create data ana@acme.test bo@acme.test"
}

// Run creates a team.
func (c teamCreateCommand) Run(s *session) error {
	return c.change(s, "Team "+c.Team+" is there.", client.TeamCreate{Team: c.Team, Members: c.Members})
}

type teamRenameCommand struct {
	changeFlags
	Team string `arg:"" help:"A name, or an id."`
	To   string `arg:"" help:"Its new name."`
}

// Help is printed below the usage.
func (teamRenameCommand) Help() string {
	return "Its grants and members stay.\n\nExample:\n  bailiwick team rename data platform-data"
}

// Run renames a team.
func (c teamRenameCommand) Run(s *session) error {
	return c.change(s, "Team "+c.Team+" is "+c.To+".", client.TeamRename{Team: c.Team, To: c.To})
}

type teamDeleteCommand struct {
	changeFlags
	Team string `arg:"" help:"A name, or an id."`
}

// Help is printed below the usage.
func (teamDeleteCommand) Help() string { return "Example:\n  bailiwick team delete data --dry-run" }

// Run deletes a team.
func (c teamDeleteCommand) Run(s *session) error {
	return c.change(s, "Team "+c.Team+" is gone.", client.TeamDelete{Team: c.Team})
}

// membersArgs is what the commands about memberships take.
type membersArgs struct {
	changeFlags
	Team    string   `arg:"" help:"A name, or an id."`
	Members []string `arg:"" help:"E-mails or ids."`
}

type teamAddMemberCommand struct{ membersArgs }

// Help is printed below the usage.
func (teamAddMemberCommand) Help() string {
	return "Example:\n  bailiwick team add-member data bo@acme.test --dry-run"
}

// Run adds members.
func (c teamAddMemberCommand) Run(s *session) error {
	return c.change(s, "They are in team "+c.Team+".", client.TeamJoin{Team: c.Team, Members: c.Members})
}

type teamRemoveMemberCommand struct{ membersArgs }

// Help is printed below the usage.
func (teamRemoveMemberCommand) Help() string {
	return "Example:\n  bailiwick team remove-member data bo@acme.test"
}

// Run removes members.
func (c teamRemoveMemberCommand) Run(s *session) error {
	return c.change(s, "They are out of team "+c.Team+".", client.TeamLeave{Team: c.Team, Members: c.Members})
}
