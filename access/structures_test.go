package access

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPersistentStructuresKeepTheirPast changes a vec, a pages and a bag at random through many edits and compares every
// version kept with a plain copy of what it was.
func TestPersistentStructuresKeepTheirPast(t *testing.T) {
	type version struct {
		vec   vec[int]
		pages pages[int]
		bag   bag
		want  []int
		held  []uint32
	}
	random := rand.New(rand.NewPCG(1, 2))
	versions := []version{{}}
	for range 300 {
		from := versions[random.IntN(len(versions))] // any version can be the parent of the next: histories branch
		by := &edit{}
		v, p := open(from.vec, by), openPages(from.pages, by)
		next := version{bag: from.bag, want: slices.Clone(from.want), held: slices.Clone(from.held)}
		for range random.IntN(40) {
			x := random.Int()
			if n := len(next.want); n == 0 || random.IntN(3) == 0 {
				next.want = append(next.want, x)
				*v.set(uint32(n)), *p.set(uint32(n)) = x, x
			} else {
				i := random.IntN(n)
				next.want[i] = x
				*v.set(uint32(i)), *p.set(uint32(i)) = x, x
			}
			next.bag = next.bag.grow(uint32(x), false)
			next.held = append(next.held, uint32(x))
		}
		next.vec, next.pages = v.vec(), p.pages
		versions = append(versions, next)
	}
	for n, version := range versions {
		if version.vec.size != len(version.want) || version.pages.size != len(version.want) {
			t.Fatalf("version %d: sizes %d and %d, want %d", n, version.vec.size, version.pages.size, len(version.want))
		}
		for i, want := range version.want {
			if *version.vec.at(uint32(i)) != want || *version.pages.at(uint32(i)) != want {
				t.Fatalf("version %d, element %d: %d and %d, want %d", n, i, *version.vec.at(uint32(i)), *version.pages.at(uint32(i)), want)
			}
		}
		var held []uint32
		for x := range version.bag.all {
			held = append(held, x)
		}
		slices.Sort(held)
		slices.Sort(version.held)
		if !slices.Equal(held, version.held) {
			t.Fatalf("version %d: the bag has %d numbers, want %d", n, len(held), len(version.held))
		}
	}
}

// TestFindIsASearch compares the search without branches with the obvious one, at every length and position.
func TestFindIsASearch(t *testing.T) {
	for length := 1; length < 70; length++ {
		table := make([]uint32, length)
		for i := range table {
			table[i] = uint32(10*i+5)<<setBits | uint32(i+1)
		}
		for n := uint32(0); n < uint32(10*length+10); n++ {
			want := uint32(0)
			if n%10 == 5 && n/10 < uint32(length) {
				want = n/10 + 1
			}
			if got := find(table, n); got != want {
				t.Fatalf("length %d, node %d: %d, want %d", length, n, got, want)
			}
		}
	}
}
