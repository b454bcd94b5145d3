package access

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Explanation is the whole answer to a question: the decision, every grant of the subject on that platform with
// what became of it, and for a denial the smallest changes that would turn it. Its order is fixed: the same facts
// give the same explanation, in whatever order they were written down.
type Explanation struct {
	Question Question
	Decision Decision
	Level    string // kind that the permission's questions are asked at
	Kind     string // kind of the resource
	Inactive bool   // the subject is deactivated
	License  string // the subject's license on the platform; "none", or "" where licenses do not matter
	Reasons  []Reason
	Fixes    []Fix // at most three; for a denial only
}

// A Reason is one grant and its part in the decision.
type Reason struct {
	Grant   Grant
	Via     string // "" for an own grant; "team:data"; "license:it"; "membership"
	Outcome Outcome
	Why     Why
	Detail  string // one clause for people, without a full stop
}

// Explain answers as Decide does and says why.
func (s *Snapshot) Explain(q Question) Explanation {
	e := Explanation{Question: q, Decision: s.Decide(q)}
	res, found := s.Resource(q.Resource)
	if !found {
		return e
	}
	n := s.nodes.at(uint32(res))
	p := s.platforms[n.platform]
	e.Kind = p.kinds[n.kind].Name
	i, known := p.permByName[q.Permission]
	if !known {
		return e
	}
	e.Level = p.permissions[i].At
	sub, found := s.Subject(q.Subject)
	if !found || e.Decision.Code == BelowLevel {
		return e
	}
	x := explainer{s: s, q: q, p: p, n: n, res: uint32(res), perm: i, hot: &s.hot[p.firstPermission+uint32(i)], facts: s.subjects.at(uint32(sub)).facts}
	x.bit = x.hot.bitAt(n)
	x.at = moment(q.At)
	e.Inactive = x.facts.inactive
	e.License = x.license()
	e.Reasons = x.reasons()
	if !e.Decision.Allowed {
		e.Fixes = x.fixes()
	}
	return e
}

type explainer struct {
	s     *Snapshot
	q     Question
	p     *platform
	n     *node
	res   uint32
	perm  uint16
	hot   *hotPermission
	bit   uint32
	at    int64
	facts *facts
}

// license names the license where it decides about the subject.
func (x *explainer) license() string {
	if !x.p.licensed || x.q.Subject.Kind != User {
		return ""
	}
	if l := x.facts.licenses; l != nil && l[x.p.index] != 0 {
		return x.p.licenses[l[x.p.index]-1].Name
	}
	return "none"
}

// traced gathers what the subject would have with these facts, and where each part comes from.
func (x *explainer) traced(f *facts) *collector {
	c := &collector{tracing: true, star: x.n.mid}
	c.reset(x.s, x.at)
	c.collect(x.q.Subject.Kind, f)
	return c
}

// with gathers what the subject would have with these facts and shows it to look.
func (x *explainer) with(f *facts, look func(*collector) bool) bool {
	c := x.s.lineage.collector()
	defer x.s.lineage.collectors.Put(c)
	c.reset(x.s, x.at)
	c.collect(x.q.Subject.Kind, f)
	c.gatherParents()
	c.unbundle()
	return look(c)
}

// gives tells whether a pair allows the question.
func (x *explainer) gives(pair uint64) bool {
	return x.s.sets.has(uint32(pair), x.bit) && x.s.reaches(x.n, x.hot, uint32(pair>>32))
}

func (x *explainer) reasons() []Reason {
	f := *x.facts
	f.inactive = false
	c := x.traced(&f)
	gives := make([]bool, len(c.trace))
	for i, pair := range c.pairs {
		gives[c.sources[i]] = gives[c.sources[i]] || x.gives(pair)
	}
	ranked := make([]*rankedReason, 0, len(c.trace))
	all := make([]rankedReason, len(c.trace))
	for i := range c.trace {
		t := &c.trace[i]
		if t.plat != x.p.index {
			continue
		}
		r := &all[i]
		r.role, r.cover = t.g.role, x.s.reaches(x.n, x.hot, t.g.node)
		r.Grant, r.Via = x.grantOf(t)
		r.Outcome, r.Why = x.outcome(t, gives[i], r.cover)
		ranked = append(ranked, r)
	}
	slices.SortStableFunc(ranked, x.compareReasons)
	reasons := make([]Reason, len(ranked))
	for i := range ranked {
		r := ranked[i].Reason
		if i == 0 && r.Outcome == Contributes {
			r.Outcome = Wins
		}
		r.Detail = x.detail(&r)
		reasons[i] = r
	}
	return reasons
}

