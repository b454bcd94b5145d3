package sight

import (
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A View is what somebody may see of others. Whatever the moment is that they look at, it is the present that says so.
type View struct {
	now   *state.State
	actor change.Actor
	at    time.Time

	all   bool     // everything
	slugs []string // what concerns these platforms

	// Of a view of tokens: where the actor makes those of programs, by kind; and what of others may be seen besides.
	makes  map[access.HolderKind][]string
	people *View
}

// Of finds out what an actor may see of others, by the facts of now at a moment. What the actor's token leaves out is not
// seen either.
func Of(now *state.State, actor change.Actor, at time.Time) *View {
	v := &View{now: now, actor: actor, at: at}
	v.all = v.May(accessfile.Directory, "audit.read")
	return v.where(access.OpPeopleView)
}

// Actor is whose view it is, as package change takes them: what refuses them names nothing out of their sight.
func (v *View) Actor() change.Actor {
	actor := v.actor
	actor.Sees = v.Sees
	return actor
}

// where adds the platforms whose edition lets the actor do something.
func (v *View) where(operation string) *View {
	for _, slug := range v.now.Slugs() {
		if slug != accessfile.Directory && !v.all && v.MayOperate(slug, operation) {
			v.slugs = append(v.slugs, slug)
		}
	}
	return v
}

// Mine is what the actor may see of themselves: everything, unless their token narrows. Reaches tells whether such a token
// lets anything through on a platform; see signin.Caller.
func (v *View) Mine(reaches func(slug string) bool) *View {
	m := &View{now: v.now, actor: v.actor, at: v.at, all: v.actor.Within == nil}
	for _, slug := range v.now.Slugs() {
		if !m.all && reaches(slug) {
			m.slugs = append(m.slugs, slug)
		}
	}
	return m
}

// Whole is the sight of somebody from whom nothing is hidden: for what a caller has just made themselves.
func Whole(st *state.State) *Sight { return (&View{now: st, all: true}).Over(st) }

// Self is who looks.
func (v *View) Self() access.Subject { return v.actor.Subject }

// All tells whether everything may be seen.
func (v *View) All() bool { return v.all }

// None tells whether nothing of others may be seen.
func (v *View) None() bool { return !v.all && len(v.slugs) == 0 && len(v.makes) == 0 }

// Platforms are the slugs of the platforms that may be seen, where not everything may.
func (v *View) Platforms() []string { return slices.Clone(v.slugs) }

// Sees tells whether what concerns a platform may be seen. It takes the platform's slug, or the path of anything on it.
func (v *View) Sees(path string) bool { return v.all || slices.Contains(v.slugs, access.SlugOf(path)) }

// May tells whether the actor has a permission, named without its platform, on a whole platform, and their token lets it
// through.
func (v *View) May(slug, permission string) bool { return v.mayAt(permission, slug) }

func (v *View) mayAt(permission, path string) bool {
	return (v.actor.Within == nil || v.actor.Within(access.SlugOf(path)+"."+permission, path)) &&
		v.now.Decide(access.Question{Subject: v.actor.Subject, Permission: permission, Resource: path, At: v.at}).Allowed
}

// MayOperate tells whether the actor has what a platform's edition asks for an operation that concerns the platform. An
// edition that does not say is nobody's.
func (v *View) MayOperate(slug, operation string) bool {
	p := v.now.Platform(slug)
	return p != nil && slices.ContainsFunc(p.Model.Governance.Operations, func(o access.Operation) bool {
		return o.Name == operation && o.Kind == "" && o.Permission != "" && v.May(slug, o.Permission)
	})
}

// GovernsIdentities tells whether the actor may change how people get in: by a permission of the directory, or by the top
// role on every attached platform.
func (v *View) GovernsIdentities(permission string) bool {
	return change.GovernsIdentities(v.now, v.actor, permission, v.at)
}

// Everything refuses whoever may not see everything, with a Forbidden error.
func (v *View) Everything() error {
	if v.all {
		return nil
	}
	return Forbidden("this is about everybody", "it needs audit.read at org, which owner and auditor have")
}

// Others refuses whoever sees nobody but themselves, with a Forbidden error.
func (v *View) Others() error {
	if !v.None() {
		return nil
	}
	return Forbidden("this is about others", "it needs audit.read at org, or on a platform what its edition asks for people.view")
}

// On refuses whoever does not see what concerns a resource's platform, with a Forbidden error.
func (v *View) On(resource string) error {
	if v.Sees(resource) {
		return nil
	}
	return Forbidden("this is about others", "it needs audit.read at org, or what the platform's edition asks for people.view")
}

// Forbidden is the refusal of something that is not the caller's to see, with what it would need.
func Forbidden(wrong, right string) error {
	return fault.New(fault.Forbidden, "%s", wrong).By("permission").Rather("%s", right)
}
