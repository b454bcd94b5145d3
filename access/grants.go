package access

import (
	"fmt"
	"slices"
)

// grantSets is what a role gives in a grant: at its scope and beneath, at the root, at the "*" scope beneath.
type grantSets struct{ set, rise, reach uint32 }

// numbers computes a grant of a role without categories at a node, for a holder that may have it.
func (s *Snapshot) numbers(p *platform, on uint32, r uint16) grant {
	sets := p.grantSets[int(r)*len(p.kinds)+int(s.nodes.at(on).kind)]
	return grant{from: always, until: never, node: on, set: sets.set, rise: sets.rise, reach: sets.reach,
		role: r, platform: p.index, flags: s.flags(p, on, r)}
}

// setsOf computes what a role gives in a grant at a kind of scope.
func (e *editor) setsOf(p *platform, r *role, k *kind, cats categories) grantSets {
	mask := p.grantMask(r, k, cats)
	rise, reach := slices.Clone(mask), slices.Clone(mask)
	and(rise, k.rises)
	and(reach, k.reaches)
	return grantSets{set: e.intern(mask), rise: e.intern(rise), reach: e.intern(reach)}
}

// tabulate computes the grants without categories of every role at every kind, once a platform.
func (e *editor) tabulate(p *platform) {
	p.grantSets = make([]grantSets, len(p.roles)*len(p.kinds))
	for r := range p.roles {
		for k := range p.kinds {
			if p.roles[r].at>>k&1 != 0 {
				p.grantSets[r*len(p.kinds)+k] = e.setsOf(p, &p.roles[r], &p.kinds[k], 0)
			}
		}
	}
}

// flags says how a grant counts, by its scope and role.
func (s *Snapshot) flags(p *platform, on uint32, r uint16) uint8 {
	n, role := s.nodes.at(on), &p.roles[r]
	k := &p.kinds[n.kind]
	var flags uint8
	if role.at>>n.kind&1 == 0 {
		return gVoid
	}
	if k.override {
		parent := s.places.at(on).parent
		if p.kinds[s.nodes.at(parent).kind].Name != p.model.Override.Base {
			return gVoid // a code location of a branch deployment has no role of its own
		}
		if only := p.model.Override.Roles; len(only) > 0 && !contains(only, role.Name) {
			return gVoid
		}
		flags |= gOverride
	}
	if k.cond && !p.everywhere && !role.unconditional {
		if n.flags&nodeRootStar != 0 {
			flags |= gCondAll
		} else {
			flags |= gCondParent
		}
	}
	if k.access {
		flags |= gAccess
	}
	if k.isRoot {
		flags |= gRoot
	}
	return flags
}

// compileGrant turns a Grant into numbers.
func (e *editor) compileGrant(g *Grant) (grant, error) {
	on, found := e.findNode(g.On)
	if !found {
		canonical, err := CanonicalPath(g.On)
		if err == nil {
			on, found = e.findNode(canonical)
		}
		if !found {
			return grant{}, fmt.Errorf("there is no resource %q", g.On)
		}
	}
	p := e.s.platforms[e.nodes.at(on).platform]
	r, known := p.roleByName[g.Role]
	if !known {
		return grant{}, fmt.Errorf("platform %s has no role %q", p.slug, g.Role)
	}
	cats, err := p.parseCategories(g.Environments)
	if err != nil {
		return grant{}, err
	}
	e.s.nodes, e.s.places = e.nodes.pages, e.places.vec()
	c := e.s.numbers(p, on, r)
	if cats != 0 {
		sets := e.setsOf(p, &p.roles[r], &p.kinds[e.nodes.at(on).kind], cats)
		c.cats, c.set, c.rise, c.reach = cats, sets.set, sets.rise, sets.reach
	}
	c.from, c.until = opening(g.From), closing(g.Until)
	if p.roles[r].holders>>g.To.Kind&1 == 0 {
		c.flags |= gVoid
	}
	return c, nil
}

