package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
)

type testCommand struct {
	fromFile
	atTime
}

// Help is printed below the usage.
func (testCommand) Help() string {
	return `Runs the assertions under tests: and prints each that fails, with its explanation. An assertion without at: is
about now, or about --at. Exit code: 0 all hold, 1 some failed, 2 the file is wrong.

In the file:
  tests:
    - {who: user:ana@acme.test, can: runs.launch, on: dagster/prod/etl}
    - {who: user:bo@acme.test, cannot: runs.view, on: dagster/prod, at: 2027-01-31T00:00:00Z}

Examples:
  bailiwick test -f acme.yaml
  git show main:acme.yaml | bailiwick test -f -`
}

// Run runs the assertions.
func (c testCommand) Run(s *session) error {
	at := s.moment(c.At)
	file, err := s.load(c.File, at)
	if err != nil {
		return err
	}
	answer := testAnswer{Tests: []assertionLine{}}
	for i, test := range file.Tests {
		e := file.snapshot.Explain(asked(test, at))
		line := assertionLine{Passed: e.Decision.Allowed == test.Allowed, Place: file.Places.Tests[i].String(), Says: says(test)}
		if line.Passed {
			answer.Passed++
			answer.Tests = append(answer.Tests, line)
			continue
		}
		answer.Failed++
		q := file.queryOf(e.Question)
		explanation := file.explainAnswer(q, e)
		line.Explanation = &explanation
		answer.Tests = append(answer.Tests, line)
		if s.output == "table" {
			s.printf("%s  %s: %s\n%s\n", s.style.Bad("FAIL"), line.Place, line.Says, indent(s.explanation(file, q, e)))
		}
	}
	if answer.Failed > 0 {
		s.code = exitNo
	}
	if s.output != "table" {
		return s.object(answer)
	}
	s.printf("%s\n", s.verdict(answer))
	return nil
}

func (s *session) verdict(answer testAnswer) string {
	switch n := answer.Passed + answer.Failed; {
	case n == 0:
		return s.style.Warn("ok") + "  the file has no tests"
	case answer.Failed > 0:
		return s.style.Bad("FAIL") + fmt.Sprintf("  %d of %d tests failed", answer.Failed, n)
	default:
		return s.style.Good("ok") + fmt.Sprintf("  %d of %d tests hold", answer.Passed, n)
	}
}

// asked is a test's question at its moment, or at another where it names none.
func asked(test accessfile.Test, at time.Time) access.Question {
	if !test.At.IsZero() {
		at = test.At
	}
	return access.Question{Subject: test.Who, Permission: test.Permission, Resource: test.Resource, At: at}
}

// says writes a test as the file does.
func says(test accessfile.Test) string {
	word := "cannot"
	if test.Allowed {
		word = "can"
	}
	text := fmt.Sprintf("%s %s %s on %s", test.Who, word, test.Permission, test.Resource)
	if !test.At.IsZero() {
		text += " at " + test.At.Format(time.RFC3339)
	}
	return text
}

// queryOf gives the meaning of a question whose names are all known.
func (f *source) queryOf(question access.Question) query {
	slug, _, _ := strings.Cut(question.Resource, "/")
	q := query{Question: question, platform: f.Platform(slug)}
	q.permission = permissionOf(q.platform, question.Permission)
	return q
}

func indent(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "      " + line
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
