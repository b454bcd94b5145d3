package access

import (
	"math"
	"slices"
)

// A delta is what one added or removed grant comes to in the rows of those who have it, where that can be said without
// collecting what all their other grants give. It is worked into the row that somebody had; a row of which it cannot be said
// is collected anew, as every row is that more than one change of an edit touches.
//
// Adding is a union. It is exact for a grant that always counts: it is no override, no role at a root, on no "*" scope whose
// parent matters, has no window, no license replaces it, and its holder has no override that it might be the base of.
//
// Removing takes away what stands at the grant's mid node. It is exact where the team's other grants give all that the
// grant gave elsewhere, and the member has no other grant at that node.
type delta struct {
	holder uint32
	given  []given // by node
	flags  uint8   // of a row that has an entry at all these nodes
	taken  *given  // what a removed grant gave at its mid node; given is then empty
	others others  // who else has a grant at that node
	member *given  // what a grant gives to a new member of its platform; nil: nothing
}

// A given is a set at a node.
type given struct{ node, index, set uint32 }

// deltaOf says what adding or removing a grant comes to, or nil. The holder's grants are those after the change.
func (e *editor) deltaOf(g *grant, holder uint32, removed bool) *delta {
	p := e.s.platforms[g.platform]
	if e.all || e.delta != nil || len(e.dirty) > 0 || removed && holder&teamBit == 0 || p.licensed || g.flags&^gAccess != 0 || g.from != always || g.until != never {
		return nil
	}
	e.s.nodes, e.s.places = e.nodes.pages, e.places.vec()
	d := &delta{holder: holder, given: e.s.givenBy(g)}
	if p.memberGrant.set != 0 {
		d.member = &given{node: p.memberGrant.node, index: noIndex, set: p.memberGrant.set}
	}
	if removed {
		if e.take(d, g) {
			return d
		}
		return nil
	}
	for _, other := range e.grantsOf(holder) {
		if other.flags&gOverride != 0 {
			return nil
		}
	}
	var r row
	c := collector{s: e.s}
	for _, at := range d.given {
		c.mark(&r, at.node, at.set)
	}
	d.flags = r.flags
	return d
}

// givenBy says what a grant gives that always counts.
func (s *Snapshot) givenBy(g *grant) []given {
	c := collector{s: s}
	c.plain(g)
	slices.Sort(c.pairs)
	list := make([]given, 0, len(c.pairs))
	for _, pair := range c.pairs {
		at := given{node: uint32(pair >> 32), index: noIndex, set: uint32(pair)}
		if index, mid := s.indexOf(pair); mid {
			at.index = index
		}
		list = append(list, at)
	}
	return list
}

// take prepares the removal of a team's grant; it answers false where its members have to be collected anew.
func (e *editor) take(d *delta, g *grant) bool {
	t := e.teams.at(d.holder &^ teamBit)
	if t.plain == nil || d.member != nil && t.plain.member>>g.platform&1 == 0 {
		return false
	}
	d.member = nil // as the other grants make them
	for i, at := range d.given {
		left := uint32(0)
		for _, pair := range t.plain.pairs {
			if uint32(pair>>32) == at.node {
				left = e.union(left, uint32(pair))
			}
		}
		switch {
		case left == 0 && at.index != noIndex && d.taken == nil:
			d.taken = &d.given[i]
		case e.union(left, at.set) != left:
			return false
		}
	}
	if d.taken == nil { // the other grants give all of it
		d.given = nil
		return true
	}
	by := e.held.at(d.taken.node).by
	if by.count > 16*t.members.count+64 {
		return false
	}
	d.given, d.others = nil, othersOf(by, d.holder)
	return true
}

// work works the delta into somebody's row, and answers false where it has to be collected anew.
func (d *delta) work(i uint32, r *row, of *subject, union func(a, b uint32) uint32) (row, bool) {
	switch {
	case r.flags&(rowGone|rowBlank|rowWide) != 0 || r.hangs:
		return *r, false
	case d.taken == nil:
		return d.add(*r, union)
	case d.others.has(i):
		return *r, false
	}
	for _, t := range of.facts.teams {
		if t|teamBit != d.holder && d.others.has(t|teamBit) {
			return *r, false
		}
	}
	return d.remove(*r)
}

// maxGiven is at how many nodes a grant can give something: its own, the root, and the "*" scope beneath.
const maxGiven = 3

