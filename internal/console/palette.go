package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/paging"
)

// hits are what a search finds.
type hits struct {
	Query  string
	Groups []hitGroup
	More   string // what to do to see others; "" where these are all
}

// A hitGroup is what was found of one kind.
type hitGroup struct {
	Name string
	Hits []hit
	more bool
}

// A hit is somebody, something or a page, with where it is shown.
type hit struct{ Address, Name, About, Icon string }

const (
	mostHits  = 12 // shown at once
	mostQuery = 100
	fairShare = 3 // how many of each kind are shown before more of one
)

// search finds pages, people, teams, service users, resources and roles by their names. A browser that asks for a part of a
// page gets the list alone.
func (a *asking) search() error {
	query := a.query("query")
	if len(query) > mostQuery {
		query = strings.ToValidUTF8(query[:mostQuery], "")
	}
	c := a.start(a.places(""))
	if query != "" {
		found, err := a.find(query)
		if err != nil {
			return err
		}
		c = shared(query, found)
	}
	if a.r.Header.Get("HX-Request") == "true" {
		a.show(a.w, a.r, http.StatusOK, "hits", page{Content: c})
		return nil
	}
	a.render(http.StatusOK, "", "search", page{Title: "Search", Searching: true, Content: c})
	return nil
}

// start is what there is to choose from before anything is typed: the pages.
func (a *asking) start(places []place) hits {
	return hits{Groups: []hitGroup{{Name: "Go to", Hits: a.destinations(places)}}}
}

// destinations are the pages that the navigation and the user menu lead to, each once.
func (a *asking) destinations(places []place) []hit {
	var list []hit
	for _, p := range places {
		list = append(list, hit{Address: p.Address, Name: p.Name, Icon: p.Icon})
	}
	for _, e := range a.menu() {
		if !slices.ContainsFunc(list, func(h hit) bool { return h.Address == e.Address && h.Name == e.Name }) {
			list = append(list, hit{Address: e.Address, Name: e.Name, Icon: cmp.Or(e.Icon, "settings")})
		}
	}
	return list
}

// find looks for a text in all that the caller may see.
func (a *asking) find(query string) ([]hitGroup, error) {
	first, err := a.cursors.Page("after", "", mostHits)
	if err != nil {
		return nil, err
	}
	found := []hitGroup{{Name: "Go to", Hits: named(query, a.destinations(a.places("")))}}
	if a.view.None() {
		return found, nil
	}
	for _, look := range []func(string, paging.Page) (hitGroup, error){a.findPeople, a.findTeams, a.findServiceUsers, a.findResources, a.findRoles} {
		group, err := look(query, first)
		if err != nil {
			return nil, err
		}
		found = append(found, group)
	}
	return found, nil
}

// named are the hits with a text in their name, case aside.
func named(query string, all []hit) []hit {
	query = strings.ToLower(query)
	return slices.DeleteFunc(all, func(h hit) bool { return !strings.Contains(strings.ToLower(h.Name), query) })
}

func (a *asking) findPeople(query string, first paging.Page) (hitGroup, error) {
	g, seen, of := hitGroup{Name: "People"}, map[string]bool{}, a.view.Platforms()
	if a.view.All() {
		of = []string{""}
	}
	for _, slug := range of { // who sees some platforms asks about one at a time
		found, err := a.asker().Users(client.UserQuery{Query: query, Platform: slug}, first)
		if err != nil {
			return g, err
		}
		g.more = g.more || found.Next != ""
		for _, u := range found.Users {
			if !seen[u.ID] {
				seen[u.ID] = true
				h := hit{Address: "/users/" + u.ID + "/roles", Name: cmp.Or(u.Name, u.Email), About: u.Email, Icon: "user"}
				if !u.Active {
					h.About += ", deactivated"
				}
				g.Hits = append(g.Hits, h)
			}
		}
	}
	return g, nil
}

func (a *asking) findTeams(query string, first paging.Page) (hitGroup, error) {
	g := hitGroup{Name: "Teams"}
	found, err := a.asker().Teams(client.TeamQuery{Query: query}, first)
	for _, t := range found.Teams {
		g.Hits = append(g.Hits, hit{Address: "/teams/" + t.ID + "/members", Name: t.Name, Icon: "users"})
	}
	g.more = found.Next != ""
	return g, err
}

func (a *asking) findServiceUsers(query string, first paging.Page) (hitGroup, error) {
	g := hitGroup{Name: "Service users"}
	if !a.answers["/service-users"] {
		return g, nil
	}
	found, err := a.asker().ServiceUsers(client.ServiceUserQuery{Query: query}, first)
	for _, u := range found.ServiceUsers {
		g.Hits = append(g.Hits, hit{Address: "/service-users/" + u.ID + "/roles", Name: u.Name, About: u.Description, Icon: "bot"})
	}
	g.more = found.Next != ""
	return g, err
}

// findResources finds platforms, deployments, code locations and whatever else there is on them, by path.
func (a *asking) findResources(query string, first paging.Page) (hitGroup, error) {
	g := hitGroup{Name: "Platforms and deployments"}
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		if slug == accessfile.Directory || !a.view.Sees(slug) {
			continue
		}
		tree := "/platforms/" + url.PathEscape(slug) + "/tree"
		g.Hits = append(g.Hits, named(query, []hit{{Address: tree, Name: p.Model.Product, About: slug, Icon: "layers"}})...)
		found, err := a.asker().Resources(slug, client.ResourceQuery{Query: query}, first)
		if err != nil {
			return g, err
		}
		for _, r := range found.Resources {
			kind := p.Model.Kind(p.Model.KindOf(r.Resource))
			if kind == nil || r.Resource == slug {
				continue
			}
			g.Hits = append(g.Hits, hit{Address: with(tree, "query", r.Resource), Name: r.Resource, About: kind.Title, Icon: "database"})
		}
		g.more = g.more || found.Next != ""
	}
	slices.SortStableFunc(g.Hits, func(x, y hit) int { return cmp.Compare(strings.Count(x.Name, "/"), strings.Count(y.Name, "/")) })
	return g, nil
}

func (a *asking) findRoles(query string, _ paging.Page) (hitGroup, error) {
	g := hitGroup{Name: "Roles"}
	for _, slug := range a.now.Slugs() {
		if !a.view.Sees(slug) {
			continue
		}
		p := a.now.Platform(slug)
		add := func(r *access.Role) {
			g.Hits = append(g.Hits, named(query, []hit{{Address: "/roles/" + url.PathEscape(slug) + "/" + url.PathEscape(r.Name), Name: cmp.Or(r.Title, r.Name), About: slug, Icon: "shield"}})...)
		}
		for i := range p.Model.Roles {
			add(&p.Model.Roles[i])
		}
		for _, r := range p.Roles {
			add(&r.Role)
		}
	}
	return g, nil
}

// shared cuts what was found to what is shown at once: some of each kind, then more of those that come first.
func shared(query string, found []hitGroup) hits {
	c, take, left := hits{Query: query}, make([]int, len(found)), mostHits
	for _, most := range []int{fairShare, mostHits} {
		for i := range found {
			n := min(most-take[i], len(found[i].Hits)-take[i], left)
			if n > 0 {
				take[i], left = take[i]+n, left-n
			}
		}
	}
	for i := range found {
		if found[i].more || take[i] < len(found[i].Hits) {
			c.More = "There is more. Type more of the name."
		}
		if take[i] > 0 {
			c.Groups = append(c.Groups, hitGroup{Name: found[i].Name, Hits: found[i].Hits[:take[i]]})
		}
	}
	return c
}
