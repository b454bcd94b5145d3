package console

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/state"
)

// mostBeneath bounds how many code locations of one deployment are shown at once, and how many deployments of a platform.
const mostBeneath = 100

// mostInner is how many of all deployments' code locations are on the page before their toggles are opened.
const mostInner = 60

// platformRoles are somebody's roles on one platform.
type platformRoles struct {
	Platform, Product string
	Rows              []placeRow
	Rest              int // deployments that are not shown
}

// A placeRow is one place at which there can be roles, and what somebody has there.
type placeRow struct {
	Path, Name, Kind string
	Direct, Teams    []heldRole
	Effective, From  string
	Overrides        []override // of what lies beneath, own ones
	Edit, Why        string     // address at which the role is edited; or why it cannot be
	Open             bool
	Beneath          []placeRow
	Rest             int    // of what lies beneath, not shown
	Inside           string // what the toggle opens: "3 code locations of prod"
	Toggle           string // address that opens what lies beneath, where there is too much to show all of it at once
}

// A heldRole is a role of somebody's in a cell of the table.
type heldRole struct{ Role, Where, When string }

// holdings are the grants of one person or service user, as the caller may see them.
type holdings struct {
	*asking
	name, base, part string // what they go by, the address that their pages begin with, and the entry of the navigation
	subject          access.Subject
	held             []client.HeldGrant
	own              []access.Grant
	at               map[string][]client.HeldGrant // by scope
	find             string                        // only what has this in its name
	open             string                        // path whose toggle is open
	gave             map[string]string             // see givers; nil until they are asked for
}

func (a *asking) holdingsOf(u *state.User) *holdings {
	h := &holdings{name: called(u), base: "/users/" + url.PathEscape(u.ID), part: "/users", subject: access.Subject{Kind: access.User, ID: u.ID}}
	return a.held(h, u.Teams)
}

// held finds what a subject holds, itself and through teams.
func (a *asking) held(h *holdings, teams []string) *holdings {
	h.asking, h.at, h.find, h.open = a, map[string][]client.HeldGrant{}, strings.ToLower(a.query("find")), a.query("open")
	sight := a.view.Over(a.now)
	h.held = sight.Held(h.subject, teams)
	for _, g := range h.held {
		h.at[g.On] = append(h.at[g.On], g)
	}
	for _, g := range sight.SeenGrants(h.subject) {
		h.own = append(h.own, g.Grant)
	}
	return h
}

// platforms are somebody's roles on every platform that the caller sees, the organization's own last.
func (h *holdings) platforms() []platformRoles {
	var list []platformRoles
	slugs := slices.Clone(h.now.Slugs())
	slices.SortStableFunc(slugs, func(x, y string) int {
		switch accessfile.Directory {
		case x:
			return 1
		case y:
			return -1
		}
		return 0
	})
	for _, slug := range slugs {
		if p := h.now.Platform(slug); p != nil && h.view.Sees(slug) {
			list = append(list, h.platform(p))
		}
	}
	return list
}

// platform is the tree of one: its root, what stands for all of something, and what lies directly beneath with its own beneath.
func (h *holdings) platform(p *state.Platform) platformRoles {
	t := platformRoles{Platform: p.Slug, Product: p.Model.Product, Rows: []placeRow{h.row(p, p.Slug)}}
	beneath := map[string][]string{}
	var top []string
	for path := range h.now.Resources(p.Slug) {
		if !h.matters(p, path) {
			continue
		}
		if parent := parentOf(path); parent == p.Slug {
			top = append(top, path)
		} else {
			beneath[parent] = append(beneath[parent], path)
		}
	}
	t.Rest = max(0, len(top)-mostBeneath)
	inner := 0
	for _, paths := range beneath {
		inner += len(paths)
	}
	lazy := inner > mostInner
	for _, path := range top[:len(top)-t.Rest] {
		r := h.row(p, path)
		h.fill(p, &r, beneath[path], h.stars(p, path), lazy)
		t.Rows = append(t.Rows, r)
	}
	for _, path := range h.stars(p, p.Slug) {
		t.Rows = append(t.Rows, h.row(p, path))
	}
	return t
}

// fill puts what lies beneath a row into it, and what stands for all of something there. Where not all is shown, what has roles
// comes first. Lazy leaves out what is not open.
func (h *holdings) fill(p *state.Platform, r *placeRow, paths, stars []string, lazy bool) {
	r.Overrides = h.overridesOf(p, r.Path)
	if h.find != "" {
		paths = slices.DeleteFunc(paths, func(path string) bool { return !strings.Contains(strings.ToLower(lastOf(path)), h.find) })
		r.Open = len(paths) > 0
	}
	r.Open = r.Open || h.open != "" && h.open == r.Path
	if len(paths) > 0 {
		title := strings.ToLower(p.Model.Kind(p.Model.KindOf(paths[0])).Title)
		r.Inside = counted(len(paths), title, title+"s") + " of " + r.Name
	} else {
		r.Inside = "Beneath " + r.Name
	}
	if lazy && !r.Open {
		r.Toggle = with(h.base+"/roles", "find", h.find, "open", r.Path)
		return
	}
	r.Rest = max(0, len(paths)-mostBeneath)
	if r.Rest > 0 {
		slices.SortStableFunc(paths, func(x, y string) int { return min(1, len(h.at[y])) - min(1, len(h.at[x])) })
	}
	for _, path := range append(slices.Clone(paths[:len(paths)-r.Rest]), stars...) {
		r.Beneath = append(r.Beneath, h.row(p, path))
	}
}

