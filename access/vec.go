package access

// A tree is a persistent vector of leaves: a change copies the path to what it changes (about half a kB, the leaf, and
// eight bytes for each thousand elements) and shares the rest, so that it costs nearly the same at a thousand and at a
// million elements. Reads are three dependent loads and take no lock: one level more would copy less, and each decision
// would wait for one load more.
//
// A tree is changed only through an edit; nodes made during that edit belong to it and are then changed in place.
type tree[L any] struct {
	size int // elements
	root []*treeTop[L]
}

const (
	leafBits = 4 // 16 elements a leaf: small enough to copy, large enough to pay for its pointer
	fanBits  = 6
	leafMask = 1<<leafBits - 1
	fanMask  = 1<<fanBits - 1
	topShift = leafBits + fanBits
)

// A treeTop that belongs to an edit knows which of its leaves do. Leaves of one top can be set side by side.
type treeTop[L any] struct {
	leaves [1 << fanBits]*L
	owner  *edit
	owned  [1 << fanBits]bool
}

// leaf returns the leaf of an element for reading. The index must be below size.
func (t *tree[L]) leaf(i uint32) *L {
	return t.root[i>>topShift].leaves[i>>leafBits&fanMask]
}

// An edit owns the nodes that were made for it. Its address is its identity, so it must not be of size zero.
type edit struct{ _ byte }

// growing is a tree together with the edit that changes it.
type growing[L any] struct {
	tree[L]
	by        *edit
	rootOwned bool
}

// own returns the leaf of an element for writing; it grows the tree as far as needed.
func (t *growing[L]) own(i uint32) *L {
	t.size = max(t.size, int(i)+1)
	return t.top(i).own(i)
}

// top returns the inner node above an index, owned by the edit.
func (t *growing[L]) top(i uint32) *treeTop[L] {
	if !t.rootOwned {
		t.root = append(make([]*treeTop[L], 0, len(t.root)+1), t.root...)
		t.rootOwned = true
	}
	r := i >> topShift
	for uint32(len(t.root)) <= r {
		t.root = append(t.root, &treeTop[L]{owner: t.by})
	}
	if top := t.root[r]; top.owner != t.by {
		t.root[r] = &treeTop[L]{leaves: top.leaves, owner: t.by}
	}
	return t.root[r]
}

// own returns a leaf beneath an owned node for writing.
func (top *treeTop[L]) own(i uint32) *L {
	l := i >> leafBits & fanMask
	if !top.owned[l] {
		leaf := new(L)
		if old := top.leaves[l]; old != nil {
			*leaf = *old
		}
		top.leaves[l] = leaf
		top.owned[l] = true
	}
	return top.leaves[l]
}

// leafOf says which leaf an index is in.
func leafOf(i uint32) uint32 { return i >> leafBits }

// A vec is a tree of nothing but elements of one type.
type vec[T any] struct{ tree[[1 << leafBits]T] }

// at returns a pointer for reading. The index must be below size.
func (v *vec[T]) at(i uint32) *T { return &v.leaf(i)[i&leafMask] }

// editable is a vec together with the edit that changes it.
type editable[T any] struct{ growing[[1 << leafBits]T] }

func open[T any](v vec[T], by *edit) editable[T] {
	return editable[T]{growing[[1 << leafBits]T]{tree: v.tree, by: by}}
}

// vec is what the vector has become.
func (v *editable[T]) vec() vec[T] { return vec[T]{v.tree} }

// at returns a pointer for reading. The index must be below size.
func (v *editable[T]) at(i uint32) *T { return &v.leaf(i)[i&leafMask] }

// set returns a pointer for writing; it grows the vector as far as needed.
func (v *editable[T]) set(i uint32) *T { return &v.own(i)[i&leafMask] }

// push appends and returns the new element with its index.
func (v *editable[T]) push() (*T, uint32) {
	i := uint32(v.size)
	return v.set(i), i
}
