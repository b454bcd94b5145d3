// Command security writes two pages. attacks.md: the numbered attacks that Bailiwick is held against, each with the tests that try it.
// dagster-traps.md: the traps in Dagster that a gate can fall into, each with the tests that hold it, or why there is none.
//
// It owns the lists (list.go, traps.go) and finds the tests by their names: TestAttack007… tries attack 7, TestTrap08… holds trap 8.
// It does not own the tests, which live with what they try.
package main

//go:generate go run .
