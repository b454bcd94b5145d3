package access_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// applied changes a snapshot step by step and compares it with the oracle on the changed facts. What was derived from the
// same snapshot in another way, and the snapshot itself, must go on answering as before: nothing shared is written to.
func applied(w world, edits []oracle.Edit, questions []access.Question) string {
	after, changed, err := applyAll(w, edits)
	if err != nil {
		return fmt.Sprintf("Apply: %v\n%s", err, describeEdits(edits))
	}
	reversed := slices.Clone(edits)
	slices.Reverse(reversed)
	sibling, otherwise, err := applyAll(w, reversed)
	if err != nil {
		return fmt.Sprintf("Apply, reversed: %v\n%s", err, describeEdits(edits))
	}
	for _, state := range []struct {
		name string
		snap *access.Snapshot
		org  access.Organization
	}{
		{"after Apply", after, changed}, {"after Apply in reverse", sibling, otherwise}, {"the snapshot that was changed", w.snap, w.org},
	} {
		o := oracle.New(state.org)
		for _, q := range questions {
			if got, want := state.snap.Decide(q).Allowed, o.Allowed(q); got != want {
				return fmt.Sprintf("%s\n%s: Decide says %v, the oracle %v\n%s", oracle.DescribeQuestion(q), state.name, got, want, describeEdits(edits))
			}
		}
	}
	return ""
}

// applyAll does the edits that are possible on the world's organization: while shrinking, some are not.
func applyAll(w world, edits []oracle.Edit) (*access.Snapshot, access.Organization, error) {
	snap, org := w.snap, w.org
	for i, e := range edits {
		// Moving the moment that is compiled for must change no answer either.
		moved, err := snap.Apply(access.At{Time: oracle.Noon.Add(time.Duration(i) * time.Hour)})
		if err != nil {
			return nil, org, err
		}
		next := e.Do(org)
		if _, err := access.Build(next, w.builtAt); err != nil {
			continue
		}
		change, possible := changeOf(e, org, next)
		if !possible {
			continue
		}
		changed, err := moved.Apply(change)
		if err != nil {
			return nil, org, fmt.Errorf("%s: %w", describeEdit(e), err)
		}
		snap, org = changed, next
	}
	return snap, org, nil
}

// changeOf says an edit in the words of package access; it is not possible where what it is about is not there.
func changeOf(e oracle.Edit, before, after access.Organization) (access.Change, bool) {
	o := oracle.New(before)
	hasTeam := slices.ContainsFunc(before.Teams, func(t access.TeamFacts) bool { return t.Name == e.Team })
	hasSubject := slices.Contains(o.Subjects(), e.Subject)
	switch e.Kind {
	case oracle.PutUser:
		return access.PutUser{UserFacts: e.User}, true
	case oracle.PutServiceUser, oracle.PutAgent:
		return access.PutSubject{Subject: e.Subject}, !hasSubject
	case oracle.RemoveSubject:
		return access.RemoveSubject{Subject: e.Subject}, hasSubject
	case oracle.PutTeam:
		return access.PutTeam{Name: e.Team}, !hasTeam
	case oracle.RemoveTeam:
		return access.RemoveTeam{Name: e.Team}, hasTeam
	case oracle.Join:
		return access.Join{Team: e.Team, User: e.Subject.ID}, hasTeam && hasSubject
	case oracle.Leave:
		isIn := slices.ContainsFunc(before.Teams, func(t access.TeamFacts) bool {
			return t.Name == e.Team && slices.Contains(t.Members, e.Subject.ID)
		})
		return access.Leave{Team: e.Team, User: e.Subject.ID}, isIn
	case oracle.AddGrant:
		return access.AddGrant{Grant: e.Grant}, true
	case oracle.RemoveGrant:
		return access.RemoveGrant{Grant: e.Grant}, len(after.Grants) < len(before.Grants)
	case oracle.PutResource:
		return access.PutResource{Platform: e.Slug, Resource: e.Resource}, hasPlatform(before, e.Slug)
	case oracle.RemoveResource:
		there := slices.Contains(o.Resources(e.Slug), e.Resource.Path)
		return access.RemoveResource{Path: e.Resource.Path}, there
	case oracle.RemovePlatform:
		return access.RemovePlatform{Slug: e.Slug}, hasPlatform(before, e.Slug)
	case oracle.PutRole, oracle.RemoveRole, oracle.PutPlatform:
		for _, p := range after.Platforms {
			if p.Slug == e.Slug {
				return access.PutPlatform{Platform: p}, true
			}
		}
	}
	return nil, false
}

