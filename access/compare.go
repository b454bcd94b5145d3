package access

import (
	"slices"
	"strings"
	"time"
)

// A Difference is what one subject gains and loses at one resource.
type Difference struct {
	Subject  Subject
	Resource string
	Gained   []string // permissions at the resource's own level, in the model's order
	Lost     []string
}

// Compare returns the effective access gained and lost from one snapshot to another at a moment, over every subject and
// every resource of either ("*" scopes are none): the set difference of all decisions. Sorted by subject, then resource.
// CompareAlike says the same in fewer words.
func Compare(from, to *Snapshot, at time.Time) []Difference {
	var differences []Difference
	for _, alike := range CompareAlike(from, to, at) {
		for _, h := range alike.Subjects {
			for _, part := range alike.Parts {
				for _, path := range part.Resources {
					differences = append(differences, Difference{Subject: h, Resource: path, Gained: part.Gained, Lost: part.Lost})
				}
			}
		}
	}
	slices.SortFunc(differences, func(a, b Difference) int {
		if c := compareHolders(a.Subject, b.Subject); c != 0 {
			return c
		}
		return strings.Compare(a.Resource, b.Resource)
	})
	return differences
}

// comparison compares two snapshots at a moment.
type comparison struct {
	sides   [2]side // from, to
	at      int64
	lineage bool // both are of one lineage: numbers of subjects mean the same in both
	tree    bool // … and have the very same resources
	paths   []comparedResource
	classes []class
	known   map[[2]standing]uint32 // → shift
	shifts  []shift                // the first is none
	names   map[string]uint32      // content of a shift → its number
}

// A comparedResource is one path in both snapshots; a number of 0 says that it is not there.
type comparedResource struct {
	path  string
	nodes [2]uint32
}

// A class is resources at which a subject has the same in both snapshots, whatever it is: they are of one kind beneath one mid
// node. Only who holds something beneath that node may have different things at them.
type class struct {
	nodes [2]uint32 // of one of them
	mids  [2]uint32
	paths []uint32 // in comparison.paths
}

// A shift is what somebody gains and loses at a resource.
type shift struct{ gained, lost []string }

func newComparison(from, to *Snapshot, at time.Time) *comparison {
	c := &comparison{sides: [2]side{{s: from}, {s: to}}, at: moment(at), lineage: from.lineage == to.lineage,
		known: map[[2]standing]uint32{}, shifts: make([]shift, 1), names: map[string]uint32{}}
	c.tree = c.lineage && slices.Equal(from.nodes.dir, to.nodes.dir)
	return c
}

func (c *comparison) listResources() {
	for _, side := range c.sides {
		s := side.s
		for i := 1; i < s.nodes.size; i++ {
			n := s.nodes.at(uint32(i))
			if n.flags&(nodeGone|nodeStar) == 0 && *s.paths.at(uint32(i)) != "" {
				c.paths = append(c.paths, comparedResource{path: *s.paths.at(uint32(i))})
			}
		}
	}
	slices.SortFunc(c.paths, func(a, b comparedResource) int { return strings.Compare(a.path, b.path) })
	c.paths = slices.CompactFunc(c.paths, func(a, b comparedResource) bool { return a.path == b.path })
	for i := range c.paths {
		for k := range c.sides {
			c.paths[i].nodes[k], _ = c.sides[k].s.findNode(c.paths[i].path)
		}
	}
	c.classify()
}

func (c *comparison) classify() {
	byNodes := map[[2]node]int{}
	for i := range c.paths {
		var key [2]node
		for k, n := range c.paths[i].nodes {
			if n != 0 {
				key[k] = *c.sides[k].s.nodes.at(n)
				key[k].deep = [2]uint32{}
			}
		}
		n, known := byNodes[key]
		if !known {
			n = len(c.classes)
			byNodes[key] = n
			c.classes = append(c.classes, class{nodes: c.paths[i].nodes, mids: [2]uint32{key[0].mid, key[1].mid}})
		}
		c.classes[n].paths = append(c.classes[n].paths, uint32(i))
	}
}

// subjects lists those for whom something can differ, sorted.
func (c *comparison) subjects() []Subject {
	var all []Subject
	for k := range c.sides {
		for i := range uint32(c.sides[k].s.subjects.size) {
			if !c.sides[k].s.subjects.row(i).gone() && !c.sameRow(i) {
				all = append(all, c.sides[k].s.Holder(SubjectID(i)))
			}
		}
	}
	slices.SortFunc(all, compareHolders)
	return slices.Compact(all)
}

// sameRow tells of a subject's number that nothing can differ: the very same row over the very same tree.
func (c *comparison) sameRow(n uint32) bool {
	from, to := c.sides[0].s, c.sides[1].s
	if !c.tree || int(n) >= from.subjects.size || int(n) >= to.subjects.size {
		return false
	}
	return *from.who.at(n) == *to.who.at(n) && &from.subjects.row(n).table[0] == &to.subjects.row(n).table[0] &&
		from.holdsAt(n, c.at) && to.holdsAt(n, c.at)
}

// shift returns what two views differ in at a resource, which has these numbers in their snapshots.
func (c *comparison) shift(views *[2]view, nodes [2]uint32) uint32 {
	key := [2]standing{views[0].standing(nodes[0]), views[1].standing(nodes[1])}
	n, known := c.known[key]
	if !known {
		n = c.newShift(views, nodes)
		c.known[key] = n
	}
	return n
}

// newShift is shift for what was not met before. Shifts on different platforms are different ones.
func (c *comparison) newShift(views *[2]view, nodes [2]uint32) uint32 {
	had, has := views[0].permissions(nodes[0]), views[1].permissions(nodes[1])
	d := shift{gained: without(has, had), lost: without(had, has)}
	if len(d.gained)+len(d.lost) == 0 {
		return 0
	}
	slug := views[1].slug(nodes[1])
	if slug == "" {
		slug = views[0].slug(nodes[0])
	}
	content := strings.Join([]string{slug, strings.Join(d.gained, " "), strings.Join(d.lost, " ")}, "\x00")
	n, known := c.names[content]
	if !known {
		n = uint32(len(c.shifts))
		c.shifts = append(c.shifts, d)
		c.names[content] = n
	}
	return n
}

// without returns the names of a that are not in b, in a's order.
func without(a, b []string) []string {
	if slices.Equal(a, b) {
		return nil
	}
	var rest []string
	for _, name := range a {
		if !slices.Contains(b, name) {
			rest = append(rest, name)
		}
	}
	return rest
}
