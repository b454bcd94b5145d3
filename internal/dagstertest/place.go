package dagstertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Missing is what to do when the pinned Dagster is not there.
const Missing = "the Dagster that the tests start is not installed: run `make dagster`"

// place is where Dagster and its project lie.
type place struct {
	project string // e2e/dagster
	venv    string
	version string // of dagster-webserver
}

// find looks for the environment that make dagster made from the present pins.
func find() (place, error) {
	root, err := moduleRoot()
	if err != nil {
		return place{}, err
	}
	return within(root)
}

func within(root string) (place, error) {
	p := place{project: filepath.Join(root, "e2e", "dagster")}
	pins, err := os.ReadFile(filepath.Join(p.project, "requirements.txt"))
	if err != nil {
		return p, err
	}
	pinned := regexp.MustCompile(`(?m)^dagster-webserver==(\S+)$`).FindSubmatch(pins)
	if pinned == nil {
		return p, errors.New("e2e/dagster/requirements.txt does not pin dagster-webserver")
	}
	p.version = string(pinned[1])
	p.venv = filepath.Join(root, ".cache", "venv-dagster-"+p.version)
	installed, err := os.ReadFile(filepath.Join(p.venv, "pins.txt"))
	if err != nil {
		return p, fmt.Errorf("%s: %w", Missing, err)
	}
	if !bytes.Equal(installed, pins) {
		return p, fmt.Errorf("%s: %s was made from other pins than e2e/dagster/requirements.txt", Missing, p.venv)
	}
	return p, nil
}

// moduleRoot is the folder of go.mod: tests run in their package's folder.
func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "e2e", "dagster", "requirements.txt")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("no folder above this one has e2e/dagster: the tests run inside the repository")
		}
		folder = parent
	}
}

func (p place) program(name string) string { return filepath.Join(p.venv, "bin", name) }

// Python is the path of the interpreter that has Dagster, GraphQL-core and Starlette, for a test that asks them directly.
func (p place) Python() string { return p.program("python3") }

// Version is that of dagster-webserver, as it is pinned.
func (p place) Version() string { return p.version }
