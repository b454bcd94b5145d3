package console

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// Where the editing of a role began, and ends, besides the page of whose role it is.
const (
	fromAccess = "access" // the tab of who has access at the place
	fromPeople = "people" // the list of a product's people
)

// accessContent is the tab of who has access at a resource.
type accessContent struct {
	Kinds                      []place // people, teams, service users
	Who                        string  // the kind that is shown
	Found, FoundMany           string  // "person", "people"
	RoleLabel                  string
	Lines                      []accessLine
	Total                      int
	Query, Next                string
	Find                       finder
	Give, GiveText, GiveReason string
	Edits                      bool // some role can be edited
}

// An accessLine is somebody with access.
type accessLine struct {
	Name, About, Initials, Address string
	Roles                          []string
	How                            string
	Edit, Why                      string
}

// accessAt lists who has access at a resource, their highest role and where it comes from.
func (a *asking) accessAt(p *state.Platform, path string) (accessContent, error) {
	kind := p.Model.Kind(p.Model.KindOf(path))
	c := accessContent{Query: a.query("query"), RoleLabel: "Role"}
	switch {
	case slices.Contains(p.Model.OneRolePer, kind.Name):
		c.RoleLabel = kind.Title + " role"
	case hasGroups(p):
		c.RoleLabel = "Permission sets"
	}
	of := access.ParseHolderKind(a.query("who"))
	kinds := holdersOn(p)
	if !slices.Contains(kinds, of) {
		of = access.User
	}
	c.Who, c.Found, c.FoundMany = of.String(), "person", "people"
	for _, k := range kinds {
		c.Kinds = append(c.Kinds, place{Address: resourcePage(path, tabAccess, "who", k.String()), Name: holdersTitle(p, k), Here: k == of})
	}
	c.Find = finder{Action: "/platforms/" + p.Slug + "/resource", Query: c.Query, Hidden: []fact{{"path", path}, {"show", tabAccess}, {"who", c.Who}}}
	cut, err := a.page("access", path, c.Who, c.Query)
	if err != nil {
		return c, err
	}
	if of != access.User {
		c.Found, c.FoundMany = strings.ToLower(strings.TrimSuffix(holdersTitle(p, of), "s")), strings.ToLower(holdersTitle(p, of))
	}
	var part []paging.Item[access.Subject]
	var next string
	if of == access.Team {
		list := a.teamsAt(p, path, c.Query)
		part, next = paging.Cut(list, cut.After, cut.Limit)
		c.Total = len(list)
	} else {
		part, next, c.Total = a.subjectsAt(p, path, of, c.Query, cut)
	}
	for _, one := range part {
		l := a.accessLine(p, path, one.Thing)
		c.Lines, c.Edits = append(c.Lines, l), c.Edits || l.Edit != ""
	}
	if next != "" {
		c.Next = with("/platforms/"+p.Slug+"/resource", "path", path, "show", tabAccess, "who", c.Who, "query", c.Query, "after", cut.Next(next))
	}
	c.GiveText, c.Give, c.GiveReason = a.giving(p, path, of)
	return c, nil
}

// holdersOn are the kinds of holders that a platform's roles go to. People are always among those who have access.
func holdersOn(p *state.Platform) []access.HolderKind {
	list := []access.HolderKind{access.User}
	for _, k := range []access.HolderKind{access.Team, access.ServiceUser} {
		if slices.ContainsFunc(p.Model.Roles, func(r access.Role) bool { return slices.Contains(r.Holders, k) }) {
			list = append(list, k)
		}
	}
	return list
}

// holdersTitle is what people call several holders of a kind on a platform.
func holdersTitle(p *state.Platform, of access.HolderKind) string {
	switch {
	case of == access.ServiceUser:
		return "Service users"
	case of == access.Team && hasGroups(p):
		return "Groups"
	case of == access.Team:
		return "Teams"
	}
	return "People"
}

