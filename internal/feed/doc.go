// Package feed says what a gate on another host has to know, and no more: the facts that decide on one platform, in opaque ids,
// and what credentials are known by. It has both ends, so that what one leaves out the other does not miss.
//
// It owns: which facts concern a platform (Full), what of them a later revision changes (Between), how they are told as time
// goes on (Source), and their rebuilding into an access.Snapshot that decides as the server's does (Mirror).
//
// It does not own: who may read a feed (internal/api/rest), how it travels and what its lines look like (package client), how old
// facts may be (gate/remote), or what they mean (access).
//
// # What is in a feed
//
// The platform with its edition, settings and custom roles; its resources, whose paths are names of deployments and code
// locations; grants at them; the users, service users and teams that have a grant or a license there, or belong to the platform,
// by opaque id; which users are in those teams; the verifiers of these holders' tokens; and of whom sessions may have ended.
// Agents never ask a gate anything and are not in it. Names of people, service users and teams, e-mail addresses, descriptions,
// other platforms and rows of the journal are not in it either.
package feed
