package change_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
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
	for _, g := range gains(before, o.now, want) {
		if s.do != "rename" && s.do != "recall" && !before.mayGive(asker{s.by, s.only}, g, false) {
			return fmt.Sprintf("%v was gained, and %s may not give it", g, s.by)
		}
	}
	for slug := range simulated {
		if len(o.now.administrators(slug)) == 0 {
			return "nobody administers " + slug
		}
	}
	if !o.now.same(want) {
		return "the facts are not those of the model: " + o.now.differs(want)
	}
	engine := want.oracle(want.grants)
	for _, q := range questions {
		if o.decide(q) != engine.Allowed(q) {
			return fmt.Sprintf("%v: the server says %v", q, o.decide(q))
		}
	}
	return ""
}

// observe reads what is true from the server, in hours since a start.
func (w *world) observe(start time.Time, tick int) *naive {
	n := &naive{start: start, tick: tick, active: map[string]bool{}, enters: map[string]bool{}, on: map[string]bool{}, signed: map[string]bool{},
		teams: map[string]map[string]bool{}, grants: map[held]bool{}, places: map[string]string{}, roles: map[called]custom{}}
	for id, u := range w.now().Users() {
		n.active[id] = !u.Inactive
		for token := range w.now().TokensOf(access.Subject{Kind: access.User, ID: id}) {
			if !token.Ended {
				n.enters[id] = true
			}
		}
		for _, slug := range u.On {
			n.on[id+" "+slug] = true
		}
		for _, slug := range u.SignedIn {
			n.signed[id+" "+slug] = true
		}
	}
	for id := range w.now().Teams() {
		n.teams[id] = map[string]bool{}
		for _, u := range w.now().Members(id) {
			n.teams[id][u] = true
		}
	}
	hour := func(at time.Time) int {
		if at.IsZero() {
			return 0
		}
		return int(at.Sub(start).Round(time.Hour)/time.Hour) + 1
	}
	for _, g := range w.now().Grants() {
		n.grants[held{g.To.String(), g.Role, g.On, hour(g.From), hour(g.Until)}] = true
	}
	for slug := range simulated {
		for path, r := range w.now().Resources(slug) {
			n.places[path] = r.Category
		}
		for _, r := range w.now().Platform(slug).Roles {
			kind := "deployment"
			if slices.Contains(r.At, "organization") {
				kind = "organization"
			}
			n.roles[called{slug, r.Name}] = custom{kind, r.BasedOn, strings.Join(r.Permissions, " ")}
		}
	}
	return n
}

