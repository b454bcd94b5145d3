package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// usersContent is the list of users.
type usersContent struct {
	Lines                 []userLine
	Total                 int
	Query, Platform, Team string
	Inactive              string // "only", or "" for active people
	Only                  string // one of the saved filters, or ""
	Filters               []place
	Platforms             []string
	Every                 bool   // all of them can be asked for at once
	Ways                  bool   // the caller may see how others get in, and when they were there
	Next                  string // address of the next page
	Filtered              bool
	MayAdd, MayAddService bool
	WhyNot                string // nobody can be added: to whoever could else
}

// A userLine is a person in the list.
type userLine struct {
	client.User
	Initials string
	Highest  *chip // what gives most
	Roles    []chip
	More     int // roles that are not shown
	Source   string
	Seen     time.Time
	Tokens   int
	Flags    []string
}

// A chip is a short fact in a list: "prod Editor".
type chip struct{ Where, What string }

// users lists people.
func (a *asking) users() error {
	c := usersContent{Query: a.query("query"), Platform: a.query("platform"), Team: a.query("team"), Inactive: a.query("inactive"), Only: a.query("only"), Ways: a.seesWays()}
	c.Filtered = c.Query+c.Platform+c.Team+c.Inactive+c.Only != ""
	c.Every, c.Platforms = a.view.All(), a.view.Platforms()
	if c.Every {
		c.Platforms = slices.DeleteFunc(a.now.Slugs(), organizationsOwn)
	} else if c.Platform == "" && len(c.Platforms) > 0 { // who sees platforms only has a list of each
		c.Platform = c.Platforms[0]
	}
	that, err := c.filter(a)
	if err != nil {
		return err
	}
	active := c.Inactive != "only"
	p, err := a.page("users", c.Query, c.Platform, c.Team, c.Inactive, c.Only)
	if err != nil {
		return err
	}
	found, err := a.asker().UsersThat(client.UserQuery{Query: c.Query, Platform: c.Platform, Team: c.Team, Active: &active}, p, that)
	if err != nil {
		return err
	}
	if c.Lines, err = a.userLines(found.Users); err != nil {
		return err
	}
	c.Total = found.Total
	if found.Next != "" {
		c.Next = c.address("after", found.Next)
	}
	_, c.WhyNot = a.adding()
	c.MayAdd, c.MayAddService = c.WhyNot == "", a.serviceUsersExist() && a.addServiceReason() == ""
	a.render(http.StatusOK, "/users", "users", page{Title: "Users", Content: &c})
	return nil
}

// address is that of the list as it is, with something more.
func (c *usersContent) address(more ...string) string {
	return with("/users", append([]string{"query", c.Query, "platform", c.Platform, "team", c.Team, "inactive", c.Inactive, "only", c.Only}, more...)...)
}

// Kept is what a search keeps of the list.
func (c *usersContent) Kept() map[string]string {
	return map[string]string{"team": c.Team, "inactive": c.Inactive, "only": c.Only}
}

// filter finds the saved filter that is asked for, and the links to all.
func (c *usersContent) filter(a *asking) (that func(*state.User) bool, err error) {
	link := func(title, only, inactive string) {
		other := usersContent{Query: c.Query, Platform: c.Platform, Team: c.Team, Inactive: inactive, Only: only}
		c.Filters = append(c.Filters, place{Address: other.address(), Name: title, Here: c.Only == only && c.Inactive == inactive})
	}
	link("Everybody active", "", "")
	for _, f := range savedFilters() {
		if f.ways && !c.Ways {
			continue
		}
		link(f.Title, f.Name, "")
		if f.Name != c.Only {
			continue
		}
		marks, err := a.marksOf() // of everybody
		if err != nil {
			return nil, err
		}
		that = func(u *state.User) bool { return f.that(marks, u) }
	}
	link("Deactivated", "", "only")
	if c.Only != "" && that == nil {
		return nil, fault.New(fault.NotFound, "there is no list of users %q that you may see", c.Only).Rather("choose one of the links above the list")
	}
	return that, nil
}

// userLines are people as the list shows them.
func (a *asking) userLines(users []client.User) ([]userLine, error) {
	subjects := make([]string, len(users))
	for i := range users {
		subjects[i] = access.Subject{Kind: access.User, ID: users[i].ID}.String()
	}
	if len(users) == 0 {
		return nil, nil
	}
	marks, err := a.marksOf(subjects...)
	if err != nil {
		return nil, err
	}
	lines := make([]userLine, 0, len(users))
	for i := range users {
		line := userLine{User: users[i], Initials: initials(cmp.Or(users[i].Name, users[i].Email)), Roles: a.chips(users[i])}
		if len(line.Roles) > 0 {
			line.Highest, line.Roles = &line.Roles[0], line.Roles[1:]
		}
		if line.More = max(0, len(line.Roles)-mostBeside); line.More > 0 {
			line.Roles = line.Roles[:mostBeside]
		}
		if u := a.now.User(users[i].ID); u != nil {
			line.Source, line.Flags = a.source(u), marks.flags(u)
			if marks.ways {
				line.Seen, line.Tokens = marks.lastSeen(u), a.countTokens(access.Subject{Kind: access.User, ID: u.ID})
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// mayOperate tells whether the caller may carry out an operation on any platform.
func (a *asking) mayOperate(operation string) bool {
	return slices.ContainsFunc(a.now.Slugs(), func(slug string) bool { return a.view.MayOperate(slug, operation) })
}

// mostBeside is how many roles a line of the list of users shows beside the highest.
const mostBeside = 1

// mostChips is how many roles a line of a list shows.
const mostChips = 3

// chips are the roles that say most about a person: those with the most permissions first, each place once.
func (a *asking) chips(u client.User) []chip {
	var teams []string
	if known := a.now.User(u.ID); known != nil {
		teams = known.Teams
	}
	return a.allChips(a.view.Over(a.now).Held(access.Subject{Kind: access.User, ID: u.ID}, teams))
}

// chipsOf are the roles that say most of those that somebody holds, and how many more there are.
func (a *asking) chipsOf(held []client.HeldGrant) []chip {
	list := a.allChips(held)
	if len(list) > mostChips {
		rest := len(list) - mostChips
		list = append(list[:mostChips], chip{What: "+" + strconv.Itoa(rest)})
	}
	return list
}

// allChips are all roles that somebody holds, those with the most permissions first, each place once.
func (a *asking) allChips(held []client.HeldGrant) []chip {
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