// subjectsAt are those of a kind who may do anything at a resource: a page of them, by name. Whoever may is of those whom the
// viewers of a platform see.
func (a *asking) subjectsAt(p *state.Platform, path string, of access.HolderKind, query string, cut paging.Page) (part []paging.Item[access.Subject], next string, total int) {
	text := strings.ToLower(query)
	matching := func(yield func(access.Subject) bool) {
		for sub := range a.holding(p, path) {
			if sub.Kind == of && (text == "" || strings.Contains(a.nameKey(sub), text)) {
				if total++; !yield(sub) {
					return
				}
			}
		}
	}
	part, next = paging.Select(matching, nil, func(sub access.Subject) string { return a.nameKey(sub) + "\x00" + sub.ID }, cut.After, cut.Limit)
	return part, next, total
}

// holding visits everybody who may do anything at a resource, each once.
func (a *asking) holding(p *state.Platform, path string) iter.Seq[access.Subject] {
	return func(yield func(access.Subject) bool) {
		snapshot := a.now.Access
		resource, known := snapshot.Resource(path)
		if !known {
			return
		}
		var with []access.SubjectID
		seen := map[access.SubjectID]bool{}
		for i := range p.Model.Permissions {
			permission, known := snapshot.Permission(p.Slug, p.Model.Permissions[i].Name)
			if !known {
				continue
			}
			with = snapshot.SubjectsWith(permission, resource, a.at, with[:0])
			for _, id := range with {
				if seen[id] {
					continue
				}
				if seen[id] = true; !yield(snapshot.Holder(id)) {
					return
				}
			}
		}
	}
}

// nameKey is what people and service users are sorted and searched by.
func (a *asking) nameKey(sub access.Subject) string {
	if u := a.now.User(sub.ID); sub.Kind == access.User && u != nil {
		return strings.ToLower(called(u)) + "\x00" + u.Email
	}
	return strings.ToLower(a.now.DisplayName(sub))
}

// teamsAt are the teams with a role that reaches a resource, by name.
func (a *asking) teamsAt(p *state.Platform, path, query string) (list []paging.Item[access.Subject]) {
	seen := map[string]bool{}
	for _, scope := range covering(p, path) {
		for _, g := range a.now.GrantsAt(scope) {
			if g.To.Kind != access.Team || seen[g.To.ID] || !g.Until.IsZero() && !a.at.Before(g.Until) {
				continue
			}
			seen[g.To.ID] = true
			if key := strings.ToLower(a.now.DisplayName(g.To)); strings.Contains(key, strings.ToLower(query)) {
				list = append(list, paging.Item[access.Subject]{Key: key + "\x00" + g.To.ID, Thing: g.To})
			}
		}
	}
	slices.SortFunc(list, func(x, y paging.Item[access.Subject]) int { return cmp.Compare(x.Key, y.Key) })
	return list
}

// covering are the scopes at which a grant reaches a resource, the nearest first: itself, what it lies beneath, and what stands for all
// of a kind that it is or lies beneath. What only "*" scopes reach (Dagster's branch deployments) the roles above it do not.
func covering(p *state.Platform, path string) (list []string) {
	kinds := []string{}
	for at := path; at != ""; at = parentOf(at) {
		if c := p.Model.Conditional; c == nil || p.Model.KindOf(at) != c.Parent || !slices.Contains(kinds, c.Kind) {
			list = append(list, at)
		}
		for _, star := range stars(p, at) {
			if k := p.Model.Kind(p.Model.KindOf(star)); slices.Contains(kinds, k.StarOf) {
				list = append(list, star)
			}
		}
		kinds = append(kinds, p.Model.KindOf(at))
	}
	return list
}

