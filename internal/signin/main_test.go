package signin

import (
	"os"
	"path/filepath"
	"testing"

	"bailiwick/internal/postgrestest"
)

var postgres *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(s *postgrestest.Server) { postgres = s }))
}

// onBoth runs a test on each database engine; the halls that it makes are on that one.
func onBoth(t *testing.T, test func(t *testing.T, newHall func(testing.TB, SessionOptions) *hall)) {
	t.Helper()
	for engine, address := range map[string]func(testing.TB) string{"sqlite": file, "postgres": func(t testing.TB) string { return postgres.Database(t) }} {
		t.Run(engine, func(t *testing.T) {
			test(t, func(t testing.TB, o SessionOptions) *hall { return newHallOn(t, address(t), o) })
		})
	}
}

// file is the address of a new SQLite database.
func file(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "journal.db") }
