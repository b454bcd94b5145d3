package dagstertest

import "testing"

// Python is the path of the interpreter that has the pinned Dagster, for a test that needs no running one.
func Python(t testing.TB) string {
	t.Helper()
	here, err := find(newest())
	if err != nil {
		t.Fatal(err)
	}
	return here.Python()
}
