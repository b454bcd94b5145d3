// Command security writes attacks.md: the numbered attacks that Bailiwick is held against, each with the tests that try it.
//
// It owns the list (list.go) and finds the tests by their names: TestAttack007… tries attack 7. It does not own the tests,
// which live with what they try.
package main

//go:generate go run . attacks.md
