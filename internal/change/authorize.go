package change

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// present refuses an actor who is gone or deactivated by now, whatever the door saw: some things need no permission.
func (j *judge) present() error {
	if j.actor.Rule != "" {
		return nil
	}
	there, s := false, j.actor.Subject
	switch s.Kind {
	case access.User:
		u := j.base.User(s.ID)
		there = u != nil && !u.Inactive
	case access.ServiceUser:
		there = j.base.ServiceUser(s.ID) != nil
	case access.Agent:
		there = j.base.Agent(s.ID) != nil
	}
	if there {
		return nil
	}
	return fault.New(fault.Unauthenticated, "%s is deactivated, or no longer there", j.base.Readable(s.String())).By("actor")
}

// may tells whether the actor has a permission at a resource in the state that the change began with. A resource that the
// change itself makes is asked at the nearest one that was there: above it the question means everything beneath.
func (j *judge) may(permission, path string) bool {
	if j.actor.Rule != "" {
		return false
	}
	slug := access.SlugOf(path)
	for path != slug && j.base.Resource(path) == nil {
		path = parentOf(path)
	}
	if j.actor.Within != nil && !j.actor.Within(slug+"."+permission, path) {
		return false
	}
	return j.base.Access.Decide(access.Question{Subject: j.actor.Subject, Permission: permission, Resource: path, At: j.at}).Allowed
}

// mayDirectory is may at the directory itself.
func (j *judge) mayDirectory(permission string) bool { return j.may(permission, accessfile.Directory) }

// operation judges one operation on a platform: on a resource of a kind at a path, or on the platform as a whole where the
// kind is "". A platform that the same change attached is the attacher's.
func (j *judge) operation(slug, name, kind, path string) error {
	if j.attached[slug] {
		return nil
	}
	p := j.now().Platform(slug)
	if p == nil {
		return fault.New(fault.NotFound, "there is no platform %q", slug).In("platform").Rather("one of %s", strings.Join(j.slugs(), ", "))
	}
	g := &p.Model.Governance
	if name != access.OpTeamEditMembers { // of that only the adding is forbidden: joinTeam asks
		if err := j.byHand(slug, name); err != nil {
			return err
		}
	}
	needed := ""
	for i := range g.Operations {
		o := &g.Operations[i]
		if o.Name != name || o.Kind != kind {
			continue
		}
		at := j.ancestor(p, path, o.At)
		if at != "" && j.may(o.Permission, at) {
			return nil
		}
		needed = slug + "." + o.Permission + " at " + at
	}
	if needed == "" {
		if j.mayDirectory("platforms.attach") {
			return nil
		}
		needed = "the role owner at " + accessfile.Directory
	}
	return j.discreet(j.knows(slug), fault.New(fault.Forbidden, "%s is not allowed to do %s on %s", j.who(), name, path).By("permission").Rather("it needs %s", needed),
		j.who()+" is not allowed to do "+name+" on a platform out of their sight, which it concerns")
}

// byHand refuses what nobody does by hand on a platform while provisioning is on, owners neither.
func (j *judge) byHand(slug, name string) error {
	if j.actor.Rule != "" || j.now().Settings[SettingProvisioning] != "on" || !slices.Contains(j.now().Platform(slug).Model.Governance.NotWhileProvisioned, name) {
		return nil
	}
	return fault.New(fault.Forbidden, "%s is not done by hand on %s while provisioning is on", name, slug).By("provisioning").
		Rather("do it in the identity provider, or turn provisioning off")
}

// somewhereByHand is byHand for what belongs to no platform yet: one that allows it is enough.
func (j *judge) somewhereByHand(name string) error {
	var refused error
	for _, slug := range j.now().Slugs() {
		if slug == accessfile.Directory || !j.governs(slug, name) {
			continue
		}
		err := j.byHand(slug, name)
		if err == nil {
			return nil
		}
		refused = err
	}
	return refused
}

// who names the actor for people.
func (j *judge) who() string { return j.now().Readable(j.actor.String()) }

// sees tells whether what is on the platform of a path is the actor's to know.
func (j *judge) sees(path string) bool { return j.actor.Sees == nil || j.actor.Sees(path) }

