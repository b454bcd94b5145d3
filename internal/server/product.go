package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/internal/api/authzen"
	"bailiwick/internal/api/rest"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/discovery"
	"bailiwick/internal/history"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/journal"
	"bailiwick/internal/mail"
	"bailiwick/internal/seal"
	"bailiwick/internal/signin"
	"bailiwick/internal/webhook"
)

// A product is what a server serves: the journal, the engine and the services on it. It is opened and closed as a whole.
type product struct {
	config    *Config
	log       *slog.Logger
	version   string
	folder    *Folder
	journal   *journal.Journal
	engine    *decide.Engine
	changes   *change.Service
	reader    *signin.Reader
	history   *history.Recorder
	desk      *signin.Desk
	ring      *seal.Ring
	webhooks  *webhook.Service
	discovery *discovery.Service
	gates     *gates
	heavy     *inquiry.Heavy              // what all doors share
	outbox    atomic.Pointer[mail.Outbox] // nil: there is no mail, or not yet
	// callback is where identity providers send browsers back to. Its host is known when the server listens.
	callback, signedOut *url.URL

	settled    atomic.Bool // there is an organization
	background sync.WaitGroup
	alive      func() context.Context // ends when the product is closed
	stop       context.CancelFunc
}

// database is the journal's address: as configured, else SQLite in the data folder.
func (c *Config) database() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + c.DatabasePath()
}

// openProduct opens a data folder of one of the kinds with everything in it. The clock is the engine's too: the demo's
// history needs one that it can set.
func openProduct(ctx context.Context, c *Config, log *slog.Logger, clock func() time.Time, kinds ...FolderKind) (*product, error) {
	folder, err := OpenFolder(c.Data, kinds...)
	if err != nil {
		return nil, err
	}
	p := &product{config: c, log: log, folder: folder}
	if err := p.open(ctx, clock); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *product) open(ctx context.Context, clock func() time.Time) error {
	var err error
	if p.journal, err = journal.Open(ctx, p.config.database(), journal.Options{Now: time.Now, Logger: p.log}); err != nil {
		return err
	}
	if p.engine, err = decide.Open(ctx, p.journal, decide.Options{Clock: clock, StaleReads: p.config.StaleReads, Logger: p.log}); err != nil {
		return err
	}
	p.history = history.New(p.journal, clock, p.log)
	p.changes = change.New(p.journal, p.engine, p.changeOptions())
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.alive, p.stop = func() context.Context { return background }, stop
	if err := p.openDesk(ctx); err != nil {
		return err
	}
	p.openWebhooks()
	p.discovery = discovery.New(discovery.Options{Engine: p.engine, Changes: p.changes, Log: p.log})
	p.background.Go(func() { p.discovery.Run(background) })
	p.gates = newGates(p)
	p.background.Go(func() { p.signCheckpoints(background) })
	return nil
}

// mint makes the secret of a token. It leaves this function in clear once: in the answer to whoever made the token.
func mint(kind string) (secret, hash, last string, err error) {
	s, hash, last, err := signin.Mint(signin.Kind(kind))
	if err != nil {
		return "", "", "", err
	}
	return s.Reveal(), hash, last, nil
}

func (p *product) refused(organization string, a *change.Actor, operation, about string, err error) {
	p.log.Info("refused", "organization", organization, "actor", a.String(), "operation", operation, "request", a.Request)
	if organization == decide.Server {
		return // a wrong setup secret comes from anybody, who must not fill the journal
	}
	p.history.Record(organization, history.Activity{Subject: a.String(), Operation: operation, Resource: about, Result: "refused", Reason: err.Error(), Via: a.Via, Request: a.Request})
}

// close stops everything, the journal last.
func (p *product) close() error {
	if p.stop != nil {
		p.stop()
		p.background.Wait()
	}
	if p.desk != nil {
		p.desk.Close()
	}
	if p.changes != nil {
		p.changes.Close()
	}
	var errs []error
	if p.history != nil {
		errs = append(errs, p.history.Close())
	}
	if p.engine != nil {
		p.engine.Close()
	}
	if p.journal != nil {
		errs = append(errs, p.journal.Close())
	}
	return errors.Join(append(errs, p.folder.Close())...)
}

