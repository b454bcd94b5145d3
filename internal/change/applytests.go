package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/yamltext"
)

// tests replaces the stored policy tests, if that changes them. It comes last: tests may name anything. Those about agents,
// whom no file can name, stay.
func (d *draft) tests() {
	var list []accessfile.Test
	var asked []step
	add := func(t accessfile.Test, s step) {
		t.At = event.Time(event.Micros(t.At))
		list, asked = append(list, t), append(asked, s)
	}
	if !d.Prune {
		for i, t := range d.was.Tests {
			add(t, step{path: fmt.Sprintf("stored tests[%d]", i)})
		}
	}
	for i, t := range d.File.Tests {
		t.At = event.Time(event.Micros(t.At))
		if d.Prune || !slices.Contains(d.was.Tests, t) {
			add(t, step{place: d.File.Places.Tests[i], path: fmt.Sprintf("tests[%d]", i)})
		}
	}
	if slices.Equal(list, d.was.Tests) {
		return
	}
	set := client.TestsSet{}
	for _, t := range list {
		set.Tests = append(set.Tests, testOf(t.Who.String(), t.Permission, t.Resource, t.Allowed, t.At))
	}
	for _, t := range d.base.Tests {
		if strings.HasPrefix(t.Who, access.Agent.String()+":") {
			set.Tests = append(set.Tests, testOf(t.Who, t.Permission, t.On, t.Can, event.Time(t.At)))
		}
	}
	place := yamltext.Place{}
	if len(d.File.Places.Tests) > 0 {
		place = d.File.Places.Tests[0]
	}
	d.do(place, "tests", set)
	d.asked = asked
}

func testOf(who, permission, on string, allowed bool, at time.Time) client.Test {
	t := client.Test{Who: who, Permission: permission, Resource: on, Allowed: allowed}
	if !at.IsZero() {
		t.At = &at
	}
	return t
}
