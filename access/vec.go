package access

// A vec is a persistent vector: a change copies the path to what it changes (about half a kB and the elements beside
// it) and shares the rest, so that it costs the same at a thousand and at a million elements. Reads are four dependent
// loads and take no lock.
//
// A vec is changed only through an edit; nodes made during that edit belong to it and are then changed in place.
type vec[T any] struct {
	size int
	root []*vecTop[T]
}

const (
	leafBits = 3 // 8 elements a leaf: small enough to copy, large enough to pay for its pointer
	fanBits  = 5
	leafMask = 1<<leafBits - 1
	fanMask  = 1<<fanBits - 1
	topShift = leafBits + 2*fanBits
)

// A vecLeaf is nothing but its elements.
type vecLeaf[T any] [1 << leafBits]T

// A vecMid that belongs to an edit knows which of its leaves do.
type vecMid[T any] struct {
	leaves [1 << fanBits]*vecLeaf[T]
	owner  *edit
	owned  uint32
}

type vecTop[T any] struct {
	mids  [1 << fanBits]*vecMid[T]
	owner *edit
}

// at returns a pointer for reading. The index must be below size.
func (v *vec[T]) at(i uint32) *T {
	return &v.root[i>>topShift].mids[i>>(leafBits+fanBits)&fanMask].leaves[i>>leafBits&fanMask][i&leafMask]
}

// An edit owns the nodes that were made for it. Its address is its identity, so it must not be of size zero.
type edit struct{ _ byte }

// editable is a vec together with the edit that changes it.
type editable[T any] struct {
	vec[T]
	by        *edit
	rootOwned bool
}

func open[T any](v vec[T], by *edit) editable[T] { return editable[T]{vec: v, by: by} }

// set returns a pointer for writing; it grows the vector as far as needed.
func (v *editable[T]) set(i uint32) *T {
	if int(i) >= v.size {
		v.size = int(i) + 1
	}
	return v.top(i).set(i, v.by)
}

// top returns the upper inner node above an index, owned by the edit.
func (v *editable[T]) top(i uint32) *vecTop[T] {
	if !v.rootOwned {
		v.root = append(make([]*vecTop[T], 0, len(v.root)+1), v.root...)
		v.rootOwned = true
	}
	r := i >> topShift
	for uint32(len(v.root)) <= r {
		v.root = append(v.root, &vecTop[T]{owner: v.by})
	}
	if top := v.root[r]; top.owner != v.by {
		v.root[r] = &vecTop[T]{mids: top.mids, owner: v.by}
	}
	return v.root[r]
}

// set returns a pointer for writing to the element of an index beneath an owned node.
func (top *vecTop[T]) set(i uint32, by *edit) *T {
	m := &top.mids[i>>(leafBits+fanBits)&fanMask]
	switch {
	case *m == nil:
		*m = &vecMid[T]{owner: by}
	case (*m).owner != by:
		*m = &vecMid[T]{leaves: (*m).leaves, owner: by}
	}
	mid, l := *m, i>>leafBits&fanMask
	if mid.owned>>l&1 == 0 {
		leaf := &vecLeaf[T]{}
		if old := mid.leaves[l]; old != nil {
			*leaf = *old
		}
		mid.leaves[l] = leaf
		mid.owned |= 1 << l
	}
	return &mid.leaves[l][i&leafMask]
}

// midOf says which lower inner node an index is beneath: elements beneath different ones can be set side by side, once
// top was called for them.
func midOf(i uint32) uint32 { return i >> (leafBits + fanBits) }

// push appends and returns the new element with its index.
func (v *editable[T]) push() (*T, uint32) {
	i := uint32(v.size)
	return v.set(i), i
}
