package rest

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func tokens(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	s := a.view().OfTokens().Over(facts.State)
	whose, kind := access.Subject{}, a.param("kind")
	if kind != "" && !slices.Contains([]string{"user", "svc", "agent", "scim", "gate"}, kind) {
		return nil, invalid("kind", "there are no such tokens").Rather("one of user, svc, agent, scim, gate")
	}
	if text := a.param("subject"); text != "" {
		whose, err = change.Holder(facts.State, "subject", text)
		if own := err == nil && whose == a.caller.Subject; !own && s.None() {
			return nil, sight.Forbidden("tokens of others are not yours to see", "it needs what an edition asks for token.list_all")
		}
		if err != nil {
			return nil, err
		}
		if !s.SeesSubject(whose) {
			word, name, _ := strings.Cut(text, ":")
			return nil, missing("subject", strings.ReplaceAll(word, "_", " "), name)
		}
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return nil, err
	}
	ended, err := a.flag("ended")
	if err != nil {
		return nil, err
	}
	list := a.tokensOf(s, whose, kind, ended != nil && *ended)
	part, next := cut(list, p)
	found := client.Tokens{Tokens: []client.Token{}, Total: len(list), Next: a.next(next)}
	for _, one := range part {
		found.Tokens = append(found.Tokens, a.token(s, one.Thing, facts.at, used))
	}
	if !s.None() {
		a.record("allowed", "tokens of others were read")
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}

// tokensOf lists the tokens that may be seen, newest first. A narrowed token sees itself of its subject's. Those
// that were revoked are left out unless they are asked for; what a restore suspended shows.
func (a *asking) tokensOf(s *sight.Sight, whose access.Subject, kind string, ended bool) []paging.Item[*state.Token] {
	var list []paging.Item[*state.Token]
	for _, t := range s.Tokens() {
		own := t.Holder == a.caller.Subject
		switch {
		case t.Ended && !t.Suspended && !ended, kind != "" && t.Kind != kind, whose.Kind != access.NoHolder && t.Holder != whose,
			own && a.caller.Narrowed() && !s.All() && t.Token != a.caller.Token, !own && !s.SeesSubject(t.Holder):
			continue
		}
		list = append(list, paging.Item[*state.Token]{Key: paging.Inverted(paging.Number(t.Number) + t.Token), Thing: t})
	}
	slices.SortFunc(list, func(a, b paging.Item[*state.Token]) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// token shows a token. Its hash stays here.
func (a *asking) token(s *sight.Sight, t *state.Token, at time.Time, used map[string]time.Time) client.Token {
	found := client.Token{ID: t.Token, Number: t.Number, Kind: t.Kind, Subject: s.ReadableHolder(t.Holder).String(), Description: t.Description,
		Prefix: "bwk_" + t.Kind + "_", Last: t.Last, State: "active", MadeBy: a.maker(s, t), Narrowed: len(t.Permissions)+len(t.Scopes) > 0,
		Permissions: t.Permissions, Scopes: t.Scopes, Replaces: t.Replaces}
	found.Created, found.Expires, found.LastUsed = when(t.Issued), when(event.Time(t.Expires)), when(used[t.Token])
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
func (a *asking) maker(s *sight.Sight, t *state.Token) string {
	who, err := event.ParseHolder(t.By)
	if err != nil || !s.SeesSubject(who) {
		return t.By // a rule, or somebody by opaque id
	}
	return s.ReadableHolder(who).String()
}

// when is a moment that may not be known.
func when(moment time.Time) *time.Time {
	if moment.IsZero() {
		return nil
	}
	moment = moment.UTC()
	return &moment
}

func issueToken(a *asking) (any, error) {
	r, err := body[client.NewToken](a)
	if err != nil {
		return nil, err
	}
	return a.makeToken(client.TokenIssue{NewToken: r})
}

func rotateToken(a *asking) (any, error) {
	r, err := body[client.Rotation](a)
	if err != nil {
		return nil, err
	}
	return a.makeToken(client.TokenRotate{Token: a.r.PathValue("token"), Overlap: r.Overlap, Expires: r.Expires})
}

// makeToken carries out a command that makes a token, and shows it with its secret: here and never again.
func (a *asking) makeToken(command client.Command) (any, error) {
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	result, err := a.result(asked, command)
	switch {
	case err != nil:
		return nil, err
	case result.After == nil:
		return nil, fault.New(fault.Conflict, "this change was made already, and its secret was shown then").In("change_id").
			Rather("revoke the token and make another one with a new id")
	}
	made := result.Results[0]
	s := sight.Whole(result.After)
	found := client.IssuedToken{Token: a.token(s, result.After.Token(made.ID), a.moment, nil), Secret: made.Secret, DryRun: asked.DryRun, ChangeID: result.ID}
	found.Facts = a.facts(result.After)
	if asked.DryRun {
		found.Token.ID, found.Token.Number, found.Token.Last, found.Secret, found.ChangeID = "", 0, "", "", ""
		found.Facts = a.facts(result.Before)
	}
	return found, nil
}
