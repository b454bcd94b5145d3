package change

import (
	"maps"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
)

// A memberUnlist ends a user's explicit membership of a platform and leaves everything else. Only a file can say that: for
// people, leaving a platform takes with it what they have there.
type memberUnlist struct{ client.MemberRemove }

func (j *judge) unlist(c memberUnlist) error {
	u, p, err := j.leaving(c.MemberRemove)
	if err != nil {
		return err
	}
	j.people = true
	return j.emit(&event.MemberRemoved{User: u.ID, Platform: p.Slug})
}

func (d *draft) users() {
	was := map[string]*access.UserFacts{}
	for i := range d.was.Organization.Users {
		was[d.was.Organization.Users[i].ID] = &d.was.Organization.Users[i]
	}
	for i := range d.File.Organization.Users {
		u := &d.File.Organization.Users[i]
		place, path := d.File.Places.Users[u.ID], "users."+u.ID
		old, known := was[u.ID]
		if !known {
			d.do(place, path, client.UserAdd{NewUser: client.NewUser{Email: u.ID, Name: d.File.Names[u.ID], On: u.On, Licenses: u.Licenses}})
			if u.Inactive {
				d.do(place, path, client.UserDeactivate{User: u.ID})
			}
			continue
		}
		d.do(place, path, d.user(old, u)...)
	}
}

// user lists what changes about somebody who is there.
func (d *draft) user(old, u *access.UserFacts) []client.Command {
	var list []client.Command
	if name := d.File.Names[u.ID]; name != d.was.Names[u.ID] && (name != "" || d.Prune) {
		list = append(list, client.UserProfile{User: u.ID, Profile: client.Profile{Name: &name}})
	}
	switch {
	case u.Inactive && !old.Inactive:
		list = append(list, client.UserDeactivate{User: u.ID})
	case !u.Inactive && old.Inactive:
		list = append(list, client.UserReactivate{User: u.ID})
	}
	for _, slug := range u.On {
		if !slices.Contains(old.On, slug) {
			list = append(list, client.MemberAdd{User: u.ID, Platform: slug})
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(u.Licenses)) {
		if old.Licenses[slug] != u.Licenses[slug] {
			list = append(list, client.LicenseSet{User: u.ID, Platform: slug, License: u.Licenses[slug]})
		}
	}
	if !d.Prune {
		return list
	}
	for _, slug := range old.On {
		if !slices.Contains(u.On, slug) && d.File.Platform(slug) != nil {
			list = append(list, memberUnlist{client.MemberRemove{User: u.ID, Platform: slug}})
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(old.Licenses)) {
		if u.Licenses[slug] == "" && d.File.Platform(slug) != nil {
			list = append(list, client.LicenseSet{User: u.ID, Platform: slug})
		}
	}
	return list
}

func (d *draft) serviceUsers() {
	for _, name := range d.File.Organization.ServiceUsers {
		place, path, said := d.File.Places.ServiceUsers[name], "service_users."+name, d.File.Descriptions[name]
		switch {
		case !slices.Contains(d.was.Organization.ServiceUsers, name):
			d.do(place, path, client.ServiceUserCreate{ServiceUser: name, Description: said})
		case said != d.was.Descriptions[name] && (said != "" || d.Prune):
			d.do(place, path, client.ServiceUserUpdate{ServiceUser: name, Description: &said})
		}
	}
}

// teams creates teams with their members, and changes who is in those that are there.
func (d *draft) teams() {
	was := map[string][]string{}
	for _, t := range d.was.Organization.Teams {
		was[t.Name] = t.Members
	}
	for _, t := range d.File.Organization.Teams {
		place, path := d.File.Places.Teams[t.Name], "teams."+t.Name
		old, known := was[t.Name]
		if !known {
			d.do(place, path, client.TeamCreate{Team: t.Name, Members: t.Members})
			continue
		}
		if joined := without(t.Members, old); len(joined) > 0 {
			d.do(place, path, client.TeamJoin{Team: t.Name, Members: joined})
		}
		if left := without(old, t.Members); d.Prune && len(left) > 0 {
			d.do(place, path, client.TeamLeave{Team: t.Name, Members: left})
		}
	}
}

// without lists the words that are not among others.
func without(words, others []string) []string {
	among := make(map[string]bool, len(others))
	for _, w := range others {
		among[w] = true
	}
	var left []string
	for _, w := range words {
		if !among[w] {
			left = append(left, w)
		}
	}
	return left
}
