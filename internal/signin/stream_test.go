package signin

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/fault"
)

// soon bounds the waiting for a signal; nobody waits for it to pass.
const soon = 20 * time.Second

func (h *hall) over(what string, ctx context.Context) {
	h.t.Helper()
	select {
	case <-ctx.Done():
		if err := context.Cause(ctx); !fault.Is(err, fault.Unauthenticated) {
			h.t.Errorf("%s: ended by %v", what, err)
		}
	case <-time.After(soon):
		h.t.Fatalf("%s: the stream is still open", what)
	}
}

// TestAttack025OpenStreamsEndWithWhatOpenedThem : by session and by token, and nobody else's.
func TestAttack025OpenStreamsEndWithWhatOpenedThem(t *testing.T) {
	for what, end := range map[string]func(h *hall, session, token *Caller){
		"deactivated": func(h *hall, _, _ *Caller) { h.append("acme", &event.UserDeactivated{User: ana}) },
		"removed":     func(h *hall, _, _ *Caller) { h.append("acme", &event.UserRemoved{User: ana}) },
		"one by one": func(h *hall, session, token *Caller) {
			h.append("acme", &event.SessionEnded{User: ana, Session: session.Session, Until: event.Micros(session.Expires)}, &event.TokenRevoked{Token: token.Token})
		},
		"time": func(h *hall, _, _ *Caller) { h.pass(24 * time.Hour) },
	} {
		h := newHall(t, SessionOptions{Secure: true})
		text, _ := h.issue("acme", UserToken, "user:"+ana, func(e *event.TokenIssued) { e.Expires = event.Micros(h.now().Add(time.Hour)) })
		byToken, err := h.reader.Caller(withToken(text), UserToken)
		if err != nil {
			t.Fatal(err)
		}
		bySession, other := h.good(h.signIn("acme").Cookie), h.good(h.signIn("other").Cookie)
		first, release1 := h.reader.Hold(t.Context(), bySession)
		second, release2 := h.reader.Hold(t.Context(), byToken)
		third, release3 := h.reader.Hold(t.Context(), other)
		open := h.reader.Streams("acme", access.Subject{Kind: access.User, ID: ana})
		if len(open) != 2 || open[0].Session+open[1].Session != bySession.Session || open[0].Token+open[1].Token != byToken.Token {
			t.Errorf("open: %+v", open)
		}
		if first.Err() != nil || second.Err() != nil {
			t.Fatal("ended too early")
		}
		end(h, bySession, byToken)
		if h.reader.Still(t.Context(), bySession) == nil || h.reader.Still(t.Context(), byToken) == nil {
			t.Errorf("%s: the caller is still good when the change has returned", what)
		}
		h.over(what+", session", first)
		h.over(what+", token", second)
		if open := h.reader.Streams("acme", bySession.Subject); len(open) != 0 {
			t.Errorf("%s: still listed: %+v", what, open)
		}
		if what != "time" && third.Err() != nil {
			t.Errorf("%s: another organization's stream ended", what)
		}
		late, release4 := h.reader.Hold(t.Context(), bySession)
		if late.Err() == nil {
			t.Errorf("%s: a stream of a caller who is gone", what)
		}
		for _, release := range []func(){release1, release2, release3, release4} {
			release()
		}
		if open := h.reader.Streams("other", other.Subject); len(open) != 0 || !errors.Is(context.Cause(third), context.Canceled) && what != "time" {
			t.Errorf("%s: released and still listed: %+v, %v", what, open, context.Cause(third))
		}
	}
}

// TestAnOpenStreamIsNoUse : who leaves a page open is away none the less.
func TestAnOpenStreamIsNoUse(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	ctx, release := h.reader.Hold(t.Context(), h.good(h.signIn("acme").Cookie))
	defer release()
	h.pass(8 * time.Hour)
	h.over("idle", ctx)
}

func (h *hall) code(c *Caller, origin string) string {
	h.t.Helper()
	code, err := h.sessions.IssueCode(h.t.Context(), c, origin, HashOf("state"))
	if err != nil {
		h.t.Fatal(err)
	}
	return code.Reveal()
}

const gate = "https://dagster.acme.test"

