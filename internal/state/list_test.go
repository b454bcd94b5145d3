package state

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/rolemodel"
)

// crowd has users of dagster and dbt for every reason that there is, and for none.
func crowd(t *testing.T) *State {
	t.Helper()
	var events []event.Event
	add := func(e ...event.Event) { events = append(events, e...) }
	for slug, edition := range map[string]string{"dagster": "dagster-plus", "dbt": "dbt-enterprise-2024"} {
		hash, err := rolemodel.EditionHash(edition)
		if err != nil {
			t.Fatal(err)
		}
		add(&event.PlatformAttached{Slug: slug, Edition: edition, Hash: hash})
	}
	add(&event.ResourceCreated{Path: "dagster/prod", Number: 1})
	for i := range 40 {
		u := id(UserPrefix, i)
		add(&event.UserAdded{User: u, Number: int32(i + 2), Profile: event.Profile{Email: fmt.Sprintf("u%02d@acme.test", i*7%40), Name: fmt.Sprintf("n%d", i*3%40)}})
		switch i % 10 {
		case 1:
			add(&event.MemberAdded{User: u, Platform: "dagster"})
		case 2:
			add(&event.LicenseSet{User: u, Platform: "dbt", License: "developer"})
		case 3:
			add(&event.GrantAdded{Grant: event.Grant{To: "user:" + u, Role: "viewer", On: "dagster/prod"}})
		case 4: // over
			add(&event.GrantAdded{Grant: event.Grant{To: "user:" + u, Role: "viewer", On: "dagster/prod", Until: 5}})
		case 5: // yet to come
			add(&event.GrantAdded{Grant: event.Grant{To: "user:" + u, Role: "viewer", On: "dagster/prod", From: 9e15}})
		case 6:
			add(&event.MemberAdded{User: u, Platform: "dbt"}, &event.UserDeactivated{User: u})
		}
	}
	team, former := id(TeamPrefix, 1), id(TeamPrefix, 2)
	add(&event.TeamCreated{Team: team, Name: "data", Members: []string{id(UserPrefix, 1), id(UserPrefix, 7), id(UserPrefix, 17)}},
		&event.TeamCreated{Team: former, Name: "former", Members: []string{id(UserPrefix, 8)}},
		&event.GrantAdded{Grant: event.Grant{To: "team:" + team, Role: "editor", On: "dagster"}},
		&event.GrantAdded{Grant: event.Grant{To: "team:" + former, Role: "editor", On: "dagster", Until: 5}})
	return folded(t, events...)
}

// TestPagesOfUsersAreThoseWhoAreAskedFor compares every page with the list of everybody, of whom each is asked alone.
func TestPagesOfUsersAreThoseWhoAreAskedFor(t *testing.T) {
	s := crowd(t)
	for _, slug := range s.Slugs() {
		for _, u := range s.Users() {
			quiet := *u
			quiet.On = nil
			if got, want := s.Implied(u, slug), s.Concerns(&quiet, slug, s.At); got != want {
				t.Errorf("%s is implied on %s: %v, want %v", u.Email, slug, got, want)
			}
		}
	}
	for n := range 2 * 2 * 3 * 3 * 2 {
		q := UserQuery{Sort: []string{"name", "email"}[n%2], Text: []string{"", "1"}[n/2%2], Platform: []string{"", "dagster", "dbt"}[n/4%3],
			Status: []string{"", "active", "inactive"}[n/12%3], Team: []string{"", id(TeamPrefix, 1)}[n/36%2], Limit: 3}
		var want []string
		for _, u := range s.Users() {
			switch {
			case q.Text != "" && !strings.Contains(u.Name+u.Email, q.Text), q.Team != "" && !slices.Contains(u.Teams, q.Team),
				q.Status != "" && u.Inactive != (q.Status == "inactive"), q.Platform != "" && !s.Concerns(u, q.Platform, s.At):
				continue
			}
			want = append(want, map[string]string{"name": u.Name + " ", "email": ""}[q.Sort]+u.Email)
			if !s.Selects(&q, u) {
				t.Errorf("%+v does not select %s", q, u.Email)
			}
		}
		slices.Sort(want)
		var got []string
		for {
			page := s.ListUsers(q)
			if page.Total != len(want) {
				t.Fatalf("%+v counts %d, want %d", q, page.Total, len(want))
			}
			for _, u := range page.Users {
				got = append(got, map[string]string{"name": u.Name + " ", "email": ""}[q.Sort]+u.Email)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v lists\n%v, want\n%v", q, got, want)
		}
	}
}

// TestAMembershipIsFoundAnewAfterAChange: what was found out about a state is not kept for the next one.
func TestAMembershipIsFoundAnewAfterAChange(t *testing.T) {
	s := crowd(t)
	u := s.User(id(UserPrefix, 9))
	if s.Implied(u, "dagster") {
		t.Fatal("a member already")
	}
	e := s.Edit()
	grant := &event.GrantAdded{Grant: event.Grant{To: access.Holder{Kind: access.User, ID: u.ID}.String(), Role: "viewer", On: "dagster"}}
	if err := e.Fold(Row{Revision: s.Revision + 1, Epoch: 1, At: s.At, Event: grant}); err != nil {
		t.Fatal(err)
	}
	if !e.Directory().Implied(u, "dagster") {
		t.Error("not a member while it is edited")
	}
	next, err := e.State()
	if err != nil || !next.Implied(u, "dagster") || s.Implied(u, "dagster") {
		t.Errorf("a member before %v, after %v: %v", s.Implied(u, "dagster"), next.Implied(u, "dagster"), err)
	}
}
