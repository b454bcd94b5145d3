package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A servedPlace is a place that an agent serves, or could.
type servedPlace struct {
	Path, Words string
	Served      bool
	Fixed       bool // it is not the caller's to change
}

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

// served are the places that an agent serves, and those that the caller may let it serve; why says why they can change none.
func (a *asking) served(h access.Holder) (list []servedPlace, why string) {
	for _, place := range a.agentPlaces() {
		list = append(list, servedPlace{Path: place.Name, Words: place.Value})
	}
	if len(list) == 0 {
		why = "You may not change what an agent serves: it takes what a platform's edition asks for, usually an administrator's role there."
	}
	for _, g := range a.view.Over(a.now).SeenGrants(h) {
		i := slices.IndexFunc(list, func(p servedPlace) bool {
			return p.Path == g.On && g.Role == a.agentRole(a.now.Platform(access.SlugOf(g.On)))
		})
		if i >= 0 {
			list[i].Served = true
			continue
		}
		list = append(list, servedPlace{Path: g.On, Words: g.On, Served: true, Fixed: true})
	}
	return list, why
}

// saveServed makes an agent serve what was chosen. What the caller may not change stays as it is.
func (a *asking) saveServed() error {
	t, s, err := a.token()
	if err != nil {
		return err
	}
	if t.Holder.Kind != access.Agent {
		return fault.New(fault.NotFound, "only agents serve deployments").Rather("give roles to others")
	}
	places, why := a.served(t.Holder)
	if why != "" {
		return refusal(why)
	}
	commands, left := a.serving(t.Holder, places)
	switch at := tokenPath(t.Token); {
	case len(left) == 0:
		err = fault.New(fault.Invalid, "the agent would serve nothing").Rather("choose at least one deployment, or revoke its token")
	case len(commands) == 0:
		http.Redirect(a.w, a.r, at, http.StatusSeeOther)
		return nil
	default:
		who, _ := a.whoHolds(t.Holder)
		err = a.propose(proposal{Title: "Save what " + who + " serves?", Save: "Save", Part: "/tokens", Back: at, Then: at, Commands: commands,
			Warning: "With every token that it has, it takes work from here alone: " + strings.Join(left, ", ") + "."})
	}
	if mendable(err) {
		return a.tokenPage(t, s, http.StatusUnprocessableEntity, err)
	}
	return err
}

// serving are the commands that make an agent serve what the form chooses, and what it serves then.
func (a *asking) serving(h access.Holder, places []servedPlace) (commands []client.Command, left []string) {
	for _, p := range places {
		chosen := p.Served
		if !p.Fixed {
			chosen = slices.Contains(a.r.PostForm["on"], p.Path)
		}
		if chosen {
			left = append(left, p.Words)
		}
		if chosen == p.Served {
			continue
		}
		g := client.Grant{To: h.String(), Role: a.agentRole(a.now.Platform(access.SlugOf(p.Path))), On: p.Path}
		if chosen {
			commands = append(commands, client.GrantAdd{Grant: g})
		} else {
			commands = append(commands, client.GrantsReplace{To: g.To, On: g.On})
		}
	}
	return commands, left
}
