package change_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
)

// tryStep tries a step on the server.
func (w *world) tryStep(n *naive, s step) error {
	if s.do == "signin" {
		return w.SignedIn(context.Background(), acme, s.who, "")
	}
	actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: s.by}, Within: s.within(), Via: "test"}
	r, err := w.Do(context.Background(), acme, actor, change.How{}, s.command(n))
	if err == nil {
		w.differsAsExported(&r)
	}
	return err
}

func draw[V any](r *rand.Rand, list []V) V { return list[r.IntN(len(list))] }

// A dice draws from what is true, in the order of names: ids differ from run to run, and a seed must not.
type dice struct {
	*rand.Rand
	n            *naive
	name         func(id string) string
	users, teams []string
}

func (w *world) dice(r *rand.Rand, n *naive) dice {
	d := dice{Rand: r, n: n, name: w.now().Readable}
	byName := func(a, b string) int { return strings.Compare(d.name(a), d.name(b)) }
	d.users, d.teams = slices.SortedFunc(maps.Keys(n.active), byName), slices.SortedFunc(maps.Keys(n.teams), byName)
	return d
}

func (d dice) user() string { return draw(d.Rand, d.users) }

// place draws a resource of a platform at a depth; "" if there is none.
func (d dice) place(slug string, depth int) string {
	var list []string
	for path := range d.n.places {
		if strings.HasPrefix(path, slug+"/") && strings.Count(path, "/") == depth-1 {
			list = append(list, path)
		}
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return draw(d.Rand, list)
}

// powerful draws somebody who administers a platform now, if anybody does.
func (d dice) powerful() string {
	return draw(d.Rand, d.powerOf(draw(d.Rand, slices.Sorted(maps.Keys(simulated)))))
}

// powerOf lists who administers a platform, or everybody if nobody does.
func (d dice) powerOf(slug string) []string {
	who := d.n.administrators(slug)
	return slices.DeleteFunc(slices.Clone(d.users), func(u string) bool { return len(who) > 0 && !slices.Contains(who, u) })
}

var doings = strings.Fields(`give give give give give give give give take take take take replace replace replace replace join join join leave deactivate reactivate reactivate enrol enrol
	member signin create create rename remove define define recall forget`)

// step makes up a step, forbidden ones as often as not.
func (d dice) step() step {
	r := d.Rand
	s := step{by: d.user(), who: d.user(), team: draw(r, d.teams), do: draw(r, doings), slug: draw(r, slices.Sorted(maps.Keys(invites)))}
	if r.IntN(2) == 0 {
		s.by = d.powerful()
	}
	if r.IntN(6) == 0 {
		s.only = draw(r, []string{"dagster.users.edit_roles", "dagster.team_permissions.edit", "dagster.code_locations.edit", "org.users.manage", "org.teams.manage", "dbt.members.write",
			"dbt.groups.write", "astro.users.update", "astro.members.update", "in dagster", "in dagster/prod", "in astro/ml", "in dbt/jaffle", "in org"})
	}
	s.g = d.grant(s)
	d.shape(&s)
	d.role(&s)
	for do, slug := range map[string]string{"deactivate": "org", "reactivate": "org", "define": "dagster", "forget": "dagster"} {
		if s.do == do && r.IntN(2) == 0 {
			s.by = draw(r, d.powerOf(slug))
		}
	}
	if slug, _, _ := strings.Cut(s.g.on, "/"); s.do == "give" && s.g.role == tops[slug] && r.IntN(4) == 0 {
		s.g.to = "user:" + draw(r, slices.DeleteFunc(slices.Clone(d.users), func(u string) bool { return d.n.enters[u] }))
	}
	if s.do == "leave" && r.IntN(4) > 0 {
		if members := d.n.teams[s.team]; len(members) > 0 {
			s.who = draw(r, slices.DeleteFunc(slices.Clone(d.users), func(u string) bool { return !members[u] }))
		}
	}
	if every := d.held(func(held) bool { return true }); s.do == "take" && r.IntN(8) > 0 {
		s.g = draw(r, every)
		if some := d.held(draw(r, []func(held) bool{administers, d.carries, d.carries})); r.IntN(3) > 0 && len(some) > 0 {
			s.g = draw(r, some)
		}
	}
	switch s.do {
	case "replace":
		d.replacement(&s)
	case "recall":
		s.to = draw(r, []string{"wide", "slim", "spare", "clerk", "editor", "free"})
		var names []called
		for name := range d.n.roles {
			if name.slug == "dagster" && len(d.held(func(g held) bool { return g.role == name.name })) > 0 {
				names = append(names, name)
			}
		}
		slices.SortFunc(names, func(a, b called) int { return strings.Compare(a.name, b.name) })
		if len(names) > 0 && r.IntN(4) > 0 {
			s.role, s.by = draw(r, names), draw(r, d.powerOf("dagster"))
		}
	}
	return s
}

// replacement makes up what a holder is to have at a scope of Dagster's: no windows.
func (d dice) replacement(s *step) {
	s.g.from, s.g.until = 0, 0
	s.g.on = draw(d.Rand, []string{d.place("dagster", 2), d.place("dagster", 2), d.place("dagster", 2), "dagster/branch:*", d.place("dagster", 2) + "/branch:*"})
	s.g.role = draw(d.Rand, []string{"", "viewer", "viewer", "launcher", "editor", "admin", "wide", "slim"})
	s.over = draw(d.Rand, []string{"", "launcher", "editor", "editor", "admin", "wide"})
	if list := d.held(func(g held) bool { return strings.HasPrefix(g.on, "dagster/") && !strings.HasSuffix(g.on, "*") }); len(list) > 0 && d.IntN(2) == 0 {
		g := draw(d.Rand, list)
		s.g.to, s.g.on = g.to, strings.Join(strings.Split(g.on, "/")[:2], "/")
	}
	if d.IntN(2) == 0 {
		s.by = draw(d.Rand, d.powerOf("dagster"))
	}
}

// held lists some of the grants that there are.
func (d dice) held(wanted func(held) bool) (list []held) {
	for g := range d.n.grants {
		if wanted(g) {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b held) int { return strings.Compare(d.name(fmt.Sprint(a)), d.name(fmt.Sprint(b))) })
	return list
}

// administers tells whether a grant is of a platform's top role.
func administers(g held) bool {
	slug, _, _ := strings.Cut(g.on, "/")
	return g.role == tops[slug]
}

// carries tells whether an override goes with a grant.
func (d dice) carries(g held) bool {
	return strings.HasPrefix(g.on, "dagster/") && len(d.held(func(o held) bool { return o.to == g.to && strings.HasPrefix(o.on, g.on+"/") })) > 0
}

// grant makes up a grant, perhaps with a window, perhaps one that nobody can hold.
func (d dice) grant(s step) (g held) {
	g.to = draw(d.Rand, []string{"user:" + s.who, "team:" + s.team})
	prod := draw(d.Rand, []string{d.place("dagster", 2), d.place("dagster", 2), d.place("dagster", 3)})
	work := d.place("astro", 2)
	switch d.IntN(12) {
	case 0:
		g.role, g.on = "owner", "org"
	case 1:
		g.role, g.on = draw(d.Rand, []string{"organization_admin", "organization_admin", "clerk"}), "dagster"
	case 2, 3, 4, 5:
		g.role, g.on = draw(d.Rand, []string{"viewer", "launcher", "editor", "admin", "wide", "wide", "slim"}), draw(d.Rand, []string{prod, prod, prod, prod, "dagster/branch:*", d.place("dagster", 2) + "/branch:*"})
	case 6:
		g.role, g.on = draw(d.Rand, []string{"account_admin", "security_admin", "billing_admin"}), "dbt"
	case 7, 8:
		g.role, g.on = draw(d.Rand, []string{"admin", "job_admin", "stakeholder"}), draw(d.Rand, []string{d.place("dbt", 2), d.place("dbt", 2), "dbt/*"})
	case 9:
		g.role, g.on = draw(d.Rand, []string{"organization_member", "organization_owner"}), draw(d.Rand, []string{"astro", "astro22"})
	case 10:
		g.role, g.on = draw(d.Rand, []string{"workspace_member", "workspace_operator", "workspace_owner"}), work
	default:
		g.role, g.on = draw(d.Rand, []string{"workspace_viewer", "workspace_admin"}), d.place("astro22", 2)
		if d.IntN(2) == 0 {
			g.role, g.on = draw(d.Rand, []string{"deployment_admin", "runner"}), d.place("astro", 3)
		}
	}
	base := func(o held) bool {
		return strings.HasPrefix(o.on, "dagster/") && strings.Count(o.on, "/") == 1 && o.role != "admin"
	}
	if list := d.held(base); d.IntN(5) == 0 && len(list) > 0 { // an override of it
		o := draw(d.Rand, list)
		g.to, g.on, g.role = o.to, d.place(o.on, 3), draw(d.Rand, []string{"launcher", "editor", "editor", "admin", "wide"})
	}
	if g.on == "" {
		g.on = "astro/gone"
	}
	if strings.HasPrefix(g.on, "dbt") && d.IntN(8) > 0 {
		g.to = "team:" + s.team
	}
	if slug, _, _ := strings.Cut(g.on, "/"); d.IntN(3) == 0 || g.role == tops[slug] && d.IntN(3) > 0 {
		g.from = max(0, d.n.tick+d.IntN(6)-2) * d.IntN(2)
		g.until = max(0, d.n.tick+d.IntN(20)-1) * d.IntN(2)
	}
	return g
}

// shape makes up what happens to a resource.
func (d dice) shape(s *step) {
	slug, depth := draw(d.Rand, []string{"dagster", "dagster", "dbt", "astro", "astro", "astro22"}), 2+d.IntN(2)
	if slug == "dbt" {
		depth = 2
	}
	fresh := draw(d.Rand, []string{"a", "b", "c", "prod", "etl", "ml"})
	if s.do == "remove" && slug == "astro" && d.IntN(2) == 0 { // a workspace, by who may
		s.by, depth = draw(d.Rand, d.powerOf("astro")), 2
	}
	if s.path = d.place(slug, depth); s.path == "" {
		s.path = slug + "/gone"
	}
	switch s.do {
	case "create":
		parent := slug
		if depth == 3 {
			parent = d.place(slug, 2)
		}
		if s.path = parent + "/" + fresh; parent == "" {
			s.path = slug + "/gone/" + fresh
		}
		if slug == "dagster" && d.IntN(2) == 0 {
			s.from = d.place("dagster", 2)
			if list := d.held(func(g held) bool { return g.role == "clerk" && g.to[:5] == "user:" }); len(list) > 0 && d.IntN(2) == 0 {
				s.by = draw(d.Rand, list).to[5:] // who perhaps makes deployments, and gives nothing
			}
		}
	case "rename":
		s.to = above(s.path) + "/" + fresh
		if d.IntN(8) == 0 {
			s.to = d.place(slug, 2) + "/" + fresh
		}
	}
}

// role makes up what a custom role becomes.
func (d dice) role(s *step) {
	some := func(pool ...string) string {
		d.Shuffle(len(pool), func(i, k int) { pool[i], pool[k] = pool[k], pool[i] })
		return strings.Join(pool[:d.IntN(4)], " ")
	}
	switch s.role = draw(d.Rand, []called{{"dagster", "wide"}, {"dagster", "slim"}, {"dagster", "clerk"}, {"dagster", "spare"}, {"dagster", "spare"}, {"astro", "runner"}, {"astro22", "none"}}); s.role.name {
	case "clerk":
		s.is = custom{"organization", "", some("custom_roles.edit", "teams.edit_members", "users.edit_roles", "deployments.create", "deployments.delete", "users.add", "runs.launch")}
	case "spare":
		s.is = custom{"organization", "", some("runs.launch", "secrets.edit", "code_locations.edit")}
	case "runner":
		s.is = custom{"deployment", "", some("dags.view", "dag_runs.trigger", "deployments.update", "deployments.delete")}
	default:
		s.is = custom{"deployment", draw(d.Rand, []string{"viewer", "launcher", "editor"}), some("runs.launch", "code_locations.reload", "secrets.edit", "code_locations.edit", "team_permissions.edit")}
	}
}

// questions makes up questions, half of them about what the step was about.
func (d dice) questions(s step, at time.Time) (list []access.Question) {
	r := d.Rand
	asked := map[string][]string{
		"org":     {"users.manage"},
		"dagster": {"runs.view", "runs.launch", "secrets.edit", "code_locations.reload", "team_permissions.edit", "users.edit_roles", "users.add", "deployments.create"},
		"dbt":     {"groups.write", "members.write", "develop.write", "permissions.write", "jobs.write"},
		"astro":   {"organization.view", "workspaces.create", "users.update", "deployments.update", "dags.view", "teams.edit"},
		"astro22": {"organization.view", "members.update", "users.update", "deployments.update", "deploys.push"},
	}
	for i := range 16 {
		slug := draw(r, slices.Sorted(maps.Keys(simulated)))
		path, user := draw(r, []string{slug, d.place(slug, 2), d.place(slug, 3)}), d.user()
		if i%2 == 0 {
			user = draw(r, []string{s.who, s.by})
		}
		if i%4 == 0 && s.do == "give" {
			slug, _, _ = strings.Cut(s.g.on, "/")
			path = s.g.on
		}
		q := d.n.question(user, draw(r, asked[slug]), path)
		q.At = at
		list = append(list, q)
	}
	return list
}
