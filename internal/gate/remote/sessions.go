package remote

import (
	"context"
	"net/http"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/signin"
)

// BySession judges the secret of a session at a gate's origin: it asks the server, and remembers the answer for some seconds, unless
// the feed says before that it may be over.
func (a *Authority) BySession(ctx context.Context, origin, secret string) (*gate.Caller, error) {
	key := visitKey(signin.HashOf(secret), origin)
	answer, err := a.remember(ctx, func() *visit { return a.memory.visits[key] }, func(ctx context.Context) (client.GateSession, error) {
		return a.Client.AskGateSession(ctx, client.GateQuestion{Secret: secret, Origin: origin})
	}, func(v *visit) {
		v.secret, v.origin = secret, origin
		a.memory.keep(key, v)
	})
	if err != nil {
		return nil, err
	}
	return a.visitor(origin, secret, &answer)
}

// visitor is who a session is of. Who is not in the feed may visit, and is allowed nothing.
func (a *Authority) visitor(origin, secret string, answer *client.GateSession) (*gate.Caller, error) {
	subject := access.Subject{Kind: access.User, ID: answer.User}
	a.mu.Lock()
	defer a.mu.Unlock()
	facts, err := a.facts()
	if err != nil {
		return nil, err
	}
	if u := a.mirror.User(answer.User); u != nil && u.Inactive || !facts.At.Before(answer.Until) {
		return nil, signin.RefusedSession()
	}
	c := &gate.Caller{Caller: &signin.Caller{Subject: subject, Session: answer.Session, Kind: signin.SessionKind, Expires: answer.Until}, Name: answer.Email}
	if answer.Secret != "" {
		c.Renewed = signin.GateCookie(origin, answer.Secret)
		secret = answer.Secret
	}
	if _, known := a.memory.sessions[answer.Session]; !known || answer.Secret != "" { // by what it is ended, and asked about while something stays open
		kept := *answer
		kept.Secret = ""
		a.memory.keep(visitKey(signin.HashOf(secret), origin), &visit{secret: secret, origin: origin, answer: kept, asked: a.Now()})
	}
	return c, nil
}

// Enter exchanges the code that a browser brought from the server's sign-in for a session's cookie.
func (a *Authority) Enter(ctx context.Context, origin, code, state string) (*http.Cookie, error) {
	if _, err := a.Facts(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	answer, err := a.Client.ExchangeGateCode(ctx, client.GateExchange{Code: code, Origin: origin, State: state})
	if err != nil {
		return nil, asked(err)
	}
	return signin.GateCookie(origin, answer.Secret), nil
}

// Leave ends the caller's session.
func (a *Authority) Leave(ctx context.Context, c *gate.Caller) error {
	a.mu.RLock()
	v := a.memory.visits[a.memory.sessions[c.Session]]
	a.mu.RUnlock()
	if c.Session == "" || v == nil {
		return fault.New(fault.Unavailable, "this session is not known here any more").Rather("try again")
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	err := asked(a.Client.EndGateSession(ctx, client.GateQuestion{Secret: v.secret, Origin: v.origin}))
	if err != nil && !fault.Is(err, fault.Unauthenticated) { // else it is over already
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.memory.forget(a.memory.sessions[c.Session])
	return nil
}
