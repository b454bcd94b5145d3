package rest

import (
	"fmt"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

func whoami(a *asking) (any, error) {
	s := a.sight(a.now)
	s.view = a.mine()
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
	for _, g := range s.held(a.caller.Subject, of) {
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
		if err == nil && to == a.caller.Subject && !s.all {
			s.view = a.mine()
		} else if refused := a.others(); refused != nil {
			return nil, refused
		}
		if err != nil {
			return nil, err
		}
		if !s.subject(to) {
			word, name, _ := strings.Cut(text, ":")
			return nil, missing("to", strings.ReplaceAll(word, "_", " "), name)
		}
	} else if err := a.others(); err != nil {
		return nil, err
	}
	var list []item[*state.Grant]
	for _, g := range s.some(to, on, under) {
		role, platform := a.param("role"), a.param("platform")
		if s.sees(slugOf(g.On)) && (role == "" || g.Role == role) && (platform == "" || slugOf(g.On) == platform) {
			list = append(list, item[*state.Grant]{s.grantKey(g), g})
		}
	}
	slices.SortFunc(list, func(a, b item[*state.Grant]) int { return strings.Compare(a.key, b.key) })
	part, next := cut(list, p)
	found := client.Grants{Grants: []client.Grant{}, Total: len(list), Next: a.next(next)}
	for _, one := range part {
		found.Grants = append(found.Grants, s.grant(one.thing))
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}

// some lists the grants of a holder, at a scope, and at or beneath another one, each where it is given.
func (s *sight) some(to access.Holder, on, under string) []*state.Grant {
	all := s.Grants()
	switch {
	case to.Kind != access.NoHolder:
		all = s.GrantsOf(to)
	case on != "":
		all = s.GrantsAt(on)
	case under != "":
		all = s.GrantsBeneath(under)
	}
	var list []*state.Grant
	for _, g := range all {
		if (to.Kind == access.NoHolder || g.To == to) && (on == "" || g.On == on) &&
			(under == "" || g.On == under || strings.HasPrefix(g.On, under+"/")) {
			list = append(list, g)
		}
	}
	return list
}

// grantKey is where a grant stands in an access file.
func (s *sight) grantKey(g *state.Grant) string {
	e := event.GrantOf(g.Grant)
	return strings.Join([]string{g.On, s.ReadableHolder(g.To).String(), g.Role, strings.Join(g.Environments, " "),
		fmt.Sprintf("%020d", e.From), fmt.Sprintf("%020d", e.Until), digits(g.Number)}, "\x00")
}

func digits(n int32) string { return fmt.Sprintf("%010d", n) }
