package change_test

import (
	"slices"
	"strings"
)

// lowest is the lowest rung of Dagster's ladder that has a permission: those that custom roles of the simulation take.
var lowest = map[string]string{"runs.launch": "launcher", "code_locations.reload": "editor", "secrets.edit": "editor", "code_locations.edit": "editor", "team_permissions.edit": "admin"}

// contents is what a Dagster deployment role comes to: a rung, and permissions beyond it.
func (n *naive) contents(role string) (rung int, more []string) {
	c, own := n.roles[called{"dagster", role}]
	if !own {
		return slices.Index(ladder, role), nil
	}
	rung = slices.Index(ladder, c.base)
	for _, p := range strings.Fields(c.more) {
		if slices.Index(ladder, lowest[p]) > rung {
			more = append(more, p)
		}
	}
	return rung, more
}

// has tells whether everything in role b is in role a.
func (n *naive) has(a, b string) bool {
	rungA, moreA := n.contents(a)
	rungB, moreB := n.contents(b)
	return rungA >= rungB && !slices.ContainsFunc(moreB, func(p string) bool { return slices.Index(ladder, lowest[p]) > rungA && !slices.Contains(moreA, p) })
}

// sound tells whether all grants together may stand: overrides and their bases, one role at a time.
func (n *naive) sound() bool {
	for g := range n.grants {
		segments := strings.Split(g.on, "/")
		switch {
		case segments[0] == "dagster" && len(segments) == 3 && segments[2] != "branch:*":
			if !n.mayOverride(g) {
				return false
			}
		case strings.HasPrefix(segments[0], "astro") && len(segments) < 3:
			for o := range n.grants {
				if o != g && o.to == g.to && o.on == g.on && overlap(o, g) {
					return false // one organization role, one role in each workspace
				}
			}
		}
	}
	return true
}

// mayOverride: "overrides may be used to apply a more permissive role": above each of its holder's roles on the deployment
// that is in force with it, of which there is one; disabled for Admins and Organization Admins.
func (n *naive) mayOverride(g held) bool {
	based := false
	for o := range n.grants {
		switch {
		case o.to != g.to || !overlap(o, g):
		case o.on == "dagster" && o.role == "organization_admin":
			return false
		case o.on == above(g.on):
			if based = true; o.role == "admin" || !n.has(g.role, o.role) || n.has(o.role, g.role) {
				return false
			}
		}
	}
	return based
}

// lose takes a grant away, and with the last deployment role of a holder their overrides there.
func (n *naive) lose(g held) {
	delete(n.grants, g)
	if !strings.HasPrefix(g.on, "dagster/") || strings.Count(g.on, "/") != 1 || strings.HasSuffix(g.on, "*") {
		return
	}
	for o := range n.grants {
		if o.to == g.to && o.on == g.on {
			return
		}
	}
	for o := range n.grants {
		if o.to == g.to && strings.HasPrefix(o.on, g.on+"/") && !strings.HasSuffix(o.on, "*") {
			delete(n.grants, o)
		}
	}
}

// shape makes, renames or removes a resource, with what hangs beneath it.
func (n *naive) shape(s step) bool {
	_, there := n.places[s.path]
	_, taken := n.places[s.to]
	switch s.do {
	case "create":
		n.places[s.path] = ""
		if strings.Count(s.path, "/") > 1 {
			if _, parent := n.places[above(s.path)]; !parent {
				return false
			}
		}
		return !there && n.begin(s)
	case "rename":
		if !there || taken || above(s.path) != above(s.to) {
			return false
		}
	case "remove":
		if !there || !n.mayGo(s.path) {
			return false
		}
	}
	n.move(s.path, s.to)
	return true
}

// begin gives what a new resource begins with: its creator's role, or the grants of another deployment.
func (n *naive) begin(s step) bool {
	slug, _, _ := strings.Cut(s.path, "/")
	role := map[string]string{"astro": "workspace_owner", "astro22": "workspace_admin"}[slug]
	if role != "" && strings.Count(s.path, "/") == 1 {
		g := held{to: "user:" + s.by, role: role, on: s.path}
		n.grants[g], n.ruled[g] = true, true
	}
	if s.from == "" {
		return true
	}
	if _, there := n.places[s.from]; !there || slug != "dagster" || strings.Count(s.path, "/") != 1 || strings.Count(s.from, "/") != 1 || s.from == s.path {
		return false
	}
	for g := range n.grants {
		if g.on == s.from {
			g.on = s.path
			n.grants[g] = true
		}
	}
	return true
}

// mayGo: the last deployment stays; a workspace goes only without deployments.
func (n *naive) mayGo(path string) bool {
	deployments := 0
	for other := range n.places {
		if strings.HasPrefix(path, "astro") && strings.HasPrefix(other, path+"/") {
			return false
		}
		if strings.HasPrefix(other, "dagster/") && strings.Count(other, "/") == 1 {
			deployments++
		}
	}
	return !strings.HasPrefix(path, "dagster/") || strings.Count(path, "/") != 1 || deployments > 1
}

// move renames a place with all that is beneath it and all that is held there; to nothing, it removes them.
func (n *naive) move(path, to string) {
	for other, category := range n.places {
		if rest, beneath := strings.CutPrefix(other+"/", path+"/"); beneath {
			delete(n.places, other)
			if to != "" {
				n.places[strings.TrimSuffix(to+"/"+rest, "/")] = category
			}
		}
	}
	for g := range n.grants {
		if rest, beneath := strings.CutPrefix(g.on+"/", path+"/"); beneath {
			delete(n.grants, g)
			if g.on = strings.TrimSuffix(to+"/"+rest, "/"); to != "" {
				n.grants[g] = true
			}
		}
	}
}
