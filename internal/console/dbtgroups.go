package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
	"bailiwick/internal/paging"
	"bailiwick/internal/state"
)

// groupsContent is the list of groups of a product in which people have roles as members of groups only.
type groupsContent struct {
	Slug, Product string
	Tabs          []place
	Lines         []groupLine
	Total         int
	Query, Next   string
	CreateReason  string
}

// A groupLine is a group with its permission sets.
type groupLine struct {
	ID, Name string
	Members  int
	Sets     []chip
}

// groups lists the groups that have permission sets on a platform, then the others.
func (a *asking) groups() error {
	p, err := a.groupsPlatform()
	if err != nil {
		return err
	}
	c := groupsContent{Slug: p.Slug, Product: p.Model.Product, Tabs: platformTabs(p, "groups"), Query: a.query("query"), CreateReason: ofGroups(a.createReason())}
	cut, err := a.page("groups", p.Slug, c.Query)
	if err != nil {
		return err
	}
	var list []paging.Item[*state.Team]
	sight := a.view.Over(a.now)
	for _, t := range a.now.TeamsByName() {
		h := access.Holder{Kind: access.Team, ID: t.ID}
		if !sight.SeesSubject(h) || !strings.Contains(strings.ToLower(t.Name), strings.ToLower(c.Query)) {
			continue
		}
		rank := "1"
		if slices.ContainsFunc(sight.SeenGrants(h), func(g *state.Grant) bool { return access.SlugOf(g.On) == p.Slug }) {
			rank = "0"
		}
		list = append(list, paging.Item[*state.Team]{Key: rank + strings.ToLower(t.Name) + "\x00" + t.ID, Thing: t})
	}
	slices.SortFunc(list, func(x, y paging.Item[*state.Team]) int { return cmp.Compare(x.Key, y.Key) })
	part, next := paging.Cut(list, cut.After, cut.Limit)
	for _, one := range part {
		l := groupLine{ID: one.Thing.ID, Name: one.Thing.Name, Members: one.Thing.Members}
		for i, s := range a.setsOf(p, one.Thing) {
			if i == mostChips {
				l.Sets = append(l.Sets, chip{What: "+" + strconv.Itoa(len(a.setsOf(p, one.Thing))-i)})
				break
			}
			l.Sets = append(l.Sets, chip{Where: s.Projects, What: s.Set})
		}
		c.Lines = append(c.Lines, l)
	}
	if c.Total = len(list); next != "" {
		c.Next = with("/platforms/"+p.Slug+"/groups", "query", c.Query, "after", cut.Next(next))
	}
	a.render(http.StatusOK, "/platforms", "groups", page{Title: "Groups", Content: c})
	return nil
}

// groupsPlatform is the platform of a page's address, where it has groups.
func (a *asking) groupsPlatform() (*state.Platform, error) {
	p, err := a.onPlatform()
	if err == nil && !hasGroups(p) {
		return nil, fault.New(fault.NotFound, "%s has no groups", p.Model.Product).Rather("look at the teams")
	}
	return p, err
}

// A groupSet is a permission set that a group has: one row, with its projects and the environments that it may write in.
type groupSet struct {
	Key           string // of the grant
	Set, Projects string
	Level         string // "Account" or "Project"
	Environments  string // "" where the set takes none
	When          string
	Reason        string // why it cannot be removed
	EditReason    string
	Choices       []settingChoice
	All           bool
}

// setsOf are a group's permission sets on a platform, those of the account first.
func (a *asking) setsOf(p *state.Platform, t *state.Team) (list []groupSet) {
	s := a.scopesOf(t, p.Slug)
	var paths []string
	for path := range s.held {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(x, y string) int { // the account, all projects, then each
		rank := func(path string) int {
			switch {
			case path == p.Slug:
				return 0
			case strings.HasSuffix(path, "*"):
				return 1
			}
			return 2
		}
		return cmp.Or(rank(x)-rank(y), strings.Compare(x, y))
	})
	for _, path := range paths {
		for _, g := range s.held[path] {
			list = append(list, s.setOf(g))
		}
	}
	return list
}

