package inquiry

import (
	"strings"

	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Platforms answers the attached products that the caller sees.
func (a *Asker) Platforms() (client.Platforms, error) {
	found := client.Platforms{Platforms: []client.Platform{}, Facts: a.facts()}
	if err := a.View.Others(); err != nil {
		return found, err
	}
	for _, slug := range a.State.Slugs() {
		if slug != accessfile.Directory && a.View.Sees(slug) {
			found.Platforms = append(found.Platforms, shownPlatform(a.State, a.State.Platform(slug)))
		}
	}
	return found, nil
}

// platform finds a platform where it may be seen.
func (a *Asker) platform(slug string) (*sight.Sight, *state.Platform, error) {
	if err := a.View.Others(); err != nil {
		return nil, nil, err
	}
	p := a.State.Platform(slug)
	if p == nil || !a.View.Sees(slug) {
		return nil, nil, missing("platform", "platform", slug)
	}
	return a.sight(), p, nil
}

func shownPlatform(st *state.State, p *state.Platform) client.Platform {
	resources := 0
	for range st.Resources(p.Slug) {
		resources++
	}
	return client.Platform{Platform: p.Slug, Product: p.Model.Product, Model: p.Edition, Plan: p.Plan, Seats: p.Seats, Authzen: p.Authzen,
		Settings: p.Settings, Resources: resources, Roles: len(p.Model.Roles), CustomRoles: len(st.Roles(p.Slug))}
}

// Platform answers one platform.
func (a *Asker) Platform(slug string) (client.PlatformDetail, error) {
	s, p, err := a.platform(slug)
	if err != nil {
		return client.PlatformDetail{}, err
	}
	m := p.Model
	found := client.PlatformDetail{Platform: shownPlatform(s.State, p), Kinds: []client.PlatformKind{}, Plans: []string{}, Licenses: []string{},
		Switches: []client.PlatformSwitch{}, Custom: []client.CustomRoleKinds{}}
	for _, k := range m.Kinds {
		found.Kinds = append(found.Kinds, client.PlatformKind{Kind: k.Name, Title: k.Title, Under: append([]string{}, k.Under...),
			Prefix: k.Prefix, StarOf: k.StarOf, Categories: k.Categories})
	}
	for _, plan := range m.Plans {
		found.Plans = append(found.Plans, plan.Name)
	}
	for _, license := range m.Licenses {
		found.Licenses = append(found.Licenses, license.Name)
	}
	for _, setting := range m.Settings {
		found.Switches = append(found.Switches, client.PlatformSwitch(setting))
	}
	for _, rule := range m.CustomRoles {
		found.Custom = append(found.Custom, client.CustomRoleKinds{At: rule.At, Grants: rule.GrantAt})
	}
	found.Facts = a.facts()
	return found, nil
}

// Resources answers a page of a platform's resources, by path. Page and Reading of the query do not count.
func (a *Asker) Resources(slug string, q client.ResourceQuery, p paging.Page) (client.Resources, error) {
	found := client.Resources{Resources: []client.Resource{}, Facts: a.facts()}
	s, on, err := a.platform(slug)
	if err != nil {
		return found, err
	}
	under, err := canonical("under", q.Under)
	if err != nil {
		return found, err
	}
	if q.Kind != "" && on.Model.Kind(q.Kind) == nil {
		return found, invalid("kind", "%s has no resources of that kind", on.Model.Product)
	}
	text := strings.ToLower(strings.TrimSpace(q.Query))
	var list []paging.Item[*state.Resource]
	for path, r := range s.Resources(on.Slug) { // by path
		if strings.Contains(strings.ToLower(path), text) && (under == "" || strings.HasPrefix(path, under+"/")) &&
			(q.Kind == "" || on.Model.KindOf(path) == q.Kind) {
			list = append(list, paging.Item[*state.Resource]{Key: path, Thing: r})
		}
	}
	part, next := paging.Cut(list, p.After, p.Limit)
	for _, one := range part {
		r := one.Thing
		shown := client.Resource{Resource: r.Path, Number: r.Number, Kind: on.Model.KindOf(r.Path), Category: r.Category, Settings: r.Settings}
		if since := change.NotSeenSince(r); !since.IsZero() {
			shown.NotSeenSince = &since
		}
		found.Resources = append(found.Resources, shown)
	}
	found.Total, found.Next = len(list), p.Next(next)
	return found, nil
}
