package inquiry

import (
	"iter"

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
	asked := func(yield func(*state.Grant) bool) {
		for g := range s.SomeGrants(to, on, under) {
			if (q.Role == "" || g.Role == q.Role) && (q.Platform == "" || slugOf(g.On) == q.Platform) {
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
