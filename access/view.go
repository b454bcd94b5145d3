package access

// A side is one of the snapshots that are compared, with the editor that compiles rows for the moment of the comparison.
type side struct {
	s    *Snapshot
	edit *editor // nil until a row is needed: one for all rows, so that numbers of sets mean the same in all of them
}

// A view is a row that holds at one moment; nil for nobody.
type view struct {
	s *Snapshot
	r *row
}

// view returns the view of a subject; its row is compiled where the one at hand does not hold then.
func (d *side) view(h Subject, at int64) view {
	n, known := d.s.Subject(h)
	sub := uint32(n)
	switch {
	case !known:
		return view{s: d.s}
	case d.s.holdsAt(sub, at):
		return view{d.s, d.s.subjects.row(sub)}
	case d.edit == nil:
		d.edit = d.s.edit()
	}
	var then row
	c := &collector{}
	c.reset(d.edit.s, at)
	c.gather(sub)
	c.compile(&then, d.edit.union)
	return view{d.edit.s, &then}
}

// permissions lists what the view allows at a resource, at its own level.
func (v view) permissions(res uint32) []string {
	if v.r == nil || res == 0 {
		return nil
	}
	n := v.s.nodes.at(res)
	p := v.s.platforms[n.platform]
	var names []string
	for i := range p.permissions {
		perm := PermissionID(p.firstPermission + uint32(i))
		if p.isLevel(n.kind, perm) && v.s.holds(v.r, &v.s.hot[perm], n, v.s.hot[perm].bitAt(n)) {
			names = append(names, p.permissions[i].Name)
		}
	}
	return names
}

// A standing is all that permissions depends on: the sets at the nodes that cover a resource, and what the resource is.
type standing struct {
	sets                            [6]uint32
	platform, kind, category, flags uint8
}

// standing looks up what permissions asks for, in the same places as Snapshot.holds.
func (v view) standing(res uint32) standing {
	if v.r == nil || res == 0 {
		return standing{}
	}
	n := v.s.nodes.at(res)
	st := standing{platform: n.platform, kind: n.kind, category: n.category, flags: n.flags}
	if n.mid != 0 {
		st.sets[0] = v.r.at(n)
	}
	if v.r.flags&rowDeep != 0 {
		for i, d := range n.deep {
			if d != 0 {
				st.sets[1+i] = v.r.lookup(d)
			}
		}
	}
	if v.r.flags&rowTop != 0 || n.flags&nodeRoot != 0 {
		for i, d := range n.top {
			if d != 0 {
				st.sets[3+i] = v.r.lookup(d)
			}
		}
	}
	return st
}

// slug is that of a resource's platform; "" for no resource.
func (v view) slug(res uint32) string {
	if res == 0 {
		return ""
	}
	return v.s.platforms[v.s.nodes.at(res).platform].slug
}

// deepMids adds the mid nodes beneath which the view has something.
func (v view) deepMids(into map[uint32]bool) {
	if v.r == nil || v.r.flags&rowDeep == 0 {
		return
	}
	v.s.eachOf(v.r, func(n, _ uint32) {
		if at := v.s.nodes.at(n); at.mid != n && at.mid != 0 {
			into[at.mid] = true
		}
	})
}