// accessLine is what somebody has at a resource.
func (a *asking) accessLine(p *state.Platform, path string, sub access.Subject) accessLine {
	if sub.Kind == access.Team {
		return a.teamLine(p, path, a.now.Team(sub.ID))
	}
	var h *holdings
	l := accessLine{Name: a.now.DisplayName(sub)}
	if u := a.now.User(sub.ID); u != nil {
		h = a.holdingsOf(u)
		l.Name, l.About, l.Initials, l.Address = called(u), u.Email, initials(called(u)), "/users/"+u.ID+"/roles"
		l.How = licensedBy(p, u)
	} else if s := a.now.ServiceUser(sub.ID); s != nil {
		h = a.serviceHoldings(s)
		l.About, l.Address = s.Description, h.base+"/roles"
	} else {
		return l
	}
	role, from := h.effective(p, path)
	if role != "" {
		l.Roles = []string{role}
	}
	l.How = cmp.Or(l.How, h.how(p, path, from))
	if len(rolesAt(p, p.Model.KindOf(path), sub.Kind)) == 0 {
		return l
	}
	if l.Why = h.locked(p, path); l.Why == "" {
		l.Edit = with(h.base+"/role", "on", path, "from", fromAccess)
	} else if l.Why == notYours {
		l.Why = "" // said once, above
	}
	return l
}

