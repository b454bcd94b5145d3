package rest

import (
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
)

// login gives a command line a token for somebody who let it act as them in their browser. The token is one of theirs like
// any other: it stands in their list, ends by itself, and can be revoked.
func login(a *asking) (any, error) {
	r, err := body[client.LoginExchange](a)
	if err != nil {
		return nil, err
	}
	let, err := a.Desk.Sessions.TakeLogin(a.r.Context(), r.Code, r.Verifier)
	if err != nil {
		return nil, err
	}
	actor := change.Actor{Subject: let.Subject, Emergency: let.Emergency, Via: "cli", Request: a.id}
	result, err := a.Changes.Do(a.lasting(), let.Organization, actor, change.How{},
		client.TokenIssue{NewToken: client.NewToken{Kind: "user", Description: let.Name, Expires: &let.Ends}})
	if err != nil {
		return nil, changeRefusal{err}
	}
	made := result.Results[0]
	return client.IssuedToken{Token: inquiry.ShowToken(sight.Whole(result.After), result.After.Token(made.ID), result.At, nil), Secret: made.Secret,
		ChangeID: result.ID, Facts: a.facts(result.After)}, nil
}
