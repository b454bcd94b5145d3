package answer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
)

// A Part chooses from everybody whom a search found, in their order, those whose lines are wanted: a page of them.
type Part func([]access.Subject) ([]access.Subject, error)

// WhoCan lists everybody who may do something, or counts them and lists a part; nil is all. Where it comes from is looked
// up for those alone that are listed. An error of the part is passed on.
func WhoCan(f Facts, permission, resource string, at time.Time, part Part) (client.WhoCan, error) {
	q, err := Ask(f, access.Subject{}, permission, resource, at)
	if err != nil {
		return client.WhoCan{}, err
	}
	subjects, code := f.Snapshot().SearchSubjects(q.Question.Permission, q.Resource, at)
	if code != access.Granted {
		return client.WhoCan{}, fault.New(fault.NotFound, "%s", noResource(f, q.Resource))
	}
	sortAsRead(f, subjects)
	answer := client.WhoCan{Permission: q.Full(), Resource: q.Resource, At: at, Count: len(subjects), Subjects: []client.Holder{}}
	if part != nil {
		if subjects, err = part(subjects); err != nil {
			return client.WhoCan{}, err
		}
	}
	for _, sub := range subjects {
		q.Subject = sub
		line := client.Holder{Subject: f.Show(sub).String(), Name: f.Name(sub)}
		if reasons := f.Explain(q.Question).Reasons; len(reasons) > 0 {
			line.Role, line.On, line.Via = reasons[0].Grant.Role, reasons[0].Grant.On, reasons[0].Via
		}
		answer.Subjects = append(answer.Subjects, line)
	}
	return answer, nil
}

// sortAsRead orders subjects by what people read of them, where that is not what decides.
func sortAsRead(f Facts, subjects []access.Subject) {
	type read struct {
		access.Subject
		as string
	}
	list := make([]read, len(subjects))
	for i, sub := range subjects {
		list[i] = read{sub, f.Show(sub).ID}
	}
	slices.SortStableFunc(list, func(a, b read) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.as, b.as)) })
	for i := range list {
		subjects[i] = list[i].Subject
	}
}

// WhatCan lists what somebody may do: every resource where they have something, or with a resource the permissions there.
func WhatCan(f Facts, sub access.Subject, resource string, at time.Time) (client.WhatCan, error) {
	shown := f.Show(sub).String()
	if _, exists := f.Snapshot().Subject(sub); !exists {
		return client.WhatCan{}, fault.New(fault.NotFound, "%s", join("there is no "+shown, f.Near(sub)))
	}
	answer := client.WhatCan{Subject: shown, At: at}
	if resource != "" {
		return whatAt(f, answer, sub, resource)
	}
	answer.Resources = holdings(f, sub, places(f, sub, "", at), at)
	return answer, nil
}

// WhatCanIn counts the places where somebody may do something, or one thing, and lists a part of them. The permission is
// written with its platform or without; "" is any. An error of the part is passed on.
func WhatCanIn(f Facts, sub access.Subject, permission string, at time.Time, part func(paths []string) ([]string, error)) (found client.WhatCan, count int, err error) {
	found = client.WhatCan{Subject: f.Show(sub).String(), At: at}
	if _, exists := f.Snapshot().Subject(sub); !exists {
		return found, 0, fault.New(fault.NotFound, "%s", join("there is no "+found.Subject, f.Near(sub)))
	}
	paths := places(f, sub, permission, at)
	count = len(paths)
	if paths, err = part(paths); err != nil {
		return found, 0, err
	}
	found.Resources = holdings(f, sub, paths, at)
	return found, count, nil
}

// places are the paths, of those that the facts have, where somebody may do something, or that one thing.
func places(f Facts, sub access.Subject, permission string, at time.Time) (list []string) {
	for _, slug := range f.Slugs() {
		model := f.Snapshot().Model(slug)
		some := map[string]bool{}
		for i := range model.Permissions {
			name := model.Permissions[i].Name
			if permission != "" && permission != name && permission != slug+"."+name {
				continue
			}
			found, _ := f.Snapshot().SearchResources(sub, name, slug, at)
			for _, path := range found {
				some[path] = true
			}
		}
		for _, path := range f.Paths(slug) {
			if some[path] {
				list = append(list, path)
			}
		}
	}
	return list
}

// holdings say what a subject has at each of some places.
func holdings(f Facts, sub access.Subject, paths []string, at time.Time) []client.Holding {
	list := []client.Holding{}
	for _, path := range paths {
		if line, some := holding(f, f.Snapshot().Model(access.SlugOf(path)), sub, path, at); some {
			list = append(list, line)
		}
	}
	return list
}

func whatAt(f Facts, answer client.WhatCan, sub access.Subject, resource string) (client.WhatCan, error) {
	path, err := access.CanonicalPath(resource)
	if err != nil {
		return answer, invalid("the resource cannot be read: "+err.Error(), "write it as dagster/prod/etl")
	}
	effective, code := f.Snapshot().Effective(sub, path, answer.At)
	if code != access.Granted {
		return answer, fault.New(fault.NotFound, "%s", noResource(f, path))
	}
	slug, _, _ := strings.Cut(path, "/")
	model := f.Snapshot().Model(slug)
	answer.Resource, answer.Roles, answer.Permissions = path, effective.Roles, []client.Permission{}
	for _, name := range effective.Permissions {
		permission := permissionOf(model, name)
		answer.Permissions = append(answer.Permissions, client.Permission{Permission: slug + "." + name, Title: permission.Title, Level: permission.At})
	}
	return answer, nil
}

// holding says what a subject has at a resource's own level, and whether it is anything.
func holding(f Facts, model *access.Model, sub access.Subject, path string, at time.Time) (client.Holding, bool) {
	level := levelOf(f.Snapshot(), path)
	if level == nil {
		return client.Holding{}, false
	}
	line := client.Holding{Resource: path, Kind: level.kind, Permissions: []string{}}
	effective, _ := f.Snapshot().Effective(sub, path, at)
	line.Roles = append([]string{}, effective.Roles...)
	for _, name := range effective.Permissions {
		if level.has(permissionOf(model, name)) {
			line.Permissions = append(line.Permissions, name)
		}
	}
	line.Summary = Compact(f.Snapshot(), path, line.Permissions)
	return line, len(line.Permissions) > 0
}
