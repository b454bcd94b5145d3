package access

import "slices"

// A row says the set of permissions at each node where there is one. It stands in one table
// of words, in two parts:
//
//	dense   a byte for each mid node by its number (node.index), four to a word: the set there, or 0
//	sparse  node<<setBits | set, ordered by node: everything that is not in the dense part
//
// The dense part is left out where it would be the larger one, or where a set does not fit a byte. A row with a set or a
// node that does not fit a sparse word is wide: no dense part, and pairs of words.
const (
	setBits   = 10
	narrowSet = 1<<setBits - 1
	narrowMax = 1<<(32-setBits) - 1
	denseSet  = 1<<8 - 1
	noIndex   = 1<<32 - 1 // index of a node that is never in the dense part
	maxDense  = 1<<16 - 1 // words
)

// gone tells whether the subject was removed.
func (r *row) gone() bool { return r.flags&rowGone != 0 }

// compile makes a row from what was collected; union unites two sets.
func (c *collector) compile(r *row, union func(a, b uint32) uint32) {
	r.flags, r.dense, r.quick, r.hangs = r.flags&rowGone, 0, 0, len(c.pending) > 0
	if c.from != always || c.until != never {
		r.flags |= rowTimed
	}
	pairs := len(c.pairs)
	for _, b := range c.bundles {
		pairs += len(b.pairs)
	}
	if pairs == 0 {
		r.table = c.s.noTable
		r.flags |= rowBlank
		return
	}
	if words := (c.s.mids.size + 3) / 4; words > min(pairs, maxDense) || !c.compileDense(r, words, union) {
		c.compileSparse(r, union)
	}
	if r.flags == 0 {
		r.quick = r.dense
	}
}

// compileDense makes a row with a dense part of so many words; it answers false where a set does not fit.
func (c *collector) compileDense(r *row, words int, union func(a, b uint32) uint32) bool {
	if cap(c.cells) < 4*words {
		c.cells = make([]uint32, 4*words)
	}
	cells := c.cells[:4*words]
	clear(cells)
	c.rest = c.rest[:0]
	highest := uint32(0)
	give := func(index, set uint32) {
		switch cell := &cells[index]; *cell {
		case 0, set:
			*cell = set
		default:
			*cell = union(*cell, set)
		}
		highest = max(highest, cells[index])
	}
	for _, pair := range c.pairs {
		if index, dense := c.s.indexOf(pair); dense {
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
	if highest > denseSet {
		return false
	}
	c.rest = c.merge(r, c.rest, union)
	if r.flags&rowWide != 0 {
		r.flags &^= rowWide
		return false
	}
	r.dense = uint16(words) // not cut at its end: that all rows have one length is easy to guess for a processor
	r.table = c.allocate(words + max(1, len(c.rest)))
	for w := range words {
		four := cells[4*w : 4*w+4 : 4*w+4]
		r.table[w] = four[0] | four[1]<<8 | four[2]<<16 | four[3]<<24
	}
	c.write(r.table[words:], c.rest)
	return true
}

func (c *collector) write(table []uint32, pairs []uint64) {
	for i, pair := range pairs {
		table[i] = uint32(pair>>32)<<setBits | uint32(pair)
	}
}

// blockSize is how many words a bulk compilation allocates at once, so that rows stand side by side in memory.
const blockSize = 1 << 14

func (c *collector) allocate(n int) []uint32 {
	if !c.bulk || n > blockSize/16 {
		return make([]uint32, n)
	}
	if len(c.block) < n {
		c.block = make([]uint32, blockSize)
	}
	table := c.block[:n:n]
	c.block = c.block[n:]
	return table
}

// merge orders pairs by node, unites what is for the same one, and notes in the row what kinds of nodes there are.
func (c *collector) merge(r *row, pairs []uint64, union func(a, b uint32) uint32) []uint64 {
	slices.Sort(pairs)
	n := 0
	for _, pair := range pairs {
		if n > 0 && pairs[n-1]>>32 == pair>>32 {
			pairs[n-1] = pair&^(1<<32-1) | uint64(union(uint32(pairs[n-1]), uint32(pair)))
			continue
		}
		pairs[n] = pair
		n++
	}
	for _, pair := range pairs[:n] {
		c.mark(r, uint32(pair>>32), uint32(pair))
	}
	return pairs[:n]
}

// mark notes which kinds of nodes a row has entries at, so that a decision can skip the others.
func (c *collector) mark(r *row, n, set uint32) {
	if set > narrowSet || n > narrowMax {
		r.flags |= rowWide
	}
	at := c.s.nodes.at(n)
	switch {
	case at.mid == n || at.flags&nodeRisen != 0:
	case at.mid == 0:
		r.flags |= rowTop
	default:
		r.flags |= rowDeep
	}
}

// at returns the set that a row has at the mid node of a resource, or 0.
func (r *row) at(n *node) uint32 {
	if word := n.index / 4; word < uint32(r.dense) {
		return r.table[word] >> (n.index % 4 * 8) & denseSet
	}
	return r.lookup(n.mid)
}

// lookup returns the set that a row has at a node which is not in its dense part, or 0.
func (r *row) lookup(n uint32) uint32 {
	if r.flags&rowWide != 0 {
		return findWide(r.table, n)
	}
	return find(r.table[r.dense:], n)
}

// find searches the sparse part of a table, which is not empty, in a number of steps that depends on its length alone,
// and without a branch that depends on what it finds: a guess gone wrong would cost more than the search.
func find(table []uint32, n uint32) uint32 {
	key, base := int(n<<setBits), uint(0)
	for left := uint(len(table)); left > 1; {
		half := left / 2
		smaller := uint((int(table[base+half-1]) - key) >> 63) // all ones where the word is below the key
		base += half & smaller
		left -= half
	}
	word := table[base]
	other := int(word>>setBits ^ n)
	return word & narrowSet & uint32((other-1)>>63)
}

func findWide(table []uint32, n uint32) uint32 {
	low, high := 0, len(table)/2
	for low < high {
		mid := (low + high) / 2
		switch at := table[2*mid]; {
		case at == n:
			return table[2*mid+1]
		case at < n:
			low = mid + 1
		default:
			high = mid
		}
	}
	return 0
}

// eachOf visits what a row has, node by node.
func (s *Snapshot) eachOf(r *row, visit func(node, set uint32)) {
	if r.flags&rowWide != 0 {
		for i := 0; i < len(r.table); i += 2 {
			visit(r.table[i], r.table[i+1])
		}
		return
	}
	for i, word := range r.table[:r.dense] {
		for b := uint32(4 * i); word != 0; word, b = word>>8, b+1 {
			if word&denseSet != 0 {
				visit(*s.mids.at(b), word&denseSet)
			}
		}
	}
	for _, word := range r.table[r.dense:] {
		if word != 0 {
			visit(word>>setBits, word&narrowSet)
		}
	}
}

// holdsAt tells whether a subject's row is the one for a moment.
func (s *Snapshot) holdsAt(sub uint32, at int64) bool {
	r := s.subjects.row(sub)
	return r.flags&rowTimed == 0 || s.subjects.at(sub).holds.contains(at)
}
