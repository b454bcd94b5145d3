package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
)

// usersContent is the list of users.
type usersContent struct {
	Lines                 []userLine
	Total                 int
	Query, Platform, Team string
	Inactive              string // "only", or "" for active people
	Platforms             []string
	Every                 bool   // all of them can be asked for at once
	Next                  string // address of the next page
	Filtered              bool
	MayAdd                bool
	WhyNot                string // nobody can be added: to whoever could else
}

// A userLine is a person in the list.
type userLine struct {
	client.User
	Initials string
	Roles    []chip
}

// A chip is a short fact in a list: "prod Editor".
type chip struct{ Where, What string }

// users lists people.
func (a *asking) users() error {
	c := usersContent{Query: a.query("query"), Platform: a.query("platform"), Team: a.query("team"), Inactive: a.query("inactive")}
	c.Filtered = c.Query+c.Platform+c.Team+c.Inactive != ""
	c.Every, c.Platforms = a.view.All(), a.view.Platforms()
	if c.Every {
		c.Platforms = a.now.Slugs()
	} else if c.Platform == "" && len(c.Platforms) > 0 { // who sees platforms only has a list of each
		c.Platform = c.Platforms[0]
	}
	active := c.Inactive != "only"
	p, err := a.page("users", c.Query, c.Platform, c.Team, c.Inactive)
	if err != nil {
		return err
	}
	found, err := a.asker().Users(client.UserQuery{Query: c.Query, Platform: c.Platform, Team: c.Team, Active: &active}, p)
	if err != nil {
		return err
	}
	for _, u := range found.Users {
		c.Lines = append(c.Lines, userLine{User: u, Initials: initials(cmp.Or(u.Name, u.Email)), Roles: a.chips(u)})
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = with("/users", "query", c.Query, "platform", c.Platform, "team", c.Team, "inactive", c.Inactive, "after", found.Next)
	}
	if _, why := a.adding(); why == "" {
		c.MayAdd = true
	} else {
		c.WhyNot = why
	}
	a.render(http.StatusOK, "/users", "users", page{Title: "Users", Content: c})
	return nil
}

// mayOperate tells whether the caller may carry out an operation on any platform.
func (a *asking) mayOperate(operation string) bool {
	return slices.ContainsFunc(a.now.Slugs(), func(slug string) bool { return a.view.MayOperate(slug, operation) })
}

// mostChips is how many roles a line of the list shows.
const mostChips = 3

// chips are the roles that say most about a person: those with the most permissions first, each place once.
func (a *asking) chips(u client.User) []chip {
	var teams []string
	if known := a.now.User(u.ID); known != nil {
		teams = known.Teams
	}
	return a.chipsOf(a.view.Over(a.now).Held(access.Subject{Kind: access.User, ID: u.ID}, teams))
}

// chipsOf are the roles that say most of those that somebody holds.
func (a *asking) chipsOf(held []client.HeldGrant) []chip {
	weights := map[string]int{}
	for _, g := range held {
		if role := access.SlugOf(g.On) + " " + g.Role; weights[role] == 0 {
			weights[role] = a.weight(g)
		}
	}
	weight := func(g client.HeldGrant) int { return weights[access.SlugOf(g.On)+" "+g.Role] }
	slices.SortStableFunc(held, func(x, y client.HeldGrant) int {
		return cmp.Or(weight(y)-weight(x), strings.Compare(x.On, y.On))
	})
	var list []chip
	seen := map[string]bool{}
	for _, g := range held {
		if seen[g.On] {
			continue
		}
		seen[g.On] = true
		list = append(list, chip{Where: g.On, What: a.roleTitle(g)})
	}
	if len(list) > mostChips {
		rest := len(list) - mostChips
		list = append(list[:mostChips], chip{What: "+" + strconv.Itoa(rest)})
	}
	return list
}

// weight is how much a role gives.
func (a *asking) weight(g client.HeldGrant) int {
	return len(a.permissionsOf(access.SlugOf(g.On), g.Role))
}

// role is the built-in or custom role of a grant.
func (a *asking) role(g client.HeldGrant) *access.Role {
	slug := access.SlugOf(g.On)
	if r := a.now.Role(slug, g.Role); r != nil {
		return &r.Role
	}
	if p := a.now.Platform(slug); p != nil {
		return p.Model.Role(g.Role)
	}
	return nil
}

func (a *asking) roleTitle(g client.HeldGrant) string {
	if r := a.role(g); r != nil && r.Title != "" {
		return r.Title
	}
	return g.Role
}
