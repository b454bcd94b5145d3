package rest

import "bailiwick/client"

func agents(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Agents(client.AgentQuery{Query: a.param("query")}, p)
	return a.answered(facts, found, err)
}
