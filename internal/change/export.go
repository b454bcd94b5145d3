package change

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// Export writes an organization as an access file, with names in place of opaque ids. Editions of one's own are named by
// a path, and their texts returned by that path: "./record.yaml". Agents, tokens and people whose names were erased have
// no place in a file: they and what they hold are left out.
func Export(st *state.State) (*accessfile.File, map[string]string, error) { return exportOf(st, nil) }

// exportOf is Export of what was touched alone, with all platforms, roles and tests; nil is everything.
func exportOf(st *state.State, only *state.Touched) (*accessfile.File, map[string]string, error) {
	x := &export{st: st, only: only, file: &accessfile.File{Platforms: map[string]accessfile.Attachment{}, Names: map[string]string{}, Descriptions: map[string]string{}}, texts: map[string]string{}}
	x.file.Organization.Name = st.Organization
	if err := x.platforms(); err != nil {
		return nil, nil, err
	}
	x.people()
	x.grants()
	x.tests()
	return x.file, x.texts, nil
}

type export struct {
	st    *state.State
	only  *state.Touched // nil for everything
	file  *accessfile.File
	texts map[string]string
}

func (x *export) platforms() error {
	slugs := x.st.Slugs()
	if i := slices.Index(slugs, accessfile.Directory); i > 0 {
		slugs = slices.Insert(slices.Delete(slugs, i, i+1), 0, accessfile.Directory)
	}
	for _, slug := range slugs {
		p := x.st.Platform(slug)
		facts := access.Platform{Slug: slug, Model: p.Model, Plan: p.Plan, Settings: maps.Clone(p.Settings)}
		for _, r := range p.Roles {
			facts.Roles = append(facts.Roles, r.Role)
		}
		for _, r := range x.st.Resources(slug) {
			if x.only != nil && !x.only.Resources[r.Path] {
				continue
			}
			facts.Resources = append(facts.Resources, access.Resource{Path: r.Path, Category: r.Category, Settings: maps.Clone(r.Settings)})
		}
		x.file.Organization.Platforms = append(x.file.Organization.Platforms, facts)
		if slug == accessfile.Directory {
			continue
		}
		model, err := x.model(p)
		if err != nil {
			return err
		}
		x.file.Platforms[slug] = accessfile.Attachment{Model: model, Seats: p.Seats, AuthZEN: p.Authzen}
	}
	return nil
}

// model names a platform's edition as a file does.
func (x *export) model(p *state.Platform) (string, error) {
	if hash, err := rolemodel.EditionHash(p.Edition); err == nil && hash == p.Hash {
		return p.Edition, nil
	}
	own := x.st.Edition(p.Edition)
	if own == nil || own.Hash != p.Hash {
		return "", fault.New(fault.Conflict, "the edition %q has another text now than the one that %s is attached with", p.Edition, p.Slug).
			Rather("move %s to the newer text first", p.Slug)
	}
	path := "./" + p.Edition + ".yaml"
	x.texts[path] = own.Text
	return path, nil
}

func (x *export) people() {
	org := &x.file.Organization
	for id, u := range x.st.Users() {
		if u.Email == "" || x.only != nil && !x.only.Users[id] {
			continue
		}
		org.Users = append(org.Users, access.UserFacts{ID: u.Email, Inactive: u.Inactive, Licenses: maps.Clone(u.Licenses), On: slices.Clone(u.On)})
		if u.Name != "" {
			x.file.Names[u.Email] = u.Name
		}
	}
	slices.SortFunc(org.Users, func(a, b access.UserFacts) int { return strings.Compare(a.ID, b.ID) })
	for _, u := range x.st.ServiceUsersByName() {
		if x.only != nil && !x.only.ServiceUsers[u.ID] {
			continue
		}
		org.ServiceUsers = append(org.ServiceUsers, u.Name)
		if u.Description != "" {
			x.file.Descriptions[u.Name] = u.Description
		}
	}
	for _, t := range x.st.TeamsByName() {
		if x.only != nil && !x.only.Teams[t.ID] {
			continue
		}
		team := access.TeamFacts{Name: t.Name}
		for _, id := range x.st.Members(t.ID) {
			if email := x.st.User(id).Email; email != "" {
				team.Members = append(team.Members, email)
			}
		}
		slices.Sort(team.Members)
		org.Teams = append(org.Teams, team)
	}
}

func (x *export) grants() {
	for _, g := range x.st.Grants() {
		if x.only != nil && !x.only.Holders[g.To] {
			continue
		}
		if to, named := x.named(g.To); named {
			exported := g.Grant
			exported.To = to
			x.file.Organization.Grants = append(x.file.Organization.Grants, exported)
		}
	}
	slices.SortFunc(x.file.Organization.Grants, func(a, b access.Grant) int {
		return cmp.Or(strings.Compare(a.On, b.On), int(a.To.Kind)-int(b.To.Kind), strings.Compare(a.To.ID, b.To.ID), strings.Compare(a.Role, b.Role),
			slices.Compare(a.Environments, b.Environments), a.From.Compare(b.From), a.Until.Compare(b.Until))
	})
}

// named puts a name in place of an id; false where there is none that a file could say.
func (x *export) named(h access.Holder) (access.Holder, bool) {
	readable := x.st.ReadableHolder(h)
	return readable, h.Kind != access.Agent && readable.ID != h.ID
}

func (x *export) tests() {
	for _, t := range x.st.Tests {
		who, err := event.ParseHolder(t.Who)
		if err != nil {
			continue
		}
		if who, named := x.named(who); named {
			x.file.Tests = append(x.file.Tests, accessfile.Test{Who: who, Permission: t.Permission, Resource: t.On, Allowed: t.Can, At: event.Time(t.At)})
		}
	}
}
