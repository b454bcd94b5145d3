package rest

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func platforms(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	if err := a.view().Others(); err != nil {
		return nil, err
	}
	found := client.Platforms{Platforms: []client.Platform{}}
	for _, slug := range facts.Slugs() {
		if slug != accessfile.Directory && a.view().Sees(slug) {
			found.Platforms = append(found.Platforms, shownPlatform(facts.State, facts.Platform(slug)))
		}
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}

// platformOf finds the platform that the address names, where it may be seen.
func (a *asking) platformOf() (s *sight.Sight, p *state.Platform, err error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, nil, err
	}
	if err := a.view().Others(); err != nil {
		return nil, nil, err
	}
	slug := a.r.PathValue("platform")
	if p = facts.Platform(slug); p == nil || !a.view().Sees(slug) {
		return nil, nil, missing("platform", "platform", slug)
	}
	return a.sight(facts.State), p, nil
}

func shownPlatform(st *state.State, p *state.Platform) client.Platform {
	resources := 0
	for range st.Resources(p.Slug) {
		resources++
	}
	return client.Platform{Platform: p.Slug, Product: p.Model.Product, Model: p.Edition, Plan: p.Plan, Seats: p.Seats, Authzen: p.Authzen,
		Settings: p.Settings, Resources: resources, Roles: len(p.Model.Roles), CustomRoles: len(st.Roles(p.Slug))}
}

func platform(a *asking) (any, error) {
	s, p, err := a.platformOf()
	if err != nil {
		return nil, err
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
	found.Facts = a.facts(s.State)
	return found, nil
}

func resources(a *asking) (any, error) {
	p, err := a.page()
	if err != nil {
		return nil, err
	}
	s, on, err := a.platformOf()
	if err != nil {
		return nil, err
	}
	under, err := a.path("under")
	if err != nil {
		return nil, err
	}
	text, kind := strings.ToLower(strings.TrimSpace(a.param("query"))), a.param("kind")
	if kind != "" && on.Model.Kind(kind) == nil {
		return nil, invalid("kind", "%s has no resources of that kind", on.Model.Product)
	}
	var list []paging.Item[client.Resource]
	for path, r := range s.Resources(on.Slug) {
		if !strings.Contains(strings.ToLower(path), text) || under != "" && !strings.HasPrefix(path, under+"/") {
			continue
		}
		shown := client.Resource{Resource: path, Number: r.Number, Kind: kindOf(on.Model, path), Category: r.Category, Settings: r.Settings}
		if kind == "" || shown.Kind == kind {
			list = append(list, paging.Item[client.Resource]{Key: path, Thing: shown})
		}
	}
	slices.SortFunc(list, func(a, b paging.Item[client.Resource]) int { return strings.Compare(a.Key, b.Key) })
	part, next := cut(list, p)
	found := client.Resources{Resources: []client.Resource{}, Total: len(list), Next: next}
	for _, one := range part {
		found.Resources = append(found.Resources, one.Thing)
	}
	found.Facts = a.facts(s.State)
	return found, nil
}

// kindOf is the kind of resource that a path names by the model's tree; "" where none has it.
func kindOf(m *access.Model, path string) string {
	segments, err := access.SplitPath(path)
	if err != nil || len(segments) == 0 {
		return ""
	}
	kind, err := m.PathKind(segments[1:])
	if err != nil {
		return ""
	}
	return kind.Name
}
