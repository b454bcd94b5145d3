package cli

import (
	"slices"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type userCommand struct {
	List       userListCommand       `cmd:"" help:"List people."`
	Show       userShowCommand       `cmd:"" help:"Show one person and what they hold."`
	Add        userAddCommand        `cmd:"" help:"Add a person to the directory."`
	Deactivate userDeactivateCommand `cmd:"" help:"Take everything from a person until they are reactivated."`
	Reactivate userReactivateCommand `cmd:"" help:"End a deactivation."`
	Remove     userRemoveCommand     `cmd:"" help:"Remove a person from the directory, with grants, memberships and tokens."`
	Link       userLinkCommand       `cmd:"" help:"Make a one-time link with which a person chooses a password."`
	EndLink    userEndLinkCommand    `cmd:"" name:"end-link" help:"Withdraw a one-time link."`
	Unlink     userUnlinkCommand     `cmd:"" help:"End the binding of a person to an account at an identity provider."`
	Erase      userEraseCommand      `cmd:"" help:"Erase the personal data of a person who was removed, for good."`
}

type userListCommand struct {
	atTime
	pageFlags
	Query    string `arg:"" optional:"" help:"Part of a name or an e-mail."`
	Team     string `placeholder:"TEAM" help:"Only members of this team."`
	Platform string `placeholder:"PLATFORM" help:"Only members of this platform."`
	Inactive bool   `help:"Only deactivated ones."`
	Sort     string `enum:"name,email" default:"name" help:"By name or by email."`
}

// Help is printed below the usage.
func (userListCommand) Help() string {
	return `Examples:
  bailiwick user list
  bailiwick user list ana --platform dbt
  bailiwick user list --limit 0 -o json | jq -r '.users[].email'`
}

// Run lists people.
func (c userListCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	query := client.UserQuery{Query: c.Query, Team: c.Team, Platform: c.Platform, Sort: c.Sort, Reading: server.reading}
	if c.Inactive {
		query.Active = new(bool)
	}
	all := client.Users{Users: []client.User{}}
	all.Next, err = c.pages(func(page client.Page) (int, string, error) {
		query.Page = page
		found, err := server.client.Users(server.ctx, query)
		all.Users, all.Total, all.Facts = append(all.Users, found.Users...), found.Total, found.Facts
		return len(found.Users), found.Next, err
	})
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(all)
	}
	table := &terminal.Table{Header: []string{"WHO", "NAME", "PLATFORMS", "TEAMS"}}
	for _, user := range all.Users {
		table.Add(s.person(user.Email, user.Active), user.Name, strings.Join(member(user), ", "), strings.Join(user.Teams, ", "))
	}
	s.list(table, all.Total, all.Next, "user")
	return nil
}

// member lists the platforms that somebody is a member of, explicitly or not.
func member(user client.User) []string {
	platforms := append(slices.Clone(user.On), user.Implied...)
	slices.Sort(platforms)
	return slices.Compact(platforms)
}

func (s *session) person(email string, active bool) string {
	if active {
		return email
	}
	return email + s.style.Warn(" (deactivated)")
}

type userShowCommand struct {
	atTime
	User string `arg:"" help:"An e-mail, or an id."`
}

// Help is printed below the usage.
func (userShowCommand) Help() string { return "Example:\n  bailiwick user show ana@acme.test" }

// Run shows one person.
func (c userShowCommand) Run(s *session) error {
	server, err := s.remote(c.At)
	if err != nil {
		return err
	}
	user, err := server.client.User(server.ctx, c.User, server.reading)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(user)
	}
	s.printf("%s  %s  %s\n", s.style.Strong(s.person(user.Email, user.Active)), user.Name, s.style.Faint(user.ID))
	if platforms := member(user.User); len(platforms) > 0 {
		s.printf("member of %s\n", strings.Join(platforms, ", "))
	}
	if len(user.Teams) > 0 {
		s.printf("teams: %s\n", strings.Join(user.Teams, ", "))
	}
	for _, license := range licenses(user.Licenses) {
		s.printf("license on %s\n", license)
	}
	s.printf("\n%s", s.held(user.Grants))
	s.waysIn(user.SignIn)
	return nil
}

func licenses(by map[string]string) []string {
	var lines []string
	for platform, license := range by {
		lines = append(lines, platform+": "+license)
	}
	slices.Sort(lines)
	return lines
}

type userAddCommand struct {
	changeFlags
	Email   string            `arg:"" help:"The person's e-mail."`
	Name    string            `help:"What they are called."`
	On      []string          `placeholder:"PLATFORM" help:"Makes them a member of the platform, with its default roles."`
	Team    []string          `placeholder:"TEAM" help:"Makes them a member of the team."`
	License map[string]string `placeholder:"PLATFORM=LICENCE" help:"Gives them the license: dbt=developer."`
}

// Help is printed below the usage.
func (userAddCommand) Help() string {
	return `Being in the directory gives nothing anywhere: --on, --team and --license do, each where the platform's rules allow.

Examples:
  bailiwick user add bo@acme.test --name "Bo Berg"
  bailiwick user add bo@acme.test --on dagster --team data --license dbt=developer --dry-run`
}

// Run adds a person.
func (c userAddCommand) Run(s *session) error {
	return c.change(s, c.Email+" is in the directory.", client.UserAdd{NewUser: client.NewUser{
		Email: c.Email, Name: c.Name, On: c.On, Teams: c.Team, Licenses: c.License,
	}})
}

// userArgs is what the commands about one person take.
type userArgs struct {
	changeFlags
	User string `arg:"" help:"An e-mail, or an id."`
}

type userReactivateCommand struct{ userArgs }

// Help is printed below the usage.
func (userReactivateCommand) Help() string {
	return "Example:\n  bailiwick user reactivate bo@acme.test"
}

// Run reactivates.
func (c userReactivateCommand) Run(s *session) error {
	return c.change(s, c.User+" is active again.", client.UserReactivate{User: c.User})
}
