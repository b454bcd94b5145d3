// Package dagsterdemo makes and runs the Dagster of the demo: a Python environment with a pinned, unchanged Dagster, a small project with
// two of the demo organization's code locations, and the processes that serve it on this machine.
//
// It owns: finding Python, installing with the progress shown, the project's files, and the processes, which end with the
// program however that ends.
//
// It does not own: the organization (examples), the gate (internal/gate), or the Dagster of the tests (internal/dagstertest).
package dagsterdemo
