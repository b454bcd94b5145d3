package gate

import (
	"context"
	"encoding/json"
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

// soon bounds the waiting for a signal; nobody waits for it to pass.
const soon = 20 * time.Second

// speaker is an upstream's end of the legacy socket. It acknowledges, and leaves everything else to the test.
type speaker struct {
	conn *websocket.Conn
	got  chan string // the client's messages, connection_init left out
	gone chan struct{}
}

// say sends a message.
func (s *speaker) say(t testing.TB, text string) {
	t.Helper()
	if err := s.conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Error(err)
	}
}

// take returns the next message.
func (s *speaker) take(t testing.TB) string {
	t.Helper()
	select {
	case text := <-s.got:
		return text
	case <-time.After(soon):
		t.Fatal("nothing reaches the upstream")
		return ""
	}
}

// speak makes the upstream speak the legacy protocol. Each socket is handed out once.
func (u *upstream) speak() chan *speaker {
	opened := make(chan *speaker, 2000)
	u.with(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/graphql" || r.Header.Get("Upgrade") == "" {
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{dagster.Protocol}})
		if err != nil {
			return
		}
		conn.SetReadLimit(2 << 20)
		s := &speaker{conn, make(chan string, 200), make(chan struct{})}
		defer close(s.gone)
		for first := true; ; first = false {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			if string(text) != `{"type":"connection_init"}` {
				s.got <- string(text)
				continue
			}
			if conn.Write(context.Background(), websocket.MessageText, []byte(`{"type": "connection_ack"}`)) != nil {
				return
			}
			if first {
				opened <- s
			}
		}
	})
	return opened
}

// line is a client's end of the gate's socket.
type line struct {
	*websocket.Conn
	t testing.TB
}

func (d *door) dial(t testing.TB, header http.Header) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	return websocket.Dial(ctx, d.URL+"/graphql", &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{dagster.Protocol}, CompressionMode: websocket.CompressionDisabled})
}

// line opens a socket with a token.
func (d *door) line(t testing.TB, who string) line {
	t.Helper()
	conn, answer, err := d.dial(t, http.Header{"Authorization": {"Bearer " + who + "@acme.test"}})
	if err != nil || conn.Subprotocol() != dagster.Protocol {
		t.Fatalf("%s: %v %v", who, err, answer)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(maxAnswer)
	return line{conn, t}
}

func (l line) say(text string) {
	l.t.Helper()
	if err := l.Write(l.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		l.t.Error(err)
	}
}

func (l line) hear() string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), soon)
	defer cancel()
	_, text, err := l.Read(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// closes waits for the end, which must come with a code and before anything else.
func (l line) closes(what string, code websocket.StatusCode) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), soon)
	defer cancel()
	_, text, err := l.Read(ctx)
	if websocket.CloseStatus(err) != code {
		l.t.Errorf("%s: %q, %v; want the end with %d", what, text, err, code)
	}
}

const runLogs = `subscription Logs($run: ID!) { pipelineRunLogs(runId: $run) { __typename } }`

// start writes a start as Dagster's pages do.
func start(id, query string, more ...string) string {
	payload := map[string]any{"query": query, "variables": map[string]any{"run": "run-etl"}}
	for i := 0; i < len(more); i += 2 {
		payload[more[i]] = more[i+1]
	}
	text, _ := json.Marshal(map[string]any{"type": "start", "id": id, "payload": payload})
	return string(text)
}

