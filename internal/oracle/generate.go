package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bailiwick/access"
)

// Noon is the moment around which generated windows begin and end.
var Noon = time.Date(2027, time.January, 1, 12, 0, 0, 0, time.UTC)

// ticks are the hours from Noon at which windows begin and end: few, so that ends meet beginnings and questions.
var ticks = []int{-2, -1, 0, 1, 2}

// extremes are moments that programs have taken for "never", "always" or an overflow.
var extremes = []time.Time{
	time.Unix(0, 0).UTC(), time.Unix(-1, 0).UTC(), time.Unix(0, 1000).UTC(), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC),
	time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	Noon.Add(time.Microsecond), Noon.Add(500 * time.Millisecond).In(time.FixedZone("", 3600)),
}

// Models maps the name of an edition to its model. The oracle reads only the name; the production engine needs the rest.
type Models map[string]*access.Model

// NamedModels returns models that have a name and nothing else.
func NamedModels() Models {
	models := Models{}
	for _, name := range Editions() {
		models[name] = &access.Model{Edition: name}
	}
	return models
}

// generator holds what one run of Generate is making.
type generator struct {
	rng    *rand.Rand
	size   int
	models Models
	org    access.Organization
}

// Generate makes a random organization; the same seed, size and editions make the same one. Size 1 is a handful of facts;
// each step adds some people, teams, resources and grants.
func Generate(seed uint64, size int, models Models) access.Organization {
	g := generator{rng: rand.New(rand.NewPCG(seed, 0x0ff1ce)), size: max(size, 1), models: models}
	g.org.Name = "acme"
	g.platforms()
	g.people()
	for _, p := range g.org.Platforms {
		g.grantsOn(p)
	}
	g.shuffle()
	return g.org
}

// platforms attaches any combination, at least one; now and then two of one kind.
func (g *generator) platforms() {
	slugs := map[string]string{
		DagsterPlus: "dagster", DagsterCloud2023: "dagster-cloud", DbtEnterprise: "dbt",
		Astro2022: "airflow", Astro2024: "astro", Directory: "org",
	}
	for len(g.org.Platforms) == 0 {
		for _, edition := range Editions() {
			rare := 3
			if edition == Directory {
				rare = 6
			}
			if g.models[edition] == nil || !chance(g.rng, rare) {
				continue
			}
			g.platform(slugs[edition], edition)
			if edition != Directory && chance(g.rng, 12) {
				g.platform(slugs[edition]+"-2", edition)
			}
		}
	}
}

func (g *generator) platform(slug, edition string) {
	p := access.Platform{Slug: slug, Model: g.models[edition]}
	switch edition {
	case DagsterPlus, DagsterCloud2023:
		g.dagsterTree(&p)
		if edition == DagsterPlus {
			g.dagsterRoles(&p)
		}
	case DbtEnterprise:
		g.dbtTree(&p)
	case Astro2022, Astro2024:
		g.astroTree(&p)
		if edition == Astro2024 {
			g.astroCustomRoles(&p)
		}
	}
	g.org.Platforms = append(g.org.Platforms, p)
}

// people makes users, service users, agents and teams.
func (g *generator) people() {
	for i := range 1 + g.rng.IntN(g.size+1) {
		g.org.Users = append(g.org.Users, g.user(i))
	}
	for i := range g.rng.IntN(min(g.size, 3)) {
		g.org.ServiceUsers = append(g.org.ServiceUsers, []string{"ci", "deploy bot", "ana@acme.test"}[i])
	}
	for i := range g.rng.IntN(min(g.size, 3)) {
		g.org.Agents = append(g.org.Agents, []string{"k8s", "ci", "agent/7"}[i])
	}
	for i := range g.rng.IntN(g.size + 1) {
		team := access.TeamFacts{Name: []string{"data", "Data", "data ", "ci", "größe", "a/b", "ana@acme.test"}[i%7] + times("+", i/7)}
		for _, u := range g.org.Users {
			if chance(g.rng, 2) {
				team.Members = append(team.Members, u.ID)
			}
		}
		g.org.Teams = append(g.org.Teams, team)
	}
}

func (g *generator) user(i int) access.UserFacts {
	u := access.UserFacts{ID: people[i%len(people)] + times("+", i/len(people)) + "@acme.test", Inactive: chance(g.rng, 7)}
	for _, p := range g.org.Platforms {
		if p.Model.Edition == DbtEnterprise && !chance(g.rng, 5) {
			if u.Licenses == nil {
				u.Licenses = map[string]string{}
			}
			u.Licenses[p.Slug] = pick(g.rng, []string{"developer", "developer", "developer", "read_only", "it"})
		}
		if chance(g.rng, 4) {
			u.On = append(u.On, p.Slug)
		}
	}
	return u
}

func times(s string, n int) string {
	var out string
	for range n {
		out += s
	}
	return out
}

// shuffle hides every order in which the facts were made.
func (g *generator) shuffle() { Shuffle(g.rng, &g.org) }

// Shuffle puts the facts of an organization in another order. It means the same organization.
func Shuffle(rng *rand.Rand, org *access.Organization) {
	mix(rng, org.Platforms)
	mix(rng, org.Users)
	mix(rng, org.ServiceUsers)
	mix(rng, org.Agents)
	mix(rng, org.Teams)
	mix(rng, org.Grants)
	for i := range org.Platforms {
		mix(rng, org.Platforms[i].Resources)
		mix(rng, org.Platforms[i].Roles)
	}
	for i := range org.Teams {
		mix(rng, org.Teams[i].Members)
	}
	for i := range org.Users {
		mix(rng, org.Users[i].On)
	}
	for i := range org.Grants {
		mix(rng, org.Grants[i].Environments)
	}
}

func mix[T any](rng *rand.Rand, s []T) {
	rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

// Clone copies an organization so that neither shares anything that changes with the other. Models are shared.
func Clone(org access.Organization) access.Organization {
	c := org
	c.Platforms = slices.Clone(org.Platforms)
	for i := range c.Platforms {
		p := &c.Platforms[i]
		p.Settings, p.Roles, p.Resources = cloneMap(p.Settings), slices.Clone(p.Roles), slices.Clone(p.Resources)
	}
	c.Users = slices.Clone(org.Users)
	for i := range c.Users {
		c.Users[i].Licenses, c.Users[i].On = cloneMap(c.Users[i].Licenses), slices.Clone(c.Users[i].On)
	}
	c.ServiceUsers, c.Agents = slices.Clone(org.ServiceUsers), slices.Clone(org.Agents)
	c.Teams = slices.Clone(org.Teams)
	for i := range c.Teams {
		c.Teams[i].Members = slices.Clone(c.Teams[i].Members)
	}
	c.Grants = slices.Clone(org.Grants)
	for i := range c.Grants {
		c.Grants[i].Environments = slices.Clone(c.Grants[i].Environments)
	}
	return c
}

func cloneMap(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	c := map[string]string{}
	for k, v := range m {
		c[k] = v
	}
	return c
}

// grantKey is what makes two grants exactly the same (decisions 0002, line 10).
func grantKey(g access.Grant) string {
	categories := slices.Sorted(slices.Values(g.Environments))
	return fmt.Sprintf("%q %q %q %q %s %s", g.To.String(), g.Role, g.On, categories, g.From.UTC(), g.Until.UTC())
}
