package home_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/gate/home"
	"bailiwick/internal/history"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/signin"
)

const (
	origin = "https://dagster.acme.test"
	other  = "https://staging.acme.test"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A world is a gate at home in acme, beside an organization like it: Olga owns each; the service user ci is editor of prod, and Ed a
// member of dagster.
type world struct {
	*orgtest.World
	t       *testing.T
	home    *home.Home
	options home.Options
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, World: orgtest.New(t, orgtest.Options{Stands: noon, Secure: true})}
	w.options = home.Options{Organization: "acme", Engine: w.Engine, Reader: w.Reader, Sessions: w.Sessions, Changes: w.Changes, Discovery: w.Discovery, History: w.History, Log: w.Log}
	w.home = home.New(w.options)
	for _, organization := range []string{"acme", "rival"} {
		o := w.Create(organization)
		o.Do(client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ResourceCreate{Resource: "dagster/prod"},
			client.ResourceCreate{Resource: "dagster/prod/etl"}, o.Adding("ed@acme.test", "dagster"),
			client.ServiceUserCreate{ServiceUser: "ci"}, orgtest.Grant("service_user:ci", "editor", "dagster/prod"),
			orgtest.Grant("user:olga@"+organization+".test", "organization_admin", "dagster"))
	}
	w.Clock.Pass(time.Minute)
	return w
}

func (w *world) token(organization string, t client.NewToken) (text, id string) {
	w.t.Helper()
	who := "olga"
	if own, is := strings.CutPrefix(t.Subject, "user:"); is {
		who = own
	}
	return w.Of(organization).Token(who, t)
}

func bearer(text string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, origin+"/graphql", nil)
	r.Header.Set("Authorization", "Bearer "+text)
	return r
}

// enter takes somebody from the server's sign-in to a gate.
func (w *world) enter(caller *signin.Caller) *http.Cookie {
	w.t.Helper()
	code, err := w.Sessions.IssueCode(w.t.Context(), caller, origin, signin.HashOf("browser"))
	if err != nil {
		w.t.Fatal(err)
	}
	cookie, err := w.home.Enter(w.t.Context(), origin, code.Reveal(), signin.HashOf("browser"))
	if err != nil {
		w.t.Fatal(err)
	}
	return cookie
}