func TestASubscriptionRunsThroughTheGate(t *testing.T) {
	d := open(t)
	speakers := d.upstream.speak()
	l := d.line(t, "viewer")
	l.say(`{"type":"connection_init","payload":{"authorization":"of another system"}}`)
	if got := l.hear(); got != `{"type":"connection_ack"}` {
		t.Fatal(got)
	}
	if len(d.upstream.took()) != 0 {
		t.Error("the upstream is dialled before it is needed")
	}
	l.say(start("1", runLogs, "operationName", "Logs"))
	s := <-speakers
	var sent struct {
		Type, ID string
		Payload  struct {
			OperationName string `json:"operation_name"`
			Other         string `json:"operationName"`
			Variables     map[string]any
		}
	}
	if text := s.take(t); json.Unmarshal([]byte(text), &sent) != nil || sent.Type != "start" || sent.ID != "1" || sent.Payload.OperationName != "Logs" || sent.Payload.Other != "" || !strings.Contains(text, `:"run-etl"`) {
		t.Errorf("the upstream is asked %s", text)
	}
	for _, text := range []string{`{"type": "data", "id": "1", "payload": {"data": {"pipelineRunLogs":  {"a": "é\u00e9"}}}}`, `{"payload":{"data":null},"id":"1","type":"data"}`,
		`{"type": "data", "id": "1", "payload": "` + strings.Repeat("x", 3<<20) + `"}`} {
		s.say(t, text)
		if got := l.hear(); got != text {
			t.Errorf("%.80s became %.80s", text, got)
		}
	}
	// What is about nothing that is open is left out.
	s.say(t, `{"type": "data", "id": "2", "payload": {}}`)
	l.say(start("1", runLogs)) // in use: ignored, as by the upstream
	l.say(start("2", `subscription { locationStateChangeEvents { __typename } }`))
	if text := s.take(t); !strings.Contains(text, "locationStateChangeEvents") {
		t.Errorf("then: %s", text)
	}
	l.say(`{"type":"stop","id":"1"}`)
	if text := s.take(t); text != `{"id":"1","type":"stop"}` {
		t.Errorf("then: %s", text)
	}
	s.say(t, `{"type": "data", "id": "1", "payload": {}}`)
	s.say(t, `{"type": "complete", "id": "2"}`)
	if got := l.hear(); got != `{"type": "complete", "id": "2"}` {
		t.Error(got)
	}
	took := d.upstream.took()
	if len(took) != 1 || took[0].header.Get("Authorization") != "" || took[0].header.Get("Cookie") != "" || took[0].header.Get("Sec-Websocket-Protocol") != dagster.Protocol {
		t.Errorf("the upstream gets %+v", took)
	}
	l.say(`{"type":"connection_terminate"}`)
	l.closes("terminated", websocket.StatusNormalClosure)
	<-s.gone
}

// TestAttack086EveryMessageIsJudged : not only the opening; and TestTrap06 names the same as upstream's own hole.
func TestAttack086EveryMessageIsJudged(t *testing.T) {
	d := open(t)
	speakers := d.upstream.speak()
	l := d.line(t, "viewer")
	l.say(start("ok", runLogs))
	s := <-speakers
	s.take(t)
	d.office.told()
	for _, c := range []struct{ what, text string }{
		{"a mutation", start("x", `mutation { setNuxSeen }`)},
		{"a query", start("x", `{ version }`)},
		{"a mutation that begins as a subscription", start("x", `mutation { pipelineRunLogs(runId: "1") { __typename } deleteRun(runId: "1") { __typename } }`)},
		{"two fields", start("x", `subscription { a: locationStateChangeEvents { __typename } b: locationStateChangeEvents { __typename } }`)},
		{"none", start("x", `subscription { locationStateChangeEvents @skip(if: true) { __typename } }`)},
		{"an unknown field", start("x", `subscription { assetEvents { __typename } }`)},
		{"one name for the gate, one for the upstream", start("x", runLogs+` mutation M { setNuxSeen }`, "operationName", "Logs", "operation_name", "M")},
		{"the other operation", start("x", runLogs+` mutation M { setNuxSeen }`, "operation_name", "M")},
		{"no name", start("x", runLogs+` mutation M { setNuxSeen }`)},
		{"a document that cannot be read", start("x", `subscription {`)},
		{"a bomb", start("x", `subscription { pipelineRunLogs(runId: "1") `+strings.Repeat("{ a ", 2000)+strings.Repeat("}", 2001))},
	} {
		l.say(c.text)
		if got := l.hear(); !strings.HasPrefix(got, `{"id":"x","payload":{"message":"`) || !strings.HasSuffix(got, `"type":"error"}`) {
			t.Errorf("%s: %s", c.what, got)
		}
	}
	// One of two operations is a subscription, and only it is forwarded.
	l.say(start("two", runLogs+` mutation M { setNuxSeen }`, "operation_name", "Logs"))
	if text := s.take(t); strings.Contains(text, "setNuxSeen") || !strings.Contains(text, `"operation_name":"Logs"`) {
		t.Errorf("forwarded: %s", text)
	}
	for what, text := range map[string]string{"no JSON": `hello`, "another protocol": `{"type":"subscribe","id":"1","payload":{"query":"subscription{a}"}}`,
		"a list": `[{"type":"connection_init"}]`, "a key twice": `{"type":"connection_init","type":"start"}`, "no id": `{"type":"start","payload":{"query":"{version}"}}`} {
		other := d.line(t, "viewer")
		other.say(text)
		other.closes(what, wrongMessage)
	}
	other := d.line(t, "viewer")
	if err := other.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	other.closes("bytes", websocket.StatusUnsupportedData)
}