func hasPlatform(org access.Organization, slug string) bool {
	return slices.ContainsFunc(org.Platforms, func(p access.Platform) bool { return p.Slug == slug })
}

// compared checks that Compare is the set difference of two full evaluations by the oracle.
func compared(w world, edits []oracle.Edit, at time.Time) string {
	org := w.org
	for _, e := range edits {
		if next := e.Do(org); builds(next, w.builtAt) {
			org = next
		}
	}
	after, err := newWorld(org, w.builtAt)
	if err != nil {
		return ""
	}
	got := differencesAsText(access.Compare(w.snap, after.snap, at))
	want := fullDifference(w, after, at)
	if !slices.Equal(got, want) {
		return fmt.Sprintf("Compare at %s says\n  %s\nthe oracle\n  %s\n%s", at.Format(time.RFC3339Nano),
			strings.Join(got, "\n  "), strings.Join(want, "\n  "), describeEdits(edits))
	}
	return ""
}

func builds(org access.Organization, at time.Time) bool {
	_, err := access.Build(org, at)
	return err == nil
}

func differencesAsText(differences []access.Difference) []string {
	var lines []string
	for _, d := range differences {
		for _, p := range d.Gained {
			lines = append(lines, fmt.Sprintf("%s %s + %s", d.Subject, d.Resource, p))
		}
		for _, p := range d.Lost {
			lines = append(lines, fmt.Sprintf("%s %s - %s", d.Subject, d.Resource, p))
		}
	}
	slices.Sort(lines)
	return lines
}

func fullDifference(from, to world, at time.Time) []string {
	before, after := evaluate(from, at), evaluate(to, at)
	var lines []string
	for key := range after {
		if !before[key] {
			lines = append(lines, fmt.Sprintf("%s %s + %s", key.subject, key.resource, key.permission))
		}
	}
	for key := range before {
		if !after[key] {
			lines = append(lines, fmt.Sprintf("%s %s - %s", key.subject, key.resource, key.permission))
		}
	}
	slices.Sort(lines)
	return lines
}

type right struct {
	subject              access.Subject
	permission, resource string
}

// evaluate asks the oracle everything that can be asked at real resources at the permission's own level.
func evaluate(w world, at time.Time) map[right]bool {
	held := map[right]bool{}
	for _, p := range w.org.Platforms {
		for _, path := range w.oracle.Resources(p.Slug) {
			for _, permission := range w.oracle.Permissions(p.Slug) {
				if !w.oracle.AtOwnLevel(permission, path) {
					continue
				}
				for _, s := range w.oracle.SubjectsWith(permission, path, at) {
					held[right{s, permission, path}] = true
				}
			}
		}
	}
	return held
}

func describeEdits(edits []oracle.Edit) string {
	var lines []string
	for _, e := range edits {
		lines = append(lines, "edit: "+describeEdit(e))
	}
	return strings.Join(lines, "\n")
}

func describeEdit(e oracle.Edit) string {
	switch e.Kind {
	case oracle.AddGrant, oracle.RemoveGrant:
		return string(e.Kind) + " " + oracle.DescribeGrant(e.Grant)
	case oracle.PutUser:
		return fmt.Sprintf("%s %q inactive=%v licenses %v on %v", e.Kind, e.User.ID, e.User.Inactive, e.User.Licenses, e.User.On)
	case oracle.PutResource, oracle.RemoveResource:
		return fmt.Sprintf("%s %q %s", e.Kind, e.Resource.Path, e.Resource.Category)
	case oracle.PutRole, oracle.RemoveRole, oracle.PutPlatform:
		return fmt.Sprintf("%s %s role %q %v settings %v", e.Kind, e.Slug, e.Role.Name, e.Role.Permissions, e.Platform.Settings)
	}
	return fmt.Sprintf("%s %q %q", e.Kind, e.Subject.String(), e.Team)
}

func cutPlatform(path string) (slug, rest string, found bool) {
	slug, rest, _ = strings.Cut(path, "/")
	return slug, rest, slug != ""
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func compareStrings(a, b string) int { return strings.Compare(a, b) }
