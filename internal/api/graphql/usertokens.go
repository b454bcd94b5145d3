package graphql

import (
	"context"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql/model"
	"bailiwick/internal/fault"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func (a *asking) userToken(s *sight.Sight, t *state.Token, secret string) *model.DagsterCloudUserToken {
	shown := a.shownToken(s, t, secret)
	found := &model.DagsterCloudUserToken{ID: int(t.Number), Token: shown.text, CreateTimestamp: shown.made, Revoked: shown.revoked,
		RevokedBy: shown.revokedBy, RevokeTimestamp: shown.revokedAt, Description: shown.description}
	if u := s.User(t.Holder.ID); u != nil {
		found.User = userOf(u)
	}
	return found
}

// ownNumber tells whether a number is the caller's own.
func (a *asking) ownNumber(number int) bool {
	u := a.present().User(a.caller.Subject.ID)
	return a.caller.Subject.Kind == access.User && u != nil && int64(u.Number) == int64(number)
}

// userTokens lists a person's tokens, those that were revoked too: one's own, or anybody's for whoever may list them. A
// narrowed token sees itself of its subject's.
func (a *asking) userTokens(number int) (*model.DagsterCloudUserTokens, error) {
	s := a.view.OfTokens().Over(a.present())
	own := a.ownNumber(number)
	found := &model.DagsterCloudUserTokens{Tokens: []*model.DagsterCloudUserToken{}}
	whose := a.caller.Subject
	if !own {
		whose = access.Subject{Kind: access.User}
		if u := userNumbered(s.State, number); u != nil {
			whose.ID = u.ID
		}
		if err := s.MayListTokens(whose); err != nil {
			return nil, err
		}
		if !s.SeesSubject(whose) {
			return nil, fault.New(fault.NotFound, "there is no user %d", number).In("userId").Rather("the userId of one of usersOrError")
		}
	}
	for _, t := range tokensOfKind(s.State, "user", whose) {
		if own && a.caller.Narrowed() && s.None() && t.Token != a.caller.Token {
			continue
		}
		found.Tokens = append(found.Tokens, a.userToken(s, t, ""))
	}
	return found, nil
}

// userNumbered finds a user by number; nil where there is none. Such ids have no index: it is a walk over all people.
func userNumbered(st *state.State, number int) *state.User {
	for _, u := range st.Users() {
		if int64(u.Number) == int64(number) {
			return u
		}
	}
	return nil
}

// createUserToken makes a token of the caller's own: nobody makes another person's.
func (a *asking) createUserToken(ctx context.Context, description string, of *int) (*model.DagsterCloudUserToken, error) {
	if of != nil && *of != 0 && !a.ownNumber(*of) {
		return nil, fault.New(fault.Forbidden, "nobody makes another person's token").In("userId").By("own_token").Rather("have them make it")
	}
	m, t, secret, err := a.issued(ctx, client.TokenIssue{NewToken: client.NewToken{Kind: "user", Description: description}})
	if err != nil {
		return nil, err
	}
	found := a.userToken(sight.Whole(m.State), t, secret)
	found.ID = a.number(t.Number)
	return found, nil
}

func (a *asking) changeUserToken(ctx context.Context, number, of int, command func(t *state.Token) client.Command) (*model.DagsterCloudUserToken, error) {
	t := tokenNumbered(a.present(), "user", number)
	if t != nil {
		if u := a.present().User(t.Holder.ID); u == nil || int64(u.Number) != int64(of) {
			t = nil
		}
	}
	if t == nil {
		if a.ownNumber(of) {
			return nil, fault.New(fault.NotFound, "you have no such token").In("tokenId").By("token").Rather("one of those that userTokensOrError lists")
		}
		return nil, a.noToken(access.OpTokenRevokeAll)
	}
	m, err := a.change(ctx, command(t))
	if err != nil {
		return nil, err
	}
	return a.userToken(a.view.Over(m.State), m.Token(t.Token), ""), nil
}
