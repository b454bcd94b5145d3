package accessfile

import (
	"fmt"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

func (r *reader) users(v yamltext.Value) {
	for _, e := range v.Entries(r.p) {
		id, err := userID(e.Key, r.anyUserID)
		if err != nil {
			r.p.AddAt(e.KeyAt, e.Value.Path, err.Error(), "write the user as name@example.org")
			continue
		}
		if !r.holderName(e.KeyAt, e.Value.Path, "user", id) {
			continue
		}
		if first, twice := r.file.Places.Users[id]; twice {
			r.p.AddAt(e.KeyAt, e.Value.Path, fmt.Sprintf("the user %s stands twice (first on line %d)", id, first.Line),
				"keep one of them; e-mails are compared in lower case")
			continue
		}
		r.file.Places.Users[id] = e.KeyAt
		r.file.Organization.Users = append(r.file.Organization.Users, r.user(id, e.Value))
	}
}

func (r *reader) user(id string, v yamltext.Value) access.UserFacts {
	facts := access.UserFacts{ID: id}
	v.Fields(r.p, map[string]func(yamltext.Value){
		"name":     func(v yamltext.Value) { r.file.Names[id] = v.Text(r.p) },
		"active":   func(v yamltext.Value) { facts.Inactive = !v.Bool(r.p) },
		"licenses": func(v yamltext.Value) { facts.Licenses = r.licenses(v) },
		"on":       func(v yamltext.Value) { facts.On = r.memberOf(v) },
	})
	return facts
}

// licenses reads {dbt: developer}.
func (r *reader) licenses(v yamltext.Value) map[string]string {
	var licenses map[string]string
	for _, e := range v.Entries(r.p) {
		platform := r.platformNamed(e.KeyAt, e.Value.Path, e.Key)
		if platform == nil {
			continue
		}
		names := make([]string, len(platform.Model.Licenses))
		for i, license := range platform.Model.Licenses {
			names[i] = license.Name
		}
		name := e.Value.Text(r.p)
		switch {
		case len(names) == 0:
			r.p.AddAt(e.KeyAt, e.Value.Path, platform.Model.Product+" has no licenses", "remove the key")
			continue
		case !has(names, name):
			r.p.Add(e.Value, fmt.Sprintf("there is no license %q on %s", name, platform.Slug), r.oneOf(name, names))
			continue
		}
		if licenses == nil {
			licenses = map[string]string{}
		}
		licenses[platform.Slug] = name
	}
	return licenses
}

// memberOf reads the platforms that a user is an explicit member of.
func (r *reader) memberOf(v yamltext.Value) []string {
	var slugs []string
	for _, item := range v.List(r.p) {
		slug := item.Text(r.p)
		if r.platformNamed(item.Place(), item.Path, slug) == nil {
			continue
		}
		if slug == Directory {
			r.p.Add(item, "everybody whom the file has is in the directory", "remove it")
			continue
		}
		if has(slugs, slug) {
			r.p.Add(item, fmt.Sprintf("%q stands twice", slug), "keep one of them")
			continue
		}
		slugs = append(slugs, slug)
	}
	return slugs
}

// platformNamed returns an attached platform, or reports that there is none of that name.
func (r *reader) platformNamed(at yamltext.Place, path, slug string) *access.Platform {
	if r.broken[slug] {
		return nil
	}
	platform := r.file.Platform(slug)
	if platform == nil {
		r.p.AddAt(at, path, fmt.Sprintf("there is no platform %q", slug), r.oneOf(slug, r.file.Slugs()))
	}
	return platform
}

func (r *reader) serviceUsers(v yamltext.Value) {
	for _, e := range v.Entries(r.p) {
		if !r.holderName(e.KeyAt, e.Value.Path, "service user", e.Key) {
			continue
		}
		r.file.Places.ServiceUsers[e.Key] = e.KeyAt
		r.file.Organization.ServiceUsers = append(r.file.Organization.ServiceUsers, e.Key)
		e.Value.Fields(r.p, map[string]func(yamltext.Value){
			"description": func(v yamltext.Value) { r.file.Descriptions[e.Key] = v.Text(r.p) },
		})
	}
}

func (r *reader) teams(v yamltext.Value) {
	for _, e := range v.Entries(r.p) {
		if !r.holderName(e.KeyAt, e.Value.Path, "team", e.Key) {
			continue
		}
		team := access.TeamFacts{Name: e.Key}
		e.Value.Fields(r.p, map[string]func(yamltext.Value){
			"members": func(v yamltext.Value) { team.Members = r.members(v) },
		})
		r.file.Places.Teams[e.Key] = e.KeyAt
		r.file.Organization.Teams = append(r.file.Organization.Teams, team)
	}
}

func (r *reader) members(v yamltext.Value) []string {
	items := v.List(r.p)
	members := make([]string, 0, len(items))
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		text := item.Text(r.p)
		if _, is := r.file.Places.ServiceUsers[text]; is {
			r.p.Add(item, fmt.Sprintf("%q is a service user, and service users are in no team", text),
				"remove it, and give the service user a grant of its own")
			continue
		}
		id, ok := r.knownUser(item.Place(), item.Path, text)
		if !ok {
			continue
		}
		if seen[id] {
			r.p.Add(item, fmt.Sprintf("the member %s stands twice", id), "keep one of them")
			continue
		}
		seen[id] = true
		members = append(members, id)
	}
	return members
}

// knownUser returns the stored form of a user's id, or reports that there is no such user.
func (r *reader) knownUser(at yamltext.Place, path, text string) (string, bool) {
	id, err := userID(text, r.anyUserID)
	if err != nil {
		r.p.AddAt(at, path, fmt.Sprintf("there is no user %q: %v", text, err), r.oneOf(text, keys(r.file.Places.Users)))
		return "", false
	}
	if _, exists := r.file.Places.Users[id]; !exists {
		r.p.AddAt(at, path, fmt.Sprintf("there is no user %q", text), r.oneOf(id, keys(r.file.Places.Users)))
		return "", false
	}
	return id, true
}

// keys returns the names that things have, in any order.
func keys(places map[string]yamltext.Place) []string {
	names := make([]string, 0, len(places))
	for name := range places {
		names = append(names, name)
	}
	return names
}
