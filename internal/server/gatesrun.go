package server

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/home"
)

// gates are those of the configuration, as far as this process has to do with them.
type gates struct {
	p      *product
	counts *gateCounts
	doors  []*gateDoor
	alive  func() context.Context // ends when the server begins to stop
	stop   context.CancelFunc

	mu    sync.Mutex
	homes map[string]*home.Home // by organization
}

// A gateDoor is a gate of this process.
type gateDoor struct {
	*Gate
	open atomic.Pointer[gate.Gate] // nil: there is no organization yet, or the server is about to listen
}

func newGates(p *product) *gates {
	alive, stop := context.WithCancel(p.alive())
	return &gates{p: p, counts: newGateCounts(), homes: map[string]*home.Home{}, alive: func() context.Context { return alive }, stop: stop}
}

// signIns are the origins to which the console sends people back whom it has signed in, by the gates' names.
func (g *gates) signIns() map[string]string {
	origins := map[string]string{}
	for _, one := range g.p.config.Gates {
		if !one.TrustedHeader {
			origins[one.Name] = one.Origin.String()
		}
	}
	return origins
}

// any tells whether a gate of an organization is configured.
func (g *gates) any(organization string) bool {
	return slices.ContainsFunc(g.p.config.Gates, func(one *Gate) bool { return g.organizationOf(one) == organization })
}

// elsewhere returns the deployment of the gate of an organization that is another process and has an origin; false where there is none.
func (g *gates) elsewhere(organization, origin string) (deployment string, known bool) {
	for _, one := range g.p.config.Gates {
		if one.Elsewhere() && one.Origin.String() == origin && g.organizationOf(one) == organization {
			return one.Deployment, true
		}
	}
	return "", false
}

// vouched tells whether a proxy names the callers of some gate of a deployment that is another process.
func (g *gates) vouched(organization, deployment string) bool {
	for _, one := range g.p.config.Gates {
		if one.Elsewhere() && one.TrustedHeader && one.Deployment == deployment && g.organizationOf(one) == organization {
			return true
		}
	}
	return false
}

// organizationOf is whose gate it is; "" where that is not known yet, or not any more.
func (g *gates) organizationOf(one *Gate) string {
	if one.Organization != "" {
		return one.Organization
	}
	if all := g.p.engine.Organizations(); len(all) == 1 {
		return all[0]
	}
	return ""
}

// fronts are the addresses on which gates of this process answer.
func (g *gates) fronts() ([]Front, error) {
	if all := g.p.engine.Organizations(); len(all) > 1 {
		for _, one := range g.p.config.Gates {
			if one.Organization == "" {
				return nil, fault.New(fault.Invalid, "the gate %s does not say whose it is, and there are %d organizations", one.Name, len(all)).
					In(one.at.String()+": "+gatesSection).Rather("write organization: %s", strings.Join(all, " or "))
			}
		}
	}
	var list []Front
	at := map[string]*gateFront{}
	for _, one := range g.p.config.Gates {
		if one.Elsewhere() {
			continue
		}
		door := &gateDoor{Gate: one}
		g.doors = append(g.doors, door)
		front := at[one.Listen]
		if front == nil {
			front = &gateFront{gates: g, clear: one.TLS.Cert == "" && !isLoopback(one.Listen)}
			at[one.Listen] = front
			list = append(list, Front{Address: one.Listen, TLS: one.TLS, ClientCA: one.ClientCA, Handler: front, Stop: g.stop})
		}
		front.doors = append(front.doors, door)
	}
	return list, nil
}

// open makes the gates, now that the server's own address is known. Those whose organization is not there yet are made when it is.
func (g *gates) open() error {
	var later []*gateDoor
	for _, d := range g.doors {
		if organization := g.organizationOf(d.Gate); organization == "" {
			later = append(later, d)
		} else if err := g.begin(d, organization); err != nil {
			return err
		}
	}
	if len(later) > 0 {
		g.p.background.Go(func() { g.await(later) })
	}
	return nil
}

// await opens gates when there is an organization.
func (g *gates) await(later []*gateDoor) {
	ticker := time.NewTicker(discoverEvery)
	defer ticker.Stop()
	for {
		select {
		case <-g.alive().Done():
			return
		case <-ticker.C:
		}
		if organization := g.organizationOf(later[0].Gate); organization != "" && !g.p.unset() {
			for _, d := range later {
				if err := g.begin(d, organization); err != nil {
					g.p.log.Error("a gate could not be opened", "gate", d.Name, "error", err)
				}
			}
			return
		}
	}
}

