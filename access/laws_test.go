package access_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// A law says what a change of an organization may and may not do to its answers. It needs no second engine.
//
// "Adding a grant never removes access" has an exception in principle: an organization role takes the place of a
// model's member role. No shipped edition has an organization role that contains less than its member role, so here it
// holds without exception. A license is no grant: another one may give and take.
type law struct {
	name string
	// change makes another organization; it is not possible on every one.
	change func(rng *rand.Rand, org access.Organization) (consequence, bool)
}

// A consequence is a changed organization, how a question is put to it, and which pair of answers breaks the law.
type consequence struct {
	org   access.Organization
	ask   func(access.Question) access.Question
	wrong func(q access.Question, before, after bool) bool
}

// lawOrganizations is how many random organizations each law is held against.
const lawOrganizations = 400

func TestLaws(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	for _, l := range laws() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			tried, moved := 0, 0
			for seed := range uint64(lawOrganizations) {
				org := oracle.Generate(seed, oracle.SizeFor(seed), models)
				rng := rand.New(rand.NewPCG(seed, 0x1a55))
				c, possible := l.change(rng, oracle.Clone(org))
				if !possible {
					continue
				}
				tried++
				moved += holds(t, seed, rng, org, c)
			}
			if tried < lawOrganizations/10 {
				t.Errorf("could be tried in %d organizations only", tried)
			}
			t.Logf("%d organizations, %d answers changed", tried, moved)
		})
	}
}

// holds puts questions to both organizations and returns how many answers changed.
func holds(t *testing.T, seed uint64, rng *rand.Rand, org access.Organization, c consequence) (moved int) {
	t.Helper()
	before, err := access.Build(org, oracle.Noon)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	after, err := access.Build(c.org, oracle.Noon)
	if err != nil {
		t.Fatalf("seed %d, changed: %v\n%s", seed, err, oracle.Describe(c.org))
	}
	for _, q := range oracle.Questions(rng, org, 2*oracle.QuestionsPerOrganization) {
		asked := q
		if c.ask != nil {
			asked = c.ask(q)
		}
		first, second := before.Decide(q).Allowed, after.Decide(asked).Allowed
		if first != second {
			moved++
		}
		if c.wrong(q, first, second) {
			t.Fatalf("seed %d: %s\nbefore %v, after %v\nbefore:\n%s\nafter:\n%s", seed, oracle.DescribeQuestion(q), first, second,
				oracle.Describe(org), oracle.Describe(c.org))
		}
	}
	return moved
}

func neverTakes(_ access.Question, before, after bool) bool { return before && !after }
func neverGives(_ access.Question, before, after bool) bool { return !before && after }
func sameAnswer(_ access.Question, before, after bool) bool { return before != after }

// nothingFor: the subject has nothing afterwards, and nobody else notices.
func nothingFor(s access.Subject) func(access.Question, bool, bool) bool {
	return func(q access.Question, before, after bool) bool {
		if q.Subject == s {
			return after
		}
		return before != after
	}
}

func laws() []law {
	return []law{
		{"adding a grant never removes access", func(rng *rand.Rand, org access.Organization) (consequence, bool) {
			return editOfKind(rng, org, oracle.AddGrant, neverTakes)
		}},
		{"removing a grant never gives access", func(rng *rand.Rand, org access.Organization) (consequence, bool) {
			return editOfKind(rng, org, oracle.RemoveGrant, neverGives)
		}},
		{"joining a team never removes access", func(rng *rand.Rand, org access.Organization) (consequence, bool) {
			return editOfKind(rng, org, oracle.Join, neverTakes)
		}},
		{"leaving a team never gives access", func(rng *rand.Rand, org access.Organization) (consequence, bool) {
			return editOfKind(rng, org, oracle.Leave, neverGives)
		}},
		{"a new person, team or resource changes nobody's answers", aNewThing},
		{"removing a subject removes all it had and nothing else", removingASubject},
		{"deactivating gives nothing", deactivating},
		{"reactivating gives back what was there", reactivating},
		{"the order of facts never matters", shuffling},
		{"renaming changes nothing", renaming},
		{"moving all windows with the question changes nothing", movingTime},
		{"narrowing a window never adds", narrowing},
		{"a window cut in two changes nothing", cuttingAWindow},
		{"fewer environment categories never give access", fewerCategories},
		{"the same grant twice changes nothing", doubling},
		{"grants held through a team of one are worth the same", throughATeam},
		{"taking a license away gives nothing", withoutALicense},
	}
}

