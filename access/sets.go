package access

import "encoding/binary"

// setTable interns sets of permissions. A set is a number; its bits stand in one flat table, so that a decision costs
// one load. Set 0 is empty. A table that a Snapshot holds never changes; an edit clones it before it adds a set.
type setTable struct {
	stride int // words a set
	bits   []uint64
	ids    map[string]uint32 // bits as bytes → set
	unions map[uint64]uint32 // a<<32|b → set
}

func newSetTable(bits int) *setTable {
	t := &setTable{stride: max(1, (bits+63)/64), ids: map[string]uint32{}, unions: map[uint64]uint32{}}
	t.intern(make([]uint64, t.stride))
	return t
}

func (t *setTable) clone() *setTable {
	c := &setTable{stride: t.stride, bits: append([]uint64(nil), t.bits...),
		ids: make(map[string]uint32, len(t.ids)), unions: make(map[uint64]uint32, len(t.unions))}
	for k, v := range t.ids {
		c.ids[k] = v
	}
	for k, v := range t.unions {
		c.unions[k] = v
	}
	return c
}

// has reports whether the set contains the bit.
func (t *setTable) has(set uint32, bit uint32) bool {
	return t.bits[int(set)*t.stride+int(bit>>6)]>>(bit&63)&1 != 0
}

// words returns the set's bits for reading.
func (t *setTable) words(set uint32) []uint64 {
	return t.bits[int(set)*t.stride : (int(set)+1)*t.stride]
}

// find returns the set of these bits where the table has it already.
func (t *setTable) find(words []uint64) (uint32, bool) {
	id, known := t.ids[keyOf(words)]
	return id, known
}

func keyOf(words []uint64) string {
	key := make([]byte, 0, 8*len(words))
	for _, w := range words {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return string(key)
}

func (t *setTable) intern(words []uint64) uint32 {
	key := keyOf(words)
	if id, known := t.ids[key]; known {
		return id
	}
	id := uint32(len(t.bits) / t.stride)
	t.bits = append(t.bits, words...)
	t.ids[key] = id
	return id
}

// known returns the union of two sets where the table has it already.
func (t *setTable) known(a, b uint32) (uint32, bool) {
	if a == b || b == 0 {
		return a, true
	}
	if a == 0 {
		return b, true
	}
	x, y := t.words(a), t.words(b)
	onlyA, onlyB := uint64(0), uint64(0)
	for i := range x {
		onlyA |= x[i] &^ y[i]
		onlyB |= y[i] &^ x[i]
	}
	switch {
	case onlyB == 0:
		return a, true
	case onlyA == 0:
		return b, true
	}
	id, ok := t.unions[uint64(a)<<32|uint64(b)]
	return id, ok
}

func (t *setTable) union(a, b uint32) uint32 {
	words := make([]uint64, t.stride)
	for i := range words {
		words[i] = t.words(a)[i] | t.words(b)[i]
	}
	id := t.intern(words)
	t.unions[uint64(a)<<32|uint64(b)] = id
	return id
}

func setBit(words []uint64, bit uint32)      { words[bit>>6] |= 1 << (bit & 63) }
func hasBit(words []uint64, bit uint32) bool { return words[bit>>6]>>(bit&63)&1 != 0 }
