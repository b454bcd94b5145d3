package access

import "time"

// A hotPermission is what a decision reads about a permission.
type hotPermission struct {
	askable  uint64 // kinds at which the question may be asked
	bit      uint16
	platform uint8
	flags    uint8
}

const (
	hotLifted   uint8 = 1 << iota // the bit depends on the resource's category
	hotRootOnly                   // at a "*" scope of the root only the root's roles give it
	hotAtRoot                     // its questions are asked at the root
)

// bitAt returns the permission's bit for a question at a resource.
func (hot *hotPermission) bitAt(n *node) uint32 {
	if hot.flags&hotLifted != 0 {
		return uint32(hot.bit) + uint32(n.category)
	}
	return uint32(hot.bit)
}

// Decide answers one question. Whatever is unknown is a no.
func (s *Snapshot) Decide(q Question) Decision { return s.decide(&q) }

// DecideMany answers each question as Decide does, in the order of the questions.
func (s *Snapshot) DecideMany(questions []Question) []Decision {
	decisions := make([]Decision, len(questions))
	for i := range questions {
		decisions[i] = s.decide(&questions[i])
	}
	return decisions
}

func (s *Snapshot) decide(q *Question) Decision {
	// The subject's cache misses form the longest chain: begun first, they overlap with everything else.
	sub, known := s.Subject(q.Subject)
	res, found := s.Resource(q.Resource)
	if !found {
		return Decision{Code: UnknownResource}
	}
	n := s.nodes.at(uint32(res))
	perm, exists := s.platforms[n.platform].permission(q.Permission)
	if !exists {
		return Decision{Code: UnknownPermission}
	}
	hot := &s.hot[perm]
	if hot.askable>>n.kind&1 == 0 {
		return Decision{Code: BelowLevel}
	}
	if !known {
		return Decision{Code: UnknownSubject}
	}
	if s.allowed(uint32(sub), hot, n, q.At) {
		return Decision{Allowed: true, Code: Granted}
	}
	return Decision{Code: NotGranted}
}

// Allowed answers a question whose names were resolved in this snapshot or an older one of its lineage. A number that
// is not of this lineage, or whose thing was removed, is a no.
func (s *Snapshot) Allowed(sub SubjectID, perm PermissionID, res ResourceID, at time.Time) bool {
	if int(sub) >= s.subjects.size || int(res) >= s.nodes.size || int(perm) >= len(s.hot) {
		return false
	}
	r, n, hot := s.subjects.row(uint32(sub)), s.nodes.at(uint32(res)), &s.hot[perm]
	if hot.platform != n.platform || hot.askable>>(n.kind&63)&1 == 0 {
		return false
	}
	// As in allowed, without the calls: what is dense is most of what there is. Nodes out of the ordinary have no index.
	if word := n.index / 4; word < uint32(r.quick) && hot.flags&hotLifted == 0 {
		return s.sets.has(r.table[word]>>(n.index%4*8)&denseSet, uint32(hot.bit))
	}
	return n.flags&nodeGone == 0 && s.allowed(uint32(sub), hot, n, at)
}

// allowed is the decision: does the subject's row have the permission's bit at a node that covers the resource?
func (s *Snapshot) allowed(sub uint32, hot *hotPermission, n *node, at time.Time) bool {
	r, bit := s.subjects.row(sub), hot.bitAt(n)
	if r.flags|n.flags == 0 {
		return s.sets.has(r.at(n), bit) // nearly everybody, nearly everywhere: all that can matter stands at one node
	}
	if r.flags&rowTimed != 0 {
		if m := moment(at); !s.subjects.at(sub).holds.contains(m) {
			return s.allowedThen(sub, hot, n, bit, m)
		}
	}
	return s.holds(r, hot, n, bit)
}

// holds tells whether a row has a bit at any node that covers a resource.
func (s *Snapshot) holds(r *row, hot *hotPermission, n *node, bit uint32) bool {
	if n.mid != 0 && s.sets.has(r.at(n), bit) {
		return true
	}
	if r.flags&rowDeep != 0 {
		for _, d := range n.deep {
			if d == 0 {
				break
			}
			if s.sets.has(r.lookup(d), bit) {
				return true
			}
		}
	}
	if r.flags&rowTop != 0 || n.flags&nodeRoot != 0 {
		for i, d := range n.top {
			if d != 0 && !hot.passes(n, i) && s.sets.has(r.lookup(d), bit) {
				return true
			}
		}
	}
	return false
}

// allowedThen decides for a moment that the row was not compiled for.
func (s *Snapshot) allowedThen(sub uint32, hot *hotPermission, n *node, bit uint32, at int64) bool {
	c := s.lineage.collector()
	defer s.lineage.collectors.Put(c)
	c.reset(s, at)
	c.gather(sub)
	c.unbundle()
	for _, pair := range c.pairs {
		if s.sets.has(uint32(pair), bit) && s.reaches(n, hot, uint32(pair>>32)) {
			return true
		}
	}
	return false
}

// reaches tells whether what is given at a node holds for a question about n: the same walk as in allowed.
func (s *Snapshot) reaches(n *node, hot *hotPermission, from uint32) bool {
	if n.mid == from {
		return true
	}
	for _, d := range n.deep {
		if d == from && d != 0 {
			return true
		}
	}
	for i, d := range n.top {
		if d == from && d != 0 && !hot.passes(n, i) {
			return true
		}
	}
	return false
}

// passes tells that the i-th of a resource's top nodes does not give this permission there: a "*" scope of the root at
// itself, for a permission that needs the root; and the "*" scope that a root's questions look at, for a permission
// of the root's own level.
func (hot *hotPermission) passes(n *node, i int) bool {
	return i == 0 && hot.flags&hotRootOnly != 0 && n.flags&nodeRootStar != 0 ||
		i == topAll && hot.flags&hotAtRoot != 0 && n.flags&nodeRoot != 0
}
