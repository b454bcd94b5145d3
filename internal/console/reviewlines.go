package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
)

// A reviewLine is what somebody gains, or loses, at a place.
type reviewLine struct {
	Where, Inside string // Inside are the places beneath Where that it is about; "" for Where itself
	// Summary are the names of many permissions, shortened: "runs.*, secrets.edit"; "" where there are few, which are shown at once.
	Summary string
	Each    []permissionWords
	names   []string // of which Each is made, for those who are shown
}

// permissionWords is a permission as people call it, and its name for programs.
type permissionWords struct{ Title, Name string }

// mostAtOnce is how many permissions of a line are shown at once, each with its title.
const mostAtOnce = 3

// collected adds what somebody gains, or loses, to what they do elsewhere. Lines of one person follow each other.
func collected(list []reviewPerson, x *client.Access, what string, all []string) []reviewPerson {
	if len(all) == 0 {
		return list
	}
	if n := len(list); n == 0 || list[n-1].subject != x.Subject {
		list = append(list, reviewPerson{subject: x.Subject})
	}
	p := &list[len(list)-1]
	line := reviewLine{Where: x.Under, names: all}
	if len(all) > mostAtOnce {
		line.Summary = what
	}
	if len(x.Resources) > 1 {
		line.Inside = placesInWords(x.Resources)
	}
	p.Lines = append(p.Lines, line)
	p.Count += len(all) * max(1, len(x.Resources))
	p.Worst = p.Worst || slices.ContainsFunc(all, administrating)
	return list
}

// mostPlaces is how many places of a line are named.
const mostPlaces = 4

// placesInWords names a few places, and counts many.
func placesInWords(paths []string) string {
	if len(paths) > mostPlaces {
		return strconv.Itoa(len(paths)) + " places"
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = lastOf(path)
	}
	return strings.Join(names, ", ")
}

// countedKinds says how many people there are in a list, and how many programs: "2 people, 1 service user".
func countedKinds(list []reviewPerson) string {
	var people, services, agents int
	for i := range list {
		switch kind, _, _ := strings.Cut(list[i].subject, ":"); kind {
		case access.ServiceUser.String():
			services++
		case access.Agent.String():
			agents++
		default:
			people++
		}
	}
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, counted(n, one, many))
		}
	}
	add(people, "person", "people")
	add(services, "service user", "service users")
	add(agents, "agent", "agents")
	return strings.Join(parts, ", ")
}

// permissionsInWords are permissions at a place by their titles.
func (a *asking) permissionsInWords(place string, names []string) []permissionWords {
	p := a.now.Platform(access.SlugOf(place))
	list := make([]permissionWords, len(names))
	for i, name := range names {
		list[i] = permissionWords{Title: name, Name: name}
		if p != nil {
			list[i].Title = permissionOf(p.Model, name)
		}
	}
	return list
}

// permissionOf is the title of a model's permission; its name where the model has none such.
func permissionOf(m *access.Model, name string) string {
	if i := slices.IndexFunc(m.Permissions, func(p access.Permission) bool { return p.Name == name }); i >= 0 {
		return permissionInWords(&m.Permissions[i])
	}
	return name
}

// permissionInWords is the title of a permission. A row of a table for reading and for writing has one title for both.
func permissionInWords(p *access.Permission) string {
	title := cmp.Or(p.Title, p.Name)
	if p.Verb != "" {
		title += ": " + p.Verb
	}
	return title
}

// inWords writes what is added, removed or changed with the words and names that people know. teams is what a team is called there.
func (a *asking) inWords(objects []client.Object, teams string) {
	for i := range objects {
		o := &objects[i]
		switch o.Kind {
		case "team":
			o.Kind = cmp.Or(teams, o.Kind)
		case "user":
			o.Name = a.whom("user:" + o.Name).Name
		case "role":
			o.Kind = "custom role"
		case "grant":
			o.Kind, o.Name = "role", a.grantInWords(o.Name)
		default:
			o.Kind = strings.ReplaceAll(o.Kind, "_", " ")
		}
	}
}

// grantInWords writes "admin to user:bo@acme.test on dagster/prod" with the role's title and the holder's name. Only the holder can
// have the words in its name that stand between the three.
func (a *asking) grantInWords(written string) string {
	role, rest, _ := strings.Cut(written, " to ")
	i := strings.LastIndex(rest, " on ")
	if i < 0 {
		return written
	}
	on, _, _ := strings.Cut(rest[i+len(" on "):], " ")
	return a.titleOfRole(on, role) + " to " + a.whom(rest[:i]).Name + rest[i:]
}
