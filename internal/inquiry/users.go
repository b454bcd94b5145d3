package inquiry

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// Users answers a page of the users that may be seen. Page and Reading of the query do not count: p is the page.
func (a *Asker) Users(q client.UserQuery, p paging.Page) (client.Users, error) {
	return a.UsersThat(q, p, nil)
}

// UsersThat is Users, of those only that one more condition lets through; nil lets all. It is asked about users who may be seen.
func (a *Asker) UsersThat(q client.UserQuery, p paging.Page, that func(*state.User) bool) (client.Users, error) {
	found := client.Users{Users: []client.User{}, Facts: a.facts()}
	if err := a.View.Others(); err != nil {
		return found, err
	}
	s := a.sight()
	asked, descending, err := userQuery(s, &q)
	if err != nil {
		return found, err
	}
	asked.That = that
	if !descending && asked.Sort != "number" {
		asked.After, asked.Limit = p.After, p.Limit
		part := s.ListUsers(asked)
		for _, u := range part.Users {
			found.Users = append(found.Users, ShowUser(s, u))
		}
		found.Total, found.Next = part.Total, p.Next(part.Next)
		return found, nil
	}
	part, next := paging.Select(func(yield func(*state.User) bool) {
		for _, u := range s.Users() {
			if s.Selects(&asked, u) {
				if found.Total++; !yield(u) {
					return
				}
			}
		}
	}, nil, userKey(asked.Sort, descending), p.After, p.Limit)
	for _, u := range part {
		found.Users = append(found.Users, ShowUser(s, u.Thing))
	}
	found.Next = p.Next(next)
	return found, nil
}

// userQuery reads which users are asked for. Whoever sees some platforms only asks about one of them.
func userQuery(s *sight.Sight, want *client.UserQuery) (q state.UserQuery, descending bool, err error) {
	q = state.UserQuery{Text: want.Query, Platform: want.Platform, Sort: "name"}
	if want.Sort != "" {
		q.Sort, descending = strings.CutPrefix(want.Sort, "-")
	}
	if !slices.Contains([]string{"name", "email", "number"}, q.Sort) {
		return q, false, invalid("sort", "users are not sorted by that").Rather("one of name, email, number, or one with - before it to descend")
	}
	if want.Active != nil {
		q.Status = map[bool]string{true: "active", false: "inactive"}[*want.Active]
	}
	switch {
	case q.Platform != "" && !s.Sees(q.Platform):
		return q, false, sight.Forbidden("this platform's people are not yours to see", "it needs audit.read at org, or what the platform's edition asks for people.view")
	case q.Platform != "" && s.Platform(q.Platform) == nil:
		return q, false, missing("platform", "platform", q.Platform)
	case q.Platform == "" && !s.All() && len(s.Platforms()) == 1:
		q.Platform = s.Platforms()[0]
	case q.Platform == "" && !s.All():
		return q, false, sight.Forbidden("this is about everybody", "name a platform: one of "+strings.Join(s.Platforms(), ", "))
	}
	if want.Team != "" {
		t, err := Team(s, "team", want.Team)
		if err != nil {
			return q, false, err
		}
		q.Team = t.ID
	}
	return q, descending, nil
}

// userKey is an order that the state does not keep.
func userKey(by string, descending bool) func(u *state.User) string {
	fold := cases.Fold()
	return func(u *state.User) string {
		key := u.Email
		switch by {
		case "name":
			key = fold.String(u.Name) + "\x00" + u.Email
		case "number":
			key = paging.Number(u.Number)
		}
		key += "\x00" + u.ID
		if descending {
			key = paging.Inverted(key)
		}
		return key
	}
}

// ShowUser shows what may be seen of a user.
func ShowUser(s *sight.Sight, u *state.User) client.User {
	found := client.User{ID: u.ID, Number: u.Number, Email: u.Email, Name: u.Name, Active: !u.Inactive,
		On: []string{}, Implied: []string{}, Licenses: map[string]string{}, Teams: []string{}}
	for _, slug := range s.Slugs() {
		if slug == accessfile.Directory || !s.Sees(slug) {
			continue
		}
		if slices.Contains(u.On, slug) {
			found.On = append(found.On, slug)
		}
		if s.Implied(u, slug) {
			found.Implied = append(found.Implied, slug)
		}
		if name := u.Licenses[slug]; name != "" {
			found.Licenses[slug] = name
		}
	}
	for _, id := range u.Teams {
		if h := (access.Holder{Kind: access.Team, ID: id}); s.SeesSubject(h) || u.ID == s.Self().ID {
			found.Teams = append(found.Teams, s.DisplayName(h))
		}
	}
	slices.Sort(found.Teams)
	return found
}
