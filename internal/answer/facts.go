package answer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/suggest"
)

// Facts is what questions are asked of: an access file, or a server's state. Subjects come and go as the snapshot names
// them; Show and Explain put the names for people in their place.
type Facts interface {
	// Snapshot is what decides.
	Snapshot() *access.Snapshot
	// Explain asks the snapshot, and answers with names for people.
	Explain(q access.Question) access.Explanation
	// Show returns a subject with its name for people.
	Show(sub access.Subject) access.Subject
	// Name is what a user is called, or "".
	Name(sub access.Subject) string
	// Slugs are those of the attached platforms, in the order in which they are listed.
	Slugs() []string
	// Paths are a platform's root and resources, in the order in which they are listed; nil for no platform.
	Paths(slug string) []string
	// Near says which subject was meant by one that does not exist ("did you mean …?"), or "".
	Near(sub access.Subject) string
}

// invalid is a question that cannot be asked.
func invalid(wrong, right string) error {
	e := fault.New(fault.Invalid, "%s", wrong)
	e.Right = right
	return e
}

// noResource says that a resource does not exist, and which one was meant.
func noResource(f Facts, path string) string {
	return join(fmt.Sprintf("there is no resource %q", path), nearResource(f, path))
}

// nearResource says which resource somebody may have meant.
func nearResource(f Facts, path string) string {
	slug, _, _ := strings.Cut(path, "/")
	paths := f.Paths(slug)
	if paths == nil {
		return suggest.OneOf(slug, f.Slugs())
	}
	return suggest.OneOf(path, paths)
}

// A Query is a question that can be asked, with what its words mean.
type Query struct {
	access.Question
	Slug       string             // of the resource's platform; "" where there is none
	Model      *access.Model      // nil likewise
	Permission *access.Permission // nil likewise
}

// Full is the permission's name with its platform.
func (q Query) Full() string {
	if q.Model == nil {
		return q.Question.Permission
	}
	return q.Slug + "." + q.Question.Permission
}

// Ask reads PERMISSION and RESOURCE for a subject. Unknown names of people and resources are left to the answer, which is
// no; a permission that does not exist, or is asked below its level, is an error.
func Ask(f Facts, sub access.Subject, permission, resource string, at time.Time) (Query, error) {
	q := Query{Question: access.Question{Subject: sub, Permission: permission, Resource: resource, At: at}}
	segments, err := access.SplitPath(resource)
	if err != nil {
		return q, invalid("the resource cannot be read: "+err.Error(), "write it as dagster/prod/etl")
	}
	q.Resource = access.JoinPath(segments)
	slug := segments[0].String()
	if q.Model = f.Snapshot().Model(slug); q.Model == nil {
		return q, nil
	}
	q.Slug = slug
	if q.Permission, err = permissionFor(f, q, permission); err != nil {
		return q, err
	}
	q.Question.Permission = q.Permission.Name
	if _, exists := f.Snapshot().Resource(q.Resource); exists && f.Snapshot().Decide(q.Question).Code == access.BelowLevel {
		return q, belowLevel(q, segments)
	}
	return q, nil
}

// permissionFor reads PERMISSION, with or without its platform, for a resource of the query's platform.
func permissionFor(f Facts, q Query, text string) (*access.Permission, error) {
	if permission := permissionOf(q.Model, strings.TrimPrefix(text, q.Slug+".")); permission != nil {
		return permission, nil
	}
	slug, name, _ := strings.Cut(text, ".")
	if other := f.Snapshot().Model(slug); other != nil && permissionOf(other, name) != nil {
		return nil, invalid(fmt.Sprintf("%s is a permission of %s, and the resource is %s's", text, slug, q.Slug),
			"ask about a resource that begins with "+slug)
	}
	var names []string
	for _, permission := range q.Model.Permissions {
		names = append(names, permission.Name)
	}
	right := suggest.OneOf(strings.TrimPrefix(text, q.Slug+"."), names)
	return nil, invalid(fmt.Sprintf("%s has no permission %q", q.Model.Product, text),
		right+" (all of them: bailiwick reference "+q.Model.Edition+")")
}

func permissionOf(model *access.Model, name string) *access.Permission {
	for i := range model.Permissions {
		if model.Permissions[i].Name == name {
			return &model.Permissions[i]
		}
	}
	return nil
}

// belowLevel says at which level the question would have an answer.
func belowLevel(q Query, segments []access.Segment) error {
	level := q.Permission.At
	for n := len(segments) - 1; n > 0; n-- {
		kind, err := q.Model.PathKind(segments[1:n])
		if err == nil && (kind.Name == level || kind.Level == level) {
			return invalid(fmt.Sprintf("%s is asked at %s, and %s is below that", q.Full(), a(level), q.Resource),
				fmt.Sprintf("ask about %q", access.JoinPath(segments[:n])))
		}
	}
	return invalid(fmt.Sprintf("%s is asked at %s, and %s is not one", q.Full(), a(level), q.Resource), "")
}

// a writes a kind with its article: "an organization".
func a(kind string) string {
	name := strings.ReplaceAll(kind, "_", " ")
	if name != "" && slices.Contains([]byte("aeiou"), name[0]) {
		return "an " + name
	}
	return "a " + name
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}
