package state

import (
	"fmt"
	"iter"
	"time"

	"bailiwick/access"
	"bailiwick/event"
)

func (e *Edit) setGrant(g *Grant) {
	e.s.grants.Set(GrantKey(g.Grant), g)
	e.setScope(g)
}

func (e *Edit) setScope(g *Grant) {
	if !e.late.on {
		e.s.scopes.Set(scopeKey(&g.Grant), g)
	}
}

func (e *Edit) dropScope(g *access.Grant) {
	if !e.late.on {
		e.s.scopes.Delete(scopeKey(g))
	}
}

func (e *Edit) addGrant(ev *event.GrantAdded, at time.Time) error {
	g, err := ev.Access()
	if err != nil {
		return err
	}
	added := &Grant{Grant: g, Number: ev.Number, Added: at}
	set := e.s.grants.Set
	if e.late.on {
		set = e.s.grants.Load // as quick as can be where keys come in their order, as a snapshot's do
	}
	if _, twice := set(GrantKey(g), added); twice {
		return fmt.Errorf("%s has %s on %s already", g.To, g.Role, g.On)
	}
	e.s.taken(ev.Number)
	e.setScope(added)
	e.change(access.AddGrant{Grant: g})
	return nil
}

func (e *Edit) removeGrant(ev *event.GrantRemoved) error {
	g, err := ev.Access()
	if err != nil {
		return err
	}
	if e.s.Holds(g) == nil {
		return fmt.Errorf("%s has no %s on %s", g.To, g.Role, g.On)
	}
	e.s.grants.Delete(GrantKey(g))
	e.dropScope(&g)
	e.change(access.RemoveGrant{Grant: g})
	return nil
}

func (e *Edit) issue(ev *event.TokenIssued, at time.Time) error {
	h, err := event.ParseHolder(ev.Subject)
	if err != nil {
		return err
	}
	e.s.taken(ev.Number)
	e.s.tokens.Set(ev.Token, &Token{TokenIssued: *ev, Holder: h, Issued: at})
	e.s.hashes.Set(ev.Hash, ev.Token)
	e.s.owned.Set(h.String()+"\x00"+ev.Token, ev.Token)
	return nil
}

func (e *Edit) token(id string, change func(*Token)) error {
	old := e.s.Token(id)
	if old == nil {
		return missing("token", id)
	}
	next := *old
	change(&next)
	e.s.tokens.Set(id, &next)
	return nil
}

// collect keeps what a walk visits, so that the tree may change meanwhile.
func collect[V any](walk iter.Seq2[string, V]) map[string]V {
	found := map[string]V{}
	for key, v := range walk {
		found[key] = v
	}
	return found
}
