// Package history keeps and shows what happened: changes are rows of the journal already; what was refused, and what was
// read that is worth a line, is activity beside it.
//
// It owns the Recorder: how equal activity is counted together, how much of it is held in memory, and when it is written.
// It does not own what is worth recording (the doors and package change say that), nor where it is kept
// (internal/journal).
package history
