package access

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// Build compiles an organization for questions. Rows are compiled for the moment at; questions about other moments are
// answered as exactly, and a little slower where somebody's access changes in between.
//
// Only what cannot be compiled is an error here: a name that does not exist, one that stands twice, a path that is
// none. What a platform's rules do not allow to be granted is found by CheckGrants; such grants give nothing where
// the role cannot be held so.
func Build(org Organization, at time.Time) (*Snapshot, error) {
	e, err := newEditor(org, at)
	if err != nil {
		return nil, err
	}
	for i := range org.Platforms {
		if err := e.buildTree(&org.Platforms[i]); err != nil {
			return nil, err
		}
	}
	if err := e.buildHolders(&org); err != nil {
		return nil, err
	}
	for i := range org.Grants {
		if err := e.addGrant(&org.Grants[i]); err != nil {
			return nil, fmt.Errorf("grant %d: %w", i+1, err)
		}
	}
	return e.finish(), nil
}

func newEditor(org Organization, at time.Time) (*editor, error) {
	by := &edit{}
	s := &Snapshot{name: org.Name, seed: maphash.MakeSeed(), lineage: &lineage{}, compiled: moment(at),
		platformBy: map[string]uint8{}, noTable: make([]uint32, 1)}
	widest := 0
	if len(org.Platforms) > maxPlatforms {
		return nil, fmt.Errorf("%d platforms; at most %d are possible", len(org.Platforms), maxPlatforms)
	}
	for i := range org.Platforms {
		facts := org.Platforms[i]
		if _, twice := s.platformBy[facts.Slug]; twice {
			return nil, fmt.Errorf("two platforms are called %q", facts.Slug)
		}
		p, err := compilePlatform(facts, uint8(i))
		if err != nil {
			return nil, err
		}
		s.platformBy[facts.Slug] = uint8(i)
		s.platforms = append(s.platforms, p)
		p.firstPermission = uint32(len(s.hot))
		s.hot = append(s.hot, p.hot()...)
		widest = max(widest, p.bits)
	}
	s.replaced = make([]bag, len(s.platforms))
	s.sets = newSetTable(widest)
	resources := 0
	for i := range org.Platforms {
		resources += 2*len(org.Platforms[i].Resources) + 4
	}
	e := &editor{s: s, by: by, bulk: true, all: true, ownSets: true,
		nodes: openPages(s.nodes, by), mids: openPages(s.mids, by), paths: openPages(s.paths, by), places: open(s.places, by), held: open(s.held, by), who: openPages(s.who, by), subjects: openSubjects(s.subjects, by), teams: open(s.teams, by),
		nodeIndex: newIndex(resources, by),
		subjIndex: newIndex(len(org.Users)+len(org.ServiceUsers)+len(org.Agents), by),
		teamIndex: newIndex(len(org.Teams), by),
	}
	e.nodes.push() // number 0 is nobody and nowhere
	e.paths.push()
	e.places.push()
	e.held.push()
	return e, nil
}

// buildTree adds a platform's root and resources, parents first.
func (e *editor) buildTree(facts *Platform) error {
	p := e.s.platforms[e.s.platformBy[facts.Slug]]
	if err := e.addRoot(p); err != nil {
		return err
	}
	byDepth := map[int][]int{}
	deepest := 0
	for i := range facts.Resources {
		depth := 0
		for _, c := range facts.Resources[i].Path {
			if c == '/' {
				depth++
			}
		}
		byDepth[depth] = append(byDepth[depth], i)
		deepest = max(deepest, depth)
	}
	for depth := 0; depth <= deepest; depth++ {
		for _, i := range byDepth[depth] {
			if err := e.putResource(p, &facts.Resources[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// buildHolders adds subjects in the order of their texts, so that a search seldom has to sort.
func (e *editor) buildHolders(org *Organization) error {
	for _, id := range sorted(org.Agents) {
		if err := e.putSubject(Subject{Kind: Agent, ID: id}); err != nil {
			return err
		}
	}
	for _, name := range sorted(org.ServiceUsers) {
		if err := e.putSubject(Subject{Kind: ServiceUser, ID: name}); err != nil {
			return err
		}
	}
	users := org.Users
	if !slices.IsSortedFunc(users, compareUsers) {
		users = slices.SortedFunc(slices.Values(users), compareUsers)
	}
	ids := idsOf(users)
	for i := range users {
		u := users[i]
		u.ID, ids = ids[:len(u.ID)], ids[len(u.ID):]
		if err := e.putUser(&u, true); err != nil {
			return err
		}
	}
	for i := range org.Teams {
		t := &org.Teams[i]
		if err := e.putTeam(t.Name); err != nil {
			return err
		}
		for _, m := range t.Members {
			if err := e.join(t.Name, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func compareUsers(a, b UserFacts) int { return strings.Compare(a.ID, b.ID) }

func sorted(list []string) []string {
	if slices.IsSorted(list) {
		return list
	}
	return slices.Sorted(slices.Values(list))
}

// idsOf writes all ids into one text, so that they stand side by side in memory.
func idsOf(users []UserFacts) string {
	var all strings.Builder
	size := 0
	for i := range users {
		size += len(users[i].ID)
	}
	all.Grow(size)
	for i := range users {
		all.WriteString(users[i].ID)
	}
	return all.String()
}
