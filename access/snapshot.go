package access

import (
	"hash/maphash"
	"math"
	"sync"
	"time"
)

// Numbers of one lineage of snapshots: they stay valid in what Apply derives.
type (
	// SubjectID is a user, service user or agent.
	SubjectID uint32
	// ResourceID is a resource or a "*" scope.
	ResourceID uint32
	// PermissionID is a permission of one platform.
	PermissionID uint32
)

// A Snapshot is the compiled, immutable state of one organization. Questions may be put to it by any number of
// goroutines at once. Build makes one from facts; Apply derives one from another.
type Snapshot struct {
	name     string
	seed     maphash.Seed
	lineage  *lineage // within it numbers are comparable
	compiled int64    // the moment rows are compiled for, in microseconds

	platforms  []*platform
	platformBy map[string]uint8
	hot        []hotPermission // by PermissionID
	sets       *setTable
	nodes      pages[node]    // what decisions read
	mids       pages[uint32]  // mid nodes by their index
	paths      pages[string]  // of nodes
	places     vec[place]     // the rest about resources
	held       vec[held]      // the grants at resources
	who        pages[Subject] // subjects by number
	subjects   subjects
	teams      vec[team] //
	nodeIndex  index     // path → node
	subjIndex  index     // kind and id → subject
	teamIndex  index     // name → team
	replaced   []bag     // by platform: users whose license replaces their grants; may be stale
	noTable    []uint32  // the row of somebody without any access
}

// A lineage is what the snapshots that descend from one Build have in common.
type lineage struct{ collectors sync.Pool }

// collector returns one for the caller alone, who gives it back.
func (l *lineage) collector() *collector {
	if c, ok := l.collectors.Get().(*collector); ok {
		return c
	}
	return &collector{}
}

// A node is a resource as a decision sees it: the numbers of the nodes whose grants cover it, itself included.
type node struct {
	mid      uint32    // the highest covering node below the root and its "*" scopes; most grants are there
	deep     [2]uint32 // covering nodes beneath mid
	top      [3]uint32 // the root, its "*" scopes, and the hidden node of what holds at the root only
	index    uint32    // of mid in Snapshot.mids, or noIndex
	platform uint8
	kind     uint8
	category uint8 // 0, or 1 + index in Kind.Categories
	flags    uint8
}

// topAll is where a root has its "*" scope among its top nodes, if that scope stands for everything beneath the root:
// what holds on all projects holds for a question about all projects that is asked at the account.
const topAll = 2

const (
	nodeGone     uint8 = 1 << iota // removed; never reused
	nodeStar                       // a "*" scope
	nodeRootStar                   // a "*" scope directly under the root
	nodeRoot                       // a platform's root
	nodeRisen                      // the hidden node of what holds at the root only
	nodeAbove                      // no covering node but the root and its "*" scopes
)

// A place is what decisions do not read about a resource.
type place struct {
	name     string            // of the last segment, decoded
	settings map[string]string //
	parent   uint32            // by path; 0 for a root
	star     uint32            // the "*" scope beneath it, or 0
	children bag               // by path; may hold removed ones
	living   int               // children that are not removed
}

// held says who holds a grant at a resource. It stands apart from place because every grant changes it.
type held struct {
	by   bag // subjects, and teams | teamBit; may be stale
	live int // grants
}

const teamBit = 1 << 31

// A row is a subject's access, compiled. See row.go.
type row struct {
	table []uint32
	dense uint16 // words of the dense part
	quick uint16 // the same where nothing but the dense part can matter at a mid node: no flag is set; else 0
	flags uint8
	kind  HolderKind // of the subject
	hangs bool       // some grant in force counts where others give access, so that a row follows only from all of them
}

// A window is the time for which something holds: moments in [from, until).
type window struct{ from, until int64 }

func (w window) contains(at int64) bool { return at >= w.from && at < w.until }

const (
	rowDeep  uint8 = 1 << iota // the row has entries beneath mid nodes
	rowTop                     // … at the root or its "*" scopes
	rowWide                    // … with sets that do not fit a slot
	rowTimed                   // … for a window of time only
	rowGone                    // the subject was removed
	rowBlank                   // … with nothing in it
)

