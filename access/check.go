package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is a grant that a platform's rules do not allow to be made.
type Problem struct {
	Grant int    // index in the list that was checked
	Field string // which part of it is wrong: "to", "role", "on", "environments", "until"; "" is the grant as a whole
	Rule  string // stable name of the rule: "holder", "scope", "plan", "override", "one_role", "twice", "environments", "window"
	Wrong string // what is wrong
	Right string // what would be right
}

// CheckGrants judges grants that are all part of this snapshot by the rules of their platforms: who may hold what, and
// where, overrides, plans, one role at a scope, windows and categories. Sorted by grant.
func (s *Snapshot) CheckGrants(grants []Grant) []Problem {
	c := checker{s: s, grants: grants, byScope: map[heldAt][]int{}, seen: map[string]bool{}}
	for i := range grants {
		if g, ok := c.resolve(&grants[i]); ok {
			at := heldAt{g.To, g.node}
			c.byScope[at] = append(c.byScope[at], i)
		}
	}
	for i := range grants {
		c.check(i)
	}
	c.oneRole()
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Grant - b.Grant })
	return c.problems
}

type checker struct {
	s        *Snapshot
	grants   []Grant
	byScope  map[heldAt][]int
	seen     map[string]bool
	problems []Problem
}

// heldAt is a holder at a scope.
type heldAt struct {
	holder Holder
	node   uint32
}

func (c *checker) add(i int, rule, wrong, right string) {
	field := map[string]string{"window": "until", "environments": "environments", "holder": "to", "scope": "on", "override": "role"}[rule]
	c.problems = append(c.problems, Problem{Grant: i, Field: field, Rule: rule, Wrong: wrong, Right: right})
}

// A checked grant is a grant with what its names mean.
type checked struct {
	*Grant
	p    *platform
	r    *role
	k    *kind
	node uint32
}

func (c *checker) resolve(g *Grant) (checked, bool) {
	id, found := c.s.Resource(g.On)
	if !found {
		return checked{}, false
	}
	n := c.s.nodes.at(uint32(id))
	p := c.s.platforms[n.platform]
	r, known := p.roleByName[g.Role]
	if !known {
		return checked{}, false
	}
	return checked{Grant: g, p: p, r: &p.roles[r], k: &p.kinds[n.kind], node: uint32(id)}, true
}

func (c *checker) check(i int) {
	g, ok := c.resolve(&c.grants[i])
	if !ok {
		return // Build has refused it
	}
	if !g.Until.IsZero() && !g.From.IsZero() && !g.Until.After(g.From) {
		c.add(i, "window", "until is not after from", "make until later than "+g.From.UTC().Format("2006-01-02T15:04:05Z07:00")+", or leave one of them out")
	}
	if len(g.Environments) > 0 && len(g.r.Lifted) == 0 {
		c.add(i, "environments", fmt.Sprintf("environments mean nothing with %s, which holds nothing by environment", g.Role),
			"leave them out, or grant one of "+c.lifting(g.p))
	}
	if g.r.holders>>g.To.Kind&1 == 0 {
		c.add(i, "holder", fmt.Sprintf("%s cannot be held by a %s in %s", g.Role, g.To.Kind, g.p.model.Edition), "it can be granted to "+holderList(g.r.holders))
		return
	}
	if !c.atScope(i, g) {
		return
	}
	c.plan(i, g)
	if g.k.override {
		c.override(i, g)
	}
	c.twice(i, g)
}

// atScope judges whether the role can be granted at the kind of scope.
func (c *checker) atScope(i int, g checked) bool {
	if g.r.at>>c.s.nodes.at(g.node).kind&1 == 0 {
		c.add(i, "scope", fmt.Sprintf("%s cannot be granted at %s %s", g.Role, article(g.k.Name), g.k.Name), "it can be granted at: "+c.kindList(g.p, g.r.at))
		return false
	}
	if !g.k.override {
		return true
	}
	base := g.p.model.Override.Base
	parent := c.s.places.at(g.node).parent
	if kind := g.p.kinds[c.s.nodes.at(parent).kind].Name; kind != base {
		c.add(i, "scope", fmt.Sprintf("no role can be granted at a %s of a %s", g.k.Name, kind),
			fmt.Sprintf("grant it at the \"*\" scope: %s", c.starOf(parent)))
		return false
	}
	return true
}

