package rest

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
)

// erase removes the personal data of somebody who was removed from the directory.
func erase(a *asking) (any, error) {
	text := a.r.PathValue("user")
	person, err := a.removed(text)
	if err != nil {
		return nil, err
	}
	result, err := a.Changes.Erase(a.r.Context(), a.caller.Organization, a.actor(), person)
	if err != nil {
		return nil, a.changeError(err, client.UserRemove{User: text})
	}
	return a.changed(result, false)
}

// removed finds the opaque id of who is to be erased in the directory of the moment that the query names: the present one does
// not know who was removed, by now an address may be somebody else's, and an id that nobody had must not get into the journal.
func (a *asking) removed(text string) (string, error) {
	want, err := a.reading()
	if err != nil {
		return "", err
	}
	facts, err := a.read(want)
	if err != nil {
		return "", err
	}
	if sub, exists := inquiry.Named(facts.State, access.User, text); exists && (want.At.IsZero() || a.sight(facts.State).SeesSubject(sub)) {
		return sub.ID, nil
	}
	return "", a.changeError(fault.New(fault.NotFound, "there is no user %q in the directory at that moment", text).In("user").
		Rather("name a moment when they were in it: at"), client.UserRemove{User: text})
}
