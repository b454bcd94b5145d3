package main

// A floor is the least that an answer can cost on the same data: bare lookups in tables compiled for nothing else.
// It knows no moments, no reasons and no change; nothing here is meant to be used.
type floor interface {
	// about says how the data is laid out.
	about() string
	// decide answers one query.
	decide(user, resource handle, permission uint8) bool
	// byHandles answers the queries and counts the yeses.
	byHandles(queries []query) int
	// byNames does the same with two lookups of strings before each.
	byNames(s *stream) int
}

// denseLimit is how many table cells a dense floor may have (32 MiB).
const denseLimit = 4 << 20

// newFloors compiles the fastest floor that fits, and the one that fits any size; they may be the same.
func newFloors(h *holdings) (fastest, compact floor) {
	wide := 1 // places for the organization and the deployments
	for wide < len(h.parents) && h.parents[wide] == handle(wide) {
		wide++
	}
	compact = newSparse(h, wide)
	if wide*len(h.of) > denseLimit {
		h.of = nil // a million lists would weigh more than the floor
		return compact, compact
	}
	return newDense(h, wide), compact
}

// overridden marks the cells of users who hold more at some locations of the deployment.
const overridden = 1 << 63

// dense has one bitset for each user and deployment (or the organization).
type dense struct {
	*holdings
	cells     []uint64 // user × wide
	wide      int
	overrides [][]holding // of a user, at locations
}

func newDense(h *holdings, wide int) *dense {
	f := &dense{holdings: h, cells: make([]uint64, len(h.of)*wide), wide: wide, overrides: make([][]holding, len(h.of))}
	for user, held := range h.of {
		for i, x := range held {
			if int(x.on) >= wide {
				f.overrides[user] = held[i:]
				break
			}
			f.cells[user*wide+int(x.on)] = h.sets[x.set]
		}
		for _, x := range f.overrides[user] {
			f.cells[user*wide+int(h.parents[x.on])] |= overridden
		}
	}
	return f
}

func (f *dense) about() string { return "a bitset for each user and scope" }

func (f *dense) decide(user, resource handle, permission uint8) bool {
	cell := f.cells[int(user)*f.wide+int(f.parents[resource])]
	if cell>>permission&1 != 0 {
		return true
	}
	return cell&overridden != 0 && f.override(user, resource, permission)
}

func (f *dense) override(user, resource handle, permission uint8) bool {
	for _, x := range f.overrides[user] {
		if x.on == resource {
			return f.sets[x.set]>>permission&1 != 0
		}
	}
	return false
}

func (f *dense) byHandles(queries []query) int {
	yes := 0
	for _, q := range queries {
		if f.decide(q.user, q.resource, q.permission) {
			yes++
		}
	}
	return yes
}

func (f *dense) byNames(s *stream) int {
	yes := 0
	for i := range s.names {
		q := &s.names[i]
		if f.decide(f.users[q.Subject.ID], f.resources[q.Resource], s.perms[i]) {
			yes++
		}
	}
	return yes
}

// queries resolves a stream to handles.
func (h *holdings) queries(s *stream) []query {
	all := make([]query, len(s.names))
	for i, q := range s.names {
		all[i] = query{user: h.users[q.Subject.ID], resource: h.resources[q.Resource], permission: s.perms[i]}
	}
	return all
}
