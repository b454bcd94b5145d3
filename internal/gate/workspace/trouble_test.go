package workspace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/gate/dagster"
)

func TestWhateverElseComesBackIsUnavailable(t *testing.T) {
	text := func(status int, text string) func(http.ResponseWriter, string) bool {
		return func(w http.ResponseWriter, _ string) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return true
		}
	}
	long := append([]byte(`{"data": {"version": "`), bytes.Repeat([]byte("9"), 1<<20)...)
	for what, broken := range map[string]func(http.ResponseWriter, string) bool{
		"a page":                 text(200, "<html>Sign in</html>"),
		"nothing":                text(200, ""),
		"null":                   text(200, "null"),
		"no data":                text(200, `{"data": null}`),
		"another shape":          text(200, `{"data": {"version": 7}}`),
		"a list":                 text(200, `[]`),
		"errors":                 text(200, `{"data": {"version": "1"}, "errors": [{"message": "the password is xyzzy"}]}`),
		"a failure":              text(500, `{"data": null, "errors": [{"message": "the password is xyzzy"}]}`),
		"a redirection":          text(302, ""),
		"an answer, but not now": func(w http.ResponseWriter, _ string) bool { w.WriteHeader(http.StatusServiceUnavailable); return false },
		"not now":                text(503, `{"data": {}}`),
		"a type of failure":      text(200, `{"data": {"version": "1", "locationStatusesOrError": {"__typename": "PythonError", "message": "the password is xyzzy"}}}`),
		"half of it":             text(200, `{"data": {"version": "1", "locationStatusesOrError": {"__typename": "WorkspaceLoc`),
		"endless": func(w http.ResponseWriter, _ string) bool {
			for range maxAnswer>>20 + 1 {
				if _, err := w.Write(long); err != nil {
					break
				}
				long = bytes.Repeat([]byte("9"), 1<<20)
			}
			return true
		},
		"a broken connection": func(http.ResponseWriter, string) bool { panic(http.ErrAbortHandler) },
	} {
		r := record(t)
		r.broken = broken
		w := at(t, r.URL)
		_, resolved := w.Resolve(t.Context(), []dagster.Target{locationOf("a")})
		_, run := w.Resolve(t.Context(), []dagster.Target{runOf("r")})
		_, backfill := w.Resolve(t.Context(), []dagster.Target{backfillOf("b")})
		_, schema := w.Schema(t.Context())
		for _, err := range []error{resolved, run, backfill, schema, w.Status().Trouble} {
			if kindOf(err) != "unavailable" || strings.Contains(err.Error(), "xyzzy") {
				t.Errorf("%s: %v", what, err)
			}
			if what == "endless" && !strings.Contains(err.Error(), "longer than 64 MiB") {
				t.Errorf("%s: %v", what, err)
			}
		}
		r.set(func() { r.broken = nil })
		wants(t, w, locationOf("a"), "a")
		if w.Status().Trouble != nil {
			t.Errorf("%s: there is still trouble: %v", what, w.Status().Trouble)
		}
	}
}

func TestSlowUpstreamIsUnavailableWhenTheCallerLeaves(t *testing.T) {
	r := record(t)
	hold := make(chan struct{})
	r.hold = hold
	w := at(t, r.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := w.Resolve(ctx, []dagster.Target{locationOf("a")}); kindOf(err) != "unavailable" || time.Since(began) > patience/2 {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	close(hold)
	wants(t, w, locationOf("a"), "a")
}

func TestTrap14ChangesAreToldOnTheSocket(t *testing.T) {
	r := record(t)
	r.greeted = 2
	var c clock
	read := make(chan []Location, 100)
	w := with(t, r.URL, c.now, func(l []Location) { read <- l })
	run(t, w)
	next := func() {
		t.Helper()
		select {
		case <-read:
		case <-time.After(20 * time.Second):
			t.Fatal("the code locations were not read anew")
		}
	}
	next()
	r.runs["r"] = aRun("r", "j", "a", "null")
	wants(t, w, runOf("r"), "a")
	until(t, "the schema is read", func() bool { _, err := w.Schema(t.Context()); return err == nil })
	r.questions()
	c.forward(trustFollowing / 2)
	if wants(t, w, locationOf("a"), "a"); r.questions() != 0 {
		t.Error("it asked although it follows")
	}
	r.set(func() { r.loadedAt++; delete(r.runs, "r") })
	r.changes <- `data {"data": {"locationStateChangeEvents": {"event": {"eventType": "LOCATION_UPDATED", "locationName": "a"}}}}`
	next()
	wants(t, w, runOf("r"), everything)
	for _, end := range []string{`error {"message": "no"}`, `data {"data": null, "errors": [{"message": "no"}]}`, `complete null`, `data []`} {
		r.changes <- "ka null"
		r.changes <- end
		until(t, "the socket is given up", func() bool { return !w.Status().Following })
		until(t, "it follows again", func() bool { return w.Status().Following })
	}
}

// TestNothingIsTrustedBeforeTheSubscriptionBegan: an upstream that answers the first greeting alone does not follow yet.
func TestNothingIsTrustedBeforeTheSubscriptionBegan(t *testing.T) {
	r := record(t)
	r.greeted = 1
	w := at(t, r.URL)
	ctx, stop := context.WithCancel(t.Context())
	begun := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() { ended <- w.follow(ctx, func() { begun <- struct{}{} }) }()
	for range 2 { // when the second is taken, the first was sent
		select {
		case r.changes <- "ka null":
		case <-time.After(10 * time.Second):
			t.Fatal("it does not ask for changes after the first greeting")
		}
	}
	stop()
	if err := <-ended; err == nil || len(begun) != 0 {
		t.Errorf("it follows: %v", err)
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	r := record(t)
	w := at(t, r.URL)
	r.greeted = 2
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	until(t, "it follows", func() bool { return w.Status().Following })
	for i := range 2000 {
		gone, cancel := context.WithCancel(t.Context())
		if i%2 == 0 {
			cancel()
		}
		r.set(func() {
			r.broken = func(w http.ResponseWriter, _ string) bool { w.WriteHeader(http.StatusBadGateway); return i%3 == 0 }
		})
		w.Forget()
		_, _ = w.Resolve(gone, []dagster.Target{runOf(fmt.Sprint(i)), assetOf("x")})
		cancel()
	}
	stop()
	<-ended
	r.Close()
	w.upstream.client.CloseIdleConnections()
	stopped := time.Now()
	until(t, "all of it has ended", func() bool { return runtime.NumGoroutine() <= before })
	if took := time.Since(stopped); took > pinged/2 {
		t.Errorf("something went on for %v", took)
	}
	if n := len(w.things.by); n > remembered {
		t.Errorf("%d things are remembered", n)
	}
}

func TestThingsForgetTheLeastRecentlyUsed(t *testing.T) {
	all := newThings()
	first := name{dagster.Run, "0"}
	for i := range remembered + 10 {
		all.put(name{dagster.Run, fmt.Sprint(i)}, thing{location: fmt.Sprint(i)})
		if got, ok := all.get(first); !ok || got.location != "0" {
			t.Fatalf("after %d the one that is used is gone", i)
		}
	}
	if _, ok := all.get(name{dagster.Run, "1"}); ok || len(all.by) != remembered || all.order.Len() != remembered {
		t.Errorf("%d and %d are remembered", len(all.by), all.order.Len())
	}
	if _, ok := all.get(name{dagster.Backfill, "0"}); ok {
		t.Error("a run is taken for a backfill")
	}
}
