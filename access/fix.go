package access

import (
	"fmt"
	"slices"
	"strings"
)

// A Fix is one smallest way to turn a denial: steps that are needed together.
type Fix struct{ Steps []Step }

// A Step is one change of a Fix. Kind says which fields matter.
type Step struct {
	Kind     string // "grant", "reactivate", "license", "member", "join"
	Grant    Grant  // of "grant"
	Platform string // of "license" and "member"
	License  string // of "license"
	Team     string // of "join"
	Replaces string // of "grant": the role that it takes the place of, where there is one role at a time; or ""
	Subject  Subject
}

// String says the step as an instruction.
func (s Step) String() string {
	switch s.Kind {
	case "reactivate":
		return "reactivate " + s.Subject.String()
	case "license":
		return fmt.Sprintf("give %s the license %s on %s", s.Subject, s.License, s.Platform)
	case "member":
		return fmt.Sprintf("make %s a member of %s", s.Subject, s.Platform)
	case "join":
		return fmt.Sprintf("add %s to team:%s", s.Subject, s.Team)
	}
	text := fmt.Sprintf("grant %s to %s on %s", s.Grant.Role, s.Grant.To, s.Grant.On)
	if len(s.Grant.Environments) > 0 {
		text += " for environments " + strings.Join(s.Grant.Environments, ", ")
	}
	if s.Replaces != "" {
		text += ", in place of " + s.Replaces
	}
	return text
}

// String says the fix as one sentence without a full stop.
func (f Fix) String() string {
	parts := make([]string, len(f.Steps))
	for i, s := range f.Steps {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", and ")
}

// same tells whether two fixes of one question take the same steps.
func (f Fix) same(other Fix) bool {
	return slices.EqualFunc(f.Steps, other.Steps, func(a, b Step) bool {
		return a.Kind == b.Kind && a.License == b.License && a.Team == b.Team && compareGrants(a.Grant, b.Grant) == 0
	})
}

const maxFixes = 3

// fixes finds the smallest changes that would allow the question: what only switches on what is there first, then
// grants, the narrowest scope first, there the least permissive roles that would do.
func (x *explainer) fixes() []Fix {
	if x.q.Subject.Kind == Team || x.q.Subject.Kind == NoHolder {
		return nil
	}
	f := *x.facts
	var needed []Step
	if f.inactive {
		f.inactive = false
		needed = append(needed, Step{Kind: "reactivate", Subject: x.q.Subject})
		if x.allows(&f) {
			return []Fix{{needed}}
		}
	}
	var fixes []Fix
	if l := x.license(); l != "" {
		fixes = x.licenseFixes(&f, needed)
		if f.blocked>>x.p.index&1 != 0 { // a grant would not count without a license that lets it
			step, licensed := x.openLicense(&f)
			if !licensed {
				return fixes
			}
			needed = append(needed, step)
			if x.allows(&f) {
				return fixes
			}
		}
	}
	if f.on>>x.p.index&1 == 0 && x.q.Subject.Kind == User {
		f.on |= 1 << x.p.index
		if x.allows(&f) {
			step := Step{Kind: "member", Platform: x.p.slug, Subject: x.q.Subject}
			fixes = append(fixes, Fix{append(slices.Clone(needed), step)})
		}
		f.on &^= 1 << x.p.index
	}
	fixes = x.grantFixes(&f, needed, fixes)
	if len(fixes) > maxFixes {
		fixes = fixes[:maxFixes]
	}
	return fixes
}

func (x *explainer) allows(f *facts) bool {
	return x.with(f, func(c *collector) bool { return slices.ContainsFunc(c.pairs, x.gives) })
}

// licenseFixes tries the other licenses of the platform.
func (x *explainer) licenseFixes(f *facts, needed []Step) []Fix {
	var fixes []Fix
	for i := range x.p.licenses {
		l := &x.p.licenses[i]
		with := x.withLicense(f, i)
		if l.Name == x.license() || !x.allows(&with) {
			continue
		}
		step := Step{Kind: "license", Platform: x.p.slug, License: l.Name, Subject: x.q.Subject}
		fixes = append(fixes, Fix{append(slices.Clone(needed), step)})
	}
	return fixes
}

