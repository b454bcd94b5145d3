package access

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A row without a dense part has what sorting would have given: each node once, in order, sets united.
func TestOrderingByMarksIsSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	by := &edit{}
	nodes, mids := openPages(pages[node]{}, by), openPages(pages[uint32]{}, by)
	nodes.push()
	for range 20_000 { // half are mid nodes, the others are beneath the one before
		n, id := nodes.push()
		*n = node{mid: id, index: noIndex}
		if random.IntN(2) == 0 {
			mid, index := mids.push()
			*mid, n.index = id, index
			continue
		}
		before := nodes.at(id - 1)
		n.mid, n.index, n.deep[0] = before.mid, before.index, id
	}
	c := &collector{s: &Snapshot{nodes: nodes.pages, mids: mids.pages}}
	some := func(most int) []uint64 {
		pairs := make([]uint64, random.IntN(most+1))
		for i := range pairs {
			pairs[i] = uint64(1+random.IntN(20_000))<<32 | uint64(1+random.IntN(7))
		}
		return pairs
	}
	union := func(a, b uint32) uint32 { return a | b }
	for range 2000 {
		c.pairs = some(40)
		all := slices.Clone(c.pairs)
		for range random.IntN(4) {
			b := &bundle{pairs: some(20)}
			for _, pair := range append(b.pairs, all[:len(all)/4]...) { // the same nodes again, and with other sets
				if index, mid := c.s.indexOf(pair); mid {
					b.cells = append(b.cells, uint64(index)<<32|uint64(uint32(pair)))
				} else {
					b.rest = append(b.rest, pair)
				}
				all = append(all, pair)
			}
			c.bundles = append(c.bundles, b)
		}
		var got, want row
		ordered := slices.Clone(c.ordered(&got, union))
		if sorted := c.merge(&want, all, union); !slices.Equal(ordered, sorted) || got.flags != want.flags {
			t.Fatalf("flags %b and %b\nmarked %x\nsorted %x", got.flags, want.flags, ordered, sorted)
		}
	}
}
