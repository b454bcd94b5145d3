package rest

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// team finds a team that may be seen, by name or id.
func seenTeam(s *sight.Sight, field, text string) (*state.Team, error) {
	if h, exists := s.SubjectByName(access.Team, text); exists && s.SeesSubject(h) {
		return s.Team(h.ID), nil
	}
	return nil, missing(field, "team", text)
}

func teams(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	if err := a.view().Others(); err != nil {
		return nil, err
	}
	s := a.sight(facts.State)
	fold := cases.Fold()
	text := fold.String(strings.TrimSpace(a.param("query")))
	var list []paging.Item[*state.Team]
	for _, t := range s.TeamsByName() {
		if strings.Contains(fold.String(t.Name), text) && s.SeesSubject(access.Holder{Kind: access.Team, ID: t.ID}) {
			list = append(list, paging.Item[*state.Team]{Key: t.Name, Thing: t})
		}
	}
	part, next := cut(list, p)
	found := client.Teams{Teams: []client.Team{}, Total: len(list), Next: a.next(next)}
	for _, one := range part {
		t := one.Thing
		found.Teams = append(found.Teams, client.Team{ID: t.ID, Number: t.Number, Name: t.Name, Members: t.Members,
			Grants: len(s.SeenGrants(access.Holder{Kind: access.Team, ID: t.ID}))})
	}
	found.Facts = a.facts(facts.State)
	return found, nil
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
	t, err := seenTeam(s, "team", a.r.PathValue("team"))
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
