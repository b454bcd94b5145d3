package scenario_test

import (
	"maps"
	"slices"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/scenario"
)

// A denial names the smallest changes that would turn it (access file, "A denial's fixes"): every fix of every denied
// line of the corpus works, and none of its steps can be left out.
func TestPureFixesAreSmallest(t *testing.T) {
	tried := 0
	for _, s := range corpus(t) {
		snapshot, err := build(s.File)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range s.Lines {
			fixes := snapshot.Explain(line.Question).Fixes
			if len(fixes) > 3 {
				t.Errorf("%s: %s: %d fixes, want at most three", line.Place, line.Text, len(fixes))
			}
			for _, fix := range fixes {
				tried++
				if !allowedWith(t, s, line.Question, fix.Steps) {
					t.Errorf("%s: %s: %q does not turn it", line.Place, line.Text, fix)
				}
				for i := range fix.Steps {
					fewer := slices.Delete(slices.Clone(fix.Steps), i, i+1)
					if len(fewer) > 0 && allowedWith(t, s, line.Question, fewer) {
						t.Errorf("%s: %s: in %q the step %q is not needed", line.Place, line.Text, fix, fix.Steps[i])
					}
				}
			}
		}
	}
	t.Logf("%d fixes", tried)
	if tried < 300 {
		t.Errorf("only %d fixes were tried", tried)
	}
}

func allowedWith(t *testing.T, s scenario.Scenario, q access.Question, steps []access.Step) bool {
	t.Helper()
	org := s.File.Organization
	org.Users, org.Teams, org.Grants = slices.Clone(org.Users), slices.Clone(org.Teams), slices.Clone(org.Grants)
	for _, step := range steps {
		take(&org, q.Subject.ID, step)
	}
	snapshot, err := access.Build(org, scenario.Moment())
	if err != nil {
		t.Errorf("%s: %v", s.Name, err)
		return false
	}
	return snapshot.Decide(q).Allowed
}

// take makes one step of a fix in the facts.
func take(org *access.Organization, id string, step access.Step) {
	if step.Kind == "grant" {
		org.Grants = slices.DeleteFunc(org.Grants, func(g access.Grant) bool {
			return step.Replaces != "" && g.To == step.Grant.To && g.On == step.Grant.On && g.Role == step.Replaces
		})
		org.Grants = append(org.Grants, step.Grant)
	}
	for i := range org.Teams {
		if step.Kind == "join" && org.Teams[i].Name == step.Team {
			org.Teams[i].Members = append(slices.Clone(org.Teams[i].Members), id)
		}
	}
	for i := range org.Users {
		u := &org.Users[i]
		switch {
		case u.ID != id:
		case step.Kind == "reactivate":
			u.Inactive = false
		case step.Kind == "member":
			u.On = append(slices.Clone(u.On), step.Platform)
		case step.Kind == "license":
			u.Licenses = maps.Clone(u.Licenses)
			if u.Licenses == nil {
				u.Licenses = make(map[string]string)
			}
			u.Licenses[step.Platform] = step.License
		}
	}
}
