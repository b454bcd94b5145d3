// Package workspace knows what is where in one Dagster upstream: its schema, its code locations, and which of them a run, a
// backfill, an asset, a schedule or a sensor belongs to. What it has learned is dropped when a code location changes.
//
// How it knows that nothing has changed: with every answer the upstream also tells its version and, of each code location, when
// and from what it was loaded (a stamp, stamp.go). What was read under one stamp is used while the upstream was heard telling
// the same one within the last seconds. The upstream's socket tells of changes sooner, but not of all: dagster-webserver 1.13.27
// sends locationStateChangeEvents only for code servers that it did not start itself, and for no reload that a mutation asked
// for (dagster/_core/workspace/context.py, read 2026-11). Whoever forwards such a mutation calls Forget.
//
// It owns: asking the upstream with the gate's own rights, remembering the answers, following changes of code locations.
//
// It does not own: what a request concerns (gate/dagster), or whether it is allowed.
package workspace
