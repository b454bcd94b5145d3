package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
)

// newTokenContent is the form for a token.
type newTokenContent struct {
	For                                     string // whose it becomes: "user:usr_…", "service_user:svc_…", "agent:agt_…", "agent:@new"
	Who, Kind, Description, On, As, Expires string
	Holders                                 []holderGroup // whose it can become
	Kinds                                   []fact
	Places                                  []fact
	Roles                                   []roleChoices
	Lives                                   []fact
	Reason                                  string // why the caller cannot make one for them; "" where they can
	Once                                    string
	Agent                                   bool // that is new with its token
}

// A holderGroup is a heading of those whose a new token can become.
type holderGroup struct {
	Title   string
	Holders []fact
}

// roleChoices are the roles of a platform to whose permissions a token can be narrowed.
type roleChoices struct {
	Product string
	Roles   []fact
}

// everything is the choice not to narrow a token.
const everything = "everything"

// mostHolders bounds how many service users and agents a form lists.
const mostHolders = 200

// lives are how long a token can last, in days. One that never ends is for programs only: a person's end with care for them.
func lives(kind string) []fact {
	list := []fact{{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"365", "a year"}}
	if kind != "user" {
		list = append(list, fact{"never", "never"})
	}
	return list
}

// newToken asks for a new token.
func (a *asking) newToken() error { return a.newTokenForm(http.StatusOK, nil) }

// tokenFor finds whose the new token becomes; without a choice it is the caller's own.
func (a *asking) tokenFor(text string) (h access.Subject, fresh bool, err error) {
	switch text {
	case "", access.User.String() + ":me":
		return a.caller.Subject, false, nil
	case client.NewAgent:
		return access.Subject{Kind: access.Agent}, true, nil
	}
	kind, name, _ := strings.Cut(text, ":")
	h, exists := inquiry.Named(a.now, access.ParseHolderKind(kind), name)
	if !exists || h != a.caller.Subject && !a.view.Over(a.now).SeesSubject(h) {
		return h, false, fault.New(fault.NotFound, "there is nobody of that name for whom you could make a token").Rather("choose one of the list")
	}
	return h, false, nil
}

// newTokenForm shows the form as it was filled in, and what was wrong with that.
func (a *asking) newTokenForm(status int, problem error) error {
	field := func(name string) string { return cmp.Or(a.r.PostForm.Get(name), a.query(name)) }
	h, fresh, err := a.tokenFor(field("for"))
	if err != nil {
		return err
	}
	c := newTokenContent{For: h.String(), Description: field("description"), On: field("on"), As: field("as"), Expires: cmp.Or(field("expires"), "90"), Once: once(), Agent: fresh}
	c.Kinds = a.kindsFor(h)
	if c.Kind = field("kind"); c.Kind == "" && len(c.Kinds) > 0 {
		c.Kind = c.Kinds[0].Name
	}
	if fresh {
		c.For, c.Who, c.Reason = client.NewAgent, "a new agent", a.newAgentReason()
		c.Places = a.agentPlaces()
	} else {
		c.Who, _ = a.whoHolds(h)
		c.Reason = a.issueReason(c.Kind, h)
		c.Places, c.Roles = a.narrowings(h)
		if c.On == "" && c.As == "" {
			c.On, c.As = a.lessThanAll(&c)
		}
	}
	if h == a.caller.Subject {
		c.Who = "you"
	}
	c.Lives = lives(c.Kind)
	if c.Holders, err = a.possibleHolders(); err != nil {
		return err
	}
	return a.filled(status, "/tokens", "tokennew", "Create a token", c, problem)
}

// lessThanAll is what a token is narrowed to where nobody has said: the least role that there can be at the first place.
func (a *asking) lessThanAll(c *newTokenContent) (on, as string) {
	if len(c.Places) < 2 {
		return everything, everything
	}
	on = c.Places[1].Name
	p := a.now.Platform(access.SlugOf(on))
	for _, of := range c.Roles {
		for _, choice := range of.Roles {
			slug, name, _ := strings.Cut(choice.Name, ":")
			if slug == p.Slug && slices.Contains(p.Model.Role(name).At, p.Model.KindOf(on)) {
				return on, choice.Name
			}
		}
	}
	return on, everything
}

