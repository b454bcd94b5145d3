package console

import (
	"slices"

	"bailiwick/access"
	"bailiwick/internal/state"
)

// agentRole is the role of a platform that agents alone hold; "" where there is none.
func (a *asking) agentRole(p *state.Platform) string {
	if p == nil {
		return ""
	}
	for i := range p.Model.Roles {
		if slices.Equal(p.Model.Roles[i].Holders, []access.HolderKind{access.Agent}) {
			return p.Model.Roles[i].Name
		}
	}
	return ""
}

// agentPlaces are the places at which the caller may let a new agent connect: whole platforms, and what lies directly beneath.
func (a *asking) agentPlaces() (list []fact) {
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		role := a.agentRole(p)
		if role == "" || !a.view.Sees(slug) {
			continue
		}
		add := func(path, words string) {
			if a.mayGive(p, path, p.Model.Role(role), access.Agent) && slices.Contains(p.Model.Role(role).At, p.Model.KindOf(path)) {
				list = append(list, fact{path, words})
			}
		}
		add(slug, p.Model.Product+", all deployments")
		for path := range a.now.Resources(slug) {
			if parentOf(path) == slug {
				add(path, lastOf(path))
			}
		}
		for _, path := range stars(p, slug) {
			add(path, p.Model.Kind(p.Model.KindOf(path)).Title)
		}
	}
	return list
}

// newAgentReason says why the caller cannot make an agent; "" where nothing speaks against it.
func (a *asking) newAgentReason() string {
	if len(a.agentPlaces()) > 0 && (a.view.GovernsIdentities("users.manage") || a.mayOperate(access.OpAgentManage)) && a.issueReason("agent", access.Subject{Kind: access.Agent}) == "" {
		return ""
	}
	return "You may not make agents: it takes what a platform's edition asks for, usually an administrator's role there."
}
