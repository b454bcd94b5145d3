package rest

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
)

// wanted returns the facts that the query asks for.
func (a *asking) wanted() (facts reading, err error) {
	want, err := a.reading()
	if err != nil {
		return facts, err
	}
	return a.read(want)
}

// listing reads what every list takes: the facts and the page.
func (a *asking) listing() (facts reading, p paging.Page, err error) {
	if facts, err = a.wanted(); err != nil {
		return facts, p, err
	}
	p, err = a.page()
	return facts, p, err
}

func users(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	active, err := a.flag("active")
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Users(client.UserQuery{Query: a.param("query"), Team: a.param("team"), Platform: a.param("platform"),
		Active: active, Sort: a.param("sort")}, p)
	return a.answered(facts, found, err)
}

func user(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	text := a.r.PathValue("user")
	s := a.sight(facts.State)
	sub, exists := inquiry.Named(facts.State, access.User, text)
	if sub == a.caller.Subject {
		if !s.All() {
			s = a.mine().Over(facts.State)
		}
	} else if err := a.view().Others(); err != nil {
		return nil, err
	}
	if !exists || !s.SeesSubject(sub) {
		return nil, missing("user", "user", text)
	}
	u := s.User(sub.ID)
	return client.UserDetail{User: inquiry.ShowUser(s, u), Grants: s.Held(sub, u.Teams), SignIn: a.signIn(facts, u), Facts: a.facts(facts.State)}, nil
}
