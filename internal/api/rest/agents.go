package rest

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

func agents(a *asking) (any, error) {
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
	var list []paging.Item[*state.Agent]
	for id, one := range s.Agents() {
		if strings.Contains(fold.String(one.Description), text) && s.SeesSubject(access.Holder{Kind: access.Agent, ID: id}) {
			list = append(list, paging.Item[*state.Agent]{Key: id, Thing: one})
		}
	}
	slices.SortFunc(list, func(a, b paging.Item[*state.Agent]) int { return strings.Compare(a.Key, b.Key) })
	part, next := cut(list, p)
	found := client.Agents{Agents: []client.Agent{}, Total: len(list), Next: next}
	for _, one := range part {
		h := access.Subject{Kind: access.Agent, ID: one.Thing.ID}
		found.Agents = append(found.Agents, client.Agent{ID: one.Thing.ID, Description: one.Thing.Description, Added: inquiry.Known(one.Thing.Added),
			Grants: len(s.SeenGrants(h)), Tokens: a.asker(facts).GoodTokens(h)})
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}
