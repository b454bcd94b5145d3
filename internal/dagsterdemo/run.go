package dagsterdemo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/fault"
)

// startLimit is how long the first start may take: Python compiles what it imports.
const startLimit = 3 * time.Minute

// A Dagster is a running web server with its daemon.
type Dagster struct {
	URL *url.URL // on loopback, open to everybody on this machine

	p      places
	keeper *exec.Cmd
	leash  io.WriteCloser
	ended  chan error // has one value when a process has ended that ought to run
	wait   func() error
}

// Start starts the web server on a free port of loopback, waits until its code locations are loaded, and starts the daemon.
// Progress is told that it takes a while.
func (p *Project) Start(ctx context.Context, o Options) (*Dagster, error) {
	show := newProgress(o.Progress, o.Terminal, "Starting Dagster", 0)
	defer show.end()
	show.says("the web server and two code locations")
	// Another program may take the port before Dagster does, which binds it last.
	for attempt := 1; ; attempt++ {
		d, err := p.attempt(ctx)
		if err == nil || ctx.Err() != nil || attempt == 3 || !strings.Contains(err.Error(), "address already in use") {
			return d, err
		}
	}
}

func (p *Project) attempt(ctx context.Context) (*Dagster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.log(), nil, 0o600); err != nil {
		return nil, unwritable(err)
	}
	d := &Dagster{URL: &url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}, p: p.places, ended: make(chan error, 1)}
	if err := d.keep(port); err != nil {
		return nil, err
	}
	if err := d.up(ctx); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

// keep starts the keeper, which has started nothing yet.
func (d *Dagster) keep(port int) error {
	workspace := filepath.Join(d.p.project(), "workspace.yaml")
	d.keeper = exec.Command(d.p.bin("python3"), "-I", "-c", keeper, d.p.log(), //nolint:gosec // a program of the environment that was asked for
		d.p.bin("dagster-webserver"), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-w", workspace, ";",
		d.p.bin("dagster-daemon"), "run", "-w", workspace, ";")
	d.keeper.Dir, d.keeper.Env = d.p.home(), d.p.environment()
	var err error
	if d.leash, err = d.keeper.StdinPipe(); err != nil {
		return err
	}
	said, err := d.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.keeper.Start(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s does not run (%v)", d.p.bin("python3"), err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if name, is := strings.CutPrefix(lines.Text(), "ended "); is {
				d.end(name)
			}
		}
		d.end("the keeper of its processes")
	}()
	d.wait = func() error { <-heard; return d.keeper.Wait() }
	return nil
}

func (d *Dagster) end(name string) {
	select {
	case d.ended <- fault.New(fault.Unavailable, "Dagster ended (%s): %s", name, lastLines(d.p.log(), 4)).Rather("the whole log is %s", d.p.log()):
	default:
	}
}

// environment is that of Dagster's programs: nothing of the caller's, so that neither his secrets nor the variables of a Dagster
// of his own reach them.
func (p places) environment() []string {
	all := []string{
		"PATH=" + filepath.Join(p.venv, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"HOME=" + p.home(), "DAGSTER_HOME=" + p.home(), "LC_ALL=C.UTF-8", "TZ=UTC", "PYTHONPATH=" + p.project(), "PYTHONUNBUFFERED=1",
		"DAGSTER_DISABLE_TELEMETRY=yes", "DO_NOT_TRACK=1",
	}
	if _, err := os.Stat(p.compiled()); err == nil {
		all = append(all, "PYTHONPYCACHEPREFIX="+p.compiled())
	}
	return all
}

// up starts one after the other: both at once would make the tables of an empty storage at the same time.
func (d *Dagster) up(ctx context.Context) error {
	if err := d.next(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not ready after %s", startLimit))
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := d.loaded(ctx)
		if err == nil {
			return d.next()
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, errors.Join(context.Cause(ctx), err), "Dagster is not ready: %v", err).Rather("its log is %s", d.p.log())
		case ended := <-d.ended:
			return ended
		case <-again.C:
		}
	}
}

func (d *Dagster) next() error {
	_, err := io.WriteString(d.leash, "start\n")
	return err
}

// Ended has a value when one of the processes has ended although nobody stopped it.
func (d *Dagster) Ended() <-chan error { return d.ended }

// Stop ends all processes, within seconds.
func (d *Dagster) Stop() error { return errors.Join(d.leash.Close(), d.wait()) }

// freePort finds a port below those that the system gives to connections: one of these might take it until Dagster binds it.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(10000) //nolint:gosec // not a secret
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, fault.New(fault.Unavailable, "no port of 127.0.0.1 from 20000 to 29999 is free")
}
