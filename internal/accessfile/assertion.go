package accessfile

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// tests reads the assertions: {who: …, can: …, on: …} or {who: …, cannot: …, on: …}.
func (r *reader) tests(v yamltext.Value) {
	for _, item := range v.List(r.p) {
		r.file.Tests = append(r.file.Tests, r.test(item))
		r.file.Places.Tests = append(r.file.Places.Tests, item.Place())
	}
}

func (r *reader) test(item yamltext.Value) Test {
	var test Test
	var who, can, cannot, on yamltext.Value
	item.Fields(r.p, map[string]func(yamltext.Value){
		"who":    func(v yamltext.Value) { who = v },
		"can":    func(v yamltext.Value) { can = v },
		"cannot": func(v yamltext.Value) { cannot = v },
		"on":     func(v yamltext.Value) { on = v },
		"at":     func(v yamltext.Value) { test.At = v.Time(r.p) },
	})
	form := "write {who: SUBJECT, can: PERMISSION, on: PATH}, or cannot: in place of can:"
	switch {
	case !item.IsMapping():
		if !item.Given() {
			r.p.Add(item, "the test is empty", form)
		}
		return test
	case can.Given() && cannot.Given():
		r.p.Add(item, "the test says both can: and cannot:", "write two tests")
		return test
	case !can.Given() && !cannot.Given():
		r.p.Add(item, "the test says neither can: nor cannot:", form)
		return test
	case !who.Given():
		r.p.Add(item, "the test has no who:", form)
		return test
	case !on.Given():
		r.p.Add(item, "the test has no on:", form)
		return test
	}
	test.Who = r.asker(who)
	permission := cannot
	if can.Given() {
		permission, test.Allowed = can, true
	}
	platform, path := r.resource(on)
	test.Resource = path
	if platform != nil {
		test.Permission = r.permission(platform, permission)
	}
	return test
}

// asker reads a holder that can ask.
func (r *reader) asker(v yamltext.Value) access.Subject {
	holder := r.holder(v)
	if holder.Kind == access.Team {
		r.p.Add(v, "a team holds grants and never asks", "name one of its members, as user:NAME@EXAMPLE.ORG")
	}
	return holder
}

func (r *reader) permission(platform *access.Platform, v yamltext.Value) string {
	name := strings.TrimPrefix(v.Text(r.p), platform.Slug+".")
	slug, rest, _ := strings.Cut(name, ".")
	if other := r.file.Platform(slug); other != nil && permissionOf(platform.Model, name) == nil && permissionOf(other.Model, rest) != nil {
		r.p.Add(v, fmt.Sprintf("%s is a permission of %s, and the test is about a resource of %s", name, slug, platform.Slug),
			"name a resource of "+slug+", or a permission of "+platform.Slug)
		return name
	}
	if permissionOf(platform.Model, name) == nil {
		r.p.Add(v, fmt.Sprintf("%s has no permission %q", platform.Slug, name), r.oneOf(name, permissionNames(platform.Model)))
	}
	return name
}

func permissionNames(model *access.Model) []string {
	names := make([]string, len(model.Permissions))
	for i, permission := range model.Permissions {
		names[i] = permission.Name
	}
	return names
}

// checkLevel refuses a test whose question is asked below its permission's level: it could never be anything but no.
func (r *reader) checkLevel(snapshot *access.Snapshot, i int, test Test) {
	q := access.Question{Subject: test.Who, Permission: test.Permission, Resource: test.Resource, At: time.Time{}}
	if snapshot.Decide(q).Code != access.BelowLevel {
		return
	}
	slug, _, _ := strings.Cut(test.Resource, "/")
	permission := permissionOf(r.file.Platform(slug).Model, test.Permission)
	r.p.AddAt(r.file.Places.Tests[i], fmt.Sprintf("tests[%d]", i),
		fmt.Sprintf("%s is asked at %s, and %s is below that", test.Permission, a(permission.At), test.Resource),
		"ask it at "+a(permission.At)+" or above")
}
