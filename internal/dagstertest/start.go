package dagstertest

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Dagster is a running dagster-webserver and what belongs to it.
type Dagster struct {
	place
	home   string // DAGSTER_HOME, with the log
	port   int
	daemon bool

	modules []module // code locations of the test's own
	written int      // how often one of their modules was written

	mu     sync.Mutex // one command to the keeper at a time
	keeper *exec.Cmd
	leash  io.WriteCloser
	said   *bufio.Reader
}

// Option changes how a Dagster is started.
type Option func(*choice)

type choice struct {
	daemon bool
	queued bool
	older  bool
	flags  []string

	modules []module
}

// WithDaemon also starts dagster-daemon, which evaluates schedules and sensors and launches the runs of backfills.
func WithDaemon() Option { return func(c *choice) { c.daemon = true } }

// WithQueuedRuns leaves runs that are launched QUEUED until a daemon takes them: what is launched costs no process, and can still be
// terminated, deleted and run again.
func WithQueuedRuns() Option { return func(c *choice) { c.queued = true } }

// WithOlder starts the pinned Dagster that is a year older.
func WithOlder() Option { return func(c *choice) { c.older = true } }

// WithFlags gives dagster-webserver more flags, as --read-only. With --path-prefix nothing here would find it.
func WithFlags(flags ...string) Option {
	return func(c *choice) { c.flags = append(c.flags, flags...) }
}

// startLimit is how long the first start after make dagster may take: Python compiles what it imports.
const startLimit = 3 * time.Minute

//go:embed keeper.py
var keeper string

// Start starts a Dagster for one test (and benchmark) and stops it at its end. It returns when both code locations are
// loaded. Tests that can share one use Shared: starting takes seconds.
func Start(t testing.TB, options ...Option) *Dagster {
	t.Helper()
	d, err := start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.tell(t, 0)
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Open starts a Dagster outside of tests, for measurements. Whoever opens it closes it.
func Open(options ...Option) (*Dagster, error) { return start(options) }

// Close stops all of a Dagster that was opened.
func (d *Dagster) Close() error { return d.stop() }

func start(options []Option) (*Dagster, error) {
	var chosen choice
	for _, option := range options {
		option(&chosen)
	}
	release := newest()
	if chosen.older {
		release = older()
	}
	here, err := find(release)
	if err != nil {
		return nil, err
	}
	// Another process may take the port before Dagster does, which binds it last.
	for attempt := 1; ; attempt++ {
		d, err := here.launch(chosen)
		if err == nil || attempt == 3 || !strings.Contains(err.Error(), "address already in use") {
			return d, err
		}
	}
}

func (p place) launch(chosen choice) (*Dagster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "bwdagster")
	if err != nil {
		return nil, err
	}
	d := &Dagster{place: p, home: home, port: port, daemon: chosen.daemon, modules: chosen.modules}
	settings, err := os.ReadFile(filepath.Join(p.project, "dagster.yaml"))
	if err != nil {
		return nil, err
	}
	if chosen.queued {
		settings = bytes.Replace(settings, []byte("DefaultRunCoordinator"), []byte("QueuedRunCoordinator"), 1)
	}
	if err := os.WriteFile(filepath.Join(home, "dagster.yaml"), settings, 0o600); err != nil {
		return nil, err
	}
	if err := d.writeWorkspace(); err != nil {
		return nil, err
	}
	workspace := d.workspaceFile()
	arguments := append([]string{"-I", "-c", keeper, home, p.program("dagster-webserver"), "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-w", workspace}, append(chosen.flags, ";")...)
	if chosen.daemon {
		arguments = append(arguments, p.program("dagster-daemon"), "run", "-w", workspace, ";")
	}
	d.keeper = exec.Command(p.Python(), arguments...)
	d.keeper.Dir = home
	d.keeper.Env = p.environment(home)
	d.keeper.Stderr = os.Stderr
	if d.leash, err = d.keeper.StdinPipe(); err != nil {
		return nil, err
	}
	said, err := d.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.said = bufio.NewReader(said)
	if err := d.keeper.Start(); err != nil {
		return nil, err
	}
	if err := d.up(); err != nil {
		log := d.log(0)
		return nil, errors.Join(fmt.Errorf("dagster-webserver %s did not start: %w\n%s", p.version, err, log), d.stop())
	}
	return d, nil
}

// environment is that of Dagster's programs: nothing of the caller's, so that no variable of a developer's own Dagster counts.
func (p place) environment(home string) []string {
	return []string{
		"PATH=" + filepath.Join(p.venv, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"HOME=" + home, "TMPDIR=" + home, "DAGSTER_HOME=" + home, "LC_ALL=C.UTF-8", "TZ=UTC",
		"PYTHONPATH=" + p.project,
		"PYTHONPYCACHEPREFIX=" + filepath.Join(p.venv, "pycache"), // nothing compiled beside the sources
		"PYTHONUNBUFFERED=1",
	}
}

// freePort finds a port below those that the kernel gives to connections: one of these might take it until Dagster binds it.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(10000)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no port of 127.0.0.1 from 20000 to 29999 is free")
}

// order has the keeper start or stop the processes, or say whether all of them are there.
func (d *Dagster) order(word string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := io.WriteString(d.leash, word+"\n"); err != nil {
		return err
	}
	switch answer, err := d.said.ReadString('\n'); {
	case err != nil:
		return fmt.Errorf("its keeper: %w", err)
	case strings.TrimSpace(answer) != "done":
		return errors.New("a process of it ended")
	}
	return nil
}

// up starts the web server, waits until both code locations are loaded, and starts the daemon, if there is to be one.
func (d *Dagster) up() error {
	if err := d.serve(); err != nil || !d.daemon {
		return err
	}
	return d.order("start")
}

func (d *Dagster) serve() error {
	if err := d.order("start"); err != nil {
		return err
	}
	deadline := time.NewTimer(startLimit)
	defer deadline.Stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := d.loaded()
		if err == nil {
			return nil
		}
		if gone := d.order("alive"); gone != nil {
			return gone
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("not ready after %v: %w", startLimit, err)
		case <-again.C:
		}
	}
}

func (d *Dagster) stop() error { return errors.Join(d.leash.Close(), d.keeper.Wait()) }