// setOf shows one row of a group.
func (s *teamScopes) setOf(g *state.Grant) groupSet {
	shown := s.sight.Grant(g)
	x := groupSet{Key: rowKey(g), Set: s.roleTitle(client.HeldGrant{Grant: shown}), Projects: nameOn(s.on, g.On), Level: "Project", When: window(client.HeldGrant{Grant: shown})}
	if g.On == s.on.Slug {
		x.Level, x.Projects = "Account", "The account"
	}
	if s.lifts(g.Role) {
		x.Environments = "None: jobs and runs are read-only"
		if len(g.Environments) > 0 {
			x.Environments = environmentsText(s.on, g.Environments)
		}
		x.All = slices.Contains(g.Environments, "all")
		x.Choices = s.environmentChoices(g.Environments)
	}
	if r := s.role(client.HeldGrant{Grant: shown}); r == nil || !s.mayGive(g.On, r) {
		x.Reason = "You may not give or take this permission set."
	}
	return x
}

// categoriesOf are what roles can be narrowed to on a platform: dbt's environment categories.
func categoriesOf(p *state.Platform) []string {
	for i := range p.Model.Kinds {
		if list := p.Model.Kinds[i].Categories; len(list) > 0 {
			return list
		}
	}
	return nil
}

// environmentsText says in which environments somebody may write, in the order that the product has.
func environmentsText(p *state.Platform, list []string) string {
	var names []string
	for _, name := range append([]string{"all"}, categoriesOf(p)...) {
		if slices.Contains(list, name) {
			names = append(names, categoryTitle(name))
		}
	}
	return strings.Join(names, ", ")
}

func (s *teamScopes) environmentChoices(chosen []string) (list []settingChoice) {
	for _, name := range append([]string{"all"}, categoriesOf(s.on)...) {
		list = append(list, settingChoice{Value: name, Title: categoryTitle(name), Chosen: slices.Contains(chosen, name)})
	}
	return list
}

// groupContent is one group: who is in it, its permission sets, and the form that adds one.
type groupContent struct {
	Slug, ID, Name string
	Crumbs         []place
	Members        int
	Sets           []groupSet
	Account        []setOption // that can be added
	Project        []setOption
	Projects       []settingChoice
	Environments   []settingChoice
	Lifting        string // the sets that take environments, in words
	AddReason      string
	Chosen, Where  string
	MembersAddress string
	SetsAddress    string // where each permission set is told
}

// A setOption is a permission set that can be chosen, or why not.
type setOption struct{ Name, Title, Reason string }

// theGroup finds the group that a page is about.
func (a *asking) theGroup(id string) (*teamScopes, error) {
	p, err := a.groupsPlatform()
	if err != nil {
		return nil, err
	}
	t, err := inquiry.Team(a.view.Over(a.now), "group", id)
	if err != nil {
		return nil, err
	}
	return a.scopesOf(t, p.Slug), nil
}

// group shows one group.
func (a *asking) group() error {
	s, err := a.theGroup(a.query("group"))
	if err != nil {
		return err
	}
	return s.showGroup(http.StatusOK, "")
}

func (s *teamScopes) showGroup(status int, problem string) error {
	p := s.on
	c := groupContent{Slug: p.Slug, ID: s.team.ID, Name: s.team.Name, Members: s.team.Members, Sets: s.setsOf(p, s.team), MembersAddress: "/teams/" + s.team.ID + "/members",
		Crumbs:      []place{{Address: "/platforms/" + p.Slug + "/tree", Name: p.Model.Product}, {Address: "/platforms/" + p.Slug + "/groups", Name: "Groups"}},
		SetsAddress: with("/roles", "platform", p.Slug), Chosen: s.r.PostForm.Get("set"), Where: s.r.PostForm.Get("on")}
	var lifting []string
	for _, r := range rolesAt(p, p.Model.Kinds[0].Name, access.Team) {
		c.Account = append(c.Account, s.option(p.Slug, r))
	}
	for _, star := range stars(p, p.Slug) {
		for _, r := range rolesAt(p, p.Model.KindOf(star), access.Team) {
			c.Project = append(c.Project, s.option(star, r))
			if len(r.Lifted) > 0 {
				lifting = append(lifting, cmp.Or(r.Title, r.Name))
			}
		}
		c.Projects = append(c.Projects, settingChoice{Value: star, Title: nameOn(p, star), Chosen: c.Where == star})
	}
	for path := range s.now.Resources(p.Slug) {
		if strings.Count(path, "/") == 1 && len(c.Projects) < mostNames {
			c.Projects = append(c.Projects, settingChoice{Value: path, Title: nameOn(p, path), Chosen: c.Where == path})
		}
	}
	c.Lifting, c.Environments = strings.Join(lifting, ", "), s.environmentChoices(s.r.PostForm["environment"])
	if !slices.ContainsFunc(slices.Concat(c.Account, c.Project), func(o setOption) bool { return o.Reason == "" }) {
		c.AddReason = "You may not give permission sets: that takes one with which groups are written."
	}
	s.render(status, "/platforms", "group", page{Title: c.Name, Problem: problem, Content: c})
	return nil
}

