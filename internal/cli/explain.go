package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/terminal"
)

type explainCommand struct{ questionArgs }

// Help is printed below the usage.
func (explainCommand) Help() string {
	return `Prints the answer, the path that wins, what else allows it, what does not count and why, and for a deny
the smallest changes that would allow it. Exit code: 0 allow, 1 deny, 2 error.

Examples:
  bailiwick explain -f acme.yaml ana@acme.test runs.launch dagster/prod/etl
  bailiwick explain -f acme.yaml ana@acme.test jobs.write dbt/jaffle/ci --at 2026-12-01`
}

// Run explains and sets the exit code.
func (c explainCommand) Run(s *session) error {
	file, q, err := c.ask(s)
	if err != nil {
		return err
	}
	e := file.snapshot.Explain(q.Question)
	s.code = exitNo
	if e.Decision.Allowed {
		s.code = exitOK
	}
	if s.output != "table" {
		return s.object(file.explainAnswer(q, e))
	}
	s.printf("%s", s.explanation(file, q, e))
	return nil
}

func (f *source) explainAnswer(q query, e access.Explanation) explainAnswer {
	answer := explainAnswer{
		checkAnswer: f.checkAnswer(q, e), Level: e.Level, Kind: e.Kind, License: e.License, Inactive: e.Inactive,
		Reasons: []reasonAnswer{}, Fixes: []fixAnswer{},
	}
	for _, r := range e.Reasons {
		answer.Reasons = append(answer.Reasons, reasonAnswer{
			Outcome: r.Outcome.String(), Why: r.Why.String(), Detail: r.Detail, Via: r.Via, Grant: grantOf(r.Grant),
		})
	}
	for _, fix := range e.Fixes {
		steps := []stepAnswer{}
		for _, step := range fix.Steps {
			line := stepAnswer{Kind: step.Kind, Text: step.String(), Platform: step.Platform, License: step.License, Team: step.Team}
			if step.Kind == "grant" {
				grant := grantOf(step.Grant)
				line.Grant = &grant
			}
			steps = append(steps, line)
		}
		answer.Fixes = append(answer.Fixes, fixAnswer{Text: fix.String(), Steps: steps})
	}
	return answer
}

// explanation lays an explanation out for people.
func (s *session) explanation(f *source, q query, e access.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.word(e.Decision), s.sentence(f, q, e))
	if !e.Decision.Allowed && len(e.Reasons) == 0 {
		fmt.Fprintf(&b, "\n  %s\n", f.why(q, e))
	}
	s.winner(&b, q, e)
	s.others(&b, "Allows it as well", e.Reasons, access.Contributes)
	s.others(&b, "Does not count", e.Reasons, access.Lost)
	if len(e.Fixes) > 0 {
		fmt.Fprintf(&b, "\n%s\n", s.style.Strong("Any one of these would change it"))
		for i, fix := range e.Fixes {
			fmt.Fprintf(&b, "  %d. %s\n", i+1, strings.TrimLeft(s.hang(fix.String(), 5), " "))
		}
	}
	return b.String()
}

// sentence says question and answer in one sentence.
func (s *session) sentence(f *source, q query, e access.Explanation) string {
	who := q.Subject.String()
	if name := f.Names[q.Subject.ID]; name != "" && q.Subject.Kind == access.User {
		who = fmt.Sprintf("%s (%s)", name, who)
	}
	can := "may not"
	if e.Decision.Allowed {
		can = "may"
	}
	title := ""
	if q.permission != nil && q.permission.Title != "" {
		title = fmt.Sprintf(" (%s)", q.permission.Title)
	}
	text := fmt.Sprintf("%s %s %s%s on %s, %s.", who, can, q.full(), title, q.Resource, q.At.Format("2006-01-02 15:04 MST"))
	if e.Inactive {
		text += " The user is deactivated."
	}
	if e.License != "" && e.License != "none" {
		text += fmt.Sprintf(" Licence on %s: %s.", q.platform.Slug, e.License)
	}
	return strings.Join(terminal.Wrap(text, s.width()-7), "\n"+strings.Repeat(" ", terminal.Width(s.word(e.Decision))+2))
}

// winner draws the path from the subject to the resource.
func (s *session) winner(b *strings.Builder, q query, e access.Explanation) {
	if len(e.Reasons) == 0 || e.Reasons[0].Outcome != access.Wins {
		return
	}
	win := e.Reasons[0]
	steps := []string{q.Subject.String()}
	switch {
	case win.Via == "membership":
		steps = append(steps, "member of "+q.platform.Slug)
	case strings.HasPrefix(win.Via, "license:"):
		steps = append(steps, "licence "+strings.TrimPrefix(win.Via, "license:"))
	case win.Via != "":
		steps = append(steps, "member of "+win.Via)
	}
	steps = append(steps, s.style.Good(win.Grant.Role)+" on "+win.Grant.On+window(win.Grant))
	if win.Grant.On != q.Resource {
		steps = append(steps, q.Resource)
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
func (s *session) others(b *strings.Builder, title string, reasons []access.Reason, outcome access.Outcome) {
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
	return strings.TrimSpace(strings.TrimPrefix(via(word), " through"))
}

// day writes a moment as short as it can be said.
func day(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// window says a grant's categories and the time it is in force.
func window(g access.Grant) string {
	text := ""
	if len(g.Environments) > 0 {
		text += " for " + strings.Join(g.Environments, ", ")
	}
	if !g.From.IsZero() {
		text += " from " + day(g.From)
	}
	if !g.Until.IsZero() {
		text += " until " + day(g.Until)
	}
	return text
}