func (c *checker) starOf(branch uint32) string {
	star := c.s.places.at(c.s.places.at(branch).parent).star
	return *c.s.paths.at(star)
}

// plan judges the gates of the platform's price plan.
func (c *checker) plan(i int, g checked) {
	plan := g.p.planOf()
	if plan == nil {
		return
	}
	for _, gate := range gatesOf(g.To, g.k, g.r) {
		if contains(plan.Without, gate.name) {
			c.add(i, "plan", fmt.Sprintf("plan %s of %s has no %s", plan.Name, g.p.slug, gate.what),
				"use plan "+strings.Join(g.p.plansWith(gate.name), " or ")+", or leave the grant out")
		}
	}
}

// A gate is something that a plan may be without: its name in Plan.Without, and what it is to people.
type gate struct{ name, what string }

// gatesOf lists what a grant needs of a plan.
func gatesOf(to Holder, k *kind, r *role) []gate {
	gates := []gate{{"role:" + r.Name, "role " + r.Name}, {"scope:" + k.Name, "roles at a " + k.Name}}
	switch to.Kind {
	case Team:
		gates = append(gates, gate{"teams", "teams"})
	case ServiceUser:
		gates = append(gates, gate{"service_users", "service users"})
	}
	if r.custom {
		gates = append(gates, gate{"custom_roles", "custom roles"})
	}
	return gates
}

// planOf returns the platform's plan; none named is the largest.
func (p *platform) planOf() *Plan {
	for i := range p.model.Plans {
		if p.model.Plans[i].Name == p.plan || p.plan == "" && i == len(p.model.Plans)-1 {
			return &p.model.Plans[i]
		}
	}
	return nil
}

func (p *platform) plansWith(gate string) []string {
	var names []string
	for i := range p.model.Plans {
		if !contains(p.model.Plans[i].Without, gate) {
			names = append(names, p.model.Plans[i].Name)
		}
	}
	return names
}

// override judges a role at a resource that hangs on the holder's role at the parent.
func (c *checker) override(i int, g checked) {
	rule := g.p.model.Override
	parent := *c.s.paths.at(c.s.places.at(g.node).parent)
	if len(rule.Roles) > 0 && !contains(rule.Roles, g.Role) {
		c.add(i, "override", fmt.Sprintf("%s cannot be given at a %s in %s", g.Role, g.k.Name, g.p.model.Edition), "it can be "+strings.Join(rule.Roles, " or "))
		return
	}
	for _, j := range c.byScope[heldAt{g.To, g.p.root}] {
		o, _ := c.resolve(&c.grants[j])
		if c.counts(o) && contains(rule.DisabledForRoot, o.Role) && overlap(g.Grant, o.Grant) {
			c.add(i, "override", fmt.Sprintf("%s holds %s, which is above every override", g.To, o.Role), "leave the override out")
			return
		}
	}
	based := false
	for _, j := range c.byScope[heldAt{g.To, c.s.places.at(g.node).parent}] {
		o, _ := c.resolve(&c.grants[j])
		if !c.counts(o) || !overlap(g.Grant, o.Grant) {
			continue
		}
		based = true
		if contains(rule.DisabledFor, o.Role) {
			c.add(i, "override", fmt.Sprintf("%s is %s on %s: an override is disabled there, since it already has the most permissive role possible", g.To, o.Role, o.On), "leave the override out")
			return
		}
		if !above(g.r.all, o.r.all) {
			c.add(i, "override", fmt.Sprintf("%s is not more permissive than %s, which %s has on %s", g.Role, o.Role, g.To, o.On), c.higher(g, o))
			return
		}
	}
	if !based {
		c.add(i, "override", fmt.Sprintf("%s has no role on %s that this one could raise", g.To, parent),
			fmt.Sprintf("grant %s a role on %s first: an override hangs on it", g.To, parent))
	}
}