// option is a permission set that can be chosen for a place; with what reason not, where it can be given nowhere.
func (s *teamScopes) option(on string, r *access.Role) setOption {
	o := setOption{Name: r.Name, Title: cmp.Or(r.Title, r.Name)}
	if s.mayGive(on, r) {
		return o
	}
	for path := range s.now.Resources(s.on.Slug) { // of a project alone, perhaps
		if on != s.on.Slug && slices.Contains(r.At, s.on.Model.KindOf(path)) && s.mayGive(path, r) {
			return o
		}
	}
	o.Reason = "you may not give it"
	return o
}

// changeGroup adds a permission set to a group, changes the environments of one, or takes one away, after the review.
func (a *asking) changeGroup() error {
	form := a.r.PostForm
	s, err := a.theGroup(form.Get("group"))
	if err != nil {
		return err
	}
	back := with("/platforms/"+s.on.Slug+"/group", "group", s.team.ID)
	x := proposal{Save: "Save", Part: "/platforms", Back: back, Then: back}
	switch {
	case form.Get("row") == "":
		err = s.addingRow(&x)
	default:
		err = s.changingRow(&x)
	}
	if err == nil {
		err = a.propose(x)
	}
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return s.showGroup(http.StatusUnprocessableEntity, text)
}

// addingRow is the row that a form adds.
func (s *teamScopes) addingRow(x *proposal) (err error) {
	form := s.r.PostForm
	role := s.on.Model.Role(form.Get("set"))
	if role == nil {
		return fault.New(fault.Invalid, "no permission set was chosen").Rather("choose one")
	}
	on := form.Get("on")
	if slices.Contains(role.At, s.on.Model.Kinds[0].Name) {
		on = s.on.Slug
	}
	if access.SlugOf(on) != s.on.Slug || !isPlace(s.now, s.on, on) {
		return fault.New(fault.Invalid, "no project was chosen").Rather("choose one, or all projects")
	}
	given := client.Grant{To: "team:" + s.team.ID, Role: role.Name, On: on}
	if len(role.Lifted) > 0 {
		if given.Environments, err = s.environmentsOf(); err != nil {
			return err
		}
	}
	x.Title = "Give " + s.team.Name + " the permission set " + cmp.Or(role.Title, role.Name) + "?"
	x.Commands = []client.Command{client.GrantAdd{Grant: given}}
	return nil
}

// environmentsOf are the environments that the form names: all of them are no list of those of today.
func (s *teamScopes) environmentsOf() ([]string, error) {
	list := s.r.PostForm["environment"]
	if slices.Contains(list, "all") {
		return []string{"all"}, nil
	}
	for _, name := range list {
		if !slices.Contains(categoriesOf(s.on), name) {
			return nil, fault.New(fault.Invalid, "there are no environments of the type %q", name).Rather("choose some of those that are offered")
		}
	}
	return list, nil
}

// changingRow removes a row of a group, or gives it other environments.
func (s *teamScopes) changingRow(x *proposal) error {
	form := s.r.PostForm
	var row *state.Grant
	for _, held := range s.held {
		for _, g := range held {
			if rowKey(g) == form.Get("row") {
				row = g
			}
		}
	}
	if row == nil {
		return fault.New(fault.NotFound, "the group does not have that permission set any more").Rather("look at the group again")
	}
	shown := s.sight.Grant(row)
	shown.To = "team:" + s.team.ID
	title := s.roleTitle(client.HeldGrant{Grant: shown})
	x.Commands = []client.Command{client.GrantRemove{Grant: shown}}
	if form.Get("remove") != "" {
		x.Title, x.Danger, x.Save = "Take the permission set "+title+" from "+s.team.Name+"?", true, "Remove permission set"
		return nil
	}
	next := shown
	var err error
	if next.Environments, err = s.environmentsOf(); err != nil {
		return err
	}
	if slices.Equal(slices.Sorted(slices.Values(next.Environments)), slices.Sorted(slices.Values(shown.Environments))) {
		return fault.New(fault.Invalid, "that is what the permission set has already").Rather("choose other environments")
	}
	x.Title = "Change where " + s.team.Name + " writes with " + title + "?"
	x.Commands = append(x.Commands, client.GrantAdd{Grant: next})
	return nil
}

// rowKey names a grant in a form.
func rowKey(g *state.Grant) string { return url.QueryEscape(state.GrantKey(g.Grant)) }
