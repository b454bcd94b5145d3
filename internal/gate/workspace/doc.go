// Package workspace knows what is where in one Dagster upstream: its schema, its code locations, and which of them a run, a
// backfill, an asset, a schedule or a sensor belongs to. What it has learned is dropped when a code location changes.
//
// It owns: asking the upstream with the gate's own rights, remembering the answers, following changes of code locations.
//
// It does not own: what a request concerns (gate/dagster), or whether it is allowed.
package workspace
