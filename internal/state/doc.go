// Package state folds an organization's events into what is true now: the directory of people, service users, teams,
// tokens, ways in (links, identities, providers), platforms, resources and grants, indexed for lists, and the compiled
// access.Snapshot that decides.
//
// A State is immutable: whoever has one can read it without a lock for as long as they like. A change makes another one
// that shares what did not change (Edit). Everything is kept under opaque ids, so that erasing a person's name and e-mail
// changes no decision; Readable puts names in place of ids in a text for people.
//
// The package does not own where events are stored (internal/journal), which state is the current one (internal/decide), or
// whether something may happen (internal/change): it folds what happened.
package state
