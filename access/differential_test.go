package access_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
	"bailiwick/rolemodel"
)

// organizations is how many random organizations the differential test looks at, in so many parallel parts.
// BAILIWICK_ORGANIZATIONS raises it for a longer search; BAILIWICK_SEED moves it to other organizations.
const (
	organizations = 10_000
	parts         = 20
)

// shippedModels reads the editions that the generator makes platforms of.
func shippedModels(t testing.TB) oracle.Models {
	t.Helper()
	models := oracle.Models{}
	for _, name := range oracle.Editions() {
		model, err := rolemodel.Edition(name)
		if err != nil {
			t.Fatal(err)
		}
		models[name] = model
	}
	return models
}

// world is one organization in both engines.
type world struct {
	org     access.Organization
	builtAt time.Time
	snap    *access.Snapshot
	oracle  *oracle.Oracle
}

func newWorld(org access.Organization, builtAt time.Time) (world, error) {
	snap, err := access.Build(org, builtAt)
	return world{org, builtAt, snap, oracle.New(org)}, err
}

// A check looks for one difference between the engines and says what it is, or "".
type check func(w world) string

// TestDifferential compares every way to ask with the naive engine, over random organizations.
func TestDifferential(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	n, first := number(t, "BAILIWICK_ORGANIZATIONS", organizations), number(t, "BAILIWICK_SEED", 0)
	for part := range uint64(parts) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := first + part; seed < first+n; seed += parts {
				compareEngines(t, seed, oracle.SizeFor(seed), models)
			}
		})
	}
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSamePermissions: a permission that only one of the engines knows would never be asked about.
func TestSamePermissions(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	for _, edition := range oracle.Editions() {
		var names []string
		for _, p := range models[edition].Permissions {
			names = append(names, p.Name)
		}
		org := access.Organization{Platforms: []access.Platform{{Slug: "p", Model: models[edition]}}}
		if want := oracle.New(org).Permissions("p"); !sameSet(names, want) {
			t.Errorf("%s: the model has %q, the documents %q", edition, names, want)
		}
	}
}

// FuzzDecide lets the fuzzer choose the organization.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(seed))
	}
	models := shippedModels(f)
	f.Fuzz(func(t *testing.T, seed uint64, size uint8) { compareEngines(t, seed, 1+int(size%8), models) })
}

// compareEngines makes one organization and compares the engines on it.
func compareEngines(t *testing.T, seed uint64, size int, models oracle.Models) {
	t.Helper()
	compareOn(t, seed, size, oracle.Generate(seed, size, models))
}

// compareOn asks about an organization in every way.
func compareOn(t *testing.T, seed uint64, size int, org access.Organization) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0xd1ff))
	questions := oracle.Questions(rng, org, oracle.QuestionsPerOrganization)
	// The moment that a snapshot is compiled for must not show in any answer.
	builtAt := questions[rng.IntN(len(questions))].At
	w, err := newWorld(org, builtAt)
	if err != nil {
		report(t, seed, size, world{org: org, builtAt: builtAt}, func(w world) string {
			if _, err := access.Build(w.org, w.builtAt); err != nil {
				return "Build: " + err.Error()
			}
			return ""
		})
		return
	}
	try := func(c check) {
		if t.Failed() {
			return
		}
		if c(w) != "" {
			report(t, seed, size, w, c)
		}
	}
	try(func(w world) string { return manyAtOnce(w, questions) })
	for i, q := range questions {
		try(func(w world) string { return singly(w, q) })
		if i < 6 {
			try(func(w world) string { return searches(w, q) })
		}
		if i < 12 {
			try(func(w world) string { return explained(w, q) })
		}
		if i < 3 {
			try(func(w world) string { return fixable(w, q) })
			try(func(w world) string { return sameExplanation(w, q, seed) })
		}
	}
	edits := oracle.RandomEdits(rng, org, 1+rng.IntN(4))
	try(func(w world) string { return applied(w, edits, questions) })
	if seed%2 == 0 {
		// Two full evaluations by the oracle are most of the work; every second organization is enough.
		try(func(w world) string { return compared(w, edits, builtAt) })
	}
}

// report shrinks a failing organization and prints it with all that is needed to see the difference again.
func report(t *testing.T, seed uint64, size int, w world, c check) {
	t.Helper()
	small := oracle.Shrink(w.org, func(org access.Organization) bool {
		smaller, err := newWorld(org, w.builtAt)
		return (err == nil || w.snap == nil) && c(smaller) != ""
	})
	smallest, _ := newWorld(small, w.builtAt)
	t.Errorf("seed %d, size %d, built at %s\n%s\n%s", seed, size, w.builtAt.Format(time.RFC3339Nano), c(smallest), oracle.Describe(small))
}

