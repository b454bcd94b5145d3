package access

import (
	"fmt"
	"time"
)

// A Change is one small difference between two snapshots. The types below are all there are.
type Change interface{ apply(*editor) error }

// The changes that Apply knows. Whether somebody may make one is not judged here.
type (
	// PutUser adds a user or replaces what is said of one; grants and teams stay.
	PutUser struct{ UserFacts }
	// PutSubject adds a service user or an agent.
	PutSubject struct{ Subject }
	// RemoveSubject removes a subject with its grants and memberships.
	RemoveSubject struct{ Subject }
	// PutTeam adds a team without members.
	PutTeam struct{ Name string }
	// RemoveTeam removes a team with its grants and memberships.
	RemoveTeam struct{ Name string }
	// Join makes a user a member of a team; it changes nothing where the user is one.
	Join struct{ Team, User string }
	// Leave ends a membership.
	Leave struct{ Team, User string }
	// AddGrant adds a grant, also one that is there already.
	AddGrant struct{ Grant }
	// RemoveGrant removes one grant that equals this one.
	RemoveGrant struct{ Grant }
	// PutResource adds a resource, or replaces its category and settings.
	PutResource struct {
		Platform string
		Resource
	}
	// RemoveResource removes a resource with all beneath it and the grants made there.
	RemoveResource struct{ Path string }
	// PutPlatform attaches a platform, or replaces its edition, plan, settings and custom roles. Its resources stay.
	PutPlatform struct{ Platform }
	// RemovePlatform detaches a platform with its resources and grants.
	RemovePlatform struct{ Slug string }
	// At moves the moment that rows are compiled for. It changes no answer, only how fast they come.
	At struct{ Time time.Time }
)

// Apply derives a snapshot. The receiver stays as it was. The cost follows from what the changes touch, not from the
// size of the organization, but for PutPlatform and RemovePlatform, which compile everything anew, and At. An error
// names the change by its place, from 1; nothing is then derived.
func (s *Snapshot) Apply(changes ...Change) (*Snapshot, error) {
	e := s.edit()
	for i, c := range changes {
		if err := c.apply(e); err != nil {
			return nil, fmt.Errorf("change %d: %w", i+1, err)
		}
	}
	return e.finish(), nil
}

func (c PutUser) apply(e *editor) error       { return e.putUser(&c.UserFacts, false) }
func (c PutSubject) apply(e *editor) error    { return e.putSubject(c.Subject) }
func (c RemoveSubject) apply(e *editor) error { return e.removeSubject(c.Subject) }
func (c PutTeam) apply(e *editor) error       { return e.putTeam(c.Name) }
func (c RemoveTeam) apply(e *editor) error    { return e.removeTeam(c.Name) }
func (c Join) apply(e *editor) error          { return e.join(c.Team, c.User) }
func (c Leave) apply(e *editor) error         { return e.leave(c.Team, c.User) }
func (c AddGrant) apply(e *editor) error      { return e.addGrant(&c.Grant) }
func (c RemoveGrant) apply(e *editor) error   { return e.removeGrant(&c.Grant) }

func (c PutResource) apply(e *editor) error {
	p, known := e.s.platformBy[c.Platform]
	if !known {
		return fmt.Errorf("there is no platform %q", c.Platform)
	}
	return e.putResource(e.s.platforms[p], &c.Resource)
}

func (c RemoveResource) apply(e *editor) error {
	path, err := CanonicalPath(c.Path)
	if err != nil {
		return err
	}
	id, found := e.findNode(path)
	if !found {
		return fmt.Errorf("there is no resource %q", c.Path)
	}
	if e.places.at(id).parent == 0 || e.nodes.at(id).flags&nodeStar != 0 {
		return fmt.Errorf("%q is a root or a \"*\" scope, which stays while its platform does", c.Path)
	}
	e.removeResource(id)
	return nil
}

func (c At) apply(e *editor) error {
	e.s.compiled = moment(c.Time)
	before := &Snapshot{subjects: e.subjects.subjects()}
	for i := 0; i < e.subjects.size; i++ {
		if !before.holdsAt(uint32(i), e.s.compiled) {
			e.touch(uint32(i))
		}
	}
	return nil
}

func (c PutPlatform) apply(e *editor) error {
	return e.rebuild(func(org *Organization) error {
		for i := range org.Platforms {
			if org.Platforms[i].Slug == c.Slug {
				resources := org.Platforms[i].Resources
				org.Platforms[i] = c.Platform
				org.Platforms[i].Resources = resources
				return nil
			}
		}
		org.Platforms = append(org.Platforms, c.Platform)
		return nil
	})
}

func (c RemovePlatform) apply(e *editor) error {
	return e.rebuild(func(org *Organization) error { return org.detach(c.Slug) })
}

// rebuild compiles the organization anew, changed: for what touches everybody.
func (e *editor) rebuild(change func(*Organization) error) error {
	org := e.finish().Organization()
	if err := change(&org); err != nil {
		return err
	}
	built, err := Build(org, time.UnixMicro(e.s.compiled))
	if err != nil {
		return err
	}
	*e = *built.edit()
	return nil
}

// detach removes a platform and everything that names it.
func (org *Organization) detach(slug string) error {
	kept := org.Platforms[:0:0]
	for _, p := range org.Platforms {
		if p.Slug != slug {
			kept = append(kept, p)
		}
	}
	if len(kept) == len(org.Platforms) {
		return fmt.Errorf("there is no platform %q", slug)
	}
	org.Platforms = kept
	grants := org.Grants[:0:0]
	for _, g := range org.Grants {
		if segments, err := SplitPath(g.On); err == nil && segments[0].Name != slug {
			grants = append(grants, g)
		}
	}
	org.Grants = grants
	for i := range org.Users {
		u := &org.Users[i]
		delete(u.Licenses, slug)
		on := u.On[:0:0]
		for _, p := range u.On {
			if p != slug {
				on = append(on, p)
			}
		}
		u.On = on
	}
	return nil
}
