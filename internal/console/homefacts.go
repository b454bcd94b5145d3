package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/state"
)

// A concern is something that wants attention, with the first of those that it is about.
type concern struct {
	Text    string
	Links   []link
	Rest    int    // more than those
	Address string // where all of them are; "" where there is no such page
}

const (
	endsSoon   = 14 * 24 * time.Hour
	mostNamed  = 3   // of those that a concern is about
	mostByName = 200 // people of whom it is asked one by one when they were last there
)

// overview is what there is, and what of it wants attention, as far as the caller sees it.
func (a *asking) overview() (figures []figure, concerns []concern, err error) {
	people, err := a.people()
	if err != nil {
		return nil, nil, err
	}
	sight, teams, platforms := a.view.Over(a.now), 0, 0
	for id := range a.now.Teams() {
		if sight.SeesSubject(access.Holder{Kind: access.Team, ID: id}) {
			teams++
		}
	}
	for _, slug := range a.now.Slugs() {
		if slug != accessfile.Directory && a.view.Sees(slug) {
			platforms++
		}
	}
	add := func(c concern, n int) {
		if n > 0 {
			concerns = append(concerns, c)
		}
	}
	add(a.about(people.dormant, "administrator has done nothing for 90 days", "administrators have done nothing for 90 days"), len(people.dormant))
	ending := a.ending()
	add(a.about(ending, "person or team has a role that ends within 14 days", "people and teams have roles that end within 14 days"), len(ending))
	tokens := a.expiring()
	c := concern{Text: counted(tokens, "token ends within 14 days", "tokens end within 14 days"), Address: "/account#tokens"}
	if a.answers["/tokens"] {
		c.Address = "/tokens?expiring=yes"
	}
	add(c, tokens)
	add(concern{Text: counted(people.never, "person has never signed in", "people have never signed in"), Address: "/users?only=never"}, people.never)
	add(concern{Text: counted(people.off, "person is deactivated", "people are deactivated"), Address: "/users?inactive=only"}, people.off)
	return []figure{figured(people.active, "Person", "People", "/users"), figured(teams, "Team", "Teams", "/teams"), figured(platforms, "Platform", "Platforms", "/platforms"),
		figured(people.administrators, "Administrator", "Administrators", "/users?only=administrators")}, concerns, nil
}

func figured(n int, one, many, address string) figure {
	if n != 1 {
		one = many
	}
	return figure{Number: strconv.Itoa(n), Name: one, Address: address}
}

// about is a concern about holders, named as far as there is room.
func (a *asking) about(all []access.Holder, one, many string) concern {
	c := concern{Text: counted(len(all), one, many)}
	for _, h := range all[:min(len(all), mostNamed)] {
		switch h.Kind {
		case access.User:
			c.Links = append(c.Links, link{Address: "/users/" + h.ID + "/roles", Text: called(a.now.User(h.ID))})
		case access.Team:
			c.Links = append(c.Links, link{Address: "/teams/" + h.ID + "/roles", Text: a.now.Team(h.ID).Name})
		default:
			c.Links = append(c.Links, link{Address: "/service-users/" + h.ID + "/roles", Text: a.now.DisplayName(h)})
		}
	}
	c.Rest = len(all) - len(c.Links)
	return c
}

// homePeople are the people that the caller sees, counted.
type homePeople struct {
	active, off, administrators int
	never                       int             // active people who were never there, where the caller may know
	dormant                     []access.Holder // administrators who were not there for long, likewise
}

// people counts the people that the caller sees.
func (a *asking) people() (c homePeople, err error) {
	sight, self := a.view.Over(a.now), a.caller.Subject.String()
	marks, err := a.marksOf(self)
	if err != nil {
		return c, err
	}
	var asked []*state.User
	for _, u := range a.now.Users() {
		switch {
		case !sight.SeesUser(u):
		case u.Inactive:
			c.off++
		default:
			c.active++
			administers := marks.administrator(u)
			if administers {
				c.administrators++
			}
			if administers || len(u.SignedIn) == 0 {
				asked = append(asked, u)
			}
		}
	}
	if !marks.ways || len(asked) == 0 {
		return c, nil
	}
	var subjects []string
	if len(asked) <= mostByName {
		for _, u := range asked {
			subjects = append(subjects, access.Subject{Kind: access.User, ID: u.ID}.String())
		}
	}
	if marks, err = a.marksOf(subjects...); err != nil {
		return c, err
	}
	for _, u := range asked {
		if marks.never(u) {
			c.never++
		}
		if marks.administrator(u) && marks.dormant(u) {
			c.dormant = append(c.dormant, access.Holder{Kind: access.User, ID: u.ID})
		}
	}
	slices.SortFunc(c.dormant, func(x, y access.Holder) int { return cmp.Compare(called(a.now.User(x.ID)), called(a.now.User(y.ID))) })
	return c, nil
}

// ending are the holders of roles that end soon, the first first.
func (a *asking) ending() []access.Holder {
	var grants []*state.Grant
	for g := range a.view.Over(a.now).SomeGrants(access.Holder{}, "", "") {
		if left := g.Until.Sub(a.at); !g.Until.IsZero() && left > 0 && left < endsSoon {
			grants = append(grants, g)
		}
	}
	slices.SortStableFunc(grants, func(x, y *state.Grant) int { return x.Until.Compare(y.Until) })
	var list []access.Holder
	for _, g := range grants {
		if !slices.Contains(list, g.To) {
			list = append(list, g.To)
		}
	}
	return list
}

// expiring counts the tokens that end soon and that the caller may see.
func (a *asking) expiring() (n int) {
	sight := a.view.OfTokens().Over(a.now)
	for _, t := range a.now.Tokens() {
		left := time.UnixMicro(t.Expires).Sub(a.at)
		if !t.Ended && t.Expires != 0 && left > 0 && left < endsSoon && (t.Holder == a.caller.Subject || sight.SeesSubject(t.Holder)) {
			n++
		}
	}
	return n
}
