package change_test

import (
	"slices"
	"strings"
)

// override is what a replacement says of the first location beneath its deployment.
func (n *naive) override(s step) (held, bool) {
	if s.over == "" || s.g.role == "" || !strings.HasPrefix(s.g.on, "dagster/") || strings.Count(s.g.on, "/") != 1 || strings.HasSuffix(s.g.on, "*") {
		return held{}, false
	}
	var beneath []string
	for path := range n.places {
		if strings.HasPrefix(path, s.g.on+"/") {
			beneath = append(beneath, path)
		}
	}
	if len(beneath) == 0 {
		return held{}, false
	}
	return held{to: s.g.to, role: s.over, on: slices.Min(beneath)}, true
}

// replace: whatever a holder has at a scope, and beneath a deployment on its locations, becomes what is said; every line of it
// is given or taken. Whoever could give nothing there learns nothing either.
func (next *naive) replace(n *naive, by asker, s step) bool {
	said := map[held]bool{}
	if s.g.role != "" {
		said[held{to: s.g.to, role: s.g.role, on: s.g.on}] = true
		if over, there := n.override(s); there {
			said[over] = true
		}
	} else if probe := (held{to: s.g.to, role: "viewer", on: s.g.on}); !n.proper(probe) {
		return false // only Dagster's scopes are drawn for taking everything
	}
	changed := false
	for g := range n.grants {
		location := strings.HasPrefix(g.on, s.g.on+"/") && strings.HasPrefix(s.g.on, "dagster/") && !strings.HasSuffix(g.on, "*")
		if g.to != s.g.to || g.on != s.g.on && !location || said[g] {
			continue
		}
		delete(next.grants, g)
		if changed = true; !n.mayGive(by, g, false) {
			return false
		}
	}
	for g := range said {
		if !n.proper(g) {
			return false
		}
		if next.grants[g] {
			continue
		}
		next.grants[g] = true
		if changed = true; !n.mayGive(by, g, false) {
			return false
		}
	}
	return changed || n.mayGive(by, held{to: s.g.to, role: "viewer", on: s.g.on}, false)
}

// recall gives a custom role another name: nothing is given by it.
func (next *naive) recall(s step) bool {
	to := called{s.role.slug, s.to}
	is, there := next.roles[s.role]
	if _, taken := next.roles[to]; !there || taken || slices.Contains(ladder, s.to) {
		return false
	}
	delete(next.roles, s.role)
	next.roles[to] = is
	for g := range next.grants {
		if slug, _, _ := strings.Cut(g.on, "/"); slug == s.role.slug && g.role == s.role.name {
			delete(next.grants, g)
			g.role = s.to
			next.grants[g] = true
		}
	}
	return true
}
