package access

import (
	"math/bits"
	"slices"
)

// A collector gathers what a subject's grants give at a moment, as pairs of node and set. It is the one place where
// the rules of grants are applied: rows, questions about other moments, and explanations all come from it.
type collector struct {
	s           *Snapshot
	at          int64
	from, until int64 // nothing collected changes within [from, until)
	pairs       []uint64
	parents     []uint32  // resources that grants in force give access to; those of bundles only after gatherParents
	bundles     []*bundle // more pairs
	pending     []pendingGrant
	member      uint64 // platforms that a grant in force makes the user a member of
	rooted      uint64 // platforms on which the user holds a role at the root
	risen       uint64 // what addRisen added last
	bulk        bool   // rows are allocated from blocks
	block       []uint32
	cells       []uint32        // scratch: sets by index of a mid node
	rest        []uint64        // scratch: pairs that are not at a mid node
	at64        []uint64        // scratch, all 0: a bit for each mid node by its index
	at4096      []uint64        // …: a bit for each word of at64
	bases       map[uint32]bool // of a long list: where its holder has a grant in force
	star        uint32          // if set, the one "*" scope that matters: others are not gathered

	tracing bool
	trace   []traced // one an event, in the order of the grants
	sources []int32  // by pair: which of trace it came from
	source  int32
}

type pendingGrant struct {
	g      *grant
	source int32
}

// traced says what became of one grant (or license, or membership).
type traced struct {
	g       *grant
	team    int32 // holder's team, or -1
	license int8  // index of the license + 1 that gave it, or 0
	plat    uint8
	why     Why
}

func (c *collector) reset(s *Snapshot, at int64) {
	c.s, c.at, c.from, c.until = s, at, always, never
	if c.pairs == nil {
		c.pairs = make([]uint64, 0, 64)
	}
	c.pairs, c.parents, c.pending = c.pairs[:0], c.parents[:0], c.pending[:0]
	c.trace, c.sources = c.trace[:0], c.sources[:0]
	c.bundles = c.bundles[:0]
	c.member, c.rooted, c.risen = 0, 0, 0
}

// gather gathers everything that a subject of the snapshot has.
func (c *collector) gather(sub uint32) {
	if r := c.s.subjects.row(sub); !r.gone() {
		c.collect(r.kind, c.s.subjects.at(sub).facts)
	}
}

// collect gathers what somebody of a kind has with these facts.
func (c *collector) collect(kind HolderKind, f *facts) {
	if f.inactive {
		return
	}
	c.bases = nil
	c.list(f, f.grants, -1)
	for _, t := range f.teams {
		team := c.s.teams.at(t)
		if p := team.plain; p != nil && !c.tracing && f.blocked&p.member == 0 {
			c.bundles = append(c.bundles, p)
			c.member |= p.member
			continue
		}
		c.bases = nil
		c.list(f, team.grants, int32(t))
	}
	c.conditional()
	if kind == User {
		c.licenses(f)
		c.memberships(f)
	}
}

func (c *collector) add(node, set uint32) {
	if set == 0 || node == 0 {
		return
	}
	c.pairs = append(c.pairs, uint64(node)<<32|uint64(set))
	if c.tracing {
		c.sources = append(c.sources, c.source)
	}
}

// addRisen adds what a grant gives at the root. Many grants give the same there: only the first one makes a pair.
func (c *collector) addRisen(g *grant) {
	key := uint64(g.platform)<<32 | uint64(g.rise)
	if key == c.risen && !c.tracing {
		return
	}
	c.risen = key
	c.add(c.s.platforms[g.platform].risen, g.rise)
}

func (c *collector) note(g *grant, team int32, why Why) {
	if c.tracing {
		c.source = int32(len(c.trace))
		c.trace = append(c.trace, traced{g: g, team: team, plat: g.platform, why: why})
	}
}

// inForce judges a window and narrows the time for which the collection holds.
func (c *collector) inForce(g *grant) Why {
	switch {
	case c.at < g.from:
		c.until = min(c.until, g.from)
		return WhyNotYet
	case c.at >= g.until:
		c.from = max(c.from, g.until)
		return WhyEnded
	}
	c.from, c.until = max(c.from, g.from), min(c.until, g.until)
	return WhyCounts
}

// list gathers the grants of one holder.
func (c *collector) list(f *facts, grants []grant, team int32) {
	for i := range grants {
		g := &grants[i]
		if why := c.usable(f, grants, g); why != WhyCounts {
			c.note(g, team, why)
			continue
		}
		c.note(g, team, WhyCounts)
		if g.flags&(gCondAll|gCondParent) != 0 {
			c.member |= 1 << g.platform
			c.pending = append(c.pending, pendingGrant{g, c.source})
			continue
		}
		c.plain(g)
		if g.flags&gRoot != 0 {
			c.rooted |= 1 << g.platform
		}
	}
}

// plain gathers a grant that counts whatever the moment, and hangs on nothing: most are like that.
func (c *collector) plain(g *grant) {
	c.member |= 1 << g.platform
	c.add(g.node, g.set)
	if g.rise != 0 {
		c.addRisen(g)
	}
	if g.reach != 0 {
		c.add(c.s.places.at(g.node).star, g.reach)
	}
	if g.flags&gAccess != 0 {
		c.parents = append(c.parents, g.node)
	}
}

// A bundle is what a holder's grants give, gathered once for all who have them.
type bundle struct {
	pairs   []uint64
	cells   []uint64 // those of pairs that are at a mid node, with its index in place of the node
	rest    []uint64 // the others
	parents []uint32
	member  uint64
}

