package gate

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
	"bailiwick/rolemodel"
)

// watchtower is an office whose facts change and whose callers can be ended.
type watchtower struct {
	*office

	mu       sync.Mutex
	revision int64
	changed  chan struct{}
	held     map[string]map[int]context.CancelCauseFunc // by token
	next     int
	ended    map[string]error
}

func newWatchtower(o *office) *watchtower {
	return &watchtower{office: o, revision: 7, changed: make(chan struct{}), held: map[string]map[int]context.CancelCauseFunc{}, ended: map[string]error{}}
}

func (w *watchtower) Changed(ctx context.Context, known int64) (int64, error) {
	for {
		w.mu.Lock()
		revision, changed := w.revision, w.changed
		w.mu.Unlock()
		if revision > known {
			return revision, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// change takes a new state, and returns when it counts.
func (w *watchtower) change(snapshot *access.Snapshot) {
	w.office.mu.Lock()
	w.snapshot = snapshot
	w.office.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revision++
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watchtower) Hold(ctx context.Context, c *Caller) (context.Context, func()) {
	until, end := context.WithCancelCause(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.ended[c.Token]; err != nil {
		end(err)
	}
	if w.held[c.Token] == nil {
		w.held[c.Token] = map[int]context.CancelCauseFunc{}
	}
	w.next++
	number := w.next
	w.held[c.Token][number] = end
	return until, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.held[c.Token], number)
		end(context.Canceled)
	}
}

// end ends a token; if quietly, those who hold it hear of it later.
func (w *watchtower) end(name string, why error, quietly bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	token := "t-" + name + "@acme.test"
	w.ended[token] = why
	for _, end := range w.held[token] {
		if !quietly {
			end(why)
		}
	}
}

// openTower opens a gate that follows a watchtower's facts.
func openTower(t testing.TB) (*door, *watchtower, chan *speaker) {
	t.Helper()
	var w *watchtower
	d := open(t, func(o *Options) {
		w = newWatchtower(o.Authority.(*office))
		o.Authority = w
	})
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { defer close(followed); d.gate.sockets.follow(ctx, w) }()
	t.Cleanup(func() { cancel(); <-followed })
	return d, w, d.upstream.speak()
}

// TestAttack025AnOpenSocketEndsWithWhatOpenedIt : the person's session or token, or the facts that let him see anything.
func TestAttack025AnOpenSocketEndsWithWhatOpenedIt(t *testing.T) {
	for what, c := range map[string]struct {
		end  func(*watchtower)
		code websocket.StatusCode
	}{
		"the token was ended": {func(w *watchtower) { w.end("viewer", fault.New(fault.Unauthenticated, "ended"), false) }, nobody},
		"nobody knows":        {func(w *watchtower) { w.end("viewer", fault.New(fault.Unavailable, "behind"), false) }, websocket.StatusTryAgainLater},
		"the role was taken":  {func(w *watchtower) { w.change(without(t)) }, lostAccess},
		"the facts are stale": {func(w *watchtower) { w.fail(fault.New(fault.Unavailable, "behind")) }, websocket.StatusTryAgainLater},
	} {
		d, w, speakers := openTower(t)
		busy, idle, other := d.line(t, "viewer"), d.line(t, "viewer"), d.line(t, "editor")
		for _, l := range []line{busy, other} {
			l.say(start("1", runLogs))
		}
		first, second := <-speakers, <-speakers
		c.end(w)
		busy.closes(what+", busy", c.code)
		idle.closes(what+", idle", c.code)
		if c.code == websocket.StatusTryAgainLater && !strings.HasPrefix(what, "nobody") {
			other.closes(what+", other", c.code)
			<-first.gone
			<-second.gone
			continue
		}
		select { // the one at the upstream goes as well, and no other
		case <-first.gone:
		case <-second.gone:
		case <-time.After(soon):
			t.Errorf("%s: the upstream still sends", what)
		}
		other.say(start("2", `mutation { setNuxSeen }`))
		if got := other.hear(); !strings.Contains(got, `"type":"error"`) {
			t.Errorf("%s: another's socket says %s", what, got)
		}
		for _, told := range w.told() {
			if told.Allowed || told.Subject.ID != "viewer@acme.test" {
				t.Errorf("%s: told %+v", what, told)
			}
		}
	}
}

// fail makes the facts unavailable.
func (w *watchtower) fail(err error) {
	w.office.mu.Lock()
	defer w.office.mu.Unlock()
	w.down = err
}

// without is the company after everybody but the editor lost his grants.
func without(t testing.TB) *access.Snapshot {
	t.Helper()
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := access.Build(access.Organization{Name: "acme", Users: []access.UserFacts{{ID: "viewer@acme.test"}, {ID: "editor@acme.test"}},
		Platforms: []access.Platform{{Slug: "dagster", Model: model, Resources: []access.Resource{{Path: "dagster/prod"}}}},
		Grants:    []access.Grant{{To: access.Holder{Kind: access.User, ID: "editor@acme.test"}, Role: "editor", On: "dagster/prod"}}}, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// TestAttack086WhatIsAskedForAfterTheEndIsRefused : also where nobody has told the open socket yet.
func TestAttack086WhatIsAskedForAfterTheEndIsRefused(t *testing.T) {
	d, w, speakers := openTower(t)
	l := d.line(t, "viewer")
	l.say(start("1", runLogs))
	s := <-speakers
	s.take(t)
	w.end("viewer", fault.New(fault.Unauthenticated, "ended"), true)
	l.say(start("2", runLogs))
	l.closes("ended", nobody)
	<-s.gone
	if len(s.got) != 0 {
		t.Errorf("the upstream was asked %s", <-s.got)
	}
}

func TestTheUpstreamsEndIsTheSockets(t *testing.T) {
	d, _, speakers := openTower(t)
	for what, c := range map[string]struct {
		end  func(*speaker)
		code websocket.StatusCode
	}{
		"closed":  {func(s *speaker) { _ = s.conn.Close(websocket.StatusNormalClosure, "") }, websocket.StatusServiceRestart},
		"broken":  {func(s *speaker) { _ = s.conn.CloseNow() }, websocket.StatusServiceRestart},
		"garbage": {func(s *speaker) { s.say(t, "garbage") }, websocket.StatusInternalError},
		"unknown": {func(s *speaker) { s.say(t, `{"type":"next","id":"1"}`) }, websocket.StatusInternalError},
		"no text": {func(s *speaker) { s.say(t, `{"type":7,"id":"1"}`) }, websocket.StatusInternalError},
		"endless": {func(s *speaker) {
			text := []byte(`{"type":"data","id":"1","payload":"` + strings.Repeat("x", maxAnswer) + `"}`)
			_ = s.conn.Write(t.Context(), websocket.MessageText, text) // is cut off
		}, websocket.StatusInternalError},
	} {
		l := d.line(t, "viewer")
		l.say(start("1", runLogs))
		c.end(<-speakers)
		l.closes(what, c.code)
	}
	d.upstream.Close()
	l := d.line(t, "viewer")
	l.say(start("1", runLogs))
	l.closes("down", websocket.StatusTryAgainLater)
}

// TestAttack095ASocketIsBounded : in messages, subscriptions, and what waits for a client that reads nothing.
func TestAttack095ASocketIsBounded(t *testing.T) {
	d, _, speakers := openTower(t)
	l := d.line(t, "viewer")
	for i := range mostSubscriptions {
		l.say(start(fmt.Sprint(i), runLogs))
	}
	s := <-speakers
	for range mostSubscriptions {
		s.take(t)
	}
	l.say(start("more", runLogs))
	if got := l.hear(); !strings.Contains(got, "100 subscriptions") {
		t.Error(got)
	}
	s.say(t, `{"type": "complete", "id": "7"}`)
	l.hear()
	l.say(start("more", runLogs))
	s.take(t)

	large := d.line(t, "viewer")
	_ = large.Write(t.Context(), websocket.MessageText, []byte(start("1", runLogs+strings.Repeat(" ", dagster.MaxBody)))) // may be cut off
	large.closes("more than 1 MiB", websocket.StatusMessageTooBig)

	d.gate.sockets.sending = 50 * time.Millisecond
	slow := d.line(t, "viewer")
	slow.say(start("1", runLogs))
	s = <-speakers
	for text := []byte(`{"type":"data","id":"1","payload":"` + strings.Repeat("x", 1<<20) + `"}`); ; {
		if s.conn.Write(t.Context(), websocket.MessageText, text) != nil {
			break // the gate has let go of both
		}
	}
	<-s.gone
}

func TestAClientThatDoesNotAnswerIsLetGo(t *testing.T) {
	d, _, speakers := openTower(t)
	d.gate.sockets.pinging, d.gate.sockets.sending = 10*time.Millisecond, 500*time.Millisecond
	pings := make(chan struct{}, 1000)
	//nolint:bodyclose // the connection is the socket's
	answering, _, err := websocket.Dial(t.Context(), d.URL+"/graphql", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer viewer@acme.test"}},
		Subprotocols: []string{dagster.Protocol}, OnPingReceived: func(context.Context, []byte) bool { pings <- struct{}{}; return true }})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan error, 1)
	go func() {
		_, _, err := answering.Read(t.Context())
		heard <- err
	}()
	for range 3 {
		select {
		case <-pings:
		case <-time.After(soon):
			t.Fatal("it is not asked again and again")
		}
	}
	silent := d.line(t, "viewer")
	silent.say(start("1", runLogs)) // it does not read from here on
	select {
	case <-(<-speakers).gone:
	case <-time.After(soon):
		t.Fatal("the silent client is still there")
	}
	select {
	case err := <-heard:
		t.Errorf("who answers is let go: %v", err)
	default:
	}
	_ = answering.CloseNow()
	if err := <-heard; err == nil {
		t.Error("it heard something")
	}
}

func TestAGateThatStopsSaysSo(t *testing.T) {
	d := open(t)
	speakers := d.upstream.speak()
	busy, idle := d.line(t, "viewer"), d.line(t, "viewer")
	busy.say(start("1", runLogs))
	s := <-speakers
	ended := make(chan struct{})
	go func() { defer close(ended); d.gate.sockets.stop() }()
	busy.closes("busy", websocket.StatusGoingAway)
	idle.closes("idle", websocket.StatusGoingAway)
	<-ended
	<-s.gone
	late := d.line(t, "viewer")
	late.closes("late", websocket.StatusGoingAway)
}

// TestSocketsLeaveNothingBehind : whoever ends them, and however.
func TestSocketsLeaveNothingBehind(t *testing.T) {
	d, w, speakers := openTower(t)
	warm := d.line(t, "viewer")
	warm.say(start("1", runLogs))
	(<-speakers).take(t)
	_ = warm.CloseNow()
	settle := func(count func() int, want int) int {
		deadline, again := time.After(soon), time.NewTicker(5*time.Millisecond)
		defer again.Stop()
		for count() > want {
			select {
			case <-deadline:
				return count()
			case <-again.C:
			}
		}
		return count()
	}
	listed := func() int { return len(d.gate.sockets.all()) }
	held := func() (n int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, list := range w.held {
			n += len(list)
		}
		return n
	}
	settle(listed, 0)
	before := runtime.NumGoroutine()
	for i := range 60 {
		l := d.line(t, "viewer")
		l.say(start("1", runLogs))
		s := <-speakers
		switch i % 4 {
		case 0:
			_ = l.Close(websocket.StatusNormalClosure, "")
		case 1:
			_ = l.CloseNow()
		case 2:
			_ = s.conn.CloseNow()
			l.closes("upstream", websocket.StatusServiceRestart)
		case 3:
			l.say(`{"type":"connection_terminate"}`)
			l.closes("terminated", websocket.StatusNormalClosure)
		}
		<-s.gone
	}
	if after := settle(runtime.NumGoroutine, before); after > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines were %d\n%s", after, before, stacks[:runtime.Stack(stacks, true)])
	}
	if open, still := settle(listed, 0), settle(held, 0); open+still != 0 {
		t.Errorf("%d are still listed, %d held", open, still)
	}
}

// TestARightThatGoesWhileASubscriptionIsJudgedIsSeen : whoever watches over the facts passes by before it runs.
func TestARightThatGoesWhileASubscriptionIsJudgedIsSeen(t *testing.T) {
	s := &socket{open: map[string]*subscription{}}
	sub := &subscription{operations: []dagster.Operation{{Field: "pipelineRunLogs"}}}
	s.note("1", sub)
	if n := len(s.operations()); n != 0 {
		t.Fatalf("%d are judged twice at once", n)
	}
	if s.allow(sub) {
		t.Fatal("it runs on facts of before")
	}
	if !s.allow(sub) || len(s.operations()) != 1 || !sub.running {
		t.Error("judged anew, it does not run")
	}
}

// TestTheUpstreamSendsTheGateNowhereElse : a redirect of the handshake is no way to make the gate open sockets.
func TestTheUpstreamSendsTheGateNowhereElse(t *testing.T) {
	d, _, _ := openTower(t)
	elsewhere := newUpstream(t, "")
	d.upstream.with(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/graphql", http.StatusTemporaryRedirect)
	})
	l := d.line(t, "viewer")
	l.say(start("1", runLogs))
	l.closes("redirected", websocket.StatusTryAgainLater)
	if took := elsewhere.took(); len(took) != 0 {
		t.Errorf("it went to %+v", took)
	}
}
