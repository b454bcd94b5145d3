package state

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/btree"

	"bailiwick/access"
)

// A UserQuery says which users, in which order, and from where on.
type UserQuery struct {
	Text     string // part of the name or the e-mail, case aside; "" for everybody
	Team     string // id; only its members
	Platform string // slug; only those whom it concerns
	Status   string // "active", "inactive", or "" for both
	Sort     string // "name" (default) or "email"
	After    string // Next of the page before
	Limit    int    // users on a page; 0 is 100
	// That lets only some of them through; nil lets all. It is asked about everybody whom the rest of the query means.
	That func(*User) bool
}

// A UserPage is one page of users.
type UserPage struct {
	Users []*User
	Next  string // pass it as After; "" at the end
	Total int    // users of all pages
}

// ListUsers returns a page. Where it asks for a text, a team or a status, its cost is a walk over the users' keys: milliseconds
// at 100,000.
func (s *State) ListUsers(q UserQuery) UserPage {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	by := s.byName
	if q.Sort == "email" {
		by = s.emails
	}
	text := fold(strings.TrimSpace(q.Text))
	members := s.asked(q.Platform)
	selected := func(key, id string) bool {
		if q.Sort == "email" && text != "" {
			key = nameKey(s.User(id))
		}
		return matches(key, text, id) && s.selects(&q, members, id)
	}
	page := UserPage{Users: make([]*User, 0, q.Limit)}
	last := ""
	by.Ascend(q.After, func(key, id string) bool {
		switch {
		case key == q.After || !selected(key, id):
			return true
		case len(page.Users) == q.Limit:
			page.Next = last
			return false
		}
		page.Users, last = append(page.Users, s.User(id)), key
		return true
	})
	switch {
	case q.That == nil && text == "" && q.Team == "" && q.Status == "" && q.Platform == "":
		page.Total = by.Len()
	case q.That == nil && text == "" && q.Team == "" && q.Status == "" && q.Sort != "email": // erased people share their e-mail
		page.Total = len(members)
	default:
		by.Scan(func(key, id string) bool {
			if selected(key, id) {
				page.Total++
			}
			return true
		})
	}
	return page
}

// Selects tells whether a user is among those that a query asks for, whatever its order and page.
func (s *State) Selects(q *UserQuery, u *User) bool {
	return matches(nameKey(u), fold(strings.TrimSpace(q.Text)), u.ID) && s.selects(q, s.asked(q.Platform), u.ID)
}

// asked are the members of a platform that is asked for; nil for none.
func (s *State) asked(slug string) map[string]membership {
	if slug == "" {
		return nil
	}
	return s.membersOf(slug)
}

// matches looks for a text in the key of a name, which has name and e-mail in it and ends with the id.
func matches(key, text, id string) bool {
	return text == "" || strings.Contains(strings.TrimSuffix(key, id), text)
}

// selects tells it of a user, where members are those of the platform that is asked for, if any.
func (s *State) selects(q *UserQuery, members map[string]membership, id string) bool {
	if q.Team != "" && !s.IsMember(q.Team, id) {
		return false
	}
	if q.Status != "" && s.User(id).Inactive != (q.Status == "inactive") {
		return false
	}
	return (members == nil || members[id] != 0) && (q.That == nil || q.That(s.User(id)))
}

// IsMemberOf tells whether a user belongs to a platform at a moment: explicitly, or by a license or any grant in force there,
// a team's too.
func (s *State) IsMemberOf(u *User, slug string, at time.Time) bool {
	return s.belongs(u, slug, func(g *Grant) bool { return !at.Before(g.From) && (g.Until.IsZero() || at.Before(g.Until)) })
}

// Concerns tells whether a user is or will be a member of a platform: grants that have not begun count as well. Such a user
// takes a seat, and is the business of whoever administers the platform's people.
func (s *State) Concerns(u *User, slug string, at time.Time) bool {
	return s.belongs(u, slug, func(g *Grant) bool { return g.Until.IsZero() || at.Before(g.Until) })
}

func (s *State) belongs(u *User, slug string, counts func(*Grant) bool) bool {
	return slices.Contains(u.On, slug) || u.Licenses[slug] != "" || s.hasGrantOn(access.Holder{Kind: access.User, ID: u.ID}, slug, counts) ||
		slices.ContainsFunc(u.Teams, func(t string) bool { return s.hasGrantOn(access.Holder{Kind: access.Team, ID: t}, slug, counts) })
}

func (s *State) hasGrantOn(h access.Holder, slug string, counts func(*Grant) bool) bool {
	found := false
	for _, end := range []string{"\x00", "/"} { // not a slug that only begins alike
		prefix := h.String() + "\x00" + slug + end
		s.grants.Ascend(prefix, func(key string, g *Grant) bool {
			if !strings.HasPrefix(key, prefix) {
				return false
			}
			found = found || counts(g)
			return !found
		})
	}
	return found
}

// TeamsByName returns the teams in the order of their names.
func (s *State) TeamsByName() []*Team { return named(s.teamNames, s.teams) }

// ServiceUsersByName returns the service users in the order of their names.
func (s *State) ServiceUsersByName() []*ServiceUser { return named(s.svcNames, s.services) }

func named[V any](names *btree.Map[string, string], records *btree.Map[string, *V]) []*V {
	list := make([]*V, 0, names.Len())
	names.Scan(func(_, id string) bool {
		list = append(list, get(records, id))
		return true
	})
	return list
}

// Counts says how many there are of each.
type Counts struct{ Users, ServiceUsers, Agents, Teams, Resources, Grants, Tokens int }

// Counts returns how many there are of each.
func (s *State) Counts() Counts {
	return Counts{Users: s.users.Len(), ServiceUsers: s.services.Len(), Agents: s.agents.Len(), Teams: s.teams.Len(),
		Resources: s.resources.Len(), Grants: s.grants.Len(), Tokens: s.tokens.Len()}
}
