package change_test

import (
	"fmt"
	"os"
	"testing"

	"bailiwick/internal/postgrestest"
)

var postgres *postgrestest.Server

func TestMain(m *testing.M) {
	var err error
	if postgres, err = postgrestest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
	}
	os.Exit(code)
}

// onBoth runs a test in a new world on each database engine.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { test(t, newWorldOn(t, engine)) })
	}
}
