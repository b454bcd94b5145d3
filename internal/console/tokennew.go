package console

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
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
	text := ""
	if problem != nil {
		text, _ = a.problem(a.r, problem)
	}
	a.render(status, "/tokens", "tokennew", page{Title: "Create a token", Problem: text, Content: c})
	return nil
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

// createToken makes a token, and shows its secret once.
func (a *asking) createToken() error {
	commands, err := a.tokenCommands()
	if err == nil {
		issue := commands[len(commands)-1].(client.TokenIssue)
		who := issue.Subject
		if h, fresh, _ := a.tokenFor(issue.Subject); !fresh {
			who, _ = a.whoHolds(h)
		}
		warning := "Whoever has it can do, until it ends or is revoked, all that " + who + " can do."
		if issue.Permissions != nil || issue.Scopes != nil {
			warning = "Whoever has it can do, until it ends or is revoked, what " + who + " can do within what you chose."
		}
		if issue.Subject == client.NewAgent {
			warning = "The agent is new with its token. Whoever has the token can connect as this agent."
		}
		err = a.propose(proposal{Title: "Create the token?", Save: "Create token", Part: "/tokens", Back: with("/tokens/new", "for", issue.Subject), ID: a.onceOf(),
			Warning: warning, Commands: commands, Made: a.secretOf("Your new token")})
	}
	if mendable(err) {
		return a.newTokenForm(http.StatusUnprocessableEntity, err)
	}
	return err
}

// tokenCommands are the commands of the form; the token's is the last.
func (a *asking) tokenCommands() ([]client.Command, error) {
	form := a.r.PostForm
	h, fresh, err := a.tokenFor(form.Get("for"))
	if err != nil {
		return nil, err
	}
	t := client.NewToken{Kind: form.Get("kind"), Subject: h.String(), Description: strings.TrimSpace(form.Get("description"))}
	if t.Description == "" {
		return nil, fault.New(fault.Invalid, "nobody would know what the token is for").Rather("say it in a few words")
	}
	if t.Expires, err = a.ends(t.Kind, form.Get("expires")); err != nil {
		return nil, err
	}
	if fresh {
		t.Kind, t.Subject = "agent", client.NewAgent
		on := form["on"]
		if len(on) == 0 {
			return nil, fault.New(fault.Invalid, "the agent would serve nothing").Rather("choose at least one deployment")
		}
		commands := []client.Command{client.AgentCreate{Description: t.Description}}
		for _, path := range on {
			role := a.agentRole(a.now.Platform(access.SlugOf(path)))
			commands = append(commands, client.GrantAdd{Grant: client.Grant{To: client.NewAgent, Role: role, On: path}})
		}
		return append(commands, client.TokenIssue{NewToken: t}), nil
	}
	if on := form.Get("on"); on != "" && on != everything {
		t.Scopes = []string{on}
	}
	if as := form.Get("as"); as != "" && as != everything {
		if t.Permissions, err = a.narrowedTo(as); err != nil {
			return nil, err
		}
		if slug, _, _ := strings.Cut(as, ":"); t.Scopes != nil && access.SlugOf(t.Scopes[0]) != slug {
			return nil, fault.New(fault.Invalid, "a role of %s says nothing about %s", slug, t.Scopes[0]).Rather("choose a place and a role of the same platform")
		}
	}
	return []client.Command{client.TokenIssue{NewToken: t}}, nil
}

// ends is when a token expires: at the end of a day, so that a review and what is saved after it are of the same token.
func (a *asking) ends(kind, days string) (*time.Time, error) {
	if !slices.ContainsFunc(lives(kind), func(f fact) bool { return f.Name == days }) {
		return nil, fault.New(fault.Invalid, "a token does not last so long").Rather("choose one of the list; a person's token always ends")
	}
	if days == "never" {
		return nil, nil
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is no number of days", days)
	}
	end := a.at.UTC().Truncate(24*time.Hour).AddDate(0, 0, n+1).Add(-time.Second)
	return &end, nil
}

// narrowedTo are those of a role, "dagster:viewer", as tokens are narrowed to them.
func (a *asking) narrowedTo(as string) (list []string, err error) {
	slug, name, _ := strings.Cut(as, ":")
	p := a.now.Platform(slug)
	if p == nil || p.Model.Role(name) == nil {
		return nil, fault.New(fault.NotFound, "there is no such role").Rather("choose one of the list")
	}
	for _, permission := range p.Model.Role(name).Permissions {
		list = append(list, slug+"."+permission)
	}
	return list, nil
}

// agentRole is the role of a platform that agents alone hold; "" where there is none.
func (a *asking) agentRole(p *state.Platform) string {
	if p == nil {
		return ""
	}
	for i := range p.Model.Roles {
		if slices.Equal(p.Model.Roles[i].Holders, []access.HolderKind{access.Agent}) {
			return p.Model.Roles[i].Name
		}
	}
	return ""
}

// agentPlaces are the places at which the caller may let a new agent connect: whole platforms, and what lies directly beneath.
func (a *asking) agentPlaces() (list []fact) {
	for _, slug := range a.now.Slugs() {
		p := a.now.Platform(slug)
		role := a.agentRole(p)
		if role == "" || !a.view.Sees(slug) {
			continue
		}
		add := func(path, words string) {
			if a.mayGive(p, path, p.Model.Role(role), access.Agent) && slices.Contains(p.Model.Role(role).At, p.Model.KindOf(path)) {
				list = append(list, fact{path, words})
			}
		}
		add(slug, p.Model.Product+", all deployments")
		for path := range a.now.Resources(slug) {
			if parentOf(path) == slug {
				add(path, lastOf(path))
			}
		}
		for _, path := range stars(p, slug) {
			add(path, p.Model.Kind(p.Model.KindOf(path)).Title)
		}
	}
	return list
}

// newAgentReason says why the caller cannot make an agent; "" where nothing speaks against it.
func (a *asking) newAgentReason() string {
	if len(a.agentPlaces()) > 0 && (a.view.GovernsIdentities("users.manage") || a.mayOperate(access.OpAgentManage)) && a.issueReason("agent", access.Subject{Kind: access.Agent}) == "" {
		return ""
	}
	return "You may not make agents: it takes what a platform's edition asks for, usually an administrator's role there."
}

// once is an id for the change that a form makes.
func once() string { return "chg_" + rand.Text() }

// onceOf is the id that the form has; "" where it has none.
func (a *asking) onceOf() string {
	id := a.r.PostForm.Get("once")
	if strings.HasPrefix(id, "chg_") && len(id) <= 64 {
		return id
	}
	return ""
}
