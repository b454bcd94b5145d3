package cli

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/terminal"
)

type diffCommand struct {
	File []string `short:"f" sep:"none" placeholder:"FILE" help:"Twice: the old access file, then the new one. Once: the file that the server is compared with. - reads the standard input."`
	atTime
	From client.When `placeholder:"TIME|REVISION" help:"Of the server, without files: the older state."`
	To   client.When `placeholder:"TIME|REVISION" help:"Of the server, without files: the newer state. Now, where left out."`
	All  bool        `help:"Name every permission, where the table would shorten them."`
}

// Help is printed below the usage.
func (diffCommand) Help() string {
	return `Prints the objects that differ, and then what counts: who gains and who loses which access, most first. Access
that changes alike beneath a common parent is one line. Exit code: 0 no change, 3 changes, 2 error.

Examples:
  bailiwick diff -f acme.yaml -f proposal.yaml
  git show main:acme.yaml | bailiwick diff -f - -f acme.yaml -o json | jq '.access[] | select(.gained)'
  bailiwick diff -f acme.yaml                              # from the server now to the file
  bailiwick diff --from 2026-11-01 --to 2026-11-08         # of the server`
}

// Run compares and sets the exit code.
func (c diffCommand) Run(s *session) error {
	found, err := c.compare(s)
	if err != nil {
		return err
	}
	if found.Changed {
		s.code = exitChanges
	}
	if s.output != "table" {
		return s.object(found)
	}
	s.printf("%s", s.difference(found.Difference, c.All))
	return nil
}

func (c diffCommand) compare(s *session) (client.Diff, error) {
	between := !c.From.IsZero() || !c.To.IsZero()
	switch {
	case between && len(c.File) > 0:
		return client.Diff{}, wrong("--from and --to are the server's, and a file is named as well", "write either")
	case len(c.File) == 2:
		return c.files(s)
	case len(c.File) == 1:
		document, err := s.document(c.File[0])
		if err != nil {
			return client.Diff{}, err
		}
		return s.diff(client.DiffRequest{Document: document, Reading: client.Reading{At: c.At}}, "one file and no server is named")
	case between && c.From.IsZero():
		return client.Diff{}, wrong("--to says only where the comparison ends", "write --from TIME or --from REVISION as well")
	case between:
		return s.diff(client.DiffRequest{From: c.From, To: c.To, Reading: client.Reading{At: c.At}}, "no server is named")
	}
	return client.Diff{}, wrong(fmt.Sprintf("diff compares two states, and %d files were named", len(c.File)),
		"write -f OLD -f NEW; or of the server -f FILE, or --from TIME --to TIME")
}

func (s *session) diff(request client.DiffRequest, alone string) (client.Diff, error) {
	server, err := s.remoteOr(client.When{}, alone, "write -f OLD -f NEW to compare two files; or --server URL to compare with a server")
	if err != nil {
		return client.Diff{}, err
	}
	return server.client.Diff(server.ctx, request)
}

// files compares two files.
func (c diffCommand) files(s *session) (client.Diff, error) {
	at, err := s.moment(c.At)
	if err != nil {
		return client.Diff{}, err
	}
	before, err := s.load(c.File[0], at)
	if err != nil {
		return client.Diff{}, err
	}
	after, err := s.load(c.File[1], at)
	if err != nil {
		return client.Diff{}, err
	}
	objects := answer.Objects(before.File, after.File)
	itself := func(sub access.Subject) access.Subject { return sub }
	return client.Diff{Difference: answer.Difference(before.snapshot, after.snapshot, objects, at, itself)}, nil
}

// listed is how many resources or subjects a line names; beyond it counts.
const listed = 3

// difference lays a comparison out for people; with all, every permission by its name.
func (s *session) difference(found client.Difference, all bool) string {
	if !found.Changed {
		return "No change.\n"
	}
	var b strings.Builder
	if len(found.Objects) > 0 {
		fmt.Fprintf(&b, "%s\n", s.style.Strong("Objects"))
		table := terminal.Table{Indent: "  ", Width: s.width()}
		for _, o := range found.Objects {
			table.Add(s.sign(o.Change), strings.ReplaceAll(o.Kind, "_", " "), strings.TrimSpace(o.Name+"  "+s.style.Faint(o.Detail)))
		}
		b.WriteString(table.Render(s.style) + "\n")
	}
	fmt.Fprintf(&b, "%s\n", s.style.Strong("Effective access"))
	if len(found.Access) == 0 {
		b.WriteString("  the same for everybody\n")
		return b.String()
	}
	table := terminal.Table{Indent: "  ", Width: s.width()}
	for _, line := range alike(found.Access) {
		for _, half := range []struct {
			change, summary string
			names           []string
		}{{"added", line.GainedSummary, line.Gained}, {"removed", line.LostSummary, line.Lost}} {
			if all || half.summary == "" {
				half.summary = strings.Join(half.names, ", ")
			}
			if len(half.names) > 0 {
				table.Add(s.sign(half.change), line.Subject, where(line), half.summary)
			}
		}
	}
	fmt.Fprintf(&b, "%s\n  %d gained, %d lost (permissions at single resources)\n", table.Render(s.style), found.Gained, found.Lost)
	return b.String()
}

func (s *session) sign(change string) string {
	switch change {
	case "added":
		return s.style.Good("+")
	case "removed":
		return s.style.Bad("-")
	}
	return s.style.Warn("~")
}

// where names the resources of a line, or counts them beneath their common parent.
func where(line client.Access) string {
	if len(line.Resources) <= listed {
		return strings.Join(line.Resources, ", ")
	}
	return fmt.Sprintf("%s (%d beneath)", line.Under, len(line.Resources))
}

// alike joins lines that differ in their subject only, for the eye.
func alike(lines []client.Access) []client.Access {
	var joined []client.Access
	subjects := [][]string{}
	byKey := map[string]int{}
	for _, line := range lines {
		key := strings.Join([]string{strings.Join(line.Resources, " "), strings.Join(line.Gained, " "), strings.Join(line.Lost, " ")}, "\x00")
		i, known := byKey[key]
		if !known {
			i = len(joined)
			byKey[key] = i
			joined, subjects = append(joined, line), append(subjects, nil)
		}
		subjects[i] = append(subjects[i], line.Subject)
	}
	for i, names := range subjects {
		joined[i].Subject = strings.Join(names, ", ")
		if len(names) > listed {
			joined[i].Subject = fmt.Sprintf("%s and %d more", strings.Join(names[:listed-1], ", "), len(names)-listed+1)
		}
	}
	return joined
}
