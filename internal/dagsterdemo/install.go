package dagsterdemo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"bailiwick/internal/fault"
)

// Options say where the demo's Dagster lies.
type Options struct {
	Folder   string    // for the environment, the project, and what Dagster keeps; made where it is missing
	Venv     string    // a Python environment that has dagster-webserver already; "" has one made in Folder
	Progress io.Writer // told what is being installed
	Terminal bool      // Progress is a terminal
}

// A Project is a Dagster that can be started.
type Project struct{ places }

// pinsName is the copy of the pins in an environment. It is written last: it says that all of them are there.
const pinsName = "pins.txt"

// Prepare sees to it that the pinned Dagster is installed, and writes the project. The first time it downloads for a minute or two;
// afterwards it needs no network.
func Prepare(ctx context.Context, o Options) (*Project, error) {
	if runtime.GOOS == "windows" {
		return nil, fault.New(fault.Invalid, "the demo starts Dagster on Linux and macOS only").In("--with-dagster").
			Rather("run the demo in WSL, or put bailiwick serve with a gate in front of your own Dagster")
	}
	p := places{root: o.Folder, venv: o.Venv}
	if o.Venv == "" {
		p.venv = filepath.Join(o.Folder, "venv")
		if err := p.install(ctx, o); err != nil {
			return nil, err
		}
	}
	for _, program := range []string{"python3", "dagster-webserver", "dagster-daemon"} {
		if _, err := os.Stat(p.bin(program)); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s has no %s", p.venv, filepath.Join("bin", program)).In("--dagster-venv").
				Rather("name a Python environment with dagster and dagster-webserver, or leave the flag out to have one made")
		}
	}
	return &Project{p}, p.write()
}

// install makes the environment where it is not there, or was made from other pins.
func (p places) install(ctx context.Context, o Options) error {
	if installed, err := os.ReadFile(filepath.Join(p.venv, pinsName)); err == nil && bytes.Equal(installed, pins) {
		return nil
	}
	if err := errors.Join(os.RemoveAll(p.venv), os.MkdirAll(p.root, 0o700)); err != nil {
		return unwritable(err)
	}
	make, err := maker(ctx, p.venv)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(p.installLog(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = log.Close() }()
	show := newProgress(o.Progress, o.Terminal, fmt.Sprintf("Installing Dagster %s", Version()), bytes.Count(pins, []byte("==")))
	defer show.end()
	show.says("a Python environment in " + p.venv)
	if err := command(ctx, log, make...).Run(); err != nil {
		return p.notInstalled(ctx, err, "The Python environment was not made")
	}
	if err := p.pip(ctx, log, show); err != nil {
		return p.notInstalled(ctx, err, "Dagster was not installed")
	}
	if err := os.Mkdir(p.compiled(), 0o700); err != nil {
		return unwritable(err)
	}
	if err := os.WriteFile(filepath.Join(p.venv, pinsName), pins, 0o600); err != nil {
		return unwritable(err)
	}
	return nil
}

// steps are the lines of pip that say something to somebody who waits.
var (
	collecting = regexp.MustCompile(`^(?:Collecting|Requirement already satisfied:) ([^ =<>;]+)==([^ ;]+)`)
	unpacking  = regexp.MustCompile(`^Installing collected packages`)
)

// pip installs exactly the pinned packages. Python compiles a file when it is first imported: compiling all of them here would
// take longer than downloading them.
func (p places) pip(ctx context.Context, log io.Writer, show *progress) error {
	list := filepath.Join(p.root, "requirements.txt")
	if err := os.WriteFile(list, pins, 0o600); err != nil {
		return unwritable(err)
	}
	pip := command(ctx, log, p.bin("python3"), "-I", "-c", leashed, "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
		"--no-deps", "--no-compile", "--requirement", list)
	leash, err := pip.StdinPipe()
	if err != nil {
		return err
	}
	defer func() { _ = leash.Close() }()
	pip.Stdout = nil
	said, err := pip.StdoutPipe()
	if err != nil {
		return err
	}
	if err := pip.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(io.TeeReader(said, log))
	for lines.Scan() {
		if m := collecting.FindStringSubmatch(lines.Text()); m != nil {
			show.next(m[1] + " " + m[2])
		} else if unpacking.MatchString(lines.Text()) {
			show.says("unpacking")
		}
	}
	return errors.Join(lines.Err(), pip.Wait())
}

// command runs with what reaches a package index in the caller's environment (a proxy, a mirror, its certificates), and nothing else of it.
func command(ctx context.Context, log io.Writer, words ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // our own words
	c.Stdout, c.Stderr = log, log
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if kept.MatchString(name) {
			c.Env = append(c.Env, variable)
		}
	}
	return c
}

var kept = regexp.MustCompile(`^(?:PATH|HOME|TMPDIR|LANG|LC_.*|XDG_.*|PIP_.*|UV_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|(?i:https?_proxy|no_proxy|all_proxy))$`)

func (p places) notInstalled(ctx context.Context, err error, what string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.Wrap(fault.Unavailable, err, "%s: %s", what, lastLines(p.installLog(), 4)).
		Rather("the whole log is %s; the first start needs a package index (PyPI, or yours by PIP_INDEX_URL), later ones do not", p.installLog())
}

// lastLines are those of a log, on one line.
func lastLines(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
