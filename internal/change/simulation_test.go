package change_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// outcome is what came of a step: what is true now, and what was answered.
type outcome struct {
	accepted bool
	now      *naive
	decide   func(access.Question) bool
}

// judge compares an outcome with what the documents say; "" where they agree. It is the only judge, so that it can be tried.
func judge(before *naive, s step, o outcome, questions []access.Question) string {
	want := before.after(s)
	if o.accepted != (want != nil) {
		return fmt.Sprintf("accepted is %v, and the documents say %v", o.accepted, want != nil)
	}
	if want == nil {
		want = before
	}
	for g := range o.now.grants {
		if !before.grants[g] && !before.mayGive(s.by, g, false) {
			return fmt.Sprintf("%v was gained, and %s may not give it", g, s.by)
		}
	}
	same := maps.Equal(o.now.grants, want.grants) && maps.Equal(o.now.active, want.active) && maps.EqualFunc(o.now.teams, want.teams, maps.Equal)
	for _, platform := range []string{"org", "dagster", "dbt"} {
		if len(o.now.administrators(platform)) == 0 {
			return "nobody administers " + platform
		}
	}
	if !same {
		return "the facts are not those of the model"
	}
	engine := want.oracle()
	for _, q := range questions {
		if o.decide(q) != engine.Allowed(q) {
			return fmt.Sprintf("%v: the server says %v", q, o.decide(q))
		}
	}
	return ""
}

// observe reads what is true from the server.
func (w *world) observe() *naive {
	n := &naive{active: map[string]bool{}, on: map[string]bool{}, teams: map[string]map[string]bool{}, grants: map[held]bool{}}
	for id, u := range w.now().Users() {
		n.active[id] = !u.Inactive
	}
	for id := range w.now().Teams() {
		n.teams[id] = map[string]bool{}
		for _, u := range w.now().Members(id) {
			n.teams[id][u] = true
		}
	}
	for _, g := range w.now().Grants() {
		n.grants[held{g.To.String(), g.Role, g.On}] = true
	}
	return n
}

// populate makes the organization of the simulation: people of every power on two platforms.
func (w *world) populate() {
	w.dagster()
	w.warehouse()
	w.must(w.as("ada@acme.test"), add("dan@acme.test", "dagster"), add("vi@acme.test", "dagster"), grant("user:dan@acme.test", "admin", "dagster/prod"))
	w.must(w.as("ann@acme.test"), client.GrantRemove{Grant: client.Grant{To: "team:devs", Role: "developer", On: "dbt/jaffle", Environments: []string{"development"}}})
	for _, email := range []string{"dan@acme.test", "vi@acme.test", "ada@acme.test"} {
		w.must(w.as("ann@acme.test"), client.LicenseSet{User: email, Platform: "dbt", License: "developer"})
	}
	w.must(w.as("ann@acme.test"), client.LicenseSet{User: "olga@acme.test", Platform: "dbt", License: "developer"})
	w.canSignIn("ada@acme.test", "dan@acme.test", "vi@acme.test", "sec@acme.test", "dev@acme.test")
}

func draw[V any](r *rand.Rand, list []V) V { return list[r.IntN(len(list))] }

// random makes up a step, forbidden ones as often as not.
func random(r *rand.Rand, w *world, n *naive) step {
	// In the order of names: ids differ from run to run, and a seed must not.
	name := func(id string) string { return w.now().Readable(id) }
	byName := func(a, b string) int { return strings.Compare(name(a), name(b)) }
	users, teams := slices.SortedFunc(maps.Keys(n.active), byName), slices.SortedFunc(maps.Keys(n.teams), byName)
	s := step{by: draw(r, users), who: draw(r, users), team: draw(r, teams), do: draw(r, []string{"give", "give", "give", "take", "take", "join", "join", "leave", "deactivate", "reactivate", "reactivate"})}
	switch r.IntN(8) {
	case 0:
		s.g = held{"user:" + s.who, "owner", "org"}
	case 1:
		s.g = held{draw(r, []string{"user:" + s.who, "team:" + s.team}), "organization_admin", "dagster"}
	case 2, 3, 4:
		s.g = held{draw(r, []string{"user:" + s.who, "team:" + s.team}), draw(r, []string{"viewer", "launcher", "editor", "admin"}), draw(r, []string{"dagster/prod", "dagster/dev"})}
	case 5:
		s.g = held{"team:" + s.team, draw(r, []string{"account_admin", "security_admin", "billing_admin"}), "dbt"}
	default:
		s.g = held{"team:" + s.team, draw(r, []string{"admin", "job_admin", "stakeholder"}), draw(r, []string{"dbt/jaffle", "dbt/*", "dbt/other"})}
	}
	if list := slices.Collect(maps.Keys(n.grants)); s.do == "take" && r.IntN(4) > 0 {
		slices.SortFunc(list, func(a, b held) int { return byName(fmt.Sprint(a), fmt.Sprint(b)) })
		s.g = draw(r, list)
	}
	return s
}