// chains lists every chain of the journal, the server's own included.
func (p *product) chains() []string { return append(p.engine.Organizations(), decide.Server) }

// ready is nil while decisions are given.
func (p *product) ready() error {
	if age, fresh := p.engine.Fresh(); !fresh {
		return fmt.Errorf("the journal was last read %s ago", age.Round(time.Millisecond))
	}
	return nil
}

func (p *product) measures() Measures {
	return Measures{
		Allowed: func() uint64 { return uint64(p.engine.Allowed.Load()) },
		Denied:  func() uint64 { return uint64(p.engine.Denied.Load()) },
		Changes: func() uint64 { return uint64(p.changes.Made.Load()) }, Refusals: func() uint64 { return uint64(p.changes.Refused.Load()) },
		HeadAge: func() time.Duration { age, _ := p.engine.Fresh(); return age },
		Gates:   p.gates.counts,
	}
}

// routes lists every address of the product.
func (p *product) routes() ([]Route, error) {
	door, err := authzen.New(authzen.Config{External: p.config.External.String(), Engine: p.engine, Reader: p.reader, Log: p.log})
	if err != nil {
		return nil, err
	}
	var routes []Route
	for path, handler := range door.Handlers() {
		r := Route{Pattern: "POST " + path, Operation: "decisions.ask", Access: SignedIn, Quiet: true, Handler: handler}
		if strings.HasPrefix(path, "/.well-known/") {
			r = Route{Pattern: "GET " + path, Operation: "authzen.metadata", Access: Public, Quiet: true, Handler: handler}
		}
		routes = append(routes, r)
	}
	cursors, err := p.shared(p.alive(), "cursors")
	if err != nil {
		return nil, err
	}
	p.heavy = inquiry.NewHeavy()
	api, err := rest.New(rest.Options{Heavy: p.heavy, Engine: p.engine, Changes: p.changes, Reader: p.reader, History: p.history, TokensUsed: p.journal.TokensUsed,
		Desk: p.desk, Webhooks: p.webhooks, External: p.config.External, CursorKey: cursors, Version: p.version, Log: p.log,
		Discovery: p.discovery, Gates: p.gates.elsewhere, Vouched: p.gates.vouched})
	if err != nil {
		return nil, err
	}
	for _, r := range api {
		access := SignedIn
		if r.Public {
			access = Public
		}
		routes = append(routes, Route{Pattern: r.Pattern, Operation: r.Operation, Access: access, Early: r.Operation == "setup", Long: r.Long, MaxBody: r.MaxBody, Handler: r.Handler})
	}
	management, err := p.graphqlRoutes(cursors)
	if err != nil {
		return nil, err
	}
	routes = append(routes, management...)
	pages, err := p.pages()
	return append(routes, pages...), err
}

// shared is a secret for one purpose, the same on every replica: made from the folder's key, or, where several folders share a
// database, from a random one that the first server kept there.
func (p *product) shared(ctx context.Context, purpose string) ([]byte, error) {
	secret := p.folder.Key.Seed()
	if p.config.Database != "" {
		random := make([]byte, 32)
		_, _ = rand.Read(random) // ends the program rather than fail
		var err error
		if secret, err = p.journal.FirstSecret(ctx, decide.Server, "sec_shared", random); err != nil {
			return nil, err
		}
	}
	return purposeKey(secret, purpose), nil
}

func purposeKey(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// serve answers until the context ends, and closes the product.
func (p *product) serve(ctx context.Context, reload <-chan struct{}, listening func(*Server) error) error {
	s := &Server{Config: p.config, Log: p.log, Now: time.Now, Measures: p.measures(), Ready: p.ready, Unset: p.unset, Reload: reload, Closers: []func() error{p.close}}
	routes, err := p.routes()
	if err != nil {
		return errors.Join(err, p.close())
	}
	s.Routes = routes
	if s.Fronts, err = p.gates.fronts(); err != nil {
		return errors.Join(err, p.close())
	}
	if err := s.Listen(ctx); err != nil {
		return errors.Join(err, p.close())
	}
	serving := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { serving <- s.Serve(ctx) }()
	if err := errors.Join(p.answering(), listening(s)); err != nil {
		cancel()
		return errors.Join(err, <-serving)
	}
	return <-serving
}