// compileHeld turns a Grant into numbers, and its holder into one.
func (e *editor) compileHeld(g *Grant) (grant, uint32, error) {
	c, err := e.compileGrant(g)
	if err != nil {
		return c, 0, err
	}
	holder, err := e.holder(g.To)
	return c, holder, err
}

// addGrant adds a grant to its holder.
func (e *editor) addGrant(g *Grant) error {
	c, holder, err := e.compileHeld(g)
	if err != nil {
		return err
	}
	e.setGrants(holder, func(grants []grant) []grant {
		if e.bulk {
			return append(grants, c)
		}
		return append(append(make([]grant, 0, len(grants)+1), grants...), c)
	})
	e.concern(holder, e.deltaOf(&c, holder, false))
	at := e.held.set(c.node)
	at.live++
	if at.by.stale(at.live) {
		at.by = at.by.compact(func(h uint32) bool { return h != holder && e.holdsAt(h, c.node) })
	}
	at.by = at.by.grow(holder, e.bulk)
	return nil
}

// removeGrant removes one grant that equals g.
func (e *editor) removeGrant(g *Grant) error {
	c, holder, err := e.compileHeld(g)
	if err != nil {
		return err
	}
	removed := false
	e.setGrants(holder, func(grants []grant) []grant {
		for i := range grants {
			if sameGrant(&grants[i], &c) {
				removed = true
				return append(append(make([]grant, 0, len(grants)), grants[:i]...), grants[i+1:]...)
			}
		}
		return grants
	})
	if !removed {
		return fmt.Errorf("%s has no such grant: %s on %s", g.To, g.Role, g.On)
	}
	e.held.set(c.node).live--
	e.concern(holder, e.deltaOf(&c, holder, true))
	return nil
}

func sameGrant(a, b *grant) bool {
	return a.node == b.node && a.role == b.role && a.platform == b.platform && a.cats == b.cats && a.from == b.from && a.until == b.until
}

// holder returns the number of a holder: a subject's, or a team's with teamBit.
func (e *editor) holder(h Holder) (uint32, error) {
	if h.Kind == Team {
		t, found := e.findTeam(h.ID)
		if !found {
			return 0, fmt.Errorf("there is no %s", h)
		}
		return t | teamBit, nil
	}
	n, found := e.findSubject(h)
	if !found {
		return 0, fmt.Errorf("there is no %s", h)
	}
	return n, nil
}

// setGrants replaces the grants of a holder. Whoever calls it sees to the rows that follow from them.
func (e *editor) setGrants(holder uint32, change func([]grant) []grant) {
	if holder&teamBit != 0 {
		t := e.teams.set(holder &^ teamBit)
		t.grants = change(t.grants)
		if !e.all {
			t.plain = e.bundleOf(t.grants)
		}
		return
	}
	f := e.ownFacts(holder)
	f.grants = change(f.grants)
}

// concern marks the rows that follow from the grants of a holder: they differ by the delta, or have to be collected anew.
func (e *editor) concern(holder uint32, d *delta) {
	switch {
	case e.all:
	case d != nil:
		e.delta = d
	default:
		e.expand()
		e.touchHolder(holder)
	}
}

func (e *editor) grantsOf(holder uint32) []grant {
	if holder&teamBit != 0 {
		return e.teams.at(holder &^ teamBit).grants
	}
	return e.subjects.at(holder).facts.grants
}

func (e *editor) holdsAt(holder, on uint32) bool {
	for _, g := range e.grantsOf(holder) {
		if g.node == on {
			return true
		}
	}
	return false
}

// dropGrantsAt removes every grant of a holder at a node.
func (e *editor) dropGrantsAt(holder, on uint32) {
	if !e.holdsAt(holder, on) {
		return
	}
	e.setGrants(holder, func(grants []grant) []grant {
		kept := make([]grant, 0, len(grants))
		for _, g := range grants {
			if g.node != on {
				kept = append(kept, g)
			}
		}
		return kept
	})
	e.concern(holder, nil)
}
