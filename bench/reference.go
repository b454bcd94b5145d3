package main

import (
	"strings"

	"bailiwick/access"
)

// A reference answers by looking at every grant that a user holds, one after the other. It is not fast; it is the
// answer that every other engine, floor and peer must give.
type reference struct {
	grants map[access.Holder][]access.Grant
	teams  map[string][]string        // user → teams
	roles  map[string]map[string]bool // role → permissions
	rises  map[string]bool            // permissions that a deployment role gives for the organization
}

func newReference(model *access.Model, org *access.Organization) *reference {
	r := &reference{
		grants: map[access.Holder][]access.Grant{},
		teams:  map[string][]string{},
		roles:  map[string]map[string]bool{},
		rises:  map[string]bool{},
	}
	for _, role := range model.Roles {
		r.roles[role.Name] = map[string]bool{}
		for _, p := range role.Permissions {
			r.roles[role.Name][p] = true
		}
	}
	for _, p := range model.Permissions {
		r.rises[p.Name] = len(p.RisesFrom) > 0
	}
	for _, t := range org.Teams {
		for _, user := range t.Members {
			r.teams[user] = append(r.teams[user], t.Name)
		}
	}
	for _, g := range org.Grants {
		r.grants[g.To] = append(r.grants[g.To], g)
	}
	return r
}

func (r *reference) decide(q access.Question) bool {
	if r.holderMay(q.Subject, q.Permission, q.Resource) {
		return true
	}
	for _, team := range r.teams[q.Subject.ID] {
		if r.holderMay(access.Holder{Kind: access.Team, ID: team}, q.Permission, q.Resource) {
			return true
		}
	}
	return false
}

func (r *reference) holderMay(holder access.Holder, permission, resource string) bool {
	for _, g := range r.grants[holder] {
		if r.roles[g.Role][permission] && r.counts(holder, g, permission, resource) {
			return true
		}
	}
	return false
}

// counts says whether a grant, whose role has the permission, gives it at a resource.
func (r *reference) counts(holder access.Holder, g access.Grant, permission, resource string) bool {
	level := strings.Count(g.On, "/") // 0 organization, 1 deployment, 2 code location
	if level == 1 && resource == platform {
		return r.rises[permission]
	}
	if level == 2 && !r.hasOwn(holder, parent(g.On)) {
		return false
	}
	return resource == g.On || strings.HasPrefix(resource, g.On+"/")
}

// hasOwn says whether a holder has a role on a deployment, without which its overrides there do not count.
func (r *reference) hasOwn(holder access.Holder, deployment string) bool {
	for _, g := range r.grants[holder] {
		if g.On == deployment {
			return true
		}
	}
	return false
}

func parent(path string) string     { return path[:strings.LastIndexByte(path, '/')] }
func isDeployment(path string) bool { return strings.Count(path, "/") == 1 }
