package access

import "math/bits"

// tableHash spreads node numbers over a table; shift is 32 minus the table's bits.
func tableHash(node uint32, shift uint8) uint32 { return node * 0x9E3779B1 >> (shift & 31) }

// compile makes the row of a subject from what was collected; union unites two sets.
func (c *collector) compile(r *subject, union func(a, b uint32) uint32) {
	r.from, r.until, r.deep, r.top = c.from, c.until, false, false
	if len(c.pairs) == 0 {
		r.table, r.shift = c.s.noTable, 32
		return
	}
	size := bits.Len(uint(len(c.pairs) + len(c.pairs)/2))
	table := make([]uint64, 1<<size)
	r.table, r.shift = table, uint8(32-size)
	mask := uint32(len(table) - 1)
	for _, pair := range c.pairs {
		n := uint32(pair >> 32)
		for i := tableHash(n, r.shift); ; i++ {
			e := &table[i&mask]
			if *e == 0 {
				*e = pair
				c.mark(r, n)
				break
			}
			if uint32(*e>>32) == n {
				if uint32(*e) != uint32(pair) {
					*e = uint64(n)<<32 | uint64(union(uint32(*e), uint32(pair)))
				}
				break
			}
		}
	}
}

// mark notes which kinds of nodes a row has entries at, so that a decision can skip the others.
func (c *collector) mark(r *subject, n uint32) {
	switch c.s.nodes.at(n).mid {
	case n:
	case 0:
		r.top = true
	default:
		r.deep = true
	}
}

// lookup returns the set that a row has at a node, or 0.
func (r *subject) lookup(n uint32) uint32 {
	mask := uint32(len(r.table) - 1)
	for i := tableHash(n, r.shift); ; i++ {
		e := r.table[i&mask]
		if uint32(e>>32) == n {
			return uint32(e)
		}
		if e == 0 {
			return 0
		}
	}
}
