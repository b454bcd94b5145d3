package console

import (
	"cmp"
	"net/http"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/state"
)

// userContent is what is shown of one person.
type userContent struct {
	client.User
	Platforms []platformRoles
	Find      string
	Finds     bool // there is something to find
	MayRemove bool
}

// person finds whom a page is about. Somebody of whom nothing may be seen is not there.
func (a *asking) person() (*state.User, error) {
	u := a.now.User(a.r.PathValue("user"))
	if u == nil || !a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.User, ID: u.ID}) {
		return nil, fault.New(fault.NotFound, "there is nobody of that name whom you may see").Rather("look for them in the list of users")
	}
	return u, nil
}

// user shows one person.
func (a *asking) user() error {
	u, err := a.person()
	if err != nil {
		return err
	}
	h := a.holdingsOf(u)
	c := userContent{User: inquiry.ShowUser(a.view.Over(a.now), u), Platforms: h.platforms(), Find: a.query("find"), MayRemove: a.mayOperate(access.OpMemberRemove)}
	for _, p := range c.Platforms {
		c.Finds = c.Finds || slices.ContainsFunc(p.Rows, func(r placeRow) bool { return r.Rest > 0 })
	}
	c.Finds = c.Finds || c.Find != ""
	a.render(http.StatusOK, "/users", "user", page{Title: called(u), Content: c})
	return nil
}

// removeUser removes somebody from the organization, after its prompt.
func (a *asking) removeUser() error {
	u, err := a.person()
	if err != nil {
		return err
	}
	p := proposal{Title: "Remove " + called(u) + "?", Save: "Remove user", Danger: true, Part: "/users", Back: "/users/" + u.ID + "/roles", Then: "/users",
		Commands: []client.Command{client.UserRemove{User: u.ID}}}
	for _, i := range a.now.IdentitiesOf(u.ID) {
		if pr := a.now.Provider(i.Provider); pr != nil {
			p.Warning = "Remember that " + cmp.Or(pr.Name, "the identity provider") + " still has this person. Remove them there too, or they can come back by signing in."
		}
	}
	return a.propose(p)
}
