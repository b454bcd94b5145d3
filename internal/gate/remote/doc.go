// Package remote is the authority of a gate that runs on another host than the server. It follows a feed of what decides on its
// platform, and decides by itself.
//
// It owns: following the feed and beginning again, how old the facts may be, judging tokens by their verifiers, asking the server
// about sessions and remembering the answers until the feed cuts them, watching over what stays open, and activity until the
// server has acknowledged it.
//
// It does not own: what is in a feed and what follows from it (internal/feed), how the server is asked (package client), what a
// gate does with its decisions (internal/gate), or what somebody may do (access).
//
// # How old the facts may be
//
// The server says twice a second that it has told everything, and how long ago it heard from its own journal. The gate takes
// each line for as old as it can be: sent no later than it was received, and no later after the first one than the server's clock
// says. When that is longer ago than the bound, the gate knows nothing.
package remote
