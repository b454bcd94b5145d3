package main

import "math/bits"

// sparse has one short sorted list for each user: a bitset for each pair does not fit a million users with five
// thousand deployments.
type sparse struct {
	*holdings
	start []uint32 // of a user's entries
	// entries are scope<<setBits | place in sets, deployments before locations.
	entries []uint32
	setBits int
	wide    handle
}

func newSparse(h *holdings, wide int) *sparse {
	f := &sparse{holdings: h, setBits: bits.Len(uint(len(h.sets) - 1)), wide: handle(wide)}
	for _, held := range h.of {
		f.start = append(f.start, uint32(len(f.entries)))
		for _, x := range held {
			f.entries = append(f.entries, x.on<<f.setBits|uint32(x.set))
		}
	}
	f.start = append(f.start, uint32(len(f.entries)))
	return f
}

func (f *sparse) about() string { return "a sorted list of scopes for each user" }

func (f *sparse) decide(user, resource handle, permission uint8) bool {
	entries := f.entries[f.start[user]:f.start[user+1]]
	if f.holds(entries, f.parents[resource], permission) {
		return true
	}
	n := len(entries)
	return n > 0 && entries[n-1]>>f.setBits >= f.wide && f.holds(entries, resource, permission)
}

func (f *sparse) holds(entries []uint32, on handle, permission uint8) bool {
	low, high := 0, len(entries)
	for low < high {
		middle := (low + high) / 2
		if entries[middle]>>f.setBits < on {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(entries) && entries[low]>>f.setBits == on && f.sets[entries[low]&(1<<f.setBits-1)]>>permission&1 != 0
}

func (f *sparse) byHandles(queries []query) int {
	yes := 0
	for _, q := range queries {
		if f.decide(q.user, q.resource, q.permission) {
			yes++
		}
	}
	return yes
}

func (f *sparse) byNames(s *stream) int {
	yes := 0
	for i := range s.names {
		q := &s.names[i]
		if f.decide(f.users[q.Subject.ID], f.resources[q.Resource], s.perms[i]) {
			yes++
		}
	}
	return yes
}
