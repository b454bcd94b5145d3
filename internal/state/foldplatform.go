package state

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/rolemodel"
)

// foldPlatform folds what concerns platforms, resources and custom roles; it answers false for other events.
func (e *Edit) foldPlatform(ev event.Event) (bool, error) {
	switch ev := ev.(type) {
	case *event.EditionStored:
		e.s.editions[ev.Name] = ev
		return true, nil
	case *event.PlatformAttached:
		return true, e.attach(*ev)
	case *event.PlatformChanged:
		return true, e.attach(event.PlatformAttached(*ev))
	case *event.PlatformDetached:
		return true, e.detach(ev.Slug)
	case *event.ResourceCreated:
		e.s.taken(ev.Number)
		return true, e.putResource(&Resource{Path: ev.Path, Number: ev.Number, Category: ev.Category, Settings: ev.Settings})
	case *event.ResourceChanged:
		r := e.s.Resource(ev.Path)
		if r == nil {
			return true, missing("resource", ev.Path)
		}
		return true, e.putResource(&Resource{Path: ev.Path, Number: r.Number, Category: ev.Category, Settings: ev.Settings, Documents: r.Documents})
	case *event.ResourceDocumentSet:
		return true, e.setDocument(ev)
	case *event.ResourceRenamed:
		return true, e.rename(ev.Path, ev.To)
	case *event.ResourceDeleted:
		return true, e.deleteResource(ev.Path)
	case *event.RolePut:
		return true, e.putRole(ev)
	case *event.RoleRenamed:
		return true, e.renameRole(ev)
	case *event.RoleDeleted:
		return true, e.deleteRole(ev)
	}
	return false, nil
}

// model finds an edition and insists on the text that the platform was pinned to.
func (e *Edit) model(name, hash string) (*access.Model, error) {
	if own := e.s.editions[name]; own != nil && own.Hash == hash {
		return rolemodel.Load(name, []byte(own.Text))
	}
	shipped, err := rolemodel.EditionHash(name)
	if err != nil {
		return nil, fmt.Errorf("edition %q is not known to this program: it was attached by a newer one", name)
	}
	if shipped != hash {
		return nil, fmt.Errorf("edition %q is not the one that the platform is pinned to (%.12s…, here %.12s…): shipped editions never change, so this is another program's", name, hash, shipped)
	}
	return rolemodel.Edition(name)
}

func (e *Edit) attach(said event.PlatformAttached) error {
	model, err := e.model(said.Edition, said.Hash)
	if err != nil {
		return err
	}
	p := &Platform{PlatformAttached: said, Model: model}
	if old := e.s.platforms[said.Slug]; old != nil {
		p.Roles, p.Documents = old.Roles, old.Documents
	}
	e.putPlatform(p)
	return nil
}

func (e *Edit) putPlatform(p *Platform) {
	e.s.platforms[p.Slug] = p
	e.change(access.PutPlatform{Platform: p.facts()})
}

func (p *Platform) facts() access.Platform {
	facts := access.Platform{Slug: p.Slug, Model: p.Model, Plan: p.Plan, Settings: p.Settings}
	for _, r := range p.Roles {
		facts.Roles = append(facts.Roles, r.Role)
	}
	return facts
}

func (e *Edit) detach(slug string) error {
	if e.s.platforms[slug] == nil {
		return missing("platform", slug)
	}
	e.complete()
	e.dropBeneath(slug)
	delete(e.s.platforms, slug)
	for _, u := range collect(e.s.Users()) {
		if slices.Contains(u.On, slug) || slices.Contains(u.SignedIn, slug) || u.Licenses[slug] != "" {
			next := *u
			next.On, next.SignedIn, next.Licenses = without(u.On, slug), without(u.SignedIn, slug), withEntry(u.Licenses, slug, "")
			e.setUser(&next)
		}
	}
	e.change(access.RemovePlatform{Slug: slug})
	return nil
}

// dropBeneath removes a resource, all beneath it and every grant there from the directory.
func (e *Edit) dropBeneath(path string) {
	e.complete()
	for _, g := range collect(e.s.GrantsBeneath(path)) {
		e.s.grants.Delete(GrantKey(g.Grant))
		e.s.scopes.Delete(scopeKey(&g.Grant))
	}
	for path := range collect(e.s.Beneath(path)) {
		e.s.resources.Delete(path)
	}
	e.s.resources.Delete(path)
}

func (e *Edit) putResource(r *Resource) error {
	slug, _, _ := strings.Cut(r.Path, "/")
	if e.s.platforms[slug] == nil {
		return missing("platform", slug)
	}
	e.s.resources.Set(r.Path, r)
	e.change(access.PutResource{Platform: slug, Resource: access.Resource{Path: r.Path, Category: r.Category, Settings: r.Settings}})
	return nil
}

// setDocument compiles nothing: documents decide nothing.
func (e *Edit) setDocument(ev *event.ResourceDocumentSet) error {
	if p := e.s.platforms[ev.Path]; p != nil {
		next := *p
		next.Documents = withEntry(p.Documents, ev.Name, ev.Document)
		e.s.platforms[ev.Path] = &next
		return nil
	}
	r := e.s.Resource(ev.Path)
	if r == nil {
		return missing("resource", ev.Path)
	}
	next := *r
	next.Documents = withEntry(r.Documents, ev.Name, ev.Document)
	e.s.resources.Set(ev.Path, &next)
	return nil
}

func (e *Edit) deleteResource(path string) error {
	if e.s.Resource(path) == nil {
		return missing("resource", path)
	}
	e.dropBeneath(path)
	e.change(access.RemoveResource{Path: path})
	return nil
}

// rename moves a subtree, and what names it. It compiles everything anew: it is rare, and touches everybody who holds anything there.
func (e *Edit) rename(from, to string) error {
	if e.s.Resource(from) == nil {
		return missing("resource", from)
	}
	e.complete()
	grants, resources := collect(e.s.GrantsBeneath(from)), collect(e.s.Beneath(from))
	resources[from] = e.s.Resource(from)
	e.dropBeneath(from)
	for path, r := range resources {
		next := *r
		next.Path = to + path[len(from):]
		e.s.resources.Set(next.Path, &next)
	}
	for _, g := range grants {
		next := *g
		next.On = to + g.On[len(from):]
		e.setGrant(&next)
	}
	e.renameNamed(from, to)
	e.Anew()
	return nil
}

// renameNamed follows the new path where the old one is only named: in stored tests, and in what narrows tokens.
func (e *Edit) renameNamed(from, to string) {
	moved := func(path string) (string, bool) {
		if path != from && !strings.HasPrefix(path, from+"/") {
			return path, false
		}
		return to + path[len(from):], true
	}
	e.s.Tests = slices.Clone(e.s.Tests)
	for i := range e.s.Tests {
		e.s.Tests[i].On, _ = moved(e.s.Tests[i].On)
	}
	for id, t := range collect(e.s.Tokens()) {
		next, follows := *t, false
		next.Scopes = slices.Clone(t.Scopes)
		for i, path := range t.Scopes {
			var here bool
			next.Scopes[i], here = moved(path)
			follows = follows || here
		}
		if follows {
			e.s.tokens.Set(id, &next)
		}
	}
}

func missing(what, name string) error { return fmt.Errorf("there is no %s %q", what, name) }
