package dagsterdemo

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"bailiwick/internal/fault"
)

// pins is what is installed: the same as the tests run against (e2e/dagster/requirements.txt).
//
//go:embed requirements.txt
var pins []byte

//go:embed project
var files embed.FS

//go:embed keeper.py
var keeper string

//go:embed leashed.py
var leashed string

// Version is that of dagster-webserver, as it is pinned.
func Version() string {
	return string(regexp.MustCompile(`(?m)^dagster-webserver==(\S+)$`).FindSubmatch(pins)[1])
}

// Locations are the code locations of the project, by the names that they have in the demo organization's deployment prod.
func Locations() []string { return []string{"etl", "ingest"} }

// places is where things lie in a folder of the demo's Dagster.
type places struct {
	root string
	venv string // of Python, the demo's own or somebody's
}

func (p places) project() string        { return filepath.Join(p.root, "project") }
func (p places) home() string           { return filepath.Join(p.root, "home") }
func (p places) installLog() string     { return filepath.Join(p.root, "install.log") }
func (p places) log() string            { return filepath.Join(p.root, "dagster.log") }
func (p places) compiled() string       { return filepath.Join(p.venv, "pycache") }
func (p places) bin(name string) string { return filepath.Join(p.venv, "bin", name) }

// write puts the project's files in place. They are written at each start: those of another version are not kept.
func (p places) write() error {
	err := os.RemoveAll(p.project())
	for _, folder := range []string{p.project(), p.home()} {
		if err == nil {
			err = os.MkdirAll(folder, 0o700)
		}
	}
	if err != nil {
		return unwritable(err)
	}
	entries, err := fs.ReadDir(files, "project")
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(files, "project/"+e.Name())
		if err != nil {
			return err
		}
		folder := p.project()
		if e.Name() == "dagster.yaml" {
			folder = p.home()
		}
		if err := os.WriteFile(filepath.Join(folder, e.Name()), text, 0o600); err != nil {
			return unwritable(err)
		}
	}
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the demo's Dagster cannot be written (%v)", err)
}
