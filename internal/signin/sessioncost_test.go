package signin

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestLastUseOfSessionsIsWritten(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	opened := h.signIn("acme")
	seen := func() time.Time {
		t.Helper()
		row, found, err := h.journal.SessionByID(t.Context(), "acme", opened.Session.ID)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		return row.Seen
	}
	h.pass(7 * time.Hour)
	h.good(opened.Cookie)
	used := h.now()
	h.sessions.flush(t.Context())
	if got := seen(); !got.Equal(used) {
		t.Errorf("seen %s, want %s", got, used)
	}
	if left := h.sessions.pending(); len(left) != 0 {
		t.Errorf("pending after the flush: %v", left)
	}
	second := h.another()
	h.pass(7 * time.Hour)
	second.good(opened.Cookie)
	second.sessions.flush(t.Context())
	h.pass(7 * time.Hour)
	h.good(opened.Cookie) // 14 h since it was used here: the other server has seen it
	for range 3 {         // what falls out of memory is written none the less
		h.sessions.most = 1
		h.sessions.remember(&live{organization: "x"}, digest{1})
		h.sessions.most = mostSecrets
	}
	h.sessions.flush(t.Context())
	if got := seen(); !got.Equal(h.now()) {
		t.Errorf("seen %s, want %s", got, h.now())
	}
	h.pass(4 * time.Hour)
	h.dead("over", opened.Cookie)
	h.pass(time.Hour)
	desk := NewDesk(DeskOptions{Engine: h.engine, Journal: h.journal, Sessions: h.sessions})
	if err := desk.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := h.journal.SessionsOf(t.Context(), "acme", ""); err != nil || len(all) != 0 {
		t.Errorf("left: %v, %v", all, err)
	}
}

// TestTenThousandSessionsInMemory : at most 50 MiB; and a stranger's many secrets take no room.
func TestTenThousandSessionsInMemory(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools held goes with the second
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const sessions = 10_000
	template := h.signIn("acme").Session
	before := heap()
	for i := range sessions {
		row := template
		row.ID, row.Agent = fmt.Sprintf("ses_%026d", i), strings.Repeat("x", maxAgent)
		row.Hash = HashOf(row.ID)
		h.sessions.keep("acme", &row, digestOf(row.ID))
	}
	h.sessions.sweep(h.now())
	if n := len(h.sessions.bySecret); n != sessions+1 {
		t.Fatalf("%d sessions in memory", n)
	}
	grown := heap() - before
	t.Logf("%d sessions: %.1f MiB", sessions, float64(grown)/(1<<20))
	if grown > 50<<20 {
		t.Errorf("%d sessions take %d MiB, more than 50", sessions, grown>>20)
	}
	size := len(h.sessions.bySecret)
	for range 100 {
		h.dead("a stranger's", &http.Cookie{Name: secureCookie, Value: newSecret(sessionPrefix).Reveal()})
	}
	if len(h.sessions.bySecret) != size {
		t.Error("what does not exist is kept in memory")
	}
	h.sessions.most = 100
	for i := range 1000 {
		row := template
		row.ID = fmt.Sprintf("ses_b%025d", i)
		row.Hash = HashOf(row.ID)
		h.sessions.keep("acme", &row, digestOf(row.ID))
	}
	if a, b := len(h.sessions.bySecret), len(h.sessions.byID); a > 100 || b > 100 {
		t.Errorf("%d secrets and %d sessions in memory, want at most 100", a, b)
	}
	runtime.KeepAlive(h)
}

func BenchmarkSessionCheck(b *testing.B) {
	h := newHall(b, SessionOptions{Secure: true})
	c := h.signIn("acme").Cookie
	r := withCookie(http.MethodPost, &http.Cookie{Name: "theme", Value: "dark"}, c)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.reader.Caller(r, UserToken, ServiceUserToken, SessionKind); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokenCheck(b *testing.B) {
	h := newHall(b, SessionOptions{Secure: true})
	text, _ := h.issue("acme", UserToken, "user:"+ana, nil)
	r := withToken(text)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.reader.Caller(r, UserToken, ServiceUserToken, SessionKind); err != nil {
			b.Fatal(err)
		}
	}
}

// TestASessionCheckMakesOnlyItsCaller : nothing else is allocated on a request.
func TestASessionCheckMakesOnlyItsCaller(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	r := withCookie(http.MethodPost, h.signIn("acme").Cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if n := testing.AllocsPerRun(100, func() { _, _ = h.reader.Caller(r, UserToken, SessionKind) }); n > 1 {
		t.Errorf("a check allocates %v times", n)
	}
}
