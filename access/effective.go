package access

import (
	"slices"
	"strings"
	"time"
)

// Effective is what a subject has at a resource after teams, inheritance and license.
type Effective struct {
	// Roles that give something at the resource, the most permissive first.
	Roles []string
	// Permissions at the resource's level and beneath, in the model's order.
	Permissions []string
}

// Effective returns the roles and permissions of a subject at a resource.
func (s *Snapshot) Effective(sub Subject, resource string, at time.Time) (Effective, Code) {
	permissions, code := s.SearchPermissions(sub, resource, at)
	if code != Granted {
		return Effective{}, code
	}
	e := Effective{Permissions: permissions}
	id, _ := s.Subject(sub)
	res, _ := s.Resource(resource)
	n := s.nodes.at(uint32(res))
	p := s.platforms[n.platform]
	c := s.traced(uint32(id), moment(at))
	var roles []uint16
	for i, pair := range c.pairs {
		g := c.trace[c.sources[i]].g
		if s.givesAnything(p, n, pair) && g.platform == p.index && !slices.Contains(roles, g.role) {
			roles = append(roles, g.role)
		}
	}
	slices.SortFunc(roles, func(a, b uint16) int { return p.compareRoles(a, b) })
	for _, i := range roles {
		e.Roles = append(e.Roles, p.roles[i].Name)
	}
	return e, Granted
}

// givesAnything tells whether a pair gives any permission that may be asked at a resource.
func (s *Snapshot) givesAnything(p *platform, n *node, pair uint64) bool {
	for i := range p.permissions {
		hot := &s.hot[p.firstPermission+uint32(i)]
		bit := hot.bitAt(n)
		if hot.askable>>n.kind&1 != 0 && s.sets.has(uint32(pair), bit) && s.reaches(n, hot, uint32(pair>>32)) {
			return true
		}
	}
	return false
}

// traced collects what a subject has, and remembers where each part came from.
func (s *Snapshot) traced(sub uint32, at int64) *collector {
	c := &collector{tracing: true}
	c.reset(s, at)
	c.gather(sub)
	return c
}

// compareRoles orders roles: the most permissive first. A role that contains another has more permissions, so their
// number decides; among equals built-in roles come before custom ones, then names decide.
func (p *platform) compareRoles(a, b uint16) int {
	x, y := &p.roles[a], &p.roles[b]
	if nx, ny := count(x.all), count(y.all); nx != ny {
		return ny - nx
	}
	if x.custom != y.custom {
		if y.custom {
			return -1
		}
		return 1
	}
	return strings.Compare(x.Name, y.Name)
}
