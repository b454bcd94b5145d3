package server

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"bailiwick/internal/cli"
	"bailiwick/internal/signin"

	"github.com/alecthomas/kong"
)

// Commands gives the command line what only the server can do.
func Commands(environ []string, readFile func(string) ([]byte, error)) cli.Server {
	c := &program{settings: &Settings{}, sources: NewSources(environ, readFile)}
	return cli.Server{Settings: c.settings, Resolver: c.sources,
		Serve: c.serve, Demo: c.demo, Backup: c.backup, Restore: c.restore, Verify: c.verify, Doctor: c.doctor}
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
	return p.serve(ctx, reload, func(s *Server) error {
		if len(p.engine.Organizations()) > 0 {
			_, err := fmt.Fprintf(out.Out, "%s\n", config.Link("/"))
			return err
		}
		return p.firstRun(ctx, out)
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

// firstRun opens a setup link and prints the one block that a new operator needs.
func (p *product) firstRun(ctx context.Context, out cli.Streams) error {
	link := signin.NewSetup(p.engine.Now())
	if err := p.changes.OpenSetup(ctx, link.Hash, link.Until); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out.Out, `%s

This server has no organization yet. Make one, with yourself as its first owner, within 30 minutes:

  in a browser    %s#%s
  or from here    bailiwick setup --server %s --secret %s --organization acme --email you@acme.test

The link works once; a restart prints another one. Until then every other page answers 503.
Data: %s   ·   Just looking? bailiwick demo
`, p.config.Link("/"), p.config.Link("/setup"), link.Secret.Reveal(), p.config.External, link.Secret.Reveal(), p.folder.Path)
	return err
}
