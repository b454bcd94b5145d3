package server

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/console"
	"bailiwick/internal/lockout"
	"bailiwick/internal/oidc"
	"bailiwick/internal/password"
	"bailiwick/internal/signin"
)

// sweepEvery is how often what nobody asks for any more is dropped: old sessions, codes, secrets.
const sweepEvery = 10 * time.Minute

// changeOptions are what package change needs of the rest.
func (p *product) changeOptions() change.Options {
	o := change.Options{Mint: mint, MintLink: mintLink, Streams: p.streams, LoopbackIssuers: reachesLoopback(p.config.ProvidersNetworks),
		Logger: p.log, Refused: p.refused}
	if p.config.mails() {
		o.Letters = p.post
	}
	return o
}

func mintLink() (secret, hash string, err error) {
	s, hash := signin.NewLink()
	return s.Reveal(), hash, nil
}

// streams lists what a user has open, for the receipt of an off-boarding.
func (p *product) streams(organization, user string) []client.Ended {
	var ended []client.Ended
	for _, s := range p.reader.Streams(organization, access.Subject{Kind: access.User, ID: user}) {
		ended = append(ended, client.Ended{Kind: "stream", ID: s.Token + s.Session, Description: "open since " + s.Since.UTC().Format("2006-01-02 15:04 UTC")})
	}
	return ended
}

// openDesk makes everything by which people get in.
func (p *product) openDesk(ctx context.Context) error {
	var err error
	if p.ring, err = p.ringOf(); err != nil {
		return err
	}
	flow, device, err := p.sharedKeys(ctx)
	if err != nil {
		return err
	}
	attempts, err := lockout.New(lockout.Options{Now: p.engine.Now, Key: device})
	if err != nil {
		return err
	}
	p.callback, p.signedOut = p.config.External.JoinPath("/signin/callback"), p.config.External.JoinPath("/signed-out")
	party, err := oidc.New(oidc.Options{Redirect: p.callback, SignedOut: p.signedOut, Key: flow, Now: p.engine.Now, Reach: p.config.ProvidersNetworks,
		Once: p.journal.FirstTicket, Logger: p.log})
	if err != nil {
		return err
	}
	sessions := signin.NewSessions(p.engine, p.journal, signin.SessionOptions{Secure: p.config.Secure(), Logger: p.log})
	p.reader = signin.NewReader(p.engine, p.journal, p.log).WithSessions(sessions)
	p.desk = signin.NewDesk(signin.DeskOptions{Engine: p.engine, Journal: p.journal, Changes: p.changes, Sessions: sessions, Attempts: attempts,
		Hasher: password.New(password.Options{}), Party: party, Seal: p.ring, History: p.history, Log: p.log, Demo: p.folder.Kind == Demo, Mail: p.config.mails()})
	p.background.Go(func() { p.reader.Run(p.alive()) })
	p.background.Go(func() { sessions.Run(p.alive()) })
	p.background.Go(p.sweep)
	return nil
}

// reachesLoopback tells whether identity providers may be on this machine.
func reachesLoopback(networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Addr().IsLoopback() {
			return true
		}
	}
	return false
}

func (p *product) sweep() {
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		select {
		case <-p.alive().Done():
			return
		case <-every.C:
			if err := p.desk.Sweep(p.alive()); err != nil && p.alive().Err() == nil {
				p.log.Warn("what is over could not be dropped", "error", err)
			}
		}
	}
}

// answering begins what needs the server's own address, which is known when it listens.
func (p *product) answering() error {
	for _, u := range []*url.URL{p.callback, p.signedOut} {
		u.Host = p.config.External.Host
	}
	p.background.Go(func() {
		if err := p.serveOperator(p.alive()); err != nil {
			p.log.Warn("the operator's socket cannot be served: break-glass needs the server stopped", "error", err)
		}
	})
	if err := p.gates.open(); err != nil {
		return err
	}
	if !p.config.mails() {
		return nil
	}
	return p.startMail()
}

// pages are the addresses for browsers.
func (p *product) pages() ([]Route, error) {
	cursors, err := p.shared(p.alive(), "cursors")
	if err != nil {
		return nil, err
	}
	o := console.Options{Heavy: p.heavy, History: p.history, CursorKey: cursors, Engine: p.engine, Changes: p.changes, Reader: p.reader, Desk: p.desk, TokensUsed: p.journal.TokensUsed, External: p.config.External,
		Unset: p.unset, Log: p.log, Gates: p.gates.signIns(), Gated: p.gates.any, About: func(ctx context.Context) (string, netip.Addr) { r := RequestOf(ctx); return r.ID, r.Client }}
	if p.folder.Kind == Demo {
		o.Demo = demoPeople()
	}
	all, err := console.New(o)
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, r := range all {
		access := Public
		if r.SignedIn {
			access = SignedIn
		}
		routes = append(routes, Route{Pattern: r.Pattern, Operation: r.Operation, Access: access, Early: r.Early, Quiet: r.Quiet, MaxBody: r.MaxBody, Handler: r.Handler})
	}
	return routes, nil
}
