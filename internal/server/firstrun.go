package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"bailiwick/internal/cli"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// setupMark lies in a data folder that has served an organization. It is what a journal cannot forget about itself: whoever
// empties the database does not get a setup link for it (attack 123).
const setupMark = "setup-done"

// discoverEvery is how often a server without an organization looks whether another replica was set up.
const discoverEvery = 500 * time.Millisecond

// unset tells whether there is no organization yet. Once there is one, that is so for good.
func (p *product) unset() bool {
	if p.settled.Load() {
		return false
	}
	for _, name := range p.engine.Organizations() {
		// One without a row is being made, or could not be.
		if st, err := p.engine.View(name); err == nil && st.Revision > 0 {
			p.settled.Store(true)
			return false
		}
	}
	return true
}

// firstRun refuses a server that was set up and has lost its organization; of a new one it opens a setup link.
func (p *product) firstRun(ctx context.Context) (*signin.Setup, error) {
	if _, err := os.Stat(p.config.inData(restoreMark)); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fault.New(fault.Conflict, "a restore into %s was cut off, and tokens that were revoked may live there", p.folder.Path).By("restore").
			Rather("restore again, into an empty folder or database"))
	}
	if !p.unset() {
		return nil, p.markSetUp()
	}
	done, err := p.wasSetUp()
	if err != nil {
		return nil, err
	}
	if done {
		return nil, fault.New(fault.Conflict, "this server was set up once, and its journal has no organization any more; setup is closed for good").By("setup").
			Rather("restore a backup into a new folder")
	}
	link := signin.NewSetup(p.engine.Now())
	if err := p.changes.OpenSetup(ctx, link.Hash, link.Until); err != nil {
		return nil, err
	}
	p.background.Go(p.awaitSetup)
	return &link, nil
}

// wasSetUp asks both witnesses: the folder, and the server's own chain.
func (p *product) wasSetUp() (bool, error) {
	if _, err := os.Stat(p.config.inData(setupMark)); !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	own, err := p.engine.Current(decide.Server)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && own.SetupDone, err
}

// markSetUp makes the folder remember.
func (p *product) markSetUp() error {
	path := p.config.inData(setupMark)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeWhole(path, []byte("An organization was made on this server. Setup is closed for good.\n"))
}

// awaitSetup waits until there is an organization, here or on another replica, and marks the folder.
func (p *product) awaitSetup() {
	every := time.NewTicker(discoverEvery)
	defer every.Stop()
	for p.unset() {
		select {
		case <-p.alive().Done():
			return
		case <-every.C:
		}
		if err := p.engine.Discover(p.alive()); err != nil && p.alive().Err() == nil {
			p.log.Warn("looking for an organization failed", "error", err)
		}
	}
	if err := p.markSetUp(); err != nil {
		p.log.Warn("the folder could not be marked as set up; the next start tries again", "error", err)
	}
}

// invite prints the one block that a new operator needs.
func (p *product) invite(out cli.Streams, link *signin.Setup) error {
	secret := link.Secret.Reveal()
	_, err := fmt.Fprintf(out.Out, `%s

This server has no organization yet. Make one, with yourself as its first owner, within 30 minutes:

  in a browser    %s#%s
  or from here    bailiwick setup --server %s --secret %s --organization acme --email you@acme.test

The link works once; a restart prints another one. Until then every other page answers 503.
Data: %s   ·   Just looking? bailiwick demo
`, p.config.Link("/"), p.config.Link("/setup"), secret, p.config.External, secret, p.folder.Path)
	return err
}
