package oracle

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// Moments lists the times worth asking about: each end of each window, the instant before and after it, and Noon.
func Moments(org access.Organization) []time.Time {
	moments := []time.Time{Noon}
	for _, g := range org.Grants {
		for _, end := range []time.Time{g.From, g.Until} {
			if !end.IsZero() {
				moments = append(moments, end, end.Add(-1), end.Add(1))
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// Questions makes n random questions about an organization: mostly such as may be asked, sometimes about unknown names,
// below the permission's level or to a team.
func Questions(rng *rand.Rand, org access.Organization, n int) []access.Question {
	o := New(org)
	subjects, moments := o.Subjects(), Moments(org)
	var questions []access.Question
	for len(questions) < n {
		p := pick(rng, org.Platforms)
		paths := append(o.Resources(p.Slug), o.Scopes(p.Slug)...)
		q := access.Question{
			Subject:    pick(rng, subjects),
			Permission: pick(rng, o.rulesOf(p).permissions()),
			Resource:   pick(rng, paths),
			At:         pick(rng, moments),
		}
		if chance(rng, 30) {
			q.At = pick(rng, append([]time.Time{{}}, extremes...))
		}
		if len(org.Grants) > 0 && chance(rng, 2) {
			q = near(rng, o, q)
			paths = []string{q.Resource}
			p, _ = o.platformOf(q.Resource)
		}
		for range 20 {
			if o.Askable(q.Permission, q.Resource) {
				break
			}
			q.Permission, q.Resource = pick(rng, o.rulesOf(p).permissions()), pick(rng, paths)
		}
		if chance(rng, 20) {
			q = spoil(rng, org, q)
		}
		questions = append(questions, q)
	}
	return questions
}

// near turns a question towards a grant: to its holder or a member of its team, at its scope, beneath or above it.
func near(rng *rand.Rand, o *Oracle, q access.Question) access.Question {
	g := pick(rng, o.org.Grants)
	for _, s := range o.Subjects() {
		if s == g.To || o.isMember(s, g.To) {
			q.Subject = s
			break
		}
	}
	p, _ := o.platformOf(g.On)
	paths := []string{g.On, g.On, p.Slug}
	scope := strings.TrimSuffix(strings.TrimSuffix(g.On, "*"), "branch:")
	for _, path := range append(o.Resources(p.Slug), o.Scopes(p.Slug)...) {
		if strings.HasPrefix(path, scope) {
			paths = append(paths, path)
		}
	}
	q.Resource = pick(rng, paths)
	return q
}

// spoil makes a question to which the answer is no for a reason other than missing grants.
func spoil(rng *rand.Rand, org access.Organization, q access.Question) access.Question {
	switch rng.IntN(6) {
	case 0:
		q.Subject = pick(rng, []access.Subject{{Kind: access.User, ID: "nobody@acme.test"}, {}, {Kind: access.Agent, ID: q.Subject.ID}})
	case 1:
		if len(org.Teams) > 0 {
			q.Subject = access.Subject{Kind: access.Team, ID: pick(rng, org.Teams).Name}
		}
	case 2:
		q.Permission = pick(rng, []string{"", "runs.", "runs.view ", "Runs.view", "everything", "agents.connect", "jobs.write", "dags.view"})
	case 3:
		q.Resource += pick(rng, []string{"/", "/nothing", "/*", "/branch:*", " ", "/branch:", "/branch:nothing"})
	case 4:
		q.Resource = pick(rng, []string{"", "/", "nothing", "*", "dagster/", "dagster/*", "dbt/branch:*", "airflow/*"})
	case 5:
		o := New(org)
		p := pick(rng, org.Platforms)
		q.Permission = pick(rng, o.rulesOf(p).permissions())
	}
	return q
}

// QuestionsPerOrganization is how many random questions the differential test asks about one random organization.
const QuestionsPerOrganization = 60

// SizeFor spreads the sizes of generated organizations over their seeds: many small ones, which shrink well, and some in
// which more meets.
func SizeFor(seed uint64) int { return 1 + int(seed%5) }
