package change

import (
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// holds tells whether a holder of the organization stays, so that a grant of theirs would.
func (d *draft) holds(h access.Holder) bool {
	if d.staying == nil {
		d.staying = map[access.Holder]bool{d.actor: true}
		for _, u := range d.File.Organization.Users {
			d.staying[access.Holder{Kind: access.User, ID: u.ID}] = true
		}
		for _, name := range d.File.Organization.ServiceUsers {
			d.staying[access.Holder{Kind: access.ServiceUser, ID: name}] = true
		}
		for _, t := range d.File.Organization.Teams {
			d.staying[access.Holder{Kind: access.Team, ID: t.Name}] = true
		}
	}
	return d.staying[h]
}

// prune removes what the file does not say. It never removes whoever applies, nor what a file cannot say: agents, tokens
// of those who stay, the directory itself.
func (d *draft) prune() {
	gone := func(path string, c client.Command) {
		d.steps = append(d.steps, step{command: c, path: path + ", which is not in the file"})
	}
	for _, t := range d.was.Organization.Teams {
		if !d.holds(access.Holder{Kind: access.Team, ID: t.Name}) {
			gone("teams."+t.Name, client.TeamDelete{Team: t.Name})
		}
	}
	for _, u := range d.was.Organization.Users {
		if !d.holds(access.Holder{Kind: access.User, ID: u.ID}) {
			gone("users."+u.ID, client.UserRemove{User: u.ID})
		}
	}
	for _, name := range d.was.Organization.ServiceUsers {
		if !d.holds(access.Holder{Kind: access.ServiceUser, ID: name}) {
			gone("service_users."+name, client.ServiceUserDelete{ServiceUser: name})
		}
	}
	for _, p := range d.was.Organization.Platforms {
		switch said := d.File.Platform(p.Slug); {
		case p.Slug == accessfile.Directory:
		case said == nil:
			gone("platforms."+p.Slug, client.PlatformDetach{Platform: p.Slug})
		default:
			d.prunePlatform(&p, said, gone)
		}
	}
}

// prunePlatform removes custom roles and resources, the deepest first. A resource that goes with its parent has no command.
func (d *draft) prunePlatform(was, said *access.Platform, gone func(string, client.Command)) {
	for _, r := range was.Roles {
		if !slices.ContainsFunc(said.Roles, func(s access.Role) bool { return s.Name == r.Name }) {
			gone("roles."+was.Slug+"."+r.Name, client.RoleDelete{Platform: was.Slug, Role: r.Name})
		}
	}
	for _, r := range slices.Backward(was.Resources) {
		parent := parentOf(r.Path)
		if d.gone[r.Path] && (!d.gone[parent] || slices.Contains(said.Model.Governance.DeleteEmpty, said.Model.KindOf(parent))) {
			gone(r.Path, client.ResourceDelete{Resource: r.Path})
		}
	}
}
