package inquiry

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

// Team finds a team that may be seen, by name or id. The error is NotFound, in a field.
func Team(s *sight.Sight, field, text string) (*state.Team, error) {
	if h, exists := s.SubjectByName(access.Team, text); exists && s.SeesSubject(h) {
		return s.Team(h.ID), nil
	}
	return nil, missing(field, "team", text)
}

// Teams answers a page of the teams that may be seen, by name. Page and Reading of the query do not count.
func (a *Asker) Teams(q client.TeamQuery, p paging.Page) (client.Teams, error) {
	found := client.Teams{Teams: []client.Team{}, Facts: a.facts()}
	if err := a.View.Others(); err != nil {
		return found, err
	}
	s, named := a.sight(), naming(q.Query)
	var list []paging.Item[*state.Team]
	for _, t := range s.TeamsByName() {
		if named(t.Name) && s.SeesSubject(access.Holder{Kind: access.Team, ID: t.ID}) {
			list = append(list, paging.Item[*state.Team]{Key: t.Name, Thing: t})
		}
	}
	part, next := paging.Cut(list, p.After, p.Limit)
	for _, one := range part {
		t := one.Thing
		found.Teams = append(found.Teams, client.Team{ID: t.ID, Number: t.Number, Name: t.Name, Members: t.Members,
			Grants: len(s.SeenGrants(access.Holder{Kind: access.Team, ID: t.ID}))})
	}
	found.Total, found.Next = len(list), p.Next(next)
	return found, nil
}

// ServiceUsers answers a page of the service users that may be seen, by name. Page and Reading of the query do not count.
func (a *Asker) ServiceUsers(q client.ServiceUserQuery, p paging.Page) (client.ServiceUsers, error) {
	found := client.ServiceUsers{ServiceUsers: []client.ServiceUser{}, Facts: a.facts()}
	if err := a.View.Others(); err != nil {
		return found, err
	}
	s, tokens, named := a.sight(), a.View.OfTokens().Over(a.State), naming(q.Query)
	var list []paging.Item[*state.ServiceUser]
	for _, u := range s.ServiceUsersByName() {
		if named(u.Name) && s.SeesSubject(access.Holder{Kind: access.ServiceUser, ID: u.ID}) {
			list = append(list, paging.Item[*state.ServiceUser]{Key: u.Name, Thing: u})
		}
	}
	part, next := paging.Cut(list, p.After, p.Limit)
	for _, one := range part {
		u := one.Thing
		h := access.Subject{Kind: access.ServiceUser, ID: u.ID}
		found.ServiceUsers = append(found.ServiceUsers, client.ServiceUser{ID: u.ID, Number: u.Number, Name: u.Name, Description: u.Description,
			Added: Known(u.Added), Grants: len(s.SeenGrants(h)), Tokens: a.goodTokens(tokens, h)})
	}
	found.Total, found.Next = len(list), p.Next(next)
	return found, nil
}

// Agents answers a page of the agents that may be seen, by id. Page and Reading of the query do not count.
func (a *Asker) Agents(q client.AgentQuery, p paging.Page) (client.Agents, error) {
	found := client.Agents{Agents: []client.Agent{}, Facts: a.facts()}
	if err := a.View.Others(); err != nil {
		return found, err
	}
	s, tokens, named := a.sight(), a.View.OfTokens().Over(a.State), naming(q.Query)
	part, next := paging.Select(func(yield func(*state.Agent) bool) {
		for id, one := range s.Agents() {
			if named(one.Description) && s.SeesSubject(access.Holder{Kind: access.Agent, ID: id}) {
				if found.Total++; !yield(one) {
					return
				}
			}
		}
	}, nil, func(one *state.Agent) string { return one.ID }, p.After, p.Limit)
	for _, one := range part {
		h := access.Subject{Kind: access.Agent, ID: one.Thing.ID}
		found.Agents = append(found.Agents, client.Agent{ID: one.Thing.ID, Description: one.Thing.Description, Added: Known(one.Thing.Added),
			Grants: len(s.SeenGrants(h)), Tokens: a.goodTokens(tokens, h)})
	}
	found.Next = p.Next(next)
	return found, nil
}

// goodTokens counts the tokens of a program that work; nil where they are not the caller's to see.
func (a *Asker) goodTokens(tokens *sight.Sight, h access.Subject) *int {
	if tokens.None() || !tokens.SeesSubject(h) {
		return nil
	}
	good := 0
	for t := range a.State.TokensOf(h) {
		if !t.Ended && (t.Expires == 0 || a.At.Before(event.Time(t.Expires))) {
			good++
		}
	}
	return &good
}

// naming tells names that have a text in them, without regard to case.
func naming(text string) func(name string) bool {
	if text = strings.TrimSpace(text); text == "" {
		return func(string) bool { return true }
	}
	fold := cases.Fold()
	text = fold.String(text)
	return func(name string) bool { return strings.Contains(fold.String(name), text) }
}
