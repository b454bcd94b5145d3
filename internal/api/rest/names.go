package rest

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

// whom reads WHO as the command line does: user:ana@acme.test, ana@acme.test, service_user:ci, ci, or an opaque id in the
// place of the name. Somebody unknown keeps the text as the id: the answer about them is no.
func whom(st *state.State, text string) access.Subject {
	word, name, kinded := strings.Cut(text, ":")
	if kind := access.ParseHolderKind(word); kinded && kind != access.NoHolder {
		sub, _ := named(st, kind, name)
		return sub
	}
	for _, kind := range []access.HolderKind{access.User, access.ServiceUser, access.Agent, access.Team} {
		if sub, exists := named(st, kind, text); exists {
			return sub
		}
	}
	sub, _ := named(st, access.User, text)
	return sub
}

func named(st *state.State, kind access.HolderKind, name string) (access.Subject, bool) {
	if address, err := email.Normalize(name); kind == access.User && err == nil {
		name = address
	}
	return st.SubjectByName(kind, name)
}

// who finds whom a question is about, and refuses it where the caller may not ask about them; own tells that it is the
// caller. Facts of the past may not know a name of today.
func (a *asking) who(facts reading, text, resource string) (sub access.Subject, own bool, err error) {
	if text == "" {
		return sub, false, invalid("who", "nobody is named").Rather("name a user or a service user: user:ana@acme.test")
	}
	sub = whom(facts.State, text)
	if _, known := facts.Access.Subject(sub); !known && whom(a.now, text) == a.caller.Subject {
		sub = a.caller.Subject
	}
	if sub == a.caller.Subject {
		return sub, true, nil
	}
	if resource != "" {
		err = a.view().On(resource)
	} else {
		err = a.view().Others()
	}
	switch {
	case err != nil:
		return sub, false, err
	case !a.view().All() && !a.sight(facts.State).SeesSubject(sub):
		return sub, false, missing("who", "subject", text) // whether or not there is one
	case sub.Kind == access.Team:
		return sub, false, invalid("who", "%s is a team, which holds grants and never asks", text).Rather("ask about one of its members")
	}
	return sub, false, nil
}

// answers is a sight as what package answer asks.
type answers struct {
	*sight.Sight
	narrow func(permission, path string) bool // of a narrowed token about its own subject; nil lets everything through
}

// asked returns the facts that a question about somebody is answered from.
func (a *asking) asked(facts reading, own bool) *answers {
	s := &answers{Sight: a.sight(facts.State)}
	if own {
		s.Sight = a.mine().Over(facts.State)
		if a.caller.Narrowed() {
			s.narrow = a.caller.Allows
		}
	}
	return s
}

// Snapshot is what decides.
func (s *answers) Snapshot() *access.Snapshot { return s.Access }

// Show names a subject for people.
func (s *answers) Show(sub access.Subject) access.Subject { return s.ReadableHolder(sub) }

// Name is what a user is called.
func (s *answers) Name(sub access.Subject) string {
	if u := s.User(sub.ID); u != nil && sub.Kind == access.User {
		return u.Name
	}
	return ""
}

// Slugs are those of the platforms that may be seen.
func (s *answers) Slugs() []string {
	var slugs []string
	for _, slug := range s.State.Slugs() {
		if s.Sees(slug) {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// Paths are a platform's root and resources.
func (s *answers) Paths(slug string) []string {
	if s.Platform(slug) == nil || !s.Sees(slug) {
		return nil
	}
	paths := []string{slug}
	for _, r := range s.Resources(slug) {
		paths = append(paths, r.Path)
	}
	return paths
}

// manyNames is the number of users beyond which nobody is looked for who may have been meant.
const manyNames = 20_000

// Near says whom somebody may have meant, to whoever may see everybody.
func (s *answers) Near(sub access.Subject) string {
	if !s.All() || s.Counts().Users > manyNames {
		return ""
	}
	var names, alike []string
	for _, u := range s.Users() {
		names = append(names, u.Email)
		if local, _, _ := strings.Cut(u.Email, "@"); local == sub.ID {
			alike = append(alike, u.Email)
		}
	}
	for _, u := range s.ServiceUsersByName() {
		names = append(names, u.Name)
	}
	near := suggest.Nearest(sub.ID, names)
	if len(alike) == 1 {
		near = alike[0]
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

func missing(field, what, name string) error {
	return fault.New(fault.NotFound, "there is no %s %q", what, name).In(field)
}
