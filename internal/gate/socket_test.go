package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/internal/gate/dagster"
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

// dial opens a socket, and returns with what status that was answered.
func (d *door) dial(t testing.TB, header http.Header, protocols ...string) (*websocket.Conn, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	//nolint:bodyclose // the connection is the socket's
	conn, answer, err := websocket.Dial(ctx, d.URL+"/graphql", &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if answer == nil {
		t.Fatal(err)
	}
	if conn != nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
		conn.SetReadLimit(maxAnswer)
	}
	return conn, answer.StatusCode
}

// line opens a socket with a token.
func (d *door) line(t testing.TB, who string) line {
	t.Helper()
	conn, status := d.dial(t, http.Header{"Authorization": {"Bearer " + who + "@acme.test"}}, dagster.Protocol)
	if conn == nil || conn.Subprotocol() != dagster.Protocol {
		t.Fatalf("%s: %d", who, status)
	}
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
	s.say(t, `{"type": "data", "id": "3", "payload": {}}`)
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

// TestASubscriptionDoesNotAskForRights : what the upstream would answer are the gate's own.
func TestASubscriptionDoesNotAskForRights(t *testing.T) {
	d := open(t)
	speakers := d.upstream.speak()
	l := d.line(t, "owner")
	l.say(start("1", `subscription { pipelineRunLogs(runId: "1") { ... on PipelineRunLogsSubscriptionSuccess { run { hasDeletePermission } } } }`))
	if got := l.hear(); !strings.Contains(got, "cannot ask what the caller may do") || len(speakers) != 0 {
		t.Errorf("%s, %d sockets at the upstream", got, len(speakers))
	}
}

// TestTrap07TheSocketSpeaksTheLegacyProtocolOnly : the upstream answers graphql-ws whatever was offered.
func TestTrap07TheSocketSpeaksTheLegacyProtocolOnly(t *testing.T) {
	d := open(t)
	viewer := http.Header{"Authorization": {"Bearer viewer@acme.test"}}
	for _, offered := range [][]string{nil, {"graphql-transport-ws"}, {"GRAPHQL-WS"}, {"graphql-ws2"}} {
		if _, status := d.dial(t, viewer, offered...); status != http.StatusBadRequest {
			t.Errorf("%q: %d", offered, status)
		}
	}
	if conn, status := d.dial(t, viewer, "graphql-transport-ws", "graphql-ws"); status != http.StatusSwitchingProtocols || conn.Subprotocol() != "graphql-ws" {
		t.Errorf("both: %d", status)
	}
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
		if _, status := d.dial(t, c.header, dagster.Protocol); status != c.status {
			t.Errorf("%s: %d, want %d", what, status, c.status)
		}
	}
}

// TestAttack035EachCallerIsJudgedByHimself : two with the same document and the same name for it, on one gate.
func TestAttack035EachCallerIsJudgedByHimself(t *testing.T) {
	d, w, speakers := openTower(t)
	viewer := d.line(t, "viewer")
	limited := w.narrow["viewer@acme.test"]
	limited.Permissions = []string{"dagster.deployments.view"}
	w.office.mu.Lock()
	w.narrow["viewer@acme.test"] = limited // the next token of the same person
	w.office.mu.Unlock()
	narrow := d.line(t, "viewer")
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
