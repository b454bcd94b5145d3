package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bailiwick/internal/dagstertest"
)

// queued is the Dagster that questions are about: what is launched there waits.
var queued = dagstertest.Shared{Options: []dagstertest.Option{dagstertest.WithQueuedRuns()}}

// schemaOf is what introspection says of the mutations: the types that each may answer with; none is a boolean.
func schemaOf(t *testing.T, d *dagstertest.Dagster) map[string][]string {
	t.Helper()
	var said struct {
		Schema struct {
			MutationType struct{ Name string }
			Types        []struct {
				Name   string
				Fields []struct {
					Name string
					Type typeRef
				}
				PossibleTypes []struct{ Name string }
			}
		} `json:"__schema"`
	}
	if err := json.Unmarshal(d.Schema(t), &said); err != nil {
		t.Fatal(err)
	}
	possible, found := map[string][]string{}, map[string][]string{}
	for _, one := range said.Schema.Types {
		for _, p := range one.PossibleTypes {
			possible[one.Name] = append(possible[one.Name], p.Name)
		}
	}
	for _, one := range said.Schema.Types {
		if one.Name != said.Schema.MutationType.Name {
			continue
		}
		for _, f := range one.Fields {
			found[f.Name] = possible[f.Type.named()]
		}
	}
	return found
}

// A typeRef is a type in an introspection.
type typeRef struct {
	Name   string
	OfType *typeRef
}

func (r typeRef) named() string {
	for r.OfType != nil {
		r = *r.OfType
	}
	return r.Name
}

// TestEveryMutationOfTheInstalledDagsterHasACase reads the mutations of the server that is there.
func TestEveryMutationOfTheInstalledDagsterHasACase(t *testing.T) {
	has := schemaOf(t, queued.Start(t))
	if len(has) < 40 {
		t.Fatalf("only %d mutations were read", len(has))
	}
	tried := map[string]bool{}
	for _, m := range mutations() {
		tried[m.field()] = true
		types, there := has[m.field()]
		if !there {
			t.Errorf("%s: Dagster has no such mutation", m.name)
			continue
		}
		best := ""
		for _, refusal := range []string{python, unauthorized} {
			if slices.Contains(types, refusal) {
				best = refusal
			}
		}
		if m.refusal != best {
			t.Errorf("%s is to be refused with %q, and can be with %q: %q", m.name, m.refusal, best, types)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(has)) {
		if !tried[field] {
			t.Errorf("%s is a mutation of the installed Dagster and has no case", field)
		}
	}
}

// TestEveryMutationIsAnsweredAsTheRoleModelSays asks every case as everybody at both gates, and compares with the second engine.
// What may be, then happens once for each code location, and what may not has not happened.
func TestEveryMutationIsAnsweredAsTheRoleModelSays(t *testing.T) {
	g := newGated(t, queued.Start(t), callers())
	x := &matrix{gated: g}
	for _, m := range mutations() {
		for _, p := range []place{etl, reports} {
			if p.name == reports.name && m.whole {
				continue
			}
			x.try(m, p)
		}
	}
	if x.asked < 5000 || x.yes < 500 || x.happened < 100 {
		t.Errorf("%d questions, of which %d were let through, and %d things that happened: that is not everything", x.asked, x.yes, x.happened)
	}
	t.Logf("%d questions: %d cases as %d callers at 2 gates; %d let through, %d happened", x.asked, len(mutations()), len(g.callers), x.yes, x.happened)
}

// A matrix counts what was asked.
type matrix struct {
	*gated
	asked, yes, happened int
	turn                 int // whose turn it is to have something done
}

// try asks one case in one code location.
func (x *matrix) try(m mutation, p place) {
	x.t.Helper()
	v := m.about(&x.ground, p)
	x.unchanged(m, p, v, "at first")
	allowed := map[string][]*caller{}
	for _, deployment := range []string{prod, branch} {
		e := x.gates[deployment]
		e.brake.set(true)
		for i := range x.callers {
			c := &x.callers[i]
			want, missing := x.wants(*c, m, deployment, p)
			a := x.ask(e, c, m.text, m.sent(v))
			x.asked++
			got, err := x.outcome(m, a, missing, e.brake.seen())
			if got != want || err != nil {
				x.t.Errorf("%s in %s of %s as %s: %s, want %s %q: %v\n\t%.400s", m.name, p.name, deployment, c.name, got, want, missing, err, a.text)
			}
			if want == let {
				x.yes++
				allowed[deployment] = append(allowed[deployment], c)
			}
		}
		e.brake.set(false)
	}
	x.unchanged(m, p, v, "after everybody was asked, and nobody was let")
	// In earnest: first somebody who may not, then somebody who may, at the gate of the deployment or of the branch.
	deployment := prod
	if p.name == reports.name {
		deployment = branch
	}
	x.earnest(m, p, v, deployment, allowed[deployment])
}

// unchanged checks that nothing has happened yet.
func (x *matrix) unchanged(m mutation, p place, v vars, when string) {
	x.t.Helper()
	if m.sees == nil {
		return
	}
	if is := m.sees(&x.ground, p, v); is != m.from {
		x.t.Errorf("%s in %s, %s: %q, want %q", m.name, p.name, when, is, m.from)
	}
}

// earnest has a case refused to somebody and done for somebody else, each time another one, with nothing between the gate and
// Dagster.
func (x *matrix) earnest(m mutation, p place, v vars, deployment string, may []*caller) {
	x.t.Helper()
	e := x.gates[deployment]
	for range x.callers {
		x.turn++
		c := &x.callers[x.turn%len(x.callers)]
		if !slices.Contains(may, c) {
			x.ask(e, c, m.text, m.sent(v))
			x.unchanged(m, p, v, "after it was refused to "+c.name)
			break
		}
	}
	if len(may) == 0 {
		x.t.Errorf("%s in %s of %s: nobody may", m.name, p.name, deployment)
		return
	}
	x.turn++
	c := may[x.turn%len(may)]
	a := x.ask(e, c, m.text, m.sent(v))
	x.happened++
	// Dagster answers what it fails at with 500 and the error as data.
	well := a.status == http.StatusOK || m.said == python && a.status == http.StatusInternalServerError
	if !well || m.said != "" && !strings.Contains(a.text, `"`+m.said+`"`) && !strings.Contains(a.text, `"answer":`+m.said) {
		x.t.Errorf("%s in %s of %s as %s: %d %.400s\n\twant %s", m.name, p.name, deployment, c.name, a.status, a.text, m.said)
	}
	if m.sees != nil {
		if is := m.sees(&x.ground, p, v); is != m.to {
			x.t.Errorf("%s in %s of %s as %s, done: %q, want %q", m.name, p.name, deployment, c.name, is, m.to)
		}
	}
}
