package server

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/cli"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/remote"
	"bailiwick/internal/loopback"
	"bailiwick/internal/signin"
	"bailiwick/internal/yamltext"
)

// A GateConfig is the configuration of gates that run on another host than the server.
type GateConfig struct {
	Config               // External is the server's address, Gates are the gates
	Token  string        // the gates' own
	Bound  time.Duration // how old the facts may be; 0: remote.DefaultBound
	CA     string        // file of authorities of the server's certificate; "": the system's
}

// LoadGate reads such a configuration. Its error names everything that is wrong, one a line.
func LoadGate(path string, readFile func(string) ([]byte, error)) (*GateConfig, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read (%v)", path, cause(err)).In("--config")
	}
	c := &GateConfig{}
	c.LogLevel, c.LogFormat, c.LimitsHeaders = "info", "text", 64<<10
	var problems yamltext.Problems
	c.read(yamltext.Parse(path, text, &problems), &problems, readFile)
	if err := problems.Err(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%v", err)
	}
	return c, c.judgeGates()
}

func (c *GateConfig) read(v yamltext.Value, p *yamltext.Problems, readFile func(string) ([]byte, error)) {
	v.Fields(p, map[string]func(yamltext.Value){
		"server":          func(v yamltext.Value) { c.External = serverAddress(v, p) },
		"token_file":      func(v yamltext.Value) { c.Token = gateToken(v, p, readFile) },
		"bound":           func(v yamltext.Value) { c.Bound = bound(v, p) },
		"ca":              func(v yamltext.Value) { c.CA = v.Text(p) },
		"trusted_proxies": func(v yamltext.Value) { c.TrustedProxies = (&gateReader{p, readFile}).prefixes(v) },
		"log_level":       func(v yamltext.Value) { c.LogLevel = oneWord(v, p, "debug", "info", "warn", "error") },
		"log_format":      func(v yamltext.Value) { c.LogFormat = oneWord(v, p, "text", "json") },
		gatesSection:      func(v yamltext.Value) { c.Gates = ReadGates(v, p, readFile) },
	})
	if len(p.List()) > 0 {
		return
	}
	for what, missing := range map[string]bool{"server": c.External == nil, "token_file": c.Token == "", gatesSection: len(c.Gates) == 0} {
		if missing {
			p.Add(v, "there is no "+what, "a gate that runs alone has server, token_file and gates")
		}
	}
	for _, g := range c.Gates {
		switch {
		case g.Elsewhere():
			p.AddAt(g.at, gatesSection, "the gate "+g.Name+" has no upstream", "write upstream: http://127.0.0.1:3000 and listen")
		case g.Organization != "":
			p.AddAt(g.at, gatesSection, "the token says which organization it is", "leave organization out")
		case access.SlugOf(g.Deployment) != access.SlugOf(c.Gates[0].Deployment):
			p.AddAt(g.at, gatesSection, "the gates are of two platforms, and a token is for one", "run a process for each platform")
		}
	}
}

func serverAddress(v yamltext.Value, p *yamltext.Problems) *url.URL {
	u, err := url.Parse(v.Text(p))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		p.Add(v, "this is not the address of a server", "write it as https://bailiwick.example.com")
		return nil
	case u.Scheme == "http" && !loopback.Is(u.Hostname()):
		p.Add(v, "everybody on the way could read the gate's token", "use https; http is for 127.0.0.1 only")
		return nil
	}
	return u
}

// gateToken reads the file with the gate's token.
func gateToken(v yamltext.Value, p *yamltext.Problems, readFile func(string) ([]byte, error)) string {
	path := v.Text(p)
	text, err := readFile(path)
	if err != nil {
		p.Add(v, path+" cannot be read ("+cause(err).Error()+")", "")
		return ""
	}
	token := strings.TrimSpace(string(text))
	if kind, _, err := signin.Parse(token); err != nil || kind != signin.GateToken {
		p.Add(v, path+" holds no gate's token", "make one with: bailiwick token issue --kind gate; it begins with bwk_gate_")
		return ""
	}
	return token
}

