package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"bailiwick/internal/cli"
	"bailiwick/internal/dagsterdemo"
	"bailiwick/internal/fault"
)

const (
	// demoGateAddress is where the demo's gate listens unless told.
	demoGateAddress = "127.0.0.1:8081"
	demoGate        = "dagster-prod"
	demoDeployment  = "dagster/prod"
	dagsterFolder   = "dagster" // in the demo's folder
)

// A demoDagster is the demo's real Dagster with the address of the gate in front of it.
type demoDagster struct {
	*dagsterdemo.Dagster
	origin string
}

// serveWithDagster answers until the context ends, or the Dagster behind the gate does.
func serveWithDagster(ctx context.Context, o cli.DemoOptions, s *story) error {
	dagster, err := startDagster(ctx, o, s.p.config.Data)
	if err != nil {
		return errors.Join(err, s.p.close())
	}
	s.more = dagster.greeting()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case err := <-dagster.Ended():
			stop(err)
		case <-ctx.Done():
		}
	}()
	if err := s.p.config.addGate(demoGate, dagster.origin, demoDeployment, dagster.URL.String()); err != nil {
		return errors.Join(err, dagster.Stop(), s.p.close())
	}
	err = s.p.serve(ctx, nil, func(*Server) error { return s.greet(ctx, o.Out) })
	if cause := context.Cause(ctx); fault.Is(cause, fault.Unavailable) {
		err = errors.Join(cause, err)
	}
	return errors.Join(err, dagster.Stop())
}

// startDagster installs the demo's Dagster where that is needed and starts it.
func startDagster(ctx context.Context, o cli.DemoOptions, data string) (*demoDagster, error) {
	address, err := gateAddress(o.GateListen)
	if err != nil {
		return nil, err
	}
	if err := bringVenv(data); err != nil {
		return nil, err
	}
	options := dagsterdemo.Options{Folder: filepath.Join(data, dagsterFolder), Venv: o.DagsterVenv, Progress: o.Err, Terminal: o.Terminal}
	project, err := dagsterdemo.Prepare(ctx, options)
	if err != nil {
		return nil, err
	}
	running, err := project.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	return &demoDagster{Dagster: running, origin: "http://" + address}, nil
}

// gateAddress is where the gate listens. Its port is chosen now where any will do: the address is a part of what a gate is.
func gateAddress(asked string) (string, error) {
	address := asked
	if address == "" {
		address = freeAddress(demoGateAddress)
	}
	if err := demoLoopback("--gate-listen", address); err != nil {
		return "", err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "%s cannot be listened on (%v)", address, errors.Unwrap(err)).In("--gate-listen").
			Rather("stop what uses the address, or choose another")
	}
	return withPort(address, l.Addr()), l.Close()
}

// greeting says what there is to try.
func (d *demoDagster) greeting() string {
	return fmt.Sprintf(`
A real Dagster %s is behind the gate: %s
Sign in there as one of these; each can be taken by a click:
  %-16s Viewer: Launchpad and the schedules are grey; under Deployment, Reload all says why
  %-16s Launcher: launches runs; schedules are grey in the code location etl, and not in ingest, where the team is Editor
  %-16s Editor: starts schedules, wipes assets, reloads code
  %-16s Organization Admin: everything. Take a role from somebody, and look at their open page
Without the gate it is at %s, open to everybody on this machine, as it comes.

`, dagsterdemo.Version(), d.origin, "paula@acme.test", "priya@acme.test", "lena@acme.test", demoAdministrator, d.URL)
}

// spareVenv is where an installed Dagster waits while a demo folder is made anew: it is large, and the same afterwards.
func spareVenv(data string) string { return data + ".dagster-venv" }

// keepVenv takes the installed Dagster out of a demo folder that is about to be removed.
func keepVenv(data string) error {
	if err := os.RemoveAll(spareVenv(data)); err != nil {
		return err
	}
	return renamed(filepath.Join(data, dagsterFolder, "venv"), spareVenv(data))
}

// bringVenv puts back what keepVenv has taken out.
func bringVenv(data string) error {
	folder := filepath.Join(data, dagsterFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be made (%v)", folder, cause(err))
	}
	return renamed(spareVenv(data), filepath.Join(folder, "venv"))
}

// renamed moves a folder, if it is there.
func renamed(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be moved to %s (%v)", from, to, cause(err))
	}
	return nil
}
