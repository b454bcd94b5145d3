package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"bailiwick/internal/cli"

	"github.com/alecthomas/kong"
)

// Commands gives the command line what only the server can do.
func Commands(environ []string, readFile func(string) ([]byte, error)) cli.Server {
	c := &program{settings: &Settings{}, sources: NewSources(environ, readFile)}
	return cli.Server{Settings: c.settings, Resolver: c.sources,
		Serve: c.serve, Gate: c.runGate, Demo: c.demo, Backup: c.backup, Restore: c.restore, Verify: c.verify, Doctor: c.doctor, BreakGlass: c.breakGlass}
}

// program is one run of the program with the settings that it was given.
type program struct {
	settings *Settings
	sources  *Sources
}

func (c *program) config(kctx *kong.Context) (*Config, error) {
	return c.sources.Config(kctx, *c.settings)
}

// serve runs the server on a production folder until the context ends.
func (c *program) serve(ctx context.Context, kctx *kong.Context, out cli.Streams) error {
	config, err := c.config(kctx)
	if err != nil {
		return err
	}
	log := NewLogger(out.Err, config)
	for _, warning := range config.Warnings {
		log.Warn(warning)
	}
	p, err := openProduct(ctx, config, log, time.Now, Production)
	if err != nil {
		return err
	}
	p.version = out.Version
	reload, stop := onHangup()
	defer stop()
	link, err := p.firstRun(ctx)
	if err != nil {
		return errors.Join(err, p.close())
	}
	return p.serve(ctx, reload, func(*Server) error {
		if link != nil {
			return p.invite(out, link)
		}
		_, err := fmt.Fprintf(out.Out, "%s\n", config.Link("/"))
		return err
	})
}

// onHangup turns SIGHUP into a request to read the certificate again.
func onHangup() (<-chan struct{}, func()) {
	signals, reload := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				select {
				case reload <- struct{}{}:
				case <-done:
					return
				}
			case <-done:
				return
			}
		}
	}()
	return reload, func() { signal.Stop(signals); close(done) }
}