func (s step) command() client.Command {
	switch s.do {
	case "give":
		return grant(s.g.to, s.g.role, s.g.on)
	case "take":
		return take(s.g.to, s.g.role, s.g.on)
	case "join":
		return client.TeamJoin{Team: s.team, Members: []string{s.who}}
	case "leave":
		return client.TeamLeave{Team: s.team, Members: []string{s.who}}
	case "deactivate":
		return client.UserDeactivate{User: s.who}
	}
	return client.UserReactivate{User: s.who}
}

func someQuestions(r *rand.Rand, w *world, n *naive) (list []access.Question) {
	asked := [][2]string{{"runs.view", "dagster/prod/etl"}, {"runs.launch", "dagster/dev/etl"}, {"team_permissions.edit", "dagster/prod"}, {"users.edit_roles", "dagster"},
		{"groups.write", "dbt"}, {"members.write", "dbt"}, {"develop.write", "dbt/jaffle"}, {"permissions.write", "dbt/other"}, {"users.manage", "org"}}
	users := slices.SortedFunc(maps.Keys(n.active), func(a, b string) int { return strings.Compare(w.now().Readable(a), w.now().Readable(b)) })
	for range 12 {
		q := draw(r, asked)
		list = append(list, access.Question{Subject: access.Subject{Kind: access.User, ID: draw(r, users)}, Permission: q[0], Resource: q[1], At: w.engine.Now()})
	}
	return list
}

// TestSimulation lets random people try random changes, and holds every answer against the naive account. More steps, or
// a seed that failed: BAILIWICK_STEPS=100000 BAILIWICK_SEED=7.
func TestSimulation(t *testing.T) {
	steps, seed := 400, uint64(20261122)
	if text := os.Getenv("BAILIWICK_STEPS"); text != "" {
		steps, _ = strconv.Atoi(text)
	}
	if text := os.Getenv("BAILIWICK_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	onBoth(t, func(t *testing.T, w *world) {
		w.populate()
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation is to be repeatable
		accepted := 0
		for i := range steps {
			before := w.observe()
			s := random(r, w, before)
			actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: s.by}, Via: "test"}
			_, err := w.Do(context.Background(), acme, actor, change.How{}, s.command())
			if kind := fault.Of(err); err != nil && (kind == fault.Internal || kind == fault.Unavailable) {
				t.Fatalf("seed %d, step %d: %v", seed, i, err)
			}
			if err == nil {
				accepted++
			}
			if i%100 == 99 {
				w.reopen()
			}
			o := outcome{accepted: err == nil, now: w.observe(), decide: func(q access.Question) bool { return w.now().Decide(q).Allowed }}
			if wrong := judge(before, s, o, someQuestions(r, w, before)); wrong != "" {
				t.Fatalf("seed %d, step %d, %s: %s (%v)", seed, i, w.now().Readable(fmt.Sprintf("%+v", s)), w.now().Readable(wrong), err)
			}
		}
		w.sound()
		if accepted < steps/10 || accepted > steps*9/10 {
			t.Errorf("%d of %d steps were accepted: the simulation tries too little of one kind", accepted, steps)
		}
	})
}

// A check that cannot fail is none: each of these outcomes is wrong, and must be seen.
func TestTheSimulationSeesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.populate()
	before := w.observe()
	id := func(email string) string { return w.as(email).Subject.ID }
	good := step{by: id("ada@acme.test"), do: "give", g: held{"user:" + id("vi@acme.test"), "editor", "dagster/prod"}}
	bad := step{by: id("vi@acme.test"), do: "give", g: good.g}
	questions := []access.Question{{Subject: w.as("vi@acme.test").Subject, Permission: "users.edit_roles", Resource: "dagster", At: w.engine.Now()}}
	no := func(access.Question) bool { return false }
	after := before.after(good)
	if wrong := judge(before, good, outcome{true, after, no}, questions); wrong != "" {
		t.Fatalf("what is right is called wrong: %s", wrong)
	}
	spoilt := func(from *naive, spoil func(*naive)) *naive {
		n := from.clone()
		spoil(n)
		return n
	}
	for name, o := range map[string]struct {
		s step
		o outcome
	}{
		"the guard lets a forbidden grant through": {bad, outcome{true, after, no}},
		"what is allowed is refused":               {good, outcome{false, before, no}},
		"somebody joins a team besides": {good, outcome{true, spoilt(after, func(n *naive) {
			n.teams[w.now().TeamByName("owners").ID][id("vi@acme.test")] = true
		}), no}},
		"a refused change leaves a line": {bad, outcome{false, after, no}},
		"the last administrator is gone": {good, outcome{true, spoilt(after, func(n *naive) { n.active[id("ada@acme.test")] = false }), no}},
		"a decision is wrong":            {good, outcome{true, after, func(access.Question) bool { return true }}},
	} {
		if judge(before, o.s, o.o, questions) == "" {
			t.Errorf("not seen: %s", name)
		}
	}
}
