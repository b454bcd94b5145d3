package access

import "hash/maphash"

// An index finds numbers by name: a persistent hash table with open addressing. A slot holds the upper half of the
// name's hash and the number plus one; the names themselves stand with what they name, so the caller compares.
type index struct {
	slots pages[uint64]
	mask  uint32
	used  int // slots that are not empty, graves included
}

const grave = 0xFFFFFFFF // low half of the slot of something deleted

// newIndex makes room for n names.
func newIndex(n int, by *edit) editableIndex {
	size := uint32(64)
	for int(size)*6 < 10*n { // 60 % full; full says 70
		size *= 2
	}
	slots := openPages(pages[uint64]{}, by)
	for i := uint32(0); i < size; i += 1 << pageBits {
		slots.set(i) // make the page
	}
	slots.size = int(size)
	return editableIndex{index: index{mask: size - 1}, slots: slots}
}

// full says that the index must be rebuilt larger before another name goes in.
func (x *index) full() bool { return x.used*10 >= int(x.mask+1)*7 }

// hashName hashes a name; extra keeps names of different kinds apart.
func hashName(seed maphash.Seed, name string, extra uint64) uint64 {
	return maphash.String(seed, name) + extra*0x9E3779B97F4A7C15
}

// next walks the candidates of a hash: it returns the number in the first slot at or after *at whose hash fits, and
// moves *at behind it; false when there is none left.
func (x *index) next(hash uint64, at *uint32) (uint32, bool) {
	for {
		slot := *x.slots.at(*at & x.mask)
		*at++
		if slot == 0 {
			return 0, false
		}
		if slot>>32 == hash>>32 && uint32(slot) != grave {
			return uint32(slot) - 1, true
		}
	}
}

// editableIndex is an index together with the edit that changes it.
type editableIndex struct {
	index
	slots editablePages[uint64]
}

func openIndex(x index, by *edit) editableIndex {
	return editableIndex{index: x, slots: openPages(x.slots, by)}
}

func (x *editableIndex) put(hash uint64, n uint32) {
	for at := uint32(hash); ; at++ {
		slot := *x.slots.at(at & x.mask)
		if slot != 0 && uint32(slot) != grave {
			continue
		}
		if slot == 0 {
			x.used++
		}
		*x.slots.set(at & x.mask) = hash>>32<<32 | uint64(n+1)
		return
	}
}

func (x *editableIndex) remove(hash uint64, n uint32) {
	for at := uint32(hash); ; at++ {
		slot := *x.slots.at(at & x.mask)
		if slot == 0 {
			return
		}
		if slot>>32 == hash>>32 && uint32(slot) == n+1 {
			*x.slots.set(at & x.mask) = grave
			return
		}
	}
}

// done returns the index as it is now, to be read only.
func (x *editableIndex) done() index {
	x.index.slots = x.slots.pages
	return x.index
}
