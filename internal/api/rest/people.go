package rest

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

// wanted returns the facts that the query asks for.
func (a *asking) wanted() (facts reading, err error) {
	want, err := a.reading()
	if err != nil {
		return facts, err
	}
	return a.read(want)
}

// listing reads what every list takes: the facts and the page.
func (a *asking) listing() (facts reading, p page, err error) {
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
	if err := a.view().Others(); err != nil {
		return nil, err
	}
	s := a.sight(facts.State)
	q, descending, err := a.userQuery(s)
	if err != nil {
		return nil, err
	}
	found := client.Users{Users: []client.User{}}
	if !descending && q.Sort != "number" {
		q.After, q.Limit = p.after, p.limit
		part := s.ListUsers(q)
		for _, u := range part.Users {
			found.Users = append(found.Users, shownUser(s, u))
		}
		found.Total, found.Next = part.Total, a.next(part.Next)
	} else {
		list := sorted(s, q, descending)
		part, next := cut(list, p)
		for _, u := range part {
			found.Users = append(found.Users, shownUser(s, u.Thing))
		}
		found.Total, found.Next = len(list), a.next(next)
	}
	found.Facts = a.facts(facts.State)
	return found, nil
}

// userQuery reads which users are asked for. Whoever sees some platforms only asks about one of them.
func (a *asking) userQuery(s *sight.Sight) (q state.UserQuery, descending bool, err error) {
	q = state.UserQuery{Text: a.param("query"), Platform: a.param("platform"), Sort: "name"}
	if text := a.param("sort"); text != "" {
		q.Sort, descending = strings.CutPrefix(text, "-")
	}
	if !slices.Contains([]string{"name", "email", "number"}, q.Sort) {
		return q, false, invalid("sort", "users are not sorted by that").Rather("one of name, email, number, or one with - before it to descend")
	}
	active, err := a.flag("active")
	if err != nil {
		return q, false, err
	}
	if active != nil {
		q.Status = map[bool]string{true: "active", false: "inactive"}[*active]
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
	if text := a.param("team"); text != "" {
		t, err := seenTeam(s, "team", text)
		if err != nil {
			return q, false, err
		}
		q.Team = t.ID
	}
	return q, descending, nil
}

// sorted lists users in an order that the state does not keep.
func sorted(s *sight.Sight, q state.UserQuery, descending bool) []paging.Item[*state.User] {
	fold := cases.Fold()
	var list []paging.Item[*state.User]
	for _, u := range s.Users() {
		if !s.Selects(&q, u) {
			continue
		}
		key := map[string]string{"name": fold.String(u.Name) + "\x00" + u.Email, "email": u.Email, "number": paging.Number(u.Number)}[q.Sort] + "\x00" + u.ID
		if descending {
			key = paging.Inverted(key)
		}
		list = append(list, paging.Item[*state.User]{Key: key, Thing: u})
	}
	slices.SortFunc(list, func(a, b paging.Item[*state.User]) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// user shows what may be seen of a user.
func shownUser(s *sight.Sight, u *state.User) client.User {
	found := client.User{ID: u.ID, Number: u.Number, Email: u.Email, Name: u.Name, Active: !u.Inactive,
		On: []string{}, Implied: []string{}, Licenses: map[string]string{}, Teams: []string{}}
	held := *u
	held.On = nil
	for _, slug := range s.Slugs() {
		if slug == accessfile.Directory || !s.Sees(slug) {
			continue
		}
		if slices.Contains(u.On, slug) {
			found.On = append(found.On, slug)
		}
		if s.Concerns(&held, slug, s.At) {
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

func user(a *asking) (any, error) {
	facts, err := a.wanted()
	if err != nil {
		return nil, err
	}
	text := a.r.PathValue("user")
	s := a.sight(facts.State)
	sub, exists := named(facts.State, access.User, text)
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
	return client.UserDetail{User: shownUser(s, u), Grants: s.Held(sub, u.Teams), SignIn: a.signIn(facts, u), Facts: a.facts(facts.State)}, nil
}
