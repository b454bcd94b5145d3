package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/history"
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
	unusedAfter = 90 * 24 * time.Hour // an administrator who did nothing for so long is worth a question
	endsSoon    = 14 * 24 * time.Hour
	mostNamed   = 3  // of those that a concern is about
	mostAsked   = 50 // administrators of whom the last deed is looked for
)

// overview is what there is, and what of it wants attention, as far as the caller sees it.
func (a *asking) overview() (figures []figure, concerns []concern, err error) {
	administrators := a.administrators()
	unused, err := a.unused(administrators)
	if err != nil {
		return nil, nil, err
	}
	people, off, waiting := a.people()
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
	add(a.about(unused, "administrator has done nothing for 90 days", "administrators have done nothing for 90 days"), len(unused))
	ending := a.ending()
	add(a.about(ending, "person or team has a role that ends within 14 days", "people and teams have roles that end within 14 days"), len(ending))
	tokens := a.expiring()
	c := concern{Text: counted(tokens, "token ends within 14 days", "tokens end within 14 days"), Address: "/account#tokens"}
	if a.answers["/tokens"] {
		c.Address = "/tokens?expiring=yes"
	}
	add(c, tokens)
	add(a.about(waiting, "person has never signed in", "people have never signed in"), len(waiting))
	add(concern{Text: counted(off, "person is deactivated", "people are deactivated"), Address: "/users?inactive=only"}, off)
	return []figure{figured(people, "Person", "People", "/users"), figured(teams, "Team", "Teams", "/teams"), figured(platforms, "Platform", "Platforms", "/platforms"),
		figured(len(administrators), "Administrator", "Administrators", "/access")}, concerns, nil
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

// people counts who is active and who is not, and finds whom nothing lets in: no password, no account at a provider, no token
// and no sign-in ever.
func (a *asking) people() (active, off int, waiting []access.Holder) {
	sight := a.view.Over(a.now)
	for id, u := range a.now.Users() {
		h := access.Holder{Kind: access.User, ID: id}
		switch {
		case !sight.SeesSubject(h):
		case u.Inactive:
			off++
		default:
			active++
			if u.Password == "" && len(u.SignedIn) == 0 && len(a.now.IdentitiesOf(id)) == 0 && !a.hasTokenOf(h) {
				waiting = append(waiting, h)
			}
		}
	}
	return active, off, waiting
}

func (a *asking) hasTokenOf(h access.Holder) bool {
	for range a.now.TokensOf(h) {
		return true
	}
	return false
}

// unused are the administrators of whom the history has nothing of late: no sign-in, no change, nothing through a gate. Of those
// with whom it is not known, because the history is still being read, nothing is said.
func (a *asking) unused(administrators map[string][]string) ([]access.Holder, error) {
	var list []access.Holder
	asked := 0
	for id := range administrators {
		u := a.now.User(id)
		if !u.Added.IsZero() && a.at.Sub(u.Added) < unusedAfter || asked == mostAsked {
			continue
		}
		asked++
		found, err := a.History.Trail().List(a.r.Context(), a.now, history.Query{Actors: []string{"user:" + id}, From: a.at.Add(-unusedAfter), Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(found.Rows) > 0 || found.Next != "" {
			continue
		}
		if in, err := a.inOfLate(id); err != nil {
			return nil, err
		} else if !in {
			list = append(list, access.Holder{Kind: access.User, ID: id})
		}
	}
	slices.SortFunc(list, func(x, y access.Holder) int { return cmp.Compare(called(a.now.User(x.ID)), called(a.now.User(y.ID))) })
	return list, nil
}

// inOfLate tells whether a session or a token of somebody was used of late: to look at something leaves no line in the history.
func (a *asking) inOfLate(id string) (bool, error) {
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, id)
	if err != nil {
		return false, err
	}
	for _, s := range open {
		if a.at.Sub(s.Seen) < unusedAfter {
			return true, nil
		}
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return false, err
	}
	for t := range a.now.TokensOf(access.Subject{Kind: access.User, ID: id}) {
		if last, was := used[t.Token]; was && a.at.Sub(last) < unusedAfter {
			return true, nil
		}
	}
	return false, nil
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
