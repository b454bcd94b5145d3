package main

import (
	"math/rand/v2"
	"slices"

	"bailiwick/access"
)

// measureSearch asks who may edit a location and what a user may edit; and, without a limit, the same for viewing,
// which four times as many may.
func measureSearch(b *bench) error {
	decide, err := b.byHandles()
	if err != nil {
		return err
	}
	for _, role := range []string{"editor", "viewer"} {
		permission := b.w.lowest(role)
		s, err := b.newSearch(permission)
		if err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return err
		}
		t := measure(b.rounds, decide, s.resources(), s.subjects(), s.resourcesByHandle(), s.subjectsByHandle())
		rows := []struct {
			name  string
			limit float64 // µs
		}{
			{"one user's locations", 20}, {"one location's users", 100},
			{"one user's locations by handles", 20}, {"one location's users by handles", 100},
		}
		for i, row := range rows {
			f := b.value(row.name+", "+permission, t[i+1].median(), "µs").note(t[i+1].over(t[0]), "Allowed")
			if role == "editor" {
				f.atMost(row.limit)
			}
		}
	}
	return nil
}

// lowest is the first permission of a location that a role has and the role below it has not.
func (w *workload) lowest(role string) string {
	roles, _ := masks(w.model)
	below := uint64(0)
	if i := slices.Index(ladder, role); i > 0 {
		below = roles[ladder[i-1]]
	}
	for i, p := range w.model.Permissions {
		if p.At == "code_location" && (roles[role]&^below)>>i&1 != 0 {
			return p.Name
		}
	}
	return ""
}

// A search is one permission and some random users and locations to ask about.
type search struct {
	*bench
	permission string
	users      []access.Subject
	locations  []string

	permissionID access.PermissionID
	userIDs      []access.SubjectID
	locationIDs  []access.ResourceID
}

func (b *bench) newSearch(permission string) (*search, error) {
	random := rand.New(rand.NewPCG(11, 0))
	s := &search{bench: b, permission: permission}
	for range 500 {
		u := b.w.org.Users[random.IntN(len(b.w.org.Users))].ID
		s.users = append(s.users, access.Subject{Kind: access.User, ID: u})
	}
	for range 60 {
		s.locations = append(s.locations, b.w.locations[random.IntN(len(b.w.locations))])
	}
	return s, s.resolve()
}

func (s *search) resolve() error {
	var ok bool
	if s.permissionID, ok = s.snapshot.Permission(platform, s.permission); !ok {
		return unknown(s.permission)
	}
	for _, u := range s.users {
		id, ok := s.snapshot.Subject(u)
		if !ok {
			return unknown(u.ID)
		}
		s.userIDs = append(s.userIDs, id)
	}
	for _, l := range s.locations {
		id, ok := s.snapshot.Resource(l)
		if !ok {
			return unknown(l)
		}
		s.locationIDs = append(s.locationIDs, id)
	}
	return nil
}

func (s *search) resources() run {
	return run{n: len(s.users), pass: func() int {
		found := 0
		for _, u := range s.users {
			paths, _ := s.snapshot.SearchResources(u, s.permission, platform, asked)
			found += len(paths)
		}
		return found
	}}
}

func (s *search) subjects() run {
	return run{n: len(s.locations), pass: func() int {
		found := 0
		for _, l := range s.locations {
			who, _ := s.snapshot.SearchSubjects(s.permission, l, asked)
			found += len(who)
		}
		return found
	}}
}

func (s *search) resourcesByHandle() run {
	var into []access.ResourceID
	return run{n: len(s.userIDs), pass: func() int {
		found := 0
		for _, u := range s.userIDs {
			into = s.snapshot.ResourcesWith(u, s.permissionID, asked, into[:0])
			found += len(into)
		}
		return found
	}}
}

func (s *search) subjectsByHandle() run {
	var into []access.SubjectID
	return run{n: len(s.locationIDs), pass: func() int {
		found := 0
		for _, l := range s.locationIDs {
			into = s.snapshot.SubjectsWith(s.permissionID, l, asked, into[:0])
			found += len(into)
		}
		return found
	}}
}
