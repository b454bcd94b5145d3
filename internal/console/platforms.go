package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// A platformCard is one platform among all.
type platformCard struct {
	client.Platform
	Members int // active ones
	Counts  []string
	Links   []place // its pages
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
		card.Links = platformTabs(a.now.Platform(card.Platform.Platform), "")
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
	c.Counts = countsOf(on, counts)
	return c, nil
}

// countsOf says how many there are of each kind: "2 deployments".
func countsOf(on *state.Platform, counts map[string]int) (list []string) {
	for i := range on.Model.Kinds {
		if k := &on.Model.Kinds[i]; counts[k.Name] > 0 && len(k.Under) > 0 {
			list = append(list, counted(counts[k.Name], strings.ToLower(k.Title), strings.ToLower(pluralOf(k))))
		}
	}
	return list
}

// pluralOf is what people call several resources of a kind.
func pluralOf(k *access.Kind) string {
	if k.Plural == "" {
		return k.Title
	}
	text := strings.ReplaceAll(k.Plural, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// onPlatform is the attached product that a page's address names, where the caller sees it.
func (a *asking) onPlatform() (*state.Platform, error) {
	if err := a.view.Others(); err != nil {
		return nil, err
	}
	slug := a.r.PathValue("platform")
	if p := a.now.Platform(slug); p != nil && slug != accessfile.Directory && a.view.Sees(slug) {
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "there is no platform %q that you may see", slug).Rather("choose one of the list of platforms")
}

// platformTabs are the pages of a platform: what is on it, and the lists of people that its product has.
func platformTabs(p *state.Platform, here string) (list []place) {
	add := func(name, text string) {
		list = append(list, place{Address: "/platforms/" + p.Slug + "/" + name, Name: text, Here: name == here})
	}
	if kinds := kindsUnder(p, p.Slug); len(kinds) > 0 {
		add("tree", pluralOf(kinds[0]))
	}
	if memberKind(p) != nil {
		add("people", "People")
	}
	if hasGroups(p) {
		add("groups", "Groups")
	}
	if len(p.Model.Licenses) > 0 {
		add("licenses", "Licenses")
	}
	return list
}

// kindsUnder are the kinds of resources that can lie directly beneath a path.
func kindsUnder(p *state.Platform, path string) (list []*access.Kind) {
	for i := range p.Model.Kinds {
		if k := &p.Model.Kinds[i]; k.StarOf == "" && slices.Contains(k.Under, p.Model.KindOf(path)) {
			list = append(list, k)
		}
	}
	return list
}

// memberKind is the kind of resource in which a person has one role, beside the one in the whole: Astro's workspace. Nil where
// the product has none.
func memberKind(p *state.Platform) *access.Kind {
	root := p.Model.Kinds[0].Name
	if !slices.Contains(p.Model.OneRolePer, root) {
		return nil
	}
	for _, name := range p.Model.OneRolePer {
		if name != root {
			return p.Model.Kind(name)
		}
	}
	return nil
}

// hasGroups tells whether people have roles on a platform as members of teams only.
func hasGroups(p *state.Platform) bool {
	return !slices.ContainsFunc(p.Model.Roles, func(r access.Role) bool { return slices.Contains(r.Holders, access.User) }) && len(p.Model.Roles) > 0
}

// settingsOf are settings by name.
func settingsOf(all map[string]string) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, fact{Name: inWords(name), Value: inWords(all[name])})
	}
	return list
}

// inWords is a name as people read it.
func inWords(name string) string { return strings.ReplaceAll(name, "_", " ") }

// allowedAt tells whether the platform's edition lets the caller do something with a kind of resource at a path, as package change
// reads it: what no row lets anybody do is the directory's owner's.
func (a *asking) allowedAt(p *state.Platform, operation, kind, path string) bool {
	if a.provisioned(p.Slug, operation) {
		return false
	}
	known := false
	for i := range p.Model.Governance.Operations {
		o := &p.Model.Governance.Operations[i]
		if o.Name != operation || o.Kind != kind {
			continue
		}
		known = true
		at := path
		for at != "" && p.Model.KindOf(at) != o.At {
			at = parentOf(at)
		}
		if at != "" && a.now.Decide(access.Question{Subject: a.caller.Subject, Permission: o.Permission, Resource: at, At: a.at}).Allowed {
			return true
		}
	}
	return !known && a.view.May(accessfile.Directory, "platforms.attach")
}

// neededAt is what allowedAt asks for, in words.
func (a *asking) neededAt(p *state.Platform, operation, kind string) string {
	for i := range p.Model.Governance.Operations {
		if o := &p.Model.Governance.Operations[i]; o.Name == operation && o.Kind == kind {
			return "It needs the permission “" + permissionOf(p.Model, o.Permission) + "” there."
		}
	}
	return "Only owners of the organization do that."
}
