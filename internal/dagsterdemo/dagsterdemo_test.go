package dagsterdemo

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bailiwick/examples"

	"go.yaml.in/yaml/v3"
)

// environment is the Python environment that make dagster makes, with the same pins.
func environment(t *testing.T) string {
	t.Helper()
	venv, err := filepath.Abs(filepath.Join("..", "..", ".cache", "venv-dagster-"+Version()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(venv); err != nil {
		t.Fatalf("%v: run make dagster", err)
	}
	return venv
}

func TestThePinsAreThoseOfTheTests(t *testing.T) {
	tested, err := os.ReadFile(filepath.Join("..", "..", "e2e", "dagster", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(tested, pins) {
		t.Error("requirements.txt differs from e2e/dagster/requirements.txt: copy it here, so that the demo runs what is tested")
	}
}

func TestLocationsAreThoseOfTheDemoOrganization(t *testing.T) {
	var acme struct {
		Platforms struct {
			Dagster struct {
				Deployments map[string]struct {
					Locations []string `yaml:"code_locations"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(examples.Acme(), &acme); err != nil {
		t.Fatal(err)
	}
	there := strings.Join(acme.Platforms.Dagster.Deployments["prod"].Locations, " ") + " "
	for _, name := range Locations() {
		if !strings.Contains(there, name+" ") {
			t.Errorf("the demo organization's deployment prod has %s, not %s", there, name)
		}
	}
}

func TestStartStopAndStartAgain(t *testing.T) {
	for _, secret := range []string{"BAILIWICK_TOKEN", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(secret, "do-not-hand-on")
	}
	var said strings.Builder
	o := Options{Folder: t.TempDir(), Venv: environment(t), Progress: &said}
	for range 2 {
		p, err := Prepare(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		group := d.keeper.Process.Pid
		children := childrenOf(t, group)
		for until := time.Now().Add(5 * time.Second); len(children) < 2 && time.Now().Before(until); children = childrenOf(t, group) {
			runtime.Gosched() // the daemon is started after the web server is ready
		}
		if len(children) != 2 {
			t.Errorf("the keeper has the processes %v, want a web server and a daemon", children)
		}
		for _, pid := range children {
			if text, err := os.ReadFile(filepath.Join("/proc", pid, "environ")); err != nil || bytes.Contains(text, []byte("do-not-hand-on")) {
				t.Errorf("the environment of %s: %v %q", pid, err, text)
			}
		}
		began := time.Now()
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
		if _, err := http.Get(d.URL.String()); err == nil { //nolint:bodyclose // there is none
			t.Error("Dagster still answers")
		}
		for _, pid := range children {
			if _, err := os.Stat(filepath.Join("/proc", pid)); err == nil {
				t.Errorf("process %s is still there", pid)
			}
		}
	}
	if !strings.Contains(said.String(), "Starting Dagster") {
		t.Errorf("the progress was %q", said.String())
	}
}

func childrenOf(t *testing.T, pid int) []string {
	t.Helper()
	var found []string
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			found = append(found, filepath.Base(filepath.Dir(path)))
		}
	}
	return found
}

func TestAProcessThatEndsIsTold(t *testing.T) {
	o := Options{Folder: t.TempDir(), Venv: environment(t), Progress: io.Discard}
	p, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Stop() }()
	if err := kill(childrenOf(t, d.keeper.Process.Pid)[0]); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-d.Ended():
		if !strings.Contains(err.Error(), "Dagster ended") || !strings.Contains(err.Error(), d.p.log()) {
			t.Errorf("it is told as %q", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody was told")
	}
}

func TestCodeThatDoesNotLoadIsTold(t *testing.T) {
	o := Options{Folder: t.TempDir(), Venv: environment(t), Progress: io.Discard}
	p, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.project(), "workspace.yaml"), []byte("load_from: [nonsense]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "dagster.log") {
		t.Errorf("a workspace that cannot be read: %v", err)
	}
}

func TestAnEnvironmentWithoutDagsterIsRefused(t *testing.T) {
	_, err := Prepare(t.Context(), Options{Folder: t.TempDir(), Venv: t.TempDir(), Progress: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "--dagster-venv: ") || !strings.Contains(err.Error(), "leave the flag out") {
		t.Errorf("%v", err)
	}
}

func TestWhatPythonLacksIsSaid(t *testing.T) {
	script := func(t *testing.T, name, says string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(os.Getenv("PATH"), name), []byte("#!/bin/sh\necho "+says+"\n"), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		there   map[string]string
		command string // what makes the environment
		wrong   string
	}{
		{"nothing", nil, "", "there is no python3 in PATH"},
		{"too old", map[string]string{"python3": "version 3.9"}, "", "python3 is version 3.9"},
		{"without venv", map[string]string{"python3": "venv"}, "", "sudo apt-get install python3-venv"},
		{"a newer one beside", map[string]string{"python3": "version 3.9", "python3.12": ""}, "python3.12 -m venv", ""},
		{"uv", map[string]string{"python3": "version 3.9", "uv": ""}, "uv venv", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			for name, says := range c.there {
				script(t, name, says)
			}
			words, err := maker(t.Context(), "there")
			switch {
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%q, want %q", err, c.wrong)
			case c.wrong == "" && (err != nil || !strings.Contains(strings.Join(words, " "), c.command)):
				t.Errorf("%q %v, want %q", words, err, c.command)
			}
		})
	}
}

func TestWithoutAnIndexTheInstallationSaysWhy(t *testing.T) {
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_CONFIG_FILE", os.DevNull)
	var said strings.Builder
	folder := t.TempDir()
	_, err := Prepare(t.Context(), Options{Folder: folder, Progress: &said})
	log := filepath.Join(folder, "install.log")
	if err == nil || !strings.Contains(err.Error(), log) || !strings.Contains(err.Error(), "PIP_INDEX_URL") {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "No matching distribution") {
		t.Errorf("the log: %v %s", err, text)
	}
	if !strings.Contains(said.String(), "Installing Dagster "+Version()) {
		t.Errorf("the progress was %q", said.String())
	}
	if _, err := os.Stat(filepath.Join(folder, "venv", pinsName)); err == nil {
		t.Error("what was not installed is called whole")
	}
}

func TestTheSameInstallationIsNotMadeAgain(t *testing.T) {
	folder := t.TempDir()
	venv := filepath.Join(folder, "venv")
	if err := os.Symlink(environment(t), venv); err != nil {
		t.Fatal(err)
	}
	// Nothing can be installed: there is neither a Python nor a network.
	t.Setenv("PATH", t.TempDir())
	if _, err := Prepare(t.Context(), Options{Folder: folder, Progress: io.Discard}); err != nil {
		t.Error(err)
	}
}

func TestProgressOnATerminalLeavesNothing(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, true, "Installing", 2)
	p.next("alembic 1.0")
	ctx, cancel := context.WithTimeout(t.Context(), 3*stroke)
	defer cancel()
	<-ctx.Done()
	p.end()
	if text := out.String(); !strings.Contains(text, "Installing: 1 of 2, alembic 1.0") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("%q", text)
	}
}

func kill(pid string) error {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return err
	}
	return syscall.Kill(n, syscall.SIGKILL)
}
