package access

import (
	"fmt"
	"strings"
)

// addRoot adds a platform's root, its "*" scope, and the hidden node of what holds at the root only.
func (e *editor) addRoot(p *platform) error {
	e.tabulate(p)
	root, err := e.addNode(p.slug)
	if err != nil {
		return err
	}
	_, p.risen = e.nodes.push()
	e.paths.push()
	e.places.push()
	e.held.push()
	p.root = root
	*e.nodes.set(p.risen) = node{platform: p.index, index: noIndex, flags: nodeRisen | nodeAbove}
	*e.nodes.set(root) = node{platform: p.index, index: noIndex, flags: nodeRoot, top: [3]uint32{root, p.risen}}
	e.places.set(root).name = p.slug
	if err := e.addStar(p, root); err != nil {
		return err
	}
	if star := e.places.at(root).star; star != 0 && p.soleChild() == p.kinds[e.nodes.at(star).kind].StarOf {
		e.nodes.set(root).top[topAll] = star
	}
	return e.platformGrants(p)
}

// soleChild returns the one kind of resource directly beneath the root, or "" where there are several.
func (p *platform) soleChild() string {
	sole := ""
	for i := range p.kinds {
		k := &p.kinds[i]
		if k.StarOf != "" || !contains(k.Under, p.kinds[0].Name) {
			continue
		}
		if sole != "" {
			return ""
		}
		sole = k.Name
	}
	return sole
}

// platformGrants computes what licenses and memberships give.
func (e *editor) platformGrants(p *platform) error {
	e.s.nodes, e.s.places = e.nodes.pages, e.places.vec()
	for i := range p.licenses {
		l := &p.licenses[i]
		l.grants = nil
		for _, g := range l.Profile {
			on, role, err := p.rootGrant(e, g.Role, g.At)
			if err != nil {
				return err
			}
			l.grants = append(l.grants, e.s.numbers(p, on, role))
		}
	}
	if name := p.model.MemberRole; name != "" {
		on, role, err := p.rootGrant(e, name, p.kinds[0].Name)
		if err != nil {
			return err
		}
		p.memberGrant = e.s.numbers(p, on, role)
	}
	return nil
}

// rootGrant finds a role and the root or its "*" scope by the name of its kind.
func (p *platform) rootGrant(e *editor, name, kind string) (uint32, uint16, error) {
	role, known := p.roleByName[name]
	if !known {
		return 0, 0, fmt.Errorf("edition %s: no role %q", p.model.Edition, name)
	}
	if kind == p.kinds[0].Name {
		return p.root, role, nil
	}
	if star := e.places.at(p.root).star; star != 0 && p.kinds[e.nodes.at(star).kind].Name == kind {
		return star, role, nil
	}
	return 0, 0, fmt.Errorf("edition %s: %q is neither the root nor its \"*\" scope", p.model.Edition, kind)
}

// addStar adds the "*" scope beneath a resource, where its kind has one.
func (e *editor) addStar(p *platform, parent uint32) error {
	parentKind := p.kinds[e.nodes.at(parent).kind].Name
	for i := range p.kinds {
		k := &p.kinds[i]
		if k.StarOf == "" || !contains(k.Under, parentKind) {
			continue
		}
		above := parent
		if up := e.places.at(parent).parent; up != 0 {
			if star := e.places.at(up).star; star != 0 && p.kinds[e.nodes.at(star).kind].StarOf == k.StarOf {
				above = star
			}
		}
		seg := Segment{Prefix: k.Prefix, Star: true}
		star, err := e.addChild(p, parent, above, uint8(i), seg, nodeStar)
		if err != nil {
			return err
		}
		e.places.set(parent).star = star
	}
	return nil
}

