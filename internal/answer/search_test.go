package answer_test

import (
	"slices"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/answer"
	"bailiwick/internal/oracle"
	"bailiwick/rolemodel"
)

// A whole is the facts of an organization of which everything may be told, with people called as they are stored.
type whole struct {
	org      access.Organization
	snapshot *access.Snapshot
}

func (w whole) Snapshot() *access.Snapshot                   { return w.snapshot }
func (w whole) Explain(q access.Question) access.Explanation { return w.snapshot.Explain(q) }
func (w whole) Show(sub access.Subject) access.Subject       { return sub }
func (w whole) Name(access.Subject) string                   { return "" }
func (w whole) Near(access.Subject) string                   { return "" }
func (w whole) platform(slug string) (p access.Platform) {
	return w.org.Platforms[slices.Index(w.Slugs(), slug)]
}
func (w whole) Slugs() (list []string) {
	return each(w.org.Platforms, func(p access.Platform) string { return p.Slug })
}
func (w whole) Paths(slug string) []string {
	return append([]string{slug}, each(w.platform(slug).Resources, func(r access.Resource) string { return r.Path })...)
}

func each[T any](things []T, of func(T) string) (list []string) {
	for _, thing := range things {
		list = append(list, of(thing))
	}
	return list
}

// shippedModels are the editions of which random organizations have platforms.
func shippedModels(t *testing.T) oracle.Models {
	t.Helper()
	models := oracle.Models{}
	for _, name := range oracle.Editions() {
		model, err := rolemodel.Edition(name)
		if err != nil {
			t.Fatal(err)
		}
		models[name] = model
	}
	return models
}

// TestSearchesListInPartsWhatTheyListWhole asks random organizations what everybody can do everywhere, and who can do
// something: compared with one decision after the other, and with the same in parts.
func TestSearchesListInPartsWhatTheyListWhole(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	found := 0
	for seed := range uint64(150) {
		w := whole{org: oracle.Generate(seed, oracle.SizeFor(seed), models)}
		var err error
		if w.snapshot, err = access.Build(w.org, oracle.Noon); err != nil {
			t.Fatal(err)
		}
		for _, u := range w.org.Users {
			sub := access.Subject{Kind: access.User, ID: u.ID}
			all, err := answer.WhatCan(w, sub, "", oracle.Noon)
			if err != nil {
				t.Fatal(err)
			}
			got := each(all.Resources, func(h client.Holding) string { return h.Resource })
			if want := w.allowed(sub); !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s: got %v, want %v", seed, sub, got, want)
			}
			part, count, err := answer.WhatCanIn(w, sub, "", oracle.Noon, lower)
			if got, want := each(part.Resources, func(h client.Holding) string { return h.Resource }), got[:len(got)/2]; err != nil || count != len(all.Resources) || !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s: a part is %v of %d, want %v: %v", seed, sub, got, count, want, err)
			}
			found += count
		}
	}
	if found < 1000 {
		t.Errorf("only %d places were found", found)
	}
}

func lower(paths []string) ([]string, error) { return paths[:len(paths)/2], nil }

// allowed are the places where somebody may do anything of the place's own level.
func (w whole) allowed(sub access.Subject) (list []string) {
	for _, p := range w.org.Platforms {
		for _, path := range w.Paths(p.Slug) {
			segments, err := access.SplitPath(path)
			if err != nil {
				panic(err)
			}
			kind, err := p.Model.PathKind(segments[1:])
			if err == nil && slices.ContainsFunc(p.Model.Permissions, func(one access.Permission) bool {
				return (one.At == kind.Name || one.At == kind.Level) && w.snapshot.Decide(access.Question{Subject: sub, Permission: one.Name, Resource: path, At: oracle.Noon}).Allowed
			}) {
				list = append(list, path)
			}
		}
	}
	return list
}
