package access

import (
	"slices"
	"strings"
	"time"
)

// A marks is a set of numbers below a bound.
type marks []uint64

func newMarks(size int) marks { return make(marks, (size+63)/64) }

// add reports whether n was not marked before.
func (m marks) add(n uint32) bool {
	w, b := &m[n>>6], uint64(1)<<(n&63)
	if *w&b != 0 {
		return false
	}
	*w |= b
	return true
}

// SubjectsWith appends to into everybody who may do it at the resource, each once. Order: by number.
func (s *Snapshot) SubjectsWith(perm PermissionID, res ResourceID, at time.Time, into []SubjectID) []SubjectID {
	if int(res) >= s.nodes.size || int(perm) >= len(s.hot) {
		return into
	}
	n, hot := s.nodes.at(uint32(res)), &s.hot[perm]
	if n.flags&nodeGone != 0 || hot.platform != n.platform || hot.askable>>n.kind&1 == 0 {
		return into
	}
	c := candidates{s: s, n: n, hot: hot, found: newMarks(s.subjects.size), sure: newMarks(s.subjects.size)}
	if n.flags&nodeRoot != 0 { // at the root things rise: everybody is a candidate
		for i := 0; i < s.subjects.size; i++ {
			c.found.add(uint32(i))
		}
	} else {
		c.gather()
	}
	for w, word := range c.found {
		sure := c.sure[w]
		for b := uint32(w) * 64; word != 0; word, sure, b = word>>1, sure>>1, b+1 {
			if word&1 == 0 {
				continue
			}
			if sure&1 != 0 && s.subjects.row(b).flags&(rowBlank|rowTimed|rowGone) == 0 || s.allowed(b, hot, n, at) {
				into = append(into, SubjectID(b))
			}
		}
	}
	return into
}

// candidates are those who have a grant or license that may give a permission at a resource. Those in sure have one
// that gives it to everybody whose grants count at all.
type candidates struct {
	s           *Snapshot
	n           *node
	hot         *hotPermission
	bit         uint32
	found, sure marks
}

func (c *candidates) gather() {
	c.bit = c.hot.bitAt(c.n)
	for _, covering := range [][]uint32{{c.n.mid}, c.n.deep[:], c.n.top[:]} {
		for _, d := range covering {
			if d == 0 {
				continue
			}
			c.at(d)
			if c.s.nodes.at(d).flags&nodeStar != 0 { // a grant at the parent may reach the "*" scope beneath it
				c.at(c.s.places.at(d).parent)
			}
		}
	}
	for h := range c.s.replaced[c.n.platform].all {
		c.found.add(h)
	}
}

// at adds the holders of grants at one scope.
func (c *candidates) at(on uint32) {
	for h := range c.s.held.at(on).by.all {
		if h&teamBit == 0 {
			c.found.add(h)
			continue
		}
		t := c.s.teams.at(h &^ teamBit)
		gives, sure := false, false
		for i := range t.grants {
			if g := &t.grants[i]; g.node == on && (c.s.sets.has(g.set, c.bit) || c.s.sets.has(g.reach, c.bit)) {
				gives = true
				sure = sure || c.certain(t, g)
			}
		}
		if gives {
			c.team(t, sure)
		}
	}
}

// certain tells whether a team's grant gives the permission to every member whose grants count.
func (c *candidates) certain(t *team, g *grant) bool {
	return t.members.count == t.live && c.s.sets.has(g.set, c.bit) && c.s.reaches(c.n, c.hot, g.node) &&
		g.from == always && g.until == never && g.flags&(gVoid|gOverride|gCondAll|gCondParent) == 0 &&
		!c.s.platforms[g.platform].licensed
}

func (c *candidates) team(t *team, sure bool) {
	for m := range t.members.all {
		c.found.add(m)
		if sure {
			c.sure.add(m)
		}
	}
}

// ResourcesWith appends to into every resource at the permission's level where the subject may do it ("*" scopes are
// none), each once. Order: by number.
func (s *Snapshot) ResourcesWith(sub SubjectID, perm PermissionID, at time.Time, into []ResourceID) []ResourceID {
	if int(sub) >= s.subjects.size || int(perm) >= len(s.hot) {
		return into
	}
	r, hot := s.subjects.row(uint32(sub)), &s.hot[perm]
	first := len(into)
	seen := newMarks(s.nodes.size)
	each := func(on, set uint32) {
		if !s.anyBit(set, perm, hot) {
			return
		}
		into = s.beneath(on, uint32(sub), perm, hot, at, seen, into)
	}
	if m := moment(at); s.holdsAt(uint32(sub), m) {
		s.eachOf(r, each)
	} else {
		c := s.lineage.collector()
		defer s.lineage.collectors.Put(c)
		c.reset(s, m)
		c.gather(uint32(sub))
		c.unbundle()
		for _, pair := range c.pairs {
			each(uint32(pair>>32), uint32(pair))
		}
	}
	slices.Sort(into[first:])
	return into
}

// anyBit reports whether a set has the permission for any category.
func (s *Snapshot) anyBit(set uint32, perm PermissionID, hot *hotPermission) bool {
	p := s.platforms[hot.platform]
	c := &p.permissions[uint32(perm)-p.firstPermission]
	if !c.lifted {
		return s.sets.has(set, c.bit)
	}
	for i := range uint32(1 + len(p.categories())) {
		if s.sets.has(set, c.bit+i) {
			return true
		}
	}
	return false
}

