// Package gate stands in front of a platform's real server and lets through what the caller may do. Each upstream is served on
// an origin of its own. Every request goes one way: identify who asks, name the operations, find out what they concern, ask
// whether that is allowed, forward or refuse, rewrite the answer.
//
// It owns: that way for a Dagster webserver (HTTP and its socket), the browser's sign-in at a gate, what callers that a trusted proxy
// names may be, the headers and paths that reach an upstream, and the activity that is told of.
//
// It does not own: reading Dagster's requests and rewriting its answers (gate/dagster), where things live in an upstream
// (gate/workspace), who somebody is and what he may do (an Authority: gate/home in the server's own process, gate/remote
// elsewhere), listening, or configuration (internal/server).
package gate
