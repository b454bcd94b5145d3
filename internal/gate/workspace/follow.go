package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"bailiwick/internal/gate/dagster"
)

const (
	// readAnew is how often everything is confirmed although nobody asks.
	readAnew = 30 * time.Second
	// pinged is how often the socket is tried: the upstream says nothing on it while nothing changes.
	pinged = 20 * time.Second
	// shortestWait and longestWait are between two attempts to connect.
	shortestWait, longestWait = 250 * time.Millisecond, 15 * time.Second
	// maxMessage is how long a message on the socket may be, in bytes.
	maxMessage = 1 << 20
)

// Run follows the upstream's changes until the context ends.
func (w *Workspace) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { w.keepReading(ctx) })
	both.Go(func() { w.keepFollowing(ctx) })
	both.Wait()
}

// keepReading reads everything at the start, when something was dropped, and now and then.
func (w *Workspace) keepReading(ctx context.Context) {
	again := time.NewTicker(readAnew)
	defer again.Stop()
	for {
		if _, err := w.view(ctx, w.options.Now()); err == nil {
			_, err = w.Schema(ctx)
			w.complain(ctx, err)
		} else {
			w.complain(ctx, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-w.nudged:
		}
	}
}

func (w *Workspace) complain(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		w.options.Log.Warn("Dagster's code locations cannot be read", "upstream", w.options.Upstream.Redacted(), "error", err, "cause", errors.Unwrap(err))
	}
}

// keepFollowing keeps the socket connected.
func (w *Workspace) keepFollowing(ctx context.Context) {
	for wait := shortestWait; ctx.Err() == nil; wait = min(2*wait, longestWait) {
		err := w.follow(ctx, func() {
			wait = shortestWait
			w.begin()
		})
		w.lost(ctx, err)
		select {
		case <-ctx.Done():
		case <-time.After(wait + rand.N(wait/4)):
		}
	}
}

// begin is told when changes are being told of from now on. What was read before may have missed one, and the upstream may be
// another version.
func (w *Workspace) begin() {
	w.mu.Lock()
	w.following, w.schema = true, nil
	w.mu.Unlock()
	w.Forget()
	w.options.Log.Info("Dagster tells of changes of code locations", "upstream", w.options.Upstream.Redacted())
}

func (w *Workspace) lost(ctx context.Context, err error) {
	w.mu.Lock()
	was := w.following
	w.following = false
	w.mu.Unlock()
	if was && ctx.Err() == nil {
		w.Forget()
		w.options.Log.Warn("Dagster's socket is lost", "upstream", w.options.Upstream.Redacted(), "error", err)
	}
}

type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// changes asks to be told of every change.
const changes = `{"query": "subscription { locationStateChangeEvents { event { eventType locationName } } }"}`

// follow connects, calls begun when the upstream tells of changes, and returns why it does not any more.
func (w *Workspace) follow(ctx context.Context, begun func()) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	late := time.AfterFunc(patience, stop)
	defer late.Stop()
	// The connection is the socket's, which ends it.
	socket, _, err := websocket.Dial(ctx, w.upstream.address, &websocket.DialOptions{ //nolint:bodyclose
		HTTPClient: &http.Client{Transport: w.options.Client, CheckRedirect: w.upstream.client.CheckRedirect}, Subprotocols: []string{dagster.Protocol}})
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(maxMessage)
	if err := wsjson.Write(ctx, socket, message{Type: string(dagster.Init)}); err != nil {
		return err
	}
	greetings := 0
	for {
		var m message
		if err := wsjson.Read(ctx, socket, &m); err != nil {
			return err
		}
		switch m.Type {
		case "ka":
		case "data":
			if err := w.heardOf(m.Payload); err != nil {
				return err
			}
		case "connection_ack":
			if greetings++; greetings == 1 {
				err = w.subscribe(ctx, socket)
			} else if late.Stop() {
				begun()
				go w.ping(ctx, socket, stop)
			}
			if err != nil {
				return err
			}
		default:
			return fmt.Errorf("the socket says %s: %.200s", m.Type, m.Payload)
		}
	}
}

// subscribe asks for the changes, and then greets again: nothing says that a subscription has begun, but messages are read one
// after the other, so that it has when the second greeting is answered.
func (w *Workspace) subscribe(ctx context.Context, socket *websocket.Conn) error {
	return errors.Join(wsjson.Write(ctx, socket, message{Type: string(dagster.Start), ID: "1", Payload: json.RawMessage(changes)}),
		wsjson.Write(ctx, socket, message{Type: string(dagster.Init)}))
}

func (w *Workspace) heardOf(payload json.RawMessage) error {
	var said struct {
		Data struct {
			LocationStateChangeEvents *struct {
				Event struct{ EventType, LocationName string }
			}
		}
	}
	if err := json.Unmarshal(payload, &said); err != nil || said.Data.LocationStateChangeEvents == nil {
		return fmt.Errorf("the socket tells of no change: %.200s", payload)
	}
	event := said.Data.LocationStateChangeEvents.Event
	w.Forget()
	w.options.Log.Info("a code location changed", "upstream", w.options.Upstream.Redacted(), "location", event.LocationName, "event", event.EventType)
	return nil
}

// ping finds out when a connection is dead, and stops what reads from it.
func (w *Workspace) ping(ctx context.Context, socket *websocket.Conn, stop func()) {
	defer stop()
	again := time.NewTicker(pinged)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		one, cancel := context.WithTimeout(ctx, patience)
		err := socket.Ping(one)
		cancel()
		if err != nil {
			return
		}
	}
}
