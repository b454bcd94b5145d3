// Package stage sets up what the programs beside it take pictures of: the demo in a folder of its own, and a browser without a window.
//
// It owns the beginning and the end of both. It does not own the pictures: which page, as whom, and what must be on it is for the
// programs to say.
package stage
