// Command console takes the pictures of the console that the README shows: why somebody may do something, and where somebody's roles come
// from. It starts the demo, signs in as the demo's administrator in a browser without a window, and looks at two pages.
//
// It owns the pictures only. It needs Chromium; make pictures runs it.
package main
