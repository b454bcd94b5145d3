package authzen

import (
	"slices"
	"strconv"

	"bailiwick/access"
)

// Where the searches are.
const (
	subjectPath  = "/access/v1/search/subject"
	resourcePath = "/access/v1/search/resource"
	actionPath   = "/access/v1/search/action"
)

// searchSubjects lists who of a type may do something somewhere.
func (d *Door) searchSubjects(a *asking) error {
	var found []access.Subject
	kind, asks := askingKind(a.subject.kind)
	t, path, fits := a.names.resource(&a.resource)
	if asks && fits {
		if permission, named := t.permission(a.action.id); named {
			all, _ := a.names.state.Access.SearchSubjects(permission, path, a.moment) // whatever is unknown has nobody
			found = slices.DeleteFunc(all, func(s access.Subject) bool { return s.Kind != kind })
		}
	}
	return d.list(a, subjectPath, len(found), func(b []byte, i int) []byte {
		b = appendString(append(b, `{"type":`...), a.subject.kind)
		b = appendString(append(b, `,"id":`...), a.names.state.DisplayName(found[i]))
		return append(b, '}')
	})
}

// searchResources lists where, among the resources of a type, a subject may do something.
func (d *Door) searchResources(a *asking) error {
	var found []string
	who, known := a.names.subject(&a.subject)
	t := a.names.types[a.resource.kind]
	if known && t != nil {
		if permission, named := t.permission(a.action.id); named {
			found = a.resourcesWith(t, who, permission)
		}
	}
	return d.list(a, resourcePath, len(found), func(b []byte, i int) []byte {
		id := rootID
		if found[i] != t.slug {
			id = found[i][len(t.slug)+1:]
		}
		b = appendString(append(b, `{"type":`...), a.resource.kind)
		b = appendString(append(b, `,"id":`...), id)
		return append(b, '}')
	})
}

// resourcesWith finds the resources of a type at which an evaluation would allow, sorted by path.
func (a *asking) resourcesWith(t *wireType, who access.Subject, permission string) []string {
	s := a.names.state
	if t.isLevel(permission) {
		all, _ := s.Access.SearchResources(who, permission, t.slug, a.moment)
		return slices.DeleteFunc(all, func(path string) bool { return !t.is(path) })
	}
	// The type is above the permission's level (or beneath it, which allows nothing): each resource is a question.
	var found []string
	ask := func(path string) {
		if t.is(path) && s.Decide(access.Question{Subject: who, Permission: permission, Resource: path, At: a.moment}).Allowed {
			found = append(found, path)
		}
	}
	ask(t.slug)
	for path := range s.Resources(t.slug) {
		ask(path)
	}
	slices.Sort(found)
	return found
}

// isLevel tells whether a permission is asked at this type.
func (t *wireType) isLevel(permission string) bool {
	i := slices.IndexFunc(t.model.Permissions, func(p access.Permission) bool { return p.Name == permission })
	return i >= 0 && (t.model.Permissions[i].At == t.kind.Name || t.model.Permissions[i].At == t.kind.Level)
}

// is tells whether a path of the type's platform is of the type.
func (t *wireType) is(path string) bool {
	if path == t.slug {
		return t.kind == &t.model.Kinds[0]
	}
	segments, err := access.SplitPath(path)
	if err != nil {
		return false
	}
	kind, err := t.model.PathKind(segments[1:])
	return err == nil && kind == t.kind
}

// searchActions lists what a subject may do at a resource.
func (d *Door) searchActions(a *asking) error {
	var found []string
	before := ""
	who, known := a.names.subject(&a.subject)
	t, path, fits := a.names.resource(&a.resource)
	if known && fits {
		before = t.before
		found, _ = a.names.state.Access.SearchPermissions(who, path, a.moment) // whatever is unknown has nothing
	}
	return d.list(a, actionPath, len(found), func(b []byte, i int) []byte {
		return append(appendString(append(b, `{"name":`...), before+found[i]), '}')
	})
}

// list writes the part of a search's results that is asked for. The page comes first, as the specification advises.
func (d *Door) list(a *asking, path string, total int, write func(b []byte, i int) []byte) error {
	var bound []byte
	if a.page.token != "" || total > usualLimit || a.page.hasLimit {
		var err error
		if bound, err = a.bound(path); err != nil {
			return err
		}
	}
	c, err := d.place(a, bound)
	if err != nil {
		return err
	}
	from := min(int(c.offset), total)
	to := min(from+int(c.limit), total)
	next := ""
	if to < total {
		after := c
		after.offset = int64(to)
		next = d.pages.token(after, bound)
	}
	a.asked, a.allowed = a.asked+1, a.allowed+min(1, total)
	a.out = appendString(append(a.out, `{"page":{"next_token":`...), next)
	a.out = strconv.AppendInt(append(a.out, `,"count":`...), int64(to-from), 10)
	a.out = strconv.AppendInt(append(a.out, `,"total":`...), int64(total), 10)
	a.out = append(a.appendRevision(append(a.out, `},"context":{`...)), `},"results":[`...)
	for i := from; i < to; i++ {
		if i > from {
			a.out = append(a.out, ',')
		}
		a.out = write(a.out, i)
	}
	a.out = append(a.out, `]}`...)
	return nil
}
