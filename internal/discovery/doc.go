// Package discovery keeps the code locations of the facts with those that deployments' own servers have, as gates see them.
//
// It owns: what gates said last, and how long something has to be missing before that is noted. It does not own what is written
// of it (internal/change), or who may tell (the gates in this process, and the API for those elsewhere).
package discovery
