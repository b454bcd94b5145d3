package rest

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A view is what somebody may see of others, by the present state.
type view struct {
	all   bool     // everything
	slugs []string // what concerns these platforms
}

// none tells whether it is nothing.
func (v *view) none() bool { return !v.all && len(v.slugs) == 0 }

// sees tells whether what concerns a platform may be seen.
func (v *view) sees(slug string) bool { return v.all || slices.Contains(v.slugs, slug) }

// may tells whether the caller has a permission and the token lets it through.
func (a *asking) may(slug, permission string) bool {
	return a.caller.Allows(slug+"."+permission, slug) &&
		a.now.Decide(access.Question{Subject: a.caller.Subject, Permission: permission, Resource: slug, At: a.moment}).Allowed
}

// governsIdentities tells whether the caller may change how people get in.
func (a *asking) governsIdentities(permission string) bool {
	return change.GovernsIdentities(a.now, a.actor(), permission, a.moment)
}

// mayOperate tells whether the caller has what a platform's edition asks for an operation that concerns the platform. An
// edition that does not say is nobody's.
func (a *asking) mayOperate(slug, operation string) bool {
	p := a.now.Platform(slug)
	return p != nil && slices.ContainsFunc(p.Model.Governance.Operations, func(o access.Operation) bool {
		return o.Name == operation && o.Kind == "" && o.Permission != "" && a.may(slug, o.Permission)
	})
}

// view finds out what the caller may see of others.
func (a *asking) view() *view {
	if a.seen == nil {
		a.seen = &view{all: a.may(accessfile.Directory, "audit.read")}
		for _, slug := range a.now.Slugs() {
			if slug != accessfile.Directory && !a.seen.all && a.mayOperate(slug, access.OpPeopleView) {
				a.seen.slugs = append(a.seen.slugs, slug)
			}
		}
	}
	return a.seen
}

// everything refuses whoever may not read everything.
func (a *asking) everything() error {
	if a.view().all {
		return nil
	}
	return forbidden("this is about everybody", "it needs audit.read at org, which owner and auditor have")
}

// others refuses whoever sees nobody but themselves.
func (a *asking) others() error {
	if !a.view().none() {
		return nil
	}
	return forbidden("this is about others", "it needs audit.read at org, or on a platform what its edition asks for people.view")
}

// on refuses whoever does not see what concerns a resource's platform.
func (a *asking) on(resource string) error {
	slug, _, _ := strings.Cut(resource, "/")
	if a.view().sees(slug) {
		return nil
	}
	return forbidden("this is about others", "it needs audit.read at org, or what the platform's edition asks for people.view")
}

func forbidden(wrong, right string) error {
	return fault.New(fault.Forbidden, "%s", wrong).By("permission").Rather("%s", right)
}

// mine is what the token lets through of what concerns its own subject, by platform.
func (a *asking) mine() *view {
	if !a.caller.Narrowed() {
		return &view{all: true}
	}
	v := &view{}
	for _, slug := range a.now.Slugs() {
		if a.reaches(slug) {
			v.slugs = append(v.slugs, slug)
		}
	}
	return v
}

// reaches tells whether the token lets anything through on a platform.
func (a *asking) reaches(slug string) bool {
	at := func(text, mark string) bool { return strings.HasPrefix(text, slug+mark) }
	permitted := len(a.caller.Permissions) == 0 || slices.ContainsFunc(a.caller.Permissions, func(p string) bool { return at(p, ".") })
	return permitted && (len(a.caller.Scopes) == 0 || slices.ContainsFunc(a.caller.Scopes, func(s string) bool { return s == slug || at(s, "/") }))
}

// A sight is facts as somebody sees them: everything, or what concerns some platforms. All that is listed goes by it.
type sight struct {
	*state.State
	*view
	self access.Subject // sees themselves in any case
}

// sight is what the caller sees of a state.
func (a *asking) sight(st *state.State) *sight {
	return &sight{State: st, view: a.view(), self: a.caller.Subject}
}

// subject tells whether a holder exists and may be seen.
func (s *sight) subject(h access.Holder) bool {
	if _, exists := s.SubjectByName(h.Kind, h.ID); !exists {
		return false
	}
	switch {
	case s.all || h == s.self:
		return true
	case h.Kind == access.User:
		u := s.User(h.ID)
		return u != nil && slices.ContainsFunc(s.slugs, func(slug string) bool { return s.Concerns(u, slug, s.At) })
	}
	anywhere := false
	for _, g := range s.GrantsOf(h) {
		if s.sees(slugOf(g.On)) {
			return true
		}
		anywhere = true
	}
	return !anywhere && len(s.slugs) > 0
}

// grants are a holder's grants that may be seen.
func (s *sight) grants(h access.Holder) []*state.Grant {
	var list []*state.Grant
	for _, g := range s.GrantsOf(h) {
		if s.sees(slugOf(g.On)) {
			list = append(list, g)
		}
	}
	return list
}

func slugOf(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	return slug
}
