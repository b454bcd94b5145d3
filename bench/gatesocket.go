package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const (
	socketProtocol = "graphql-ws"
	idleSockets    = 1000
	messages       = 200 // in a round
)

// A socketMessage is one of either side.
type socketMessage struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// open opens a socket and begins a subscription.
func (g *gated) open(ctx context.Context, address, subscription string) (*websocket.Conn, error) {
	//nolint:bodyclose // the connection is the socket's
	c, _, err := websocket.Dial(ctx, "ws://"+address+"/graphql", &websocket.DialOptions{Subprotocols: []string{socketProtocol},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + g.token}}})
	if err != nil {
		return nil, err
	}
	var ack socketMessage
	payload, err := json.Marshal(map[string]string{"query": subscription})
	if err := errors.Join(err, wsjson.Write(ctx, c, socketMessage{Type: "connection_init"}), wsjson.Read(ctx, c, &ack)); err != nil || ack.Type != "connection_ack" {
		return nil, errors.Join(fmt.Errorf("the socket's first answer is %q", ack.Type), err, c.CloseNow())
	}
	if err := wsjson.Write(ctx, c, socketMessage{Type: "start", ID: "1", Payload: payload}); err != nil {
		return nil, errors.Join(err, c.CloseNow())
	}
	return c, nil
}

// messages compares how long a message of a subscription is under way, through the gate and directly.
func (g *gated) messages() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var direct, through series
	for round := -1; round < min(gateRounds, max(1, g.rounds)); round++ {
		for _, side := range []struct {
			address string
			into    *series
		}{{g.replay.listen.Addr().String(), &direct}, {g.quick, &through}} {
			took, err := g.underWay(ctx, side.address)
			if err != nil {
				return err
			}
			if round >= 0 {
				*side.into = append(*side.into, took)
			}
		}
	}
	added := make(series, len(direct))
	for i := range direct {
		added[i] = through[i] - direct[i]
	}
	g.value("what the gate adds to a message on the socket, p50", added.median(), "ms").atMost(2)
	return nil
}

// underWay is the median of how long messages take from the upstream to a client.
func (g *gated) underWay(ctx context.Context, address string) (float64, error) {
	c, err := g.open(ctx, address, `subscription { capturedLogs(logKey: ["a"]) { stdout } }`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.CloseNow() }()
	var took series
	for range messages {
		var m socketMessage
		if err := wsjson.Read(ctx, c, &m); err != nil {
			return 0, err
		}
		var said struct {
			Data struct{ CapturedLogs struct{ Stdout string } }
		}
		if err := json.Unmarshal(m.Payload, &said); err != nil {
			return 0, fmt.Errorf("%s %s: %w", m.Type, m.Payload, err)
		}
		sent, err := strconv.ParseInt(said.Data.CapturedLogs.Stdout, 10, 64)
		if err != nil {
			return 0, err
		}
		took = append(took, float64(time.Now().UnixNano()-sent))
	}
	return took.median(), nil
}

// idle opens sockets with a subscription each on which nothing happens, and says what the program has in memory for them.
func (g *gated) idle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	before := g.ours.resident()
	var all []*websocket.Conn
	defer func() {
		for _, c := range all {
			_ = c.CloseNow()
		}
	}()
	for range idleSockets {
		c, err := g.open(ctx, g.quick, `subscription { locationStateChangeEvents { event { message } } }`)
		if err != nil {
			return fmt.Errorf("socket %d: %w", len(all)+1, err)
		}
		all = append(all, c)
	}
	runtime.KeepAlive(all)
	g.add(figure{Name: thousands(idleSockets) + " idle sockets with a subscription each", Value: g.ours.resident() - before, Unit: "MiB"}).atMost(100)
	return nil
}
