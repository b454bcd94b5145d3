package dagstertest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// module is a code location of a test's own.
type module struct {
	location string
	text     string
	served   int // the port of its own server; 0: Dagster starts one
}

// WithModule adds a code location that is made of one module's text. It may fail to load.
func WithModule(location, text string) Option {
	return func(c *choice) { c.modules = append(c.modules, module{location: location, text: text}) }
}

// WithServedModule adds a code location whose server Dagster does not start itself, and which it watches. It is not there until Serve.
func WithServedModule(location, text string) Option {
	return func(c *choice) { c.modules = append(c.modules, module{location: location, text: text, served: -1}) }
}

func (d *Dagster) workspaceFile() string { return filepath.Join(d.home, "workspace.yaml") }

func (d *Dagster) moduleFile(location string) string {
	return filepath.Join(d.home, fmt.Sprintf("module_%x.py", location))
}

// writeWorkspace writes which code locations there are, and the modules of the test's own.
func (d *Dagster) writeWorkspace() error {
	text, err := os.ReadFile(filepath.Join(d.project, "workspace.yaml"))
	if err != nil {
		return err
	}
	workspace := bytes.NewBuffer(text)
	for i := range d.modules {
		m := &d.modules[i]
		if m.served < 0 {
			if m.served, err = freePort(); err != nil {
				return err
			}
		}
		if m.served > 0 {
			fmt.Fprintf(workspace, "\n  - grpc_server: {host: 127.0.0.1, port: %d, location_name: %q}\n", m.served, m.location)
		} else {
			fmt.Fprintf(workspace, "\n  - python_file: {relative_path: %q, location_name: %q}\n", filepath.Base(d.moduleFile(m.location)), m.location)
		}
		if err := d.writeModule(m.location, m.text); err != nil {
			return err
		}
	}
	return os.WriteFile(d.workspaceFile(), workspace.Bytes(), 0o600)
}

// writeModule writes a text of which Python keeps no older compilation: these are told apart by second and length.
func (d *Dagster) writeModule(location, text string) error {
	d.written++
	if err := os.WriteFile(d.moduleFile(location), []byte(text), 0o600); err != nil {
		return err
	}
	info, err := os.Stat(d.moduleFile(location))
	if err != nil {
		return err
	}
	at := info.ModTime().Add(time.Duration(d.written) * time.Second)
	return os.Chtimes(d.moduleFile(location), at, at)
}

// ChangeModule writes another text into a code location of WithModule and has Dagster read it.
func (d *Dagster) ChangeModule(t testing.TB, location, text string) {
	t.Helper()
	for i := range d.modules {
		if d.modules[i].location == location {
			d.modules[i].text = text
		}
	}
	if err := d.writeModule(location, text); err != nil {
		t.Fatal(err)
	}
	d.Reload(t, location)
}

// Reload has Dagster read a code location again. It may fail to load.
func (d *Dagster) Reload(t testing.TB, location string) {
	t.Helper()
	var reloaded struct{}
	d.must(t, "WorkspaceLocationEntry", &reloaded, `mutation ($l: String!) { answer: reloadRepositoryLocation(repositoryLocationName: $l) { __typename
		... on PythonError { message } } }`, map[string]any{"l": location})
}

// SetModules has Dagster read anew which code locations of a test's own there are: those of the given names, of those that there were at
// the start, besides etl and reports.
func (d *Dagster) SetModules(t testing.TB, locations ...string) {
	t.Helper()
	all := d.modules
	defer func() { d.modules = all }()
	d.modules = nil
	for _, m := range all {
		for _, l := range locations {
			if m.location == l {
				d.modules = append(d.modules, m)
			}
		}
	}
	if err := d.writeWorkspace(); err != nil {
		t.Fatal(err)
	}
	var reloaded struct{}
	d.must(t, "Workspace", &reloaded, `mutation { answer: reloadWorkspace { __typename ... on PythonError { message } } }`, nil)
}

// Serve starts the server of a code location of WithServedModule, until stop or the test's end. Dagster notices within seconds.
func (d *Dagster) Serve(t testing.TB, location string) (stop func()) {
	t.Helper()
	port := 0
	for _, m := range d.modules {
		if m.location == location {
			port = m.served
		}
	}
	folder, err := os.MkdirTemp(d.home, "server")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(d.Python(), "-I", "-c", keeper, folder, d.program("dagster"), "api", "grpc", "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-f", d.moduleFile(location), "--location-name", location, ";")
	command.Dir, command.Env, command.Stderr = d.home, d.environment(d.home), os.Stderr
	leash, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = leash.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the server of %s: %v", location, err)
		}
	}
	t.Cleanup(stop)
	if _, err := fmt.Fprintln(leash, "start"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return stop
}
