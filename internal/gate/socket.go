package gate

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// mostSubscriptions is how many may be open on one socket. Dagster's pages have a handful.
const mostSubscriptions = 100

// A socket is one web socket of a client, with one of its own at the upstream from its first subscription on. While it is quiet it
// has a goroutine that waits for the client, and one that waits for the upstream.
type socket struct {
	gate    *Gate
	caller  *Caller
	client  *websocket.Conn
	request *http.Request // that opened it
	id      string        // of the request

	mu       sync.Mutex
	open     map[string]*subscription // by the client's names
	upstream *websocket.Conn          // nil: not needed yet
	over     bool
}

// A subscription is one that was asked for. From the moment that it is noted, each new state of the facts counts for it.
type subscription struct {
	operations []dagster.Operation
	running    bool // it was allowed
	stale      bool // the facts changed while it was judged
}

// serveSocket serves Dagster's socket at /graphql to a caller who may see the deployment. Whether a page of this gate opened it was
// found out with the caller: the upstream takes sockets from everywhere.
func (g *Gate) serveSocket(w http.ResponseWriter, r *http.Request, caller *Caller) {
	if !offers(r.Header, dagster.Protocol) {
		inform(w, r, http.StatusBadRequest, fault.Invalid, "this socket speaks "+dagster.Protocol+" and nothing else")
		return
	}
	client, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{dagster.Protocol}, InsecureSkipVerify: true,
		CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	client.SetReadLimit(dagster.MaxBody)
	s := &socket{gate: g, caller: caller, client: client, request: r, id: w.Header().Get("X-Request-Id"), open: map[string]*subscription{}}
	if !g.sockets.add(s) {
		s.end(websocket.StatusGoingAway, stopping)
		return
	}
	defer g.sockets.remove(s)
	until, release := g.Authority.Hold(r.Context(), caller)
	defer release()
	defer context.AfterFunc(until, func() { s.end(closing(context.Cause(until))) })()
	var ping *time.Timer
	ping = time.AfterFunc(g.sockets.pinging, func() {
		if s.ping() {
			ping.Reset(g.sockets.pinging)
		}
	})
	defer ping.Stop()
	s.receive(r.Context())
	s.end(websocket.StatusNormalClosure, "")
}

// offers tells whether a client offers a subprotocol.
func offers(header http.Header, protocol string) bool {
	return slices.ContainsFunc(header["Sec-Websocket-Protocol"], func(line string) bool {
		return slices.ContainsFunc(strings.Split(line, ","), func(offered string) bool { return strings.TrimSpace(offered) == protocol })
	})
}

// receive takes the client's messages until one of both goes.
func (s *socket) receive(ctx context.Context) {
	for {
		kind, text, err := s.client.Read(context.Background()) // whoever ends the socket ends the reading
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			s.end(websocket.StatusUnsupportedData, "this socket speaks text")
			return
		}
		m, err := dagster.ReadMessage(text)
		switch {
		case err != nil && m.ID == "":
			s.end(wrongMessage, err.Error())
			return
		case err != nil:
			s.refuse(m.ID, err.Error())
		case m.Type == dagster.Init:
			s.send(dagster.PlainMessage(dagster.Message{Type: acknowledged}))
		case m.Type == dagster.Terminate:
			return
		case m.Type == dagster.Stop:
			s.stop(m)
		case m.Type == dagster.Start:
			s.start(ctx, m)
		}
	}
}