// grantOf writes a traced grant in names, and how it comes to the subject.
func (x *explainer) grantOf(t *traced) (Grant, string) {
	self := x.q.Subject
	switch {
	case t.team >= 0:
		team := Holder{Kind: Team, ID: x.s.teams.at(uint32(t.team)).name}
		return x.s.grant(team, t.g), team.String()
	case t.license > 0:
		return x.s.grant(self, t.g), "license:" + x.p.licenses[t.license-1].Name
	case t.why == WhyMember:
		return x.s.grant(self, t.g), "membership"
	}
	return x.s.grant(self, t.g), ""
}

func (x *explainer) outcome(t *traced, gives, covers bool) (Outcome, Why) {
	why := t.why
	if why == WhyMember {
		why = WhyCounts
	}
	switch {
	case why == WhyNoParent && !covers:
		return Lost, WhyScope
	case why != WhyCounts:
		return Lost, why
	case gives && x.facts.inactive:
		return Lost, WhyInactive
	case gives:
		return Contributes, WhyCounts
	case !hasBit(x.p.roles[t.g.role].all, uint32(x.hot.bit)) && !x.byMinimum(t.g):
		return Lost, WhyRole
	case !covers && t.g.node == x.res && x.hot.flags&hotRootOnly != 0:
		return Lost, WhyRootScope
	case !covers:
		return Lost, WhyScope
	case t.g.flags&(gCondAll|gCondParent) != 0:
		return Lost, WhyNoParent
	case x.hot.flags&hotLifted != 0:
		return Lost, WhyCategory
	}
	return Lost, WhyRole
}

// byMinimum tells whether the permission comes with any role at the grant's kind of scope.
func (x *explainer) byMinimum(g *grant) bool {
	k := &x.p.kinds[x.s.nodes.at(g.node).kind]
	return k.minimum != nil && hasBit(k.minimum, uint32(x.hot.bit))
}

type rankedReason struct {
	Reason
	role  uint16
	cover bool
}

// compareReasons orders reasons: outcome, then the most permissive role, then the narrowest scope, own before teams'.
func (x *explainer) compareReasons(a, b *rankedReason) int {
	if a.Outcome != b.Outcome {
		return int(a.Outcome) - int(b.Outcome)
	}
	if a.Outcome == Lost && a.cover != b.cover {
		if a.cover {
			return -1
		}
		return 1
	}
	if c := x.p.compareRoles(a.role, b.role); c != 0 {
		return c
	}
	if da, db := strings.Count(a.Grant.On, "/"), strings.Count(b.Grant.On, "/"); da != db {
		return db - da
	}
	if c := strings.Compare(a.Via, b.Via); c != 0 {
		return c
	}
	return compareGrants(a.Grant, b.Grant)
}

// detail says a reason in a clause.
func (x *explainer) detail(r *Reason) string {
	g := &r.Grant
	switch r.Why {
	case WhyRole:
		return g.Role + " does not contain " + x.q.Permission
	case WhyScope:
		return g.On + " does not cover " + x.q.Resource
	case WhyCategory:
		return x.categoryDetail(g)
	case WhyNotYet:
		return "begins " + g.From.Format(time.RFC3339)
	case WhyEnded:
		return "ended " + g.Until.Format(time.RFC3339)
	case WhyLicense:
		if l := x.license(); l != "none" {
			return fmt.Sprintf("the license %s stands in its place", l)
		}
		return fmt.Sprintf("without a license on %s no grant counts there", x.p.slug)
	case WhyNoBase:
		return "it hangs on the holder's role at the parent, which is not in force"
	case WhyNoParent:
		if parent := x.conditionParent(); parent != 0 {
			return "it counts only with access to " + *x.s.paths.at(parent)
		}
		return "it counts only with access to the parent, and nothing gives access to every parent, present and future"
	case WhyVoid:
		return fmt.Sprintf("%s cannot be held by %s here", g.Role, g.To)
	case WhyInactive:
		return fmt.Sprintf("%s is deactivated", x.q.Subject)
	case WhyRootScope:
		return fmt.Sprintf("at %s itself only roles at %s give it", x.q.Resource, x.p.slug)
	}
	if g.On == *x.s.paths.at(x.res) {
		return g.Role + " contains " + x.q.Permission
	}
	return g.Role + " contains " + x.q.Permission + " and " + g.On + " covers " + x.q.Resource
}

func (x *explainer) categoryDetail(g *Grant) string {
	lifts := "no environments"
	if len(g.Environments) > 0 {
		lifts = strings.Join(g.Environments, ", ")
	}
	if x.n.category == categoryAll {
		return fmt.Sprintf("it lifts %s to write in %s; above an environment it must be all", x.q.Permission, lifts)
	}
	return fmt.Sprintf("it lifts %s in %s; %s is %s", x.q.Permission, lifts, x.q.Resource, x.p.categories()[x.n.category-1])
}
