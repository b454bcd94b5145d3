package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/state"
)

// compareGrants finds which grants come and go.
func (d *draft) compareGrants() {
	was, stay := map[string]bool{}, map[string]bool{}
	for _, g := range d.was.Organization.Grants {
		was[state.GrantKey(g)] = true
	}
	var added []access.Grant
	for i, g := range d.File.Organization.Grants {
		g = stored(g)
		stay[state.GrantKey(g)] = true
		if !was[state.GrantKey(g)] {
			d.added, added = append(d.added, i), append(added, g)
		}
	}
	d.removed = d.going(stay, added)
	slices.SortStableFunc(d.removed, func(a, b access.Grant) int { return strings.Count(b.On, "/") - strings.Count(a.On, "/") })
}

// grants adds grants, and then removes those that they replace and, with Prune, those that the file does not say. Added
// first: what hangs on a role stays when the role is replaced. The deepest is removed first: an override goes before its
// base would take it along.
func (d *draft) grants() {
	for _, i := range d.added {
		d.do(d.File.Places.Grants[i], fmt.Sprintf("grants[%d]", i), client.GrantAdd{Grant: clientGrant(stored(d.File.Organization.Grants[i]))})
	}
	for _, g := range d.removed {
		d.remove(g, client.GrantRemove{Grant: clientGrant(g)})
	}
}

// obsoleteGrants removes, before everything else, grants of roles that a platform's new edition does not know.
func (d *draft) obsoleteGrants() {
	d.removed = slices.DeleteFunc(d.removed, func(g access.Grant) bool {
		p := d.File.Platform(access.SlugOf(g.On))
		if p == nil || p.Model.Edition == d.was.Platform(p.Slug).Model.Edition || p.Model.Role(g.Role) != nil ||
			slices.ContainsFunc(p.Roles, func(r access.Role) bool { return r.Name == g.Role }) {
			return false
		}
		d.remove(g, obsoleteRemove{client.GrantRemove{Grant: clientGrant(g)}})
		return true
	})
}

func (d *draft) remove(g access.Grant, c client.Command) {
	d.steps = append(d.steps, step{command: c, path: fmt.Sprintf("%s to %s on %s, which is not in the file", g.Role, g.To, g.On)})
}

// An obsoleteRemove removes a grant whose role will mean nothing at the end of the change: whether the actor may take it is
// judged at once.
type obsoleteRemove struct{ client.GrantRemove }

func (j *judge) removeObsolete(c obsoleteRemove) error {
	if err := j.removeGrant(c.GrantRemove); err != nil {
		return err
	}
	return j.checkLinesNow()
}

// going lists the grants to take away. What goes with its holder or its scope needs nothing of its own. Whoever applies
// keeps what they hold on the directory: nobody shuts themselves out.
func (d *draft) going(stay map[string]bool, added []access.Grant) []access.Grant {
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
		if stay[state.GrantKey(g)] {
			continue
		}
		replaced := slices.ContainsFunc(replacing[scope{g.To, g.On}], func(n access.Grant) bool { return d.oneRole(g.On) && overlapping(&g, &n) })
		pruned := d.Prune && (g.To != d.actor || g.On != accessfile.Directory) && d.holds(g.To) && !d.vanishes(g.On)
		if replaced || pruned {
			list = append(list, g)
		}
	}
	return list
}

// oneRole tells whether a scope is one of those at which a holder has one role at a time.
func (d *draft) oneRole(path string) bool {
	p := d.File.Platform(access.SlugOf(path))
	return p != nil && slices.Contains(p.Model.OneRolePer, p.Model.KindOf(path))
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
