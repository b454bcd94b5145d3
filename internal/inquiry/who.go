package inquiry

import (
	"fmt"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/email"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
	"bailiwick/internal/suggest"
)

// whom reads WHO as the command line does: user:ana@acme.test, ana@acme.test, service_user:ci, ci, or an opaque id in the
// place of the name. Somebody unknown keeps the text as the id: the answer about them is no.
func whom(st *state.State, text string) access.Subject {
	word, name, kinded := strings.Cut(text, ":")
	if kind := access.ParseHolderKind(word); kinded && kind != access.NoHolder {
		sub, _ := Named(st, kind, name)
		return sub
	}
	for _, kind := range []access.HolderKind{access.User, access.ServiceUser, access.Agent, access.Team} {
		if sub, exists := Named(st, kind, text); exists {
			return sub
		}
	}
	sub, _ := Named(st, access.User, text)
	return sub
}

// Named finds a holder of a kind by name, e-mail in any spelling or opaque id. Somebody unknown keeps the text as the id.
func Named(st *state.State, kind access.HolderKind, name string) (h access.Subject, exists bool) {
	if address, err := email.Normalize(name); kind == access.User && err == nil {
		name = address
	}
	return st.SubjectByName(kind, name)
}

// who finds whom a question is about, and refuses it where the caller may not ask about them; own tells that it is the
// caller. Facts of the past may not know a name of today.
func (a *Asker) who(text, resource string) (sub access.Subject, own bool, err error) {
	if text == "" {
		return sub, false, invalid("who", "nobody is named").Rather("name a user or a service user: user:ana@acme.test")
	}
	sub = whom(a.State, text)
	if _, known := a.State.Access.Subject(sub); !known && whom(a.Now, text) == a.Caller.Subject {
		sub = a.Caller.Subject
	}
	if sub == a.Caller.Subject {
		return sub, true, nil
	}
	if resource != "" {
		err = a.View.On(resource)
	} else {
		err = a.View.Others()
	}
	switch {
	case err != nil:
		return sub, false, err
	case !a.View.All() && !a.sight().SeesSubject(sub):
		return sub, false, missing("who", "subject", text) // whether or not there is one
	case sub.Kind == access.Team:
		return sub, false, invalid("who", "%s is a team, which holds grants and never asks", text).Rather("ask about one of its members")
	}
	return sub, false, nil
}

// facts is a sight as what package answer asks.
type facts struct {
	*sight.Sight
	narrow func(permission, path string) bool // of a narrowed token about its own subject; nil lets everything through
}

// Snapshot is what decides.
func (s *facts) Snapshot() *access.Snapshot { return s.Access }

// Show names a subject for people.
func (s *facts) Show(sub access.Subject) access.Subject { return s.ReadableHolder(sub) }

// Name is what a user is called.
func (s *facts) Name(sub access.Subject) string {
	if u := s.User(sub.ID); u != nil && sub.Kind == access.User {
		return u.Name
	}
	return ""
}

// Slugs are those of the platforms that may be seen.
func (s *facts) Slugs() []string {
	var slugs []string
	for _, slug := range s.State.Slugs() {
		if s.Sees(slug) {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// Paths are a platform's root and resources.
func (s *facts) Paths(slug string) []string {
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
func (s *facts) Near(sub access.Subject) string {
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
