package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// A platformCard is one platform among all.
type platformCard struct {
	client.Platform
	Members int // active ones
	Counts  []string
}

// platformContent is one platform's tree.
type platformContent struct {
	platformCard
	Settings         []fact
	Nodes            []platformNode
	Query, Next, All string // All is where one gets back from a search or a part
	Under, Empty     string
}

// A platformNode is a resource, with what lies directly beneath it by kind.
type platformNode struct {
	Name, Path, Kind, Category string
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

// platforms shows every attached platform.
func (a *asking) platforms() error {
	found, err := a.asker().Platforms()
	if err != nil {
		return err
	}
	var cards []platformCard
	for i := range found.Platforms {
		card, err := a.card(&found.Platforms[i])
		if err != nil {
			return err
		}
		cards = append(cards, card)
	}
	a.render(http.StatusOK, "/platforms", "platforms", page{Title: "Platforms", Content: cards})
	return nil
}

// card counts what a platform has. The caller sees it.
func (a *asking) card(p *client.Platform) (platformCard, error) {
	first, err := a.cursors.Page("after", "", 1) // only their number is wanted
	if err != nil {
		return platformCard{}, err
	}
	active := true
	members, err := a.asker().Users(client.UserQuery{Platform: p.Platform, Active: &active}, first)
	if err != nil {
		return platformCard{}, err
	}
	c, counts, on := platformCard{Platform: *p, Members: members.Total}, map[string]int{}, a.now.Platform(p.Platform)
	for path := range a.now.Resources(p.Platform) {
		counts[on.Model.KindOf(path)]++
	}
	for _, k := range on.Model.Kinds {
		if counts[k.Name] > 0 && len(k.Under) > 0 {
			c.Counts = append(c.Counts, counted(counts[k.Name], strings.ToLower(k.Title), strings.ToLower(pluralOf(&k))))
		}
	}
	return c, nil
}

// pluralOf is what people call several resources of a kind.
func pluralOf(k *access.Kind) string {
	if k.Plural == "" {
		return k.Title
	}
	text := strings.ReplaceAll(k.Plural, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// platform shows what there is on one platform.
func (a *asking) platform() error {
	slug := a.r.PathValue("platform")
	if slug == accessfile.Directory {
		return fault.New(fault.NotFound, "the directory is no platform").Rather("choose one of the list of platforms")
	}
	found, err := a.asker().Platform(slug)
	if err != nil {
		return err
	}
	card, err := a.card(&found.Platform)
	if err != nil {
		return err
	}
	c := platformContent{platformCard: card, Query: a.query("query"), Under: a.query("under"), Settings: settingsOf(found.Settings)}
	p, err := a.page("platform", slug, c.Query, c.Under)
	if err != nil {
		return err
	}
	if c.Query+c.Under != "" {
		err = a.foundNodes(&c, slug, p)
	} else {
		a.tree(&c, a.now.Platform(slug), p)
	}
	if err != nil {
		return err
	}
	a.render(http.StatusOK, "/platforms", "platform", page{Title: card.Product, Content: c})
	return nil
}

// foundNodes lists what a search finds, or all that lies beneath one resource.
func (a *asking) foundNodes(c *platformContent, slug string, p paging.Page) error {
	found, err := a.asker().Resources(slug, client.ResourceQuery{Query: c.Query, Under: c.Under}, p)
	if err != nil {
		return err
	}
	on := a.now.Platform(slug)
	for i := range found.Resources {
		n := nodeOf(on, a.now.Resource(found.Resources[i].Resource))
		n.Name = n.Path
		c.Nodes = append(c.Nodes, n)
	}
	c.All, c.Empty = "/platforms/"+slug+"/tree", "Nothing is called so."
	if found.Next != "" {
		c.Next = with(c.All, "query", c.Query, "under", c.Under, "after", found.Next)
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
				g.More = with("/platforms/"+on.Slug+"/tree", "under", path)
			}
			groups = append(groups, *g)
		}
	}
	return groups
}

// nodeOf shows a resource.
func nodeOf(on *state.Platform, r *state.Resource) platformNode {
	n := platformNode{Path: r.Path, Name: r.Path[strings.LastIndex(r.Path, "/")+1:], Category: r.Category, Settings: settingsOf(r.Settings)}
	if k := on.Model.Kind(on.Model.KindOf(r.Path)); k != nil {
		n.Kind = k.Title
		if k.Prefix != "" {
			n.Name = strings.TrimPrefix(n.Name, k.Prefix+":")
		}
	}
	if since := change.NotSeenSince(r); !since.IsZero() {
		n.Gone = since.UTC().Format("2 Jan 2006 15:04") + " UTC"
	}
	return n
}

// settingsOf are settings by name.
func settingsOf(all map[string]string) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, fact{Name: strings.ReplaceAll(name, "_", " "), Value: strings.ReplaceAll(all[name], "_", " ")})
	}
	return list
}
