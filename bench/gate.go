package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/dagstertest"
)

const (
	gateRounds  = 9
	gateAsked   = 4 // how often a page's query is asked in a round
	deployment  = "dagster/real"
	replayed    = "dagster/quick"
	gateWarming = 30 * time.Second
)

// A gated is the program with two gates: one before a real Dagster, and one before a server that answers as that Dagster once did.
type gated struct {
	*bench
	dagster *dagstertest.Dagster
	replay  *replay
	token   string
	run     string // a run that there is
	ours    *process
	bare    *process // net/http's own reverse proxy before the same replay, and nothing else
	// The addresses of the two gates.
	real, quick string
}

// measureGate compares asking a Dagster through the gate with asking it, and the gate with a reverse proxy that judges nothing.
func measureGate(b *bench) (err error) {
	g := &gated{bench: b}
	defer func() { err = errors.Join(err, g.close()) }()
	if g.dagster, err = dagstertest.Open(dagstertest.WithQueuedRuns()); err != nil {
		return err
	}
	if g.run, err = g.launch(); err != nil {
		return err
	}
	if g.replay, err = newReplay(g.dagster.URL()); err != nil {
		return err
	}
	folder, err := newFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(folder))) }()
	if err := g.start(folder); err != nil {
		return err
	}
	b.begin("the gate, and Dagster " + g.dagster.Version())
	for _, measure := range []func() error{g.pages, g.documents, g.messages, g.idle} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

func (g *gated) close() error {
	var all []error
	for _, p := range []*process{g.ours, g.bare} {
		if p != nil {
			all = append(all, p.stop())
		}
	}
	if g.replay != nil {
		all = append(all, g.replay.close())
	}
	if g.dagster != nil {
		all = append(all, g.dagster.Close())
	}
	return errors.Join(all...)
}

// start makes an organization with an editor of one deployment, and starts the program and the bare proxy.
func (g *gated) start(folder string) error {
	if err := g.organization(folder); err != nil {
		return err
	}
	program, err := buildProgram(filepath.Dir(folder))
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if g.bare, err = start(func(address string) *exec.Cmd { return exec.Command(self, "-bare", address, "-to", g.replay.url()) }); err != nil {
		return err
	}
	if g.real, err = freeAddress(); err != nil {
		return err
	}
	if g.quick, err = freeAddress(); err != nil {
		return err
	}
	config := filepath.Join(filepath.Dir(folder), "bailiwick.yaml")
	text := "log: {level: warn}\ngates:\n"
	for _, gate := range [][3]string{{deployment, g.real, g.dagster.URL()}, {replayed, g.quick, g.replay.url()}} {
		text += fmt.Sprintf("  - {name: %q, origin: \"http://%s\", listen: %q, deployment: %s, upstream: %q}\n", filepath.Base(gate[0]), gate[1], gate[1], gate[0], gate[2])
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	g.ours, err = start(func(address string) *exec.Cmd {
		return exec.Command(program, "serve", "--data", folder, "--listen", address, "--config", config)
	})
	if err != nil {
		return err
	}
	return errors.Join(g.ready(g.real), g.ready(g.quick))
}

// organization gives a service user the role of an editor, and finds out its token.
func (g *gated) organization(folder string) (err error) {
	p, err := openProduct(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.create(); err != nil {
		return err
	}
	r, err := p.changes.Do(context.Background(), acme, p.owner, change.How{}, client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"},
		client.ResourceCreate{Resource: deployment}, client.ResourceCreate{Resource: replayed}, client.ServiceUserCreate{ServiceUser: "bench"},
		client.GrantAdd{Grant: client.Grant{To: "service_user:bench", Role: "editor", On: deployment}},
		client.GrantAdd{Grant: client.Grant{To: "service_user:bench", Role: "editor", On: replayed}},
		client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:bench"}})
	if err != nil {
		return fmt.Errorf("the editor: %w", err)
	}
	g.token = r.Results[len(r.Results)-1].Secret
	return nil
}

// launch has a run of which pages can be looked at.
func (g *gated) launch() (string, error) {
	body, err := json.Marshal(map[string]any{"query": `mutation { launchRun(executionParams: {selector: {repositoryName: "__repository__",
		repositoryLocationName: "etl", pipelineName: "nightly"}}) { ... on LaunchRunSuccess { run { id } } } }`})
	if err != nil {
		return "", err
	}
	answer, err := http.Post(g.dagster.URL()+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	var said struct {
		Data struct {
			LaunchRun struct{ Run struct{ ID string } }
		}
	}
	err = errors.Join(json.NewDecoder(answer.Body).Decode(&said), answer.Body.Close())
	if id := said.Data.LaunchRun.Run.ID; id != "" || err != nil {
		return id, err
	}
	return "", errors.New("no run was launched")
}

// asking is a request to a gate, which answers to its own name only.
func (g *gated) asking(address string, body any) ([]byte, error) {
	r, err := request("/graphql", g.token, body)
	return bytes.Replace(r, []byte("Host: bench"), []byte("Host: "+address), 1), err
}

// ready waits until a gate knows its upstream.
func (g *gated) ready(address string) error {
	ask, err := g.asking(address, map[string]any{"query": "{ version }"})
	if err != nil {
		return err
	}
	for until := time.Now().Add(gateWarming); ; time.Sleep(10 * time.Millisecond) {
		c, err := dial(address)
		if err == nil {
			var body []byte
			body, err = c.ask(ask)
			_ = c.Close()
			if err == nil && bytes.Contains(body, []byte(`"version"`)) {
				return nil
			}
		}
		if time.Now().After(until) {
			return fmt.Errorf("the gate at %s is not ready: %w\n%s", address, err, &g.ours.said)
		}
	}
}

func freeAddress() (string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return free.Addr().String(), free.Close()
}
