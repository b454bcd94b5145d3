package sight

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/state"
)

// OfTokens is what the actor may see of others' tokens: auditors all of them, as of everything; whoever lists a platform's, those of
// everybody whom the platform concerns; whoever makes the tokens of service users or of agents somewhere, those of the ones with a role there.
func (v *View) OfTokens() *View {
	t := &View{now: v.now, actor: v.actor, at: v.at, people: v}
	t.all = v.May(accessfile.Directory, "audit.read") || t.MayOperate(accessfile.Directory, access.OpTokenListAll)
	t.where(access.OpTokenListAll)
	if t.all {
		return t
	}
	t.makes = map[access.HolderKind][]string{}
	for kind, operation := range map[access.HolderKind]string{access.ServiceUser: access.OpTokenIssueService, access.Agent: access.OpTokenIssueAgent} {
		if places := t.operatesAt(operation); len(places) > 0 {
			t.makes[kind] = places
		}
	}
	return t
}

// operatesAt lists where the actor may do an operation: whole platforms, and of the others the resources for which their editions have
// rows of their own.
func (v *View) operatesAt(operation string) (places []string) {
	for _, slug := range v.now.Slugs() {
		p := v.now.Platform(slug)
		if slug == accessfile.Directory || p == nil {
			continue
		}
		if v.MayOperate(slug, operation) {
			places = append(places, slug)
			continue
		}
		for _, o := range p.Model.Governance.Operations {
			if o.Name == operation && o.Kind != "" && o.Permission != "" {
				places = append(places, v.resourcesWith(p, &o)...)
			}
		}
	}
	return places
}

// resourcesWith lists the resources of a row's kind at which the actor has what the row asks for.
func (v *View) resourcesWith(p *state.Platform, o *access.Operation) (paths []string) {
	for path := range v.now.Resources(p.Slug) {
		at := path
		for p.Model.KindOf(at) != o.At && at != p.Slug {
			at = at[:strings.LastIndexByte(at, '/')]
		}
		if p.Model.KindOf(path) == o.Kind && p.Model.KindOf(at) == o.At && v.mayAt(o.Permission, at) {
			paths = append(paths, path)
		}
	}
	return paths
}

// makesTokensFor tells whether a program's tokens are seen by making such: it has a role on a whole platform where the actor makes them,
// or nowhere but beneath resources where they do. One without roles is everybody's who makes them on some platform.
func (s *Sight) makesTokensFor(h access.Holder) bool {
	places := s.makes[h.Kind]
	if len(places) == 0 {
		return false
	}
	whole := func(place string) bool { return !strings.Contains(place, "/") }
	all, beneath := 0, 0
	for _, g := range s.GrantsOf(h) {
		if slices.Contains(places, access.SlugOf(g.On)) {
			return true
		}
		all++
		if slices.ContainsFunc(places, func(place string) bool { return strings.HasPrefix(g.On+"/", place+"/") }) {
			beneath++
		}
	}
	return all == 0 && slices.ContainsFunc(places, whole) || all > 0 && beneath == all
}

// MayListTokens refuses whoever does not see the tokens of a holder, with a Forbidden error: they see those of no such holder, or they see
// the holder and not its tokens. One that they do not see at all passes, to be answered as one that does not exist.
func (s *Sight) MayListTokens(of access.Holder) error {
	none := s.None() || of.Kind != access.NoHolder && !s.all && len(s.slugs)+len(s.makes[of.Kind]) == 0
	if of == s.Self() || !none && (s.SeesSubject(of) || !s.Names(of)) {
		return nil
	}
	return Forbidden("tokens of others are not yours to see", "it needs what an edition asks for token.list_all, or for making such tokens")
}

// Names tells whether a holder that what is seen leads to, as the maker of a token, may be named: whoever is seen, or is seen as others are.
func (s *Sight) Names(h access.Holder) bool {
	return s.SeesSubject(h) || s.people != nil && s.people.Over(s.State).SeesSubject(h)
}
