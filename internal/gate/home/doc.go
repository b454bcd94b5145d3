// Package home is the Authority of gates in the server's own process: they decide on the state that the server decides on.
//
// It owns: which of the server's parts answers what a gate asks, and the names that runs are tagged with.
//
// It does not own who somebody is and how long that lasts (internal/signin), the facts (internal/decide), what becomes of
// code locations that a gate has seen (internal/discovery), or how activity is kept (internal/history).
package home