// begin makes a gate and what runs beside it.
func (g *gates) begin(d *gateDoor, organization string) error {
	o, err := g.options(d.Gate, organization)
	if err != nil {
		return err
	}
	made, err := gate.New(o)
	if err != nil {
		return fault.Wrap(fault.Of(err), err, "the gate %s: %v", d.Name, err)
	}
	d.open.Store(made)
	g.p.background.Go(func() { made.Run(g.alive()) })
	g.p.log.Info("a gate is open", "gate", d.Name, "origin", d.Origin.String(), "deployment", d.Deployment)
	return nil
}

func (g *gates) options(one *Gate, organization string) (gate.Options, error) {
	o := one.Options()
	transport, err := one.upstreamConfig()
	if err != nil {
		return o, err
	}
	o.UpstreamTLS, o.Log, o.Now = transport, g.p.log, g.p.engine.Now
	o.Authority = counted{Authority: g.home(organization), counts: g.counts, gate: one.Name}
	if !one.TrustedHeader {
		o.SignIn = g.p.config.External.JoinPath("/gate/signin")
	}
	return o, nil
}

// Options are the gate's as the configuration says them. Whoever makes the gate adds UpstreamTLS, SignIn, Authority, Log and Now.
func (g *Gate) Options() gate.Options {
	origin := *g.Origin
	upstream := *g.Upstream
	return gate.Options{Name: g.Name, Origin: &origin, Deployment: g.Deployment, Upstream: &upstream, Trusted: g.Trusted, Rules: g.Rules, UpstreamSecret: g.UpstreamSecret}
}

// upstreamConfig is how the upstream is reached by https; nil for http.
func (g *Gate) upstreamConfig() (*tls.Config, error) {
	if g.Upstream.Scheme != "https" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if g.UpstreamCA != "" {
		if c.RootCAs, err = authorities(g.UpstreamCA); err != nil {
			return nil, err
		}
	}
	if g.UpstreamTLS.Cert != "" {
		pair, err := tls.LoadX509KeyPair(g.UpstreamTLS.Cert, g.UpstreamTLS.Key)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the gate's certificate for its upstream cannot be used: %v", err).In(gatesSection + "." + g.Name + ".upstream_tls")
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// home is what decides for the gates of an organization.
func (g *gates) home(organization string) *home.Home {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.homes[organization]
	if h == nil {
		h = home.New(home.Options{Organization: organization, Engine: g.p.engine, Reader: g.p.reader, Sessions: g.p.desk.Sessions, Changes: g.p.changes, Discovery: g.p.discovery,
			History: g.p.history, Log: g.p.log})
		g.homes[organization] = h
	}
	return h
}

// A gateFront answers on an address for the gates there.
type gateFront struct {
	gates *gates
	doors []*gateDoor
	clear bool // what comes here from others than trusted proxies is not encrypted
}

// ServeHTTP finds the gate by the host that was asked for, and counts what it answers. A host that no gate has is nobody's: a name
// that somebody else points here must not be one of ours to a browser.
func (f *gateFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	door := f.door(r)
	switch peer := peerAddress(r); {
	case door == nil:
		http.Error(w, "no gate has this name", http.StatusMisdirectedRequest)
		return
	case f.clear && !peer.IsLoopback() && !isTrusted(peer, f.gates.p.config.TrustedProxies):
		http.Error(w, "this gate is reached through its proxy, by https", http.StatusForbidden)
		return
	}
	open := door.open.Load()
	if open == nil {
		w.Header().Set("Retry-After", "2")
		http.Error(w, "the gate is not open yet", http.StatusServiceUnavailable)
		return
	}
	began := time.Now()
	note := &recorder{ResponseWriter: w}
	defer func() { f.gates.counts.request(door.Name, note.status, time.Since(began)) }()
	open.ServeHTTP(note, r)
}

// door finds the gate with the host of a request. Probes of a gate's health come by its address.
func (f *gateFront) door(r *http.Request) *gateDoor {
	for _, d := range f.doors {
		if strings.EqualFold(r.Host, d.Origin.Host) || strings.EqualFold(r.Host, withUsualPort(d.Origin)) {
			return d
		}
	}
	if r.URL.Path == "/.bailiwick/health" {
		return f.doors[0]
	}
	return nil
}

func withUsualPort(origin *url.URL) string {
	if origin.Port() != "" {
		return origin.Host
	}
	return origin.Host + ":" + map[string]string{"http": "80", "https": "443"}[origin.Scheme]
}
