package dagstertest

import (
	"path/filepath"
	"testing"
)

// Python is the path of the interpreter that has the pinned Dagster, for a test that needs no running one.
func Python(t testing.TB) string {
	t.Helper()
	here, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return here.Python()
}

// Pages is the folder of what the pinned dagster-webserver serves to browsers, with the source maps of its scripts.
func Pages(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(Python(t))), "lib", "python3*", "site-packages", "dagster_webserver", "webapp", "build"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the pages of dagster-webserver are in %q, %v", found, err)
	}
	return found[0]
}