// knows tells whether the actor may be told of a platform itself: also where they have a role, and see nobody else's.
func (j *judge) knows(slug string) bool {
	s := j.actor.Subject
	if u := j.base.User(s.ID); s.Kind == access.User && u != nil && j.base.Concerns(u, slug, j.at) {
		return true
	}
	for _, g := range j.base.GrantsOf(s) {
		if access.SlugOf(g.On) == slug {
			return true
		}
	}
	return j.sees(slug)
}

// discreet is an error as the actor may read it: where it is not theirs, the exact one is its cause, which no door shows.
func (j *judge) discreet(theirs bool, exact *fault.Error, instead string) error {
	if theirs {
		return exact
	}
	return fault.Wrap(exact.Kind, exact, "%s", instead).In(exact.Field).By(exact.Rule).Rather("have it done by somebody who sees every platform")
}

// slugs are the platforms that an error may list.
func (j *judge) slugs() []string {
	return slices.DeleteFunc(j.now().Slugs(), func(slug string) bool { return !j.knows(slug) })
}

// ancestor returns the path of that kind at or above a path: where a permission is asked.
func (j *judge) ancestor(p *state.Platform, path, kind string) string {
	for {
		if p.Model.KindOf(path) == kind {
			return path
		}
		if path == p.Slug {
			return ""
		}
		path = parentOf(path)
	}
}

// isTop tells whether the actor holds the top role of a platform.
func (j *judge) isTop(slug string) bool {
	p := j.base.Platform(slug)
	if p == nil || j.actor.Rule != "" {
		return false
	}
	e, _ := j.base.Access.Effective(j.actor.Subject, slug, j.at)
	return slices.ContainsFunc(e.Roles, func(r string) bool { return slices.Contains(p.Model.Governance.Administrators, r) })
}

// identity judges what touches everybody's identity: it needs a permission of the directory, or the top role on every
// attached platform. A narrowed token counts for the first only.
func (j *judge) identity(permission, operation string) error {
	if j.isIdentity(permission) {
		return nil
	}
	return fault.New(fault.Forbidden, "%s is not allowed to do %s", j.who(), operation).By("permission").
		Rather("it needs %s at %s, or the top role on every attached platform", permission, accessfile.Directory)
}

// GovernsIdentities tells whether an actor has a permission of the directory that is about everybody's identity, or holds the
// top role on every attached platform, by the facts of a state at a moment. What such an actor changes, they may see.
func GovernsIdentities(st *state.State, actor Actor, permission string, at time.Time) bool {
	return (&judge{actor: &actor, base: st, at: at}).isIdentity(permission)
}

func (j *judge) isIdentity(permission string) bool {
	if j.mayDirectory(permission) {
		return true
	}
	if j.actor.Within != nil {
		return false
	}
	slugs := slices.DeleteFunc(j.base.Slugs(), func(s string) bool { return s == accessfile.Directory })
	return len(slugs) > 0 && !slices.ContainsFunc(slugs, func(s string) bool { return !j.isTop(s) })
}

// anyPlatform judges an operation that concerns the directory on behalf of some platform: enough is one, or a permission
// of the directory.
func (j *judge) anyPlatform(name, permission string) error {
	if j.isIdentity(permission) {
		if name == access.OpTeamEditMembers {
			return nil
		}
		return j.somewhereByHand(name)
	}
	for _, slug := range j.now().Slugs() {
		if slug != accessfile.Directory && j.governs(slug, name) && j.operation(slug, name, "", slug) == nil {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "%s is not allowed to do %s", j.who(), name).By("permission").
		Rather("it needs %s at %s, or what a platform asks for %s", permission, accessfile.Directory, name)
}

// governs tells whether an edition says who performs an operation.
func (j *judge) governs(slug, name string) bool {
	return slices.ContainsFunc(j.now().Platform(slug).Model.Governance.Operations, func(o access.Operation) bool { return o.Name == name && o.Kind == "" })
}

// onEach judges an operation on every platform where a holder has grants; one without any is anybody's who may do it on
// some platform.
func (j *judge) onEach(h access.Holder, name, permission string) error {
	if j.isIdentity(permission) {
		return nil
	}
	slugs := map[string]bool{}
	for _, g := range j.now().GrantsOf(h) {
		slugs[access.SlugOf(g.On)] = true
	}
	if len(slugs) == 0 {
		return j.anyPlatform(name, permission)
	}
	for slug := range slugs {
		if err := j.operation(slug, name, "", slug); err != nil {
			return err
		}
	}
	return nil
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return path
}
