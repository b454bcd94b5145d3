package access

import "slices"

// grantFix makes the steps that grant a role at a scope to the subject, or to a team of theirs where people cannot hold
// it themselves. It answers false where the rules do not allow the grant.
func (x *explainer) grantFix(f *facts, needed []Step, scope uint32, role uint16) (Fix, bool) {
	steps := slices.Clone(needed)
	r := &x.p.roles[role]
	to := x.q.Subject
	held := f.grants
	if r.holders>>to.Kind&1 == 0 {
		if to.Kind != User || r.holders>>Team&1 == 0 {
			return Fix{}, false
		}
		team, member := x.teamFor(f, scope)
		if team < 0 {
			return Fix{}, false
		}
		t := x.s.teams.at(uint32(team))
		if !member {
			steps = append(steps, Step{Kind: "join", Team: t.name, Subject: x.q.Subject})
			joined := *f
			joined.teams = append(slices.Clone(f.teams), uint32(team))
			if x.allows(&joined) {
				return Fix{steps}, true
			}
		}
		to, held = Holder{Kind: Team, ID: t.name}, t.grants
	}
	if x.gated(to, scope, r) {
		return Fix{}, false
	}
	kind := &x.p.kinds[x.s.nodes.at(scope).kind]
	first, ok := x.firstGrant(f, to, held, scope, r)
	if !ok {
		return Fix{}, false
	}
	if first != nil {
		steps = append(steps, x.grantStep(to, first.role, first.node))
		with := *f
		with.grants = append(slices.Clone(f.grants), *first)
		if to.Kind != Team && x.allows(&with) {
			return Fix{steps}, true // it brings to life what is there already
		}
	}
	g := Grant{To: to, Role: r.Name, On: *x.s.paths.at(scope)}
	if !hasBit(r.always, uint32(x.hot.bit)) {
		g.Environments = []string{"all"}
		if x.n.category != categoryAll {
			g.Environments[0] = x.p.categories()[x.n.category-1]
		}
	}
	step := Step{Kind: "grant", Grant: g, Subject: x.q.Subject}
	if contains(x.p.model.OneRolePer, kind.Name) {
		step.Replaces = x.occupied(held, scope)
	}
	return Fix{append(steps, step)}, true
}

// teamFor chooses the team that a grant for a person would go to: of theirs one that holds something at the scope, else
// the first by name; without any, the first one that would do by itself, or the first one.
func (x *explainer) teamFor(f *facts, scope uint32) (team int32, member bool) {
	team = -1
	better := func(t uint32) bool {
		return team < 0 || x.s.teams.at(t).name < x.s.teams.at(uint32(team)).name
	}
	there := false
	for _, t := range f.teams {
		holds := slices.ContainsFunc(x.s.teams.at(t).grants, func(g grant) bool { return g.node == scope })
		if holds && !there || holds == there && better(t) {
			team, there = int32(t), holds
		}
	}
	if team >= 0 {
		return team, true
	}
	does := false
	for i := 0; i < x.s.teams.size; i++ {
		if x.s.teams.at(uint32(i)).gone {
			continue
		}
		joined := *f
		joined.teams = []uint32{uint32(i)}
		d := x.allows(&joined)
		if d && !does || d == does && better(uint32(i)) {
			team, does = int32(i), d
		}
	}
	return team, false
}

// gated tells whether the platform's plan forbids the grant.
func (x *explainer) gated(to Holder, scope uint32, r *role) bool {
	plan := x.p.planOf()
	if plan == nil {
		return false
	}
	gates := gatesOf(to, &x.p.kinds[x.s.nodes.at(scope).kind], r)
	return slices.ContainsFunc(gates, func(g gate) bool { return contains(plan.Without, g.name) })
}

// firstGrant returns the grant that one at a scope would hang on, where it is not there: nil where nothing is missing,
// false where the grant cannot be made or could not count.
func (x *explainer) firstGrant(f *facts, to Holder, held []grant, scope uint32, r *role) (*grant, bool) {
	kind := &x.p.kinds[x.s.nodes.at(scope).kind]
	switch {
	case kind.override:
		return x.baseGrant(to, held, scope, r)
	case kind.cond && !x.p.everywhere && !r.unconditional:
		return x.parentGrant(f, to)
	}
	return nil, true
}

// baseGrant returns the grant that an override would hang on.
func (x *explainer) baseGrant(to Holder, held []grant, scope uint32, r *role) (*grant, bool) {
	rule := x.p.model.Override
	parent := x.s.places.at(scope).parent
	if x.p.kinds[x.s.nodes.at(parent).kind].Name != rule.Base || len(rule.Roles) > 0 && !contains(rule.Roles, r.Name) {
		return nil, false
	}
	based := false
	for i := range held {
		g := &held[i]
		if g.platform != x.p.index || g.flags&gVoid != 0 {
			continue
		}
		has := &x.p.roles[g.role]
		if g.flags&gRoot != 0 && contains(rule.DisabledForRoot, has.Name) {
			return nil, false
		}
		if g.node != parent {
			continue
		}
		if contains(rule.DisabledFor, has.Name) || !above(r.all, has.all) {
			return nil, false
		}
		based = based || x.at >= g.from && x.at < g.until
	}
	if based {
		return nil, true
	}
	base, ok := x.leastGrant(to, parent)
	return base, ok && above(r.all, x.p.roles[base.role].all)
}

// parentGrant returns the grant that gives access to the parent of a "*" scope.
func (x *explainer) parentGrant(f *facts, to Holder) (*grant, bool) {
	parent := x.conditionParent()
	if parent == 0 {
		return nil, false // asked above any one parent: no grant gives access to all of them
	}
	if x.with(f, func(c *collector) bool { return slices.Contains(c.parents, parent) }) {
		return nil, true
	}
	return x.leastGrant(to, parent)
}

// conditionParent returns the resource whose access the question's "*" scopes depend on.
func (x *explainer) conditionParent() uint32 {
	if x.n.mid == 0 {
		return 0
	}
	return x.s.places.at(x.n.mid).parent
}

// leastGrant makes a grant of the least permissive role that a holder can have at a scope.
func (x *explainer) leastGrant(to Holder, scope uint32) (*grant, bool) {
	kind := x.s.nodes.at(scope).kind
	best, found, without := uint16(0), false, x.p.withoutRole()
	for i := range x.p.roles {
		r := &x.p.roles[i]
		if r.at>>kind&1 == 0 || r.holders>>to.Kind&1 == 0 || r.unconditional || r.custom || contains(without, r.Name) {
			continue
		}
		if !found || x.p.compareRoles(uint16(i), best) > 0 {
			best, found = uint16(i), true
		}
	}
	if !found {
		return nil, false
	}
	g := x.s.numbers(x.p, scope, best)
	return &g, true
}

func (x *explainer) grantStep(to Holder, role uint16, scope uint32) Step {
	g := Grant{To: to, Role: x.p.roles[role].Name, On: *x.s.paths.at(scope)}
	return Step{Kind: "grant", Grant: g, Subject: x.q.Subject}
}

// occupied names the role that a holder has at a scope where there is one at a time, or "". Of several (which the
// rules do not allow) it is the most permissive.
func (x *explainer) occupied(held []grant, scope uint32) string {
	var most *grant
	for i := range held {
		g := &held[i]
		if g.node == scope && g.flags&gVoid == 0 && g.until > x.at && (most == nil || x.p.compareRoles(g.role, most.role) < 0) {
			most = g
		}
	}
	if most == nil {
		return ""
	}
	return x.p.roles[most.role].Name
}
