package access

import "fmt"

// putSubject adds a subject without any access. One that is there already is an error.
func (e *editor) putSubject(h Subject) error {
	if h.ID == "" {
		return fmt.Errorf("a %s without a name", h.Kind)
	}
	if _, twice := e.findSubject(h); twice {
		return fmt.Errorf("%s stands twice", h)
	}
	if e.subjects.size >= teamBit {
		return fmt.Errorf("more subjects than numbers")
	}
	e.rehash(&e.subjIndex, e.subjects.size, func(n uint32) (uint64, bool) {
		who := e.who.at(n)
		return hashName(e.s.seed, who.ID, uint64(who.Kind)), !e.subjects.row(n).gone()
	})
	n := uint32(e.subjects.size)
	of, r := e.subjects.set(n)
	*of = subject{facts: &facts{}}
	*r = row{table: e.s.noTable, flags: rowBlank, kind: h.Kind}
	*e.who.set(n) = h
	e.subjIndex.put(hashName(e.s.seed, h.ID, uint64(h.Kind)), n)
	e.touch(n)
	return nil
}

// putUser adds a user, or updates what is said of one; grants and teams stay.
func (e *editor) putUser(u *UserFacts, fresh bool) error {
	h := Subject{Kind: User, ID: u.ID}
	n, found := uint32(0), false
	if !fresh {
		n, found = e.findSubject(h)
	}
	if !found {
		if err := e.putSubject(h); err != nil {
			return err
		}
		n = uint32(e.subjects.size - 1)
	}
	f := e.ownFacts(n)
	f.inactive, f.on, f.licenses = u.Inactive, 0, nil
	for _, slug := range u.On {
		p, known := e.s.platformBy[slug]
		if !known {
			return fmt.Errorf("%s is on %q, which is not a platform", h, slug)
		}
		f.on |= 1 << p
	}
	for slug, name := range u.Licenses {
		p, known := e.s.platformBy[slug]
		if !known {
			return fmt.Errorf("%s has a license on %q, which is not a platform", h, slug)
		}
		if err := e.license(f, n, e.s.platforms[p], name); err != nil {
			return fmt.Errorf("%s: %w", h, err)
		}
	}
	f.blocked = e.blocked(f)
	e.touch(n)
	return nil
}

func (e *editor) license(f *facts, n uint32, p *platform, name string) error {
	for i := range p.licenses {
		if p.licenses[i].Name != name {
			continue
		}
		if f.licenses == nil {
			f.licenses = make([]uint8, len(e.s.platforms))
		}
		f.licenses[p.index] = uint8(i + 1)
		if p.licenses[i].Replaces {
			if !e.bulk && !e.ownBags {
				e.s.replaced = append([]bag(nil), e.s.replaced...)
				e.ownBags = true
			}
			e.s.replaced[p.index] = e.s.replaced[p.index].grow(n, e.bulk)
		}
		return nil
	}
	return fmt.Errorf("%s has no license %q", p.model.Edition, name)
}

// blocked returns the platforms on which a user's grants do not count: no license, or one that stands in their place.
func (e *editor) blocked(f *facts) uint64 {
	var blocked uint64
	for _, p := range e.s.platforms {
		if !p.licensed {
			continue
		}
		if f.licenses == nil || f.licenses[p.index] == 0 || p.licenses[f.licenses[p.index]-1].Replaces {
			blocked |= 1 << p.index
		}
	}
	return blocked
}

// ownFacts returns facts of a subject that this edit may change.
func (e *editor) ownFacts(n uint32) *facts {
	of, _ := e.subjects.set(n)
	if !e.bulk {
		c := *of.facts
		of.facts = &c
	}
	return of.facts
}

func (e *editor) removeSubject(h Subject) error {
	n, found := e.findSubject(h)
	if !found {
		return fmt.Errorf("there is no %s", h)
	}
	of, r := e.subjects.set(n)
	for i := range of.facts.grants {
		e.held.set(of.facts.grants[i].node).live--
	}
	for _, t := range of.facts.teams {
		e.teams.set(t).live--
	}
	e.subjIndex.remove(hashName(e.s.seed, h.ID, uint64(h.Kind)), n)
	*of = subject{facts: &facts{}}
	*r = row{table: e.s.noTable, flags: rowBlank | rowGone, kind: h.Kind}
	*e.who.set(n) = Subject{}
	return nil
}

func (e *editor) putTeam(name string) error {
	if name == "" {
		return fmt.Errorf("a team without a name")
	}
	if _, twice := e.findTeam(name); twice {
		return fmt.Errorf("team:%s stands twice", name)
	}
	e.rehash(&e.teamIndex, e.teams.size, func(n uint32) (uint64, bool) {
		t := e.teams.at(n)
		return hashName(e.s.seed, t.name, 0), !t.gone
	})
	t, n := e.teams.push()
	t.name = name
	e.teamIndex.put(hashName(e.s.seed, name, 0), n)
	return nil
}

func (e *editor) removeTeam(name string) error {
	n, found := e.findTeam(name)
	if !found {
		return fmt.Errorf("there is no team:%s", name)
	}
	old := *e.teams.at(n)
	for i := range old.grants {
		e.held.set(old.grants[i].node).live--
	}
	for m := range old.members.all {
		e.leaveTeam(n, m)
	}
	e.teamIndex.remove(hashName(e.s.seed, name, 0), n)
	*e.teams.set(n) = team{gone: true}
	return nil
}

// join makes a user a member of a team. Joining twice changes nothing.
func (e *editor) join(name, user string) error {
	t, found := e.findTeam(name)
	if !found {
		return fmt.Errorf("there is no team:%s", name)
	}
	n, found := e.findSubject(Subject{Kind: User, ID: user})
	if !found {
		return fmt.Errorf("team:%s: there is no user:%s", name, user)
	}
	for _, other := range e.subjects.at(n).facts.teams {
		if other == t {
			return nil
		}
	}
	f := e.ownFacts(n)
	if e.bulk {
		f.teams = append(f.teams, t)
	} else {
		f.teams = append(append(make([]uint32, 0, len(f.teams)+1), f.teams...), t)
	}
	c := e.teams.set(t)
	c.live++
	if c.members.stale(c.live) {
		c.members = c.members.compact(func(m uint32) bool { return m != n && e.isMember(m, t) })
	}
	c.members = c.members.grow(n, e.bulk)
	e.touch(n)
	return nil
}

func (e *editor) isMember(n, t uint32) bool {
	if e.subjects.row(n).gone() {
		return false
	}
	for _, other := range e.subjects.at(n).facts.teams {
		if other == t {
			return true
		}
	}
	return false
}

func (e *editor) leave(name, user string) error {
	t, found := e.findTeam(name)
	if !found {
		return fmt.Errorf("there is no team:%s", name)
	}
	n, found := e.findSubject(Subject{Kind: User, ID: user})
	if !found || !e.isMember(n, t) {
		return fmt.Errorf("user:%s is not in team:%s", user, name)
	}
	e.leaveTeam(t, n)
	return nil
}

func (e *editor) leaveTeam(t, n uint32) {
	if !e.isMember(n, t) {
		return
	}
	f := e.ownFacts(n)
	teams := make([]uint32, 0, len(f.teams))
	for _, other := range f.teams {
		if other != t {
			teams = append(teams, other)
		}
	}
	f.teams = teams
	e.teams.set(t).live--
	e.touch(n)
}
