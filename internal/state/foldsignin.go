package state

import (
	"maps"
	"slices"
	"time"

	"bailiwick/event"
)

// foldSignIn folds what concerns the ways in; it answers false for other events.
func (e *Edit) foldSignIn(ev event.Event, at time.Time) (bool, error) {
	switch ev := ev.(type) {
	case *event.PasswordSet:
		return true, e.user(ev.User, func(u *User) { u.Password = ev.Secret })
	case *event.PasswordCleared:
		return true, e.user(ev.User, func(u *User) { u.Password = "" })
	case *event.SessionsEnded:
		return true, e.user(ev.User, func(u *User) { u.EndedBefore = at })
	case *event.SessionEnded:
		e.endSession(ev, at)
	case *event.LinkOpened:
		e.s.links.Set(ev.Link, &Link{LinkOpened: *ev, Opened: at})
		e.s.linkHashes.Set(ev.Hash, ev.Link)
		e.s.linksOf.Set(ev.User+"\x00"+ev.Link, ev.Link)
	case *event.LinkUsed:
		return true, e.endLink(ev.Link)
	case *event.LinkEnded:
		return true, e.endLink(ev.Link)
	case *event.IdentityLinked:
		e.s.identities.Set(ev.Identity, &Identity{IdentityLinked: *ev, Linked: at})
		e.s.identitiesOf.Set(ev.User+"\x00"+ev.Identity, ev.Identity)
		if ev.Account.Subject != "" {
			e.s.accounts.Set(accountKey(ev.Account.Issuer, ev.Account.Subject), ev.Identity)
		}
	case *event.IdentityUnlinked:
		return true, e.unlink(ev.Identity)
	case *event.TokenShortened:
		return true, e.token(ev.Token, func(t *Token) { t.Expires = ev.Expires })
	case *event.ProviderPut:
		e.s.providers = maps.Clone(e.s.providers)
		next := &Provider{ProviderPut: *ev}
		if old := e.s.providers[ev.Provider]; old != nil && SameConnection(&old.ProviderPut, ev) {
			next.Tested = old.Tested
		}
		e.s.providers[ev.Provider] = next
	case *event.ProviderRemoved:
		e.s.providers = maps.Clone(e.s.providers)
		delete(e.s.providers, ev.Provider)
	case *event.ProviderTested:
		return true, e.tested(ev.Provider, at)
	case *event.BreakGlassOpened:
		e.s.glass = append(slices.Clone(e.s.glass), &BreakGlass{BreakGlassOpened: *ev, Opened: at})
	case *event.BreakGlassEnded:
		e.s.glass = slices.DeleteFunc(slices.Clone(e.s.glass), func(g *BreakGlass) bool { return g.Link == ev.Link })
	default:
		return false, nil
	}
	return true, nil
}

// manySessions is how many ended sessions are remembered before those are looked for that would be over anyway.
const manySessions = 1024

func (e *Edit) endSession(ev *event.SessionEnded, at time.Time) {
	e.s.ended.Set(ev.Session, ev)
	if e.s.ended.Len() <= e.s.endedLimit {
		return
	}
	var over []string
	e.s.ended.Scan(func(id string, ev *event.SessionEnded) bool {
		if event.Time(ev.Until).Before(at) {
			over = append(over, id)
		}
		return true
	})
	for _, id := range over {
		e.s.ended.Delete(id)
	}
	e.s.endedLimit = max(manySessions, 2*e.s.ended.Len())
}

func (e *Edit) endLink(id string) error {
	l := e.s.Link(id)
	if l == nil {
		return missing("link", id)
	}
	e.s.links.Delete(id)
	e.s.linkHashes.Delete(l.Hash)
	e.s.linksOf.Delete(l.User + "\x00" + id)
	return nil
}

func (e *Edit) unlink(id string) error {
	i := e.s.Identity(id)
	if i == nil {
		return missing("identity", id)
	}
	e.s.identities.Delete(id)
	e.s.identitiesOf.Delete(i.User + "\x00" + id)
	key := accountKey(i.Account.Issuer, i.Account.Subject)
	if bound, _ := e.s.accounts.Get(key); bound == id {
		e.s.accounts.Delete(key)
	}
	return nil
}

// dropWaysOf removes the links and identities of somebody who is removed.
func (e *Edit) dropWaysOf(user string) error {
	for _, l := range e.s.LinksOf(user) {
		if err := e.endLink(l.Link); err != nil {
			return err
		}
	}
	for _, i := range e.s.IdentitiesOf(user) {
		if err := e.unlink(i.Identity); err != nil {
			return err
		}
	}
	return nil
}

// SameConnection tells whether a sign-in that worked with a provider would work still: what is changed is what follows from it.
func SameConnection(a, b *event.ProviderPut) bool {
	return a.Issuer == b.Issuer && a.ClientID == b.ClientID && a.Secret == b.Secret && slices.Equal(a.Scopes, b.Scopes) && a.GroupsClaim == b.GroupsClaim
}

func (e *Edit) tested(provider string, at time.Time) error {
	old := e.s.providers[provider]
	if old == nil {
		return missing("provider", provider)
	}
	next := *old
	next.Tested = at
	e.s.providers = maps.Clone(e.s.providers)
	e.s.providers[provider] = &next
	return nil
}

func accountKey(issuer, subject string) string { return issuer + "\x00" + subject }