// editOfKind waits for the generator of edits to make one of a kind.
func editOfKind(rng *rand.Rand, org access.Organization, kind oracle.EditKind, wrong func(access.Question, bool, bool) bool) (consequence, bool) {
	for range 60 {
		for _, e := range oracle.RandomEdits(rng, org, 1) {
			if e.Kind == kind {
				return consequence{org: e.Do(org), wrong: wrong}, true
			}
		}
	}
	return consequence{}, false
}

func aNewThing(rng *rand.Rand, org access.Organization) (consequence, bool) {
	kind := []oracle.EditKind{oracle.PutServiceUser, oracle.PutAgent, oracle.PutTeam}[rng.IntN(3)]
	c, possible := editOfKind(rng, org, kind, sameAnswer)
	c.ask = func(q access.Question) access.Question { return q }
	return c, possible
}

func removingASubject(rng *rand.Rand, org access.Organization) (consequence, bool) {
	subjects := oracle.New(org).Subjects()
	s := subjects[rng.IntN(len(subjects))]
	return consequence{org: oracle.Edit{Kind: oracle.RemoveSubject, Subject: s}.Do(org), wrong: nothingFor(s)}, true
}

func deactivating(rng *rand.Rand, org access.Organization) (consequence, bool) {
	i := rng.IntN(len(org.Users))
	org.Users[i].Inactive = true
	return consequence{org: org, wrong: nothingFor(access.Subject{Kind: access.User, ID: org.Users[i].ID})}, true
}

func reactivating(_ *rand.Rand, org access.Organization) (consequence, bool) {
	for i := range org.Users {
		if org.Users[i].Inactive {
			org.Users[i].Inactive = false
			return consequence{org: org, wrong: neverTakes}, true
		}
	}
	return consequence{}, false
}

func shuffling(rng *rand.Rand, org access.Organization) (consequence, bool) {
	oracle.Shuffle(rng, &org)
	return consequence{org: org, wrong: sameAnswer}, true
}

// withoutALicense is about a user with the license under which its teams' grants count: the others replace them.
func withoutALicense(_ *rand.Rand, org access.Organization) (consequence, bool) {
	for i, u := range org.Users {
		for platform := range u.Licenses {
			delete(org.Users[i].Licenses, platform)
			return consequence{org: org, wrong: neverGives}, true
		}
	}
	return consequence{}, false
}

// TestAskedAboveMeansEverythingBeneath: who may do something above may do it at each place beneath. A deployment is above
// its locations, not above its branch deployments.
func TestAskedAboveMeansEverythingBeneath(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	for seed := range uint64(lawOrganizations) {
		org := oracle.Generate(seed, oracle.SizeFor(seed), models)
		snap, err := access.Build(org, oracle.Noon)
		if err != nil {
			t.Fatal(err)
		}
		o := oracle.New(org)
		for _, q := range oracle.Questions(rand.New(rand.NewPCG(seed, 3)), org, oracle.QuestionsPerOrganization) {
			if !snap.Decide(q).Allowed {
				continue
			}
			platform, _, _ := cutPlatform(q.Resource)
			for _, path := range o.Resources(platform) {
				if !isBeneath(path, q.Resource) || !o.AtOwnLevel(q.Permission, path) {
					continue
				}
				at := access.Question{Subject: q.Subject, Permission: q.Permission, Resource: path, At: q.At}
				if !snap.Decide(at).Allowed {
					t.Fatalf("seed %d: allowed: %s\ndenied: %s\n%s", seed, oracle.DescribeQuestion(q), oracle.DescribeQuestion(at), oracle.Describe(org))
				}
			}
		}
	}
}

// TestCompareIsAntisymmetric: what one direction gains the other loses, and nothing differs from itself.
func TestCompareIsAntisymmetric(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	for seed := range uint64(lawOrganizations) {
		rng := rand.New(rand.NewPCG(seed, 4))
		org := oracle.Generate(seed, oracle.SizeFor(seed), models)
		other := org
		for _, e := range oracle.RandomEdits(rng, org, 3) {
			other = e.Do(other)
		}
		from, err := access.Build(org, oracle.Noon)
		if err != nil {
			t.Fatal(err)
		}
		to, err := access.Build(other, oracle.Noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if same := access.Compare(from, from, oracle.Noon); len(same) > 0 {
			t.Fatalf("seed %d: differs from itself: %v", seed, same)
		}
		there, back := access.Compare(from, to, oracle.Noon), access.Compare(to, from, oracle.Noon)
		for i := range back {
			back[i].Gained, back[i].Lost = back[i].Lost, back[i].Gained
		}
		if !slices.Equal(differencesAsText(there), differencesAsText(back)) {
			t.Fatalf("seed %d: there %v, back %v", seed, there, back)
		}
	}
}
