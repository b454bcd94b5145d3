package access

import "math/bits"

// tableHash spreads node numbers over a table; shift is 32 minus the table's bits.
func tableHash(node uint32, shift uint8) uint32 { return node * 0x9E3779B1 >> (shift & 31) }

// A narrow slot holds a node and a set in one word; a row with anything larger is wide.
const (
	setBits   = 10
	narrowSet = 1<<setBits - 1
	narrowMax = 1<<(32-setBits) - 1
)

// compile makes the row of a subject from what was collected; union unites two sets.
func (c *collector) compile(r *subject, union func(a, b uint32) uint32) {
	r.holds, r.flags = nil, r.flags&rowGone
	if c.from != always || c.until != never {
		r.holds = &window{c.from, c.until}
		r.flags |= rowTimed
	}
	if len(c.pairs) == 0 {
		r.table, r.shift = c.s.noTable, 32
		r.flags |= rowBlank
		return
	}
	size := bits.Len(uint(len(c.pairs) + len(c.pairs)/2))
	r.shift = uint8(32 - size)
	table := c.merge(r, 1<<size, union)
	if r.flags&rowWide != 0 {
		r.table = make([]uint32, 2*len(table))
		for i, pair := range table {
			r.table[2*i], r.table[2*i+1] = uint32(pair>>32), uint32(pair)
		}
		return
	}
	r.table = make([]uint32, len(table))
	for i, pair := range table {
		r.table[i] = uint32(pair>>32)<<setBits | uint32(pair)
	}
}

// merge unites what was collected for the same node, in an open hash table of node<<32 | set.
func (c *collector) merge(r *subject, size int, union func(a, b uint32) uint32) []uint64 {
	if cap(c.table) < size {
		c.table = make([]uint64, size)
	}
	table := c.table[:size]
	clear(table)
	mask := uint32(size - 1)
	for _, pair := range c.pairs {
		n := uint32(pair >> 32)
		i := tableHash(n, r.shift) & mask
		for table[i] != 0 && uint32(table[i]>>32) != n {
			i = (i + 1) & mask
		}
		switch {
		case table[i] == 0:
			table[i] = pair
			c.mark(r, n)
		case uint32(table[i]) != uint32(pair):
			table[i] = uint64(n)<<32 | uint64(union(uint32(table[i]), uint32(pair)))
		}
		if uint32(table[i]) > narrowSet || n > narrowMax {
			r.flags |= rowWide
		}
	}
	return table
}

// mark notes which kinds of nodes a row has entries at, so that a decision can skip the others.
func (c *collector) mark(r *subject, n uint32) {
	at := c.s.nodes.at(n)
	switch {
	case at.mid == n || at.flags&nodeRisen != 0:
	case at.mid == 0:
		r.flags |= rowTop
	default:
		r.flags |= rowDeep
	}
}

// lookup returns the set that a row has at a node, or 0.
func (r *subject) lookup(n uint32) uint32 {
	if r.flags&rowWide != 0 {
		return r.lookupWide(n)
	}
	table := r.table
	mask := uint32(len(table) - 1)
	for i := tableHash(n, r.shift); ; i++ {
		e := table[i&mask]
		if e>>setBits == n {
			return e & narrowSet
		}
		if e == 0 {
			return 0
		}
	}
}

func (r *subject) lookupWide(n uint32) uint32 {
	mask := uint32(len(r.table)/2 - 1)
	for i := tableHash(n, r.shift); ; i++ {
		switch r.table[2*(i&mask)] {
		case n:
			return r.table[2*(i&mask)+1]
		case 0:
			return 0
		}
	}
}

// each visits what the row has, node by node.
func (r *subject) each(visit func(node, set uint32)) {
	if r.flags&rowWide != 0 {
		for i := 0; i < len(r.table); i += 2 {
			if r.table[i] != 0 {
				visit(r.table[i], r.table[i+1])
			}
		}
		return
	}
	for _, e := range r.table {
		if e != 0 {
			visit(e>>setBits, e&narrowSet)
		}
	}
}

// holdsAt tells whether the row is the one for a moment.
func (r *subject) holdsAt(at int64) bool { return r.holds == nil || r.holds.contains(at) }
