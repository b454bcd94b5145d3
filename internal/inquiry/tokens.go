package inquiry

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Tokens answers a page of the tokens that may be seen, newest first. Own ones are everybody's to see. Used says when tokens
// were last used, by opaque id; Page and Reading of the query do not count. Others tells whether the caller may see others'
// tokens, so that the door keeps that they were read.
func (a *Asker) Tokens(q client.TokenQuery, p paging.Page, used map[string]time.Time) (found client.Tokens, others bool, err error) {
	return a.TokensThat(q, p, used, func(*state.Token) bool { return true })
}

// TokensThat is Tokens, of those only that one more condition lets through. It is asked about tokens that may be seen.
func (a *Asker) TokensThat(q client.TokenQuery, p paging.Page, used map[string]time.Time, that func(*state.Token) bool) (found client.Tokens, others bool, err error) {
	found = client.Tokens{Tokens: []client.Token{}, Facts: a.facts()}
	s := a.View.OfTokens().Over(a.State)
	whose := access.Subject{}
	if q.Kind != "" && !slices.Contains([]string{"user", "svc", "agent", "scim", "gate"}, q.Kind) {
		return found, false, invalid("kind", "there are no such tokens").Rather("one of user, svc, agent, scim, gate")
	}
	if q.Subject != "" {
		whose, err = change.Holder(a.State, "subject", q.Subject)
		asked := whose
		if err != nil {
			word, _, _ := strings.Cut(q.Subject, ":")
			asked.Kind = access.ParseHolderKind(word)
		}
		if err = cmp.Or(s.MayListTokens(asked), err); err != nil {
			return found, false, err
		}
		if !s.SeesSubject(whose) {
			return found, false, missingHolder("subject", q.Subject)
		}
	}
	part, next := paging.Select(func(yield func(*state.Token) bool) {
		for _, t := range s.Tokens() {
			if a.asksFor(s, t, whose, &q) && that(t) {
				if found.Total++; !yield(t) {
					return
				}
			}
		}
	}, nil, func(t *state.Token) string { return paging.Inverted(paging.Number(t.Number) + t.Token) }, p.After, p.Limit)
	for _, one := range part {
		found.Tokens = append(found.Tokens, ShowToken(s, one.Thing, a.At, used))
	}
	found.Next = p.Next(next)
	return found, !s.None(), nil
}

// asksFor tells whether a token is asked for and may be seen. A narrowed token sees itself of its subject's. Those that were
// revoked are left out unless they are asked for; what a restore suspended shows.
func (a *Asker) asksFor(s *sight.Sight, t *state.Token, whose access.Subject, q *client.TokenQuery) bool {
	own := t.Holder == a.Caller.Subject
	switch {
	case t.Ended && !t.Suspended && !q.Ended, q.Kind != "" && t.Kind != q.Kind, whose.Kind != access.NoHolder && t.Holder != whose,
		own && a.Caller.Narrowed() && !s.All() && t.Token != a.Caller.Token, !own && !s.SeesSubject(t.Holder):
		return false
	}
	return true
}

// ShowToken shows a token as it is at a moment, and when it was last used. Its hash stays here.
func ShowToken(s *sight.Sight, t *state.Token, at time.Time, used map[string]time.Time) client.Token {
	found := client.Token{ID: t.Token, Number: t.Number, Kind: t.Kind, Subject: s.ReadableHolder(t.Holder).String(), Description: t.Description,
		Prefix: "bwk_" + t.Kind + "_", Last: t.Last, State: "active", MadeBy: maker(s, t), Narrowed: len(t.Permissions)+len(t.Scopes) > 0,
		Permissions: t.Permissions, Scopes: t.Scopes, Replaces: t.Replaces}
	found.Created, found.Expires, found.LastUsed = Known(t.Issued), Known(event.Time(t.Expires)), Known(used[t.Token])
	switch {
	case t.Suspended:
		found.State = "suspended"
	case t.Ended:
		found.State = "revoked"
	case t.Expires != 0 && !at.Before(event.Time(t.Expires)):
		found.State = "expired"
	}
	for next := range s.TokensOf(t.Holder) {
		if next.Replaces == t.Token {
			found.ReplacedBy = next.Token
		}
	}
	return found
}

// maker says who made a token, by name where that may be seen.
func maker(s *sight.Sight, t *state.Token) string {
	who, err := event.ParseHolder(t.By)
	if err != nil || !s.Names(who) {
		return t.By // a rule, or somebody by opaque id
	}
	return s.ReadableHolder(who).String()
}
