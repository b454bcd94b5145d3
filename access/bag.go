package access

// A bag is a persistent list of numbers that only grows: whoever removes something leaves its number in, and readers
// check each one against the facts. The editor compacts a bag when most of it is stale. Growing copies one small chunk,
// however long the bag is.
type bag struct {
	last  *chunk
	count int
}

type chunk struct {
	before *chunk
	size   int
	items  [chunkSize]uint32
}

const chunkSize = 60

// grow returns the bag with n appended. Unless inPlace (nobody else can see the bag yet) the receiver stays as it was.
func (b bag) grow(n uint32, inPlace bool) bag {
	switch {
	case b.last == nil || b.last.size == chunkSize:
		b.last = &chunk{before: b.last}
	case !inPlace:
		c := *b.last
		b.last = &c
	}
	b.last.items[b.last.size] = n
	b.last.size++
	b.count++
	return b
}

// stale reports whether so much of the bag is stale that a compaction pays for itself.
func (b bag) stale(live int) bool { return b.count > 2*live+64 }

// compact returns a new bag of the numbers that keep accepts, each once.
func (b bag) compact(keep func(uint32) bool) bag {
	var c bag
	seen := make(map[uint32]bool, b.count)
	for n := range b.all {
		if !seen[n] && keep(n) {
			c = c.grow(n, true)
		}
		seen[n] = true
	}
	return c
}

// all visits the numbers, the latest chunk first.
func (b bag) all(visit func(uint32) bool) {
	for c := b.last; c != nil; c = c.before {
		for _, n := range c.items[:c.size] {
			if !visit(n) {
				return
			}
		}
	}
}
