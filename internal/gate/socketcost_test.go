package gate

import (
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"bailiwick/internal/gate/dagster"
)

// TestAThousandIdleSocketsTakeLittle : the gate's share of 1,000 is 100 MiB at most, whether they have a subscription or not.
func TestAThousandIdleSocketsTakeLittle(t *testing.T) {
	const sockets, most = 1000, 100
	d, _, speakers := openTower(t)
	d.gate.sockets.pinging = time.Hour // these clients read nothing, and so answer no ping
	var lines []line
	taken := func(open func() line) (mebibytes, goroutines int) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		goroutines = runtime.NumGoroutine()
		for range sockets {
			lines = append(lines, open())
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return int(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse) >> 20, runtime.NumGoroutine() - goroutines
	}
	busy := func() line {
		l := d.line(t, "viewer")
		l.say(start("1", runLogs))
		(<-speakers).take(t)
		return l
	}
	busy() // the schema and the document are read
	direct := func() line {
		conn, _, err := websocket.Dial(t.Context(), d.upstream.URL+"/graphql", &websocket.DialOptions{Subprotocols: []string{dagster.Protocol}, HTTPHeader: http.Header{"X-Forwarded-Host": {"gate"}}}) //nolint:bodyclose // the connection is the socket's
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.CloseNow() })
		l := line{conn, t}
		l.say(`{"type":"connection_init"}`)
		l.say(start("1", runLogs))
		(<-speakers).take(t)
		return l
	}
	ends, ours := taken(direct)
	idle, idling := taken(func() line { return d.line(t, "viewer") })
	all, busying := taken(busy)
	t.Logf("%d sockets: idle %d MiB and %d goroutines, with a subscription %d MiB and %d; without the gate %d MiB and %d", len(lines)/3, idle, idling, all, busying, ends, ours)
	if idle > most || all-ends > most {
		t.Errorf("%d sockets take %d MiB idle and %d MiB with a subscription, more than %d", sockets, idle, all-ends, most)
	}
	if idling > sockets+50 || busying-ours > 2*sockets+50 {
		t.Errorf("%d sockets take %d goroutines idle and %d with a subscription", sockets, idling, busying-ours)
	}
}

// TestTheSocketAddsLittleToAMessage : the median of the way there and back through the gate, less that without it, is at most 2 ms.
func TestTheSocketAddsLittleToAMessage(t *testing.T) {
	d, _, speakers := openTower(t)
	l := d.line(t, "viewer")
	l.say(start("1", runLogs))
	s := <-speakers
	s.take(t)
	const message = `{"type": "data", "id": "1", "payload": {"data": {"pipelineRunLogs": {"__typename": "PipelineRunLogsSubscriptionSuccess"}}}}`
	took := make([]time.Duration, 300)
	for i := range took {
		began := time.Now()
		s.say(t, message)
		l.hear()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	median := took[len(took)/2]
	t.Logf("median %s, p95 %s", median, took[len(took)*95/100])
	if median > 2*time.Millisecond {
		t.Errorf("a message takes %s through the gate", median)
	}
}

func BenchmarkSocketMessage(b *testing.B) {
	d, _, speakers := openTower(b)
	l := d.line(b, "viewer")
	l.say(start("1", runLogs))
	s := <-speakers
	s.take(b)
	for b.Loop() {
		s.say(b, `{"type": "data", "id": "1", "payload": {"data": {"pipelineRunLogs": {"__typename": "PipelineRunLogsSubscriptionSuccess"}}}}`)
		l.hear()
	}
}
