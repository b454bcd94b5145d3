package cli

import (
	"fmt"
	"time"

	"bailiwick/client"

	"github.com/alecthomas/kong"
)

const description = `Bailiwick says who may do what on your data platforms, and why.

It knows the role models of Dagster+, Dagster Cloud, dbt Cloud Enterprise and Astro, cell by cell. The
commands that ask answer from an access file (-f FILE), which says a whole organization in one YAML text and
needs no server, or from a server (--server URL).

Begin with:  bailiwick demo`

// groups are the headings of the commands' list.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "ask", Title: "Ask:"},
		{Key: "change", Title: "Change with care:"},
		{Key: "manage", Title: "Manage what a server keeps:"},
		{Key: "run", Title: "Run a server:"},
		{Key: "learn", Title: "Learn:"},
	}
}

// commands is the grammar of the command line.
type commands struct {
	Output string `short:"o" enum:"table,json,yaml" default:"table" placeholder:"FORMAT" help:"Print a table, json or yaml."`
	Color  string `enum:"auto,always,never" default:"auto" placeholder:"WHEN" help:"Colour: auto, always or never. NO_COLOR is honoured."`
	connectionFlags

	Check   checkCommand   `cmd:"" group:"ask" help:"Say whether somebody may do something."`
	Explain explainCommand `cmd:"" group:"ask" help:"Say why, and what would change it."`
	WhoCan  whoCanCommand  `cmd:"" group:"ask" help:"List everybody who may do it."`
	WhatCan whatCanCommand `cmd:"" group:"ask" help:"List what somebody may do."`

	Test   testCommand   `cmd:"" group:"change" help:"Run the assertions of an access file, or those that a server keeps."`
	Diff   diffCommand   `cmd:"" group:"change" help:"Compare two states: objects, and access gained and lost."`
	Plan   planCommand   `cmd:"" group:"change" help:"Say what applying an access file to the server would change."`
	Apply  applyCommand  `cmd:"" group:"change" help:"Make the server's organization what an access file says."`
	Export exportCommand `cmd:"" group:"change" help:"Print the server's organization as an access file."`

	User  userCommand  `cmd:"" group:"manage" help:"People: list, show, add, link, deactivate, reactivate, remove, erase."`
	Team  teamCommand  `cmd:"" group:"manage" help:"Teams: list, show, create, rename, delete, add-member, remove-member."`
	Grant grantCommand `cmd:"" group:"manage" help:"Grants: list, add, remove."`
	Role  roleCommand  `cmd:"" group:"manage" help:"Roles: list, show, compare, create, edit, rename, delete."`
	Token tokenCommand `cmd:"" name:"token" group:"manage" help:"Tokens: list, issue, rotate, revoke."`

	ServiceUser  serviceUserCommand  `cmd:"" name:"service-user" group:"manage" help:"Accounts for programs: list, add, remove."`
	Agent        agentCommand        `cmd:"" group:"manage" help:"Accounts for agents: list, create, delete, token."`
	Platform     platformCommand     `cmd:"" group:"manage" help:"Products and what is on them: list, show, attach, update, detach, resource."`
	Session      sessionCommand      `cmd:"" group:"manage" help:"Signed-in browsers: list, end, end-all."`
	Provider     providerCommand     `cmd:"" group:"manage" help:"Identity providers: list, add, set, enable, disable, remove, preview."`
	Webhook      webhookCommand      `cmd:"" group:"manage" help:"Where what happens is delivered to: list, add, remove, test and more."`
	Audit        auditCommand        `cmd:"" group:"manage" help:"The audit log: list, export, follow."`
	Organization organizationCommand `cmd:"" group:"manage" help:"The organization's switches: set."`

	Whoami whoamiCommand `cmd:"" group:"manage" help:"Say who the server takes you for."`
	Login  loginCommand  `cmd:"" group:"manage" help:"Keep a server and a token for the commands after this."`

	Serve   serveCommand   `cmd:"" group:"run" help:"Run the server."`
	Gate    gateCommand    `cmd:"" group:"run" help:"Run gates on another host than the server."`
	Setup   setupCommand   `cmd:"" group:"run" help:"Make the first owner of a new server."`
	Backup  backupCommand  `cmd:"" group:"run" help:"Write everything into one file."`
	Restore restoreCommand `cmd:"" group:"run" help:"Read a backup into an empty place."`
	Verify  verifyCommand  `cmd:"" group:"run" help:"Check that nobody has rewritten the journal."`
	Doctor  doctorCommand  `cmd:"" group:"run" help:"Look for what is wrong with configuration and surroundings."`

	BreakGlass breakGlassCommand `cmd:"" name:"break-glass" group:"run" help:"Let an administrator in for ten minutes when nobody can sign in."`

	Demo       demoCommand       `cmd:"" group:"learn" help:"See it at work on an example organization."`
	Editions   editionsCommand   `cmd:"" group:"learn" help:"List the role models."`
	Reference  referenceCommand  `cmd:"" group:"learn" help:"Print one role model: its permissions and who has them."`
	Completion completionCommand `cmd:"" group:"learn" help:"Print the completion script of a shell."`
	Version    versionCommand    `cmd:"" group:"learn" help:"Print the version."`

	Complete completeCommand `cmd:"" hidden:"" name:"__complete"`
}

// fromFile is where the commands that ask get their facts: a file, or without one the server.
type fromFile struct {
	File string `short:"f" placeholder:"FILE" help:"The access file; - reads the standard input. Without it the server is asked."`
}

// atTime is the moment that a question is about.
type atTime struct {
	At client.When `placeholder:"TIME|REVISION" help:"The moment that the question is about: 2027-01-31 or 2027-01-31T12:00:00Z; of a server also a revision. Now, where left out."`
}

// moment returns the time that a question to a file is about.
func (s *session) moment(at client.When) (time.Time, error) {
	switch {
	case at.Revision != 0:
		return time.Time{}, wrong(fmt.Sprintf("a file has no revision %d", at.Revision), "write a moment, or ask a server without -f")
	case at.IsZero():
		return s.Now().UTC().Truncate(time.Second), nil
	}
	return at.Time, nil
}

type versionCommand struct{}

// Help is printed below the usage.
func (versionCommand) Help() string { return "Example:\n  bailiwick version -o json" }

// Run prints the version.
func (versionCommand) Run(s *session) error {
	if s.output != "table" {
		return s.object(versionAnswer{Version: s.Version})
	}
	s.printf("bailiwick %s\n", s.Version)
	return nil
}
