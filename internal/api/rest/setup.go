package rest

import (
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
)

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
	s := sight.Whole(st)
	user, token := result.Results[0], result.Results[1]
	return client.Setup{Organization: r.Organization, User: inquiry.ShowUser(s, st.User(user.ID)), Token: inquiry.ShowToken(s, st.Token(token.ID), at, nil),
		Secret: token.Secret, Facts: a.facts(st)}, nil
}
