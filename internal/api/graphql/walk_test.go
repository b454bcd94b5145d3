package graphql_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"bailiwick/internal/oracle"
)

// fields lists what the walk must have: every field of the roots, and of bailiwick.
func fields(t *testing.T) map[string]*ast.FieldDefinition {
	t.Helper()
	schema := writtenSchema(t)
	found := map[string]*ast.FieldDefinition{}
	for name, prefix := range map[string]string{"CloudQuery": "", "CloudMutation": "", "Bailiwick": "bailiwick."} {
		for _, f := range schema.Types[name].Fields {
			if !strings.HasPrefix(f.Name, "__") {
				found[prefix+f.Name] = f
			}
		}
	}
	return found
}

func TestNoFieldIsMissingFromTheWalk(t *testing.T) {
	all := fields(t)
	for name := range all {
		if _, has := steps[name]; !has {
			t.Errorf("%s is in the schema and not in the walk", name)
		}
	}
	for name := range steps {
		if all[name] == nil {
			t.Errorf("%s is in the walk and not in the schema", name)
		}
	}
}

// variables are what a step names, of one organization.
func (w *walk) variables(s step, organization string) map[string]any {
	given := map[string]any{}
	for _, name := range s.vars {
		if name == "userHolder" {
			given["email"] = "user:" + w.things[organization]["email"].(string)
			continue
		}
		given[name] = w.things[organization][name]
	}
	return given
}

// TestEveryFieldAnswersWhomTheRoleModelSays asks every field as everybody, and compares with the second engine.
func TestEveryFieldAnswersWhomTheRoleModelSays(t *testing.T) {
	w := newWalk(t)
	st := w.Of("acme").Now()
	judges := oracle.New(st.Facts())
	tried, yes := 0, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		s := steps[name]
		for _, c := range w.callers {
			want := unknown
			if c.subject.ID != "" {
				want = refused
				if s.need(&judging{oracle: judges, subject: c.subject, at: w.Engine.Now()}) {
					want = answered
				}
			}
			found, text := w.try(c, s.at, s.query, w.variables(s, "acme"))
			if s.hides != "" && found == s.hides {
				found = refused
			}
			if s.open && want == answered && found == "not_found" { // open, and nothing there for them
				found = answered
			}
			if found != want {
				t.Errorf("%s as %s: %s, want %s\n\t%.300s", name, c.name, found, want, text)
			}
			tried++
			if found == answered {
				yes[name]++
			}
		}
		if yes[name] == 0 {
			t.Errorf("%s answered nobody: the walk asks it wrongly", name)
		}
	}
	if now := w.Of("acme").Now(); now.Revision != st.Revision {
		t.Errorf("the walk changed something: revision %d after %d", now.Revision, st.Revision)
	}
	t.Logf("%d questions: %d fields as %d callers", tried, len(steps), len(w.callers))
}

// TestAttack101AForeignIDNamesNothing asks every field that takes an id with those of another organization, as its administrator
// and at its address: no answer, and nothing of the other organization in what is said.
func TestAttack101AForeignIDNamesNothing(t *testing.T) {
	w := newWalk(t)
	admin := slices.IndexFunc(w.callers, func(c caller) bool { return c.name == "organization_admin" })
	before := w.Of("other").Now().Revision
	asked := 0
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		s := steps[name]
		if len(s.vars) == 0 {
			continue
		}
		asked++
		live := strings.ReplaceAll(s.query, " @dryRun", "")
		if found, text := w.try(w.callers[admin], s.at, live, w.variables(s, "other")); found == answered {
			t.Errorf("%s: %s with ids of another organization\n\t%.300s", name, found, text)
		} else if strings.Contains(text, "Olga") || strings.Contains(text, "other.test") && !strings.Contains(fmt.Sprint(w.variables(s, "other")), "other.test") {
			t.Errorf("%s says something of the other organization: %.300s", name, text)
		}
		for _, address := range []string{"/o/other/graphql", "/o/other/prod/graphql"} {
			if found, text := w.try(w.callers[admin], address, s.query, w.variables(s, "other")); found != "404" {
				t.Errorf("%s at %s: %s %.300s", name, address, found, text)
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d fields take an id", asked)
	}
	if w.Of("other").Now().Revision != before {
		t.Error("the other organization was changed")
	}
}
