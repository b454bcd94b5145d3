package scenario

import (
	"fmt"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
)

// Ask puts one question to an organization. An error is a failure of the way to the decision, not a no.
type Ask func(access.Question) (bool, error)

// Open makes an organization ready to be asked. It is called once for each.
type Open func(*accessfile.File) (Ask, error)

// Run runs every scenario as a subtest, topic by topic.
func Run(t *testing.T, scenarios []Scenario, open Open) {
	t.Helper()
	asks := make(map[*accessfile.File]Ask)
	for _, s := range scenarios {
		ask, opened := asks[s.File]
		if !opened {
			var err error
			if ask, err = open(s.File); err != nil {
				t.Errorf("%s: the organization cannot be opened: %v", s.Place, err)
			}
			asks[s.File] = ask
		}
		if ask == nil {
			continue
		}
		t.Run(s.Topic+"/"+s.Name, func(t *testing.T) {
			for _, failure := range Failures(s, ask) {
				t.Errorf("%s\n\tsource: %s", failure, s.Source)
			}
		})
	}
}

// Failures returns what differs from a scenario, each with its place and line.
func Failures(s Scenario, ask Ask) []string {
	var failures []string
	for _, line := range s.Lines {
		can, err := ask(line.Question)
		switch {
		case err != nil:
			failures = append(failures, fmt.Sprintf("%s: %s: %v", line.Place, line.Text, err))
		case can != line.Can:
			failures = append(failures, fmt.Sprintf("%s: %s: the answer is %v", line.Place, line.Text, can))
		}
	}
	return failures
}
