package cli

import (
	"fmt"
	"strings"

	"bailiwick/client"
)

type testCommand struct {
	fromFile
	atTime
	Tests string `placeholder:"FILE" help:"Of the server: run the assertions of this access file on the server's facts, in place of the stored ones."`
}

// Help is printed below the usage.
func (testCommand) Help() string {
	return `Runs the assertions under tests: and prints each that fails, with its explanation. An assertion without at: is
about now, or about --at. Without -f, those that the server keeps are run on what the server keeps.
Exit code: 0 all hold, 1 some failed, 2 the file is wrong.

In the file:
  tests:
    - {who: user:ana@acme.test, can: runs.launch, on: dagster/prod/etl}
    - {who: user:bo@acme.test, cannot: runs.view, on: dagster/prod, at: 2027-01-31T00:00:00Z}

Examples:
  bailiwick test -f acme.yaml
  git show main:acme.yaml | bailiwick test -f -
  bailiwick test                       # what the server keeps
  bailiwick test --tests acme.yaml     # the file's assertions, the server's facts`
}

// Run runs the assertions.
func (c testCommand) Run(s *session) error {
	found, err := c.test(s)
	if err != nil {
		return err
	}
	if found.Failed > 0 {
		s.code = exitNo
	}
	if s.output != "table" {
		return s.object(found)
	}
	for _, line := range found.Tests {
		if !line.Passed && line.Explanation != nil {
			s.printf("%s  %s: %s\n%s\n", s.style.Bad("FAIL"), line.Place, line.Says, indent(s.explanation(*line.Explanation)))
		}
	}
	s.printf("%s\n", s.verdict(found, c.File == "" && c.Tests == ""))
	return nil
}

func (c testCommand) test(s *session) (client.Tests, error) {
	if c.Tests == "" {
		ask, err := s.asker(c.File, c.At)
		if err != nil {
			return client.Tests{}, err
		}
		return ask.test()
	}
	if c.File != "" {
		return client.Tests{}, wrong("--tests runs a file's assertions on the server's facts, and -f on the file's own", "write either")
	}
	document, err := s.document(c.Tests)
	if err != nil {
		return client.Tests{}, err
	}
	server, err := s.remote(c.At)
	if err != nil {
		return client.Tests{}, err
	}
	return server.client.Test(server.ctx, client.TestRequest{Document: document, Reading: server.reading})
}

func (s *session) verdict(found client.Tests, stored bool) string {
	switch n := found.Passed + found.Failed; {
	case n == 0 && stored:
		return s.style.Warn("ok") + "  the server keeps no tests"
	case n == 0:
		return s.style.Warn("ok") + "  the file has no tests"
	case found.Failed > 0:
		return s.style.Bad("FAIL") + fmt.Sprintf("  %d of %d tests failed", found.Failed, n)
	default:
		return s.style.Good("ok") + fmt.Sprintf("  %d of %d tests hold", found.Passed, n)
	}
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
