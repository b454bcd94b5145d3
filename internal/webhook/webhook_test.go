package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/reach"
	"bailiwick/internal/seal"
)

// An endpoint takes deliveries and remembers them.
type endpoint struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	taken  []taken
	path   string // where to it redirects
}

type taken struct {
	header http.Header
	body   []byte
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{status: http.StatusNoContent}
	e.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.taken = append(e.taken, taken{r.Header.Clone(), body})
		if e.path != "" {
			w.Header().Set("Location", e.path)
		}
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, "root:x:0:0 hush")
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) answers(status int) { e.mu.Lock(); e.status = status; e.mu.Unlock() }

func (e *endpoint) got() []taken {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]taken{}, e.taken...)
}

type world struct {
	t       *testing.T
	journal *journal.Journal
	engine  *decide.Engine
	changes *change.Service
	service *Service
	micros  atomic.Int64 // the clock
	owner   change.Actor
}

func newWorld(t *testing.T, with func(*Options), endpoints ...*endpoint) *world {
	t.Helper()
	w := &world{t: t}
	w.micros.Store(time.Now().UnixMicro())
	clock := w.now
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.journal, err = journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	if w.engine, err = decide.Open(t.Context(), w.journal, decide.Options{Clock: clock, Staleness: -1, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.changes = change.New(w.journal, w.engine, change.Options{Logger: log, Mint: func(kind string) (string, string, string, error) {
		return "bwk_" + kind + "_x", "hash-" + rand.Text(), "xxxx", nil
	}})
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	for _, e := range endpoints {
		roots.AddCert(e.Certificate())
	}
	o := Options{Journal: w.journal, Engine: w.engine, Changes: w.changes, Trail: history.NewTrail(w.journal), Ring: ring, Now: clock, Log: log, Roots: roots,
		Networks: reach.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Agent: "bailiwick/test"}
	if with != nil {
		with(&o)
	}
	w.service = New(o)
	t.Cleanup(func() { w.changes.Close(); w.engine.Close(); _ = w.journal.Close() })
	if _, err := w.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup, Via: "test"}, change.Setup{Organization: "acme", Name: "Olga", Email: "olga@acme.test"}); err != nil {
		t.Fatal(err)
	}
	st, err := w.engine.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	w.owner = change.Actor{Subject: access.Subject{Kind: access.User, ID: st.UserByEmail("olga@acme.test").ID}, Via: "test"}
	return w
}

func (w *world) now() time.Time { return time.UnixMicro(w.micros.Load()).UTC() }

func (w *world) wait(d time.Duration) { w.micros.Add(d.Microseconds()) }

// add makes a webhook and returns its id and its key.
func (w *world) add(hook change.Webhook) (id string, key []byte) {
	w.t.Helper()
	secret, kept, err := w.service.Keep(w.t.Context(), "acme")
	if err != nil {
		w.t.Fatal(err)
	}
	hook.Enabled, hook.Secret = true, kept
	r, err := w.changes.PutWebhook(w.t.Context(), "acme", w.owner, change.How{}, hook)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Results[0].ID, keyOf(w.t, secret)
}

func keyOf(t *testing.T, secret string) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%q: %v", secret, err)
	}
	return key
}

