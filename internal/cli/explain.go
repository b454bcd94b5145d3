package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/terminal"
)

type explainCommand struct{ questionArgs }

// Help is printed below the usage.
func (explainCommand) Help() string {
	return `Prints the answer, the path that wins, what else allows it, what does not count and why, and for a deny
the smallest changes that would allow it. Exit code: 0 allow, 1 deny, 2 error.

Examples:
  bailiwick explain -f acme.yaml ana@acme.test runs.launch dagster/prod/etl
  bailiwick explain -f acme.yaml ana@acme.test jobs.write dbt/jaffle/ci --at 2026-12-01
  bailiwick explain ana@acme.test jobs.write dbt/jaffle/ci             # of the server`
}

// Run explains and sets the exit code.
func (c explainCommand) Run(s *session) error {
	ask, err := s.asker(c.File, c.At)
	if err != nil {
		return err
	}
	found, err := ask.explain(c.questionArgs)
	if err != nil {
		return err
	}
	s.decided(found.Allowed)
	if s.output != "table" {
		return s.object(found)
	}
	s.printf("%s", s.explanation(found))
	return nil
}

// explanation lays an explanation out for people.
func (s *session) explanation(e client.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.word(e.Allowed), s.sentence(e))
	if !e.Allowed && len(e.Reasons) == 0 {
		fmt.Fprintf(&b, "\n  %s\n", e.Why)
	}
	s.winner(&b, e)
	s.others(&b, "Allows it as well", e.Reasons, "contributes")
	s.others(&b, "Does not count", e.Reasons, "lost")
	if len(e.Fixes) > 0 {
		fmt.Fprintf(&b, "\n%s\n", s.style.Strong("Any one of these would change it"))
		for i, fix := range e.Fixes {
			fmt.Fprintf(&b, "  %d. %s\n", i+1, strings.TrimLeft(s.hang(fix.Text, 5), " "))
		}
	}
	return b.String()
}

// sentence says question and answer in one sentence.
func (s *session) sentence(e client.Explanation) string {
	who := e.Subject
	if e.Name != "" {
		who = fmt.Sprintf("%s (%s)", e.Name, who)
	}
	can := "may not"
	if e.Allowed {
		can = "may"
	}
	title := ""
	if e.Title != "" {
		title = fmt.Sprintf(" (%s)", e.Title)
	}
	text := fmt.Sprintf("%s %s %s%s on %s, %s.", who, can, e.Permission, title, e.Resource, e.At.Format("2006-01-02 15:04 MST"))
	if e.Inactive {
		text += " The user is deactivated."
	}
	if e.License != "" && e.License != "none" {
		text += fmt.Sprintf(" License on %s: %s.", platformOf(e.Resource), e.License)
	}
	return strings.Join(terminal.Wrap(text, s.width()-7), "\n"+strings.Repeat(" ", terminal.Width(s.word(e.Allowed))+2))
}

// winner draws the path from the subject to the resource.
func (s *session) winner(b *strings.Builder, e client.Explanation) {
	if len(e.Reasons) == 0 || e.Reasons[0].Outcome != "wins" {
		return
	}
	win := e.Reasons[0]
	steps := []string{e.Subject}
	switch {
	case win.Via == "membership":
		steps = append(steps, "member of "+platformOf(e.Resource))
	case strings.HasPrefix(win.Via, "license:"):
		steps = append(steps, "license "+strings.TrimPrefix(win.Via, "license:"))
	case win.Via != "":
		steps = append(steps, "member of "+win.Via)
	}
	steps = append(steps, s.style.Good(win.Grant.Role)+" on "+win.Grant.On+window(win.Grant))
	if win.Grant.On != e.Resource {
		steps = append(steps, e.Resource)
	}
	fmt.Fprintf(b, "\n%s%s\n", terminal.Chain("  ", steps), s.hang(s.style.Faint(win.Detail), 2))
}

// hang indents a text and wraps it.
func (s *session) hang(text string, columns int) string {
	blank := strings.Repeat(" ", columns)
	return blank + strings.Join(terminal.Wrap(text, s.width()-columns), "\n"+blank)
}

// maxReasons is how many reasons of one outcome the table shows; the nearest come first.
const maxReasons = 20

// others tables the reasons of one outcome.
func (s *session) others(b *strings.Builder, title string, reasons []client.Reason, outcome string) {
	table := terminal.Table{Indent: "  ", Width: s.width()}
	more := 0
	for _, r := range reasons {
		switch {
		case r.Outcome != outcome:
		case len(table.Rows) == maxReasons:
			more++
		default:
			table.Add(r.Grant.Role, r.Grant.On+window(r.Grant), owner(r.Via), s.style.Faint(r.Detail))
		}
	}
	if len(table.Rows) > 0 {
		fmt.Fprintf(b, "\n%s\n%s", s.style.Strong(title), table.Render(s.style))
	}
	if more > 0 {
		fmt.Fprintf(b, "  %s\n", s.style.Faint(fmt.Sprintf("and %d more, which -o json lists", more)))
	}
}

// owner says how a grant comes to the subject, as a cell.
func owner(word string) string {
	if word == "" {
		return "own grant"
	}
	return strings.TrimSpace(strings.TrimPrefix(answer.Via(word), " through"))
}

// day writes a moment as short as it can be said.
func day(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// window says a grant's categories and the time it is in force.
func window(g client.Grant) string {
	text := ""
	if len(g.Environments) > 0 {
		text += " for " + strings.Join(g.Environments, ", ")
	}
	if g.From != nil {
		text += " from " + day(*g.From)
	}
	if g.Until != nil {
		text += " until " + day(*g.Until)
	}
	return text
}

// platformOf is the slug of a resource's platform.
func platformOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}
