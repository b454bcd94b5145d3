package remote

import (
	"context"
	"net/http"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/gate"
	"bailiwick/internal/signin"
)

// ByToken judges a request's Authorization header by the verifiers that the feed has told.
func (a *Authority) ByToken(r *http.Request) (*gate.Caller, error) {
	presented, err := signin.PresentedBy(r)
	if err != nil {
		return nil, err
	}
	a.mu.RLock()
	c, err := a.token(&presented)
	a.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	name, err := a.named(r.Context(), c, presented.Text.Reveal())
	if err != nil {
		return nil, err
	}
	return &gate.Caller{Caller: c, Name: name}, nil
}

// token judges a token. The caller holds mu.
func (a *Authority) token(presented *signin.Presented) (*signin.Caller, error) {
	facts, err := a.facts()
	if err != nil {
		return nil, err
	}
	id, known := a.mirror.Token(presented.Hash)
	if known == nil || known.Kind != string(presented.Kind) || !a.works(known, facts.At) {
		return nil, signin.RefusedToken()
	}
	c := &signin.Caller{Subject: subjectOf(known.Subject), Token: id, Kind: presented.Kind, Permissions: known.Permissions, Scopes: known.Scopes}
	if known.Expires != 0 {
		c.Expires = event.Time(known.Expires)
	}
	return c, nil
}

// works tells whether a token lets in at a moment. The caller holds mu.
func (a *Authority) works(t *client.FeedToken, moment time.Time) bool {
	switch {
	case t.Kind != string(signin.UserToken) && t.Kind != string(signin.ServiceUserToken):
		return false
	case t.Expires != 0 && !moment.Before(event.Time(t.Expires)):
		return false
	}
	return a.active(subjectOf(t.Subject))
}

func subjectOf(text string) access.Subject {
	for _, kind := range []access.HolderKind{access.User, access.ServiceUser} {
		if prefix := kind.String() + ":"; len(text) > len(prefix) && text[:len(prefix)] == prefix {
			return access.Subject{Kind: kind, ID: text[len(prefix):]}
		}
	}
	return access.Subject{}
}

// nameWithin bounds how long a request waits for its caller's name; it goes on without.
const nameWithin = time.Second

// named is what runs of a token's subject are tagged with. The server tells it to who has the token, and learns that it is used.
func (a *Authority) named(ctx context.Context, c *signin.Caller, text string) (string, error) {
	now := a.Now()
	a.mu.RLock()
	kept, known := a.memory.names[c.Token]
	a.mu.RUnlock()
	if known && now.Before(kept.until) {
		return kept.name, nil
	}
	ctx, cancel := context.WithTimeout(ctx, nameWithin)
	defer cancel()
	answer, err := a.Client.AskGateToken(ctx, text)
	err = asked(err)
	found := named{name: answer.Name, until: now.Add(namedFor)}
	switch {
	case answer.Subject == c.Subject.String():
	case fault.Is(err, fault.NotFound) || answer.Subject != "": // the server knows better already
		return "", signin.RefusedToken()
	case known:
		found = named{name: kept.name, until: now.Add(remembered)}
	default:
		found = named{name: c.Subject.ID, until: now.Add(remembered)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.memory.names) >= mostRemembered {
		a.memory.names = map[string]named{}
	}
	if a.mirror.TokenByID(c.Token) == nil { // it ended meanwhile
		return "", signin.RefusedToken()
	}
	a.memory.names[c.Token] = found
	return found.name, nil
}

// ByName asks the server for the active user with an e-mail address that a trusted proxy vouches for.
func (a *at) ByName(ctx context.Context, email string) (*gate.Caller, error) {
	key := a.deployment + " " + email
	answer, err := a.remember(ctx, func() *visit { return a.memory.people[key] }, func(ctx context.Context) (client.GateSession, error) {
		found, err := a.Client.AskGateName(ctx, client.GateName{Deployment: a.deployment, Email: email})
		return client.GateSession{User: subjectOf(found.Subject).ID, Email: found.Name, Facts: found.Facts}, err
	}, func(v *visit) {
		if len(a.memory.people) >= mostRemembered {
			a.memory.people = map[string]*visit{}
		}
		a.memory.people[key] = v
	})
	if err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	subject := access.Subject{Kind: access.User, ID: answer.User}
	if !a.active(subject) {
		return nil, fault.New(fault.NotFound, "nobody active has the e-mail address %s here", email).In("email")
	}
	return &gate.Caller{Caller: &signin.Caller{Subject: subject, Kind: signin.VouchedKind}, Name: answer.Email}, nil
}

// remember returns an answer that still counts, or asks for one. An answer from facts that are older than what the feed has said
// since of its user's sessions does not count: a replica of the server may be behind.
func (a *Authority) remember(ctx context.Context, kept func() *visit, ask func(context.Context) (client.GateSession, error), keep func(*visit)) (client.GateSession, error) {
	a.mu.RLock()
	_, err := a.facts()
	v := kept()
	a.mu.RUnlock()
	switch {
	case err != nil:
		return client.GateSession{}, err
	case v != nil && a.Now().Sub(v.asked) < remembered && (v.answer.Until.IsZero() || a.Now().Before(v.answer.Until)):
		return v.answer, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	for {
		when := a.Now()
		answer, err := ask(ctx)
		if err != nil {
			return client.GateSession{}, asked(err)
		}
		a.mu.Lock()
		if a.memory.counts(answer.User, answer.Facts) {
			found := answer
			found.Secret = "" // a new secret is for one answer
			if answer.Secret == "" {
				keep(&visit{answer: found, asked: when})
			}
			a.mu.Unlock()
			return answer, nil
		}
		a.mu.Unlock()
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return client.GateSession{}, fault.Wrap(fault.Unavailable, ctx.Err(), "the server is behind its own feed").By("staleness").Rather("try again")
		}
	}
}
