package access

// A bag is a persistent list of numbers that only grows: whoever removes something leaves its number in, and readers
// check each one against the facts. The editor compacts a bag when most of it is stale.
type bag struct {
	chunks [][]uint32
	count  int
}

const chunkSize = 512

// grow returns the bag with n appended. Unless inPlace (nobody else can see the bag yet) the receiver stays as it was.
func (b bag) grow(n uint32, inPlace bool) bag {
	last := len(b.chunks) - 1
	if inPlace {
		if last < 0 || len(b.chunks[last]) == chunkSize {
			b.chunks = append(b.chunks, make([]uint32, 0, 4))
			last++
		}
		b.chunks[last] = append(b.chunks[last], n)
		b.count++
		return b
	}
	chunks := append(make([][]uint32, 0, len(b.chunks)+1), b.chunks...)
	if last < 0 || len(chunks[last]) == chunkSize {
		return bag{append(chunks, []uint32{n}), b.count + 1}
	}
	grown := append(make([]uint32, 0, len(chunks[last])+1), chunks[last]...)
	chunks[last] = append(grown, n)
	return bag{chunks, b.count + 1}
}

// stale reports whether so much of the bag is stale that a compaction pays for itself.
func (b bag) stale(live int) bool { return b.count > 2*live+64 }

// compact returns a new bag of the numbers that keep accepts, each once.
func (b bag) compact(keep func(uint32) bool) bag {
	var c bag
	seen := make(map[uint32]bool, b.count)
	b.each(func(n uint32) {
		if !seen[n] && keep(n) {
			c = c.grow(n, true)
		}
		seen[n] = true
	})
	return c
}

func (b bag) each(visit func(uint32)) {
	for _, chunk := range b.chunks {
		for _, n := range chunk {
			visit(n)
		}
	}
}