// matters tells whether a person, or whoever it is, can have a role at a resource.
func (h *holdings) matters(p *state.Platform, path string) bool {
	return len(h.at[path]) > 0 || len(rolesAt(p, p.Model.KindOf(path), h.subject.Kind)) > 0
}

// stars are those at which a person can have a role.
func (h *holdings) stars(p *state.Platform, path string) []string {
	return slices.DeleteFunc(stars(p, path), func(star string) bool { return !h.matters(p, star) })
}

// row is what somebody has at one place.
func (h *holdings) row(p *state.Platform, path string) placeRow {
	kind := p.Model.Kind(p.Model.KindOf(path))
	r := placeRow{Path: path, Name: nameOn(p, path), Kind: kind.Title}
	if path == p.Slug { // beneath a heading with the product's name
		r.Name, r.Kind = kind.Title, ""
	} else if kind.StarOf != "" {
		r.Kind = ""
	}
	for _, g := range h.at[path] {
		if g.Via == "" {
			r.Direct = append(r.Direct, heldRole{Role: h.roleTitle(g), When: window(g)})
		} else {
			r.Teams = append(r.Teams, heldRole{Role: h.roleTitle(g), Where: team(g), When: window(g)})
		}
	}
	r.Effective, r.From = h.effective(p, path)
	if r.Why = h.locked(p, path); r.Why == "" {
		r.Edit = h.edit(path)
	}
	return r
}

func (h *holdings) edit(path string) string {
	return with(h.base+"/role", "on", path, "from", h.query("from"))
}

// effective is what somebody's roles come to at a place, and where that comes from.
func (h *holdings) effective(p *state.Platform, path string) (role, from string) {
	var names []string
	if e, code := h.now.Access.Effective(h.subject, path, h.asking.at); code == access.Granted {
		names = e.Roles
	} else { // nothing is asked of what stands for all of something: what is given there or above holds
		for scope := path; scope != ""; scope = parentOf(scope) {
			for _, g := range h.at[scope] {
				if h.counts(g) && !slices.Contains(names, g.Role) {
					names = append(names, g.Role)
				}
			}
		}
		slices.SortStableFunc(names, func(x, y string) int { return rank(p, y) - rank(p, x) })
	}
	if path == p.Slug { // what rises here from below is no role of the whole platform
		names = slices.DeleteFunc(names, func(name string) bool {
			return !slices.ContainsFunc(rolesAt(p, p.Model.KindOf(path), h.subject.Kind), func(r *access.Role) bool { return r.Name == name }) && name != p.Model.MemberRole
		})
	}
	if len(names) == 0 {
		return "", ""
	}
	if !p.Model.Ranked {
		return strings.Join(h.roleTitles(p.Slug, names), ", "), ""
	}
	return h.titleOfRole(p.Slug, names[0]), h.source(path, names[0])
}

// source says where a role at a place comes from: the nearest grant of it, own ones before teams'.
func (h *holdings) source(path, role string) string {
	for scope := path; scope != ""; scope = parentOf(scope) {
		for _, g := range h.at[scope] { // own ones come first
			if g.Role != role || !h.counts(g) {
				continue
			}
			var parts []string
			if scope != path {
				parts = append(parts, "from "+h.placeName(scope))
			}
			if g.Via != "" {
				parts = append(parts, "by team "+team(g))
			}
			return strings.Join(parts, ", ")
		}
	}
	return ""
}

func (h *holdings) placeName(path string) string {
	p := h.now.Platform(access.SlugOf(path))
	kind, name := p.Model.Kind(p.Model.KindOf(path)), nameOn(p, path)
	switch {
	case path == p.Slug:
		return strings.ToLower(kind.Title)
	case kind != nil && kind.StarOf != "":
		return strings.ToLower(name[:1]) + name[1:]
	}
	return name
}

// counts tells whether a grant is in force.
func (h *holdings) counts(g client.HeldGrant) bool {
	return (g.From == nil || !h.asking.at.Before(*g.From)) && (g.Until == nil || h.asking.at.Before(*g.Until))
}

func rank(p *state.Platform, name string) int {
	return slices.IndexFunc(p.Model.Roles, func(r access.Role) bool { return r.Name == name })
}

// team is the name of the team that a grant comes through.
func team(g client.HeldGrant) string { return strings.TrimPrefix(g.Via, "team:") }

// window says from and until when a grant holds; "" for always.
func window(g client.HeldGrant) string {
	var parts []string
	for word, t := range map[string]*time.Time{"from": g.From, "until": g.Until} {
		if t != nil {
			parts = append(parts, fmt.Sprintf("%s %s UTC", word, t.UTC().Format("2 Jan 2006 15:04")))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// parentOf is the path that another one lies directly beneath; "" of a platform.
func parentOf(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// lastOf is the last part of a path, as the product calls it.
func lastOf(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if raw, err := url.PathUnescape(name); err == nil {
		return raw
	}
	return name
}
