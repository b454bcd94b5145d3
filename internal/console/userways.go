package console

import (
	"net/http"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/history"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// waysContent is how somebody gets in, and when they were there.
type waysContent struct {
	userHead
	Self     bool
	Reason   string // why the caller cannot change any of it; "" where they can
	GetsIn   []string
	Sessions []sessionLine
	Last     time.Time // of the sessions
	Used     []platformUse
	Vouched  string // the identity provider that has the person; ""
}

// A platformUse is when somebody last used a platform, as far as its gates and doors keep that.
type platformUse struct {
	Product, Slug string
	Entered       bool // they have signed in there
	Last          time.Time
}

// wayOut finds the person whose ways in are asked for, if those are the caller's to see.
func (a *asking) wayIn() (*state.User, error) {
	u, err := a.person()
	if err != nil {
		return nil, err
	}
	if !a.seesWays() && !a.isSelf(u) {
		return nil, sight.Forbidden("how others sign in is not yours to see", "it needs users.manage or audit.read at org, or the top role on every attached platform")
	}
	return u, nil
}

// ways shows how somebody gets in.
func (a *asking) ways() error {
	u, err := a.wayIn()
	if err != nil {
		return err
	}
	c := waysContent{Self: a.isSelf(u), Vouched: a.vouchedBy(u)}
	if c.userHead, err = a.headOfUser(u, "signin"); err != nil {
		return err
	}
	if !a.view.GovernsIdentities("users.manage") {
		c.Reason = "You may look at this only: changing it takes users.manage at org, or the top role on every platform."
	}
	for _, way := range change.WaysIn(a.now, u, a.at) {
		c.GetsIn = append(c.GetsIn, map[string]string{"password": "With a password", "provider": "With " + a.vouchedBy(u), "token": "With a token", "link": "With a one-time link that was sent"}[way])
	}
	open, err := a.Desk.ListSessions(a.r.Context(), a.caller.Organization, u.ID)
	if err != nil {
		return err
	}
	for _, s := range open {
		c.Sessions = append(c.Sessions, sessionLine{ID: s.ID, Method: methodInWords(a.now, s.Method), Agent: browser(s.Agent), Address: s.Address, Gate: s.Gate,
			Started: s.Started, Seen: s.Seen, Here: s.ID == a.caller.Session})
		if s.Seen.After(c.Last) {
			c.Last = s.Seen.UTC()
		}
	}
	if !c.Self {
		a.note("sessions.read", "allowed", "how somebody signs in was read")
	}
	if c.Used, err = a.usedBy(u); err != nil {
		return err
	}
	a.render(http.StatusOK, "/users", "userways", page{Title: called(u), Content: c})
	return nil
}

// usedBy says when somebody last used each platform that they belong to.
func (a *asking) usedBy(u *state.User) ([]platformUse, error) {
	var list []platformUse
	for _, slug := range a.now.Slugs() {
		if organizationsOwn(slug) || !a.view.Sees(slug) || !a.now.Concerns(u, slug, a.at) {
			continue
		}
		use := platformUse{Product: a.now.Platform(slug).Model.Product, Slug: slug, Entered: slices.Contains(u.SignedIn, slug)}
		found, err := a.History.Trail().List(a.r.Context(), a.now, history.Query{Actors: []string{access.Subject{Kind: access.User, ID: u.ID}.String()}, Platform: slug, Activity: true, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(found.Rows) > 0 {
			use.Last = found.Rows[0].Time
		}
		list = append(list, use)
	}
	return list, nil
}

// endUserSessions signs somebody out everywhere.
func (a *asking) endUserSessions() error {
	return a.aboutWays(func(u *state.User) proposal {
		return proposal{Title: "End all sessions of " + called(u) + "?", Save: "End all sessions", Danger: true, Warning: "They are signed out everywhere at once. They can sign in again.",
			Commands: []client.Command{client.SessionsEnd{User: u.ID}}}
	})
}

// deactivateUser takes everything from somebody, for as long as they are deactivated.
func (a *asking) deactivateUser() error {
	return a.aboutWays(func(u *state.User) proposal {
		return proposal{Title: "Deactivate " + called(u) + "?", Save: "Deactivate user", Danger: true,
			Warning:  "Their sessions, links and tokens end for good, and so do the tokens that they made for service users and agents. Their roles stay written, and count again when they are reactivated.",
			Commands: []client.Command{client.UserDeactivate{User: u.ID}}}
	})
}

// reactivateUser ends a deactivation.
func (a *asking) reactivateUser() error {
	return a.aboutWays(func(u *state.User) proposal {
		return proposal{Title: "Reactivate " + called(u) + "?", Save: "Reactivate user", Warning: "Their roles count again. Sessions and tokens that ended do not come back.",
			Commands: []client.Command{client.UserReactivate{User: u.ID}}}
	})
}

// aboutWays proposes a change of how somebody gets in.
func (a *asking) aboutWays(what func(*state.User) proposal) error {
	u, err := a.wayIn()
	if err != nil {
		return err
	}
	p := what(u)
	p.Part, p.Back, p.Then = "/users", "/users/"+u.ID+"/signin", "/users/"+u.ID+"/signin"
	return a.propose(p)
}