// start judges a subscription and asks the upstream for it. One whose name is in use is ignored, as the upstream does.
func (s *socket) start(ctx context.Context, m dagster.Message) {
	began := s.gate.Now()
	if err := s.still(ctx); err != nil {
		s.end(closing(err))
		return
	}
	asked, err := s.ask(ctx, m.Request)
	if err != nil {
		s.fail(m.ID, err)
		return
	}
	sub := &subscription{operations: asked.Operations}
	known, full := s.note(m.ID, sub)
	switch {
	case known:
		return
	case full:
		s.refuse(m.ID, "this socket has 100 subscriptions, which is as many as it can have")
		return
	}
	for allowed := false; !allowed; allowed = s.allow(sub) {
		v, err := s.judge(ctx, asked.Operations)
		if err != nil {
			s.forget(m.ID)
			s.fail(m.ID, err)
			return
		}
		if !v.allowed {
			s.forget(m.ID)
			s.record(v, began)
			s.refuse(m.ID, v.reason.String())
			return
		}
	}
	if err := s.forward(ctx, dagster.StartMessage(m.ID, asked)); err != nil {
		s.end(websocket.StatusTryAgainLater, "Dagster cannot be reached")
	}
}

// still asks whether what let the caller in does so now. Hold ends the socket soon after it does not; what is asked for after a
// revocation is refused at once.
func (s *socket) still(ctx context.Context) error {
	until, release := s.gate.Authority.Hold(ctx, s.caller)
	defer release()
	if until.Err() != nil {
		return context.Cause(until)
	}
	return nil
}

func (s *socket) ask(ctx context.Context, r dagster.Request) (*dagster.Asked, error) {
	document, err := s.gate.parse(ctx, r)
	if err != nil {
		return nil, err
	}
	if document.Rewrites() { // its answers would tell the gate's rights; Dagster's own pages ask for rights by queries
		return nil, fault.New(fault.Invalid, "a subscription cannot ask what the caller may do").Rather("ask by a query").By("gate.socket")
	}
	asked, err := document.Ask(r.Variables)
	if err == nil && len(asked.Operations) == 0 {
		err = fault.New(fault.Invalid, "the subscription leaves out its field").By("gate.socket")
	}
	return asked, err
}

// record tells what was refused.
func (s *socket) record(v verdict, began time.Time) {
	s.gate.tell(&passage{r: s.request, id: s.id, began: began, caller: s.caller, verdict: v})
}

// fail answers a start that is wrong. Where nobody can tell now, the socket ends: the client opens another, and asks again.
func (s *socket) fail(id string, err error) {
	if fault.Is(err, fault.Unavailable) {
		s.end(websocket.StatusTryAgainLater, err.Error())
		return
	}
	s.refuse(id, err.Error())
}

func (s *socket) refuse(id, why string) { s.send(dagster.RefuseMessage(id, why)) }

// send says something to the client. One that does not take it in time is let go.
func (s *socket) send(text []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), s.gate.sockets.sending)
	defer cancel()
	if s.client.Write(ctx, websocket.MessageText, text) != nil {
		s.end(websocket.StatusPolicyViolation, "the client is too slow")
	}
}

// stop ends a subscription that the client does not want any more.
func (s *socket) stop(m dagster.Message) {
	if !s.forget(m.ID) {
		return
	}
	if err := s.forward(s.request.Context(), dagster.PlainMessage(m)); err != nil {
		s.end(websocket.StatusTryAgainLater, "Dagster cannot be reached")
	}
}

// ping finds out whether the client is there, and keeps what stands between from taking the socket for dead.
func (s *socket) ping() bool {
	ctx, cancel := context.WithTimeout(context.Background(), s.gate.sockets.sending)
	defer cancel()
	if s.client.Ping(ctx) == nil {
		return true
	}
	s.end(websocket.StatusPolicyViolation, "the client does not answer")
	return false
}

// end closes both sockets, once. Nothing more comes from the upstream from here on; the client is told why.
func (s *socket) end(code websocket.StatusCode, why string) {
	s.mu.Lock()
	over, upstream := s.over, s.upstream
	s.over = true
	clear(s.open)
	s.mu.Unlock()
	if over {
		return
	}
	if upstream != nil {
		_ = upstream.CloseNow() // it is not needed any more
	}
	_ = s.client.Close(code, short(why)) // it may have gone
}
