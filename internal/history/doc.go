// Package history keeps and shows what happened: changes are rows of the journal already; what was refused, and what was
// read that is worth a line, is activity beside it.
//
// It owns the Recorder: how equal activity is counted together, how much of it is held in memory, and when it is written. It
// owns the Trail: both sources as the rows that an auditor reads, filtered, paged and exported, each with what it replaced; the
// index that finds them without a scan; the one sentence for each event; the table of Dagster's names for them; and when the
// chain was last verified.
//
// It does not own what is worth recording (the doors and package change say that), who may read which rows (the doors do), nor
// where any of it is kept (internal/journal).
package history
