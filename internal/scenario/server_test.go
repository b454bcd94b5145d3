package scenario_test

import (
	"os"
	"path/filepath"
	"testing"

	"bailiwick/internal/postgrestest"
	"bailiwick/internal/scenario"
)

var postgres *postgrestest.Server

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(s *postgrestest.Server) { postgres = s }))
}

// engines are the databases of a server.
func engines(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "bailiwick.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres.Database(t)) })
}

// What a server keeps and reads back answers as the core does: at once, from the rows, and from a snapshot.
func TestServer(t *testing.T) {
	all := corpus(t)
	engines(t, func(t *testing.T, address string) {
		h := newHouse(t, address, all)
		for _, state := range []struct {
			name  string
			reach func()
		}{
			{"at once", func() {}},
			{"replayed", h.replayed},
			{"from a snapshot", h.fromSnapshots},
		} {
			t.Run(state.name, func(t *testing.T) {
				state.reach()
				scenario.Run(t, all, h.ask)
				h.saysWhy(all)
			})
		}
	})
}
