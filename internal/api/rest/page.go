package rest

import (
	"bailiwick/internal/paging"
)

// page reads which part of a list is asked for.
func (a *asking) page() (p paging.Page, err error) {
	limit, err := a.number("limit")
	switch {
	case err != nil:
		return p, err
	case limit > paging.Most:
		return p, invalid("limit", "a page has at most %d", paging.Most)
	case limit == 0:
		limit = paging.Usual
	}
	return a.pages.Page("after", a.param("after"), int(limit), a.bound()...)
}

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

// cut returns the part of a sorted list that a page asks for, and its cursor to go on with; "" at the end.
func cut[T any](list []paging.Item[T], p paging.Page) (part []paging.Item[T], next string) {
	part, next = paging.Cut(list, p.After, p.Limit)
	return part, p.Next(next)
}
