package change_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
	"bailiwick/rolemodel"
)

// A naive is a second, simple-minded account of what is true and who may change it. It was written from the documents, as
// maps and loops, and knows nothing of editions' governance. What somebody may do it asks the second engine.
type naive struct {
	tick   int // which hour it is; 0 is none
	start  time.Time
	active map[string]bool            // user → active
	enters map[string]bool            // user → can sign in
	on     map[string]bool            // "user platform": explicit member
	signed map[string]bool            // "user platform": has signed in there
	teams  map[string]map[string]bool // team → members
	grants map[held]bool
	places map[string]string // path → category
	roles  map[called]custom
	ruled  map[held]bool // what a rule has given in the last step
	second *oracle.Oracle
	probes map[held]*oracle.Oracle
}

// held is a grant: "user:ID" or "team:ID", a role, a scope, and the hours of its window, 0 for none.
type held struct {
	to, role, on string
	from, until  int
}

// called names a custom role of a platform.
type called struct{ slug, name string }

// custom is what a custom role is: the kind it is for, the role beneath it, permissions joined by spaces.
type custom struct{ at, base, more string }

// an asker is somebody who changes something, perhaps with a token that is narrowed to one permission ("dagster.runs.view")
// or to a scope ("in dagster/prod").
type asker struct{ id, only string }

// editions of the simulation's platforms.
var simulated = map[string]string{"org": "bailiwick", "dagster": "dagster-plus", "dbt": "dbt-enterprise-2024", "astro": "astro-2024", "astro22": "astro-2022"}

// tops are the roles that administer.
var tops = map[string]string{"org": "owner", "dagster": "organization_admin", "dbt": "account_admin", "astro": "organization_owner", "astro22": "organization_owner"}

func (n *naive) clone() *naive {
	c := *n
	c.active, c.enters, c.on, c.signed = maps.Clone(n.active), maps.Clone(n.enters), maps.Clone(n.on), maps.Clone(n.signed)
	c.grants, c.places, c.roles = maps.Clone(n.grants), maps.Clone(n.places), maps.Clone(n.roles)
	c.ruled, c.teams, c.second, c.probes = map[held]bool{}, map[string]map[string]bool{}, nil, nil
	for t, members := range n.teams {
		c.teams[t] = maps.Clone(members)
	}
	return &c
}

// same tells whether two accounts say the same.
func (n *naive) same(m *naive) bool {
	return maps.Equal(n.grants, m.grants) && maps.Equal(n.active, m.active) && maps.EqualFunc(n.teams, m.teams, maps.Equal) && maps.Equal(n.on, m.on) && maps.Equal(n.enters, m.enters) &&
		maps.Equal(n.signed, m.signed) && maps.Equal(n.places, m.places) && maps.Equal(n.roles, m.roles)
}

// differs says what one account has that another has not, both ways.
func (n *naive) differs(m *naive) string {
	return fmt.Sprint(only(n.grants, m.grants), only(m.grants, n.grants), only(n.signed, m.signed), only(m.signed, n.signed), only(n.on, m.on), only(m.on, n.on), only(n.enters, m.enters), only(m.enters, n.enters),
		only(n.places, m.places), only(m.places, n.places), only(n.roles, m.roles), only(m.roles, n.roles))
}

func only[K, V comparable](a, b map[K]V) (list []K) {
	for k, v := range a {
		if there, known := b[k]; !known || there != v {
			list = append(list, k)
		}
	}
	return list
}

// hour is the first moment of an hour's windows: a little before the clock is set to it.
func (n *naive) hour(tick int) time.Time {
	if tick == 0 {
		return time.Time{}
	}
	return n.start.Add(time.Duration(tick-1)*time.Hour - 5*time.Minute)
}

// moment is when everything of now is asked.
func (n *naive) moment() time.Time { return n.start.Add(time.Duration(n.tick-1) * time.Hour) }

// inForce: "from is inclusive, until exclusive".
func (n *naive) inForce(g held) bool {
	return (g.from == 0 || g.from <= n.tick) && (g.until == 0 || n.tick < g.until)
}

// overlap tells whether two grants are ever in force together.
func overlap(a, b held) bool {
	return (b.until == 0 || a.from < b.until) && (a.until == 0 || b.from < a.until)
}

// reaches tells whether a grant is a user's: their own, or a team's.
func (n *naive) reaches(g held, user string) bool {
	return g.to == "user:"+user || strings.HasPrefix(g.to, "team:") && n.teams[g.to[5:]][user]
}

