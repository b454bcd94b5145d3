package rest

func roles(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Roles(a.r.PathValue("platform"))
	return a.answered(facts, found, err)
}

func role(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Role(a.r.PathValue("platform"), a.r.PathValue("role"))
	return a.answered(facts, found, err)
}
