package signin

import (
	"testing"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
)

const verifier = "what only the command line that asked knows"

func asked() LoginRequest {
	return LoginRequest{Challenge: HashOf(verifier), To: "127.0.0.1:41234", Name: "bailiwick login on a laptop", Days: 30}
}

func (h *hall) login(c *Caller) string {
	h.t.Helper()
	code, err := h.sessions.IssueLogin(h.t.Context(), c, asked())
	if err != nil {
		h.t.Fatal(err)
	}
	return code.Reveal()
}

// TestALoginCodeIsForItsCommandLineOnce : and half a minute, while its session lasts.
func TestALoginCodeIsForItsCommandLineOnce(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	opened := h.signIn("acme")
	caller := h.good(opened.Cookie)
	code := h.login(caller)
	let, err := h.sessions.TakeLogin(t.Context(), code, verifier)
	if err != nil || let.Organization != "acme" || let.Subject.ID != ana || let.Name != asked().Name || let.Emergency {
		t.Fatalf("%+v %v", let, err)
	}
	if days := let.Ends.Sub(h.engine.Now()).Hours() / 24; days < 29.9 || days > 30.1 {
		t.Errorf("it ends after %v days", days)
	}
	for what, try := range map[string]func() (Login, error){
		"a second time":    func() (Login, error) { return h.sessions.TakeLogin(t.Context(), code, verifier) },
		"another verifier": func() (Login, error) { return h.sessions.TakeLogin(t.Context(), h.login(caller), "another") },
		"no verifier":      func() (Login, error) { return h.sessions.TakeLogin(t.Context(), h.login(caller), "") },
		"the challenge":    func() (Login, error) { return h.sessions.TakeLogin(t.Context(), h.login(caller), HashOf(verifier)) },
		"made up": func() (Login, error) {
			return h.sessions.TakeLogin(t.Context(), newSecret(loginPrefix).Reveal(), verifier)
		},
		"a gate's code": func() (Login, error) { return h.sessions.TakeLogin(t.Context(), h.code(caller, gate), verifier) },
		"a session":     func() (Login, error) { return h.sessions.TakeLogin(t.Context(), opened.Secret.Reveal(), verifier) },
		"tried wrong first": func() (Login, error) {
			code := h.login(caller)
			_, _ = h.sessions.TakeLogin(t.Context(), code, "another")
			return h.sessions.TakeLogin(t.Context(), code, verifier)
		},
		"late": func() (Login, error) {
			code := h.login(caller)
			h.pass(30 * time.Second)
			return h.sessions.TakeLogin(t.Context(), code, verifier)
		},
		"of a session that was ended since": func() (Login, error) {
			second := h.signIn("acme")
			code := h.login(h.good(second.Cookie))
			h.append("acme", &event.SessionEnded{User: ana, Session: second.Session.ID, Until: event.Micros(second.Session.Until)})
			return h.sessions.TakeLogin(t.Context(), code, verifier)
		},
	} {
		if got, err := try(); !fault.Is(err, fault.Unauthenticated) || err.Error() != refusedLogin().Error() || got != (Login{}) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	// A login's code is none for a gate either.
	if _, err := h.sessions.ExchangeCode(t.Context(), "acme", h.login(caller), gate, HashOf("state")); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a login's code at a gate: %v", err)
	}
}

func TestALoginIsAskedBySomebodyHereForThisMachine(t *testing.T) {
	h := newHall(t, SessionOptions{Secure: true})
	caller := h.good(h.signIn("acme").Cookie)
	text, _ := h.issue("acme", UserToken, "user:"+ana, nil)
	byToken, err := h.reader.Caller(withToken(text))
	if err != nil {
		t.Fatal(err)
	}
	emergency := *caller
	emergency.Emergency = true
	for _, c := range []*Caller{byToken, &emergency, nil} {
		if _, err := h.sessions.IssueLogin(t.Context(), c, asked()); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a code for %v: %v", c, err)
		}
	}
	for _, to := range []string{"", "41234", ":41234", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:041234", "localhost:41234", "0.0.0.0:41234", "[::]:41234", "127.0.0.2:41234",
		"192.168.0.1:41234", "[::ffff:127.0.0.1]:41234", "[::1%25lo]:41234", "evil.test:80", "127.0.0.1:41234@evil.test", "127.0.0.1:41234/x", "127.0.0.1:41234.evil.test", "127.0.0.1:41234 "} {
		r := asked()
		r.To = to
		if _, err := h.sessions.IssueLogin(t.Context(), caller, r); !fault.Is(err, fault.Invalid) {
			t.Errorf("a code that is sent to %q: %v", to, err)
		}
	}
	r := asked()
	if r.To = "[::1]:41234"; r.Check() != nil {
		t.Error(r.Check())
	}
	for what, spoil := range map[string]func(r *LoginRequest){
		"no challenge":    func(r *LoginRequest) { r.Challenge = "" },
		"short challenge": func(r *LoginRequest) { r.Challenge = r.Challenge[1:] },
		"no name":         func(r *LoginRequest) { r.Name = "" },
		"no days":         func(r *LoginRequest) { r.Days = 0 },
		"for ever":        func(r *LoginRequest) { r.Days = MaxLoginDays + 1 },
	} {
		r := asked()
		if spoil(&r); !fault.Is(r.Check(), fault.Invalid) {
			t.Errorf("%s: %v", what, r.Check())
		}
	}
}
