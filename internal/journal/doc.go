// Package journal keeps what happened: one append-only chain of rows for each organization, in SQLite or PostgreSQL.
//
// It owns the rows and their hashes, snapshots of what the rows fold to, signed checkpoints, erasure of personal data,
// backup and restore, and what lies beside history in the same database: the activity log, the last use of tokens, sessions,
// secrets that must be forgotten one day, one-time tickets and letters to be sent.
//
// It does not own what an entry means: to the journal an entry is a type, a version and bytes. It does not decide who may
// append.
//
// The words:
//
//   - A Change is what somebody did; it has one or more entries, and each becomes a row, a Record, with its own revision.
//   - A Head is the last row of an organization's journal. Whoever appends names the revision on which it judged, and loses
//     to whoever was quicker.
//   - An Epoch is the history that revisions count in; a restore starts a new one.
//   - A Checkpoint is a signed head; a published one lies where the database's owner cannot write.
//
// One SQL text serves both engines. Only dialect.go asks which engine it is.
package journal