// bundleOf gathers grants that count whatever the moment and hang on nothing; for others it returns nil.
func (e *editor) bundleOf(grants []grant) *bundle {
	c := collector{s: e.s, pairs: make([]uint64, 0, len(grants)+1)}
	e.s.nodes, e.s.places = e.nodes.pages, e.places.vec()
	for i := range grants {
		g := &grants[i]
		if g.flags&^gAccess != 0 || g.from != always || g.until != never {
			return nil
		}
		c.plain(g)
	}
	b := &bundle{pairs: c.pairs, parents: c.parents, member: c.member}
	for _, pair := range c.pairs {
		if index, dense := e.s.indexOf(pair); dense {
			b.cells = append(b.cells, uint64(index)<<32|uint64(uint32(pair)))
			continue
		}
		b.rest = append(b.rest, pair)
	}
	return b
}

// indexOf returns the index of the node of a pair, where it can stand in the dense part of a row.
func (s *Snapshot) indexOf(pair uint64) (uint32, bool) {
	n := s.nodes.at(uint32(pair >> 32))
	return n.index, n.index != noIndex && n.mid == uint32(pair>>32)
}

// unbundle makes the bundles pairs.
func (c *collector) unbundle() {
	for _, b := range c.bundles {
		c.pairs = append(c.pairs, b.pairs...)
	}
	c.bundles = c.bundles[:0]
}

// usable says whether a grant counts at all, conditions of branch scopes aside.
func (c *collector) usable(f *facts, grants []grant, g *grant) Why {
	switch {
	case g.flags&gVoid != 0:
		return WhyVoid
	case f.blocked>>g.platform&1 != 0:
		return WhyLicense
	}
	if g.from != always || g.until != never {
		if why := c.inForce(g); why != WhyCounts {
			return why
		}
	}
	if g.flags&gOverride != 0 && !c.hasBase(grants, g) {
		return WhyNoBase
	}
	return WhyCounts
}

// hasBase looks for the same holder's grant at the parent of an override, in force. A long list is looked through once,
// so that many overrides of one holder cost no more than their number.
func (c *collector) hasBase(grants []grant, override *grant) bool {
	base := c.s.places.at(override.node).parent
	if len(grants) <= shortList {
		for i := range grants {
			if g := &grants[i]; g.node == base && g.flags&gVoid == 0 && c.inForce(g) == WhyCounts {
				return true
			}
		}
		return false
	}
	if c.bases == nil {
		c.bases = make(map[uint32]bool, len(grants))
		for i := range grants {
			if g := &grants[i]; g.flags&(gVoid|gOverride) == 0 && c.inForce(g) == WhyCounts {
				c.bases[g.node] = true
			}
		}
	}
	return c.bases[base]
}

// shortList is the length up to which looking through a list beats making a map of it.
const shortList = 64

// conditional adds the grants on "*" scopes where the subject has access to the parent.
func (c *collector) conditional() {
	if len(c.pending) == 0 {
		return
	}
	c.gatherParents()
	for _, pending := range c.pending {
		c.source = pending.source
		if !c.branches(pending.g) && c.tracing {
			c.trace[pending.source].why = WhyNoParent
		}
	}
}

// gatherParents completes the parents that grants in force give access to, ordered and each once. Few need them.
func (c *collector) gatherParents() {
	for _, b := range c.bundles {
		c.parents = append(c.parents, b.parents...)
	}
	slices.Sort(c.parents)
	c.parents = slices.Compact(c.parents)
}

// branches adds one grant on a "*" scope and tells whether it counts anywhere.
func (c *collector) branches(g *grant) bool {
	if g.flags&gCondParent != 0 {
		_, has := slices.BinarySearch(c.parents, c.s.places.at(g.node).parent)
		if has {
			c.add(g.node, g.set)
		}
		return has
	}
	counts := false
	for _, parent := range c.parents {
		if c.s.nodes.at(parent).platform != g.platform {
			continue
		}
		counts = true
		if star := c.s.places.at(parent).star; c.star == 0 || c.star == star {
			c.add(star, g.set)
		}
	}
	return counts
}

// licenses adds what a replacing license gives in place of grants.
func (c *collector) licenses(f *facts) {
	for p := range f.licenses {
		if f.licenses[p] == 0 {
			continue
		}
		l := &c.s.platforms[p].licenses[f.licenses[p]-1]
		c.member |= 1 << p
		for i := range l.grants {
			if c.tracing {
				c.source = int32(len(c.trace))
				c.trace = append(c.trace, traced{g: &l.grants[i], team: -1, license: int8(f.licenses[p]), plat: uint8(p), why: WhyCounts})
			}
			c.add(l.grants[i].node, l.grants[i].set)
			c.addRisen(&l.grants[i])
		}
	}
}

// memberships adds the role that every member has who holds no other at the root.
func (c *collector) memberships(f *facts) {
	for members := (c.member | f.on) &^ c.rooted; members != 0; members &= members - 1 {
		p := c.s.platforms[bits.TrailingZeros64(members)]
		if p.memberGrant.set == 0 {
			continue
		}
		if c.tracing {
			c.source = int32(len(c.trace))
			c.trace = append(c.trace, traced{g: &p.memberGrant, team: -1, plat: p.index, why: WhyMember})
		}
		c.add(p.memberGrant.node, p.memberGrant.set)
	}
}
