package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// resourceContent is one resource's own page.
type resourceContent struct {
	platformNode
	Crumbs, Tabs []place
	Tab          string // "children", "access" or "settings"
	Facts        []fact
	Children     childrenContent
	Access       accessContent
	Rules        resourceSettings
}

// childrenContent is the tab of what lies beneath a resource and is of one kind.
type childrenContent struct {
	Kind, Found, FoundMany string
	Lines                  []platformNode
	Total                  int
	Holds, Sets            bool // some have something beneath them, or settings
	Query, Next            string
	Find                   finder
	Create                 []createLink
}

// A finder is the search of a list: where it asks, and what it keeps.
type finder struct {
	Action, Query string
	Hidden        []fact
}

// resource shows one resource: what lies beneath it, who has access there, and its settings.
func (a *asking) resource() error {
	p, r, err := a.theResource(a.query("path"))
	if err != nil {
		return err
	}
	return a.showResource(p, r, a.query("show"), http.StatusOK, "")
}

// theResource finds the resource that a page is about, where the caller may see it.
func (a *asking) theResource(path string) (*state.Platform, *state.Resource, error) {
	p, err := a.onPlatform()
	if err != nil {
		return nil, nil, err
	}
	canonical, err := access.CanonicalPath(path)
	r := a.now.Resource(path)
	if err != nil || canonical != path || r == nil || access.SlugOf(path) != p.Slug {
		return nil, nil, fault.New(fault.NotFound, "there is no such resource on %s", p.Model.Product).Rather("choose one of its list")
	}
	return p, r, nil
}

// Tabs of a resource's page besides those of what lies beneath it.
const (
	tabAccess   = "access"
	tabSettings = "settings"
)

func (a *asking) showResource(p *state.Platform, r *state.Resource, tab string, status int, problem string) error {
	kind := p.Model.Kind(p.Model.KindOf(r.Path))
	c := resourceContent{platformNode: nodeOf(p, r), Crumbs: crumbs(p, r.Path)}
	kinds := kindsUnder(p, r.Path)
	at := slices.IndexFunc(kinds, func(k *access.Kind) bool { return k.Name == tab })
	switch {
	case tab == tabAccess || tab == tabSettings:
		c.Tab = tab
	case at < 0 && len(kinds) == 0:
		c.Tab = tabAccess
	default:
		c.Tab, at = "children", max(at, 0)
	}
	for i, k := range kinds {
		c.Tabs = append(c.Tabs, place{Address: resourcePage(r.Path, k.Name), Name: pluralOf(k), Here: c.Tab == "children" && i == at})
	}
	c.Tabs = append(c.Tabs, place{Address: resourcePage(r.Path, tabAccess), Name: "Access", Here: c.Tab == tabAccess},
		place{Address: resourcePage(r.Path, tabSettings), Name: kind.Title + " settings", Here: c.Tab == tabSettings})
	var err error
	switch c.Tab {
	case tabAccess:
		c.Access, err = a.accessAt(p, r.Path)
	case tabSettings:
		c.Rules = a.settingsAt(p, r)
	default:
		c.Children, err = a.children(p, r.Path, kinds[at])
	}
	if err != nil {
		return err
	}
	a.render(status, "/platforms", "resource", page{Title: c.Name, Problem: problem, Content: c})
	return nil
}

// crumbs are the places above a resource.
func crumbs(p *state.Platform, path string) (list []place) {
	for at := parentOf(path); at != ""; at = parentOf(at) {
		address := resourcePage(at, "")
		if at == p.Slug {
			address = "/platforms/" + p.Slug + "/tree"
		}
		list = append(list, place{Address: address, Name: nameOn(p, at)})
	}
	slices.Reverse(list)
	return list
}

// children lists what lies directly beneath a resource and is of one kind.
func (a *asking) children(p *state.Platform, path string, kind *access.Kind) (childrenContent, error) {
	c := childrenContent{Kind: kind.Title, Found: strings.ToLower(kind.Title), FoundMany: strings.ToLower(pluralOf(kind)), Query: a.query("query")}
	c.Find = finder{Action: "/platforms/" + p.Slug + "/resource", Query: c.Query, Hidden: []fact{{"path", path}, {"show", kind.Name}}}
	cut, err := a.page("children", path, kind.Name, c.Query)
	if err != nil {
		return c, err
	}
	text := strings.ToLower(c.Query)
	var list []paging.Item[*state.Resource]
	for child, r := range a.now.Beneath(path) {
		if strings.Count(child, "/") == strings.Count(path, "/")+1 && p.Model.KindOf(child) == kind.Name && strings.Contains(strings.ToLower(nameOn(p, child)), text) {
			list = append(list, paging.Item[*state.Resource]{Key: child, Thing: r})
		}
	}
	part, next := paging.Cut(list, cut.After, cut.Limit)
	for _, one := range part {
		n := nodeOf(p, one.Thing)
		counts := map[string]int{}
		for beneath := range a.now.Beneath(one.Key) {
			counts[p.Model.KindOf(beneath)]++
		}
		n.Groups = []platformGroup{{Title: strings.Join(countsOf(p, counts), ", ")}}
		c.Holds, c.Sets = c.Holds || len(counts) > 0, c.Sets || n.Category != "" || len(n.Settings) > 0 || n.Gone != ""
		c.Lines = append(c.Lines, n)
	}
	c.Total = len(list)
	if next != "" {
		c.Next = with("/platforms/"+p.Slug+"/resource", "path", path, "show", kind.Name, "query", c.Query, "after", cut.Next(next))
	}
	for _, link := range a.createLinks(p, path) {
		if link.Kind == kind.Name {
			c.Create = append(c.Create, link)
		}
	}
	return c, nil
}
