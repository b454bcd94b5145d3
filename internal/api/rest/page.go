package rest

import (
	"bailiwick/internal/paging"
)

// A page is the part of a list that is asked for.
type page struct {
	after string // sort key of the last thing of the page before
	limit int
}

// page reads which part of a list is asked for.
func (a *asking) page() (p page, err error) {
	limit, err := a.number("limit")
	switch {
	case err != nil:
		return p, err
	case limit > paging.Most:
		return p, invalid("limit", "a page has at most %d", paging.Most)
	case limit == 0:
		limit = paging.Usual
	}
	p.limit = int(limit)
	p.after, err = a.pages.Open("after", a.param("after"), a.bound()...)
	return p, err
}

// next seals the place after a page.
func (a *asking) next(key string) string { return a.pages.Seal(key, a.bound()...) }

// bound is what a cursor is good for: the same question by the same subject.
func (a *asking) bound() []string {
	said := []string{a.endpoint.operation, a.caller.Organization, a.caller.Subject.String()}
	for _, name := range a.endpoint.query {
		if name != "after" && name != "limit" {
			said = append(said, name+"="+a.param(name))
		}
	}
	if platform := a.r.PathValue("platform"); platform != "" {
		said = append(said, "in "+platform)
	}
	return said
}

// cut returns the part of a sorted list that a page asks for, and the key to go on after; "" at the end.
func cut[T any](list []paging.Item[T], p page) (part []paging.Item[T], next string) {
	return paging.Cut(list, p.after, p.limit)
}