// TestTrap06TheSocketTakesSubscriptionsOnly : what is sent as anything else never reaches the upstream, which would run it.
func TestTrap06TheSocketTakesSubscriptionsOnly(t *testing.T) {
	d := open(t)
	speakers := d.upstream.speak()
	l := d.line(t, "owner")
	for i, query := range []string{`mutation { pipelineRunLogs(runId: "1") { __typename } setNuxSeen }`, `mutation { setNuxSeen }`, `{ version }`} {
		l.say(start(fmt.Sprint(i), query))
		if got := l.hear(); !strings.Contains(got, `"type":"error"`) {
			t.Errorf("%s: %s", query, got)
		}
	}
	if len(speakers) != 0 {
		t.Error("the upstream was dialled")
	}
}

// TestTrap07TheSocketSpeaksTheLegacyProtocolOnly : the upstream answers graphql-ws whatever was offered.
func TestTrap07TheSocketSpeaksTheLegacyProtocolOnly(t *testing.T) {
	d := open(t)
	for _, offered := range [][]string{nil, {"graphql-transport-ws"}, {"GRAPHQL-WS"}, {"graphql-ws2"}} {
		_, answer, err := websocket.Dial(t.Context(), d.URL+"/graphql", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer viewer@acme.test"}}, Subprotocols: offered})
		if err == nil || answer == nil || answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %v %v", offered, answer, err)
		}
	}
	conn, _, err := websocket.Dial(t.Context(), d.URL+"/graphql", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer viewer@acme.test"}}, Subprotocols: []string{"graphql-transport-ws", "graphql-ws"}})
	if err != nil || conn.Subprotocol() != "graphql-ws" {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
}

// TestASocketOfAPageElsewhereIsRefused : Dagster takes sockets from every origin, and browsers send the cookie with them.
func TestASocketOfAPageElsewhereIsRefused(t *testing.T) {
	d := open(t)
	session := d.gate.cookies.session + "=viewer@acme.test"
	for what, c := range map[string]struct {
		header http.Header
		status int
	}{
		"our page":             {http.Header{"Cookie": {session}, "Origin": {d.URL}}, http.StatusSwitchingProtocols},
		"a program's token":    {http.Header{"Authorization": {"Bearer viewer@acme.test"}, "Origin": {"https://tool.test"}}, http.StatusSwitchingProtocols},
		"another page":         {http.Header{"Cookie": {session}, "Origin": {"https://evil.test"}}, http.StatusForbidden},
		"our host, other port": {http.Header{"Cookie": {session}, "Origin": {"http://127.0.0.1:1"}}, http.StatusForbidden},
		"no page":              {http.Header{"Cookie": {session}}, http.StatusForbidden},
		"null":                 {http.Header{"Cookie": {session}, "Origin": {"null"}}, http.StatusForbidden},
		"two pages":            {http.Header{"Cookie": {session}, "Origin": {d.URL, "https://evil.test"}}, http.StatusForbidden},
		"nobody":               {http.Header{"Origin": {d.URL}}, http.StatusUnauthorized},
		"somebody else":        {http.Header{"Authorization": {"Bearer gone@acme.test"}}, http.StatusUnauthorized},
		"without a role":       {http.Header{"Authorization": {"Bearer nobody@acme.test"}}, http.StatusForbidden},
	} {
		conn, answer, err := d.dial(t, c.header)
		if answer == nil || answer.StatusCode != c.status {
			t.Errorf("%s: %v %v", what, answer, err)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
	}
}

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

// TestAttack035EachCallerIsJudgedByHimself : two with the same document and the same name for it, on one gate.
func TestAttack035EachCallerIsJudgedByHimself(t *testing.T) {
	d, w, speakers := openTower(t)
	viewer, narrow := d.line(t, "viewer"), line{}
	limited := w.narrow["viewer@acme.test"]
	limited.Permissions = []string{"dagster.deployments.view"}
	w.office.mu.Lock()
	w.narrow["viewer@acme.test"] = limited // the next token of the same person
	w.office.mu.Unlock()
	narrow = d.line(t, "viewer")
	for range 2 {
		viewer.say(start("1", runLogs))
		(<-speakers).take(t)
		narrow.say(start("1", runLogs))
		if got := narrow.hear(); !strings.Contains(got, "runs.view") || !strings.Contains(got, `"type":"error"`) {
			t.Fatalf("the narrow token: %s", got)
		}
		viewer = d.line(t, "editor")
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
	d.gate.sockets.pinging, d.gate.sockets.sending = 10*time.Millisecond, 50*time.Millisecond
	answering, silent := d.line(t, "viewer"), d.line(t, "viewer")
	silent.say(start("1", runLogs)) // it does not read from here on
	heard := make(chan error, 1)
	go func() {
		_, _, err := answering.Read(t.Context())
		heard <- err
	}()
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
	<-heard
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
