package cli

import (
	"fmt"
	"time"

	"github.com/alecthomas/kong"
)

const description = `Bailiwick says who may do what on your data platforms, and why.

It knows the role models of Dagster+, Dagster Cloud, dbt Cloud Enterprise and Astro, cell by cell. The
commands below answer from an access file, which says a whole organization in one YAML text; no server is needed.

Begin with:  bailiwick demo`

// groups are the headings of the commands' list.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "ask", Title: "Ask:"},
		{Key: "change", Title: "Change with care:"},
		{Key: "learn", Title: "Learn:"},
	}
}

// commands is the grammar of the command line.
type commands struct {
	Output string `short:"o" enum:"table,json,yaml" default:"table" placeholder:"FORMAT" help:"Print a table, json or yaml."`
	Color  string `enum:"auto,always,never" default:"auto" placeholder:"WHEN" help:"Colour: auto, always or never. NO_COLOR is honoured."`

	Check   checkCommand   `cmd:"" group:"ask" help:"Say whether somebody may do something."`
	Explain explainCommand `cmd:"" group:"ask" help:"Say why, and what would change it."`
	WhoCan  whoCanCommand  `cmd:"" group:"ask" help:"List everybody who may do it."`
	WhatCan whatCanCommand `cmd:"" group:"ask" help:"List what somebody may do."`

	Test testCommand `cmd:"" group:"change" help:"Run the assertions of an access file."`
	Diff diffCommand `cmd:"" group:"change" help:"Compare two access files: objects, and access gained and lost."`

	Demo       demoCommand       `cmd:"" group:"learn" help:"Walk through six questions about an example organization."`
	Editions   editionsCommand   `cmd:"" group:"learn" help:"List the role models."`
	Reference  referenceCommand  `cmd:"" group:"learn" help:"Print one role model: its permissions and who has them."`
	Completion completionCommand `cmd:"" group:"learn" help:"Print the completion script of a shell."`
	Version    versionCommand    `cmd:"" group:"learn" help:"Print the version."`

	Complete completeCommand `cmd:"" hidden:"" name:"__complete"`
}

// fromFile is where most commands get their facts.
type fromFile struct {
	File string `short:"f" required:"" placeholder:"FILE" help:"The access file; - reads the standard input."`
}

// atTime is the moment that a question is about.
type atTime struct {
	At moment `placeholder:"TIME" help:"The moment that the question is about: 2027-01-31 or 2027-01-31T12:00:00Z. Now, where left out."`
}

// A moment is a time that somebody typed; the zero one is now.
type moment struct{ time.Time }

// UnmarshalText reads RFC 3339 or a day, which begins at midnight in UTC.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			m.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is not a moment; write it as 2027-01-31 or 2027-01-31T12:00:00Z (a revision needs a server)", text)
}

// moment returns the time that a question is about.
func (s *session) moment(at moment) time.Time {
	if at.IsZero() {
		return s.Now().UTC().Truncate(time.Second)
	}
	return at.Time
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
