package rest

import (
	"context"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// seesWays tells whether the caller may see how others get in.
func (a *asking) seesWays() bool { return a.view().All() || a.view().GovernsIdentities("users.manage") }

// isSelf tells whether a user is the caller, who may see all of themselves: a narrowed token sees what it is narrowed to.
func (a *asking) isSelf(user string) bool {
	return a.caller.Subject == access.Subject{Kind: access.User, ID: user} && !a.caller.Narrowed()
}

func sessions(a *asking) (any, error) {
	p, err := a.page()
	if err != nil {
		return nil, err
	}
	user, others := "", a.seesWays()
	switch text := a.param("user"); {
	case text != "":
		sub, exists := inquiry.Named(a.now, access.User, text)
		if own := exists && a.isSelf(sub.ID); !own && !others {
			return nil, sight.Forbidden("sessions of others are not yours to see", "it needs users.manage or audit.read at org, or the top role on every attached platform")
		}
		if !exists {
			return nil, missing("user", "user", text)
		}
		user = sub.ID
	case !others && a.isSelf(a.caller.Subject.ID):
		user = a.caller.Subject.ID
	case !others:
		return nil, sight.Forbidden("a service user has no sessions, and those of others are not its to see", "it needs users.manage or audit.read at org, or the top role on every attached platform")
	}
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, user)
	if err != nil {
		return nil, err
	}
	var list []paging.Item[signin.Listed]
	for _, s := range open {
		list = append(list, paging.Item[signin.Listed]{Key: paging.Inverted(s.Started.UTC().Format("2006-01-02T15:04:05.000000") + s.ID), Thing: s})
	}
	slices.SortFunc(list, func(a, b paging.Item[signin.Listed]) int { return strings.Compare(a.Key, b.Key) })
	part, next := cut(list, p)
	found := client.Sessions{Sessions: []client.Session{}, Total: len(list), Next: next}
	for i := range part {
		found.Sessions = append(found.Sessions, a.session(&part[i].Thing))
	}
	if others && !a.isSelf(user) {
		a.record("allowed", "sessions of others were read")
	}
	found.Facts = a.facts(a.now)
	return found, nil
}

// session shows a session. Nothing of it can be used as one.
func (a *asking) session(s *signin.Listed) client.Session {
	found := client.Session{ID: s.ID, User: a.now.ReadableHolder(access.Subject{Kind: access.User, ID: s.User}).String(), How: s.Method,
		Address: s.Address, Agent: s.Agent, Since: s.Started, LastSeen: s.Seen, Until: s.Until, Gate: s.Gate, This: s.ID == a.caller.Session}
	if id, by := signin.ProviderOf(s.Method); by {
		found.How, found.Provider = "provider", id
		if p := a.now.Provider(id); p != nil {
			found.Provider = p.Name
		}
	}
	return found
}

// ownSession is the session by which the caller asks; nil where it is a token.
func (a *asking) ownSession() (*client.Session, error) {
	if a.caller.Session == "" {
		return nil, nil //nolint:nilnil // a token is no error
	}
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, a.caller.Subject.ID)
	if err != nil {
		return nil, err
	}
	for i := range open {
		if open[i].ID == a.caller.Session {
			found := a.session(&open[i])
			return &found, nil
		}
	}
	return nil, nil //nolint:nilnil // it ended meanwhile
}

func endSession(a *asking) (any, error) {
	return a.do(client.SessionEnd{Session: a.r.PathValue("session")})
}

func endSessions(a *asking) (any, error) {
	return a.do(client.SessionsEnd{User: a.r.PathValue("user")})
}

// signIn says how somebody gets in, to themselves and to whoever administers people; nil to others.
func (a *asking) signIn(facts reading, u *state.User) *client.SignIn {
	if !a.isSelf(u.ID) && !a.seesWays() {
		return nil
	}
	found := &client.SignIn{Ways: append([]string{}, change.WaysIn(facts.State, u, facts.at)...), Password: u.Password != "", Identities: []client.Identity{}, Links: []client.Link{}}
	for _, i := range facts.IdentitiesOf(u.ID) {
		shown := client.Identity{ID: i.Identity, Provider: i.Provider, Email: i.Account.Email, Since: i.Linked.UTC()}
		if p := facts.Provider(i.Provider); p != nil {
			shown.ProviderName = p.Name
		}
		found.Identities = append(found.Identities, shown)
	}
	for _, l := range facts.LinksOf(u.ID) {
		if l.Open(facts.at) {
			found.Links = append(found.Links, client.Link{ID: l.Link, Purpose: l.Purpose, Since: l.Opened.UTC(), Until: event.Time(l.Until).UTC()})
		}
	}
	return found
}

// glass lists the break-glass accesses that are open. Everybody is told that there is one; people, whose it is and why.
func (a *asking) glass() []client.BreakGlass {
	var open []client.BreakGlass
	for _, g := range a.now.BreakGlass(a.moment) {
		shown := client.BreakGlass{Since: g.Opened.UTC(), Until: event.Time(g.Until).UTC()}
		if a.isSelf(a.caller.Subject.ID) || a.view().All() {
			shown.User = a.now.ReadableHolder(access.Subject{Kind: access.User, ID: g.User}).String()
			shown.Operator, shown.Reason = g.Emergency.Operator, g.Emergency.Reason
		}
		open = append(open, shown)
	}
	return open
}

// lasting is the request's context without its end: for what must not stay half done.
func (a *asking) lasting() context.Context { return context.WithoutCancel(a.r.Context()) }
