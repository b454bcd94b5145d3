package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
)

// A source is an access file that has been read and compiled.
type source struct {
	*accessfile.File
	snapshot *access.Snapshot
}

// load reads an access file, or the standard input for "-".
func (s *session) load(path string, at time.Time) (*source, error) {
	name, read := path, s.ReadFile
	if path == "-" {
		name, read = "<stdin>", func(string) ([]byte, error) { return io.ReadAll(s.Stdin) }
	}
	text, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read the access file: %w", err)
	}
	beside := func(model string) ([]byte, error) { return s.ReadFile(filepath.Join(filepath.Dir(path), model)) }
	var compiled *source
	s.working(fmt.Sprintf("reading %s (%s)", name, size(len(text))), func() { compiled, err = compile(name, text, beside, at) })
	return compiled, err
}

func compile(name string, text []byte, open func(string) ([]byte, error), at time.Time) (*source, error) {
	file, err := accessfile.Read(name, text, open)
	if err != nil {
		return nil, err
	}
	snapshot, err := file.Snapshot(at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &source{File: file, snapshot: snapshot}, nil
}

// size writes a number of bytes for people.
func size(n int) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d kB", (n+1023)/1024)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
