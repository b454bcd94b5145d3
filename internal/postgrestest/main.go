package postgrestest

import (
	"fmt"
	"os"
	"testing"
)

// Main runs a package's tests with a PostgreSQL that ends after them, and returns the exit code. Use is handed the server
// before the first test.
func Main(m *testing.M, use func(*Server)) int {
	server, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	use(server)
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
	}
	return code
}
