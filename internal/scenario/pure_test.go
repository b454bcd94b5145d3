package scenario_test

import (
	"os"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/scenario"
)

func corpus(t *testing.T) []scenario.Scenario {
	t.Helper()
	all, err := scenario.Load(os.DirFS("../../scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func build(file *accessfile.File) (*access.Snapshot, error) {
	return access.Build(file.Organization, scenario.Moment())
}

func TestTheCorpusIsLarge(t *testing.T) {
	all := corpus(t)
	lines := 0
	topics := make(map[string]int)
	for _, s := range all {
		lines += len(s.Lines)
		topics[s.Topic]++
	}
	if len(all) < 240 || lines < 780 || len(topics) < 19 {
		t.Errorf("%d scenarios with %d lines in %d topics: the corpus has shrunk", len(all), lines, len(topics))
	}
	t.Logf("%d scenarios, %d lines, %d topics", len(all), lines, len(topics))
}

// The core by itself, one question at a time.
func TestPure(t *testing.T) {
	scenario.Run(t, corpus(t), func(file *accessfile.File) (scenario.Ask, error) {
		s, err := build(file)
		if err != nil {
			return nil, err
		}
		return func(q access.Question) (bool, error) { return s.Decide(q).Allowed, nil }, nil
	})
}

// The same answers from DecideMany and from Explain.
func TestPureManyAndExplained(t *testing.T) {
	for name, answer := range map[string]func(*access.Snapshot, access.Question) bool{
		"many": func(s *access.Snapshot, q access.Question) bool {
			return s.DecideMany([]access.Question{q})[0].Allowed
		},
		"explained": func(s *access.Snapshot, q access.Question) bool { return s.Explain(q).Decision.Allowed },
	} {
		t.Run(name, func(t *testing.T) {
			scenario.Run(t, corpus(t), func(file *accessfile.File) (scenario.Ask, error) {
				s, err := build(file)
				if err != nil {
					return nil, err
				}
				return func(q access.Question) (bool, error) { return answer(s, q), nil }, nil
			})
		})
	}
}

// The explanation of a scenario's first line says the scenario's word.
func TestPureSaysWhy(t *testing.T) {
	asked := 0
	for _, s := range corpus(t) {
		if s.Why == "" {
			continue
		}
		asked++
		snapshot, err := build(s.File)
		if err != nil {
			t.Fatal(err)
		}
		if e := snapshot.Explain(s.Lines[0].Question); !says(e, s.Why) {
			t.Errorf("%s: %s: the explanation does not say %q: %v %+v", s.Lines[0].Place, s.Lines[0].Text, s.Why, e.Decision, e.Reasons)
		}
	}
	if asked < 50 {
		t.Errorf("only %d scenarios ask why", asked)
	}
}

func says(e access.Explanation, word string) bool {
	if e.Decision.Code.String() == word {
		return true
	}
	for _, r := range e.Reasons {
		if r.Why.String() == word || r.Via == word || strings.Contains(r.Detail, word) {
			return true
		}
	}
	return false
}

// Every organization of the corpus obeys its platforms' rules about grants, so that every later runner can load it.
func TestTheCorpusMayBeGranted(t *testing.T) {
	for _, s := range corpus(t) {
		snapshot, err := build(s.File)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range snapshot.CheckGrants(s.File.Organization.Grants) {
			t.Errorf("%s: %s: %+v", s.Place, s.Topic, p)
		}
	}
}

// A line that says the opposite is reported: the runner can fail.
func TestAWrongLineIsCaught(t *testing.T) {
	all := corpus(t)
	for _, s := range all[:20] {
		snapshot, err := build(s.File)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(q access.Question) (bool, error) { return snapshot.Decide(q).Allowed, nil }
		wrong := s
		wrong.Lines = append([]scenario.Line(nil), s.Lines...)
		last := len(wrong.Lines) - 1
		wrong.Lines[last].Can = !wrong.Lines[last].Can
		failures := scenario.Failures(wrong, ask)
		if len(failures) != 1 || !strings.Contains(failures[0], wrong.Lines[last].Text) {
			t.Errorf("%s: reported %q, want exactly the line %q", s.Name, failures, wrong.Lines[last].Text)
		}
	}
}