func (w *world) do(commands ...client.Command) {
	w.t.Helper()
	w.wait(time.Millisecond)
	if _, err := w.changes.Do(w.t.Context(), "acme", w.owner, change.How{}, commands...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) enabled(id string) bool {
	w.t.Helper()
	st, err := w.engine.Current("acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return st.Webhook(id).Enabled
}

// signed checks a delivery as a receiver does.
func signed(one taken, key []byte) bool {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(one.header.Get("webhook-id") + "." + one.header.Get("webhook-timestamp") + "."))
	mac.Write(one.body)
	for _, s := range strings.Fields(one.header.Get("webhook-signature")) {
		if version, text, _ := strings.Cut(s, ","); version == "v1" {
			if got, err := base64.StdEncoding.DecodeString(text); err == nil && hmac.Equal(got, mac.Sum(nil)) {
				return true
			}
		}
	}
	return false
}

func TestWhatHappensIsDeliveredSignedInOrderAndOnce(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	w.do(client.TeamCreate{Team: "before"})
	w.wait(time.Millisecond)
	_, key := w.add(change.Webhook{URL: e.URL + "/in", Types: []string{"team.*", "user.added"}})
	w.do(client.TeamCreate{Team: "data"}, client.UserAdd{NewUser: client.NewUser{Email: "bo@acme.test"}}, client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"})
	for range 3 {
		w.service.Once(t.Context())
	}
	got := e.got()
	if len(got) != 2 {
		t.Fatalf("%d deliveries", len(got))
	}
	for i, want := range []string{"team.created", "user.added"} {
		var m message
		if err := json.Unmarshal(got[i].body, &m); err != nil || m.Type != want || m.Data.Actor != w.owner.String() || m.Data.Organization != "acme" || m.Data.Revision == 0 {
			t.Errorf("%s: %s %v", want, got[i].body, err)
		}
		if !signed(got[i], key) || signed(got[i], []byte("another")) {
			t.Errorf("%s: the signature is wrong: %v", want, got[i].header)
		}
		if strings.Contains(string(got[i].body), "acme.test") {
			t.Errorf("a name is in a message that is to have none: %s", got[i].body)
		}
		if got[i].header.Get("Content-Type") != "application/json" || strings.Contains(got[i].header.Get("webhook-id"), ".") {
			t.Errorf("%v", got[i].header)
		}
	}
}

func TestNamesAreSentToWhoAsksForThem(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	w.add(change.Webhook{URL: e.URL, Personal: true, Types: []string{"user.added"}})
	w.do(client.UserAdd{NewUser: client.NewUser{Email: "bo@acme.test"}})
	w.service.Once(t.Context())
	if got := e.got(); len(got) != 1 || !strings.Contains(string(got[0].body), "olga@acme.test added bo@acme.test") {
		t.Errorf("%d, %s", len(got), got)
	}
}

func TestTwoKeysSignWhileOneFollowsTheOther(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	id, first := w.add(change.Webhook{URL: e.URL, Types: []string{"team.*"}})
	secret, kept, err := w.service.Keep(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.changes.RotateWebhook(t.Context(), "acme", w.owner, change.How{}, id, kept, w.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	second := keyOf(t, secret)
	w.do(client.TeamCreate{Team: "one"})
	w.service.Once(t.Context())
	w.wait(2 * time.Hour)
	w.do(client.TeamCreate{Team: "two"})
	w.service.Once(t.Context())
	got := e.got()
	if len(got) != 2 || !signed(got[0], first) || !signed(got[0], second) || signed(got[1], first) || !signed(got[1], second) {
		t.Errorf("%d deliveries: %v", len(got), got)
	}
}

func TestWhatFailsIsTriedAgainAndGivenUpAfterLong(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	id, _ := w.add(change.Webhook{URL: e.URL, Types: []string{"team.*"}})
	w.do(client.TeamCreate{Team: "one"}, client.TeamCreate{Team: "two"})
	e.answers(http.StatusInternalServerError)
	w.service.Once(t.Context())
	w.service.Once(t.Context())
	if n := len(e.got()); n != 1 {
		t.Fatalf("%d tries at once", n)
	}
	e.answers(http.StatusOK)
	w.wait(10 * time.Second)
	w.service.Once(t.Context())
	got := e.got()
	if len(got) != 3 || got[0].header.Get("webhook-id") != got[1].header.Get("webhook-id") || got[1].header.Get("webhook-id") == got[2].header.Get("webhook-id") {
		t.Fatalf("%d deliveries", len(got))
	}
	w.do(client.TeamCreate{Team: "three"})
	e.answers(http.StatusServiceUnavailable)
	tries := 0
	for ; w.enabled(id) && tries < 100; tries++ {
		w.wait(5 * time.Hour)
		w.service.Once(t.Context())
	}
	if tries < 15 || tries > 20 {
		t.Errorf("it was given up after %d tries", tries)
	}
	st, err := w.engine.Current("acme")
	if err != nil {
		t.Fatal(err)
	}
	page, err := history.NewTrail(w.journal).List(t.Context(), st, history.Query{Limit: 1})
	if err != nil || page.Rows[0].Action != "webhook.disabled" || page.Rows[0].Actor != "rule:webhooks" {
		t.Errorf("%+v %v", page.Rows, err)
	}
	before := len(e.got())
	w.wait(100 * time.Hour)
	w.service.Once(t.Context())
	if len(e.got()) != before {
		t.Error("it is tried although it was given up")
	}
}

func TestAnEndpointThatIsGoneIsGivenUpAtOnce(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	id, _ := w.add(change.Webhook{URL: e.URL})
	w.do(client.TeamCreate{Team: "one"})
	e.answers(http.StatusGone)
	w.service.Once(t.Context())
	if w.enabled(id) || len(e.got()) != 1 {
		t.Errorf("enabled %v after %d deliveries", w.enabled(id), len(e.got()))
	}
}

// TestAttack108WebhooksReachNothingInside: neither by number, by a name that moves, by a redirect, nor by what is answered.
func TestAttack108WebhooksReachNothingInside(t *testing.T) {
	inside := newEndpoint(t)
	closed := func(o *Options) { o.Networks = nil }
	w := newWorld(t, closed, inside)
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	for _, url := range []string{inside.URL, "https://localhost:" + port, "https://[::ffff:127.0.0.1]:" + port, "https://169.254.169.254/latest/meta-data"} {
		id, _ := w.add(change.Webhook{URL: url})
		st, err := w.engine.Current("acme")
		if err != nil {
			t.Fatal(err)
		}
		d, err := w.service.Test(t.Context(), "acme", st.Webhook(id))
		if err != nil || d.Status != 0 || !strings.Contains(d.Error, "not in reach") || strings.Contains(d.Error, "127.0.0.1") {
			t.Errorf("%s: %+v %v", url, d, err)
		}
	}
	for _, url := range []string{"https://127.0.0.1/", "https://[fe80::1]/", "http://8.8.8.8/"} {
		if err := w.service.Reaches(url); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if len(inside.got()) != 0 {
		t.Fatal("the server called inside")
	}

	outside := newEndpoint(t)
	w = newWorld(t, nil, outside, inside)
	outside.path = inside.URL
	outside.answers(http.StatusTemporaryRedirect)
	id, _ := w.add(change.Webhook{URL: outside.URL})
	w.do(client.TeamCreate{Team: "one"})
	w.service.Once(t.Context())
	if len(inside.got()) != 0 || len(outside.got()) != 1 {
		t.Error("a redirect was followed")
	}
	all, err := w.service.Deliveries(t.Context(), "acme", id)
	if err != nil || len(all) != 1 || all[0].Status != http.StatusTemporaryRedirect || strings.Contains(all[0].Error, "hush") {
		t.Errorf("%+v %v", all, err)
	}
}

// TestAttack108ANameThatMoves: the address is judged when it is connected to, whatever the name meant when it was set up.
func TestAttack108ANameThatMoves(t *testing.T) {
	inside := newEndpoint(t)
	w := newWorld(t, func(o *Options) { o.Networks = nil }, inside)
	if err := w.service.Reaches("https://localhost.acme.test/x"); err != nil {
		t.Fatal(err)
	}
	id, _ := w.add(change.Webhook{URL: strings.Replace(inside.URL, "127.0.0.1", "localhost", 1)})
	w.do(client.TeamCreate{Team: "one"})
	w.service.Once(t.Context())
	all, err := w.service.Deliveries(t.Context(), "acme", id)
	if err != nil || len(all) != 1 || !strings.Contains(all[0].Error, "not in reach") || len(inside.got()) != 0 {
		t.Errorf("%+v %v, %d calls", all, err, len(inside.got()))
	}
}

// TestAttack122NoSecretIsDelivered: neither a credential's hash nor a webhook's own key is in a message.
func TestAttack122NoSecretIsDelivered(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	_, key := w.add(change.Webhook{URL: e.URL, Personal: true})
	w.do(client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	w.service.Once(t.Context())
	got := e.got()
	if len(got) == 0 {
		t.Fatal("nothing was delivered")
	}
	for _, one := range got {
		if strings.Contains(string(one.body), base64.StdEncoding.EncodeToString(key)) || strings.Contains(string(one.body), "hash-") || strings.Contains(string(one.body), "bwk_") {
			t.Errorf("%s", one.body)
		}
	}
}

// TestAfterARestoreNothingIsMissing: the cursor is the backup's. What comes again has the id that it had, and what is new has none
// that was there before, though its revision may be.
func TestAfterARestoreNothingIsMissing(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	id, _ := w.add(change.Webhook{URL: e.URL + "/in", Types: []string{"team.*"}})
	w.do(client.TeamCreate{Team: "a"})
	w.service.Once(t.Context())
	backup, err := w.journal.Webhooks(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.do(client.TeamCreate{Team: "b"})
	w.service.Once(t.Context())
	restored := backup[id]
	restored.Due = time.Time{}
	if err := w.journal.PutWebhook(t.Context(), "acme", id, restored); err != nil {
		t.Fatal(err)
	}
	w.do(client.TeamCreate{Team: "c"})
	w.service.Once(t.Context())
	var ids []string
	for _, one := range e.got() {
		ids = append(ids, one.header.Get("webhook-id"))
	}
	if len(ids) != 4 || ids[1] != ids[2] || ids[0] == ids[1] || ids[3] == ids[2] {
		t.Errorf("%q", ids)
	}
	if messageID("acme", 1, 7) == messageID("acme", 2, 7) {
		t.Error("a row of another epoch has the id of an old one")
	}
}

// TestAServerThatWasOffGivesNothingUp: days in which nobody tried are no reason, nor are failures before one that was taken.
func TestAServerThatWasOffGivesNothingUp(t *testing.T) {
	e := newEndpoint(t)
	w := newWorld(t, nil, e)
	id, _ := w.add(change.Webhook{URL: e.URL, Types: []string{"team.*"}})
	for round := range 4 {
		w.do(client.TeamCreate{Team: string(rune('a' + round))})
		e.answers(http.StatusNotFound)
		for range 4 {
			w.wait(100 * time.Hour)
			w.service.Once(t.Context())
		}
		if !w.enabled(id) {
			t.Fatalf("given up in round %d", round)
		}
		e.answers(http.StatusOK)
		w.wait(100 * time.Hour)
		w.service.Once(t.Context())
	}
}
