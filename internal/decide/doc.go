// Package decide holds the current state of every organization and answers for its freshness.
//
// It loads states from snapshots and the tail of the journal, follows the journal, wakes who waits for a revision, derives
// states of the past, and refuses to answer when it has not heard from the journal for longer than the bound: a decision
// on facts that may have been taken back is worse than none.
//
// It does not own what a state means (internal/state, access) or how it changes (internal/change).
package decide