func TestFactsAreThePresentOnesOrNone(t *testing.T) {
	w := newWorld(t)
	before, err := w.home.Facts(t.Context())
	if err != nil || !before.At.Equal(noon.Add(time.Minute)) {
		t.Fatalf("%+v, %v", before, err)
	}
	changed := make(chan int64, 1)
	go func() {
		revision, err := w.home.Changed(t.Context(), before.Revision)
		if err != nil {
			revision = -1
		}
		changed <- revision
	}()
	w.Of("rival").Do(orgtest.Grant("user:ed@acme.test", "editor", "dagster/prod"))
	w.Of("acme").Do(client.TeamCreate{Team: "data"})
	after, err := w.home.Facts(t.Context())
	if err != nil || after.Revision <= before.Revision || after.Snapshot == before.Snapshot {
		t.Errorf("%+v, %v", after, err)
	}
	if got := <-changed; got != after.Revision {
		t.Errorf("changed to %d, want %d", got, after.Revision)
	}
	w.Clock.Set(-time.Hour) // a clock that was set back: what has expired stays so
	if facts, err := w.home.Facts(t.Context()); err != nil || facts.At.Before(noon) {
		t.Errorf("decided at %s, %v", facts.At, err)
	}
	stale, err := decide.Open(t.Context(), w.Journal, decide.Options{Staleness: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer stale.Close()
	late := w.options
	late.Engine = stale
	if _, err := home.New(late).Facts(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("from facts of long ago: %v", err)
	}
	late.Engine, late.Organization = w.Engine, "none"
	if _, err := home.New(late).Facts(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("of an organization that is not there: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.home.Changed(over, 1<<40); err == nil {
		t.Error("a wait that was given up has an answer")
	}
}

// TestAttack024TokensOfWhoIsGoneStopAtTheGate : a person's, also where they are deactivated or removed only, and a service user's.
func TestAttack024TokensOfWhoIsGoneStopAtTheGate(t *testing.T) {
	for what, end := range map[string]func(w *world, user, service string) []client.Command{
		"deactivated": func(*world, string, string) []client.Command {
			return []client.Command{client.UserDeactivate{User: "ed@acme.test"}, client.ServiceUserDelete{ServiceUser: "ci"}}
		},
		"removed": func(*world, string, string) []client.Command {
			return []client.Command{client.UserRemove{User: "ed@acme.test"}, client.ServiceUserDelete{ServiceUser: "ci"}}
		},
		"revoked": func(_ *world, user, service string) []client.Command {
			return []client.Command{client.TokenRevoke{Token: user}, client.TokenRevoke{Token: service}}
		},
	} {
		w := newWorld(t)
		user, userID := w.token("acme", client.NewToken{Kind: "user", Subject: "user:ed@acme.test"})
		service, serviceID := w.token("acme", client.NewToken{Kind: "svc", Subject: "service_user:ci"})
		var open []context.Context
		for text, name := range map[string]string{user: "ed@acme.test", service: "ci"} {
			c, err := w.home.ByToken(bearer(text))
			if err != nil || c.Name != name || c.Organization != "acme" {
				t.Fatalf("%s: %+v, %v", name, c, err)
			}
			held, release := w.home.Hold(t.Context(), c)
			defer release()
			open = append(open, held)
		}
		w.Of("acme").Do(end(w, userID, serviceID)...)
		for name, text := range map[string]string{"ed": user, "ci": service} {
			if c, err := w.home.ByToken(bearer(text)); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %s is still %+v, %v", what, name, c, err)
			}
		}
		if c, err := w.home.ByName(t.Context(), "ed@acme.test"); what != "revoked" && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: vouched for as %+v, %v", what, c, err)
		}
		for _, held := range open {
			select {
			case <-held.Done():
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: an answer is still open", what)
			}
		}
	}
}

func TestAttack042OnlyPeopleAndServiceUsersOfTheOrganizationPass(t *testing.T) {
	w := newWorld(t)
	strangers := map[string]string{}
	strangers["of another organization"], _ = w.token("rival", client.NewToken{Kind: "svc", Subject: "service_user:ci"})
	strangers["a gate's"], _ = w.token("acme", client.NewToken{Kind: "gate", Subject: "service_user:ci"})
	opened := w.Of("acme").SignIn("ed")
	caller := w.Caller(opened)
	strangers["a session's secret"] = opened.Secret.Reveal()
	cookie := w.enter(caller)
	strangers["the secret of a session at the gate"] = cookie.Value
	for what, text := range strangers {
		if c, err := w.home.ByToken(bearer(text)); !fault.Is(err, fault.Unauthenticated) || !strings.Contains(err.Error(), "token") {
			t.Errorf("%s: %+v, %v", what, c, err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, origin+"/graphql", nil)
	r.AddCookie(opened.Cookie)
	if c, err := w.home.ByToken(r); err == nil {
		t.Errorf("a cookie passed for a token: %+v", c)
	}
	for _, email := range []string{"nobody@acme.test", "", "ci", "olga@rival.test"} {
		if c, err := w.home.ByName(t.Context(), email); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q is %+v, %v", email, c, err)
		}
	}
	if c, err := w.home.ByName(t.Context(), "Ed@acme.test"); err != nil || c.Name != "ed@acme.test" {
		t.Errorf("%+v, %v", c, err)
	}
	if w.History.AnonymousRefusals() < 8 {
		t.Errorf("%d refusals were counted", w.History.AnonymousRefusals())
	}
}

// TestAttack048ASessionAtAGateIsNotTheConsoles : nor the other way round, nor another gate's, and it ends with its parent.
func TestAttack048ASessionAtAGateIsNotTheConsoles(t *testing.T) {
	w := newWorld(t)
	opened := w.Of("acme").SignIn("ed")
	caller := w.Caller(opened)
	cookie := w.enter(caller)
	if !strings.HasPrefix(cookie.Name, "__Host-") || cookie.Name == opened.Cookie.Name || cookie.Domain != "" || cookie.Path != "/" || !cookie.HttpOnly || !cookie.Secure {
		t.Errorf("the cookie is %v", cookie)
	}
	c, err := w.home.BySession(t.Context(), origin, cookie.Value)
	if err != nil || c.Name != "ed@acme.test" || c.Session == opened.Session.ID {
		t.Fatalf("%+v, %v", c, err)
	}
	for what, try := range map[string]func() error{
		"the console's at the gate": func() error { _, err := w.home.BySession(t.Context(), origin, opened.Cookie.Value); return err },
		"at another gate":           func() error { _, err := w.home.BySession(t.Context(), other, cookie.Value); return err },
		"at no gate":                func() error { _, err := w.home.BySession(t.Context(), "", cookie.Value); return err },
		"the gate's at the console": func() error {
			r := httptest.NewRequest(http.MethodGet, "https://access.acme.test/", nil)
			r.AddCookie(&http.Cookie{Name: opened.Cookie.Name, Value: cookie.Value})
			_, err := w.Reader.Caller(r, signin.SessionKind)
			return err
		},
		"another organization's gate": func() error {
			rival := w.options
			rival.Organization = "rival"
			_, err := home.New(rival).BySession(t.Context(), origin, cookie.Value)
			return err
		},
	} {
		if err := try(); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.home.Leave(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := w.home.BySession(t.Context(), origin, cookie.Value); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after leaving: %v", err)
	}
	second := w.enter(caller) // the server's session goes on
	if err := w.Changes.SignOut(t.Context(), "acme", caller.Subject.ID, caller.Session, caller.Expires, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.home.BySession(t.Context(), origin, second.Value); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after signing out at the server: %v", err)
	}
	if err := w.home.Leave(t.Context(), &gate.Caller{Caller: &signin.Caller{Organization: "acme"}}); err != nil {
		t.Errorf("nobody's session: %v", err)
	}
}

func TestWhatGatesTellIsInTheAuditLog(t *testing.T) {
	w := newWorld(t)
	caller := w.Caller(w.Of("acme").SignIn("ed"))
	w.enter(caller)
	w.home.Record(gate.Activity{At: noon, Subject: caller.Subject, Operation: "dagster.launchRun", Resource: "dagster/prod/etl", Allowed: true, Reason: "runs.launch",
		Revision: 7, Duration: 2 * time.Millisecond, Request: "req-1"})
	w.home.Record(gate.Activity{At: noon, Subject: caller.Subject, Operation: "dagster.wipeAssets", Resource: "dagster/prod/etl", Reason: "assets.wipe is missing", Revision: 7})
	if err := w.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	st := w.Of("acme").Now()
	page, err := w.History.Trail().List(t.Context(), st, history.Query{Via: []string{"gate"}, Activity: true})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range page.Rows {
		said = append(said, r.Details)
		if r.Action == "dagster.launchRun" && (r.DecidedOn != 7 || r.TookMicros != 2000 || r.Request != "req-1" || r.Result != "allowed") {
			t.Errorf("%+v", r)
		}
	}
	slices.Sort(said)
	want := []string{"ed@acme.test launched a run in prod/etl", "ed@acme.test signed in at https://dagster.acme.test",
		"ed@acme.test was not allowed to wipe assets in prod/etl: assets.wipe is missing"}
	if !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

// TestWhatIsMissingForLongIsNoted : what comes and goes is not, and nothing is written twice.
func TestWhatIsMissingForLongIsNoted(t *testing.T) {
	w := newWorld(t)
	tell := func(names ...string) {
		t.Helper()
		if err := w.home.Discovered(t.Context(), "dagster/prod", names); err != nil {
			t.Fatal(err)
		}
	}
	look := func(after time.Duration, want string) {
		t.Helper()
		w.Clock.Pass(after)
		w.Discovery.Look(t.Context())
		st := w.Of("acme").Now()
		var all []string
		for path, r := range st.Beneath("dagster/prod") {
			if !change.NotSeenSince(r).IsZero() {
				path += " gone since " + change.NotSeenSince(r).Format("15:04")
			}
			all = append(all, strings.TrimPrefix(path, "dagster/prod/"))
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	revision := func() int64 {
		facts, err := w.home.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return facts.Revision
	}
	tell("etl", "sales")
	look(0, "etl, sales")
	before := revision()
	tell("sales") // 12:01
	look(5*time.Minute, "etl, sales")
	tell("sales", "etl") // a restart
	look(6*time.Minute, "etl, sales")
	tell()
	tell()
	look(9*time.Minute, "etl, sales")
	if revision() != before {
		t.Error("comings and goings were written")
	}
	look(time.Minute, "etl gone since 12:12, sales gone since 12:12")
	noted := revision()
	look(time.Hour, "etl gone since 12:12, sales gone since 12:12")
	if revision() != noted {
		t.Error("what was noted was noted again")
	}
	tell("etl")
	look(0, "etl, sales gone since 12:12")
	if err := w.home.Discovered(t.Context(), "dagster/new", []string{"etl"}); err != nil { // a deployment that is not in the tree yet
		t.Errorf("it is tried for ever: %v", err)
	}
	w.Of("acme").Do(client.ResourceCreate{Resource: "dagster/new"})
	w.Discovery.Look(t.Context())
	if w.Of("acme").Now().Resource("dagster/new/etl") == nil {
		t.Error("what could not be written was forgotten")
	}
}
