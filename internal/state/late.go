package state

import (
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/btree"
)

// late is what an edit that folds a whole history puts off: the trees that follow from the records. Made at the end, in their
// order and on all cores, they cost a third of what they cost entry by entry. While they are late, users, emails, byName,
// members and scopes are empty: whoever needs one completes them, after which they are kept entry by entry.
type late struct {
	on    bool
	users []*User // as they came; who was removed since is not in fresh any more
}

// delay begins it, where nothing of the kind is there yet.
func (e *Edit) delay() {
	e.late.on = e.late.on || e.fresh != nil && len(e.fresh) == 0 && e.s.grants.Len() == 0 && e.s.teams.Len() == 0
}

// complete makes what was put off.
func (e *Edit) complete() {
	if wait := e.completeMost(); wait != nil {
		wait()
	}
}

// completeMost makes what access is compiled from, and returns what waits for the rest.
func (e *Edit) completeMost() (wait func()) {
	if !e.late.on {
		return nil
	}
	users := slices.DeleteFunc(e.late.users, func(u *User) bool { return e.fresh[u.ID] != u })
	e.late = late{}
	load(e.s.users, users, func(u *User) (string, *User) { return u.ID, u })
	var rest sync.WaitGroup
	rest.Go(func() {
		load(e.s.emails, users, func(u *User) (string, string) { return u.Email, u.ID })
		load(e.s.byName, users, func(u *User) (string, string) { return nameKey(u), u.ID })
		grants := make([]*Grant, 0, e.s.grants.Len())
		e.s.grants.Scan(func(_ string, g *Grant) bool {
			grants = append(grants, g)
			return true
		})
		load(e.s.scopes, grants, func(g *Grant) (string, *Grant) { return scopeKey(&g.Grant), g })
	})
	e.completeMembers()
	return rest.Wait
}

// completeMembers makes the tree of members from the users, whose order is that of their ids.
func (e *Edit) completeMembers() {
	members := make(map[string]*[]string, e.s.teams.Len())
	e.s.teams.Scan(func(id string, t *Team) bool {
		list := make([]string, 0, t.Members)
		members[id] = &list
		return true
	})
	e.s.users.Scan(func(id string, u *User) bool {
		for _, t := range u.Teams {
			if list := members[t]; list != nil {
				*list = append(*list, id)
			}
		}
		return true
	})
	e.s.teams.Scan(func(id string, _ *Team) bool {
		for _, u := range *members[id] {
			e.s.members.Load(memberKey(id, u), struct{}{})
		}
		return true
	})
}

// load fills a tree in the order of its keys. An empty key is none.
func load[R, V any](tree *btree.Map[string, V], records []R, entry func(R) (string, V)) {
	type keyed struct {
		key   string
		value V
	}
	entries := make([]keyed, 0, len(records))
	for _, r := range records {
		if key, value := entry(r); key != "" {
			entries = append(entries, keyed{key, value})
		}
	}
	slices.SortFunc(entries, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	for _, e := range entries {
		tree.Load(e.key, e.value)
	}
}
