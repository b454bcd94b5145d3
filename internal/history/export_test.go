package history

import "bailiwick/internal/state"

// Hold holds an organization's index back as if its journal took for ever to read, and lets a page look through so many rows.
func (t *Trail) Hold(st *state.State, scanned int) (release func()) {
	t.soon, t.scanned = -1, scanned
	x := t.of(st)
	x.following.Lock()
	return x.following.Unlock
}
