package console

import (
	"slices"

	"bailiwick/access"
)

// holderReason says why the caller cannot do something with a team, a service user or an agent; "" where nothing speaks against it. Of the
// directory a permission is enough. It reads the editions as package change does, which judges again when it is done.
func (a *asking) holderReason(h access.Holder, permission, operation, what string) string {
	if a.view.GovernsIdentities(permission) {
		return ""
	}
	slugs := a.grantedOn(h)
	if len(slugs) == 0 {
		if a.mayOperate(operation) {
			return ""
		}
		return "You may not " + what + ": it takes what a platform's edition asks for, usually an administrator's role there."
	}
	for _, slug := range slugs {
		if a.view.MayOperate(slug, operation) || h.Kind == access.ServiceUser && a.governsAll(slug, h, operation) {
			continue
		}
		needed := asked(a.now.Platform(slug), operation)
		switch {
		case !a.view.Sees(slug):
			return "You may not " + what + ": it has roles where you may not."
		case needed == "":
			return "You may not " + what + ": it has roles on " + slug + ", where only owners of the organization do it."
		}
		return "You may not " + what + ": it has roles on " + slug + ", and there it needs " + needed + "."
	}
	return ""
}

// grantedOn are the platforms where a holder has roles, whether the caller sees them or not.
func (a *asking) grantedOn(h access.Holder) (slugs []string) {
	for _, g := range a.now.GrantsOf(h) {
		if slug := access.SlugOf(g.On); !slices.Contains(slugs, slug) {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// governsAll tells whether all of a holder's grants on a platform are beneath resources where the caller may do an operation that
// the edition has for such resources.
func (a *asking) governsAll(slug string, h access.Holder, operation string) bool {
	p := a.now.Platform(slug)
	return slices.ContainsFunc(p.Model.Governance.Operations, func(o access.Operation) bool {
		if o.Name != operation || o.Kind == "" {
			return false
		}
		for _, g := range a.now.GrantsOf(h) {
			at := g.On
			for at != "" && p.Model.KindOf(at) != o.Kind {
				at = parentOf(at)
			}
			if access.SlugOf(g.On) == slug && (at == "" ||
				!a.now.Decide(access.Question{Subject: a.caller.Subject, Permission: o.Permission, Resource: at, At: a.at}).Allowed) {
				return false
			}
		}
		return true
	})
}
