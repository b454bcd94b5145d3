package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/email"
	"bailiwick/internal/suggest"
)

// A source is an access file that has been read and compiled. It is what package answer asks.
type source struct {
	*accessfile.File
	snapshot *access.Snapshot
}

// load reads an access file, or the standard input for "-".
func (s *session) load(path string, at time.Time) (*source, error) {
	name, text, err := s.read(path)
	if err != nil {
		return nil, err
	}
	var compiled *source
	s.working(fmt.Sprintf("reading %s (%s)", name, size(len(text))), func() { compiled, err = compile(name, text, s.beside(path), at) })
	return compiled, err
}

// read returns a file's name for messages and its text.
func (s *session) read(path string) (name string, text []byte, err error) {
	name, read := path, s.ReadFile
	if path == "-" {
		name, read = "<stdin>", func(string) ([]byte, error) { return io.ReadAll(s.Stdin) }
	}
	if text, err = read(path); err != nil {
		return name, nil, fmt.Errorf("read the access file: %w", err)
	}
	return name, text, nil
}

// beside reads the role models that a file names, which stand beside it.
func (s *session) beside(path string) func(model string) ([]byte, error) {
	return func(model string) ([]byte, error) { return s.ReadFile(filepath.Join(filepath.Dir(path), model)) }
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

// Snapshot is what decides.
func (f *source) Snapshot() *access.Snapshot { return f.snapshot }

// Explain asks the snapshot, which names people as the file does.
func (f *source) Explain(q access.Question) access.Explanation { return f.snapshot.Explain(q) }

// Show returns the subject, whom the file names for people.
func (f *source) Show(sub access.Subject) access.Subject { return sub }

// Name is what the file calls a user.
func (f *source) Name(sub access.Subject) string {
	if sub.Kind != access.User {
		return ""
	}
	return f.Names[sub.ID]
}

// Paths are a platform's root and resources.
func (f *source) Paths(slug string) []string {
	platform := f.Platform(slug)
	if platform == nil {
		return nil
	}
	paths := []string{slug}
	for _, res := range platform.Resources {
		paths = append(paths, res.Path)
	}
	return paths
}

// Near says whom somebody may have meant.
func (f *source) Near(sub access.Subject) string {
	var names, alike []string
	for _, user := range f.Organization.Users {
		names = append(names, user.ID)
		if local, _, _ := strings.Cut(user.ID, "@"); local == sub.ID {
			alike = append(alike, user.ID)
		}
	}
	if len(alike) == 1 {
		return fmt.Sprintf("did you mean %q?", alike[0])
	}
	if near := suggest.Nearest(sub.ID, append(names, f.Organization.ServiceUsers...)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// stored is the form in which the file has a user's id.
func stored(text string) string {
	if id, err := email.Normalize(text); err == nil {
		return id
	}
	return text
}

func (f *source) team(name string) *access.TeamFacts {
	for i := range f.Organization.Teams {
		if f.Organization.Teams[i].Name == name {
			return &f.Organization.Teams[i]
		}
	}
	return nil
}

// members suggests whom to ask about in place of a team.
func (f *source) members(name string) string {
	team := f.team(name)
	if team == nil || len(team.Members) == 0 {
		return "ask about one of its members"
	}
	return "ask about one of its members, such as " + team.Members[0]
}
