package dagsterdemo

import (
	"context"
	"os/exec"
	"strings"

	"bailiwick/internal/fault"
)

// pythons are the names under which the Pythons are found that the pinned packages are made for.
func pythons() []string {
	return []string{"python3", "python3.13", "python3.12", "python3.11", "python3.14"}
}

const wantedPython = "Python 3.11 to 3.14"

// judge prints what an interpreter lacks, or nothing.
const judge = `import sys
if not (3, 11) <= sys.version_info < (3, 15): print("version %d.%d" % sys.version_info[:2])
else:
    try: import ensurepip, venv
    except ImportError: print("venv")`

// maker returns the command that makes an environment in a folder: a Python's own, else that of uv.
func maker(ctx context.Context, folder string) ([]string, error) {
	var lacking []string
	for _, name := range pythons() {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		said, err := exec.CommandContext(ctx, path, "-I", "-c", judge).Output() //nolint:gosec // a name of our list, found in PATH
		if err != nil {
			lacking = append(lacking, name+" does not run")
			continue
		}
		switch lacks := strings.TrimSpace(string(said)); lacks {
		case "":
			return []string{path, "-m", "venv", folder}, nil
		case "venv":
			lacking = append(lacking, name+" is without its module venv (Debian and Ubuntu have it in python3-venv)")
		default:
			lacking = append(lacking, name+" is "+lacks)
		}
	}
	if uv, err := exec.LookPath("uv"); err == nil {
		return []string{uv, "venv", "--quiet", "--seed", "--python", ">=3.11,<3.15", folder}, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found := "there is no python3 in PATH"
	if len(lacking) > 0 {
		found = strings.Join(lacking, "; ")
	}
	return nil, fault.New(fault.Unavailable, "Dagster needs %s, and %s", wantedPython, found).
		Rather("Debian, Ubuntu: sudo apt-get install python3-venv; Fedora: sudo dnf install python3; macOS: brew install python; anywhere: " +
			"install uv (docs.astral.sh/uv), which brings a Python; or name an environment that has Dagster with --dagster-venv")
}
