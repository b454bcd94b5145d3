package inquiry

import (
	"iter"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Grants answers a page of the grants that may be seen, in the order of an access file. Own ones are everybody's to see. Page
// and Reading of the query do not count.
func (a *Asker) Grants(q client.GrantQuery, p paging.Page) (client.Grants, error) {
	found := client.Grants{Grants: []client.Grant{}, Facts: a.facts()}
	on, err := canonical("on", q.On)
	if err != nil {
		return found, err
	}
	under, err := canonical("under", q.Under)
	if err != nil {
		return found, err
	}
	s, to, err := a.grantsOf(q.To)
	if err != nil {
		return found, err
	}
	if s.All() && q.To+on+under+q.Role+q.Platform == "" {
		return a.everyGrant(s, p), nil
	}
	asked := func(yield func(*state.Grant) bool) {
		for g := range s.SomeGrants(to, on, under) {
			if (q.Role == "" || g.Role == q.Role) && (q.Platform == "" || access.SlugOf(g.On) == q.Platform) {
				if found.Total++; !yield(g) {
					return
				}
			}
		}
	}
	part, next := paging.Select(iter.Seq[*state.Grant](asked), func(g *state.Grant) string { return g.On }, s.GrantKey, p.After, p.Limit)
	for _, one := range part {
		found.Grants = append(found.Grants, s.Grant(one.Thing))
	}
	found.Next = p.Next(next)
	return found, nil
}

// everyGrant is Grants of all there are, of which it looks at no more than about a page.
func (a *Asker) everyGrant(s *sight.Sight, p paging.Page) client.Grants {
	found := client.Grants{Grants: []client.Grant{}, Total: s.Counts().Grants, Facts: a.facts()}
	first, _, _ := strings.Cut(p.After, "\x00")
	part, next := paging.Select(func(yield func(*state.Grant) bool) {
		beyond, on := 0, ""
		for _, g := range s.GrantsByScope(first) {
			if beyond > p.Limit && g.On != on {
				return // within a scope they are in no order
			}
			if on = g.On; on > first {
				beyond++
			}
			if !yield(g) {
				return
			}
		}
	}, func(g *state.Grant) string { return g.On }, s.GrantKey, p.After, p.Limit)
	for _, one := range part {
		found.Grants = append(found.Grants, s.Grant(one.Thing))
	}
	found.Next = p.Next(next)
	return found
}

// grantsOf reads whose grants are asked for, and what the caller sees of them.
func (a *Asker) grantsOf(text string) (s *sight.Sight, to access.Holder, err error) {
	s = a.sight()
	if text == "" {
		return s, to, a.View.Others()
	}
	to, err = change.Holder(a.State, "to", text)
	if err == nil && to == a.Caller.Subject && !s.All() {
		s = a.mine().Over(a.State)
	} else if refused := a.View.Others(); refused != nil {
		return nil, to, refused
	}
	if err != nil {
		return nil, to, err
	}
	if !s.SeesSubject(to) {
		return nil, to, missingHolder("to", text)
	}
	return s, to, nil
}

// canonical reads a path in its canonical form; "" stays "".
func canonical(field, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	path, err := access.CanonicalPath(text)
	if err != nil {
		return "", invalid(field, "the path cannot be read: %v", err).Rather("write it as dagster/prod/etl")
	}
	return path, nil
}
