package access

import (
	"fmt"
	"slices"
)

// An editor makes one snapshot from another: Build starts from nothing, Apply from a snapshot. What it changes it owns
// or copies first; what it does not change is shared.
type editor struct {
	s    *Snapshot // the new one; not visible to anybody until finish
	by   *edit
	bulk bool // nothing is shared yet: bags may grow in place
	all  bool // every row is to be compiled

	nodes     editablePages[node]
	mids      editablePages[uint32]
	paths     editablePages[string]
	places    editable[place]
	held      editable[held]
	who       editablePages[Subject]
	subjects  editableSubjects
	teams     editable[team]
	nodeIndex editableIndex
	subjIndex editableIndex
	teamIndex editableIndex
	ownSets   bool
	ownBags   bool
	dirty     []uint32 // rows to be compiled, before finish in any order and perhaps more than once
	delta     *delta   // what the rows of one holder differ by, where nothing else touched a row
}

func (s *Snapshot) edit() *editor {
	by := &edit{}
	next := *s
	return &editor{s: &next, by: by, nodes: openPages(s.nodes, by), mids: openPages(s.mids, by), paths: openPages(s.paths, by), places: open(s.places, by), held: open(s.held, by), who: openPages(s.who, by), subjects: openSubjects(s.subjects, by),
		teams: open(s.teams, by), nodeIndex: openIndex(s.nodeIndex, by), subjIndex: openIndex(s.subjIndex, by),
		teamIndex: openIndex(s.teamIndex, by)}
}

// settle makes what was changed so far readable through the snapshot itself.
func (e *editor) settle() {
	e.s.nodes, e.s.mids, e.s.paths, e.s.places, e.s.held = e.nodes.pages, e.mids.pages, e.paths.pages, e.places.vec(), e.held.vec()
	e.s.who, e.s.subjects, e.s.teams = e.who.pages, e.subjects.subjects(), e.teams.vec()
	e.s.nodeIndex, e.s.subjIndex, e.s.teamIndex = e.nodeIndex.done(), e.subjIndex.done(), e.teamIndex.done()
}

// finish compiles the rows that the edit touched and returns the snapshot.
func (e *editor) finish() *Snapshot {
	if e.all {
		for i := range uint32(e.teams.size) {
			t := e.teams.set(i)
			t.plain = e.bundleOf(t.grants)
		}
		e.dirty = make([]uint32, e.subjects.size)
		for i := range e.dirty {
			e.dirty[i] = uint32(i)
		}
	} else {
		if e.delta != nil {
			e.touchHolder(e.delta.holder)
		}
		slices.Sort(e.dirty)
		e.dirty = slices.Compact(e.dirty)
	}
	e.settle()
	e.compileRows()
	e.s.subjects = e.subjects.subjects()
	return e.s
}

// union unites two sets; the first new one of an edit clones the table, since older snapshots read it.
func (e *editor) union(a, b uint32) uint32 {
	if set, known := e.s.sets.known(a, b); known {
		return set
	}
	e.ownTable()
	return e.s.sets.union(a, b)
}

func (e *editor) intern(mask []uint64) uint32 {
	if isZero(mask) {
		return 0
	}
	words := make([]uint64, e.s.sets.stride)
	copy(words, mask)
	if set, known := e.s.sets.find(words); known {
		return set
	}
	e.ownTable()
	return e.s.sets.intern(words)
}

func (e *editor) ownTable() {
	if !e.ownSets {
		e.s.sets = e.s.sets.clone()
		e.ownSets = true
	}
}

// touch marks a row to be compiled.
func (e *editor) touch(i uint32) {
	if !e.all {
		e.expand()
		e.dirty = append(e.dirty, i)
	}
}

// expand makes a delta rows to be compiled: another change touches some as well.
func (e *editor) expand() {
	if d := e.delta; d != nil {
		e.delta = nil
		e.touchHolder(d.holder)
	}
}

// touchHolder marks the rows that follow from what a holder has.
func (e *editor) touchHolder(holder uint32) {
	if holder&teamBit == 0 {
		e.dirty = append(e.dirty, holder)
		return
	}
	t := e.teams.at(holder &^ teamBit)
	from := len(e.dirty)
	for c := t.members.last; c != nil; c = c.before {
		e.dirty = append(e.dirty, c.items[:c.size]...)
	}
	if t.members.count != t.live { // some have left since
		stale := func(n uint32) bool { return !e.isMember(n, holder&^teamBit) }
		e.dirty = append(e.dirty[:from], slices.DeleteFunc(e.dirty[from:], stale)...)
	}
}

func (e *editor) findSubject(h Subject) (uint32, bool) {
	e.s.who, e.s.subjIndex = e.who.pages, e.subjIndex.done()
	id, found := e.s.Subject(h)
	return uint32(id), found
}

func (e *editor) findTeam(name string) (uint32, bool) {
	e.s.teams, e.s.teamIndex = e.teams.vec(), e.teamIndex.done()
	return e.s.findTeam(name)
}

func (e *editor) findNode(path string) (uint32, bool) {
	e.s.paths, e.s.nodeIndex = e.paths.pages, e.nodeIndex.done()
	return e.s.findNode(path)
}

// rehash rebuilds an index at twice its size when it is full.
func (e *editor) rehash(x *editableIndex, count int, hashAt func(n uint32) (uint64, bool)) {
	if !x.full() {
		return
	}
	larger := newIndex(2*count, e.by)
	for n := uint32(0); int(n) < count; n++ {
		if hash, living := hashAt(n); living {
			larger.put(hash, n)
		}
	}
	*x = larger
}

// addNode appends a resource under a path and returns its number.
func (e *editor) addNode(path string) (uint32, error) {
	if _, twice := e.findNode(path); twice {
		return 0, fmt.Errorf("the resource %q stands twice", path)
	}
	if e.nodes.size >= teamBit {
		return 0, fmt.Errorf("more resources than numbers")
	}
	e.rehash(&e.nodeIndex, e.nodes.size, func(n uint32) (uint64, bool) {
		path := *e.paths.at(n)
		return hashName(e.s.seed, path, 0), path != "" && e.nodes.at(n).flags&nodeGone == 0
	})
	_, n := e.nodes.push()
	*e.paths.set(n) = path
	e.places.push()
	e.held.push()
	e.nodeIndex.put(hashName(e.s.seed, path, 0), n)
	return n, nil
}
