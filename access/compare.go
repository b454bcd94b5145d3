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
func Compare(from, to *Snapshot, at time.Time) []Difference {
	c := comparison{from: from, to: to, at: at, m: moment(at)}
	c.listResources()
	var differences []Difference
	for _, h := range c.subjects() {
		differences = c.subject(h, differences)
	}
	return differences
}

type comparison struct {
	from, to *Snapshot
	at       time.Time
	m        int64
	paths    []comparedResource
}

// A comparedResource is one path in both snapshots; a number of 0 says that it is not there.
type comparedResource struct {
	path     string
	from, to uint32
}

func (c *comparison) listResources() {
	add := func(s *Snapshot) {
		for i := 1; i < s.nodes.size; i++ {
			n := s.nodes.at(uint32(i))
			if n.flags&(nodeGone|nodeStar) != 0 || *s.paths.at(uint32(i)) == "" {
				continue
			}
			c.paths = append(c.paths, comparedResource{path: *s.paths.at(uint32(i))})
		}
	}
	add(c.from)
	add(c.to)
	slices.SortFunc(c.paths, func(a, b comparedResource) int { return strings.Compare(a.path, b.path) })
	c.paths = slices.CompactFunc(c.paths, func(a, b comparedResource) bool { return a.path == b.path })
	for i := range c.paths {
		c.paths[i].from, _ = c.from.findNode(c.paths[i].path)
		c.paths[i].to, _ = c.to.findNode(c.paths[i].path)
	}
}

func (c *comparison) subjects() []Subject {
	var all []Subject
	for _, s := range []*Snapshot{c.from, c.to} {
		for i := 0; i < s.subjects.size; i++ {
			if r := s.subjects.at(uint32(i)); !r.gone() {
				all = append(all, s.Holder(SubjectID(i)))
			}
		}
	}
	slices.SortFunc(all, compareHolders)
	return slices.Compact(all)
}

// subject appends what differs for one subject.
func (c *comparison) subject(h Subject, into []Difference) []Difference {
	a, inFrom := c.from.Subject(h)
	b, inTo := c.to.Subject(h)
	if inFrom && inTo && c.sameRow(uint32(a), uint32(b)) {
		return into
	}
	before, after := c.from.viewOf(uint32(a), inFrom, c.at), c.to.viewOf(uint32(b), inTo, c.at)
	for _, r := range c.paths {
		had := before.permissions(r.from)
		has := after.permissions(r.to)
		d := Difference{Subject: h, Resource: r.path, Gained: without(has, had), Lost: without(had, has)}
		if len(d.Gained)+len(d.Lost) > 0 {
			into = append(into, d)
		}
	}
	return into
}

// sameRow tells that nothing can differ: the very same row over the very same tree.
func (c *comparison) sameRow(from, to uint32) bool {
	if c.from.lineage != c.to.lineage || len(c.from.nodes.dir) != len(c.to.nodes.dir) {
		return false
	}
	for i := range c.from.nodes.dir {
		if c.from.nodes.dir[i] != c.to.nodes.dir[i] {
			return false
		}
	}
	return &c.from.subjects.at(from).table[0] == &c.to.subjects.at(to).table[0] && c.from.holdsAt(from, c.m) && c.to.holdsAt(to, c.m)
}

// A view is a row that holds at one moment; nil for nobody.
type view struct {
	s *Snapshot
	r *row
}

// viewOf returns the view of a subject; its row is compiled where the one at hand does not hold then.
func (s *Snapshot) viewOf(sub uint32, known bool, at time.Time) view {
	if !known {
		return view{s: s}
	}
	if s.holdsAt(sub, moment(at)) {
		return view{s, &s.subjects.at(sub).row}
	}
	e := s.edit()
	var then row
	c := &collector{}
	c.reset(e.s, moment(at))
	c.gather(sub)
	c.compile(&then, e.union)
	return view{e.s, &then}
}

// permissions lists what the view allows at a resource, at its own level.
func (v view) permissions(res uint32) []string {
	if v.r == nil || res == 0 {
		return nil
	}
	n := v.s.nodes.at(res)
	p := v.s.platforms[n.platform]
	var names []string
	for i := range p.permissions {
		perm := PermissionID(p.firstPermission + uint32(i))
		if p.isLevel(n.kind, perm) && v.s.holds(v.r, &v.s.hot[perm], n, v.s.hot[perm].bitAt(n)) {
			names = append(names, p.permissions[i].Name)
		}
	}
	return names
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
