package rest

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/inquiry"
)

func whoami(a *asking) (any, error) {
	s := a.mine().Over(a.now)
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return nil, err
	}
	found := client.Whoami{Organization: a.caller.Organization, Subject: s.ReadableHolder(a.caller.Subject).String(), ID: a.caller.Subject.ID,
		Grants: []client.HeldGrant{}, Server: a.Version, BreakGlass: a.glass()}
	if t := a.now.Token(a.caller.Token); t != nil {
		found.Token = inquiry.ShowToken(s, t, a.moment, used)
	}
	if found.Session, err = a.ownSession(); err != nil {
		return nil, err
	}
	var of []string
	if u := a.now.User(a.caller.Subject.ID); u != nil && a.caller.Subject.Kind == access.User {
		found.Name, of = u.Name, u.Teams
	}
	for _, g := range s.Held(a.caller.Subject, of) {
		if (g.From == nil || !a.moment.Before(*g.From)) && (g.Until == nil || a.moment.Before(*g.Until)) {
			found.Grants = append(found.Grants, g)
		}
	}
	found.Facts = a.facts(a.now)
	return found, nil
}

func grants(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	found, err := a.asker(facts).Grants(client.GrantQuery{To: a.param("to"), On: a.param("on"), Under: a.param("under"),
		Role: a.param("role"), Platform: a.param("platform")}, p)
	return a.answered(facts, found, err)
}
