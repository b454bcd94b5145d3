package access

// A pages is a persistent array for what is read all the time and changed seldom: two loads to read, a page and the
// directory to copy for a change.
type pages[T any] struct {
	size int
	dir  []*page[T]
}

const (
	pageBits = 9
	pageMask = 1<<pageBits - 1
)

type page[T any] struct {
	items [1 << pageBits]T
	owner *edit
}

// at returns a pointer for reading. The index must be below size.
func (p *pages[T]) at(i uint32) *T { return &p.dir[i>>pageBits].items[i&pageMask] }

// editablePages is a pages together with the edit that changes it.
type editablePages[T any] struct {
	pages[T]
	by       *edit
	dirOwned bool
}

func openPages[T any](p pages[T], by *edit) editablePages[T] {
	return editablePages[T]{pages: p, by: by}
}

// set returns a pointer for writing; it grows the array as far as needed.
func (p *editablePages[T]) set(i uint32) *T {
	if !p.dirOwned {
		p.dir = append(make([]*page[T], 0, len(p.dir)+1), p.dir...)
		p.dirOwned = true
	}
	n := i >> pageBits
	for uint32(len(p.dir)) <= n {
		p.dir = append(p.dir, &page[T]{owner: p.by})
	}
	if p.dir[n].owner != p.by {
		p.dir[n] = &page[T]{items: p.dir[n].items, owner: p.by}
	}
	if int(i) >= p.size {
		p.size = int(i) + 1
	}
	return &p.dir[n].items[i&pageMask]
}

// push appends and returns the new element with its index.
func (p *editablePages[T]) push() (*T, uint32) {
	i := uint32(p.size)
	return p.set(i), i
}
