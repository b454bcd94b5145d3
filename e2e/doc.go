// Package e2e runs the real program, built as it is released, and treats it as the world does: it is killed, its disk fills
// up, its database goes away, its folder is tampered with.
//
// What is asserted is what an operator was promised: what was acknowledged is there exactly once, what was revoked stays
// revoked, and what cannot be answered rightly is not answered. The package contains tests only; what a package promises
// its callers is tested beside it.
package e2e
