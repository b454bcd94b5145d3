package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/terminal"
)

type diffCommand struct {
	File []string `short:"f" required:"" sep:"none" placeholder:"FILE" help:"Twice: the old access file, then the new one; - reads the standard input."`
	atTime
	All bool `help:"Name every permission, where the table would shorten them."`
}

// Help is printed below the usage.
func (diffCommand) Help() string {
	return `Prints the objects that differ, and then what counts: who gains and who loses which access, most first. Access
that changes alike beneath a common parent is one line. Exit code: 0 no change, 3 changes, 2 error.

Examples:
  bailiwick diff -f acme.yaml -f proposal.yaml
  git show main:acme.yaml | bailiwick diff -f - -f acme.yaml -o json | jq '.access[] | select(.gained)'`
}

// Run compares and sets the exit code.
func (c diffCommand) Run(s *session) error {
	if len(c.File) != 2 {
		return wrong(fmt.Sprintf("diff compares two files, and %d was named", len(c.File)), "write -f OLD -f NEW")
	}
	at := s.moment(c.At)
	before, err := s.load(c.File[0], at)
	if err != nil {
		return err
	}
	after, err := s.load(c.File[1], at)
	if err != nil {
		return err
	}
	answer := diffAnswer{At: at, Objects: compareObjects(before.File, after.File)}
	answer.Access = collapse(access.Compare(before.snapshot, after.snapshot, at))
	for _, line := range answer.Access {
		answer.Gained += len(line.Gained) * len(line.Resources)
		answer.Lost += len(line.Lost) * len(line.Resources)
	}
	answer.Changed = len(answer.Objects)+len(answer.Access) > 0
	if answer.Changed {
		s.code = exitChanges
	}
	if s.output != "table" {
		return s.object(answer)
	}
	write := func(line accessAnswer, names []string) string {
		return pick(before, after, line.Resources[0]).compact(line.Resources[0], names)
	}
	if c.All {
		write = func(_ accessAnswer, names []string) string { return strings.Join(names, ", ") }
	}
	s.printf("%s", s.difference(answer, write))
	return nil
}

// pick returns the file that has a resource, the newer one where both do.
func pick(before, after *source, path string) *source {
	if _, exists := after.snapshot.Resource(path); exists {
		return after
	}
	return before
}

// collapse joins what changes alike for one subject into one line, the worst first.
func collapse(differences []access.Difference) []accessAnswer {
	byKey := map[string]int{}
	lines := []accessAnswer{}
	for _, d := range differences {
		key := strings.Join([]string{d.Subject.String(), platformOf(d.Resource), strings.Join(d.Gained, " "), strings.Join(d.Lost, " ")}, "\x00")
		i, known := byKey[key]
		if !known {
			i = len(lines)
			byKey[key] = i
			lines = append(lines, accessAnswer{Subject: d.Subject.String(), Under: d.Resource, Gained: d.Gained, Lost: d.Lost})
		}
		lines[i].Resources = append(lines[i].Resources, d.Resource)
		lines[i].Under = commonParent(lines[i].Under, d.Resource)
	}
	worstFirst(lines)
	return lines
}

// worstFirst orders lines by whoever gains most, then by whoever loses most, and somebody's own from the root down.
func worstFirst(lines []accessAnswer) {
	gained, lost := map[string]int{}, map[string]int{}
	for _, line := range lines {
		gained[line.Subject] += len(line.Gained) * len(line.Resources)
		lost[line.Subject] += len(line.Lost) * len(line.Resources)
	}
	slices.SortStableFunc(lines, func(a, b accessAnswer) int {
		return cmp.Or(
			gained[b.Subject]-gained[a.Subject],
			lost[b.Subject]-lost[a.Subject],
			strings.Compare(a.Subject, b.Subject),
			strings.Compare(platformOf(a.Under), platformOf(b.Under)),
			strings.Count(a.Resources[0], "/")-strings.Count(b.Resources[0], "/"),
		)
	})
}

// platformOf keeps platforms apart: only what has a parent in common is joined.
func platformOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}

// commonParent returns the longest path that both lie at or beneath.
func commonParent(a, b string) string {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return strings.Join(as[:n], "/")
}

// listed is how many resources or subjects a line names; beyond it counts.
const listed = 3

// difference lays a comparison out for people.
func (s *session) difference(answer diffAnswer, write func(line accessAnswer, names []string) string) string {
	if !answer.Changed {
		return "No change.\n"
	}
	var b strings.Builder
	if len(answer.Objects) > 0 {
		fmt.Fprintf(&b, "%s\n", s.style.Strong("Objects"))
		table := terminal.Table{Indent: "  ", Width: s.width()}
		for _, o := range answer.Objects {
			table.Add(s.sign(o.Change), strings.ReplaceAll(o.Kind, "_", " "), strings.TrimSpace(o.Name+"  "+s.style.Faint(o.Detail)))
		}
		b.WriteString(table.Render(s.style) + "\n")
	}
	fmt.Fprintf(&b, "%s\n", s.style.Strong("Effective access"))
	if len(answer.Access) == 0 {
		b.WriteString("  the same for everybody\n")
		return b.String()
	}
	table := terminal.Table{Indent: "  ", Width: s.width()}
	for _, line := range alike(answer.Access) {
		for _, half := range []struct {
			change string
			names  []string
		}{{"added", line.Gained}, {"removed", line.Lost}} {
			if len(half.names) > 0 {
				table.Add(s.sign(half.change), line.Subject, where(line), write(line, half.names))
			}
		}
	}
	fmt.Fprintf(&b, "%s\n  %d gained, %d lost (permissions at single resources)\n", table.Render(s.style), answer.Gained, answer.Lost)
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
func where(line accessAnswer) string {
	if len(line.Resources) <= listed {
		return strings.Join(line.Resources, ", ")
	}
	return fmt.Sprintf("%s (%d beneath)", line.Under, len(line.Resources))
}

// alike joins lines that differ in their subject only, for the eye.
func alike(lines []accessAnswer) []accessAnswer {
	var joined []accessAnswer
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
