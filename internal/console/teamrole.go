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
	"bailiwick/internal/state"
)

// teamRoleContent is the form for a team's role somewhere.
type teamRoleContent struct {
	ID, On, Where, Kind, Back string
	From                      string // where the form was opened from
	Many                      bool   // several roles can be held there at once
	Options                   []teamOption
	Environments              []teamOption // where the roles' writing can be narrowed to
	Reason                    string
}

// A teamOption is a role that can be chosen, or not.
type teamOption struct {
	Name, Title, About, Reason string
	Chosen                     bool
}

// teamRole finds the team and the place that a form is about.
func (a *asking) teamRole(on string) (*teamScopes, error) {
	t, err := a.team()
	if err != nil {
		return nil, err
	}
	p := a.now.Platform(access.SlugOf(on))
	if p == nil || p.Slug == accessfile.Directory || !a.view.Sees(p.Slug) || p.Model.KindOf(on) == "" || !strings.HasSuffix(on, "*") && on != p.Slug && a.now.Resource(on) == nil {
		return nil, fault.New(fault.NotFound, "there is no such place that you may see").Rather("choose one in the list of the team's roles")
	}
	return a.scopesOf(t, p.Slug), nil
}

// showTeamRole asks which role a team is to have.
func (a *asking) showTeamRole() error {
	s, err := a.teamRole(a.query("on"))
	if err != nil {
		return err
	}
	return s.form(a.query("on"), http.StatusOK, "")
}

func (s *teamScopes) form(on string, status int, problem string) error {
	c := teamRoleContent{ID: s.team.ID, On: on, Where: nameOn(s.on, on), Many: s.many(), Reason: s.reason(on)}
	c.Back, c.From = s.back(on), s.opened()
	c.Kind = s.on.Model.Kind(s.on.Model.KindOf(on)).Title
	var chosen []string
	for _, g := range s.held[on] {
		chosen = append(chosen, g.Environments...)
	}
	for _, r := range s.roles(on) {
		o := teamOption{Name: r.Name, Title: r.Title, About: r.Description, Reason: s.roleReason(on, r)}
		if o.Title == "" {
			o.Title = r.Name
		}
		o.Chosen = slices.ContainsFunc(s.held[on], func(g *state.Grant) bool { return g.Role == r.Name })
		c.Options = append(c.Options, o)
		if len(r.Lifted) > 0 && c.Environments == nil {
			for _, category := range s.categories() {
				c.Environments = append(c.Environments, teamOption{Name: category, Title: category, Chosen: slices.Contains(chosen, category)})
			}
		}
	}
	s.render(status, "/teams", "teamrole", page{Title: "Edit team role", Problem: problem, Content: c})
	return nil
}

// opened is where the form was opened from: a word that the console knows, and never an address.
func (s *teamScopes) opened() string { return cmp.Or(s.r.PostForm.Get("from"), s.query("from")) }

// back is where editing began.
func (s *teamScopes) back(on string) string {
	if s.opened() == fromAccess {
		return resourcePage(on, tabAccess, "who", access.Team.String())
	}
	return with("/teams/"+s.team.ID+"/roles", "platform", s.on.Slug)
}

// many tells whether a team holds several roles at one place, as permission sets are held.
func (s *teamScopes) many() bool { return len(s.categories()) > 0 }

// categories are what roles can be narrowed to.
func (s *teamScopes) categories() []string {
	for _, k := range s.on.Model.Kinds {
		if len(k.Categories) > 0 {
			return k.Categories
		}
	}
	return nil
}

// mayGive tells whether the caller may give a team a role.
func (s *teamScopes) mayGive(on string, r *access.Role) bool {
	return s.asking.mayGive(s.on, on, r, access.Team)
}

// reason says why a team's role at a place cannot be edited; "" where nothing speaks against it.
func (s *teamScopes) reason(on string) string {
	roles := s.roles(on)
	if !slices.ContainsFunc(roles, func(r *access.Role) bool { return s.mayGive(on, r) }) {
		return "You may not give teams roles here."
	}
	if len(s.held[on]) > 0 || slices.ContainsFunc(roles, func(r *access.Role) bool { return s.overrideReason(on, r) == "" }) {
		return "" // what is there can be taken away in any case
	}
	return s.overrideReason(on, roles[0])
}

// roleReason says why a role cannot be chosen; "" where it can.
func (s *teamScopes) roleReason(on string, r *access.Role) string {
	if !s.mayGive(on, r) {
		return "You may not give this role here."
	}
	return s.overrideReason(on, r)
}