// beneath walks the tree from a node down and appends what is at the permission's level and allowed.
func (s *Snapshot) beneath(on, sub uint32, perm PermissionID, hot *hotPermission, at time.Time, seen marks, into []ResourceID) []ResourceID {
	if !seen.add(on) {
		return into
	}
	n := s.nodes.at(on)
	p := s.platforms[hot.platform]
	if n.platform != hot.platform || n.flags&nodeGone != 0 {
		return into
	}
	place := s.places.at(on)
	if on == p.risen {
		return s.beneath(p.root, sub, perm, hot, at, seen, into)
	}
	if n.flags&nodeStar != 0 { // its resources hang beneath the parent, or everywhere
		return s.beneathStar(on, sub, perm, hot, at, seen, into)
	}
	if p.isLevel(n.kind, perm) {
		if s.allowed(sub, hot, n, at) {
			into = append(into, ResourceID(on))
		}
	}
	if hot.askable>>n.kind&1 == 0 {
		return into // beneath the level
	}
	for child := range place.children.all {
		into = s.beneath(child, sub, perm, hot, at, seen, into)
	}
	return into
}

// beneathStar visits what a "*" scope stands for.
func (s *Snapshot) beneathStar(star, sub uint32, perm PermissionID, hot *hotPermission, at time.Time, seen marks, into []ResourceID) []ResourceID {
	p := s.platforms[hot.platform]
	of := p.kindByName[p.kinds[s.nodes.at(star).kind].StarOf]
	parent := s.places.at(star).parent
	var visit func(on uint32)
	visit = func(on uint32) {
		for child := range s.places.at(on).children.all {
			n := s.nodes.at(child)
			switch {
			case n.flags&nodeGone != 0:
			case n.flags&nodeStar == 0 && n.kind == of:
				into = s.beneath(child, sub, perm, hot, at, seen, into)
			case n.flags&nodeStar == 0 && s.places.at(child).star != 0:
				visit(child)
			}
		}
	}
	visit(parent)
	return into
}

// isLevel reports whether a permission's questions are asked at exactly this kind.
func (p *platform) isLevel(kind uint8, perm PermissionID) bool {
	at := p.permissions[uint32(perm)-p.firstPermission].At
	return p.kinds[kind].Name == at || p.kinds[kind].Level == at
}

// SearchSubjects lists everybody who may do it at the resource, sorted as text.
func (s *Snapshot) SearchSubjects(permission, resource string, at time.Time) ([]Subject, Code) {
	res, perm, code := s.resolve(permission, resource)
	if code != Granted {
		return nil, code
	}
	ids := s.SubjectsWith(perm, res, at, nil)
	subjects := make([]Subject, len(ids))
	for i, id := range ids {
		subjects[i] = s.Holder(id)
	}
	if !slices.IsSortedFunc(subjects, compareHolders) {
		slices.SortFunc(subjects, compareHolders)
	}
	return subjects, Granted
}

// compareHolders orders holders as their texts: agents, service users, teams, users, each by id.
func compareHolders(a, b Holder) int {
	if a.Kind != b.Kind {
		return strings.Compare(a.Kind.String(), b.Kind.String())
	}
	return strings.Compare(a.ID, b.ID)
}

// resolve finds a resource and a permission that may be asked there.
func (s *Snapshot) resolve(permission, resource string) (ResourceID, PermissionID, Code) {
	res, found := s.Resource(resource)
	if !found {
		return 0, 0, UnknownResource
	}
	n := s.nodes.at(uint32(res))
	p := s.platforms[n.platform]
	perm, known := p.permission(permission)
	if !known {
		return 0, 0, UnknownPermission
	}
	if s.hot[perm].askable>>n.kind&1 == 0 {
		return 0, 0, BelowLevel
	}
	return res, perm, Granted
}

// SearchResources lists the resources of a platform at the permission's level where the subject may do it, sorted.
func (s *Snapshot) SearchResources(sub Subject, permission, platform string, at time.Time) ([]string, Code) {
	perm, known := s.Permission(platform, permission)
	if !known {
		return nil, UnknownPermission
	}
	id, found := s.Subject(sub)
	if !found {
		return nil, UnknownSubject
	}
	ids := s.ResourcesWith(id, perm, at, nil)
	paths := make([]string, len(ids))
	for i, r := range ids {
		paths[i] = s.Path(r)
	}
	slices.Sort(paths)
	return paths, Granted
}

// SearchPermissions lists what the subject may do at a resource and everywhere beneath it, in the model's order.
func (s *Snapshot) SearchPermissions(sub Subject, resource string, at time.Time) ([]string, Code) {
	res, found := s.Resource(resource)
	if !found {
		return nil, UnknownResource
	}
	id, found := s.Subject(sub)
	if !found {
		return nil, UnknownSubject
	}
	n := s.nodes.at(uint32(res))
	p := s.platforms[n.platform]
	var names []string
	for i := range p.permissions {
		hot := &s.hot[p.firstPermission+uint32(i)]
		if hot.askable>>n.kind&1 != 0 && s.allowed(uint32(id), hot, n, at) {
			names = append(names, p.permissions[i].Name)
		}
	}
	return names, Granted
}