// singly asks one question by names and by handles.
func singly(w world, q access.Question) string {
	want := w.oracle.Allowed(q)
	decision := w.snap.Decide(q)
	if decision.Allowed != want {
		return fmt.Sprintf("%s\nDecide says %v (%s), the oracle %v", oracle.DescribeQuestion(q), decision.Allowed, decision.Code, want)
	}
	if decision.Allowed != (decision.Code == access.Granted) {
		return fmt.Sprintf("%s\nallowed is %v but the code is %s", oracle.DescribeQuestion(q), decision.Allowed, decision.Code)
	}
	platform, _, _ := cutPlatform(q.Resource)
	sub, known1 := w.snap.Subject(q.Subject)
	res, known2 := w.snap.Resource(q.Resource)
	perm, known3 := w.snap.Permission(platform, q.Permission)
	if known1 && known2 && known3 && w.snap.Allowed(sub, perm, res, q.At) != want {
		return fmt.Sprintf("%s\nAllowed by handles says %v", oracle.DescribeQuestion(q), !want)
	}
	if want && (!known1 || !known2 || !known3) {
		return fmt.Sprintf("%s\nallowed, but a handle is missing: subject %v, resource %v, permission %v",
			oracle.DescribeQuestion(q), known1, known2, known3)
	}
	return ""
}

// manyAtOnce asks all questions in one call.
func manyAtOnce(w world, questions []access.Question) string {
	for i, d := range w.snap.DecideMany(questions) {
		if single := w.snap.Decide(questions[i]); d != single {
			return fmt.Sprintf("%s\nDecideMany says %v, Decide %v", oracle.DescribeQuestion(questions[i]), d, single)
		}
	}
	return ""
}

// searches compares each list with the filter of all single questions.
func searches(w world, q access.Question) string {
	platform, _, found := cutPlatform(q.Resource)
	if !found {
		return ""
	}
	who, _ := w.snap.SearchSubjects(q.Permission, q.Resource, q.At)
	if want := w.oracle.SubjectsWith(q.Permission, q.Resource, q.At); !slices.Equal(who, want) {
		return fmt.Sprintf("who %s?\nSearchSubjects says %v, the oracle %v", oracle.DescribeQuestion(q), who, want)
	}
	where, _ := w.snap.SearchResources(q.Subject, q.Permission, platform, q.At)
	if want := w.oracle.ResourcesWith(q.Subject, q.Permission, platform, q.At); !slices.Equal(where, want) {
		return fmt.Sprintf("where %s?\nSearchResources says %q, the oracle %q", oracle.DescribeQuestion(q), where, want)
	}
	want := w.oracle.PermissionsWith(q.Subject, q.Resource, q.At)
	what, _ := w.snap.SearchPermissions(q.Subject, q.Resource, q.At)
	if !sameSet(what, want) {
		return fmt.Sprintf("what %s?\nSearchPermissions says %q, the oracle %q", oracle.DescribeQuestion(q), what, want)
	}
	effective, _ := w.snap.Effective(q.Subject, q.Resource, q.At)
	if !slices.Equal(effective.Permissions, what) {
		return fmt.Sprintf("what %s?\nEffective says %q, SearchPermissions %q", oracle.DescribeQuestion(q), effective.Permissions, what)
	}
	return searchesByHandle(w, q, platform, who, where)
}

func searchesByHandle(w world, q access.Question, platform string, who []access.Subject, where []string) string {
	perm, known := w.snap.Permission(platform, q.Permission)
	if !known {
		return ""
	}
	if res, known := w.snap.Resource(q.Resource); known {
		var got []access.Subject
		for _, id := range w.snap.SubjectsWith(perm, res, q.At, nil) {
			got = append(got, w.snap.Holder(id))
		}
		slices.SortFunc(got, func(a, b access.Subject) int { return compareStrings(a.String(), b.String()) })
		if !slices.Equal(got, who) {
			return fmt.Sprintf("who %s?\nSubjectsWith says %v, SearchSubjects %v", oracle.DescribeQuestion(q), got, who)
		}
	}
	if sub, known := w.snap.Subject(q.Subject); known {
		var got []string
		for _, id := range w.snap.ResourcesWith(sub, perm, q.At, nil) {
			got = append(got, w.snap.Path(id))
		}
		if !sameSet(got, where) {
			return fmt.Sprintf("where %s?\nResourcesWith says %q, SearchResources %q", oracle.DescribeQuestion(q), got, where)
		}
	}
	return ""
}
