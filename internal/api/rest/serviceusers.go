package rest

import (
	"strings"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

func serviceUsers(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	if err := a.view().Others(); err != nil {
		return nil, err
	}
	s, tokens := a.sight(facts.State), a.view().OfTokens().Over(facts.State)
	fold := cases.Fold()
	text := fold.String(strings.TrimSpace(a.param("query")))
	var list []paging.Item[*state.ServiceUser]
	for _, u := range s.ServiceUsersByName() {
		if strings.Contains(fold.String(u.Name), text) && s.SeesSubject(access.Holder{Kind: access.ServiceUser, ID: u.ID}) {
			list = append(list, paging.Item[*state.ServiceUser]{Key: u.Name, Thing: u})
		}
	}
	part, next := cut(list, p)
	found := client.ServiceUsers{ServiceUsers: []client.ServiceUser{}, Total: len(list), Next: a.next(next)}
	for _, one := range part {
		found.ServiceUsers = append(found.ServiceUsers, serviceUser(s, tokens, one.Thing, facts))
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}

func serviceUser(s, tokens *sight.Sight, u *state.ServiceUser, facts reading) client.ServiceUser {
	h := access.Subject{Kind: access.ServiceUser, ID: u.ID}
	shown := client.ServiceUser{ID: u.ID, Number: u.Number, Name: u.Name, Description: u.Description, Added: when(u.Added), Grants: len(s.SeenGrants(h))}
	shown.Tokens = goodTokens(tokens, h, facts)
	return shown
}

// goodTokens counts the tokens of a program that work; nil where they are not the caller's to see.
func goodTokens(tokens *sight.Sight, h access.Subject, facts reading) *int {
	if tokens.None() || !tokens.SeesSubject(h) {
		return nil
	}
	good := 0
	for t := range facts.TokensOf(h) {
		if !t.Ended && (t.Expires == 0 || facts.at.Before(event.Time(t.Expires))) {
			good++
		}
	}
	return &good
}