// counts tells whether a grant's role can be held so: one that cannot is a problem of its own and gives nothing.
func (c *checker) counts(g checked) bool {
	return g.r.holders>>g.To.Kind&1 != 0 && g.r.at>>c.s.nodes.at(g.node).kind&1 != 0
}

// higher names the roles that would be above a base role.
func (c *checker) higher(g, base checked) string {
	var names []string
	for i := range g.p.roles {
		r := &g.p.roles[i]
		fits := r.at>>c.s.nodes.at(g.node).kind&1 != 0 && r.holders>>g.To.Kind&1 != 0 && above(r.all, base.r.all)
		if fits && (len(g.p.model.Override.Roles) == 0 || contains(g.p.model.Override.Roles, r.Name)) {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return "leave the override out"
	}
	return "give " + strings.Join(names, " or ") + ", or leave the override out"
}

// twice judges whether exactly this grant stood before.
func (c *checker) twice(i int, g checked) {
	environments := slices.Clone(g.Environments)
	slices.Sort(environments)
	key := fmt.Sprintf("%s\x00%d\x00%s\x00%q\x00%d\x00%d", g.To, g.node, g.Role, slices.Compact(environments), opening(g.From), closing(g.Until))
	if c.seen[key] {
		c.add(i, "twice", "the same grant stands twice", "keep one of them")
	}
	c.seen[key] = true
}

// oneRole judges the scopes at which a holder has one role at a time: windows there must not overlap.
func (c *checker) oneRole() {
	for _, list := range c.byScope {
		if len(list) < 2 {
			continue
		}
		first, _ := c.resolve(&c.grants[list[0]])
		if !contains(first.p.model.OneRolePer, first.k.Name) {
			continue
		}
		ordered := slices.DeleteFunc(slices.Clone(list), func(i int) bool {
			g, _ := c.resolve(&c.grants[i])
			return !c.counts(g)
		})
		slices.SortStableFunc(ordered, func(a, b int) int {
			return cmp.Compare(opening(c.grants[a].From), opening(c.grants[b].From))
		})
		last := 0 // the one that ends last so far
		for n := 1; n < len(ordered); n++ {
			a, b := &c.grants[ordered[last]], &c.grants[ordered[n]]
			if overlap(a, b) && !sameGrants(a, b) {
				c.add(max(ordered[last], ordered[n]), "one_role", fmt.Sprintf("%s has the roles %s and %s on %s; there is one role per %s", a.To, a.Role, b.Role, a.On, first.k.Name),
					"keep one of them, or let one begin when the other ends")
			}
			if closing(b.Until) > closing(a.Until) {
				last = n
			}
		}
	}
}

// sameGrants tells whether two grants of one holder at one scope are the same; that is a problem of its own.
func sameGrants(a, b *Grant) bool {
	return a.Role == b.Role && a.From.Equal(b.From) && a.Until.Equal(b.Until)
}

func overlap(a, b *Grant) bool {
	return opening(a.From) < closing(b.Until) && opening(b.From) < closing(a.Until)
}

func (c *checker) lifting(p *platform) string {
	var names []string
	for i := range p.roles {
		if len(p.roles[i].Lifted) > 0 {
			names = append(names, p.roles[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

func (c *checker) kindList(p *platform, at uint64) string {
	var names []string
	for i := range p.kinds {
		if at>>i&1 != 0 {
			names = append(names, p.kinds[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

func holderList(holders uint8) string {
	var names []string
	for _, k := range []HolderKind{User, ServiceUser, Agent, Team} {
		if holders>>k&1 != 0 {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, ", ")
}

func article(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an"
	}
	return "a"
}
