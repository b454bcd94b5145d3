package main

import (
	"slices"
	"strings"

	"bailiwick/access"
)

// A handle is a user or a resource as a number. Resources are the organization (0), then the deployments, then the
// locations.
type handle = uint32

// A query is a question by handles.
type query struct {
	user, resource handle
	permission     uint8
}

// holdings are all grants of everybody, flattened to (user, resource) → permissions: what a floor is compiled from.
type holdings struct {
	users     map[string]handle
	resources map[string]handle
	parents   []handle // of a location: its deployment; of anything else: itself
	of        [][]holding
	sets      []uint64 // the different sets of permissions; 0 is the empty one
}

// A holding is one scope and the place in sets of what is held there.
type holding struct {
	on  handle
	set uint8
}

func newHoldings(w *workload) *holdings {
	h := &holdings{
		users:     make(map[string]handle, len(w.org.Users)),
		resources: make(map[string]handle, len(w.locations)+len(w.deployments)+1),
		of:        make([][]holding, len(w.org.Users)),
		sets:      []uint64{0},
	}
	for i, path := range slices.Concat([]string{platform}, w.deployments, w.locations) {
		h.resources[path] = handle(i)
		h.parents = append(h.parents, handle(i))
		if strings.Count(path, "/") == 2 {
			h.parents[i] = h.resources[parent(path)]
		}
	}
	for i, u := range w.org.Users {
		h.users[u.ID] = handle(i)
	}
	h.compile(w)
	return h
}

func (h *holdings) compile(w *workload) {
	roles, rises := masks(w.model)
	grants := map[access.Holder][]access.Grant{}
	for _, g := range w.org.Grants {
		grants[g.To] = append(grants[g.To], g)
	}
	teams := make([][]string, len(w.org.Users))
	for _, t := range w.org.Teams {
		for _, id := range t.Members {
			teams[h.users[id]] = append(teams[h.users[id]], t.Name)
		}
	}
	held := map[handle]uint64{}
	give := func(holder access.Holder) {
		for _, g := range grants[holder] {
			on := h.resources[g.On]
			held[on] |= roles[g.Role]
			if on > 0 && h.parents[on] == on {
				held[0] |= roles[g.Role] & rises
			}
		}
	}
	for i, u := range w.org.Users {
		clear(held)
		give(access.Holder{Kind: access.User, ID: u.ID})
		for _, t := range teams[i] {
			give(access.Holder{Kind: access.Team, ID: t})
		}
		h.of[i] = h.pack(held, roles[orgAdmin])
	}
}

// pack sorts one user's holdings by scope. An organization admin holds everything, everywhere.
func (h *holdings) pack(held map[handle]uint64, everything uint64) []holding {
	if held[0]&everything == everything {
		clear(held)
		for r := range h.parents {
			if h.parents[r] == handle(r) {
				held[handle(r)] = everything
			}
		}
	}
	packed := make([]holding, 0, len(held))
	for on, mask := range held {
		i := slices.Index(h.sets, mask)
		if i < 0 {
			i = len(h.sets)
			h.sets = append(h.sets, mask)
		}
		packed = append(packed, holding{on: on, set: uint8(i)})
	}
	slices.SortFunc(packed, func(a, b holding) int { return int(a.on) - int(b.on) })
	return packed
}

// masks are the roles as bits, and the permissions that rise from a deployment to the organization.
func masks(model *access.Model) (roles map[string]uint64, rises uint64) {
	bits := map[string]uint64{}
	for i, p := range model.Permissions {
		bits[p.Name] = 1 << i
		if len(p.RisesFrom) > 0 {
			rises |= 1 << i
		}
	}
	roles = map[string]uint64{}
	for _, role := range model.Roles {
		for _, p := range role.Permissions {
			roles[role.Name] |= bits[p]
		}
	}
	return roles, rises
}
