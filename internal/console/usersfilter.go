package console

import (
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/state"
)

// dormantAfter is how long somebody does nothing until they are called dormant.
const dormantAfter = 90 * 24 * time.Hour

// A savedFilter is a list of users worth looking at, as the address has it: only=administrators.
type savedFilter struct {
	Name, Title string
	ways        bool // only for whoever may see how others get in
	that        func(*usersMarks, *state.User) bool
}

// savedFilters are those that there are.
func savedFilters() []savedFilter {
	return []savedFilter{
		{Name: "administrators", Title: "Administrators", that: func(m *usersMarks, u *state.User) bool { return m.administrator(u) }},
		{Name: "overrides", Title: "Has overrides", that: func(m *usersMarks, u *state.User) bool { return m.overrides(u) > 0 }},
		{Name: "provider", Title: "From a provider", ways: true, that: func(m *usersMarks, u *state.User) bool { return len(m.now.IdentitiesOf(u.ID)) > 0 }},
		{Name: "dormant", Title: "Dormant 90 days", ways: true, that: func(m *usersMarks, u *state.User) bool { return m.dormant(u) }},
		{Name: "never", Title: "Never signed in", ways: true, that: func(m *usersMarks, u *state.User) bool { return m.never(u) }},
	}
}

// usersMarks is what the list of users says of people besides who they are: worked out once for a page.
type usersMarks struct {
	*asking
	ways       bool                         // the caller may see how others get in, and when they were there
	seen       map[string]time.Time         // by subject; of those on the page, or of everybody
	used       map[access.Subject]time.Time // tokens, by whose they are
	administer map[string]bool              // ids of users who do, by a grant
}

// seesWays tells whether the caller may see how others get in, and when they were there.
func (a *asking) seesWays() bool { return a.view.All() || a.view.GovernsIdentities("users.manage") }

// marksOf prepares what is said of some users, or of everybody.
func (a *asking) marksOf(subjects ...string) (*usersMarks, error) {
	m := &usersMarks{asking: a, ways: a.seesWays(), administer: map[string]bool{}}
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		if !a.view.Sees(slug) || p == nil {
			continue
		}
		for _, g := range a.now.GrantsAt(slug) {
			if !slices.Contains(p.Model.Governance.Administrators, g.Role) {
				continue
			}
			switch g.To.Kind {
			case access.User:
				m.administer[g.To.ID] = true
			case access.Team:
				for _, id := range a.now.Members(g.To.ID) {
					m.administer[id] = true
				}
			}
		}
	}
	if !m.ways {
		return m, nil
	}
	var err error
	if m.seen, err = a.History.Trail().LastSeen(a.r.Context(), a.caller.Organization, subjects...); err != nil {
		return nil, err
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	m.used = map[access.Subject]time.Time{}
	for _, t := range a.now.Tokens() {
		if at := used[t.Token]; at.After(m.used[t.Holder]) {
			m.used[t.Holder] = at
		}
	}
	return m, err
}

// administrator tells whether somebody administers a platform that the caller sees, or the organization.
func (m *usersMarks) administrator(u *state.User) bool {
	if m.administer[u.ID] {
		return true
	}
	for slug, license := range u.Licenses {
		if p := m.now.Platform(slug); p != nil && m.view.Sees(slug) && slices.Contains(p.Model.Governance.AdministratorLicenses, license) {
			return true
		}
	}
	return false
}

// overrides counts somebody's own overrides that the caller sees.
func (m *usersMarks) overrides(u *state.User) (n int) {
	for _, g := range m.now.GrantsOf(access.Holder{Kind: access.User, ID: u.ID}) {
		p := m.now.Platform(access.SlugOf(g.On))
		if p == nil || !m.view.Sees(p.Slug) || p.Model.Override == nil {
			continue
		}
		if p.Model.KindOf(g.On) == p.Model.Override.Kind {
			n++
		}
	}
	return n
}

// lastSeen is when somebody last did something, themselves or with a token of theirs; zero where nobody knows.
func (m *usersMarks) lastSeen(u *state.User) time.Time {
	subject := access.Subject{Kind: access.User, ID: u.ID}
	last := m.seen[subject.String()]
	if used := m.used[subject]; used.After(last) {
		last = used
	}
	return last.UTC()
}

// dormant tells whether somebody who can get in has done nothing for long.
func (m *usersMarks) dormant(u *state.User) bool {
	last := m.lastSeen(u)
	if last.IsZero() {
		last = u.Added
	}
	return !u.Inactive && m.at.Sub(last) > dormantAfter
}

// never tells whether somebody was never there.
func (m *usersMarks) never(u *state.User) bool {
	return len(u.SignedIn) == 0 && m.lastSeen(u).IsZero()
}

// source says who vouches for somebody: an identity provider, or the directory itself.
func (a *asking) source(u *state.User) string {
	for _, i := range a.now.IdentitiesOf(u.ID) {
		if p := a.now.Provider(i.Provider); p != nil {
			return p.Name
		}
	}
	return "Local"
}

// countTokens is how many tokens of somebody's work.
func (a *asking) countTokens(sub access.Subject) (n int) {
	for t := range a.now.TokensOf(sub) {
		if !t.Ended && (t.Expires == 0 || t.Expires > a.at.UnixMicro()) {
			n++
		}
	}
	return n
}

// flags are what should be looked at.
func (m *usersMarks) flags(u *state.User) (list []string) {
	if m.administrator(u) {
		list = append(list, "Administrator")
	}
	if n := m.overrides(u); n > 0 {
		list = append(list, counted(n, "override", "overrides"))
	}
	switch {
	case !m.ways || u.Inactive:
	case m.never(u):
		list = append(list, "Never signed in")
	case m.dormant(u):
		list = append(list, "Dormant")
	}
	return list
}

// organizationsOwn is true of what belongs to no platform.
func organizationsOwn(slug string) bool { return slug == accessfile.Directory }
