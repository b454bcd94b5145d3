package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/accessfile"

	"go.yaml.in/yaml/v3"
)

// fileArgs is what plan and apply send.
type fileArgs struct {
	File  string `short:"f" required:"" placeholder:"FILE" help:"The access file; - reads the standard input."`
	Prune bool   `help:"Remove what the organization has and the file does not say. Without it, the file only adds and changes."`
	All   bool   `help:"Name every permission, where the table would shorten them."`
}

type planCommand struct{ fileArgs }

// Help is printed below the usage.
func (planCommand) Help() string {
	return `Asks the server what applying an access file would change: objects, and who gains and loses which access, most
first; and for what it would be refused. Nothing is changed. Exit code: 0 no change, 3 changes, 2 error.

To compare two files without a server: bailiwick diff -f OLD -f NEW

Examples:
  bailiwick plan -f acme.yaml
  bailiwick plan -f acme.yaml --prune -o json | jq '.access[] | select(.gained)'`
}

// Run plans and sets the exit code.
func (c planCommand) Run(s *session) error {
	server, plan, _, err := c.plan(s)
	if err != nil {
		return err
	}
	if s.output != "table" {
		err = s.object(plan)
	} else {
		s.printf("%s", s.difference(plan.Difference, c.All))
		if plan.Changed {
			s.printf("%s\n", s.style.Faint(fmt.Sprintf("  on %s, revision %d", server.client.Server(), plan.Revision)))
		}
	}
	switch {
	case err != nil:
		return err
	case len(plan.Problems) > 0:
		return problems(plan.Problems)
	case plan.Changed:
		s.code = exitChanges
	}
	return nil
}

// plan asks the server, and returns what it asked about as well.
func (c fileArgs) plan(s *session) (*remote, client.Plan, client.PlanRequest, error) {
	server, err := s.remote(client.When{})
	if err != nil {
		return nil, client.Plan{}, client.PlanRequest{}, err
	}
	document, err := s.document(c.File)
	if err != nil {
		return nil, client.Plan{}, client.PlanRequest{}, err
	}
	request := client.PlanRequest{Document: document, Prune: c.Prune}
	var plan client.Plan
	s.working("planning "+document.FileName, func() { plan, err = server.client.Plan(server.ctx, request) })
	return server, plan, request, err
}

// problems is the error of a file that would be refused: a line for each problem.
func problems(found []client.Problem) error {
	lines := make([]string, 0, len(found))
	for _, problem := range found {
		lines = append(lines, problem.String())
	}
	return wrong(strings.Join(lines, "\n"), "")
}

type applyCommand struct {
	fileArgs
	Yes      bool   `short:"y" help:"Apply without asking."`
	DryRun   bool   `name:"dry-run" help:"Let the server judge everything, and change nothing."`
	ChangeID string `name:"change-id" placeholder:"ID" help:"An id for the change. Whoever does not learn the outcome repeats the command with the same id: it is not made twice."`
}

// Help is printed below the usage.
func (applyCommand) Help() string {
	return `Shows the plan, asks, and makes the server's organization what the file says: all of it, or nothing. Where
somebody else changed the organization after the plan was made, nothing is applied. Without a terminal to ask on, --yes is
needed. Exit code: 0, or 2 for an error.

Examples:
  bailiwick apply -f acme.yaml
  bailiwick apply -f acme.yaml --prune --yes --change-id $CI_PIPELINE_ID
  bailiwick apply -f acme.yaml --dry-run`
}

// Run plans, asks and applies.
func (c applyCommand) Run(s *session) error {
	asks := !c.Yes && !c.DryRun
	if asks && (!s.InTerminal || c.File == "-" || s.output != "table") {
		return wrong("apply asks before it changes anything, and there is no terminal to ask on", "look at bailiwick plan, then write --yes")
	}
	server, plan, request, err := c.plan(s)
	if err != nil {
		return err
	}
	if len(plan.Problems) > 0 {
		return problems(plan.Problems)
	}
	if s.output == "table" {
		s.printf("%s", s.difference(plan.Difference, c.All))
	}
	if asks && plan.Changed && !s.agreed(server.client.Server()) {
		return wrong("nothing was applied", "")
	}
	if !plan.Changed && s.output == "table" {
		return nil
	}
	how := changing(c.DryRun, c.ChangeID)
	how.ExpectedRevision = plan.Revision
	var change client.Change
	s.working("applying "+request.FileName, func() {
		change, err = server.client.Apply(server.ctx, client.ApplyRequest{PlanRequest: request, Changing: how})
	})
	if err != nil {
		return unknown(err, how)
	}
	if s.output != "table" {
		return s.object(change)
	}
	s.outcome(change)
	return nil
}

// agreed asks on the terminal. Anything but yes is no.
func (s *session) agreed(server string) bool {
	s.printf("\nApply this to %s? Only \"yes\" does. ", s.style.Strong(server))
	line, _ := bufio.NewReader(s.Stdin).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

// outcome says what became of a change.
func (s *session) outcome(change client.Change) {
	switch {
	case change.DryRun:
		s.printf("%s\n", s.style.Warn("Nothing was changed: a dry run."))
	case !change.Changed:
		s.printf("No change.\n")
	default:
		s.printf("%s\n", s.style.Good(fmt.Sprintf("Done: revision %d, change %s.", change.Revision, change.ChangeID)))
	}
}

type exportCommand struct {
	fromFile
	atTime
}

// Help is printed below the usage.
func (exportCommand) Help() string {
	return `Prints the server's organization as an access file in its one canonical form; with -f, that form of a file.
Applying what was exported changes nothing.

Examples:
  bailiwick export > acme.yaml
  bailiwick export --at 2026-11-17T09:00:00Z
  bailiwick export -f acme.yaml            # the file, sorted and short`
}

// Run prints the file.
func (c exportCommand) Run(s *session) error {
	text, err := c.text(s)
	if err != nil {
		return err
	}
	if s.output == "json" {
		var keys any
		if err := yaml.Unmarshal(text, &keys); err != nil {
			return fmt.Errorf("read the export: %w", err)
		}
		encoder := json.NewEncoder(s.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(keys)
	}
	_, err = s.Stdout.Write(text)
	return err
}

func (c exportCommand) text(s *session) ([]byte, error) {
	if c.File == "" {
		server, err := s.remote(c.At)
		if err != nil {
			return nil, err
		}
		export, err := server.client.Export(server.ctx, server.reading)
		return export.File, err
	}
	if !c.At.IsZero() {
		return nil, wrong("--at asks what the server kept then, and a file is what it is", "leave it out, or leave -f out")
	}
	at, err := s.moment(c.At)
	if err != nil {
		return nil, err
	}
	file, err := s.load(c.File, at)
	if err != nil {
		return nil, err
	}
	return accessfile.Write(file.File)
}