// kindsFor are the kinds of tokens that the caller may make for somebody.
func (a *asking) kindsFor(h access.Subject) (list []fact) {
	kinds := map[access.HolderKind][]string{access.User: {"user"}, access.ServiceUser: {"svc", "scim", "gate"}, access.Agent: {"agent"}}[h.Kind]
	for i, kind := range kinds {
		if i == 0 || a.issueReason(kind, h) == "" {
			list = append(list, fact{kind, kindTitle(kind)})
		}
	}
	return list
}

// possibleHolders are those for whom the caller may make tokens.
func (a *asking) possibleHolders() ([]holderGroup, error) {
	groups := []holderGroup{{Title: "You", Holders: []fact{{a.caller.Subject.String(), "Yourself"}}}}
	if a.view.None() {
		return groups, nil
	}
	users, err := a.asker().ServiceUsers(client.ServiceUserQuery{}, paging.Page{Limit: mostHolders})
	if err != nil {
		return nil, err
	}
	var list []fact
	for _, u := range users.ServiceUsers {
		if h := (access.Subject{Kind: access.ServiceUser, ID: u.ID}); a.issueReason("svc", h) == "" {
			list = append(list, fact{h.String(), u.Name})
		}
	}
	if len(list) > 0 {
		groups = append(groups, holderGroup{"Service users", list})
	}
	agents, err := a.asker().Agents(client.AgentQuery{}, paging.Page{Limit: mostHolders})
	if err != nil {
		return nil, err
	}
	list = nil
	if a.newAgentReason() == "" {
		list = append(list, fact{client.NewAgent, "A new agent"})
	}
	for _, u := range agents.Agents {
		if h := (access.Subject{Kind: access.Agent, ID: u.ID}); a.issueReason("agent", h) == "" {
			list = append(list, fact{h.String(), cmp.Or(u.Description, u.ID)})
		}
	}
	if len(list) > 0 {
		groups = append(groups, holderGroup{"Agents", list})
	}
	return groups, nil
}

// narrowings are the places and the roles to which a token of somebody's can be narrowed: where they have a role, and what the
// roles there are.
func (a *asking) narrowings(h access.Subject) (places []fact, roles []roleChoices) {
	places = []fact{{everything, "Everywhere"}}
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		e, _ := a.now.Access.Effective(h, slug, a.at)
		granted := slices.ContainsFunc(a.grantedOnOrByTeams(h), func(s string) bool { return s == slug })
		if slug == accessfile.Directory || p == nil || len(e.Roles) == 0 && !granted || h != a.caller.Subject && !a.view.Sees(slug) {
			continue
		}
		top := []fact{}
		for path := range a.now.Resources(slug) {
			if parentOf(path) != slug || len(top) >= mostBeneath {
				continue
			}
			if e, _ := a.now.Access.Effective(h, path, a.at); len(e.Roles) > 0 {
				top = append(top, fact{path, path})
			}
		}
		slices.SortFunc(top, func(x, y fact) int { return strings.Compare(x.Name, y.Name) })
		places = append(places, top...)
		places = append(places, fact{slug, slug + ", all of it"})
		if h.Kind == access.Agent {
			continue
		}
		choice := roleChoices{Product: p.Model.Product}
		for i := range p.Model.Roles {
			r := &p.Model.Roles[i]
			if len(r.Permissions) > 0 && slices.Contains(r.Holders, h.Kind) {
				choice.Roles = append(choice.Roles, fact{slug + ":" + r.Name, "What " + cmp.Or(r.Title, r.Name) + " contains"})
			}
		}
		roles = append(roles, choice)
	}
	return places, roles
}

// grantedOnOrByTeams are the platforms where somebody has roles, of their own or through teams.
func (a *asking) grantedOnOrByTeams(h access.Subject) []string {
	slugs := a.grantedOn(h)
	if u := a.now.User(h.ID); h.Kind == access.User && u != nil {
		for _, team := range u.Teams {
			slugs = append(slugs, a.grantedOn(access.Holder{Kind: access.Team, ID: team})...)
		}
	}
	return slugs
}
