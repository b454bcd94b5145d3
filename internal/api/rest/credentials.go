package rest

import (
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

func issueToken(a *asking) (any, error) {
	r, err := body[client.NewToken](a)
	if err != nil {
		return nil, err
	}
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	result, err := a.result(asked, client.TokenIssue{NewToken: r})
	switch {
	case err != nil:
		return nil, err
	case result.After == nil:
		return nil, fault.New(fault.Conflict, "this change was made already, and its secret was shown then").In("change_id").
			Rather("revoke the token and make another one with a new id")
	}
	made := result.Results[0]
	s := &sight{State: result.After, view: &view{all: true}}
	found := client.IssuedToken{Token: a.token(s, result.After.Token(made.ID), a.moment, nil), Secret: made.Secret, DryRun: asked.DryRun, ChangeID: result.ID}
	found.Facts = a.facts(result.After)
	if asked.DryRun {
		found.Token.ID, found.Token.Number, found.Token.Last, found.Secret, found.ChangeID = "", 0, "", "", ""
		found.Facts = a.facts(result.Before)
	}
	return found, nil
}

// maxSetupSecret bounds what is hashed of what anybody may send.
const maxSetupSecret = 128

func setup(a *asking) (any, error) {
	r, err := body[client.SetupRequest](a)
	if err != nil {
		return nil, err
	}
	link := func() error {
		return fault.New(fault.Unauthenticated, "this setup link does not work").By("setup_link").
			Rather("a link that is unused and not over; the server prints a new one when it starts")
	}
	if r.Secret == "" || len(r.Secret) > maxSetupSecret {
		return nil, link()
	}
	result, err := a.Changes.SetUp(a.r.Context(), signin.HashOf(r.Secret), change.Setup{Organization: r.Organization, Name: r.Name, Email: r.Email}, a.id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, link()
	case err != nil:
		return nil, err
	}
	st, at := result.After, result.After.At
	s := &sight{State: st, view: &view{all: true}}
	user, token := result.Results[0], result.Results[1]
	return client.Setup{Organization: r.Organization, User: s.user(st.User(user.ID)), Token: a.token(s, st.Token(token.ID), at, nil),
		Secret: token.Secret, Facts: a.facts(st)}, nil
}
