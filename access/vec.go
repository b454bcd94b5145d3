package access

// A vec is a persistent vector: a change copies the path to what it changes (some 3 kB) and shares the rest, so that
// it costs the same at a thousand and at a million elements. Reads are three dependent loads and take no lock.
//
// A vec is changed only through an edit; nodes made during that edit belong to it and are then changed in place.
type vec[T any] struct {
	size int
	root []*vecMid[T]
}

const (
	leafBits = 3 // 8 elements a leaf: small enough to copy, large enough to pay for its pointer
	midBits  = 7
	leafMask = 1<<leafBits - 1
	midMask  = 1<<midBits - 1
)

// A vecLeaf is nothing but its elements, so that those of 64 bytes stand in one cache line each.
type vecLeaf[T any] [1 << leafBits]T

// A vecMid that belongs to an edit knows which of its leaves do.
type vecMid[T any] struct {
	leaves [1 << midBits]*vecLeaf[T]
	owner  *edit
	owned  [1 << midBits / 64]uint64
}

// An edit owns the nodes that were made for it. Its address is its identity, so it must not be of size zero.
type edit struct{ _ byte }

// at returns a pointer for reading. The index must be below size.
func (v *vec[T]) at(i uint32) *T {
	return &v.root[i>>(leafBits+midBits)].leaves[i>>leafBits&midMask][i&leafMask]
}

// edit returns a pointer for writing; it grows the vector as far as needed. rootOwned tells whether v.root already
// belongs to this edit and is updated.
func (v *vec[T]) edit(e *edit, rootOwned *bool, i uint32) *T {
	if !*rootOwned {
		v.root = append(make([]*vecMid[T], 0, len(v.root)+1), v.root...)
		*rootOwned = true
	}
	r := i >> (leafBits + midBits)
	for uint32(len(v.root)) <= r {
		v.root = append(v.root, &vecMid[T]{owner: e})
	}
	mid := v.root[r]
	if mid.owner != e {
		mid = &vecMid[T]{leaves: mid.leaves, owner: e}
		v.root[r] = mid
	}
	l := i >> leafBits & midMask
	if mid.owned[l>>6]>>(l&63)&1 == 0 {
		leaf := &vecLeaf[T]{}
		if old := mid.leaves[l]; old != nil {
			*leaf = *old
		}
		mid.leaves[l] = leaf
		mid.owned[l>>6] |= 1 << (l & 63)
	}
	if int(i) >= v.size {
		v.size = int(i) + 1
	}
	return &mid.leaves[l][i&leafMask]
}

// editable is a vec together with the edit that changes it.
type editable[T any] struct {
	vec[T]
	by        *edit
	rootOwned bool
}

func open[T any](v vec[T], by *edit) editable[T] { return editable[T]{vec: v, by: by} }

func (v *editable[T]) set(i uint32) *T { return v.edit(v.by, &v.rootOwned, i) }

// push appends and returns the new element with its index.
func (v *editable[T]) push() (*T, uint32) {
	i := uint32(v.size)
	return v.set(i), i
}
