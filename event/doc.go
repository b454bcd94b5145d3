// Package event is the closed list of things that can happen in an organization, and how each is written down.
//
// An event has facts, which decide (opaque ids, roles, scopes, times) and are kept as long as the journal, and a personal
// part (names, e-mails, addresses, free text), which can be erased. Its type and version are part of what is stored; an
// older version is brought up to the present one when it is read. A type or version that this program does not know is
// an error, never skipped: an older program must not act on half of what happened.
//
// The package does not own where events are stored (internal/journal), what they mean together (internal/state) or who may
// cause them (internal/change).
package event
