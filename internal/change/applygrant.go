package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// grants adds grants, and then removes those that they replace and, with Prune, those that the file does not say. Added
// first: what hangs on a role stays when the role is replaced. The deepest is removed first: an override goes before its
// base would take it along.
func (d *draft) grants() {
	was, stay := map[string]bool{}, map[string]bool{}
	for _, g := range d.was.Organization.Grants {
		was[keyOf(g)] = true
	}
	var added []access.Grant
	for i, g := range d.File.Organization.Grants {
		g = stored(g)
		stay[keyOf(g)] = true
		if !was[keyOf(g)] {
			d.do(d.File.Places.Grants[i], fmt.Sprintf("grants[%d]", i), client.GrantAdd{Grant: clientGrant(g)})
			added = append(added, g)
		}
	}
	removed := d.removed(stay, added)
	slices.SortStableFunc(removed, func(a, b access.Grant) int { return strings.Count(b.On, "/") - strings.Count(a.On, "/") })
	for _, g := range removed {
		d.steps = append(d.steps, step{command: client.GrantRemove{Grant: clientGrant(g)}, path: fmt.Sprintf("%s to %s on %s, which is not in the file", g.Role, g.To, g.On)})
	}
}

// removed lists the grants to take away. What goes with its holder or its scope needs nothing of its own. Whoever applies
// keeps what they hold on the directory: nobody shuts themselves out.
func (d *draft) removed(stay map[string]bool, added []access.Grant) []access.Grant {
	type scope struct {
		to access.Holder
		on string
	}
	replacing := map[scope][]access.Grant{}
	for _, g := range added {
		replacing[scope{g.To, g.On}] = append(replacing[scope{g.To, g.On}], g)
	}
	var list []access.Grant
	for _, g := range d.was.Organization.Grants {
		if stay[keyOf(g)] {
			continue
		}
		replaced := slices.ContainsFunc(replacing[scope{g.To, g.On}], func(n access.Grant) bool { return d.oneRole(g.On) && overlapping(&g, &n) })
		pruned := d.Prune && !(g.To == d.actor && g.On == accessfile.Directory) && d.holds(g.To) && !d.vanishes(g.On)
		if replaced || pruned {
			list = append(list, g)
		}
	}
	return list
}

// oneRole tells whether a scope is one of those at which a holder has one role at a time.
func (d *draft) oneRole(path string) bool {
	p := d.File.Platform(slugOf(path))
	return p != nil && slices.Contains(p.Model.OneRolePer, kindOf(p.Model, path))
}

func overlapping(a, b *access.Grant) bool {
	return (a.Until.IsZero() || b.From.Before(a.Until)) && (b.Until.IsZero() || a.From.Before(b.Until))
}

// stored is a grant of the file as it is kept: times in microseconds, categories sorted.
func stored(g access.Grant) access.Grant {
	g.Environments = slices.Sorted(slices.Values(g.Environments))
	g.From, g.Until = g.From.UTC().Truncate(time.Microsecond), g.Until.UTC().Truncate(time.Microsecond)
	return g
}

func clientGrant(g access.Grant) client.Grant {
	c := client.Grant{To: g.To.String(), Role: g.Role, On: g.On, Environments: g.Environments}
	if !g.From.IsZero() {
		c.From = &g.From
	}
	if !g.Until.IsZero() {
		c.Until = &g.Until
	}
	return c
}