// facts is what a subject's row is compiled from. It is replaced as a whole.
type facts struct {
	inactive bool
	on       uint64  // platforms of explicit membership
	blocked  uint64  // platforms on which grants do not count for this user (license missing or replacing)
	licenses []uint8 // by platform: 0 none, else 1 + index
	grants   []grant
	teams    []uint32
}

type team struct {
	name    string
	grants  []grant
	plain   *bundle // what the grants give, where that is the same for everybody at any moment; else nil
	members bag
	live    int
	gone    bool
}

// A grant is a Grant in numbers, with everything about it that does not depend on its holder computed.
type grant struct {
	from, until int64
	node        uint32
	set         uint32 // what it gives at node and beneath
	rise        uint32 // what it gives at the root
	reach       uint32 // what it gives at the "*" scope beneath node
	role        uint16
	cats        categories
	platform    uint8
	flags       uint8
}

const (
	gVoid       uint8 = 1 << iota // the role cannot be held so: it is listed, and gives nothing
	gOverride                     // counts with the same holder's grant at the parent
	gCondAll                      // counts with access to a parent: "*" of all parents
	gCondParent                   // … "*" of one parent
	gAccess                       // gives access to a parent
	gRoot                         // at the root
)

const (
	always = math.MinInt64
	never  = math.MaxInt64
)

// moment is how times are compared: microseconds, as the journal keeps them.
func moment(t time.Time) int64 { return t.UnixMicro() }

func opening(t time.Time) int64 {
	if t.IsZero() {
		return always
	}
	return moment(t)
}

func closing(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return moment(t)
}

func instant(m int64) time.Time {
	if m == always || m == never {
		return time.Time{}
	}
	return time.UnixMicro(m).UTC()
}

// Name returns the organization's name.
func (s *Snapshot) Name() string { return s.name }

// Subject finds a subject. Unknown ones answer false.
func (s *Snapshot) Subject(h Subject) (SubjectID, bool) {
	hash := hashName(s.seed, h.ID, uint64(h.Kind))
	for at := uint32(hash); ; {
		n, more := s.subjIndex.next(hash, &at)
		if !more {
			return 0, false
		}
		if who := s.who.at(n); who.ID == h.ID && who.Kind == h.Kind {
			return SubjectID(n), true
		}
	}
}

// Resource finds a resource or a "*" scope by its path. A path that is not in its canonical form is found too.
func (s *Snapshot) Resource(path string) (ResourceID, bool) {
	if n, found := s.findNode(path); found {
		return ResourceID(n), true
	}
	canonical, err := CanonicalPath(path)
	if err != nil || canonical == path {
		return 0, false
	}
	n, found := s.findNode(canonical)
	return ResourceID(n), found
}

func (s *Snapshot) findNode(path string) (uint32, bool) {
	hash := hashName(s.seed, path, 0)
	for at := uint32(hash); ; {
		n, more := s.nodeIndex.next(hash, &at)
		if !more {
			return 0, false
		}
		if *s.paths.at(n) == path {
			return n, true
		}
	}
}

func (s *Snapshot) findTeam(name string) (uint32, bool) {
	hash := hashName(s.seed, name, 0)
	for at := uint32(hash); ; {
		n, more := s.teamIndex.next(hash, &at)
		if !more {
			return 0, false
		}
		if s.teams.at(n).name == name {
			return n, true
		}
	}
}

// Permission finds a permission of a platform by its name ("runs.launch").
func (s *Snapshot) Permission(platform, name string) (PermissionID, bool) {
	p, known := s.platformBy[platform]
	if !known {
		return 0, false
	}
	return s.platforms[p].permission(name)
}

// Path returns the path of a resource.
func (s *Snapshot) Path(r ResourceID) string { return *s.paths.at(uint32(r)) }

// Holder returns whom a number of this snapshot stands for.
func (s *Snapshot) Holder(id SubjectID) Subject {
	return *s.who.at(uint32(id))
}

// Model returns the model of a platform, or nil.
func (s *Snapshot) Model(platform string) *Model {
	p, known := s.platformBy[platform]
	if !known {
		return nil
	}
	return s.platforms[p].model
}