// top tells whether an active user has a platform's top role now.
func (n *naive) top(user, slug string) bool {
	for g := range n.grants {
		if g.role == tops[slug] && g.on == slug && n.inForce(g) && n.reaches(g, user) {
			return n.active[user]
		}
	}
	return false
}

// administrators lists who keeps a platform: active, able to sign in, by a grant that has begun and has no end.
func (n *naive) administrators(slug string) (list []string) {
	for u := range n.active {
		for g := range n.grants {
			if g.role == tops[slug] && g.on == slug && g.until == 0 && g.from <= n.tick && n.reaches(g, u) && n.active[u] && n.enters[u] {
				list = append(list, u)
				break
			}
		}
	}
	return list
}

// can asks the second engine. A place that is not there yet is asked where it will be.
func (n *naive) can(by asker, permission, path string) bool {
	slug, _, _ := strings.Cut(path, "/")
	if _, there := n.places[path]; !there && path != slug && !strings.HasSuffix(path, "*") {
		path = above(path)
	}
	if scope, narrowed := strings.CutPrefix(by.only, "in "); narrowed && path != scope && !strings.HasPrefix(path, scope+"/") {
		return false
	} else if by.only != "" && !narrowed && by.only != slug+"."+permission {
		return false
	}
	if n.second == nil {
		n.second = n.oracle(n.grants)
	}
	return n.second.Allowed(n.question(by.id, permission, path))
}

func (n *naive) question(user, permission, path string) access.Question {
	return access.Question{Subject: access.Subject{Kind: access.User, ID: user}, Permission: permission, Resource: path, At: n.moment()}
}

// holds tells whether somebody has all that a role gives at a scope: what nobody else has but one who has just that.
func (n *naive) holds(by asker, g held) bool {
	slug, _, _ := strings.Cut(g.on, "/")
	alone := held{to: "team:probe", role: g.role, on: g.on}
	if n.probes[alone] == nil {
		if n.probes == nil {
			n.probes = map[held]*oracle.Oracle{}
		}
		n.probes[alone] = n.oracle(map[held]bool{alone: true})
	}
	for _, p := range models()[slug].Permissions {
		at := g.on
		if !n.probes[alone].Allowed(n.question("probe", p.Name, at)) {
			if at = slug; !n.probes[alone].Allowed(n.question("probe", p.Name, at)) {
				continue
			}
		}
		if !n.can(by, p.Name, at) {
			return false
		}
	}
	return true
}

func above(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// models are the editions' texts, read once.
var models = sync.OnceValue(func() map[string]*access.Model {
	all := map[string]*access.Model{}
	for slug, edition := range simulated {
		model, err := rolemodel.Edition(edition)
		if err != nil {
			panic(err) // a shipped edition
		}
		all[slug] = model
	}
	return all
})

// oracle is the second engine on these facts, and some grants.
func (n *naive) oracle(grants map[held]bool) *oracle.Oracle {
	org := access.Organization{Name: acme}
	for slug := range simulated {
		p := access.Platform{Slug: slug, Model: models()[slug]}
		for path, category := range n.places {
			if strings.HasPrefix(path, slug+"/") {
				p.Resources = append(p.Resources, access.Resource{Path: path, Category: category})
			}
		}
		for name, r := range n.roles {
			if name.slug == slug {
				p.Roles = append(p.Roles, access.Role{Name: name.name, At: []string{r.at}, BasedOn: r.base, Permissions: strings.Fields(r.more)})
			}
		}
		org.Platforms = append(org.Platforms, p)
	}
	for u, active := range n.active {
		facts := access.UserFacts{ID: u, Inactive: !active, Licenses: map[string]string{"dbt": "developer"}}
		for slug := range simulated {
			if n.on[u+" "+slug] {
				facts.On = append(facts.On, slug)
			}
		}
		org.Users = append(org.Users, facts)
	}
	org.Users = append(org.Users, access.UserFacts{ID: "probe", Licenses: map[string]string{"dbt": "developer"}})
	org.Teams = append(org.Teams, access.TeamFacts{Name: "probe", Members: []string{"probe"}})
	for t, members := range n.teams {
		org.Teams = append(org.Teams, access.TeamFacts{Name: t, Members: slices.Collect(maps.Keys(members))})
	}
	for g := range grants {
		kind, id, _ := strings.Cut(g.to, ":")
		org.Grants = append(org.Grants, access.Grant{To: access.Holder{Kind: access.ParseHolderKind(kind), ID: id}, Role: g.role, On: g.on, From: n.hour(g.from), Until: n.hour(g.until)})
	}
	return oracle.New(org)
}
