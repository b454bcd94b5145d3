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

// A release is one of the two Dagsters that are pinned: the list of its packages, and how its environment's name begins.
type release struct{ pins, venv string }

func newest() release { return release{"requirements.txt", "venv-dagster-"} }

// older is a year older.
func older() release { return release{"older.txt", "venv-older-dagster-"} }

// find looks for the environment that make dagster made from the present pins.
func find(r release) (place, error) {
	root, err := moduleRoot()
	if err != nil {
		return place{}, err
	}
	return within(root, r)
}

func within(root string, r release) (place, error) {
	p := place{project: filepath.Join(root, "e2e", "dagster")}
	pins, err := os.ReadFile(filepath.Join(p.project, r.pins))
	if err != nil {
		return p, err
	}
	pinned := regexp.MustCompile(`(?m)^dagster-webserver==(\S+)$`).FindSubmatch(pins)
	if pinned == nil {
		return p, errors.New("e2e/dagster/" + r.pins + " does not pin dagster-webserver")
	}
	p.version = string(pinned[1])
	p.venv = filepath.Join(root, ".cache", r.venv+p.version)
	installed, err := os.ReadFile(filepath.Join(p.venv, "pins.txt"))
	if err != nil {
		return p, fmt.Errorf("%s: %w", Missing, err)
	}
	if !bytes.Equal(installed, pins) {
		return p, fmt.Errorf("%s: %s was made from other pins than e2e/dagster/%s", Missing, p.venv, r.pins)
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
