package rest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

// example makes an organization of one of the example files, as a server does, with a service user that asks.
func (d *doors) example(file string) (organization string) {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../examples", file))
	if err != nil {
		d.t.Fatal(err)
	}
	f, err := accessfile.Read(file, text, os.ReadFile)
	if err != nil {
		d.t.Fatal(err)
	}
	organization = strings.TrimSuffix(file, ".yaml")
	f.Organization.Name = organization
	ctx, owner := d.t.Context(), "first@"+organization+".test"
	if _, err := d.Changes.Create(ctx, change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: organization, Name: "First Owner", Email: owner}); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Changes.Apply(ctx, organization, change.Actor{Subject: d.Of(organization).Subject("first"), Via: "test"}, change.How{}, change.PlanRequest{File: f}); err != nil {
		d.t.Fatal(err)
	}
	d.tokens[organization] = d.pdp(organization, "first")
	return organization
}

// A place is a resource, or a platform, in the API's words and in AuthZEN's.
type place struct{ path, kind, id string }

func places(t *testing.T, st *state.State, slug string) (all []place) {
	t.Helper()
	model := st.Platform(slug).Model
	all = []place{{slug, slug + "." + model.Kinds[0].Name, "."}}
	for path := range st.Resources(slug) {
		segments, err := access.SplitPath(path)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := model.PathKind(segments[1:])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, place{path, slug + "." + kind.Name, path[len(slug)+1:]})
	}
	slices.SortFunc(all, func(a, b place) int { return strings.Compare(a.path, b.path) })
	return all
}

// TestAttack039AListShowsWhatACheckDenies compares each list of the API and of AuthZEN with the single decisions about
// what could stand in it, on the example organizations. Of the large one every seventeenth list is looked at.
func TestAttack039AListShowsWhatACheckDenies(t *testing.T) {
	d := &doors{world: empty(t), tokens: map[string]string{}}
	d.openWire()
	files, err := filepath.Glob("../../../examples/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		organization := d.example(filepath.Base(file))
		l := &lists{doors: d, organization: organization, st: d.Of(organization).Now(), step: 1}
		if l.at = l.st.Moment(d.Engine.Now()); strings.HasSuffix(file, "acme.yaml") {
			l.step = 17
		}
		for id := range l.st.Users() {
			l.subjects = append(l.subjects, access.Subject{Kind: access.User, ID: id})
		}
		for id := range l.st.ServiceUsers() {
			l.subjects = append(l.subjects, access.Subject{Kind: access.ServiceUser, ID: id})
		}
		for _, slug := range l.st.Slugs() {
			all := places(t, l.st, slug)
			for _, p := range l.st.Platform(slug).Model.Permissions {
				l.whoCan(slug, p.Name, all)
				l.whereCan(slug, p.Name, all)
			}
			l.whatCan(slug, all)
		}
		if l.looked < 100 || l.shown < 100 {
			t.Errorf("%s: %d lists with %d entries: too few to say anything", organization, l.looked, l.shown)
		}
	}
}

// Lists are one organization's, being compared.
type lists struct {
	*doors
	organization        string
	st                  *state.State
	at                  time.Time
	subjects            []access.Subject
	step                int
	seen, looked, shown int
}

// skip leaves out lists of an organization that has many.
func (l *lists) skip() bool {
	l.seen++
	return l.seen%l.step != 0
}

func (l *lists) may(who access.Subject, permission, path string) bool {
	return l.st.Decide(access.Question{Subject: who, Permission: permission, Resource: path, At: l.at}).Allowed
}

func (l *lists) compare(what string, got, want []string) {
	l.t.Helper()
	l.looked++
	l.shown += len(got)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		l.t.Errorf("%s, %s: listed %q, allowed %q", l.organization, what, got, want)
	}
}

// rest asks the API for a list; what is refused is an empty one.
func (l *lists) rest(body string, into any) (refused bool) {
	l.t.Helper()
	answer := l.send(call{method: "POST", path: "/search", body: body, token: l.tokens[l.organization]})
	if answer.status == 400 {
		return true
	}
	if err := json.Unmarshal([]byte(answer.body), into); err != nil || answer.status != 200 {
		l.t.Fatalf("%s: %d %v %s", body, answer.status, err, answer.body)
	}
	return false
}

