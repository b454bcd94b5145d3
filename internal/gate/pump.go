package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/coder/websocket"

	"bailiwick/internal/gate/dagster"
)

const (
	// maxAnswer is how large one message of the upstream may be, in bytes. Dagster sends up to 1,000 events of a run at once.
	maxAnswer = 32 << 20
	// maxKept is how large a buffer may be that is kept for the next message.
	maxKept = 64 << 10
)

// The messages of the webserver (dagster_webserver/graphql.py 1.13.27).
const (
	acknowledged = "connection_ack"
	data         = "data"
	failure      = "error"
	complete     = "complete"
)

// errOver is that the socket was ended meanwhile.
var errOver = errors.New("the socket is over")

// forward says something to the upstream, on a socket that is opened for the first message.
func (s *socket) forward(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	upstream := s.upstream // only the goroutine that calls forward sets it
	if upstream == nil {
		var err error
		if upstream, err = s.connect(ctx); err != nil {
			return err
		}
	}
	return upstream.Write(ctx, websocket.MessageText, text)
}

// connect opens the socket at the upstream, which gets nothing of the client's but the headers that every request brings it.
func (s *socket) connect(ctx context.Context) (*websocket.Conn, error) {
	client := &http.Client{Transport: s.gate.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	//nolint:bodyclose // the connection is the socket's
	upstream, _, err := websocket.Dial(ctx, s.gate.upstreamURL("/graphql", "").String(), &websocket.DialOptions{HTTPClient: client,
		HTTPHeader: s.gate.upstreamHeader(s.request), Subprotocols: []string{dagster.Protocol}, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, err
	}
	upstream.SetReadLimit(maxAnswer)
	if err := upstream.Write(ctx, websocket.MessageText, dagster.PlainMessage(dagster.Message{Type: dagster.Init})); err != nil {
		_ = upstream.CloseNow() // it broke already
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		_ = upstream.CloseNow() // nobody needs it
		return nil, errOver
	}
	s.upstream = upstream
	go s.pump(upstream)
	return upstream, nil
}

// pump takes the upstream's messages to the client, one at a time: while the client does not take one, none is read.
func (s *socket) pump(upstream *websocket.Conn) {
	for {
		_, message, err := upstream.Reader(context.Background()) // end closes it
		if err == nil {
			err = s.pass(message)
		}
		if err != nil {
			s.end(broken(err))
			return
		}
	}
}

// broken says how the socket ends when the upstream's does.
func broken(err error) (websocket.StatusCode, string) {
	if errors.Is(err, websocket.ErrMessageTooBig) || errors.Is(err, errGarbage) {
		return websocket.StatusInternalError, "Dagster sent what cannot be passed on"
	}
	return websocket.StatusServiceRestart, "Dagster closed the connection"
}

// errGarbage is that the upstream does not speak its protocol.
var errGarbage = errors.New("the upstream sent no message of " + dagster.Protocol)

// pass takes one message to the client, as it is, if it is about a subscription that is open.
func (s *socket) pass(message interface{ Read([]byte) (int, error) }) error {
	buffer := s.gate.sockets.buffer()
	defer s.gate.sockets.recycle(buffer)
	if _, err := buffer.ReadFrom(message); err != nil {
		return err
	}
	kind, id, err := heading(buffer.Bytes())
	if err != nil {
		return err
	}
	switch kind {
	case data:
		if !s.has(id) {
			return nil
		}
	case failure, complete:
		if !s.forget(id) {
			return nil
		}
	case acknowledged, "ka":
		return nil
	default:
		return errGarbage
	}
	s.send(buffer.Bytes())
	return nil
}

// heading reads what a message is and what it is about. The webserver writes both before the payload, which then is not read.
func heading(text []byte) (kind, id string, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return "", "", errGarbage
	}
	for (kind == "" || id == "") && decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return "", "", errGarbage
		}
		var value json.RawMessage
		if key == "type" || key == "id" {
			text := &kind
			if key == "id" {
				text = &id
			}
			err = decoder.Decode(text)
		} else {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return "", "", errGarbage
		}
	}
	return kind, id, nil
}