// TestCodesAreForOneGateOneBrowserOnce : and half a minute.
func TestCodesAreForOneGateOneBrowserOnce(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	opened := h.signIn("acme")
	caller := h.good(opened.Cookie)
	for what, try := range map[string]func() (*Opened, error){
		"another organization": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "other", h.code(caller, gate), gate, HashOf("state"))
		},
		"another gate": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "acme", h.code(caller, "https://airflow.acme.test"), gate, HashOf("state"))
		},
		"another browser": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "acme", h.code(caller, gate), gate, HashOf("another"))
		},
		"no state": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "acme", h.code(caller, gate), gate, "")
		},
		"made up": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "acme", newSecret(codePrefix).Reveal(), gate, HashOf("state"))
		},
		"a session's secret": func() (*Opened, error) {
			return h.sessions.ExchangeCode(t.Context(), "acme", opened.Secret.Reveal(), gate, HashOf("state"))
		},
		"late": func() (*Opened, error) {
			code := h.code(caller, gate)
			h.pass(30 * time.Second)
			return h.sessions.ExchangeCode(t.Context(), "acme", code, gate, HashOf("state"))
		},
		"tried before": func() (*Opened, error) {
			code := h.code(caller, gate)
			_, _ = h.sessions.ExchangeCode(t.Context(), "acme", code, "https://airflow.acme.test", HashOf("state"))
			return h.sessions.ExchangeCode(t.Context(), "acme", code, gate, HashOf("state"))
		},
		"of a session that was ended since": func() (*Opened, error) {
			second := h.signIn("acme")
			code := h.code(h.good(second.Cookie), gate)
			h.append("acme", &event.SessionEnded{User: ana, Session: second.Session.ID, Until: event.Micros(second.Session.Until)})
			return h.sessions.ExchangeCode(t.Context(), "acme", code, gate, HashOf("state"))
		},
	} {
		if got, err := try(); !fault.Is(err, fault.Unauthenticated) || err.Error() != refusedCode().Error() {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	h.once(caller)
	text, _ := h.issue("acme", UserToken, "user:"+ana, nil)
	byToken, err := h.reader.Caller(withToken(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Caller{byToken, nil} {
		if _, err := h.sessions.IssueCode(t.Context(), c, gate, HashOf("state")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a code for %v: %v", c, err)
		}
	}
	for _, origin := range []string{"", "dagster.acme.test", gate + "/", gate + "/x", gate + "?x", "https://user@dagster.acme.test", "http://dagster.acme.test", "javascript:alert(1)", "https://", "//x", gate + "\n"} {
		if _, err := h.sessions.IssueCode(t.Context(), caller, origin, HashOf("state")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a code for the origin %q: %v", origin, err)
		}
	}
	for _, origin := range []string{"http://localhost:8081", "http://127.0.0.1:8081", "http://[::1]:8081", gate + ":8443"} {
		h.code(caller, origin)
	}
	if _, err := h.sessions.IssueCode(t.Context(), caller, gate, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a code that is bound to no browser: %v", err)
	}
}

// once tries one code many times at once.
func (h *hall) once(caller *Caller) {
	code := h.code(caller, gate)
	var (
		mu   sync.Mutex
		won  int
		done sync.WaitGroup
	)
	for range 8 {
		done.Go(func() {
			if _, err := h.sessions.ExchangeCode(h.t.Context(), "acme", code, gate, HashOf("state")); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	done.Wait()
	if won != 1 {
		h.t.Errorf("a code was exchanged %d times", won)
	}
}

// TestASessionAtAGateEndsWithItsParent : it works at that gate alone, and no longer than the sign-in that it came from.
func TestASessionAtAGateEndsWithItsParent(t *testing.T) {
	for what, end := range map[string]func(h *hall, parent, child *Opened){
		"logout": func(h *hall, parent, _ *Opened) {
			h.append("acme", &event.SessionEnded{User: ana, Session: parent.Session.ID, Until: event.Micros(parent.Session.Until)})
		},
		"itself": func(h *hall, _, child *Opened) {
			h.append("acme", &event.SessionEnded{User: ana, Session: child.Session.ID, Until: event.Micros(child.Session.Until)})
		},
		"off-boarding": func(h *hall, _, _ *Opened) { h.append("acme", &event.UserDeactivated{User: ana}) },
		"dropped": func(h *hall, parent, _ *Opened) {
			if err := h.journal.DropSessions(h.t.Context(), "acme", parent.Session.ID); err != nil {
				h.t.Fatal(err)
			}
			h.pass(rereadEvery)
		},
		"over": func(h *hall, _, _ *Opened) { h.pass(14 * time.Hour) },
	} {
		h := newHall(t, SessionOptions{Secure: true})
		parent := h.signIn("acme")
		h.pass(4 * time.Hour)
		child, err := h.sessions.ExchangeCode(t.Context(), "acme", h.code(h.good(parent.Cookie), gate), gate, HashOf("state"))
		if err != nil {
			t.Fatal(err)
		}
		if child.Session.Parent != parent.Session.ID || child.Session.Audience != gate || child.Session.Until != parent.Session.Until ||
			child.Cookie.Name == parent.Cookie.Name || !child.Cookie.Secure || child.Secret.Reveal() == parent.Secret.Reveal() {
			t.Errorf("%+v", child)
		}
		ask := func(server *hall, organization, origin, secret string) error {
			_, err := server.sessions.ForGate(t.Context(), organization, origin, secret)
			return err
		}
		h.sessions.flush(t.Context())
		h.pass(6 * time.Hour)
		for _, server := range []*hall{h, h.another()} {
			if err := ask(server, "acme", gate, child.Secret.Reveal()); err != nil {
				t.Fatal(err)
			}
			for who, err := range map[string]error{
				"another gate":         ask(server, "acme", "https://airflow.acme.test", child.Secret.Reveal()),
				"another organization": ask(server, "other", gate, child.Secret.Reveal()),
				"our own session":      ask(server, "acme", gate, parent.Secret.Reveal()),
				"no gate":              ask(server, "acme", "", parent.Secret.Reveal()),
			} {
				if !fault.Is(err, fault.Unauthenticated) {
					t.Errorf("%s: %v", who, err)
				}
			}
			server.dead("a gate's secret in our own cookie", &http.Cookie{Name: secureCookie, Value: child.Secret.Reveal()})
		}
		h.pass(5 * time.Hour) // eleven since the parent itself was used: who works behind the gate is not away here
		h.good(parent.Cookie)
		h.sessions.flush(t.Context())
		second := h.another()
		if err := ask(second, "acme", gate, child.Secret.Reveal()); err != nil {
			t.Fatal(err)
		}
		end(h, parent, child)
		for name, server := range map[string]*hall{"": h, ", on a server that never saw it": h.another(), ", on another server": second} {
			if what == "dropped" && server == second {
				h.pass(rereadEvery) // without an event, a row's end is seen a little later elsewhere
			}
			if err := ask(server, "acme", gate, child.Secret.Reveal()); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s%s: %v", what, name, err)
			}
		}
		if what == "itself" {
			h.good(parent.Cookie)
		}
	}
}