func (x *explainer) withLicense(f *facts, i int) facts {
	with := *f
	with.licenses = make([]uint8, len(x.s.platforms))
	copy(with.licenses, f.licenses)
	with.licenses[x.p.index] = uint8(i + 1)
	with.blocked &^= 1 << x.p.index
	if x.p.licenses[i].Replaces {
		with.blocked |= 1 << x.p.index
	}
	return with
}

// openLicense changes f to the first license with which grants count.
func (x *explainer) openLicense(f *facts) (Step, bool) {
	for i := range x.p.licenses {
		if !x.p.licenses[i].Replaces {
			*f = x.withLicense(f, i)
			return Step{Kind: "license", Platform: x.p.slug, License: x.p.licenses[i].Name, Subject: x.q.Subject}, true
		}
	}
	return Step{}, false
}

// grantFixes appends fixes that grant something more.
func (x *explainer) grantFixes(f *facts, needed []Step, fixes []Fix) []Fix {
	for _, scope := range x.scopes() {
		for _, role := range x.smallestRoles(scope) {
			if len(fixes) >= maxFixes {
				return fixes
			}
			fix, ok := x.grantFix(f, needed, scope, role)
			if ok && !slices.ContainsFunc(fixes, fix.same) {
				fixes = append(fixes, fix)
			}
		}
	}
	return fixes
}

// scopes lists the scopes at which a grant could allow the question, the narrowest first.
func (x *explainer) scopes() []uint32 {
	var scopes []uint32
	if x.n.flags&nodeStar != 0 && x.hot.flags&hotRootOnly != 0 { // the parent's role reaches its "*" scope
		scopes = append(scopes, x.s.places.at(x.res).parent)
	}
	for i := len(x.n.deep) - 1; i >= 0; i-- {
		scopes = append(scopes, x.n.deep[i])
	}
	scopes = append(scopes, x.n.mid)
	if x.res == x.p.root {
		scopes = append(scopes, x.risingScope())
	}
	top := len(scopes)
	for i, d := range x.n.top {
		if d != x.p.risen && !x.hot.passes(x.n, i) {
			scopes = append(scopes, d)
		}
	}
	if x.res == x.p.root {
		slices.Reverse(scopes[top:]) // its "*" scope is narrower than the root
	}
	return slices.DeleteFunc(scopes, func(d uint32) bool { return d == 0 })
}

// risingScope returns the first resource, by path, of a kind from which the permission rises to the root.
func (x *explainer) risingScope() uint32 {
	from := x.p.permissions[x.perm].RisesFrom
	first := uint32(0)
	for child := range x.s.places.at(x.p.root).children.all {
		n := x.s.nodes.at(child)
		if n.flags&nodeGone != 0 || !contains(from, x.p.kinds[n.kind].Name) {
			continue
		}
		if first == 0 || *x.s.paths.at(child) < *x.s.paths.at(first) {
			first = child
		}
	}
	return first
}

// smallestRoles lists the roles at a scope that contain the permission, that the subject or a team of theirs can hold,
// and of which none contains another.
func (x *explainer) smallestRoles(scope uint32) []uint16 {
	kind, without := x.s.nodes.at(scope).kind, x.p.withoutRole()
	var fit []uint16
	for i := range x.p.roles {
		r := &x.p.roles[i]
		held := r.holders>>x.q.Subject.Kind&1 != 0 || x.q.Subject.Kind == User && r.holders>>Team&1 != 0
		if held && r.at>>kind&1 != 0 && hasBit(r.all, uint32(x.hot.bit)) && !contains(without, r.Name) {
			fit = append(fit, uint16(i))
		}
	}
	smallest := slices.DeleteFunc(slices.Clone(fit), func(a uint16) bool {
		return slices.ContainsFunc(fit, func(b uint16) bool { return above(x.p.roles[a].all, x.p.roles[b].all) })
	})
	slices.SortFunc(smallest, func(a, b uint16) int { return x.p.compareRoles(b, a) })
	return smallest
}

// withoutRole lists the roles that the platform's plan does not have.
func (p *platform) withoutRole() []string {
	var names []string
	if plan := p.planOf(); plan != nil {
		for _, gate := range plan.Without {
			if name, is := strings.CutPrefix(gate, "role:"); is {
				names = append(names, name)
			}
		}
	}
	return names
}
