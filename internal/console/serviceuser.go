package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// serviceUserContent is what is shown of one service user.
type serviceUserContent struct {
	*state.ServiceUser
	Address      string
	Platforms    []platformRoles
	Find         string
	Finds        bool // there is something to find
	Tokens       []tokenRow
	TokensSeen   bool
	By           string              // who added it, to whoever may read the audit log; "" where that is not known
	EditReason   string              // why the caller cannot edit it; "" where they can
	RemoveReason string              // why the caller cannot remove it
	TokensReason string              // why the caller cannot make tokens for it
	Typed        *client.ServiceUser // what was typed and not saved
}

// serviceUser finds the service user that a page is about. One of which nothing may be seen is not there.
func (a *asking) serviceUser() (*state.ServiceUser, error) {
	u := a.now.ServiceUser(a.r.PathValue("service"))
	if u == nil || !a.view.Over(a.now).SeesSubject(access.Subject{Kind: access.ServiceUser, ID: u.ID}) {
		return nil, fault.New(fault.NotFound, "there is no service user of that name that you may see").Rather("look for it in the list of service users")
	}
	return u, nil
}

// serviceHoldings are a service user's grants. It is in no team.
func (a *asking) serviceHoldings(u *state.ServiceUser) *holdings {
	return a.held(&holdings{name: u.Name, base: "/service-users/" + url.PathEscape(u.ID), part: "/service-users",
		subject: access.Subject{Kind: access.ServiceUser, ID: u.ID}}, nil)
}

// showServiceUser shows one service user.
func (a *asking) showServiceUser() error {
	u, err := a.serviceUser()
	if err != nil {
		return err
	}
	return a.serviceUserPage(u, http.StatusOK, nil, nil)
}

// serviceUserPage shows a service user, with what was typed about it and what was wrong with that.
func (a *asking) serviceUserPage(u *state.ServiceUser, status int, typed *client.ServiceUser, problem error) error {
	h := a.serviceHoldings(u)
	c := serviceUserContent{ServiceUser: u, Address: h.base, Platforms: h.platforms(), Find: a.query("find"), Typed: typed}
	c.EditReason = a.programReason(h.subject, access.OpServiceUserManage, "manage this service user")
	c.RemoveReason = a.removeReason(u)
	c.TokensReason = a.issueReason("svc", h.subject)
	for _, p := range c.Platforms {
		c.Finds = c.Finds || slices.ContainsFunc(p.Rows, func(r placeRow) bool { return r.Rest > 0 })
	}
	c.Finds = c.Finds || c.Find != ""
	if typed == nil {
		c.Typed = &client.ServiceUser{Name: u.Name, Description: u.Description}
	}
	var err error
	if c.By, err = a.addedBy(u); err != nil {
		return err
	}
	if c.Tokens, c.TokensSeen, err = a.tokensOf(h.subject); err != nil {
		return err
	}
	return a.filled(status, "/service-users", "serviceuser", u.Name, c, problem)
}

// addedBy says who added a service user, to whoever may read that in the audit log.
func (a *asking) addedBy(u *state.ServiceUser) (string, error) {
	within, err := a.asker().AuditWithin()
	if err != nil || within != nil { // a service user belongs to no platform
		return "", nil //nolint:nilerr // it is not the caller's to know, and no error of the page
	}
	found, err := a.History.Trail().List(a.r.Context(), a.now, history.Query{Actions: []string{"service_user.created"}, Targets: []string{u.ID}, Limit: 1})
	if err != nil || len(found.Rows) == 0 {
		return "", err
	}
	return subjectInWords(found.Rows[0].Actor), nil
}

// editServiceUser saves the name and the description of a service user.
func (a *asking) editServiceUser() error {
	u, err := a.serviceUser()
	if err != nil {
		return err
	}
	typed := &client.ServiceUser{Name: strings.TrimSpace(a.r.PostForm.Get("name")), Description: strings.TrimSpace(a.r.PostForm.Get("description"))}
	at := "/service-users/" + u.ID + "/roles"
	err = a.propose(proposal{Title: "Save " + u.Name + "?", Save: "Save", Part: "/service-users", Back: at, Then: at,
		Commands: []client.Command{client.ServiceUserUpdate{ServiceUser: u.ID, Name: &typed.Name, Description: &typed.Description}}})
	if mendable(err) {
		return a.serviceUserPage(u, http.StatusUnprocessableEntity, typed, err)
	}
	return err
}

// removeServiceUser removes a service user, after its prompt: who loses what, and which tokens end.
func (a *asking) removeServiceUser() error {
	u, err := a.serviceUser()
	if err != nil {
		return err
	}
	p := proposal{Title: "Remove " + u.Name + "?", Save: "Remove service user", Danger: true, Part: "/service-users", Back: "/service-users/" + u.ID + "/roles",
		Then: "/service-users", Commands: []client.Command{client.ServiceUserDelete{ServiceUser: u.ID}},
		Warning: "Its tokens end at once, and whatever signs in with them is refused."}
	tokens, seen, err := a.tokensOf(access.Subject{Kind: access.ServiceUser, ID: u.ID})
	if err != nil {
		return err
	}
	var ending []string
	for i := range tokens {
		if tokens[i].State == "active" {
			ending = append(ending, tokens[i].named())
		}
	}
	switch {
	case len(ending) > 0:
		with := map[bool]string{true: "it", false: "them"}[len(ending) == 1]
		p.Warning = counted(len(ending), "token ends", "tokens end") + " at once, and whatever signs in with " + with + " is refused: " + strings.Join(ending, ", ") + "."
	case seen:
		p.Warning = "It has no token that works."
	}
	return plainly(a.propose(p), a.removeReason(u))
}

// removeReason says why the caller cannot remove a service user; "" where nothing speaks against it.
func (a *asking) removeReason(u *state.ServiceUser) string {
	h := access.Holder{Kind: access.ServiceUser, ID: u.ID}
	return cmp.Or(a.programReason(h, access.OpServiceUserManage, "manage this service user"), a.beyondReason(h, "remove this service user", "take away"))
}

// beyondReason says which role of a program's is beyond the caller, who gives or takes what it has with something; "" where none is.
func (a *asking) beyondReason(h access.Holder, what, role string) string {
	g := change.Beyond(a.now, a.actor(), h, a.at)
	switch {
	case g == nil:
		return ""
	case !a.view.Sees(g.On):
		return "You may not " + what + ": it has roles where you may not."
	}
	return "You may not " + what + ": it has " + a.titleOfRole(g.On, g.Role) + " on " + g.On + ", which you may not " + role + "."
}

// programReason says why the caller cannot do something with a service user or an agent; "" where nothing speaks against it.
func (a *asking) programReason(h access.Holder, operation, what string) string {
	return a.holderReason(h, "users.manage", operation, what)
}

// serviceUsersExist tells whether there can be service users at all: on a platform whose plan has them.
func (a *asking) serviceUsersExist() bool {
	return slices.ContainsFunc(a.now.Slugs(), func(slug string) bool {
		p := a.now.Platform(slug)
		return slug != accessfile.Directory && p != nil && !withoutInPlan(p, "service_users") && slices.ContainsFunc(p.Model.Roles, func(r access.Role) bool {
			return slices.Contains(r.Holders, access.ServiceUser)
		})
	})
}

// withoutInPlan tells whether a platform's plan leaves something out.
func withoutInPlan(p *state.Platform, what string) bool {
	i := slices.IndexFunc(p.Model.Plans, func(q access.Plan) bool { return q.Name == p.Plan })
	return i >= 0 && slices.Contains(p.Model.Plans[i].Without, what)
}