// overrideReason says why a role cannot override what the team has above; "" where it can, or nothing is overridden there.
func (s *teamScopes) overrideReason(on string, r *access.Role) string {
	o := s.on.Model.Override
	if o == nil || s.on.Model.KindOf(on) != o.Kind {
		return ""
	}
	base := parentOf(on)
	for _, g := range s.held[s.on.Slug] {
		if slices.Contains(o.DisabledForRoot, g.Role) {
			return "The team has " + s.title(g) + ", which is above every other role."
		}
	}
	switch held := s.held[base]; {
	case s.on.Model.KindOf(base) != o.Base:
		return "Roles are not given here one by one."
	case len(held) == 0:
		return "Give the team a role on " + nameOn(s.on, base) + " first: a role here raises that one."
	case slices.Contains(o.DisabledFor, held[0].Role):
		return "The team has " + s.title(held[0]) + " on " + nameOn(s.on, base) + ", the most permissive role already."
	case len(o.Roles) > 0 && !slices.Contains(o.Roles, r.Name):
		return "Not for " + strings.ToLower(s.on.Model.Kind(o.Kind).Title) + "s."
	case !s.raises(r.Name, rolesOf(held)...):
		return "Not more permissive than " + s.title(held[0]) + ", which the team has on " + nameOn(s.on, base) + "."
	}
	return ""
}

func (s *teamScopes) title(g *state.Grant) string {
	return s.roleTitle(client.HeldGrant{Grant: s.sight.Grant(g)})
}

// raises tells whether a role gives all that each of some others does, and more.
func (s *teamScopes) raises(role string, others ...string) bool {
	all := s.permissionsOf(s.on.Slug, role)
	return !slices.ContainsFunc(others, func(other string) bool {
		less := s.permissionsOf(s.on.Slug, other)
		return len(less) >= len(all) || slices.ContainsFunc(less, func(p string) bool { return !slices.Contains(all, p) })
	})
}

// saveTeamRole makes a team's roles at a place those that were chosen, after the review.
func (a *asking) saveTeamRole() error {
	on, roles := a.r.PostForm.Get("on"), a.r.PostForm["role"]
	s, err := a.teamRole(on)
	if err != nil {
		return err
	}
	roles = slices.DeleteFunc(slices.Clone(roles), func(name string) bool { return name == "" })
	commands := s.changes(on, roles, a.r.PostForm["environment"])
	if len(commands) == 0 {
		return s.form(on, http.StatusUnprocessableEntity, "That is what the team has already.")
	}
	back := s.back(on)
	err = a.propose(proposal{Title: "Edit the role of " + s.team.Name + " on " + nameOn(s.on, on) + "?", Save: "Save", Danger: len(roles) == 0, Part: "/teams",
		Back: back, Then: back, Commands: commands})
	if !mendable(err) {
		return err
	}
	text, _ := a.problem(a.r, err)
	return s.form(on, http.StatusUnprocessableEntity, text)
}

// changes are the commands that make a team's roles at a place those that are named. What is held already keeps its times; an
// override that raises nothing any more goes first, so that no step leaves one without a base.
func (s *teamScopes) changes(on string, roles, environments []string) (commands []client.Command) {
	var add, remove []client.Command
	stays := map[string]bool{}
	for _, g := range s.held[on] {
		narrowed := s.lifts(g.Role) && !slices.Equal(slices.Sorted(slices.Values(g.Environments)), slices.Sorted(slices.Values(environments)))
		if slices.Contains(roles, g.Role) && !narrowed && !stays[g.Role] {
			stays[g.Role] = true
			continue
		}
		remove = append(remove, client.GrantRemove{Grant: s.sight.Grant(g)})
	}
	for _, name := range roles {
		if stays[name] {
			continue
		}
		given := client.Grant{To: "team:" + s.team.ID, Role: name, On: on}
		if s.lifts(name) {
			given.Environments = environments
		}
		add = append(add, client.GrantAdd{Grant: given})
	}
	if s.isBase(on) && len(add)+len(remove) > 0 {
		for path, held := range s.held {
			for _, g := range held {
				if strings.HasPrefix(path, on+"/") && s.on.Model.KindOf(path) == s.on.Model.Override.Kind && (len(roles) == 0 || !s.raises(g.Role, roles...)) {
					commands = append(commands, client.GrantRemove{Grant: s.sight.Grant(g)})
				}
			}
		}
		slices.SortFunc(commands, func(x, y client.Command) int {
			return strings.Compare(x.(client.GrantRemove).On, y.(client.GrantRemove).On)
		})
	}
	return slices.Concat(commands, add, remove)
}

// lifts tells whether a role can be narrowed to environments.
func (s *teamScopes) lifts(role string) bool {
	r := s.role(client.HeldGrant{Grant: client.Grant{On: s.on.Slug, Role: role}})
	return r != nil && len(r.Lifted) > 0
}

func rolesOf(held []*state.Grant) (names []string) {
	for _, g := range held {
		names = append(names, g.Role)
	}
	return names
}
