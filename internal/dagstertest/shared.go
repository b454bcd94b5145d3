package dagstertest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared is one Dagster for all tests of a package, started by the first test that needs it. The zero value is ready:
//
//	var dagster dagstertest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(dagster.Main(m)) }
type Shared struct {
	Options []Option

	once    sync.Once
	dagster *Dagster
	err     error
}

// Main runs the package's tests, stops the Dagster if one was started, and returns the exit code.
func (s *Shared) Main(m *testing.M) int {
	code := m.Run()
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop Dagster:", err)
		return 1
	}
	return code
}

// Stop stops the Dagster if one was started, for packages whose TestMain has more to do than Main.
func (s *Shared) Stop() error {
	if s.dagster == nil {
		return nil
	}
	return s.dagster.stop()
}

// Start returns the running Dagster. If the test fails, it is told what Dagster wrote meanwhile. What a test makes there
// stays: tests name what they make.
func (s *Shared) Start(t testing.TB) *Dagster {
	t.Helper()
	s.once.Do(func() { s.dagster, s.err = start(s.Options) })
	if s.err != nil {
		t.Fatal(s.err)
	}
	from := int64(len(s.dagster.log(0)))
	t.Cleanup(func() { s.dagster.tell(t, from) })
	return s.dagster
}

// log is what the processes wrote, from a byte on.
func (d *Dagster) log(from int64) []byte {
	text, err := os.ReadFile(d.LogFile())
	if err != nil || from > int64(len(text)) {
		return nil
	}
	return text[from:]
}

// tell adds Dagster's log to a failed test's.
func (d *Dagster) tell(t testing.TB, from int64) {
	if t.Failed() {
		t.Logf("Dagster wrote:\n%s", d.log(from))
	}
}