func bound(v yamltext.Value, p *yamltext.Problems) time.Duration {
	d, err := time.ParseDuration(v.Text(p))
	if err != nil || d < time.Second || d > remote.LongestBound {
		p.Add(v, "facts cannot be bound to be so old", "write it as 2s; from 1s to "+remote.LongestBound.String())
	}
	return d
}

func oneWord(v yamltext.Value, p *yamltext.Problems, words ...string) string {
	text := v.Text(p)
	if !slices.Contains(words, text) {
		p.Add(v, "there is no such value", "write one of "+strings.Join(words, ", "))
	}
	return text
}

// runGate runs gates alone until the context ends, or says how they are.
func (c *program) runGate(ctx context.Context, o cli.GateOptions) (cli.Report, error) {
	config, err := LoadGate(o.Config, c.sources.readFile)
	if err != nil {
		return cli.Report{}, err
	}
	if o.Check {
		return checkGates(ctx, config, o.Version)
	}
	reload, stop := onHangup()
	defer stop()
	s, err := openAlone(ctx, config, o)
	if err != nil {
		return cli.Report{}, err
	}
	s.Reload = reload
	for _, one := range config.Gates {
		if _, err := fmt.Fprintln(o.Out, one.Origin); err != nil {
			return cli.Report{}, err
		}
	}
	return cli.Report{OK: true}, s.Serve(ctx)
}

// openAlone makes the gates and opens their addresses. The server need not be there: until it is, they let nothing through.
func openAlone(ctx context.Context, config *GateConfig, o cli.GateOptions) (*Server, error) {
	log := NewLogger(o.Err, &config.Config)
	for _, warning := range config.Warnings {
		log.Warn(warning)
	}
	authority, err := config.authority(log, o.Version)
	if err != nil {
		return nil, err
	}
	alive, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	over := func() error { cancel(); running.Wait(); return nil }
	s := &Server{Config: &config.Config, Log: log, Now: time.Now, Closers: []func() error{over}, stop: cancel}
	shared := &gates{p: &product{config: &config.Config}, counts: newGateCounts()}
	at := map[string]*gateFront{}
	for _, one := range config.Gates {
		made, err := config.gate(one, authority, s)
		if err != nil {
			return nil, err
		}
		running.Go(func() { made.Run(alive) })
		door := &gateDoor{Gate: one}
		door.open.Store(made)
		if at[one.Listen] == nil {
			at[one.Listen] = &gateFront{gates: shared, clear: one.TLS.Cert == "" && !isLoopback(one.Listen)}
			s.Fronts = append(s.Fronts, Front{Address: one.Listen, TLS: one.TLS, ClientCA: one.ClientCA, Handler: at[one.Listen], Stop: cancel})
		}
		at[one.Listen].doors = append(at[one.Listen].doors, door)
		log.Info("a gate is open", "gate", one.Name, "origin", one.Origin.String(), "deployment", one.Deployment, "server", config.External.String())
	}
	running.Go(func() { authority.Run(alive) })
	for i := range s.Fronts {
		if err := s.openFront(ctx, &s.Fronts[i]); err != nil {
			_ = over()
			return nil, err
		}
	}
	return s, nil
}

// gate makes one gate.
func (c *GateConfig) gate(one *Gate, authority *remote.Authority, s *Server) (*gate.Gate, error) {
	o := one.Options()
	var err error
	if o.UpstreamTLS, err = one.upstreamConfig(); err != nil {
		return nil, err
	}
	o.Authority, o.Log, o.Now = authority.At(one.Deployment), s.Log, s.Now
	if !one.TrustedHeader {
		o.SignIn = c.External.JoinPath("/gate/signin")
	}
	made, err := gate.New(o)
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), err, "the gate %s: %v", one.Name, err)
	}
	return made, nil
}
