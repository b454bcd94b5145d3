// Package home is the Authority of gates in the server's own process: they decide on the state that the server decides on.
//
// It owns: which of the server's parts answers what a gate asks, the names that runs are tagged with, and how long a code location
// has to be missing at its own server before that is noted (sightings.go).
//
// It does not own who somebody is and how long that lasts (internal/signin), the facts (internal/decide), what discovery adds
// (internal/change), or how activity is kept (internal/history).
package home
