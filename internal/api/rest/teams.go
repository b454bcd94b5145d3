package rest

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/inquiry"
)

func teams(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Teams(client.TeamQuery{Query: a.param("query")}, p)
	return a.answered(facts, found, err)
}

func team(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	if err := a.view().Others(); err != nil {
		return nil, err
	}
	s := a.sight(facts.State)
	t, err := inquiry.Team(s, "team", a.r.PathValue("team"))
	if err != nil {
		return nil, err
	}
	found := client.TeamDetail{ID: t.ID, Number: t.Number, Name: t.Name, Members: []client.Member{}, Grants: []client.Grant{}}
	for _, id := range s.Members(t.ID) {
		if u := s.User(id); s.SeesSubject(access.Holder{Kind: access.User, ID: id}) {
			found.Members = append(found.Members, client.Member{ID: u.ID, Email: u.Email, Name: u.Name, Active: !u.Inactive})
		}
	}
	slices.SortFunc(found.Members, func(a, b client.Member) int { return strings.Compare(a.Email+a.ID, b.Email+b.ID) })
	for _, g := range s.SeenGrants(access.Holder{Kind: access.Team, ID: t.ID}) {
		found.Grants = append(found.Grants, s.Grant(g))
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}
