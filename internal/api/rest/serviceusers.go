package rest

import "bailiwick/client"

func serviceUsers(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).ServiceUsers(client.ServiceUserQuery{Query: a.param("query")}, p)
	return a.answered(facts, found, err)
}