// populate makes the organization of the simulation: people of every power on four platforms. Besides those of company and
// warehouse: oz owns Astro, wes a workspace of it; tom has the top role everywhere; quiet cannot sign in.
func (w *world) populate() {
	w.dagster()
	w.warehouse()
	w.must(w.as("ada@acme.test"), add("dan@acme.test", "dagster"), add("vi@acme.test", "dagster"), grant("user:dan@acme.test", "admin", "dagster/prod"))
	w.must(w.as("ann@acme.test"), client.GrantRemove{Grant: client.Grant{To: "team:devs", Role: "developer", On: "dbt/jaffle", Environments: []string{"development"}}})
	w.must(w.owner, client.PlatformAttach{Platform: "astro", Model: "astro-2024"}, client.PlatformAttach{Platform: "astro22", Model: "astro-2022"},
		add("oz@acme.test", "astro"), add("wes@acme.test", "astro", "astro22"), add("tom@acme.test"), add("quiet@acme.test"), client.TeamCreate{Team: "crew", Members: []string{"wes@acme.test"}},
		client.ResourceCreate{Resource: "astro/ml"}, client.ResourceCreate{Resource: "astro/ml/train"}, client.ResourceCreate{Resource: "astro22/bi"},
		grant("user:oz@acme.test", "organization_owner", "astro"), grant("user:wes@acme.test", "workspace_owner", "astro/ml"), grant("team:crew", "organization_member", "astro"),
		grant("user:wes@acme.test", "organization_owner", "astro22"), grant("user:tom@acme.test", "organization_owner", "astro"), grant("user:tom@acme.test", "organization_owner", "astro22"))
	w.must(w.as("ada@acme.test"), grant("user:tom@acme.test", "organization_admin", "dagster"))
	w.must(w.as("ann@acme.test"), client.TeamJoin{Team: "owners", Members: []string{"tom@acme.test"}})
	// dev makes deployments and gives nothing; enough of the others may be among the first to sign in.
	w.must(w.as("ada@acme.test"), client.RolePut{Platform: "dagster", Role: "clerk", At: "organization", Permissions: []string{"deployments.create", "custom_roles.edit"}}, grant("user:dev@acme.test", "clerk", "dagster"))
	for _, name := range []string{"dan", "vi", "dev", "sec", "ann"} {
		w.must(w.as("wes@acme.test"), client.MemberAdd{User: name + "@acme.test", Platform: "astro22"})
	}
	for _, name := range []string{"dan", "vi", "ada", "olga", "oz", "wes", "tom", "quiet"} {
		w.must(w.as("ann@acme.test"), client.LicenseSet{User: name + "@acme.test", Platform: "dbt", License: "developer"})
	}
	w.canSignIn("olga@acme.test", "ada@acme.test", "dan@acme.test", "vi@acme.test", "sec@acme.test", "dev@acme.test", "oz@acme.test", "wes@acme.test", "tom@acme.test")
}

// TestSimulation lets random people try random changes, and holds every answer against the naive account. More steps, or
// a seed that failed: BAILIWICK_STEPS=100000 BAILIWICK_SEED=7.
func TestSimulation(t *testing.T) {
	steps, seed := 1000, uint64(20261122)
	if text := os.Getenv("BAILIWICK_STEPS"); text != "" {
		steps, _ = strconv.Atoi(text)
	}
	if text := os.Getenv("BAILIWICK_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	onBoth(t, func(t *testing.T, w *world) {
		w.populate()
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation is to be repeatable
		start, tick := w.engine.Now().Truncate(time.Microsecond), 1
		tried, accepted := map[string]int{}, map[string]int{}
		for i := range steps {
			if r.IntN(10) == 0 {
				tick++
				w.ahead.Add(int64(time.Hour))
			}
			before := w.observe(start, tick)
			d := w.dice(r, before)
			s := d.step()
			err := w.tryStep(before, s)
			if kind := fault.Of(err); err != nil && (kind == fault.Internal || kind == fault.Unavailable) {
				t.Fatalf("seed %d, step %d: %v", seed, i, err)
			}
			if tried[s.do]++; err == nil {
				accepted[s.do]++
			}
			if i%100 == 99 {
				w.reopen()
			}
			o := outcome{accepted: err == nil, now: w.observe(start, tick), decide: func(q access.Question) bool { return w.now().Decide(q).Allowed }}
			if wrong := judge(before, s, o, d.questions(s, w.engine.Now())); wrong != "" {
				t.Fatalf("seed %d, step %d, %s: %s (%v)", seed, i, w.now().Readable(fmt.Sprintf("%+v", s)), w.now().Readable(wrong), err)
			}
		}
		w.sound()
		for do, n := range tried {
			if n > 20 && (accepted[do] == 0 || accepted[do] == n && do != "signin") { // a sign-in is no request
				t.Errorf("%d of %d times %s was accepted: the simulation tries too little of one kind", accepted[do], n, do)
			}
		}
	})
}

// A check that cannot fail is none: each of these outcomes is wrong, and must be seen.
func TestTheSimulationSeesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.populate()
	before := w.observe(w.engine.Now().Truncate(time.Microsecond), 1)
	id := func(email string) string { return w.as(email).Subject.ID }
	good := step{by: id("ada@acme.test"), do: "give", g: held{to: "user:" + id("vi@acme.test"), role: "editor", on: "dagster/prod"}}
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
