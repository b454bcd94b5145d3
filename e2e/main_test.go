package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/internal/postgrestest"
	_ "bailiwick/internal/server" // so that go test keeps no result of a program that has changed since
)

// program is the path of the program under test; postgres is the tests' own database server, chrome their own browser,
// toured the demo that all tests of the console's pages walk through, idpProgram the identity provider that somebody else wrote.
var (
	program  string
	postgres *postgrestest.Server
	chrome   chromium
	toured   tour

	idpProgram builder
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "bailiwick-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "bailiwick")
	args := []string{"build", "-o", program}
	if raced {
		args = append(args, "-race")
	}
	if said, err := exec.Command("go", append(args, "../cmd/bailiwick")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s\n%s", err, said)
		return 1
	}
	defer toured.close()
	defer chrome.close()
	defer func() { _ = queued.Stop() }()
	return postgrestest.Main(m, func(s *postgrestest.Server) { postgres = s })
}

// bailiwick runs a command to its end and returns its exit code and what it said.
func bailiwick(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	// A server that ought to have refused would run for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// must is bailiwick where only success will do.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := bailiwick(t, args...)
	if code != 0 {
		t.Fatalf("bailiwick %v: exit code %d\n%s%s", args, code, out, errs)
	}
	return out
}
