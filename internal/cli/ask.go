package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/suggest"
)

// wrong is a question that cannot be asked: exit code 2.
func wrong(what, right string) error {
	if right != "" {
		what += "; " + right
	}
	return fmt.Errorf("%s", what)
}

// subject reads WHO: user:ana@acme.test, ana@acme.test, service_user:ci or ci.
func (f *source) subject(text string) (access.Subject, error) {
	word, name, found := strings.Cut(text, ":")
	kind := access.ParseHolderKind(word)
	switch {
	case found && kind == access.Team:
		return access.Subject{}, wrong(fmt.Sprintf("%s is a team, which holds grants and never asks", text), f.members(name))
	case found && kind == access.User:
		return access.Subject{Kind: kind, ID: stored(name)}, nil
	case found && kind != access.NoHolder:
		return access.Subject{Kind: kind, ID: name}, nil
	}
	for _, sub := range []access.Subject{
		{Kind: access.User, ID: stored(text)}, {Kind: access.ServiceUser, ID: text}, {Kind: access.Agent, ID: text},
	} {
		if _, exists := f.snapshot.Subject(sub); exists {
			return sub, nil
		}
	}
	if f.team(text) != nil {
		return access.Subject{}, wrong(fmt.Sprintf("%s is a team, which holds grants and never asks", text), f.members(text))
	}
	return access.Subject{Kind: access.User, ID: stored(text)}, nil
}

// stored is the form in which the file has a user's id.
func stored(text string) string {
	if id, err := email.Normalize(text); err == nil {
		return id
	}
	return text
}

func (f *source) team(name string) *access.TeamFacts {
	for i := range f.Organization.Teams {
		if f.Organization.Teams[i].Name == name {
			return &f.Organization.Teams[i]
		}
	}
	return nil
}

// members suggests whom to ask about in place of a team.
func (f *source) members(name string) string {
	team := f.team(name)
	if team == nil || len(team.Members) == 0 {
		return "ask about one of its members"
	}
	return "ask about one of its members, such as " + team.Members[0]
}

// nearSubject says whom somebody may have meant.
func (f *source) nearSubject(sub access.Subject) string {
	var names, alike []string
	for _, user := range f.Organization.Users {
		names = append(names, user.ID)
		if local, _, _ := strings.Cut(user.ID, "@"); local == sub.ID {
			alike = append(alike, user.ID)
		}
	}
	if len(alike) == 1 {
		return fmt.Sprintf("did you mean %q?", alike[0])
	}
	if near := suggest.Nearest(sub.ID, append(names, f.Organization.ServiceUsers...)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// nearResource says which resource somebody may have meant.
func (f *source) nearResource(path string) string {
	slug, _, _ := strings.Cut(path, "/")
	platform := f.Platform(slug)
	if platform == nil {
		return suggest.OneOf(slug, f.Slugs())
	}
	paths := []string{slug}
	for _, res := range platform.Resources {
		paths = append(paths, res.Path)
	}
	return suggest.OneOf(path, paths)
}

// permission reads PERMISSION, with or without its platform, for a resource of a platform.
func (f *source) permission(platform *access.Platform, text string) (*access.Permission, error) {
	if permission := permissionOf(platform, strings.TrimPrefix(text, platform.Slug+".")); permission != nil {
		return permission, nil
	}
	slug, name, _ := strings.Cut(text, ".")
	if other := f.Platform(slug); other != nil && permissionOf(other, name) != nil {
		return nil, wrong(fmt.Sprintf("%s is a permission of %s, and the resource is %s's", text, slug, platform.Slug),
			"ask about a resource that begins with "+slug)
	}
	var names []string
	for _, permission := range platform.Model.Permissions {
		names = append(names, permission.Name)
	}
	right := suggest.OneOf(strings.TrimPrefix(text, platform.Slug+"."), names)
	return nil, wrong(fmt.Sprintf("%s has no permission %q", platform.Model.Product, text),
		right+" (all of them: bailiwick reference "+platform.Model.Edition+")")
}

func permissionOf(platform *access.Platform, name string) *access.Permission {
	for i := range platform.Model.Permissions {
		if platform.Model.Permissions[i].Name == name {
			return &platform.Model.Permissions[i]
		}
	}
	return nil
}

// A query is a question that can be asked, with what its words mean.
type query struct {
	access.Question
	platform   *access.Platform   // nil for an unknown resource of an unknown platform
	permission *access.Permission // nil likewise
}

// full is the permission's name with its platform.
func (q query) full() string {
	if q.platform == nil {
		return q.Permission
	}
	return q.platform.Slug + "." + q.Permission
}

// question reads PERMISSION RESOURCE for somebody. Unknown names of people and resources are left to the answer, which
// is no; a permission that does not exist, or is asked below its level, is an error.
func (f *source) question(sub access.Subject, permission, resource string, at time.Time) (query, error) {
	q := query{Question: access.Question{Subject: sub, Permission: permission, Resource: resource, At: at}}
	segments, err := access.SplitPath(resource)
	if err != nil {
		return q, wrong("the resource cannot be read: "+err.Error(), "write it as dagster/prod/etl")
	}
	q.Resource = access.JoinPath(segments)
	q.platform = f.Platform(segments[0].String())
	if q.platform == nil {
		return q, nil
	}
	q.permission, err = f.permission(q.platform, permission)
	if err != nil {
		return q, err
	}
	q.Permission = q.permission.Name
	if _, exists := f.snapshot.Resource(q.Resource); exists && f.snapshot.Decide(q.Question).Code == access.BelowLevel {
		return q, f.belowLevel(q, segments)
	}
	return q, nil
}

// belowLevel says at which level the question would have an answer.
func (f *source) belowLevel(q query, segments []access.Segment) error {
	level := q.permission.At
	for n := len(segments) - 1; n > 0; n-- {
		kind, err := q.platform.Model.PathKind(segments[1:n])
		if err == nil && (kind.Name == level || kind.Level == level) {
			return wrong(fmt.Sprintf("%s is asked at %s, and %s is below that", q.full(), a(level), q.Resource),
				fmt.Sprintf("ask about %q", access.JoinPath(segments[:n])))
		}
	}
	return wrong(fmt.Sprintf("%s is asked at %s, and %s is not one", q.full(), a(level), q.Resource), "")
}

// a writes a kind with its article: "an organization".
func a(kind string) string {
	name := strings.ReplaceAll(kind, "_", " ")
	if name != "" && slices.Contains([]byte("aeiou"), name[0]) {
		return "an " + name
	}
	return "a " + name
}
