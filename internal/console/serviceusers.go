package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
)

// serviceUsersContent is the list of service users.
type serviceUsersContent struct {
	Lines       []*serviceUserLine
	Total       int
	Query, Next string
	AddReason   string // why the caller cannot add one; "" where they can
}

// A serviceUserLine is a service user in the list.
type serviceUserLine struct {
	client.ServiceUser
	Roles []chip
	Used  time.Time // the last time that one of its tokens was used; zero: never, or not the caller's to see
}

// CountTokens is how many of its tokens work.
func (l *serviceUserLine) CountTokens() int { return *l.Tokens }

// serviceUsers lists service users.
func (a *asking) serviceUsers() error {
	c := serviceUsersContent{Query: a.query("query"), AddReason: a.addServiceReason()}
	p, err := a.page("service_users", c.Query)
	if err != nil {
		return err
	}
	found, err := a.asker().ServiceUsers(client.ServiceUserQuery{Query: c.Query}, p)
	if err != nil {
		return err
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return err
	}
	sight := a.view.Over(a.now)
	for _, u := range found.ServiceUsers {
		h := access.Holder{Kind: access.ServiceUser, ID: u.ID}
		line := &serviceUserLine{ServiceUser: u, Roles: a.chipsOf(sight.Held(h, nil))}
		for t := range a.now.TokensOf(h) {
			if last := used[t.Token]; u.Tokens != nil && last.After(line.Used) {
				line.Used = last
			}
		}
		c.Lines = append(c.Lines, line)
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = with("/service-users", "query", c.Query, "after", found.Next)
	}
	a.render(http.StatusOK, "/service-users", "serviceusers", page{Title: "Service users", Content: c})
	return nil
}

// addServiceReason says why the caller cannot add a service user; "" where they can.
func (a *asking) addServiceReason() string {
	switch {
	case a.view.GovernsIdentities("users.manage"), a.mayOperate(access.OpServiceUserManage):
		return ""
	case !a.serviceUsersExist():
		return "There are no service users on the plans that you have."
	}
	return "You may not add service users: on a platform that takes what its edition asks for, usually an administrator's role there."
}

// showAddService asks for a new service user.
func (a *asking) showAddService() error { return a.addServiceForm(http.StatusOK, nil) }

// addServiceForm shows the form as it was filled in, and what was wrong with that.
func (a *asking) addServiceForm(status int, problem error) error {
	if why := a.addServiceReason(); why != "" {
		return refusal(why)
	}
	c := client.ServiceUser{Name: strings.TrimSpace(a.r.PostForm.Get("name")), Description: strings.TrimSpace(a.r.PostForm.Get("description"))}
	return a.filled(status, "/service-users", "serviceuseradd", "Add new service user", c, problem)
}

// addServiceUser adds a service user. Its page follows, where it gets its roles and its first token.
func (a *asking) addServiceUser() error {
	name, description := strings.TrimSpace(a.r.PostForm.Get("name")), strings.TrimSpace(a.r.PostForm.Get("description"))
	err := a.propose(proposal{Title: "Add the service user " + name + "?", Save: "Add service user", Part: "/service-users", Back: "/service-users/add",
		Then: with("/service-users", "query", name), Commands: []client.Command{client.ServiceUserCreate{ServiceUser: name, Description: description}}})
	if mendable(err) {
		return a.addServiceForm(http.StatusUnprocessableEntity, err)
	}
	return err
}

// tokensOf lists the tokens of a subject, newest first, without those that were revoked; seen is false where they are not the
// caller's to see.
func (a *asking) tokensOf(h access.Subject) (list []tokenRow, seen bool, err error) {
	tokens := a.view.OfTokens().Over(a.now)
	if h != a.caller.Subject && (tokens.None() || !tokens.SeesSubject(h)) {
		return nil, false, nil
	}
	used, err := a.TokensUsed(a.r.Context(), a.caller.Organization)
	if err != nil {
		return nil, false, err
	}
	for t := range a.now.TokensOf(h) {
		if !t.Ended || t.Suspended {
			list = append(list, a.tokenRow(tokens, t, used))
		}
	}
	slices.SortFunc(list, func(x, y tokenRow) int { return int(y.Number) - int(x.Number) })
	return list, true, nil
}
