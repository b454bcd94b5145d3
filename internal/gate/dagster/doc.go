// Package dagster reads what is asked of a Dagster webserver exactly as the webserver itself would read it, and says what that
// takes: which fields with which arguments, which permissions, on what. It is pure: bytes and tables in, values out.
//
// What could be read in two ways is refused, and what is forwarded is written anew from what was judged (Asked.Body): the
// chosen operation and its fragments, the arguments of mutations as variables with the values that were judged, and beside them
// questions of the gate's own, whose answers are taken out again. Nobody's original bytes reach the upstream.
//
// It owns: reading a request (read.go), JSON and query strings without second meanings (strict.go, form.go), the upstream's
// schema (schema.go), documents and their canonical text (parse.go, size.go, print.go), arguments (coerce.go), the
// table of Dagster's root fields (mutations.go, queries.go), what an operation takes (targets.go), how a schema differs from the
// table (drift.go), the messages of the legacy socket (socket.go), refusals in Dagster's own shapes (refusal.go), and what answers tell of
// the caller's rights (permits.go, asides.go, shown.go, answer.go, cursor.go), so that Dagster's pages grey out what is refused.
//
// It does not own: who is asking, whether they may, looking up where a run or an asset lives, the other routes of the webserver,
// or sending anything.
//
// Nested keys that differ only in case are two keys here (run configurations have them), so that internal/strictjson does not
// serve.
package dagster