// how says how somebody's role comes to a resource.
func (h *holdings) how(p *state.Platform, path, from string) string {
	if from != "" {
		return strings.ToUpper(from[:1]) + from[1:]
	}
	var parts []string
	for _, scope := range covering(p, path) {
		for _, g := range h.at[scope] { // own ones come first
			text := "direct"
			switch {
			case !h.counts(g):
				continue
			case g.Via != "":
				text = "by team " + team(g)
			case scope != path:
				text = "from " + h.placeName(scope)
			}
			if !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
			if p.Model.Ranked { // the most permissive is shown, and its source is the first
				return strings.ToUpper(text[:1]) + text[1:]
			}
		}
	}
	text := strings.Join(parts, ", ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// licensedBy says that a person's license stands in the place of what they were given.
func licensedBy(p *state.Platform, u *state.User) string {
	for _, l := range p.Model.Licenses {
		if l.Name == u.Licenses[p.Slug] && l.Replaces {
			return "By the " + l.Title + " license"
		}
	}
	return ""
}

// teamLine is what a team has at a resource.
func (a *asking) teamLine(p *state.Platform, path string, t *state.Team) accessLine {
	s := a.scopesOf(t, p.Slug)
	l := accessLine{Name: t.Name, About: counted(t.Members, "person", "people"), Address: with("/teams/"+t.ID+"/roles", "platform", p.Slug)}
	var from []string
	for _, scope := range covering(p, path) {
		for _, g := range s.held[scope] {
			text := roleText(p, s.roleTitle(client.HeldGrant{Grant: s.sight.Grant(g)}), g.Environments)
			where := "Direct"
			if scope != path {
				where = "From " + nameOn(s.on, scope)
			}
			if !slices.Contains(l.Roles, text) {
				l.Roles = append(l.Roles, text)
			}
			if !slices.Contains(from, where) {
				from = append(from, where)
			}
		}
		if len(l.Roles) > 0 && p.Model.Ranked {
			break // the nearest is what can be edited; the person's own page has them all
		}
	}
	l.How = strings.Join(from, ", ")
	if len(s.roles(path)) == 0 {
		return l
	}
	if l.Why = s.reason(path); l.Why == "" {
		l.Edit = s.asking.editAddress(access.Team, t.ID, path)
	} else if l.Why == "You may not give teams roles here." {
		l.Why = ""
	}
	return l
}

// roleText is a role, with the environments that it may write in.
func roleText(p *state.Platform, title string, environments []string) string {
	if len(environments) == 0 {
		return title
	}
	return title + " (writes in " + environmentsText(p, environments) + ")"
}

// giving is the button that begins to give somebody of a kind a role at a resource: where it leads, or why the caller cannot.
func (a *asking) giving(p *state.Platform, path string, to access.HolderKind) (text, address, reason string) {
	kind := p.Model.Kind(p.Model.KindOf(path))
	text = map[access.HolderKind]string{access.User: "Give a role", access.Team: "Give a team a role", access.ServiceUser: "Give a service user a role"}[to]
	if slices.Contains(p.Model.OneRolePer, kind.Name) {
		text = map[access.HolderKind]string{access.User: "Add member", access.Team: "Add team", access.ServiceUser: "Add service user"}[to]
	} else if to == access.Team && hasGroups(p) {
		text = "Add group"
	}
	roles := rolesAt(p, kind.Name, to)
	switch {
	case len(roles) == 0 && to == access.User && hasGroups(p):
		return "", "", "People have permission sets as members of groups. Change a group, or who is in it."
	case len(roles) == 0:
		return "", "", "Roles are not given here. They come from the " + strings.ToLower(p.Model.Kind(p.Model.KindOf(parentOf(path))).Title) + "."
	case !slices.ContainsFunc(roles, func(r *access.Role) bool { return a.mayGive(p, path, r, to) }):
		return text, "", "You may not give roles here: that takes a role from which one gives others."
	}
	return text, with("/platforms/"+p.Slug+"/give", "path", path, "to", to.String()), ""
}

// giveContent asks who is to have a role.
type giveContent struct {
	Slug, Path, Where, Kind, To, Text, Back, Given string
	Names                                          []string // of teams or service users
	MayAdd                                         bool
}

// mostNames bounds what is offered while somebody types.
const mostNames = 500

// give asks who is to have a role at a resource, and leads to where that person's, team's or service user's role there is edited.
func (a *asking) give() error {
	p, err := a.onPlatform()
	if err != nil {
		return err
	}
	path := a.query("path")
	if path != p.Slug {
		if _, _, err = a.theResource(path); err != nil {
			return err
		}
	}
	to := access.ParseHolderKind(a.query("to"))
	text, _, reason := a.giving(p, path, to)
	if reason != "" {
		return fault.New(fault.Forbidden, "%s", strings.TrimSuffix(reason, "."))
	}
	c := giveContent{Slug: p.Slug, Path: path, Where: nameOn(p, path), Kind: p.Model.Kind(p.Model.KindOf(path)).Title, To: to.String(), Text: text, Given: a.query("who"),
		Back: resourcePage(path, tabAccess, "who", to.String())}
	sight, problem, status := a.view.Over(a.now), "", http.StatusOK
	if c.Given != "" {
		sub, known := a.now.SubjectByName(to, strings.ToLower(c.Given))
		if !known || to != access.User {
			sub, known = a.now.SubjectByName(to, c.Given)
		}
		if known && sight.SeesSubject(sub) {
			http.Redirect(a.w, a.r, a.editAddress(to, sub.ID, path), http.StatusSeeOther)
			return nil
		}
		problem, status = "There is nobody of that name whom you may see.", http.StatusUnprocessableEntity
		if to == access.User {
			_, why := a.adding()
			c.MayAdd = why == ""
		}
	}
	c.Names = a.namesOf(to)
	a.render(status, "/platforms", "give", page{Title: text, Problem: problem, Content: c})
	return nil
}

// namesOf are the names that are offered of a kind of holder. Of people there are too many: they are written.
func (a *asking) namesOf(to access.HolderKind) (names []string) {
	sight := a.view.Over(a.now)
	add := func(kind access.HolderKind, id, name string) {
		if len(names) < mostNames && sight.SeesSubject(access.Holder{Kind: kind, ID: id}) {
			names = append(names, name)
		}
	}
	switch to {
	case access.Team:
		for _, t := range a.now.TeamsByName() {
			add(to, t.ID, t.Name)
		}
	case access.ServiceUser:
		for _, u := range a.now.ServiceUsersByName() {
			add(to, u.ID, u.Name)
		}
	}
	return names
}

// editAddress is where a holder's role at a place is edited.
func (a *asking) editAddress(to access.HolderKind, id, path string) string {
	switch to {
	case access.Team:
		return with("/teams/"+id+"/roles/edit", "on", path, "from", fromAccess)
	case access.ServiceUser:
		return with("/service-users/"+id+"/role", "on", path, "from", fromAccess)
	}
	return with("/users/"+id+"/role", "on", path, "from", fromAccess)
}
