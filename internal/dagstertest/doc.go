// Package dagstertest gives tests a real Dagster of their own: the pinned dagster-webserver with the two code locations of
// e2e/dagster (etl and reports), started on a free port of this machine, its storage in a folder of its own, and gone with
// the process however that ends. It is for tests only.
//
// It does not install Dagster (make dagster does), it never uses a server that was there before, and it knows nothing of
// roles: what it asks Dagster, it asks past every gate.
package dagstertest