// addChild adds a node beneath parent in the path and beneath cover in coverage.
func (e *editor) addChild(p *platform, parent, cover uint32, kind uint8, seg Segment, flags uint8) (uint32, error) {
	path := *e.paths.at(parent) + "/" + seg.String()
	id, err := e.addNode(path)
	if err != nil {
		return 0, err
	}
	n := node{platform: p.index, kind: kind, flags: flags, category: e.nodes.at(parent).category}
	over := e.nodes.at(cover)
	n.mid, n.index, n.deep, n.top = over.mid, over.index, over.deep, over.top
	if cover == p.root {
		n.top = [3]uint32{p.root} // its hidden node and its "*" scope are for questions at the root alone
	}
	entry := p.kinds[kind].grantable || flags&nodeStar != 0
	switch {
	case flags&nodeStar != 0 && cover == p.root:
		n.flags |= nodeRootStar
		n.top = [3]uint32{id, p.root}
		n.index = noIndex
	case entry && n.mid == 0:
		n.mid, n.index = id, e.addMid(id, flags)
	case entry:
		free := 0
		for free < len(n.deep) && n.deep[free] != 0 {
			free++
		}
		if free == len(n.deep) {
			return 0, fmt.Errorf("the resource %q has more than %d levels above it at which roles are granted", path, 2+len(n.deep))
		}
		n.deep[free] = id
	}
	if n.mid == 0 {
		n.flags |= nodeAbove
	}
	*e.nodes.set(id) = n
	place := e.places.set(id)
	place.name, place.parent = seg.Name, parent
	up := e.places.set(parent)
	up.children, up.living = up.children.grow(id, e.bulk), up.living+1
	return id, nil
}

// addMid numbers a mid node for the dense part of rows. "*" scopes, at which few have anything, get no number.
func (e *editor) addMid(id uint32, flags uint8) uint32 {
	if flags&nodeStar != 0 {
		return noIndex
	}
	mid, index := e.mids.push()
	*mid = id
	return index
}

// putResource adds a resource, or updates the category and settings of one that is there.
func (e *editor) putResource(p *platform, r *Resource) error {
	segments, err := SplitPath(r.Path)
	if err != nil {
		return err
	}
	path := JoinPath(segments)
	id, found := e.findNode(path)
	if !found || e.bulk {
		if id, err = e.newResource(p, path, segments); err != nil {
			return err
		}
	}
	e.places.set(id).settings = r.Settings
	k := &p.kinds[e.nodes.at(id).kind]
	if len(k.Categories) == 0 {
		if r.Category != "" {
			return fmt.Errorf("%q is a %s, which has no category", path, k.Name)
		}
		return nil
	}
	category := indexOf(k.Categories, r.Category)
	if category < 0 {
		return fmt.Errorf("%q has the category %q; it can be %s", path, r.Category, strings.Join(k.Categories, ", "))
	}
	e.setCategory(id, uint8(category+1))
	return nil
}

func (e *editor) newResource(p *platform, path string, segments []Segment) (uint32, error) {
	if len(segments) < 2 || segments[0] != (Segment{Name: p.slug}) {
		return 0, fmt.Errorf("%q is not a resource of platform %s", path, p.slug)
	}
	last := segments[len(segments)-1]
	above := JoinPath(segments[:len(segments)-1])
	parent, found := e.findNode(above)
	if !found {
		return 0, fmt.Errorf("%q: there is no %q", path, above)
	}
	parentKind := p.kinds[e.nodes.at(parent).kind].Name
	child := p.model.child(parentKind, last)
	if child == nil || last.Star {
		return 0, fmt.Errorf("%q: a %s has nothing called %q beneath it", path, parentKind, last.String())
	}
	cover := parent
	if star := e.places.at(parent).star; star != 0 && p.kinds[e.nodes.at(star).kind].StarOf == child.Name {
		cover = star
	}
	id, err := e.addChild(p, parent, cover, p.kindByName[child.Name], last, 0)
	if err != nil {
		return 0, err
	}
	return id, e.addStar(p, id)
}

func (e *editor) setCategory(id uint32, category uint8) {
	if e.nodes.at(id).category == category {
		return
	}
	e.nodes.set(id).category = category
	for child := range e.places.at(id).children.all {
		e.setCategory(child, category)
	}
}

// removeResource removes a resource with everything beneath it and every grant made there.
func (e *editor) removeResource(id uint32) {
	if e.nodes.at(id).flags&nodeGone != 0 {
		return
	}
	place := *e.places.at(id)
	for child := range place.children.all {
		e.removeResource(child)
	}
	if star := place.star; star != 0 {
		e.removeResource(star)
	}
	for holder := range e.held.at(id).by.all {
		e.dropGrantsAt(holder, id)
	}
	n := e.nodes.set(id)
	n.flags |= nodeGone
	n.index = noIndex
	e.nodeIndex.remove(hashName(e.s.seed, *e.paths.at(id), 0), id)
	e.places.set(place.parent).living--
	e.places.set(id).children = bag{}
	*e.held.set(id) = held{}
}
