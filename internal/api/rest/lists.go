package rest

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
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
		found.Token = a.token(s, t, a.moment, used)
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

// path reads a parameter that is a path, in its canonical form.
func (a *asking) path(name string) (string, error) {
	text := a.param(name)
	if text == "" {
		return "", nil
	}
	canonical, err := access.CanonicalPath(text)
	if err != nil {
		return "", invalid(name, "the path cannot be read: %v", err).Rather("write it as dagster/prod/etl")
	}
	return canonical, nil
}

func grants(a *asking) (any, error) {
	facts, p, err := a.listing()
	if err != nil {
		return nil, err
	}
	s := a.sight(facts.State)
	on, err := a.path("on")
	if err != nil {
		return nil, err
	}
	under, err := a.path("under")
	if err != nil {
		return nil, err
	}
	var to access.Holder
	if text := a.param("to"); text != "" {
		to, err = change.Holder(facts.State, "to", text)
		if err == nil && to == a.caller.Subject && !s.All() {
			s = a.mine().Over(facts.State)
		} else if refused := a.view().Others(); refused != nil {
			return nil, refused
		}
		if err != nil {
			return nil, err
		}
		if !s.SeesSubject(to) {
			word, name, _ := strings.Cut(text, ":")
			return nil, missing("to", strings.ReplaceAll(word, "_", " "), name)
		}
	} else if err := a.view().Others(); err != nil {
		return nil, err
	}
	var list []paging.Item[*state.Grant]
	for _, g := range s.SomeGrants(to, on, under) {
		role, platform := a.param("role"), a.param("platform")
		if (role == "" || g.Role == role) && (platform == "" || slugOf(g.On) == platform) {
			list = append(list, paging.Item[*state.Grant]{Key: s.GrantKey(g), Thing: g})
		}
	}
	slices.SortFunc(list, func(a, b paging.Item[*state.Grant]) int { return strings.Compare(a.Key, b.Key) })
	part, next := cut(list, p)
	found := client.Grants{Grants: []client.Grant{}, Total: len(list), Next: a.next(next)}
	for _, one := range part {
		found.Grants = append(found.Grants, s.Grant(one.Thing))
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}
