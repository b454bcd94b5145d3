package console

import (
	"net/http"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// platformContent is one platform's tree.
type platformContent struct {
	platformCard
	Tabs             []place
	Settings         []fact
	Nodes            []platformNode
	Query, Next, All string // All is where one gets back from a search
	Empty            string
	Create           []createLink
}

// A platformNode is a resource, with what lies directly beneath it by kind.
type platformNode struct {
	Name, Path, Kind, Category string
	Address                    string // of its own page
	Settings                   []fact
	Gone                       string // the day since which its own server does not have it
	Groups                     []platformGroup
}

// A platformGroup is what lies beneath a resource and is of one kind.
type platformGroup struct {
	Title string
	Nodes []platformNode
	Total int
	More  string // address where all of them are; "" where all are here
}

// platform shows what there is on one platform.
func (a *asking) platform() error {
	on, err := a.onPlatform()
	if err != nil {
		return err
	}
	found, err := a.asker().Platform(on.Slug)
	if err != nil {
		return err
	}
	card, err := a.card(&found.Platform)
	if err != nil {
		return err
	}
	c := platformContent{platformCard: card, Tabs: platformTabs(on, "tree"), Query: a.query("query"), Settings: settingsOf(found.Settings), Create: a.createLinks(on, on.Slug)}
	p, err := a.page("platform", on.Slug, c.Query)
	if err != nil {
		return err
	}
	if c.Query != "" {
		err = a.foundNodes(&c, on, p)
	} else {
		a.tree(&c, on, p)
	}
	if err != nil {
		return err
	}
	a.render(http.StatusOK, "/platforms", "platform", page{Title: card.Product, Content: c})
	return nil
}

// foundNodes lists what a search finds.
func (a *asking) foundNodes(c *platformContent, on *state.Platform, p paging.Page) error {
	found, err := a.asker().Resources(on.Slug, client.ResourceQuery{Query: c.Query}, p)
	if err != nil {
		return err
	}
	for i := range found.Resources {
		n := nodeOf(on, a.now.Resource(found.Resources[i].Resource))
		n.Name = n.Path
		c.Nodes = append(c.Nodes, n)
	}
	c.All, c.Empty = "/platforms/"+on.Slug+"/tree", "Nothing is called so."
	if found.Next != "" {
		c.Next = with(c.All, "query", c.Query, "after", found.Next)
	}
	return nil
}

// tree lists what is directly on a platform, each with what is directly beneath it. The caller sees the platform.
func (a *asking) tree(c *platformContent, on *state.Platform, p paging.Page) {
	var list []paging.Item[*state.Resource]
	for path, r := range a.now.Resources(on.Slug) {
		if strings.Count(path, "/") == 1 {
			list = append(list, paging.Item[*state.Resource]{Key: path, Thing: r})
		}
	}
	part, next := paging.Cut(list, p.After, p.Limit)
	for _, one := range part {
		n := nodeOf(on, one.Thing)
		n.Groups = a.beneath(on, one.Key)
		c.Nodes = append(c.Nodes, n)
	}
	c.Empty = "There is nothing on this platform yet."
	if next != "" {
		c.Next = with("/platforms/"+on.Slug+"/tree", "after", p.Next(next))
	}
}

// mostInGroup is how many resources of a kind are shown beneath another one at once.
const mostInGroup = 12

// beneath groups what lies directly beneath a resource by its kind.
func (a *asking) beneath(on *state.Platform, path string) (groups []platformGroup) {
	of := map[string]*platformGroup{}
	for child, r := range a.now.Beneath(path) {
		if strings.Count(child, "/") != strings.Count(path, "/")+1 {
			continue
		}
		kind := on.Model.KindOf(child)
		if of[kind] == nil {
			of[kind] = &platformGroup{}
		}
		g := of[kind]
		if g.Total++; g.Total <= mostInGroup {
			g.Nodes = append(g.Nodes, nodeOf(on, r))
		}
	}
	for i := range on.Model.Kinds {
		k := &on.Model.Kinds[i]
		if g := of[k.Name]; g != nil {
			g.Title = pluralOf(k)
			if g.Total > mostInGroup {
				g.More = resourcePage(path, k.Name)
			}
			groups = append(groups, *g)
		}
	}
	return groups
}

// resourcePage is the address of a resource's own page, and of one of its tabs, with more that the tab is to show.
func resourcePage(path, tab string, more ...string) string {
	return with("/platforms/"+access.SlugOf(path)+"/resource", append([]string{"path", path, "show", tab}, more...)...)
}

// nodeOf shows a resource.
func nodeOf(on *state.Platform, r *state.Resource) platformNode {
	n := platformNode{Path: r.Path, Name: nameOn(on, r.Path), Category: categoryTitle(r.Category), Settings: settingsOf(r.Settings), Address: resourcePage(r.Path, "")}
	if k := on.Model.Kind(on.Model.KindOf(r.Path)); k != nil {
		n.Kind = k.Title
	}
	if since := change.NotSeenSince(r); !since.IsZero() {
		n.Gone = since.UTC().Format("2 Jan 2006 15:04") + " UTC"
	}
	return n
}

// nameOn is what people call a place: the last part of its path, without the prefix of its kind. What stands for all of something
// beneath a place is called after that place.
func nameOn(on *state.Platform, path string) string {
	if path == on.Slug {
		return on.Model.Product
	}
	name := lastOf(path)
	k := on.Model.Kind(on.Model.KindOf(path))
	if k == nil || k.StarOf == "" && k.Prefix == "" {
		return name
	}
	if k.StarOf == "" {
		return strings.TrimPrefix(name, k.Prefix+":")
	}
	above := parentOf(path)
	if above == on.Slug {
		return k.Title
	}
	return strings.TrimSuffix(k.Title, " of a "+strings.ToLower(on.Model.Kind(on.Model.KindOf(above)).Title)) + " of " + nameOn(on, above)
}

// categoryTitle is what people call a category of environments.
func categoryTitle(name string) string {
	switch name {
	case "":
		return ""
	case "all":
		return "All environments"
	case "other": // dbt's console says General (docs "Environment permissions", 2024)
		return "General"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
