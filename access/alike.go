package access

import (
	"encoding/binary"
	"slices"
	"time"
)

// An Alike is what some subjects gain and lose alike.
type Alike struct {
	Subjects []Subject // sorted
	Parts    []Part    // by their first resources
}

// A Part is resources of one platform at which the same is gained and lost. Its lists may be shared: they are for reading.
type Part struct {
	Resources []string // sorted
	Gained    []string // permissions at the resources' own level, in the model's order
	Lost      []string
}

// CompareAlike is Compare for many subjects and resources: subjects for whom the same differs come together, the first
// of them sorted. It costs about as much as there are subjects with a difference times nodes at which most roles are held
// (deployments, projects, workspaces), not resources.
func CompareAlike(from, to *Snapshot, at time.Time) []Alike {
	c := newComparison(from, to, at)
	subjects := c.subjects()
	if len(subjects) == 0 {
		return nil
	}
	c.listResources()
	var all []Alike
	groups := map[string]int{}
	var found []differing
	var key []byte
	for _, h := range subjects {
		if found = c.differing(h, found[:0]); len(found) == 0 {
			continue
		}
		key = key[:0]
		for _, d := range found {
			key = binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(key, d.at), d.shift)
		}
		n, known := groups[string(key)]
		if !known {
			n = len(all)
			groups[string(key)] = n
			all = append(all, Alike{Parts: c.parts(found)})
		}
		all[n].Subjects = append(all[n].Subjects, h)
	}
	return all
}

// differing says that there is a shift at all resources of a class, or at one of them alone.
type differing struct {
	at    uint32 // number of the class, or of the resource | alone
	shift uint32
}

const alone = 1 << 31

// differing appends what differs for one subject, in a fixed order.
func (c *comparison) differing(h Subject, into []differing) []differing {
	var views [2]view
	var deep [2]map[uint32]bool
	for k := range c.sides {
		deep[k] = map[uint32]bool{}
		views[k] = c.sides[k].view(h, c.at)
		views[k].deepMids(deep[k])
	}
	add := func(at uint32, nodes [2]uint32) {
		if n := c.shift(&views, nodes); n != 0 {
			into = append(into, differing{at, n})
		}
	}
	for i := range c.classes {
		k := &c.classes[i]
		if len(k.paths) == 1 || !deep[0][k.mids[0]] && !deep[1][k.mids[1]] {
			add(uint32(i), k.nodes)
			continue
		}
		for _, path := range k.paths {
			add(path|alone, c.paths[path].nodes)
		}
	}
	return into
}

// parts joins the resources at which there is the same shift.
func (c *comparison) parts(found []differing) []Part {
	where := map[uint32][]uint32{}
	for _, d := range found {
		if d.at&alone != 0 {
			where[d.shift] = append(where[d.shift], d.at&^alone)
			continue
		}
		where[d.shift] = append(where[d.shift], c.classes[d.at].paths...)
	}
	order := make([]uint32, 0, len(where))
	for shift, paths := range where {
		slices.Sort(paths)
		order = append(order, shift)
	}
	slices.SortFunc(order, func(a, b uint32) int { return int(where[a][0]) - int(where[b][0]) })
	parts := make([]Part, len(order))
	for i, shift := range order {
		parts[i] = Part{Resources: make([]string, len(where[shift])), Gained: c.shifts[shift].gained, Lost: c.shifts[shift].lost}
		for k, path := range where[shift] {
			parts[i].Resources[k] = c.paths[path].path
		}
	}
	return parts
}
