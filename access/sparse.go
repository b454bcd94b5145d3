package access

import "math/bits"

// compileSparse makes a row without a dense part.
func (c *collector) compileSparse(r *row, union func(a, b uint32) uint32) {
	c.pairs = c.ordered(r, union)
	if r.flags&rowWide != 0 {
		r.table = make([]uint32, 0, 2*len(c.pairs))
		for _, pair := range c.pairs {
			r.table = append(r.table, uint32(pair>>32), uint32(pair))
		}
		return
	}
	r.table = c.allocate(len(c.pairs))
	c.write(r.table, c.pairs)
}

// ordered returns what was collected by node, each once. Nearly all of it is at mid nodes, whose indexes have the order of
// their numbers: they are ordered by marking them in a bitmap, which takes a third of the time that sorting takes.
func (c *collector) ordered(r *row, union func(a, b uint32) uint32) []uint64 {
	if c.s.mids.size > len(c.at64)<<6 {
		c.at64 = make([]uint64, (c.s.mids.size+63)/64)
		c.at4096 = make([]uint64, (len(c.at64)+63)/64)
	}
	if cap(c.cells) < c.s.mids.size {
		c.cells = make([]uint32, c.s.mids.size)
	}
	cells := c.cells[:c.s.mids.size]
	give := func(index, set uint32) {
		word, bit := index>>6, uint64(1)<<(index&63)
		switch {
		case c.at64[word]&bit == 0:
			c.at64[word] |= bit
			c.at4096[word>>6] |= 1 << (word & 63)
			cells[index] = set
		case cells[index] != set:
			cells[index] = union(cells[index], set)
		}
	}
	c.rest = c.rest[:0]
	for _, pair := range c.pairs {
		if index, mid := c.s.indexOf(pair); mid {
			give(index, uint32(pair))
			continue
		}
		c.rest = append(c.rest, pair)
	}
	for _, b := range c.bundles {
		for _, cell := range b.cells {
			give(uint32(cell>>32), uint32(cell))
		}
		c.rest = append(c.rest, b.rest...)
	}
	c.bundles = c.bundles[:0]
	c.rest = c.merge(r, c.rest, union)
	return mergeInto(c.marked(r, cells, c.pairs[:0]), c.rest)
}

// marked appends what is marked, in order, and takes the marks away.
func (c *collector) marked(r *row, cells []uint32, pairs []uint64) []uint64 {
	for w, many := range c.at4096 {
		for ; many != 0; many &= many - 1 {
			word := w<<6 | bits.TrailingZeros64(many)
			for marks := c.at64[word]; marks != 0; marks &= marks - 1 {
				index := uint32(word<<6 | bits.TrailingZeros64(marks))
				node, set := *c.s.mids.at(index), cells[index]
				if set > narrowSet || node > narrowMax {
					r.flags |= rowWide
				}
				pairs = append(pairs, uint64(node)<<32|uint64(set))
			}
			c.at64[word] = 0
		}
		c.at4096[w] = 0
	}
	return pairs
}

// mergeInto merges two ordered lists in the space of the first, whose nodes are others than those of the second.
func mergeInto(pairs, more []uint64) []uint64 {
	i, n := len(pairs)-1, len(more)-1
	pairs = append(pairs, more...)
	for at := len(pairs) - 1; n >= 0; at-- {
		if i >= 0 && pairs[i] > more[n] {
			pairs[at] = pairs[i]
			i--
			continue
		}
		pairs[at] = more[n]
		n--
	}
	return pairs
}