// wired asks AuthZEN for a list.
func (l *lists) wired(path, who, action string, at place) (found []string) {
	l.t.Helper()
	kind, name, _ := strings.Cut(who, ":")
	answer := l.authzen(l.tokens[l.organization], "search/"+path, fmt.Sprintf(`{"subject":{"type":%q,"id":%q},"action":{"name":%q},"resource":{"type":%q,"id":%q},"page":{"limit":1000}}`,
		kind, name, action, at.kind, at.id))
	var list struct{ Results []struct{ ID, Name string } }
	if err := json.Unmarshal([]byte(answer.body), &list); err != nil || answer.status != 200 {
		l.t.Fatalf("search %s: %d %v %s", path, answer.status, err, answer.body)
	}
	for _, r := range list.Results {
		found = append(found, r.ID+r.Name)
	}
	return found
}

// whoCan is the list of who may do something at a place.
func (l *lists) whoCan(slug, permission string, all []place) {
	for _, p := range all {
		if l.skip() {
			continue
		}
		var want, people []string
		for _, who := range l.subjects {
			if l.may(who, permission, p.path) {
				name := l.st.DisplayName(who)
				want = append(want, access.Subject{Kind: who.Kind, ID: name}.String())
				if who.Kind == access.User {
					people = append(people, name)
				}
			}
		}
		what := "who can " + permission + " on " + p.path
		l.compare(what+", AuthZEN", l.wired("subject", "user:x", slug+"."+permission, p), people)
		var found client.WhoCan
		if l.rest(fmt.Sprintf(`{"permission":%q,"resource":%q}`, slug+"."+permission, p.path), &found) {
			if len(want) > 0 {
				l.t.Errorf("%s is refused, and %q can", what, want)
			}
			continue
		}
		var got []string
		for _, s := range found.Subjects {
			got = append(got, s.Subject)
		}
		l.compare(what, got, want)
	}
}

// whereCan is the list of where a subject may do something.
func (l *lists) whereCan(slug, permission string, all []place) {
	for _, who := range l.subjects {
		if l.skip() {
			continue
		}
		name := access.Subject{Kind: who.Kind, ID: l.st.DisplayName(who)}.String()
		byKind := map[string][]string{}
		for _, p := range all {
			if byKind[p.kind] = append(byKind[p.kind], p.id); !l.may(who, permission, p.path) {
				byKind[p.kind] = byKind[p.kind][:len(byKind[p.kind])-1]
			}
		}
		for kind, want := range byKind {
			l.compare("where can "+name+" "+permission+", "+kind, l.wired("resource", name, slug+"."+permission, place{kind: kind, id: "x"}), want)
		}
	}
}

// whatCan is the list of what a subject may do at a place, and of all that it may do anywhere.
func (l *lists) whatCan(slug string, all []place) {
	model := l.st.Platform(slug).Model
	for _, who := range l.subjects {
		name := access.Subject{Kind: who.Kind, ID: l.st.DisplayName(who)}.String()
		var everywhere client.WhatCan
		if !l.skip() && !l.rest(fmt.Sprintf(`{"who":%q}`, name), &everywhere) {
			for _, h := range everywhere.Resources {
				for _, permission := range h.Permissions {
					l.shown++
					if !l.may(who, permission, h.Resource) {
						l.t.Errorf("%s: what can %s: %s on %s is listed, and denied", l.organization, name, permission, h.Resource)
					}
				}
			}
		}
		for _, p := range all {
			if l.skip() {
				continue
			}
			var want []string
			for _, permission := range model.Permissions {
				if l.may(who, permission.Name, p.path) {
					want = append(want, slug+"."+permission.Name)
				}
			}
			l.compare("what can "+name+" on "+p.path+", AuthZEN", l.wired("action", name, "x", p), slices.Clone(want))
			var found client.WhatCan
			if l.rest(fmt.Sprintf(`{"who":%q,"resource":%q}`, name, p.path), &found) {
				l.t.Errorf("what can %s on %s is refused", name, p.path)
				continue
			}
			var got []string
			for _, permission := range found.Permissions {
				got = append(got, permission.Permission)
			}
			l.compare("what can "+name+" on "+p.path, got, want)
		}
	}
}
