package console

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// A fixLine is a way to a yes, and the form where the caller goes it; "" where it has more steps, or is not the caller's to go.
type fixLine struct{ Text, Address string }

// fixesOf are the nearest ways to a yes.
func (a *asking) fixesOf(e *client.Explanation, past bool) (list []fixLine) {
	for _, f := range e.Fixes {
		line := fixLine{Text: a.fixInWords(nameOf(e.Name, e.Subject), f)}
		if !past && len(f.Steps) == 1 && f.Steps[0].Kind == "grant" {
			line.Address = a.giveAt(f.Steps[0].Grant)
		}
		list = append(list, line)
	}
	return list
}

// giveAt is the form in which the caller gives somebody a role, with that role chosen; "" where they may not.
func (a *asking) giveAt(g *client.Grant) string {
	kind, name, _ := strings.Cut(g.To, ":")
	var h *holdings
	switch {
	case kind == access.User.String():
		if who, is := a.now.SubjectByName(access.User, name); is {
			h = a.holdingsOf(a.now.User(who.ID))
		}
	case kind == access.ServiceUser.String():
		if who, is := a.now.SubjectByName(access.ServiceUser, name); is {
			h = a.serviceHoldings(a.now.ServiceUser(who.ID))
		}
	}
	p := a.now.Platform(access.SlugOf(g.On))
	if h == nil || p == nil || p.Slug == accessfile.Directory || len(g.Environments) > 0 || h.locked(p, g.On) != "" {
		return ""
	}
	roles := rolesAt(p, p.Model.KindOf(g.On), h.subject.Kind)
	i := slices.IndexFunc(roles, func(r *access.Role) bool { return r.Name == g.Role })
	if i < 0 || h.barred(p, g.On, roles[i]) != "" {
		return ""
	}
	return with(h.base+"/role", "on", g.On, "role", g.Role)
}

// examples are questions to begin with: what the caller may do themselves, and who may do what with the first place of each platform.
func (a *asking) examples() (list []link) {
	if me := a.now.User(a.caller.Subject.ID); me != nil {
		list = append(list, link{Address: question{Who: me.Email}.address(), Text: "What may I do?"})
	}
	for _, slug := range a.now.Slugs() {
		if slug == accessfile.Directory || !a.view.Sees(slug) {
			continue
		}
		for path := range a.now.Resources(slug) {
			list = append(list, link{Address: question{On: path}.address(), Text: "Who may do what with " + path + "?"})
			break
		}
	}
	return list
}
