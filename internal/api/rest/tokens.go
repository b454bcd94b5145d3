package rest

import (
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
)

func tokens(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	ended, err := a.flag("ended")
	if err != nil {
		return nil, err
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return nil, err
	}
	found, others, err := a.asker(facts).Tokens(client.TokenQuery{Subject: a.param("subject"), Kind: a.param("kind"), Ended: ended != nil && *ended}, p, used)
	if err == nil && others {
		a.record("allowed", "tokens of others were read")
	}
	return a.answered(facts, found, err)
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
	found := client.IssuedToken{Token: inquiry.ShowToken(s, result.After.Token(made.ID), a.moment, nil), Secret: made.Secret, DryRun: asked.DryRun, ChangeID: result.ID}
	found.Facts = a.facts(result.After)
	if asked.DryRun {
		found.Token.ID, found.Token.Number, found.Token.Last, found.Secret, found.ChangeID = "", 0, "", "", ""
		found.Facts = a.facts(result.Before)
	}
	return found, nil
}
