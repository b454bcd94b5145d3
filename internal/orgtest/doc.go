// Package orgtest gives tests organizations in a server without doors. It is for tests only: nothing that is shipped
// imports it.
//
// It owns:
//
//	World         the parts behind every door, real and wired as the server wires them, on a journal in a folder of the test's
//	Organization  one organization of it: its present facts, its people, changes in their names, their sessions and tokens
//	Clock         the time that these parts go by, which a test can move
//	Log           what is logged, for a test to read
//
// It does not own the doors, the gates, or anything that a single package's tests need.
package orgtest