// add unites a row with what is given.
func (d *delta) add(r row, union func(a, b uint32) uint32) (row, bool) {
	if m := d.member; m != nil {
		if has := r.lookup(m.node); has == 0 || union(has, m.set) != has {
			return r, false // membership might be new
		}
	}
	var sets [maxGiven]uint32
	changed, more := false, 0
	for k := range d.given {
		g := &d.given[k]
		old, most := r.entry(g)
		sets[k] = g.set
		if old != 0 {
			sets[k] = union(old, g.set)
		} else if !r.isDense(g) {
			more++
		}
		if sets[k] > most || g.node > narrowMax {
			return r, false
		}
		changed = changed || sets[k] != old
	}
	if !changed {
		return r, true
	}
	sparse := r.sparse()
	table := make([]uint32, int(r.dense)+max(1, len(sparse)+more))
	copy(table, r.table[:r.dense])
	into := table[r.dense:]
	for k := range d.given {
		g := &d.given[k]
		if r.isDense(g) {
			setByte(table, g.index, sets[k])
			continue
		}
		at := lowerBound(sparse, g.node<<setBits)
		n := copy(into, sparse[:at])
		into[n] = g.node<<setBits | sets[k]
		into, sparse = into[n+1:], sparse[at:]
		if len(sparse) > 0 && sparse[0]>>setBits == g.node {
			sparse = sparse[1:]
		}
	}
	copy(into, sparse)
	r.table = table
	if r.flags |= d.flags; r.flags != 0 {
		r.quick = 0
	}
	return r, true
}

// remove takes away what a row has at the node of the removed grant.
func (d *delta) remove(r row) (row, bool) {
	g := d.taken
	if old, _ := r.entry(g); old != g.set {
		return r, false
	}
	sparse := r.sparse()
	if r.isDense(g) {
		table := slices.Clone(r.table)
		setByte(table, g.index, 0)
		r.table = table
		return r, len(sparse) > 0 || slices.ContainsFunc(table[:r.dense], func(four uint32) bool { return four != 0 })
	}
	if r.dense == 0 && len(sparse) == 1 {
		return r, false
	}
	table := make([]uint32, int(r.dense)+max(1, len(sparse)-1))
	copy(table, r.table[:r.dense])
	at := lowerBound(sparse, g.node<<setBits)
	copy(table[r.dense:], sparse[:at])
	copy(table[int(r.dense)+at:], sparse[at+1:])
	r.table = table
	return r, true
}

func (r *row) isDense(g *given) bool { return g.index/4 < uint32(r.dense) }

// entry returns the set that a row has at a node, and the highest that can stand there. The row is not wide.
func (r *row) entry(g *given) (set, most uint32) {
	if r.isDense(g) {
		return r.table[g.index/4] >> (g.index % 4 * 8) & denseSet, denseSet
	}
	return find(r.table[r.dense:], g.node), narrowSet
}

// sparse returns the part of a row's table that is not dense, without the word that stands where it is empty.
func (r *row) sparse() []uint32 {
	sparse := r.table[r.dense:]
	if len(sparse) == 1 && sparse[0] == 0 {
		return nil
	}
	return sparse
}

func setByte(table []uint32, index, set uint32) {
	shift := index % 4 * 8
	table[index/4] = table[index/4]&^(denseSet<<shift) | set<<shift
}

// lowerBound returns how many words are below a key.
func lowerBound(words []uint32, key uint32) int {
	n, _ := slices.BinarySearch(words, key)
	return n
}

// others is a set of holders, made for being asked often about those who are not in it.
type others struct {
	list   []uint32
	filter []uint64 // a bit for each number, by its low bits
}

func othersOf(by bag, holder uint32) others {
	size := 1 << max(0, int(math.Ceil(math.Log2(float64(by.count+1)/2))))
	o := others{list: make([]uint32, 0, by.count), filter: make([]uint64, size)}
	for h := range by.all {
		if h != holder {
			o.list = append(o.list, h)
			o.filter[h>>6&uint32(size-1)] |= 1 << (h & 63)
		}
	}
	return o
}

func (o *others) has(h uint32) bool {
	return o.filter[h>>6&uint32(len(o.filter)-1)]>>(h&63)&1 != 0 && slices.Contains(o.list, h)
}
