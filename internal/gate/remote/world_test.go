package remote_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/api/rest"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/remote"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
	"bailiwick/internal/webhook"
)

const origin = "https://dagster.acme.test"

// A world is a server behind a network that can be cut, and a remote gate's authority on the other side. Olga owns acme; Ed and the
// service user ci are editors of prod; Vi is a member, and so a viewer.
type world struct {
	*orgtest.Organization
	t       *testing.T
	server  *httptest.Server
	secret  string // the gate's token
	tokenID string
	*network
}

// network is what lies between the gate and the server.
type network struct {
	down  atomic.Bool  // every connection breaks
	lossy atomic.Bool  // what the server answers to activity is lost
	slow  atomic.Int64 // nanoseconds that each line of the feed is under way
	feeds atomic.Int64 // how often a feed was asked for
	asked atomic.Int64 // how often a session was asked about
	batch atomic.Int64 // how often activity arrived
	mu    sync.Mutex
	cuts  []context.CancelFunc
}

// ServeHTTP lets requests through to the server, or does to them what networks do.
func (n *network) through(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.down.Load() {
			panic(http.ErrAbortHandler)
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		n.mu.Lock()
		n.cuts = append(n.cuts, cancel)
		n.mu.Unlock()
		switch path := strings.TrimPrefix(r.URL.Path, "/api/v1/gate/"); path {
		case "feed":
			n.feeds.Add(1)
			w = &delayed{ResponseWriter: w, network: n, ctx: ctx}
		case "session":
			n.asked.Add(1)
		case "activity":
			n.batch.Add(1)
			if n.lossy.Load() {
				next.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
				panic(http.ErrAbortHandler)
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// cut breaks what is open and lets nothing through until mend.
func (n *network) cut() {
	n.down.Store(true)
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, cancel := range n.cuts {
		cancel()
	}
	n.cuts = nil
}

func (n *network) mend() { n.down.Store(false) }

// delayed is an answer whose lines are under way for some time.
type delayed struct {
	http.ResponseWriter
	network *network
	ctx     context.Context //nolint:containedctx // a request's
}

// Write waits as long as the network takes.
func (d *delayed) Write(p []byte) (int, error) {
	if wait := time.Duration(d.network.slow.Load()); wait > 0 {
		select {
		case <-time.After(wait):
		case <-d.ctx.Done():
			return 0, d.ctx.Err()
		}
	}
	return d.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (d *delayed) Unwrap() http.ResponseWriter { return d.ResponseWriter }

func newWorld(t *testing.T) *world {
	t.Helper()
	inside := orgtest.New(t, orgtest.Options{Staleness: decide.DefaultStaleness})
	w := &world{t: t, Organization: inside.Of("acme"), network: &network{}}
	hooks := webhook.New(webhook.Options{Journal: w.Journal, Engine: w.Engine, Changes: w.Changes, Trail: w.History.Trail(), Ring: w.Ring, Now: time.Now, Log: w.Log})
	routes, err := rest.New(rest.Options{Webhooks: hooks, Engine: w.Engine, Changes: w.Changes, Reader: w.Reader,
		History: w.History, Desk: w.Desk, Discovery: w.Discovery, External: &url.URL{Scheme: "https", Host: "bailiwick.acme.test"}, TokensUsed: w.Journal.TokensUsed, CursorKey: w.Key,
		Version: "test", Log: w.Log, Vouched: func(organization, deployment string) bool {
			return organization == "acme" && deployment == "dagster/prod"
		}, Gates: func(_, at string) (string, bool) { return "dagster/prod", at == origin }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	w.server = httptest.NewUnstartedServer(w.through(mux))
	w.server.Config.ErrorLog = slog.NewLogLogger(w.Log.Handler(), slog.LevelDebug)
	w.server.Start()
	t.Cleanup(func() {
		w.cut()
		w.server.Close()
	})
	w.Create("acme").Do(client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dagster/prod/etl"}, client.ResourceCreate{Resource: "dagster/staging"},
		w.Adding("ed", "dagster"), w.Adding("vi", "dagster"), w.Adding("zoe"),
		client.ServiceUserCreate{ServiceUser: "ci"}, client.ServiceUserCreate{ServiceUser: "gate-of-prod"},
		orgtest.Grant("user:ed@acme.test", "editor", "dagster/prod"), orgtest.Grant("service_user:ci", "editor", "dagster/prod"),
		orgtest.Grant("service_user:gate-of-prod", "gate", "org"), orgtest.Grant("user:olga@acme.test", "organization_admin", "dagster"))
	w.secret, w.tokenID = w.Token("olga", client.NewToken{Kind: "gate", Subject: "service_user:gate-of-prod", Scopes: []string{"dagster/prod"}})
	return w
}

// authority starts a remote gate's authority, and waits until it is in step.
func (w *world) authority(bound time.Duration) *remote.Authority {
	w.t.Helper()
	c, err := client.New(w.server.URL, client.Options{Token: w.secret, Transport: &http.Transport{}})
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := remote.New(remote.Options{Client: c, Bound: bound, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { a.Run(ctx); close(ran) }()
	w.t.Cleanup(func() { stop(); <-ran })
	w.reaches(a, w.Now().Revision)
	return a
}

// reaches waits until an authority knows a revision.
func (w *world) reaches(a *remote.Authority, revision int64) gate.Facts {
	w.t.Helper()
	var facts gate.Facts
	w.within(20*time.Second, "the gate does not reach the revision", func() (is bool) {
		var err error
		facts, err = a.Facts(w.t.Context())
		return err == nil && facts.Revision >= revision
	})
	return facts
}

// within waits until something is so, and fails after a time.
func (w *world) within(limit time.Duration, what string, is func() bool) time.Duration {
	w.t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > limit {
			w.t.Fatalf("after %s: %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond) // how soon is what is measured
	}
	return time.Since(begun)
}

func bearer(secret string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, origin+"/", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	return r
}

// enter signs somebody in at the server and at the gate, and returns the secret of the session there and what opened it.
func (w *world) enter(a *remote.Authority, email string) (secret string, parent *signin.Opened) {
	w.t.Helper()
	opened := w.SignIn(email)
	code, err := w.Sessions.IssueCode(w.t.Context(), w.Caller(opened), origin, signin.HashOf("what the browser keeps"))
	if err != nil {
		w.t.Fatal(err)
	}
	cookie, err := a.Enter(w.t.Context(), origin, code.Reveal(), signin.HashOf("what the browser keeps"))
	if err != nil {
		w.t.Fatal(err)
	}
	if !cookie.HttpOnly || !cookie.Secure || !strings.HasPrefix(cookie.Name, "__Host-") {
		w.t.Errorf("the cookie is %+v", cookie)
	}
	return cookie.Value, opened
}

func isUnavailable(err error) bool     { return fault.Is(err, fault.Unavailable) }
func isUnauthenticated(err error) bool { return fault.Is(err, fault.Unauthenticated) }

// ended waits for the end of something held, and returns why.
func (w *world) ended(until context.Context, limit time.Duration) error {
	w.t.Helper()
	select {
	case <-until.Done():
		return context.Cause(until)
	case <-time.After(limit):
		w.t.Fatalf("it was not ended within %s", limit)
		return errors.New("not ended")
	}
}
