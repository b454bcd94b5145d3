package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/internal/dagstertest"
)

// TestDagsterGoesDownAndComesBackBehindTheGate crashes the real server while requests run, and starts it again. Every request is answered
// in time, by Dagster or by an error that says what is wrong; nothing that was refused before is let through meanwhile, and afterwards
// everything is as it was.
func TestDagsterGoesDownAndComesBackBehindTheGate(t *testing.T) {
	d := dagstertest.Start(t, dagstertest.WithQueuedRuns())
	g := newPlain(t, d, some())
	e, editor, viewer := g.gates[prod], g.caller("editor"), g.caller("viewer")
	ended := g.subscribes(e, editor)
	run := d.LaunchRun(t, etl.name, etl.job)

	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	odd := make(chan string, 100)
	for range 4 {
		asking.Go(func() { g.keepsAsking(ctx, e, editor, odd) })
	}
	d.Down(t)
	g.isDown(e, editor)
	if a := g.ask(e, viewer, adding("while down"), nil); a.status == http.StatusOK && !strings.Contains(a.text, unauthorized) {
		t.Errorf("a viewer's mutation while Dagster is down: %d %s", a.status, a.text)
	}
	if a := g.ask(e, g.caller("viewer, editor of etl"), `mutation ($r: String!) { answer: deleteRun(runId: $r) { __typename } }`, vars{"r": run}); a.status != http.StatusBadGateway && a.status != http.StatusServiceUnavailable {
		t.Errorf("a mutation of a run that cannot be looked up: %d %s", a.status, a.text)
	}
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("a subscription outlived Dagster")
	}
	d.Up(t)
	eventually(t, "answer after Dagster came back", func() bool { return g.ask(e, editor, "{ version }", nil).status == http.StatusOK })
	stop()
	asking.Wait()
	close(odd)
	for what := range odd {
		t.Error(what)
	}
	if d.RunStatus(t, run) != "QUEUED" || g.added("while down") {
		t.Error("something happened while Dagster was down")
	}
	for _, m := range []struct {
		caller string
		p      place
		want   outcome
	}{{"viewer, editor of etl", etl, let}, {"viewer, editor of etl", reports, denied}, {"viewer", etl, denied}, {"editor", reports, let}} {
		v := vars{"r": m.p.selector("", ""), "d": m.p.definition, "p": g.mark()}
		a := g.ask(e, g.caller(m.caller), `mutation ($r: RepositorySelector!, $d: String!, $p: String!) {
			answer: addDynamicPartition(repositorySelector: $r, partitionsDefName: $d, partitionKey: $p) `+saying+` }`, v)
		if strings.Contains(a.text, "AddDynamicPartitionSuccess") != (m.want == let) || strings.Contains(a.text, unauthorized) != (m.want == denied) {
			t.Errorf("afterwards %s in %s: %d %s, want it %s", m.caller, m.p.name, a.status, a.text, m.want)
		}
	}
}

// isDown waits until a gate says to a program and to a person that Dagster is not there.
func (g *gated) isDown(e *entrance, c *caller) {
	g.t.Helper()
	a := g.ask(e, c, "{ version }", nil)
	if a.status != http.StatusBadGateway && a.status != http.StatusServiceUnavailable || !strings.Contains(a.text, "Dagster") || !json.Valid([]byte(a.text)) || a.header.Get("Retry-After") == "" {
		g.t.Errorf("while Dagster is down a program is told: %d %s", a.status, a.text)
	}
	r, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, e.origin+"/runs", http.NoBody)
	if err != nil {
		g.t.Fatal(err)
	}
	c.show(r, e.deployment)
	r.Header.Set("Accept", "text/html")
	said, err := once().Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = said.Body.Close() }()
	var page bytes.Buffer
	_, _ = page.ReadFrom(said.Body)
	if said.StatusCode < 500 || !strings.Contains(page.String(), "Dagster is not there at the moment") {
		g.t.Errorf("while Dagster is down a person is told: %s %s", said.Status, page.String())
	}
}

// keepsAsking asks again and again and notes what is neither an answer nor a clear error.
func (g *gated) keepsAsking(ctx context.Context, e *entrance, c *caller, odd chan<- string) {
	client := once()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.origin+"/graphql", strings.NewReader(`{"query": "{ runsOrError(limit: 1) { __typename } }"}`))
		if err != nil {
			odd <- err.Error()
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+c.secret)
		said, err := client.Do(r)
		if err != nil {
			if ctx.Err() == nil {
				odd <- err.Error()
			}
			return
		}
		var text bytes.Buffer
		_, err = text.ReadFrom(said.Body)
		_ = said.Body.Close()
		clear := said.StatusCode == http.StatusOK && strings.Contains(text.String(), `"Runs"`) || said.StatusCode >= 502 && said.StatusCode <= 504 && strings.Contains(text.String(), `"errors"`)
		if ctx.Err() == nil && (err != nil || !clear) {
			odd <- said.Status + " " + text.String()
			return
		}
	}
}

// subscribes opens a socket with a subscription, and tells when it has ended.
func (g *gated) subscribes(e *entrance, c *caller) <-chan struct{} {
	g.t.Helper()
	//nolint:bodyclose // the connection is the socket's
	socket, _, err := websocket.Dial(g.t.Context(), strings.Replace(e.origin, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-ws"},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + c.secret}}})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = socket.CloseNow() })
	for _, message := range []string{`{"type": "connection_init"}`, `{"type": "start", "id": "1", "payload": {"query": "subscription { locationStateChangeEvents { event { message } } }"}}`} {
		if err := socket.Write(g.t.Context(), websocket.MessageText, []byte(message)); err != nil {
			g.t.Fatal(err)
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			_, text, err := socket.Read(g.t.Context())
			if err != nil || bytes.Contains(text, []byte(`"complete"`)) || bytes.Contains(text, []byte(`"error"`)) {
				return
			}
		}
	}()
	return ended
}
