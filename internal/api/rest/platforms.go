package rest

import "bailiwick/client"

func platforms(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Platforms()
	return a.answered(facts, found, err)
}

func platform(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Platform(a.r.PathValue("platform"))
	return a.answered(facts, found, err)
}

func resources(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Resources(a.r.PathValue("platform"), client.ResourceQuery{Query: a.param("query"), Kind: a.param("kind"), Under: a.param("under")}, p)
	return a.answered(facts, found, err)
}
