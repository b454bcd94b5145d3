package main

import (
	"fmt"
	"slices"

	"bailiwick/access"
)

// check compares a few searches with asking the reference about everybody and everything.
func (s *search) check() error {
	for i, u := range s.users[:20] {
		found, _ := s.snapshot.SearchResources(u, s.permission, platform, asked)
		handles := s.snapshot.ResourcesWith(s.userIDs[i], s.permissionID, asked, nil)
		var want []string
		for _, l := range s.w.locations {
			if s.reference.decide(access.Question{Subject: u, Permission: s.permission, Resource: l, At: asked}) {
				want = append(want, l)
			}
		}
		slices.Sort(want)
		if !slices.Equal(found, want) || len(handles) != len(want) {
			return fmt.Errorf("mismatch: %s has %s at %d locations, SearchResources found %d, ResourcesWith %d",
				u.ID, s.permission, len(want), len(found), len(handles))
		}
	}
	for i, l := range s.locations[:4] {
		if err := s.checkSubjects(l, s.locationIDs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *search) checkSubjects(location string, id access.ResourceID) error {
	found, _ := s.snapshot.SearchSubjects(s.permission, location, asked)
	handles := s.snapshot.SubjectsWith(s.permissionID, id, asked, nil)
	var want []access.Subject
	for _, u := range s.w.org.Users { // they are made in the order of their names
		who := access.Subject{Kind: access.User, ID: u.ID}
		if s.reference.decide(access.Question{Subject: who, Permission: s.permission, Resource: location, At: asked}) {
			want = append(want, who)
		}
	}
	if !slices.Equal(found, want) || len(handles) != len(want) {
		return fmt.Errorf("mismatch: %d have %s at %s, SearchSubjects found %d, SubjectsWith %d",
			len(want), s.permission, location, len(found), len(handles))
	}
	return nil
}

func unknown(name string) error { return fmt.Errorf("the snapshot does not know %s", name) }
