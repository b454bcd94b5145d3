package console

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/paging"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// teamRolesContent is the tab of roles: one platform at a time.
type teamRolesContent struct {
	teamHead
	Platforms []place
	Rows      []teamPlace
	Next      string
}

// A teamPlace is somewhere that a team has a role or can get one.
type teamPlace struct {
	Path, Name, Kind string
	Inside           bool // beneath the place above it
	Roles, Beneath   []teamRole
	Children         int
	Toggle           string // address that opens or closes what lies beneath; "" where nothing does
	Open             bool
	Edit, Reason     string // address where the role is edited, or why it cannot be
	Overrides        bool   // what lies beneath overrides
}

// A teamRole is a role of a team's somewhere.
type teamRole struct{ Where, Role, More, Edit string }

// teamScopes are a team's grants by where they are, on one platform, as the caller sees them.
type teamScopes struct {
	*asking
	sight *sight.Sight
	team  *state.Team
	on    *state.Platform
	held  map[string][]*state.Grant
}

func (a *asking) scopesOf(t *state.Team, slug string) *teamScopes {
	s := &teamScopes{asking: a, sight: a.view.Over(a.now), team: t, on: a.now.Platform(slug), held: map[string][]*state.Grant{}}
	for _, g := range s.sight.SeenGrants(access.Holder{Kind: access.Team, ID: t.ID}) {
		if access.SlugOf(g.On) == slug {
			s.held[g.On] = append(s.held[g.On], g)
		}
	}
	return s
}

// teamRoles shows a team's roles on a platform.
func (a *asking) teamRoles() error {
	t, err := a.team()
	if err != nil {
		return err
	}
	c, slug, open := teamRolesContent{teamHead: a.headOf(t, "roles")}, a.query("platform"), a.query("open")
	slugs := slices.DeleteFunc(a.now.Slugs(), func(s string) bool { return s == accessfile.Directory || !a.view.Sees(s) })
	if !slices.Contains(slugs, slug) {
		slug = a.firstWith(t, slugs)
	}
	for _, s := range slugs {
		c.Platforms = append(c.Platforms, place{Address: with("/teams/"+t.ID+"/roles", "platform", s), Name: s, Here: s == slug})
	}
	if slug != "" {
		p, err := a.page("team roles", t.ID, slug, open)
		if err != nil {
			return err
		}
		s := a.scopesOf(t, slug)
		part, next := paging.Cut(s.places(open), p.After, p.Limit)
		for _, one := range part {
			c.Rows = append(c.Rows, s.row(one.Thing, open))
		}
		if next != "" {
			c.Next = with("/teams/"+t.ID+"/roles", "platform", slug, "open", open, "after", p.Next(next))
		}
	}
	a.render(http.StatusOK, "/teams", "teamroles", page{Title: t.Name, Content: c})
	return nil
}

// firstWith is the first platform where a team has something that may be seen, or the first of all.
func (a *asking) firstWith(t *state.Team, slugs []string) string {
	for _, slug := range slugs {
		if len(a.scopesOf(t, slug).held) > 0 {
			return slug
		}
	}
	return slices.Concat(slugs, []string{""})[0]
}

// places lists where a team has a role or can have one: the platform, what is directly on it, and what is beneath the one
// that is open. Their keys sort what is beneath after what it is beneath.
func (s *teamScopes) places(open string) (list []paging.Item[string]) {
	add := func(path string) {
		if len(s.roles(path)) > 0 || len(s.held[path]) > 0 {
			list = append(list, paging.Item[string]{Key: "1" + strings.ReplaceAll(path, "/", "\x00"), Thing: path})
		}
	}
	around := func(path string) {
		add(path)
		for _, star := range stars(s.on, path) {
			add(star)
		}
	}
	around(s.on.Slug)
	for path := range s.now.Resources(s.on.Slug) {
		switch strings.Count(path, "/") {
		case 1:
			around(path)
		case 2:
			if open != "" && strings.HasPrefix(path, open+"/") {
				add(path)
			}
		}
	}
	slices.SortFunc(list, func(x, y paging.Item[string]) int { return strings.Compare(x.Key, y.Key) })
	return list
}

// roles are those that a team can hold at a place.
func (s *teamScopes) roles(path string) []*access.Role {
	return rolesAt(s.on, s.on.Model.KindOf(path), access.Team)
}

func (s *teamScopes) row(path, open string) teamPlace {
	r := teamPlace{Path: path, Name: nameOn(s.on, path), Inside: strings.Count(path, "/") == 2, Roles: s.rolesAt(path), Open: path == open, Overrides: s.isBase(path)}
	if k := s.on.Model.Kind(s.on.Model.KindOf(path)); k != nil && k.StarOf == "" { // one that stands for all is called after its kind
		r.Kind = k.Title
	}
	if r.Reason = s.reason(path); r.Reason == "" {
		r.Edit = s.editAddress(path)
	}
	if strings.Count(path, "/") != 1 || strings.HasSuffix(path, "*") {
		return r
	}
	for child := range s.now.Beneath(path) {
		if strings.Count(child, "/") == 2 && len(s.roles(child)) > 0 {
			r.Children++
			r.Beneath = append(r.Beneath, s.rolesAt(child)...)
		}
	}
	if r.Children > 0 {
		next := path
		if r.Open {
			next = ""
		}
		r.Toggle = with("/teams/"+s.team.ID+"/roles", "platform", s.on.Slug, "open", next)
	}
	return r
}

func (s *teamScopes) editAddress(path string) string {
	return with("/teams/"+s.team.ID+"/roles/edit", "on", path)
}

// rolesAt are a team's roles at a place.
func (s *teamScopes) rolesAt(path string) (list []teamRole) {
	for _, g := range s.held[path] {
		shown := s.sight.Grant(g)
		one := teamRole{Where: nameOn(s.on, path), Role: s.roleTitle(client.HeldGrant{Grant: shown}), Edit: s.editAddress(path)}
		var more []string
		if len(shown.Environments) > 0 {
			more = append(more, "writes in "+strings.Join(shown.Environments, ", "))
		}
		if shown.From != nil {
			more = append(more, "from "+shown.From.Format("2 Jan 2006 15:04")+" UTC")
		}
		if shown.Until != nil {
			more = append(more, "until "+shown.Until.Format("2 Jan 2006 15:04")+" UTC")
		}
		one.More = strings.Join(more, ", ")
		list = append(list, one)
	}
	return list
}

// isBase tells whether roles beneath a place override the role there.
func (s *teamScopes) isBase(path string) bool {
	o := s.on.Model.Override
	return o != nil && s.on.Model.KindOf(path) == o.Base
}
