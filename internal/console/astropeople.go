package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// peopleContent is the list of a product's people, as Astro has it: Members, and Invited as a filter of its own.
type peopleContent struct {
	Slug, Product, RoleLabel, PlaceLabel, Places string
	Tabs, Lists                                  []place
	Invited                                      bool
	Lines                                        []memberLine
	Total                                        int
	Query, Next                                  string
	MayAdd                                       bool
	WhyNot                                       string
	Edits                                        bool
}

// A memberLine is a person in that list.
type memberLine struct {
	userLine
	Role, State string
	In          []chip // workspaces, with the role in each
	Edit, Why   string
}

// peopleList lists who belongs to an organization: those who were added to at least one workspace, or those who were not yet.
func (a *asking) peopleList() error {
	p, err := a.onPlatform()
	if err != nil {
		return err
	}
	kind := memberKind(p)
	if kind == nil {
		http.Redirect(a.w, a.r, with("/users", "platform", p.Slug), http.StatusSeeOther)
		return nil
	}
	c := peopleContent{Slug: p.Slug, Product: p.Model.Product, RoleLabel: p.Model.Kinds[0].Title + " role", PlaceLabel: kind.Title + " role", Places: strings.ToLower(pluralOf(kind)), Tabs: platformTabs(p, "people"),
		Query: a.query("query"), Invited: a.query("list") == "invited"}
	address := "/platforms/" + p.Slug + "/people"
	c.Lists = []place{{Address: address, Name: "Members", Here: !c.Invited}, {Address: with(address, "list", "invited"), Name: "Invited", Here: c.Invited}}
	cut, err := a.page("people", p.Slug, a.query("list"), c.Query)
	if err != nil {
		return err
	}
	list := a.peopleOf(p, c.Invited, c.Query)
	part, next := paging.Cut(list, cut.After, cut.Limit)
	for _, one := range part {
		l := a.memberLine(p, kind, one.Thing)
		if !c.Invited {
			l.State = "" // they are in a workspace, whether they have looked or not
		}
		c.Lines, c.Edits = append(c.Lines, l), c.Edits || l.Edit != ""
	}
	if c.Total = len(list); next != "" {
		c.Next = with(address, "list", a.query("list"), "query", c.Query, "after", cut.Next(next))
	}
	choices, why := a.adding()
	c.MayAdd = slices.ContainsFunc(choices, func(x platformChoice) bool { return x.Slug == p.Slug })
	if c.WhyNot = why; !c.MayAdd && why == "" {
		c.WhyNot = "You may not invite people here."
	}
	a.render(http.StatusOK, "/platforms", "people", page{Title: "People", Content: c})
	return nil
}

// peopleOf are the active people of a platform, by name: those who have a role in at least one workspace, or the others.
func (a *asking) peopleOf(p *state.Platform, invited bool, query string) (list []paging.Item[*state.User]) {
	within := a.inWorkspaces(p)
	q := state.UserQuery{Platform: p.Slug, Status: "active", Text: query, Limit: a.now.Counts().Users + 1}
	for _, u := range a.now.ListUsers(q).Users {
		if within[u.ID] != invited {
			list = append(list, paging.Item[*state.User]{Key: strings.ToLower(called(u)) + "\x00" + u.Email + "\x00" + u.ID, Thing: u})
		}
	}
	slices.SortFunc(list, func(x, y paging.Item[*state.User]) int { return cmp.Compare(x.Key, y.Key) })
	return list
}

// inWorkspaces are the people with a role in a workspace, or beneath one, themselves or through a team.
func (a *asking) inWorkspaces(p *state.Platform) map[string]bool {
	in, teams := map[string]bool{}, map[string]bool{}
	for _, g := range a.now.GrantsBeneath(p.Slug) {
		if g.On == p.Slug || !g.Until.IsZero() && !a.at.Before(g.Until) {
			continue
		}
		switch g.To.Kind {
		case access.User:
			in[g.To.ID] = true
		case access.Team:
			if teams[g.To.ID] {
				continue
			}
			teams[g.To.ID] = true
			for _, id := range a.now.Members(g.To.ID) {
				in[id] = true
			}
		}
	}
	return in
}

// memberLine is what a person has in an organization and its workspaces.
func (a *asking) memberLine(p *state.Platform, kind *access.Kind, u *state.User) memberLine {
	h := a.holdingsOf(u)
	l := memberLine{userLine: userLine{User: client.User{ID: u.ID, Name: u.Name, Email: u.Email}, Initials: initials(called(u))}}
	l.Role = a.titleOfRole(p.Slug, p.Model.MemberRole)
	if role, _ := h.effective(p, p.Slug); role != "" {
		l.Role = role
	}
	var order []string
	best := map[string]client.HeldGrant{}
	for _, g := range h.held {
		if access.SlugOf(g.On) != p.Slug || p.Model.KindOf(g.On) != kind.Name || !h.counts(g) {
			continue
		}
		if old, known := best[g.On]; !known {
			order = append(order, g.On)
			best[g.On] = g
		} else if a.weight(g) > a.weight(old) {
			best[g.On] = g
		}
	}
	for i, path := range order {
		if i == mostChips && len(order) > mostChips {
			l.In = append(l.In, chip{What: "+" + strconv.Itoa(len(order)-i)})
			break
		}
		l.In = append(l.In, chip{Where: nameOn(p, path), What: strings.TrimPrefix(a.roleTitle(best[path]), kind.Title+" ")})
	}
	if len(u.SignedIn) == 0 && len(a.now.IdentitiesOf(u.ID)) == 0 && u.Password == "" {
		l.State = "has not signed in yet"
	}
	if l.Why = h.locked(p, p.Slug); l.Why == "" {
		l.Edit = with(h.base+"/role", "on", p.Slug, "from", fromPeople)
	}
	return l
}
