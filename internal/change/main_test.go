package change_test

import (
	"os"
	"testing"

	"bailiwick/internal/postgrestest"
)

var postgres *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(s *postgrestest.Server) { postgres = s }))
}

// onBoth runs a test in a new world on each database engine.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { test(t, newWorldOn(t, engine)) })
	}
}
